"""One column of a dataset's records, read from the store without reading the records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select

from feedback_widgets.store import tables
from feedback_widgets.store.log import CHUNK, Store


def metadata_values(
    store: Store, dataset: str, name: str, records: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return record id -> the value of one metadata property, where there is one; of all records, or of those named."""
    t = tables.record.c
    query = select(t.id, t.metadata[name]).where(t.dataset_id == dataset)
    return {key: value for key, value in _read(store, query, t.id, records) if value is not None}


def lowest_scores(
    store: Store, dataset: str, question: str, records: Sequence[str] | None = None
) -> dict[str, float]:
    """Return record id -> the lowest score among the suggestions for one question, where there is one."""
    t = tables.suggestion.c
    query = select(t.record_id, t.score).where(t.dataset_id == dataset, t.question == question)
    found: dict[str, float] = {}
    for key, score in _read(store, query, t.record_id, records):
        scores = score if isinstance(score, list) else [score]  # one for each value of a suggestion
        known = [each for each in (*scores, found.get(key)) if each is not None]
        if known:
            found[key] = min(known)
    return found


def _read(store: Store, query: Select[Any], key: Any, records: Sequence[str] | None) -> list[tuple[str, Any]]:
    """Return the query's rows; each statement names so many ids as every engine takes."""
    starts = range(0, len(records), CHUNK) if records is not None else range(1)
    rows: list[tuple[str, Any]] = []
    with store._reading() as connection:  # noqa: SLF001 - the same room
        for start in starts:
            chunk = query if records is None else query.where(key.in_(records[start : start + CHUNK]))
            rows += [(row[0], row[1]) for row in connection.execute(chunk)]
    return rows
