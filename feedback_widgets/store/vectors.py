"""Vectors in the store: little-endian float32, one row per record and name, written with their records in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select, tuple_
from sqlalchemy.engine import Connection

from feedback_widgets.store import changes, tables
from feedback_widgets.store.dialects import insert

if TYPE_CHECKING:
    from feedback_widgets.store.log import Store

CHUNK = 500  # ids per query: every engine limits how many values one statement may carry
BLOCK = 4096  # vectors read at once


def put(connection: Connection, dataset: str, stamp: str | None, rows: Sequence[dict[str, Any]]) -> None:
    """Write vectors (`record_id, name, value`); one that is there is replaced. Those of known records are noted as changes.

    Known are records not written at `stamp`; None says that all of the dataset is new.

    A vector given again as it was changes nothing, so that running a cell again tells nobody anything.
    """
    news = [
        row
        for start in range(0, len(rows), CHUNK)
        for row in _different(connection, dataset, rows[start : start + CHUNK])
    ]
    if not news:
        return
    adding = insert(connection, tables.vector)
    connection.execute(
        adding.on_conflict_do_update(
            index_elements=["dataset_id", "record_id", "name"], set_={"value": adding.excluded.value}
        ),
        [{**row, "dataset_id": dataset} for row in news],
    )
    ids = [] if stamp is None else list(dict.fromkeys(row["record_id"] for row in news))
    r = tables.record.c
    for start in range(0, len(ids), CHUNK):
        known = select(r.id).where(
            r.dataset_id == dataset, r.id.in_(ids[start : start + CHUNK]), r.inserted_at != stamp
        )
        found = [{"dataset_id": dataset, "record_id": each} for each in connection.scalars(known)]
        if found:
            connection.execute(tables.record_change.insert(), found)


def _different(
    connection: Connection, dataset: str, rows: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    t = tables.vector.c
    ids = {row["record_id"] for row in rows}
    found = connection.execute(
        select(t.record_id, t.name, t.value).where(t.dataset_id == dataset, t.record_id.in_(ids))
    )
    known = {(row.record_id, row.name): bytes(row.value) for row in found}
    return (row for row in rows if known.get((row["record_id"], row["name"])) != row["value"])


class Seen(NamedTuple):
    """How far a reader of vectors has come: the highest `seq` of a record, and of a change."""

    record: int = 0
    change: int = 0


def since(
    store: Store, dataset: str, name: str, seen: Seen
) -> Iterator[tuple[Seen, list[tuple[str, bytes]]]]:
    """Yield blocks of vectors that are new or replaced since, each with how far one has come with it.

    Raises:
        StoreError: the store cannot be read.
    """
    t, r = tables.vector.c, tables.record.c
    mine = (t.dataset_id == dataset, t.name == name)
    with store._reading() as connection:  # noqa: SLF001 - the same room
        # First, so that what changes meanwhile is read once more the next time.
        change, ids = changes.since(connection, dataset, seen.change) if seen.record else (0, [])
        if not seen.record:
            change = changes.last(connection, dataset)
        newest = connection.scalar(select(func.max(r.seq)).where(r.dataset_id == dataset)) or 0
    last = seen.record
    for start in range(0, len(ids), CHUNK):
        chosen = select(t.record_id, t.value).where(*mine, t.record_id.in_(ids[start : start + CHUNK]))
        with store._reading() as connection:  # noqa: SLF001
            yield Seen(last, seen.change), [(row[0], row[1]) for row in connection.execute(chosen)]
    joined = (r.dataset_id == t.dataset_id) & (r.id == t.record_id)
    query = select(r.seq, t.record_id, t.value).select_from(tables.record.join(tables.vector, joined))
    query = query.where(*mine, r.dataset_id == dataset, r.seq <= newest).order_by(r.seq).limit(BLOCK)
    while last < newest:
        with store._reading() as connection:  # noqa: SLF001
            rows = connection.execute(query.where(r.seq > last)).all()
        last = rows[-1].seq if len(rows) == BLOCK else newest
        yield Seen(last, change), [(row[1], row[2]) for row in rows]
    yield Seen(newest, change), []


def of_record(store: Store, dataset: str, record: str) -> dict[str, bytes]:
    """Return the vectors of one record: name -> bytes."""
    t = tables.vector.c
    query = select(t.name, t.value).where(t.dataset_id == dataset, t.record_id == record)
    with store._reading() as connection:  # noqa: SLF001
        return {row.name: bytes(row.value) for row in connection.execute(query)}


def copy(source: Store, dataset: str, connection: Connection, key: str, stamp: str | None) -> None:
    """Copy all vectors of a dataset to the dataset `key` behind `connection`, whose records are there already.

    `stamp` is when records that are new there were written, None where all of them are.
    """
    t = tables.vector.c
    query = select(t.record_id, t.name, t.value).where(t.dataset_id == dataset)
    query = query.order_by(t.record_id, t.name).limit(BLOCK)
    after = ("", "")
    there = tables.record.c
    while True:
        with source._reading() as reading:  # noqa: SLF001
            rows = reading.execute(query.where(tuple_(t.record_id, t.name) > after)).all()
        if not rows:
            return
        after = (rows[-1].record_id, rows[-1].name)
        ids = list({row.record_id for row in rows})
        known: set[str] = set()
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            known.update(
                connection.scalars(select(there.id).where(there.dataset_id == key, there.id.in_(chunk)))
            )
        given = [{"record_id": each[0], "name": each[1], "value": bytes(each[2])} for each in rows]
        put(connection, key, stamp, [each for each in given if each["record_id"] in known])
