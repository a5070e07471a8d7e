"""What a disk does to people: the answer is refused with a clear sentence, stays with the page, and lands afterwards."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.errors import StoreError
from feedback_widgets.store import Store
from feedback_widgets.store.watch import Look

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows does not let go of an open file")
is_root = hasattr(os, "geteuid") and os.geteuid() == 0


def run(*command):
    """Run a system command, and skip the test where it is not permitted (most containers)."""
    if not is_root or shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} needs a Linux system and root")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"{' '.join(map(str, command))}: {done.stderr.strip()}")


@pytest.fixture
def small(tmp_path):
    """Return a folder on a file system of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder)
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.fixture
def waits_then_lands(message, logged):
    """Return a function that answers before, during and after a trouble, and checks what the page is told each time.

    `trouble()` begins it and returns the function that ends it; `words` is what the page must read.
    """

    def check(desk, place, trouble, words):
        before, during = message(desk, "before"), message(desk, "during", "during too")
        assert desk._reply(before)["kind"] == "saved"
        end = trouble()
        for _ in range(3):  # as the page does, again and again
            refused = desk._reply(during)
            assert (refused["kind"], refused["again"]) == ("refused", True)
            assert words in refused["reason"]
            assert str(place) in refused["reason"]
            hello = desk._reply(message(desk, kind="hello", pending=[during["events"][0]["event"]]))
            assert hello["kind"] == "refused" or hello["known"] == []
            assert desk.progress()["submitted"] == 1
        end()
        hello = desk._reply(message(desk, kind="hello", pending=[during["events"][0]["event"]]))
        assert (hello["kind"], hello["known"]) == ("welcome", [])
        # A connection that was opened while the file was read-only may cost one more try.
        saved = next(reply for reply in (desk._reply(during) for _ in range(2)) if reply["kind"] == "saved")
        assert [each["event"] for each in saved["saved"]] == [each["event"] for each in during["events"]]
        assert desk._reply(message(desk, "after"))["kind"] == "saved"
        assert logged(place) == ["before", "during", "during too", "after"]

    return check


def test_a_full_disk(make, small, waits_then_lands):
    """No room: the answer waits in the page, and lands when there is room again."""
    place = make(folder=small)
    desk = fw.FeedbackDataset.load("tone", workspace="team", store=place).annotate(user="alice")

    def trouble():
        free = os.statvfs(small)
        (small / "hog").write_bytes(b"x" * free.f_bavail * free.f_frsize)
        return (small / "hog").unlink

    waits_then_lands(desk, place, trouble, "free some disk space")
    desk.dataset.store.close()


def test_a_full_disk_at_the_first_save(small, tmp_path):
    """A dataset that finds no room says so, and can be saved once there is some; what is in memory stays."""
    (small / "hog").write_bytes(b"x" * 1_000_000)
    made = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    made.add_records([{"text": f"t{i}" * 100} for i in range(100)])
    with pytest.raises(StoreError, match="free some disk space"):
        made.save("tone", store=small / "feedback.db")
    (small / "hog").unlink()
    assert len(made.save("tone", store=small / "feedback.db")) == 100
    made.store.close()


def test_a_file_that_must_not_be_written(desk, place, waits_then_lands):
    """A file made immutable under the open store: the answer waits, and lands when it may be written again."""

    def trouble():
        desk.dataset.store.close()  # an immutable file can still be written by whoever has it open
        for file in place.parent.glob("feedback.db*"):
            run("chattr", "+i", file)
        return lambda: [run("chattr", "-i", file) for file in place.parent.glob("feedback.db*")]

    waits_then_lands(desk, place, trouble, "is read-only: make the file and its folder writable")


def test_a_folder_mounted_read_only(make, small, waits_then_lands):
    """A file system that turned read-only, as Linux does after a disk error: the answer waits, and lands afterwards."""
    place = make(folder=small)
    desk = fw.FeedbackDataset.load("tone", workspace="team", store=place).annotate(user="alice")

    def trouble():
        desk.dataset.store.close()
        run("mount", "-o", "remount,ro", small)
        return lambda: run("mount", "-o", "remount,rw", small)

    waits_then_lands(desk, place, trouble, "check that the path is a file you may read and write")
    desk.dataset.store.close()


@pytest.mark.parametrize("connected", [True, False], ids=["connected", "with new connections"])
@pytest.mark.parametrize("everything", [True, False], ids=["with its journal", "alone"])
def test_a_file_moved_away_and_back(desk, place, waits_then_lands, tmp_path, everything, connected):
    """Whoever moves the file away and back loses nothing, and nothing is made in its place meanwhile."""
    aside = tmp_path / "aside"
    aside.mkdir()

    def trouble():
        files = sorted(place.parent.glob("feedback.db*"))
        if not everything:
            files = [place]
        for file in files:
            file.rename(aside / file.name)
        if not connected:
            desk.dataset.store.engine.dispose()

        def end():
            assert not place.exists(), "a new store was made where the old one had been"
            for file in files:
                (aside / file.name).rename(file)

        return end

    waits_then_lands(desk, place, trouble, "was moved, deleted or replaced while it was open")


def test_a_file_replaced_and_put_back(desk, place, waits_then_lands, tmp_path):
    """A file that somebody put in the store's place gets no answers, and is not changed."""
    aside, stranger = tmp_path / "aside.db", sqlite3.connect(tmp_path / "other.db")
    stranger.execute("CREATE TABLE theirs (x)")
    stranger.close()
    other = (tmp_path / "other.db").read_bytes()

    def trouble():
        desk.dataset.store.close()  # so that the next look needs a new connection
        place.rename(aside)
        place.write_bytes(other)

        def end():
            assert place.read_bytes() == other
            aside.rename(place)

        return end

    waits_then_lands(desk, place, trouble, "was moved, deleted or replaced while it was open")


def test_a_file_deleted_for_good(desk, place, message):
    """A deleted store acknowledges nothing more, and makes no empty file at its path."""
    assert desk._reply(message(desk, "before"))["kind"] == "saved"
    for file in place.parent.glob("feedback.db*"):
        file.unlink()
    for kind in ("respond", "records", "hello", "undo"):
        texts = ["lost?"] if kind == "respond" else []
        event = {"event": "e"} if kind == "undo" else {}
        reply = desk._reply(message(desk, *texts, kind=kind, **event))
        assert reply["kind"] != "saved"
    assert not place.exists()


@pytest.mark.parametrize("replaced", [False, True], ids=["deleted", "replaced"])
@pytest.mark.parametrize("others", [False, True], ids=["alone", "with another kernel"])
def test_a_journal_deleted_while_it_is_open(desk, place, message, logged, others, replaced):
    """Whoever deletes only the journal of an open store loses no acknowledged answer, and everybody goes on answering."""
    journal = Path(f"{place}-wal")
    other = Store(place) if others else None
    if other:
        load = fw.FeedbackDataset._opened(other, desk.dataset.key, "tone", "team")
        load.respond(load[0].id, {"why": "theirs"}, user="bob")
    assert desk._reply(message(desk, "before"))["kind"] == "saved"
    for text in ("after", "after it"):
        journal.unlink()
        if replaced:
            journal.touch()
        assert desk._reply(message(desk, text))["kind"] == "saved"
        if other:
            load.respond(load[0].id, {"why": f"theirs {text}"}, user="bob")
    aside = place.parent / "aside"
    aside.mkdir()
    for file in place.parent.glob("feedback.db*"):  # as if both kernels had been killed just now
        shutil.copy(file, aside / file.name)
    mine = [each for each in logged(aside / place.name) if not each.startswith("theirs")]
    assert mine == ["before", "after", "after it"]
    assert len(logged(aside / place.name)) == (6 if others else 3)
    if other:
        other.close()


def test_a_journal_deleted_while_nobody_answers(desk, place, message, logged, caplog):
    """The one who watches notices it too, and saves what the journal held before anybody can be killed."""
    assert desk._reply(message(desk, "before"))["kind"] == "saved"
    look, store = Look(), desk.dataset.store
    look(store, [])
    Path(f"{place}-wal").unlink()
    look(store, [])
    look.close()
    shutil.copy(place, place.parent / "copy.db")
    assert logged(place.parent / "copy.db") == ["before"]
    assert "was deleted or replaced while the store was open" in caplog.text


def test_a_file_deleted_while_an_answer_is_written(desk, place, message, monkeypatch):
    """Deleted between the check and the commit: the answer went into a file that nobody can reach, so it is not acknowledged."""
    store, insert = desk.dataset.store, type(desk.dataset.store)._insert

    def deleted_meanwhile(*arguments):
        written = insert(store, *arguments)
        place.rename(place.parent / "aside.db")
        return written

    monkeypatch.setattr(store, "_insert", deleted_meanwhile)
    reply = desk._reply(message(desk, "unreachable"))
    assert (reply["kind"], reply["again"]) == ("refused", True)
    assert "was moved, deleted or replaced" in reply["reason"]
    assert desk.progress()["submitted"] == 0


def test_a_file_moved_just_before_a_connection_is_opened(desk, place, message, monkeypatch, tmp_path):
    """Moved between the check and the connection: no file is made, and the journal with its answers is left alone."""
    assert desk._reply(message(desk, "kept"))["kind"] == "saved"
    store, journal = desk.dataset.store, Path(f"{place}-wal")
    with store.engine.connect():  # somebody reads meanwhile, so that the journal stays
        store._writer.close()  # so that the next answer has to open a connection
        written = journal.read_bytes()
        monkeypatch.setattr(store, "in_place", lambda: True)
        place.rename(tmp_path / "aside.db")
        reply = desk._reply(message(desk, "too late"))
        assert (reply["kind"], reply["again"]) == ("refused", True)
        assert not place.exists()
        assert journal.read_bytes() == written
        (tmp_path / "aside.db").rename(place)


def test_another_program_that_keeps_the_lock(desk, place, waits_then_lands, monkeypatch):
    """Another program that does not let go of the file is named as the cause, and the answer lands once it has."""
    with (
        desk.dataset.store.engine.connect() as connection
    ):  # the one connection of this thread, kept in the pool
        connection.exec_driver_sql("PRAGMA busy_timeout = 50")

    def trouble():
        other = sqlite3.connect(place, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return lambda: (other.execute("ROLLBACK"), other.close())

    waits_then_lands(desk, place, trouble, "another process has been writing")


AS_NOBODY = """
import os, sys
import feedback_widgets as fw
from feedback_widgets.widgets.desk import Desk

def answer(dataset):
    event = {"event": "e", "record": dataset[0].id, "status": "submitted", "values": {"why": "x"}}
    return Desk(dataset, "nobody")._reply({"v": 1, "client": "c", "rid": "r", "kind": "respond", "events": [event]})

warm = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
warm.add_records([{"text": "t"}])
answer(warm)  # loads every module: nobody may not read an interpreter in root's home
os.seteuid(65534)
try:
    print(answer(fw.FeedbackDataset.load("tone", workspace="team", store=sys.argv[1])))
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(
    ("folder", "file"),
    [(0o755, 0o600), (0o755, 0o644), (0o700, 0o644)],
    ids=["may not read", "may not write", "may not enter"],
)
def test_somebody_without_permission(make, logged, folder, file):
    """A user who may not enter the folder, read the file, or write it, is told what to do, and nothing is written."""
    if not is_root:
        pytest.skip("only root can become somebody else")
    with tempfile.TemporaryDirectory() as home:  # pytest keeps its own folders to the user who runs it
        place = make(folder=Path(home))
        place.chmod(file)
        place.parent.chmod(folder)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY, place], capture_output=True, text=True, check=True
        )
        assert "StoreError the store" in done.stdout
        assert str(place) in done.stdout
        words = (
            "is read-only"
            if (folder, file) == (0o755, 0o644)
            else "check that the path is a file you may read"
        )
        assert words in done.stdout
        assert logged(place) == []
