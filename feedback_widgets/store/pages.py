"""What a memory reads from the store: the newest numbers, all ids, all statuses, and records in pages.

Ids and statuses are read by the million, so they come as the driver gives them, from indexes that hold all that is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, Text, bindparam, case, cast, func, select
from sqlalchemy.engine import Connection, Row

from feedback_widgets.store import tables
from feedback_widgets.store.answers import event_query, read
from feedback_widgets.store.event import Event
from feedback_widgets.store.quick import Statement

if TYPE_CHECKING:
    from feedback_widgets.store.log import Store

CHUNK = 500  # ids per query: every engine limits how many values one statement may carry
ROWS = 10_000  # taken from the driver at a time
# A status that is not `submitted` stands before the record's id: one column is read in half the time of two.
MARKS = {"draft": "+", "discarded": "-", "pending": "?"}


class Newest(NamedTuple):
    """The highest numbers in the store: of records, events, changes of records, settings, and assignments."""

    record: int
    event: int
    change: int
    settings: int
    assignment: int


class Page(NamedTuple):
    """Some records as they are kept: rows of `id, fields, metadata, external_id` (JSON as text), their suggestions, their answers."""

    records: Sequence[Row[Any]]
    suggestions: Sequence[Row[Any]]
    answers: Sequence[Event]


def _newest() -> Select[Any]:
    given: Any = bindparam("dataset")
    numbers = (
        select(func.max(number)).where(of == given).scalar_subquery()
        for number, of in (
            (tables.record.c.seq, tables.record.c.dataset_id),
            (tables.response_event.c.seq, tables.response_event.c.dataset_id),
            (tables.record_change.c.seq, tables.record_change.c.dataset_id),
            (tables.settings_version.c.version, tables.settings_version.c.dataset_id),
            (tables.assignment.c.seq, tables.assignment.c.dataset_id),
        )
    )
    return select(*numbers)


NEWEST = Statement(lambda _: _newest())


def newest(store: Store, dataset: str) -> Newest:
    """Return the newest numbers, in one question: it is asked whenever anybody wrote."""
    with store._quickly() as session:  # noqa: SLF001 - the same room
        (row,) = session.rows(NEWEST, dataset=dataset)
    return Newest(*(each or 0 for each in row))


def ids(store: Store, dataset: str, after: int, upto: int) -> list[str]:
    """Return the ids of the records numbered above `after` and not above `upto`, in order."""
    t = tables.record.c
    query = select(t.id).where(t.dataset_id == dataset, t.seq > after, t.seq <= upto).order_by(t.seq)
    with store._reading() as connection:  # noqa: SLF001
        return [each for column in _columns(connection, query) for each in column]


def annotators(store: Store, dataset: str, upto: int) -> list[str]:
    """Return everybody who has an event numbered up to `upto`; what was forgotten does not count."""
    t = tables.response_event.c
    found: list[str] = []
    query = select(func.min(t.user_id)).where(t.dataset_id == dataset)
    with store._reading() as connection:  # noqa: SLF001
        user = connection.scalar(query)
        while user is not None:  # from name to name through the index, however many events there are
            mine = (t.dataset_id == dataset, t.user_id == user, t.seq <= upto, t.status != "forgotten")
            if connection.scalar(select(t.seq).where(*mine).limit(1)) is not None:
                found.append(user)
            user = connection.scalar(query.where(t.user_id > user))
    return found


def marks(store: Store, dataset: str, user: str, upto: int) -> Iterator[list[str]]:
    """Yield what one annotator did, oldest first, in lists: a record's id where it was submitted, else a mark and the id."""
    t = tables.response_event.c
    marked = case(
        (t.status == "submitted", t.record_id),
        *((t.status == status, mark + t.record_id) for status, mark in MARKS.items()),
        else_=MARKS["pending"] + t.record_id,
    )
    query = select(marked).where(
        t.dataset_id == dataset, t.user_id == user, t.seq <= upto, t.status != "forgotten"
    )
    with store._reading() as connection:  # noqa: SLF001
        yield from _columns(connection, query.order_by(t.seq))


def _columns(connection: Connection, query: Any) -> Iterator[list[str]]:
    cursor: Any = connection.execute(query).cursor
    values = chain.from_iterable(cursor)
    while column := list(islice(values, ROWS)):
        yield column


def page(store: Store, dataset: str, wanted: Sequence[str], upto: int) -> Page:
    """Read some records with their suggestions, and their answers as they were right after the event numbered `upto`.

    Answers come in the order in which people first gave them; what was taken back or forgotten is left out.
    """
    r, s = tables.record.c, tables.suggestion.c
    described = select(r.id, cast(r.fields, Text), cast(r.metadata, Text), r.external_id)
    suggested = select(s.record_id, s.question, s.agent, s.value, s.score, s.type)
    suggested = suggested.where(s.dataset_id == dataset).order_by(s.created_at, s.question)
    found = Page([], [], [])
    with store._reading() as connection:  # noqa: SLF001
        for chunk in _chunks(wanted):
            records = described.where(r.dataset_id == dataset, r.id.in_(chunk))
            found = Page(
                [*found.records, *connection.execute(records)],
                [*found.suggestions, *connection.execute(suggested.where(s.record_id.in_(chunk)))],
                [*found.answers, *_answers(connection, dataset, chunk, upto)],
            )
    return found


def standing(store: Store, dataset: str, wanted: Collection[str]) -> set[tuple[str, str]]:
    """Return (record, annotator) of every current answer to these records."""
    found: set[tuple[str, str]] = set()
    with store._reading() as connection:  # noqa: SLF001
        for chunk in _chunks(list(wanted)):
            found.update(_decisive(connection, dataset, chunk, None))
    return found


def _answers(connection: Connection, dataset: str, chunk: Sequence[str], upto: int) -> list[Event]:
    t = tables.response_event
    decisive = list(_decisive(connection, dataset, chunk, upto).values())
    events: dict[int, Event] = {}
    for some in _chunks(decisive):
        found = connection.execute(event_query().where(t.c.seq.in_(some)))
        events.update((event.seq, event) for event in map(read, found))
    # One that was erased between the two questions has no row any more.
    return [events[seq] for seq in decisive if seq in events]


def _decisive(
    connection: Connection, dataset: str, chunk: Sequence[str], upto: int | None
) -> dict[tuple[str, str], int]:
    """Return (record, annotator) -> number of the event that decides, in the order of first answers; from the index alone."""
    t = tables.response_event.c
    query = select(t.record_id, t.user_id, t.seq, t.status)
    query = query.where(t.dataset_id == dataset, t.record_id.in_(chunk), t.status != "forgotten")
    found: dict[tuple[str, str], int] = {}
    # Bounded and sorted here: asked to do it, SQLite walks the whole log in its order instead of looking up these records.
    rows = sorted(connection.execute(query), key=lambda row: row.seq)
    for record, user, seq, status in rows:
        if upto is not None and seq > upto:
            break
        if status == "pending":
            found.pop((record, user), None)
        else:
            found[record, user] = seq
    return found


def _chunks(given: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (given[at : at + CHUNK] for at in range(0, len(given), CHUNK))
