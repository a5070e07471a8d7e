"""Taking answers back, one by one, whoever's session gave them."""

from __future__ import annotations

import pytest

import feedback_widgets as fw


@pytest.fixture
def place(tmp_path):
    """Return where the dataset is saved."""
    return tmp_path / "feedback.db"


@pytest.fixture
def dataset(place):
    """Return a saved dataset of three records."""
    tone = fw.LabelQuestion(name="tone", labels=["polite", "rude"])
    made = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[tone])
    made.add_records([{"text": f"t{i}"} for i in range(3)])
    return made.save("tone", store=place)


def load(place):
    """Open the dataset again, as another kernel would."""
    return fw.FeedbackDataset.load("tone", store=place)


@pytest.mark.parametrize("before", [None, "draft", "submitted", "discarded"])
def test_undo_returns_to_what_was_before(dataset, place, before):
    """Whatever stood before the answer stands again, in memory and after loading."""
    at = dataset[0].id
    if before:
        dataset.respond(at, {"tone": "polite"}, user="ann", status=before)
    dataset.respond(at, {"tone": "rude"}, user="ann")
    assert dataset.undo(user="ann").answers == {"tone": "rude"}
    for each in (dataset, load(place)):
        answer = each.answer("ann", at)
        assert (answer and (answer.status, answer.answers)) == (before and (before, {"tone": "polite"}))


def test_undo_goes_back_answer_by_answer(dataset):
    """Every answer can be taken back, newest first, and then there is nothing left."""
    for at, tone in ((0, "rude"), (1, "polite"), (0, "polite")):
        dataset.respond(dataset[at].id, {"tone": tone}, user="ann")
    dataset.respond(dataset[2].id, {"tone": "rude"}, user="bob")
    undone = [dataset.undo(user="ann") for _ in range(4)]
    assert [each and each.answers["tone"] for each in undone] == ["polite", "polite", "rude", None]
    assert dataset.progress("ann")["pending"] == 3
    assert dataset.progress("bob")["submitted"] == 1


def test_undo_delivered_twice_undoes_once(dataset):
    """The same event id takes back the same answer."""
    for at in (0, 1):
        dataset.respond(dataset[at].id, {"tone": "rude"}, user="ann")
    first = dataset.undo(user="ann", event_id="u1")
    assert dataset.undo(user="ann", event_id="u1") == first
    assert dataset.progress("ann")["submitted"] == 1
