"""Taking answers back, one by one, whoever's session gave them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_redo_brings_the_answer_back(dataset, place):
    """What was taken back stands again, in memory and after loading, and the history says how."""
    at = dataset[0].id
    dataset.respond(at, {"tone": "rude"}, user="ann")
    dataset.undo(user="ann")
    assert dataset.redoable("ann").undoes
    assert dataset.redo(user="ann").status == "pending"
    for each in (dataset, load(place)):
        assert each.answer("ann", at).answers == {"tone": "rude"}
        assert each.redoable("ann") is None
    told = dataset.history(at)
    assert [each.status for each in told] == ["submitted", "pending", "submitted"]
    assert [each.undoes for each in told] == [None, told[0].seq, told[1].seq]


def test_redo_delivered_twice_redoes_once(dataset):
    """The same event id brings back the same answer, and one only."""
    for at in (0, 1):
        dataset.respond(dataset[at].id, {"tone": "rude"}, user="ann")
    dataset.undo(user="ann")
    dataset.undo(user="ann")
    first = dataset.redo(user="ann", event_id="r1")
    assert dataset.redo(user="ann", event_id="r1") == first
    assert dataset.progress("ann")["submitted"] == 1


def test_whoever_listens_hears_of_undo_and_redo(dataset):
    """Open desks are told what has changed, as with any other answer."""

    class Listener:
        heard: list = []  # noqa: RUF012 - one listener

        def told(self, news):
            self.heard += [each.status for each in news.events]

    listener = Listener()
    dataset.watch(listener.told)
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    dataset.undo(user="ann")
    dataset.redo(user="ann")
    dataset.redo(user="ann")
    assert listener.heard == ["submitted", "pending", "submitted"]


ACTIONS = st.tuples(
    st.sampled_from(["submitted", "draft", "discarded", "undo", "redo"]),
    st.sampled_from(["ann", "bob"]),
    st.integers(0, 2),
    st.sampled_from(["polite", "rude"]),
)


@given(st.lists(ACTIONS, max_size=20), st.integers(1, 4))
def test_undo_and_redo_leave_everything_as_it_was(actions, steps):
    """After any history, taking back some answers and bringing them again changes nobody's answers and no counts."""
    tone = fw.LabelQuestion(name="tone", labels=["polite", "rude"])
    dataset = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[tone])
    dataset.add_records([{"text": f"t{i}"} for i in range(3)])
    for kind, user, at, value in actions:
        if kind in ("undo", "redo"):
            getattr(dataset, kind)(user=user)
        else:
            dataset.respond(dataset[at].id, {"tone": value}, user=user, status=kind)

    def state():
        found = [dataset.answer(user, each.id) for user in ("ann", "bob") for each in dataset]
        return [each and (each.status, each.answers) for each in found], dataset.progress("ann")

    before, last = state(), dataset.undoable("ann")
    undone = sum(dataset.undo(user="ann") is not None for _ in range(steps))
    assert [dataset.redo(user="ann") is not None for _ in range(undone)] == [True] * undone
    assert state() == before
    assert dataset.undoable("ann") == last
