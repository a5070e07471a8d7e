"""What is replaced in place (metadata, suggestions) and must reach other kernels all the same: one line per changed record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Text, cast, func, literal, or_, select
from sqlalchemy.engine import Connection, Row

from feedback_widgets.store import tables

CHUNK = 500  # ids per query: every engine limits how many values one statement may carry


def differs(old: Any, new: Any) -> Any:
    """Return the condition that two JSON columns differ, as text: PostgreSQL does not compare what is stored as JSON."""
    return cast(old, Text).is_distinct_from(cast(new, Text))


def suggestion_differs(new: Any) -> Any:
    """Return the condition that a suggestion is not the one that is there already."""
    old = tables.suggestion.c
    return or_(
        differs(old.value, new.value), differs(old.score, new.score), old.type.is_distinct_from(new.type)
    )


def note(
    connection: Connection, dataset: str, stamp: str, described: Iterable[str], suggested: Iterable[str]
) -> None:
    """Keep the ids of known records whose metadata, and of all whose suggestions, this transaction has written at `stamp`."""
    r, s = tables.record.c, tables.suggestion.c
    # A record that is new brings its metadata along.
    _note(
        connection,
        dataset,
        r.id,
        described,
        r.dataset_id == dataset,
        r.updated_at == stamp,
        r.inserted_at != stamp,
    )
    _note(connection, dataset, s.record_id, suggested, s.dataset_id == dataset, s.created_at == stamp)


def _note(connection: Connection, dataset: str, at: Column[str], ids: Iterable[str], *where: Any) -> None:
    for chunk in _chunks(ids):
        found = select(literal(dataset), at).where(*where, at.in_(chunk)).distinct()
        adding = tables.record_change.insert().from_select(["dataset_id", "record_id"], found)
        connection.execute(adding)


def last(connection: Connection, dataset: str) -> int:
    """Return the number of the last change."""
    t = tables.record_change.c
    return connection.scalar(select(func.max(t.seq)).where(t.dataset_id == dataset)) or 0


def since(connection: Connection, dataset: str, seq: int) -> tuple[int, list[str]]:
    """Return the number of the last change, and the ids of the records changed after `seq`."""
    t = tables.record_change.c
    query = select(t.seq, t.record_id).where(t.dataset_id == dataset, t.seq > seq).order_by(t.seq)
    rows = connection.execute(query).all()
    return max([seq, *(row.seq for row in rows[-1:])]), list(dict.fromkeys(row.record_id for row in rows))


def content(
    connection: Connection, dataset: str, ids: Sequence[str]
) -> tuple[dict[str, dict[str, Any]], list[Row[Any]]]:
    """Return the metadata (id -> metadata) and the suggestions of some records, as they are now."""
    r, s = tables.record.c, tables.suggestion.c
    columns = (s.record_id, s.question, s.agent, s.value, s.score, s.type)
    metadata: dict[str, dict[str, Any]] = {}
    suggestions: list[Row[Any]] = []
    for chunk in _chunks(ids):
        described = select(r.id, r.metadata).where(r.dataset_id == dataset, r.id.in_(chunk))
        metadata.update((row.id, row.metadata) for row in connection.execute(described))
        suggested = select(*columns).where(s.dataset_id == dataset, s.record_id.in_(chunk))
        suggestions += connection.execute(suggested.order_by(s.created_at, s.question))
    return metadata, suggestions


def _chunks(ids: Iterable[str]) -> Iterator[list[str]]:
    given = list(dict.fromkeys(ids))
    return (given[at : at + CHUNK] for at in range(0, len(given), CHUNK))
