"""All answers as columns: they are those that stand, in order, and never older than the store."""

from __future__ import annotations

import pytest

import feedback_widgets as fw
from feedback_widgets.columns import answers, columns


@pytest.fixture
def dataset():
    """Return three records with two questions."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[
            fw.LabelQuestion(name="tone", labels=["polite", "rude"]),
            fw.TextQuestion(name="why", required=False),
        ],
    )
    made.add_records([{"text": text} for text in "abc"])
    return made


def lines(found):
    """Return (record, annotator, answer) of each line."""
    at = zip(found.record.tolist(), found.user.tolist(), found.value.tolist(), strict=True)
    return [(r, found.users[u], found.values[v]) for r, u, v in at]


def test_answers_stand_by_record_and_then_in_the_order_given(dataset):
    """The first to answer a record comes first, also after changing that answer; records stand in their order."""
    dataset.respond(dataset[1].id, {"tone": "rude"}, user="zoe")
    dataset.respond(dataset[1].id, {"tone": "rude"}, user="ann")
    dataset.respond(dataset[0].id, {"tone": "polite", "why": "please"}, user="bob")
    dataset.respond(dataset[1].id, {"tone": "polite"}, user="zoe")
    assert lines(answers(dataset, "tone")) == [(0, "bob", "polite"), (1, "zoe", "polite"), (1, "ann", "rude")]
    assert lines(answers(dataset, "why")) == [(0, "bob", "please")]


def test_only_what_is_submitted_counts(dataset):
    """Drafts, discarded records and answers that were taken back leave no line."""
    for user, status in (("ann", "draft"), ("bob", "discarded"), ("zoe", "submitted")):
        dataset.respond(dataset[0].id, {"tone": "rude"}, user=user, status=status)
    assert lines(answers(dataset, "tone")) == [(0, "zoe", "rude")]
    dataset.undo(user="zoe")
    assert lines(answers(dataset, "tone")) == []


def test_answers_are_read_again_after_somebody_answered(dataset, tmp_path):
    """Nothing is read twice while nobody writes; an answer of another kernel is there at once."""
    dataset.save(name="tones", store=tmp_path / "feedback.db")
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    first = columns(dataset)
    assert columns(dataset) is first
    other = fw.FeedbackDataset.load("tones", store=tmp_path / "feedback.db")
    other.respond(other[2].id, {"tone": "polite"}, user="bob")
    assert lines(answers(dataset, "tone")) == [(0, "ann", "rude"), (2, "bob", "polite")]


def test_a_person_who_was_forgotten_is_gone(dataset, tmp_path):
    """After forgetting somebody no line of theirs is left, though the columns were read before."""
    dataset.save(name="tones", store=tmp_path / "feedback.db")
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    dataset.respond(dataset[0].id, {"tone": "polite"}, user="bob")
    assert len(answers(dataset, "tone").record) == 2
    dataset.forget_user("ann")
    assert lines(answers(dataset, "tone")) == [(0, "bob", "polite")]


def test_an_unknown_question_is_answered_with_the_near_miss(dataset):
    """A misspelt name is refused, and the right one named."""
    with pytest.raises(fw.InvalidInput, match="Did you mean 'tone'"):
        answers(dataset, "tones")
