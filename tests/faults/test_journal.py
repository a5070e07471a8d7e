"""The log beside a SQLite file, deleted while several kernels have it open: what is promised of their answers, and what is not."""

from __future__ import annotations

import os
import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.errors import StoreError
from feedback_widgets.store import Event, Store, new_id
from feedback_widgets.store.journal import Journal
from feedback_widgets.store.watch import Look

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows does not let go of an open file")
KERNELS = 4
ANSWERS = [1] * 120
TURNS = 6


def replied(path):
    """Return how many replies a kernel has noted so far."""
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_a_log_deleted_under_four_kernels_takes_no_answer_along(annotators, lines, logged, make, tmp_path):
    """Four kernels answer at once when the log is deleted: every answer that was acknowledged, before or after, is there once."""
    for turn in range(TURNS):
        place = make(f"{turn}.db")
        outboxes = {f"{turn}u{number}": tmp_path / f"{turn}u{number}" for number in range(KERNELS)}
        kernels = [annotators.start(place, user, outbox, ANSWERS) for user, outbox in outboxes.items()]
        replies = [Path(f"{outbox}.replies") for outbox in outboxes.values()]
        while min(map(replied, replies)) < 10 * turn + 1:
            time.sleep(0.01)
        Path(f"{place}-wal").unlink()
        assert [annotators.wait(each) for each in kernels] == [0] * KERNELS

        saved = []
        for outbox in outboxes.values():
            sent = {each["rid"]: each["events"][0]["values"]["why"] for each in lines(outbox)}
            said = lines(f"{outbox}.replies")
            assert all(each["again"] for each in said if each["kind"] == "refused"), said
            saved += [sent[each["rid"]] for each in said if each["kind"] == "saved"]
        found = Counter(logged(place))
        assert [each for each in saved if found[each] != 1] == []
        assert len(saved) >= KERNELS * (10 * turn + 1)


def deleted(place):
    """Delete the log beside a store."""
    Path(f"{place}-wal").unlink()


def test_a_log_deleted_while_a_writer_waits_for_its_turn(desk, place, message, logged, monkeypatch):
    """Deleted after the first look and before the turn to write: the answer goes where everybody finds it."""
    assert desk._reply(message(desk, "before"))["kind"] == "saved"
    looked, real = [], Journal.in_place

    def in_place(journal):
        looked.append(real(journal))
        if len(looked) == 1:
            deleted(place)
        return looked[-1]

    monkeypatch.setattr(Journal, "in_place", in_place)
    assert desk._reply(message(desk, "after"))["kind"] == "saved"
    assert looked[:2] == [True, False]
    assert logged_of_a_copy(place, logged) == ["before", "after"]


def logged_of_a_copy(place, logged):
    """Return what a store's log would hold if all its kernels were killed now."""
    aside = place.parent / f"aside{time.monotonic_ns()}"
    aside.mkdir()
    for file in place.parent.glob("feedback.db*"):
        (aside / file.name).write_bytes(file.read_bytes())
    return logged(aside / place.name)


def test_a_log_that_is_deleted_again_and_again(desk, place, message, monkeypatch, logged):
    """Somebody who deletes the log whenever there is one is named, and the answer waits until it is left alone."""
    assert desk._reply(message(desk, "before"))["kind"] == "saved"
    monkeypatch.setattr(Journal, "in_place", lambda _: False)
    refused = desk._reply(message(desk, "waits"))
    assert (refused["kind"], refused["again"]) == ("refused", True)
    assert "again and again" in refused["reason"]
    monkeypatch.undo()
    assert desk._reply(message(desk, "after"))["kind"] == "saved"
    desk.dataset.store.close()
    assert logged(place) == ["before", "after"]


def test_a_kernel_that_comes_after_the_deletion_waits_for_the_others(desk, place, message, logged):
    """A new log is not begun while another kernel has the deleted one: the answer is refused, and lands once that one has looked."""
    other = Store(place)  # opened before, so that it can still be read
    newcomer = fw.FeedbackDataset._opened(other, desk.dataset.key, "tone", "team")
    other.engine.dispose()
    assert desk._reply(message(desk, "before"))["kind"] == "saved"
    deleted(place)
    early = Event(new_id(), desk.dataset[0].id, "bob", "submitted", {"why": "early"})
    with pytest.raises(StoreError, match="another kernel had it open"):
        other.append(desk.dataset.key, [early])
    saving = desk._reply(message(desk, "after"))  # and what the deleted log held
    assert saving["kind"] == "saved"
    newcomer.respond(desk.dataset[0].id, {"why": "late"}, user="bob")
    assert logged_of_a_copy(place, logged) == ["before", "after", "late"]
    other.close()


def test_records_added_after_the_deletion(desk, place, message, logged):
    """What is not an answer, such as records, is written where everybody finds it too, and saves what the log held first."""
    assert desk._reply(message(desk, "before"))["kind"] == "saved"
    deleted(place)
    desk.dataset.add_records([{"text": "new"}])
    assert logged_of_a_copy(place, logged) == ["before"]
    copies = [each / place.name for each in place.parent.glob("aside*")]
    with sqlite3.connect(copies[0]) as copy:
        assert copy.execute("SELECT count(*) FROM record WHERE fields LIKE '%\"new\"%'").fetchall() == [(1,)]
    copy.close()


def test_records_added_at_the_very_moment_of_the_deletion(desk, place, message, logged, monkeypatch):
    """Deleted between the look and the turn to write: nothing is written where nobody would find it, and the next try does it."""
    assert desk._reply(message(desk, "before"))["kind"] == "saved"
    store, real = desk.dataset.store, desk.dataset.store._writer.ready

    def ready():
        real()
        deleted(place)

    monkeypatch.setattr(store._writer, "ready", ready)
    with pytest.raises(StoreError, match="just now: do it again"):
        desk.dataset.add_records([{"text": "new"}])
    monkeypatch.undo()
    assert desk.dataset.add_records([{"text": "new"}]).new == 1
    assert logged_of_a_copy(place, logged) == ["before"]


def test_one_who_only_watches_saves_what_nobody_else_has(desk, place, message, logged):
    """The kernel that wrote is gone and the log deleted: another kernel that only watched still has it open, and saves it."""
    other = Store(place)
    look = Look()
    assert desk._reply(message(desk, "before"))["kind"] == "saved"
    look(other, [])
    deleted(place)
    assert other._writer._journal is None
    look(other, [])
    look.close()
    assert logged_of_a_copy(place, logged) == ["before"]
    other.close()


def test_closing_a_store_saves_what_a_deleted_log_held(desk, place, message, logged):
    """Who closes the store right after the deletion takes no answer along."""
    other = Store(place)  # so that closing is not the last one's, which SQLite would look after
    assert desk._reply(message(desk, "before"))["kind"] == "saved"
    deleted(place)
    desk.dataset.store.close()
    assert logged_of_a_copy(place, logged) == ["before"]
    other.close()
