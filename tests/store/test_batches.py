"""Undo and redo of answers that were given together: all of them in one transaction, on every engine."""

from __future__ import annotations

from functools import partial

import pytest

from feedback_widgets.errors import StoreError
from feedback_widgets.store import answers, batches, undoing

KINDS = ["file", "memory", "postgres"]
KEY = "d" * 32
undo, redo, undoable = (partial(each, whole=True) for each in (undoing.undo, undoing.redo, undoing.undoable))


def standing(store, user="alice"):
    """Return record -> status of what stands for a person, untouched records left out."""
    newest = {each.record_id: each.status for each in store.since(KEY) if each.user_id == user}
    return {record: status for record, status in newest.items() if status != "pending"}


@pytest.fixture
def given(store, event):
    """Write a batch of three answers after a single one, and return all four."""
    made = [event("discarded"), *(event(record=f"r{at}", shown={"batch": "b"}) for at in range(3))]
    return store.append(KEY, made)


def test_a_batch_goes_and_comes_as_one(store, given):
    """One undo takes all of it back, the newest first, one redo brings all of it again; and so once more."""
    before, after = {"r0": "discarded"}, dict.fromkeys(["r0", "r1", "r2"], "submitted")
    for _ in range(3):
        assert undoable(store, KEY, "alice") == given[:0:-1]
        assert [each.target for each in undo(store, KEY, "alice")] == given[:0:-1]
        assert standing(store) == before
        assert len(redo(store, KEY, "alice")) == 3
        assert standing(store) == after
    undo(store, KEY, "alice")
    assert [each.target for each in undo(store, KEY, "alice")] == given[:1]
    assert undo(store, KEY, "alice") == []


def test_a_repeated_call_changes_nothing_and_returns_the_same(store, given):
    """The id of a call names all that it wrote, and that of a redo too."""
    first = undo(store, KEY, "alice", event_id="u1")
    assert undo(store, KEY, "alice", event_id="u1") == first
    again = redo(store, KEY, "alice", event_id="u2")
    assert redo(store, KEY, "alice", event_id="u2") == again
    assert len(store.since(KEY)) == len(given) + 6


def test_what_was_answered_anew_stays(store, event, given):
    """A record that was answered again after the undo keeps that answer; the redo brings the others."""
    undo(store, KEY, "alice")
    (anew,) = store.append(KEY, [event("discarded", record="r0")])
    assert undoing.redoable(store, KEY, "alice").record_id != "r0"
    assert {each.written.record_id for each in redo(store, KEY, "alice")} == {"r1", "r2"}
    assert store.since(KEY)[-3].id == anew.id
    assert standing(store) == {"r0": "discarded", "r1": "submitted", "r2": "submitted"}


def test_an_answer_that_arrived_in_between_is_not_overwritten(store, event):
    """Where one of a batch came late, what was answered singly before it arrived stays."""
    batch = {"batch": "b"}
    store.append(KEY, [event(shown=batch), event("discarded"), event(record="r1", shown=batch)])
    assert [each.target.record_id for each in undo(store, KEY, "alice")] == ["r1"]
    assert standing(store) == {"r0": "discarded"}


def test_batches_of_others_and_nameless_ones_are_left_alone(store, event, given):
    """The same name in another person's answers, or a name that is no text, makes no batch."""
    store.append(KEY, [event(user="bob", record=f"r{at}", shown={"batch": "b"}) for at in range(2)])
    store.append(KEY, [event(user="carl", record=f"r{at}", shown={"batch": 7}) for at in range(2)])
    assert len(undo(store, KEY, "bob")) == 2
    assert len(undo(store, KEY, "carl")) == 1
    assert len(standing(store)) == 3


def test_all_or_nothing(store, given, monkeypatch):
    """Where the last answer cannot be taken back, none is."""
    before, count = answers.before, []

    def fails(session, dataset, target):
        count.append(target)
        if len(count) == 3:
            raise StoreError("the disk is full")
        return before(session, dataset, target)

    monkeypatch.setattr(batches.answers, "before", fails)
    with pytest.raises(StoreError):
        undo(store, KEY, "alice")
    assert store.since(KEY) == given
