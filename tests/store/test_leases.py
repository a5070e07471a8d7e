"""Leases: no more people are asked for a record than its overlap, and nobody who went away holds up the others."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from feedback_widgets.store import Store, leases
from feedback_widgets.store.event import written

KEY = "d" * 32
RECORDS = ["r0", "r1", "r2"]
KINDS = ["file", "memory", "postgres"]


@pytest.fixture
def ask(store):
    """Return a function that asks for leases: `ask("alice", overlap=1, limit=2)`."""

    def asked(user, records=RECORDS, overlap=1, **more):
        return leases.acquire(store, KEY, user, records, overlap=overlap, **more)

    return asked


def age(store, by):
    """Move the end of all leases by `by`, as if time had passed."""
    t = leases.tables.lease
    with store.engine.connect().execution_options(write=True) as connection, connection.begin():
        for row in connection.execute(leases.select(t)).all():
            end = datetime.strptime(row.expires_at, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC) + by
            mine = (t.c.record_id == row.record_id, t.c.user_id == row.user_id)
            connection.execute(t.update().where(*mine).values(expires_at=written(end)))


def test_what_one_holds_is_not_given_to_another(ask):
    """With an overlap of one, two annotators are given different records, each in the order asked for."""
    assert ask("alice", limit=2) == ["r0", "r1"]
    assert ask("bob", limit=2) == ["r2"]


def test_as_many_hold_a_record_as_its_overlap(ask):
    """The third of three is refused where two are wanted."""
    assert [ask(user, overlap=2) for user in ("alice", "bob", "carol")] == [RECORDS, RECORDS, []]


def test_asking_again_is_granted_again(ask, store):
    """One's own lease is no obstacle; it is renewed."""
    ask("alice", ["r0"])
    age(store, timedelta(seconds=-200))
    assert ask("alice", ["r0"]) == ["r0"]
    age(store, timedelta(seconds=-200))
    assert ask("bob", ["r0"]) == []


def test_answers_of_others_count_and_drafts_do_not(ask, store, event):
    """A submitted answer takes one of the places for good; a draft or a discarded record takes none."""
    store.append(KEY, [event("submitted", "r0"), event("draft", "r1"), event("discarded", "r2")])
    assert ask("bob") == ["r1", "r2"]
    assert ask("carol", overlap=2) == RECORDS


def test_one_person_takes_one_place(ask, store, event):
    """Who has submitted while holding the lease is not counted twice."""
    ask("alice", overlap=2)
    store.append(KEY, [event("submitted", "r0", "alice")])
    assert ask("bob", overlap=2) == RECORDS


def test_a_lease_ends_by_itself(ask, store):
    """Who gives no sign of life for as long as the lease lives holds up nobody."""
    ask("alice")
    age(store, timedelta(seconds=-leases.LEASE_SECONDS))
    assert ask("bob") == RECORDS
    assert set(leases.held(store, KEY)["r0"]) == {"bob"}


def test_a_clock_that_was_set_back_holds_up_nobody(ask, store):
    """A lease that ends later than any lease could is over."""
    ask("alice")
    age(store, timedelta(hours=1))
    assert leases.held(store, KEY) == {}
    assert ask("bob") == RECORDS


def test_a_clock_that_is_a_little_ahead_keeps_its_leases(ask, store):
    """A lease from a machine whose clock is some minutes ahead is held like any other, though it seems to last too long."""
    ask("alice", ["r0"])
    age(store, timedelta(seconds=leases.LEASE_SECONDS * 0.8))
    assert leases.held(store, KEY) == {"r0": {"alice"}}
    assert ask("bob") == ["r1", "r2"]


def test_what_is_given_back_is_free_at_once(ask, store):
    """Releasing frees one's own leases, and only those named."""
    ask("alice")
    leases.release(store, KEY, "bob", RECORDS)
    leases.release(store, KEY, "alice", ["r1", "nothing"])
    leases.release(store, KEY, "alice", [])
    assert ask("bob") == ["r1"]


def test_who_holds_what_is_told_without_oneself(ask, store):
    """The leases of others, by record."""
    ask("alice", ["r0"], overlap=2)
    ask("bob", ["r0", "r1"], overlap=2)
    assert leases.held(store, KEY, "alice") == {"r0": {"bob"}, "r1": {"bob"}}


def test_everybody_at_once_gets_different_records(ask, store):
    """Twelve annotators who ask in the same moment share three records, one each, and nobody fails."""
    found, failed, gate = {}, [], threading.Barrier(12)

    def grab(user):
        gate.wait()
        try:
            found[user] = ask(user, limit=1)
        except Exception as error:  # noqa: BLE001 - a thread's failure is told below
            failed.append(error)

    threads = [threading.Thread(target=grab, args=[f"u{number}"]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert sorted(each for granted in found.values() for each in granted) == RECORDS


def test_two_stores_see_each_others_leases(ask, place):
    """Another kernel's leases count like one's own process's."""
    ask("alice", ["r0"])
    other = Store(place)
    assert leases.acquire(other, KEY, "bob", RECORDS, overlap=1) == ["r1", "r2"]
    other.close()


def test_many_records_are_asked_for_at_once(ask, store):
    """More ids than one statement carries are one transaction still."""
    more = [{"id": f"m{at}", "fields": {}, "metadata": {}, "external_id": None} for at in range(1200)]
    store.put_records(KEY, more, [])
    ids = [each["id"] for each in more]
    assert ask("alice", ids) == ids
    assert ask("bob", [*ids, "r0"]) == ["r0"]
