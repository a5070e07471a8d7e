"""A dataset with every question type, three annotators and suggestions."""

from __future__ import annotations

import pytest

import feedback_widgets as fw


@pytest.fixture
def dataset():
    """Return two records: one answered by ann, discarded by bob, drafted by cem; one untouched."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text"), fw.TextField(name="note", required=False)],
        questions=[
            fw.TextQuestion(name="why"),
            fw.RatingQuestion(name="quality", values=[1, 2, 3]),
            fw.LabelQuestion(name="tone", labels=["polite", "rude"]),
            fw.MultiLabelQuestion(name="topics", labels=["math", "code", "art"]),
            fw.RankingQuestion(name="order", values=["x", "y"]),
            fw.SpanQuestion(name="parts", field="text", labels=["p"]),
            fw.PairwiseQuestion(name="better", fields=["text", "note"]),
        ],
        metadata_properties=[fw.TermsMetadataProperty(name="source")],
    )
    full = {"why": "so", "quality": 2, "tone": "rude", "topics": ["art", "math"], "order": ["y", "x"]}
    full |= {"parts": [{"start": 0, "end": 1, "label": "p"}], "better": "tie"}
    suggestions = [
        fw.Suggestion("why", "S", 0.5, "model", "m"),
        fw.Suggestion("topics", ["code"], [0.25]),
        fw.Suggestion("order", ["x", "y"]),
        fw.Suggestion("parts", [fw.SpanValue("p", 0, 1, 0.5)]),
        fw.Suggestion("better", "note"),
    ]
    made.add_records(
        [
            fw.Record(
                {"text": "a"}, {"source": "web", "extra": 1}, suggestions=suggestions, external_id="e1"
            ),
            {"text": "b"},
        ]
    )
    made.respond(made[0].id, full, user="ann")
    made.respond(made[0].id, {"why": "spam"}, user="bob", status="discarded")
    made.respond(made[0].id, {"tone": "polite"}, user="cem", status="draft")
    return made
