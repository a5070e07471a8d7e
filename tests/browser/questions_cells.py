"""A notebook cell that makes a dataset with a question of every type, with suggestions."""

from __future__ import annotations

EVERY_QUESTION = r"""
import feedback_widgets as fw

LETTER = ("Ada Lovelace wrote to Charles Babbage from London in 1843: the engine might compose music, if only somebody "
          "told it the rules. Babbage answered from Marylebone, late and at length.")
ds = fw.FeedbackDataset(
    guidelines="# What we look for\n\nJudge the **letter**, not its writer.\n\n- be kind\n- be *brief*",
    fields=[fw.TextField(name="text", title="Letter"), fw.TextField(name="one"), fw.TextField(name="two")],
    questions=[
        fw.LabelQuestion(name="tone", title="What is its tone?", labels=["polite", "neutral", "rude"]),
        fw.LabelQuestion(name="subject", title="Which subject?", labels=[f"Subject {i}" for i in range(40)],
                         visible_labels=5, description="Type, and the list gets shorter with every letter. " * 4),
        fw.MultiLabelQuestion(name="topics", title="Which topics come up?", labels=["music", "machines", "travel"], required=False),
        fw.RatingQuestion(name="sent", title="I would send it", values=[1, 2, 3, 4, 5],
                          labels={1: "strongly disagree", 2: "disagree", 3: "neither", 4: "agree", 5: "strongly agree"}),
        fw.RatingQuestion(name="worth", title="How much do you like it?", values=list(range(11))),
        fw.RankingQuestion(name="order", title="Which part is best?", values={
            "opening": "The opening", "middle": "The middle, which goes on for longer than anybody would like", "end": "The end"}),
        fw.SpanQuestion(name="names", title="Mark the names", field="text", labels=["person", "place", "date"], allow_overlapping=True),
        fw.PairwiseQuestion(name="better", title="Which answer is better?", fields=["one", "two"], scale=3),
        fw.TextQuestion(name="reply", title="What would you answer?", prefill=True, diff_with="one", use_markdown=True),
    ],
)
ds.add_records([{
    "fields": {"text": LETTER, "one": "Thank you, dear Ada: let us try it.", "two": "Thank you, Ada. I have no time to try it."},
    "suggestions": [
        {"question_name": "tone", "value": "polite", "score": 0.91, "agent": "tiny-judge"},
        {"question_name": "tone", "value": "neutral", "score": 0.4, "agent": "old-judge"},
        {"question_name": "worth", "value": 7, "score": 0.5, "agent": "tiny-judge"},
    ],
    "metadata": {"source": "letters", "year": 1843}, "external_id": i,
} for i in range(12)])
ds.save("letters", store="letters.db")
"""
