"""Training runs as the store keeps them: what was learned from which answers, and how it ended."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import func, select, update

from feedback_widgets.store import tables
from feedback_widgets.store.dialects import insert, take_turn
from feedback_widgets.store.event import now
from feedback_widgets.store.log import Store

FIELDS = [each.name for each in tables.run.c if each.name not in ("seq", "dataset_id")]


class Range(NamedTuple):
    """What stands at one moment; the dataset as of `last` is what stands."""

    first: int | None
    """The first event that is a standing submitted answer."""
    last: int | None
    """The last event of any kind."""
    answers: int
    annotators: int


def standing(store: Store, dataset: str) -> Range:
    """Return what stands in a dataset right now."""
    newer, e = tables.response_event.alias("newer"), tables.response_event.c
    newest = (
        select(func.max(newer.c.seq))
        .where(
            newer.c.dataset_id == e.dataset_id,
            newer.c.record_id == e.record_id,
            newer.c.user_id == e.user_id,
        )
        .scalar_subquery()
    )
    last = select(func.max(newer.c.seq)).where(newer.c.dataset_id == dataset).scalar_subquery()
    query = select(func.min(e.seq), last, func.count(), func.count(e.user_id.distinct())).where(
        e.dataset_id == dataset, e.status == "submitted", e.seq == newest
    )
    with store._reading() as connection:  # noqa: SLF001 - the same room
        return Range(*connection.execute(query).one())


def begin(store: Store, dataset: str, run: dict[str, Any]) -> None:
    """Write a run that starts now; `run` holds the columns, those of its end apart.

    Raises:
        StoreError: it could not be written.
    """
    row = {"dataset_id": dataset, "state": "running", "metrics": {}, "started_at": now(), **run}
    with store._writing() as connection:  # noqa: SLF001
        take_turn(connection, dataset)
        connection.execute(tables.run.insert().values(row))


def note(store: Store, dataset: str, run_id: str, **columns: Any) -> None:
    """Write what has become known of a run; a `state` other than "running" ends it."""
    if columns.get("state", "running") != "running":
        columns["ended_at"] = now()
    t = tables.run
    with store._writing() as connection:  # noqa: SLF001
        take_turn(connection, dataset)
        connection.execute(update(t).where(t.c.dataset_id == dataset, t.c.id == run_id).values(columns))


def listed(store: Store, dataset: str) -> list[dict[str, Any]]:
    """Return the runs of a dataset, oldest first, as dicts of `FIELDS`."""
    t = tables.run.c
    query = select(*(t[name] for name in FIELDS)).where(t.dataset_id == dataset).order_by(t.seq)
    with store._reading() as connection:  # noqa: SLF001
        return [dict(row._mapping) for row in connection.execute(query)]  # noqa: SLF001 - SQLAlchemy's public name


def copy(source: Store, dataset: str, target: Store, key: str) -> None:
    """Copy the runs of a dataset whose answers were copied; those that are there already stay as they are.

    The answers have other numbers in the other store, so each is found again by its id.
    """
    rows = listed(source, dataset)
    if not rows:
        return
    with target._writing() as connection:  # noqa: SLF001
        take_turn(connection, key)
        for row in rows:
            for end in ("first_event_seq", "last_event_seq"):
                row[end] = _number_there(source, dataset, row[end], connection, key)
            adding = insert(connection, tables.run).values({"dataset_id": key, **row})
            connection.execute(adding.on_conflict_do_nothing(index_elements=["dataset_id", "id"]))


def _number_there(source: Store, dataset: str, seq: int | None, connection: Any, key: str) -> int | None:
    e = tables.response_event.c
    with source._reading() as reading:  # noqa: SLF001
        event = reading.scalar(select(e.id).where(e.dataset_id == dataset, e.seq == seq))
    found: int | None = connection.scalar(select(e.seq).where(e.dataset_id == key, e.id == event))
    return found
