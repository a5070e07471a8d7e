"""Answers as plain rows, read in one go: for those who count answers by the million and need no records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Text, case, cast, func, select

from feedback_widgets.store import tables

if TYPE_CHECKING:
    from sqlalchemy import Select

    from feedback_widgets.store.log import Store

ROWS = 10_000  # taken from the driver at a time
REPEAT = (
    "repeat:"  # the external id of a record that is asked a second time begins so; the first one's id follows
)


class Suggested(NamedTuple):
    """One suggestion as it is kept: `value` is a JSON text, `agent` is empty where nobody is named."""

    record_id: str
    agent: str
    value: str


def submitted(store: Store, dataset: str) -> Iterator[list[tuple[int, str, str, str | None]]]:
    """Yield (number, record, annotator, answers) of every event in the order of the log, some at a time.

    Answers are JSON where they were submitted, and None where an answer was taken back, drafted or discarded; what was
    forgotten is left out.

    Raises:
        StoreError: the store cannot be read.
    """
    t = tables.response_event.c
    answers = case((t.status == "submitted", cast(t.answers, Text)))
    mine = (t.dataset_id == dataset, t.status != "forgotten")
    return pages(store, select(t.seq, t.record_id, t.user_id, answers).where(*mine).order_by(t.seq))


def circumstances(store: Store, dataset: str) -> Iterator[list[tuple[int, str, int | None, int, str]]]:
    """Yield (number, arrival in ISO 8601, milliseconds of work or None, version of the form, what was shown as JSON).

    Of every event that was submitted, in the order of the log, some at a time.

    Raises:
        StoreError: the store cannot be read.
    """
    t = tables.response_event.c
    columns = (t.seq, t.received_at, t.duration_ms, t.settings_version, cast(t.shown, Text))
    mine = (t.dataset_id == dataset, t.status == "submitted")
    return pages(store, select(*columns).where(*mine).order_by(t.seq))


def suggested(store: Store, dataset: str, question: str) -> list[Suggested]:
    """Return the suggestions for one question, the newest of each record first.

    Raises:
        StoreError: the store cannot be read.
    """
    t = tables.suggestion.c
    query = (
        select(t.record_id, t.agent, cast(t.value, Text))
        .where(t.dataset_id == dataset, t.question == question)
        .order_by(t.created_at.desc(), t.agent)
    )
    return [Suggested(*row) for row in _rows(store, query)]


def lengths(store: Store, dataset: str, field: str) -> dict[str, int]:
    """Return record id -> the number of characters (code points) of a text field, where it has a text.

    Raises:
        StoreError: the store cannot be read.
    """
    t = tables.record.c
    query = select(t.id, func.length(t.fields[field].as_string())).where(t.dataset_id == dataset)
    return {key: length for key, length in _rows(store, query) if length is not None}


def repeats(store: Store, dataset: str) -> dict[str, str]:
    """Return the records that repeat another one: their id -> the id of the first one, in the order of adding.

    Raises:
        StoreError: the store cannot be read.
    """
    t = tables.record.c
    query = select(t.id, t.external_id).where(t.dataset_id == dataset, t.external_id.startswith(REPEAT))
    rows = list(_rows(store, query.order_by(t.seq)))
    return {key: given.removeprefix(REPEAT).partition(":")[0] for key, given in rows}


def _rows(store: Store, query: Select[Any]) -> Iterator[Sequence[Any]]:
    for page in pages(store, query):
        yield from page


def pages(store: Store, query: Select[Any]) -> Iterator[list[Any]]:
    """Yield rows as the driver gives them; a million of SQLAlchemy's own rows would cost more than the reading."""
    with store._reading() as connection:  # noqa: SLF001 - the same room
        cursor: Any = connection.execute(query).cursor
        while rows := list(islice(cursor, ROWS)):
            yield rows
