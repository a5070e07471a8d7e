"""Leases: who is answering which record just now, so that no more people are asked than its overlap.

A lease is a promise for some minutes. It keeps others from being asked, never from answering: that an overlap is not
exceeded is the log's business (`Store.append(limit=…)`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, column, delete, func, not_, select, table
from sqlalchemy.engine import Connection

from feedback_widgets.store import tables
from feedback_widgets.store.answers import FINAL, returned
from feedback_widgets.store.dialects import insert, take_turn
from feedback_widgets.store.engine import explained
from feedback_widgets.store.event import written
from feedback_widgets.store.log import Store

LEASE_SECONDS = 300.0  # after five minutes without a sign of life a record goes to somebody else
CHUNK = 500  # ids per statement

_response = table("response", *map(column, ("dataset_id", "record_id", "user_id", "status")))


def acquire(
    store: Store,
    dataset: str,
    user: str,
    records: Sequence[str],
    *,
    overlap: int,
    limit: int | None = None,
    seconds: float | None = None,
) -> list[str]:
    """Lease records to `user`, in one transaction, and return the ids of those that were granted, in the order given.

    A record is granted while fewer than `overlap` others have submitted an answer to it, are asked for it again by a reviewer, or
    hold a live lease on it. Whoever is asked again is granted it. A lease that `user` holds already is renewed.

    Args:
        store: where the dataset is kept.
        dataset: its id.
        user: the annotator.
        records: ids, the most wanted first.
        overlap: how many annotators each record is for.
        limit: grant this many at most; default: all that can be.
        seconds: how long the leases live; default `LEASE_SECONDS`.

    Raises:
        StoreError: the store cannot be written; nothing was granted.
    """
    wanted, seconds = list(records), LEASE_SECONDS if seconds is None else seconds
    granted: list[str] = []
    with _writing(store) as connection:
        take_turn(connection, dataset)  # an answer and a lease never pass each other unseen
        moment = clock(connection)
        t = tables.lease
        connection.execute(delete(t).where(t.c.dataset_id == dataset, not_(_live(moment, seconds))))
        for start in range(0, len(wanted), CHUNK):
            chunk = wanted[start : start + CHUNK]
            others, again = _busy(connection, dataset, user, chunk), _again(connection, dataset, chunk)
            free = [
                each for each in chunk if user in again[each] or len(others[each] | again[each]) < overlap
            ]
            granted += free if limit is None else free[: limit - len(granted)]
            if limit is not None and len(granted) >= limit:
                break
        _put(connection, dataset, user, granted, moment + timedelta(seconds=seconds))
    return granted


def release(store: Store, dataset: str, user: str, records: Collection[str]) -> None:
    """Give leases back before they end; records that `user` does not hold are passed over.

    Raises:
        StoreError: the store cannot be written; the leases end by themselves.
    """
    t, ids = tables.lease, list(records)
    if not ids:
        return
    with _writing(store) as connection:
        for start in range(0, len(ids), CHUNK):
            mine = (t.c.user_id == user, t.c.record_id.in_(ids[start : start + CHUNK]))
            connection.execute(delete(t).where(t.c.dataset_id == dataset, *mine))


def held(store: Store, dataset: str, user: str | None = None) -> dict[str, set[str]]:
    """Return who holds which records just now: record id -> names, without `user`'s own."""
    t = tables.lease.c
    found: dict[str, set[str]] = defaultdict(set)
    with store._reading() as connection:  # noqa: SLF001 - the same room
        live = _live(clock(connection), LEASE_SECONDS)
        for row in connection.execute(select(t.record_id, t.user_id).where(t.dataset_id == dataset, live)):
            if row.user_id != user:
                found[row.record_id].add(row.user_id)
    return dict(found)


def clock(connection: Connection) -> datetime:
    """Return the store's own time: a server's where there is one, so that machines need not agree; else this machine's."""
    if connection.dialect.name == "postgresql":
        moment: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)
    return datetime.now(UTC)


def _live(moment: datetime, seconds: float) -> ColumnElement[bool]:
    """Say which leases count. One that ends much later than any could was given before the clock was set back: it is over.

    Machines that share a file have clocks that differ a little: a fresh lease of one that is ahead counts.
    """
    longest = moment + timedelta(seconds=max(seconds, LEASE_SECONDS) + LEASE_SECONDS)
    t = tables.lease.c
    return and_(t.expires_at > written(moment), t.expires_at <= written(longest))


def _busy(connection: Connection, dataset: str, user: str, records: Sequence[str]) -> dict[str, set[str]]:
    """Return for each record who else has submitted an answer or holds a lease. Only live leases are left by now."""
    found: dict[str, set[str]] = defaultdict(set)
    submitted = _response.c.status == "submitted"
    for source, counts in ((_response, submitted), (tables.lease, None)):
        t: Any = source.c
        query = select(t.record_id, t.user_id).where(t.dataset_id == dataset, t.record_id.in_(records))
        for row in connection.execute(query if counts is None else query.where(counts)):
            if row.user_id != user:
                found[row.record_id].add(row.user_id)
    return found


def _again(connection: Connection, dataset: str, records: Sequence[str]) -> dict[str, set[str]]:
    """Return for each record who is asked for it again and has not answered since: they keep their place."""
    sent, found = tables.review_event.c, defaultdict[str, set[str]](set)
    query = returned(dataset).add_columns(sent.record_id).where(sent.record_id.in_(records))
    for about, record_id in connection.execute(query):
        found[record_id].add(about)
    if found:
        final = (_response.c.dataset_id == dataset, _response.c.status.in_(FINAL))
        done = select(_response.c.record_id, _response.c.user_id).where(
            *final, _response.c.record_id.in_(found)
        )
        for record_id, user in connection.execute(done):
            found[record_id].discard(user)
    return found


def _put(connection: Connection, dataset: str, user: str, records: Sequence[str], end: datetime) -> None:
    if not records:
        return
    adding = insert(connection, tables.lease)
    adding = adding.on_conflict_do_update(
        index_elements=["dataset_id", "record_id", "user_id"], set_={"expires_at": adding.excluded.expires_at}
    )
    mine = {"dataset_id": dataset, "user_id": user, "expires_at": written(end)}
    connection.execute(adding, [{**mine, "record_id": each} for each in records])


@contextmanager
def _writing(store: Store) -> Iterator[Connection]:
    """Begin a writing transaction that nobody is told of: a lease is no news for those who follow the answers."""
    store._must_be_in_place()  # noqa: SLF001 - the same room
    with (
        store._turn,  # noqa: SLF001
        explained(store.engine),
        store.engine.connect().execution_options(write=True) as connection,
        connection.begin(),
    ):
        yield connection
