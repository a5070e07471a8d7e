"""Notebook cells that make the datasets of the browser tests."""

from __future__ import annotations


def one_label(records: int, *, text: str = "record {i}", field: str = "", question: str = "") -> str:
    """Return a cell that makes `ds`: one label question with yes and no, stored in store.db."""
    return f"""
import feedback_widgets as fw
ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="text"{field})],
    questions=[fw.LabelQuestion(name="verdict", labels=["yes", "no"]{question})],
)
ds.add_records([{{"fields": {{"text": {text!r}.format(i=i)}}}} for i in range({records})])
ds.save("test", store="store.db")
"""


def five_questions(records: int) -> str:
    """Return a cell that makes `ds`: every type of question, all required, stored in store.db."""
    return f"""
import feedback_widgets as fw
ds = fw.FeedbackDataset(
    guidelines="Read the record, then answer **all five** questions.",
    fields=[fw.TextField(name="text")],
    questions=[
        fw.LabelQuestion(name="tone", labels=["polite", "neutral", "rude"]),
        fw.MultiLabelQuestion(name="topics", labels=["food", "travel", "money"]),
        fw.RatingQuestion(name="quality", values=[1, 2, 3, 4, 5]),
        fw.RankingQuestion(name="order", values=["first", "second", "third"]),
        fw.TextQuestion(name="reason"),
    ],
)
ds.add_records([{{"fields": {{"text": f"record {{i}}: please pass the salt"}}}} for i in range({records})])
ds.save("test", store="store.db")
"""


SHOW = 'desk = ds.annotate(user="alice")\ndesk'
