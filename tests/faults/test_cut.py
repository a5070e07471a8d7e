"""Files that end where the power went: the store opens, is whole, and holds what was acknowledged before the cut."""

from __future__ import annotations

import random
import shutil
from bisect import bisect_right
from pathlib import Path

import pytest

from feedback_widgets.errors import StoreError

CUTS = 240
ANSWERS = 120


@pytest.fixture
def torn(desk, place, message, tmp_path):
    """Return (database, journal, ends): the files in mid-use, and how long the journal was after each acknowledged answer."""
    with desk.dataset.store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    journal = Path(f"{place}-wal")
    ends = []
    for number in range(ANSWERS):
        assert desk._reply(message(desk, str(number)))["kind"] == "saved"
        ends.append(journal.stat().st_size)
    assert ends == sorted(set(ends)), "the journal was reset meanwhile: its length says nothing then"
    return place.read_bytes(), journal.read_bytes(), ends


@pytest.fixture
def after(tmp_path, load, logged):
    """Return a function that opens what a power cut left, as the next kernel does, and returns the texts of its log."""
    home = tmp_path / "after"

    def opened(database, journal):
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        place = home / "feedback.db"
        place.write_bytes(database)
        Path(f"{place}-wal").write_bytes(journal)
        dataset = load(place)
        shown = sorted(each.answers["why"] for each in dataset.store.since(dataset.key))
        dataset.respond(dataset[0].id, {"why": "and on"}, user="bob")
        dataset.store.close()
        found = logged(place)
        assert found.pop() == "and on"
        assert sorted(found) == shown
        return found

    return opened


def numbers(count):
    """Return the texts of the first `count` answers."""
    return [str(each) for each in range(count)]


@pytest.mark.parametrize("tail", ["gone", "zeros", "noise"])
def test_a_journal_that_was_cut(torn, after, tail):
    """Cut at any byte, or filled up with what a disk makes of unwritten space: exactly the answers before it are there."""
    database, journal, ends = torn
    chance = random.Random(tail)
    for _ in range(CUTS // 3):
        cut = chance.randrange(len(journal))
        rest = len(journal) - cut
        end = {"gone": b"", "zeros": bytes(rest), "noise": chance.randbytes(rest)}[tail]
        assert after(database, journal[:cut] + end) == numbers(bisect_right(ends, cut))


def test_a_database_that_was_cut_while_the_journal_was_copied_into_it(torn, after, desk, place):
    """Cut at any byte, in any order of its pages: until the journal is emptied it holds everything, so all answers are there."""
    before, journal, _ = torn
    with desk.dataset.store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")
    done = place.read_bytes()
    assert Path(f"{place}-wal").read_bytes() == journal
    assert done != before
    chance = random.Random(3)
    page = 4096
    for number in range(CUTS):
        if number % 2:  # from the front, and ended in the middle of a page
            cut = chance.randrange(len(done))
            database = done[:cut] + before[cut:]
        else:  # some sectors have arrived, others have not
            old = before.ljust(len(done), b"\0")
            places = range(0, len(done), page // 8)
            database = b"".join(
                (done if chance.random() < 0.5 else old)[at : at + page // 8] for at in places
            )
        assert after(database, journal) == numbers(ANSWERS)


def test_a_database_without_its_end_is_told_apart(desk, place, message, tmp_path, load):
    """A file that lost its end for good (a copy that was broken off) is named damaged; it never half works."""
    desk._reply(message(desk, *map(str, range(400))))
    desk.dataset.store.close()
    whole = place.read_bytes()
    chance = random.Random(5)
    # SQLite itself sees missing pages, but takes what is missing of the last one for zeros.
    cuts = [*(chance.randrange(1, len(whole)) for _ in range(40)), len(whole) - 1, len(whole) - 4000]
    for number, cut in enumerate(cuts):
        copy = tmp_path / f"{number}.db"
        copy.write_bytes(whole[:cut])
        with pytest.raises(StoreError, match=r"is damaged|is not a SQLite database"):
            load(copy)
