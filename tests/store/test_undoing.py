"""Undo and redo in the store: one transaction each, on every engine."""

from __future__ import annotations

import threading

import pytest

from feedback_widgets.store import Store, answers, undoing
from feedback_widgets.store.undoing import Change, redoable

KINDS = ["file", "memory", "postgres"]
KEY = "d" * 32


def one(changes: list[Change]) -> Change | None:
    """Return the one thing that was done, None for nothing."""
    assert len(changes) <= 1
    return changes[0] if changes else None


def undo(*given, **more):
    """Take back one answer."""
    return one(undoing.undo(*given, **more))


def redo(*given, **more):
    """Take back one undo."""
    return one(undoing.redo(*given, **more))


def undoable(*given):
    """Return what `undo` would take back, None for nothing."""
    return next(iter(undoing.undoable(*given)), None)


def standing(store, user="alice", record="r0"):
    """Return (status, answers) of a person's newest event on a record, None where it took the answer back."""
    found = [each for each in store.since(KEY) if (each.user_id, each.record_id) == (user, record)]
    return None if not found or found[-1].status == "pending" else (found[-1].status, found[-1].answers)


@pytest.mark.parametrize("before", [None, "draft", "submitted", "discarded"])
@pytest.mark.parametrize("final", ["submitted", "discarded"])
def test_undo_and_redo_are_opposites(store, event, before, final):
    """Whatever stood before stands again after the undo, and the answer after the redo; again and again."""
    if before:
        store.append(KEY, [event(before)])
    past = standing(store)
    (answer,) = store.append(KEY, [event(final)])
    for _ in range(3):
        assert undo(store, KEY, "alice").target == answer
        assert standing(store) == past
        redo(store, KEY, "alice")
        assert standing(store) == (final, answer.answers)
    assert redo(store, KEY, "alice") is None


def test_redo_goes_forward_as_far_as_undo_went_back(store, event):
    """Three answers taken back come again in the order in which they were given, and can be taken back again."""
    given = store.append(KEY, [event(record=f"r{i}") for i in range(3)])
    back = [undo(store, KEY, "alice") for _ in range(4)]
    assert [each and each.target for each in back] == [*given[::-1], None]
    forward = [redo(store, KEY, "alice") for _ in range(4)]
    assert [each and each.target.undoes for each in forward] == [*[each.id for each in given], None]
    assert [undo(store, KEY, "alice").target for _ in range(3)] == given[::-1]


def test_redo_does_not_hide_a_newer_answer(store, event):
    """Who answered the record anew keeps that, a draft too; an answer to another record is not in the way."""
    store.append(KEY, [event(), event(record="r1")])
    undone = [undo(store, KEY, "alice").written for _ in range(2)]
    store.append(KEY, [event(record="r2")])
    assert redoable(store, KEY, "alice") == undone[1]
    (draft,) = store.append(KEY, [event("draft")])
    assert redo(store, KEY, "alice") is None
    assert standing(store) == ("draft", draft.answers)


def test_everybody_undoes_and_redoes_their_own(store, event):
    """Other people's answers and undos are neither taken back nor in the way."""
    mine, _ = store.append(KEY, [event(user="alice"), event(user="bob")])
    undo(store, KEY, "alice")
    assert redoable(store, KEY, "bob") is None
    store.append(KEY, [event(user="bob")])
    redo(store, KEY, "alice")
    assert undoable(store, KEY, "alice") == mine
    assert undo(store, KEY, "cleo") is None


@pytest.mark.parametrize("verb", [undo, redo])
def test_a_call_that_comes_again_returns_the_first_outcome(store, event, verb):
    """The same event id writes one event, whatever happened since."""
    store.append(KEY, [event(), event(record="r1")])
    undo(store, KEY, "alice")
    first = verb(store, KEY, "alice", event_id="e1")
    store.append(KEY, [event(record="r2")])
    before = store.since(KEY)
    assert verb(store, KEY, "alice", event_id="e1") == first
    assert store.since(KEY) == before


@pytest.mark.parametrize("verb", [undo, redo])
def test_the_id_of_an_answer_is_no_undo(store, event, verb):
    """An id that names something else takes nothing back."""
    (answer,) = store.append(KEY, [event()])
    assert verb(store, KEY, "alice", event_id=answer.id) is None
    assert store.since(KEY) == [answer]


def test_an_undo_on_a_record_that_is_full_returns_to_a_draft(store, event):
    """What stood before is kept, and the overlap is not exceeded; the same with a redo."""
    first, _ = store.append(KEY, [event(user="bob"), event("discarded", user="bob")], limit=1)
    store.append(KEY, [event(user="alice")], limit=1)
    written = undo(store, KEY, "bob", limit=1).written
    assert (written.status, written.answers) == ("draft", first.answers)
    assert undo(store, KEY, "alice", limit=1).written.status == "pending"
    store.append(KEY, [event(user="cleo")], limit=1)
    assert redo(store, KEY, "alice", limit=1).written.status == "draft"


def test_redo_reaches_back_over_a_person_s_newest_events(store, event, monkeypatch):
    """An undo that lies further back is not looked for, so that asking stays quick."""
    monkeypatch.setattr(undoing, "UNDOES", undoing._newest_undoes(4))
    store.append(KEY, [event()])
    undone = undo(store, KEY, "alice").written
    store.append(KEY, [event(record="r1"), event(record="r1"), event(record="r2")])
    assert redoable(store, KEY, "alice") == undone
    store.append(KEY, [event(record="r2")])
    assert redoable(store, KEY, "alice") is None


def test_an_undo_never_hides_what_another_kernel_writes_meanwhile(store, place, event, monkeypatch):
    """Nobody writes between looking for the answer and taking it back: the newer one waits, and stands."""
    store.append(KEY, [event()])
    other, newer, late = Store(place), event(answers={"n": "newer"}), []
    writer = threading.Thread(target=lambda: late.extend(other.append(KEY, [newer])))
    find = answers.before

    def slowly(*arguments):
        if not late and not writer.is_alive():
            writer.start()
            writer.join(0.3)  # it cannot get through
        return find(*arguments)

    monkeypatch.setattr(answers, "before", slowly)
    undone = undo(store, KEY, "alice")
    writer.join()
    other.close()
    assert undone.target.seq < undone.written.seq < late[0].seq
    assert standing(store) == ("submitted", {"n": "newer"})


def test_two_kernels_that_undo_at_once_take_back_two_answers(store, place, event):
    """Each finds what the other has left."""
    given = store.append(KEY, [event(record=f"r{i % 3}") for i in range(40)])
    stores, taken = [Store(place) for _ in range(4)], []

    def work(each):
        while done := undo(each, KEY, "alice"):
            taken.append(done.target.id)

    threads = [threading.Thread(target=work, args=(each,)) for each in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in stores:
        each.close()
    assert sorted(taken) == sorted(each.id for each in given)
