"""What annotators remark on records: kept with the answer, seen in the history and the table, taken back with it."""

from __future__ import annotations

import pytest

import feedback_widgets as fw
from feedback_widgets.errors import InvalidInput


@pytest.fixture
def dataset(tmp_path):
    """Return a saved dataset of two records."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
    )
    made.add_records([{"text": "t0"}, {"text": "t1"}])
    return made.save("remarks", store=tmp_path / "feedback.db")


def test_a_comment_is_kept_with_its_answer(dataset):
    """Another kernel finds it at the response, in the history and in the table."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann", comment=" a duplicate? ")
    other = fw.FeedbackDataset.load("remarks", store=dataset.store.place)
    assert other[0].responses[0].comment == "a duplicate?"
    assert [each.comment for each in other.history(other[0])] == ["a duplicate?"]
    assert other.to_pandas()["comment"].fillna("").tolist() == ["a duplicate?", ""]


def test_undo_brings_the_comment_before_back(dataset):
    """The record returns to its earlier answer and to what was remarked then; redo returns to the later."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann", comment="first")
    dataset.respond(dataset[0].id, {"tone": "polite"}, user="ann", comment="second")
    dataset.undo(user="ann")
    assert dataset[0].responses[0].comment == "first"
    dataset.redo(user="ann")
    assert dataset[0].responses[0].comment == "second"


def test_who_is_forgotten_leaves_no_comment(dataset):
    """Erasing a person's answers erases what they remarked."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann", comment="I am ann")
    dataset.forget_user("ann")
    assert [event.comment for event in dataset.store.since(dataset.key)] == [None]


@pytest.mark.parametrize("given", ["x" * 10_001, "a\0b", "\ud800", 3])
def test_what_cannot_be_kept_is_refused_in_words(dataset, given):
    """A remark that no store could hold is an error of the caller, and nothing is written."""
    with pytest.raises(InvalidInput, match="a comment must be a text of at most 10000 characters"):
        dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann", comment=given)
    assert dataset.progress("ann")["submitted"] == 0


def test_an_imported_answer_brings_its_comment(dataset):
    """A response that comes with its record keeps what was remarked."""
    response = fw.Response({"tone": "rude"}, "bob", comment="seen elsewhere")
    dataset.add_records([fw.Record({"text": "t2"}, responses=[response])])
    assert dataset[2].responses[0].comment == "seen elsewhere"
