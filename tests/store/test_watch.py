"""The thread that notices what others wrote: when it runs, what it survives, and what it says."""

from __future__ import annotations

import gc
import itertools
import logging
import sqlite3
import threading
import time

import pytest

from feedback_widgets import StoreError
from feedback_widgets.store import Store, open_store, watch

KEY = "d" * 32
NUMBER = itertools.count()
BOTH = pytest.mark.parametrize("kind", ["file", "postgres"], indirect=True)
WAIT = 20  # seconds; generous, because nothing here is about speed


class Follower:
    """A dataset that counts how often it was told to sync, and fails while it has a trouble."""

    def __init__(self):
        self.synced = 0
        self.trouble: Exception | None = None

    def sync(self):
        """Count, or fail."""
        if self.trouble:
            raise self.trouble
        self.synced += 1


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    """Look often, so that the tests are short."""
    monkeypatch.setattr(watch, "EVERY", 0.01)


@pytest.fixture
def follower(store):
    """Return somebody who follows the store and has made the first look, which always syncs."""
    made = Follower()
    store.follow(made)
    until(lambda: made.synced)
    return made


def until(true):
    """Wait until something holds."""
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, "it never came to pass"
        time.sleep(0.005)


def watchers(store):
    """Return the threads that look at this store."""
    return [each for each in threading.enumerate() if each.name == f"watching {store.place}"]


def write(place):
    """Commit something over a connection of another's."""
    other = Store(place)
    other.put_settings(KEY, {"number": next(NUMBER)})
    other.close()


def looks(number=20):
    """Give the thread time for some more looks."""
    time.sleep(number * watch.EVERY)


@BOTH
def test_whoever_follows_syncs_after_every_foreign_commit(follower, place):
    """A commit of another connection is noticed; without one nothing is read."""
    for _ in range(3):
        before = follower.synced
        looks()
        assert follower.synced == before
        write(place)
        until(lambda before=before: follower.synced > before)


def test_one_thread_serves_all_datasets_of_a_store(store, follower, place):
    """However many follow, one thread looks, and everybody is told."""
    more = [Follower() for _ in range(10)]
    for each in more:
        store.follow(each)
    assert len(watchers(store)) == 1
    write(place)
    until(lambda: all(each.synced for each in more))


def test_the_thread_ends_with_the_last_dataset_and_starts_with_the_next(store):
    """Nobody is held alive, and a store that nobody follows has no thread."""
    gone = Follower()
    store.follow(gone)
    until(lambda: watchers(store))
    del gone
    gc.collect()
    until(lambda: not watchers(store))
    late = Follower()
    store.follow(late)
    until(lambda: late.synced)


def test_the_thread_ends_when_the_store_is_closed(store, follower):
    """`close` leaves no thread behind, though datasets are still held."""
    store.close()
    assert watchers(store) == []
    store.follow(follower)
    before = follower.synced
    until(lambda: follower.synced > before)


def test_who_has_left_is_told_no_more(store, follower, place):
    """A dataset that moved to another store is not synced by this one."""
    stays = Follower()
    store.follow(stays)
    store.leave(follower)
    looks()
    before, seen = follower.synced, stays.synced
    write(place)
    until(lambda: stays.synced > seen)
    assert follower.synced == before


def test_a_store_in_memory_has_no_thread():
    """Nobody else can write there."""
    store = open_store(":memory:")
    store.follow(Follower())
    assert watchers(store) == []


def test_a_file_that_went_away_and_came_back_is_watched_again(store, follower, place, caplog):
    """Moved away: no error, no spam; back at its place: what was written meanwhile is taken in."""
    caplog.set_level(logging.INFO)
    away = place.with_name("away.db")
    place.rename(away)
    looks()
    before = follower.synced
    looks()
    assert follower.synced == before
    away.rename(place)
    until(lambda: follower.synced > before)
    assert caplog.text.count("not at its place") == 1


def test_another_file_in_its_place_is_left_alone(store, follower, place):
    """A store that was replaced is not read: its datasets are others."""
    place.rename(place.with_name("away.db"))
    other = open_store(place)
    other.create(KEY, "team", "tone", {})
    other.close()
    looks()
    before = follower.synced
    write(place)
    looks()
    assert follower.synced == before


@pytest.mark.parametrize("trouble", [StoreError("the disk is gone"), RuntimeError("the disk is gone")])
def test_a_sync_that_fails_is_told_once_and_repeated(store, follower, place, caplog, trouble):
    """The thread outlives it, others are served, the log says it once, and nothing is missed afterwards."""
    other = Follower()
    store.follow(other)
    follower.trouble = trouble
    before = follower.synced
    write(place)
    until(lambda: "the disk is gone" in caplog.text)
    looks()
    assert caplog.text.count("looking again") == 1
    assert other.synced
    follower.trouble = None
    until(lambda: follower.synced > before)


def test_a_connection_that_fails_is_replaced(follower, place, caplog, monkeypatch):
    """A look that cannot be made is told once; with the next connection everything is taken in."""

    def broken(_):
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patched:
        patched.setattr(watch.DataVersion, "changed", broken)
        until(lambda: f"{str(place)!r} cannot be watched" in caplog.text)
        looks()
        before = follower.synced
    until(lambda: follower.synced > before)
    assert caplog.text.count(f"{str(place)!r} cannot be watched") == 1


@pytest.mark.parametrize("kind", ["postgres"], indirect=True)
def test_a_server_that_was_restarted_is_listened_to_again(
    follower, place, postgres_server, caplog, monkeypatch
):
    """Stopped: told once; started again: what is written from then on is noticed, and what was missed is taken in."""
    monkeypatch.setattr(watch, "PATIENCE", 0.1)
    postgres_server.stop()
    until(lambda: "cannot be watched" in caplog.text)
    looks()
    before = follower.synced
    postgres_server.start()
    until(lambda: follower.synced > before)
    seen = follower.synced
    write(place)
    until(lambda: follower.synced > seen)
