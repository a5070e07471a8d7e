"""What a memory reads from the store: the newest numbers, all ids, all statuses, and records in pages.

Ids and statuses are read by the million, so they come as the driver gives them, from indexes that hold all that is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, Text, and_, bindparam, case, cast, func, select
from sqlalchemy.engine import Connection

from feedback_widgets.store import tables
from feedback_widgets.store.answers import SEQ, event_query
from feedback_widgets.store.quick import Row, Session, Statement

if TYPE_CHECKING:
    from feedback_widgets.store.log import Store

CHUNK, FEW = 200, 20  # ids per query: every engine limits how many values one statement may carry
ROWS = 10_000  # taken from the driver at a time
# A status that is not `submitted` stands before the record's id: one column is read in half the time of two.
MARKS = {"draft": "+", "discarded": "-", "pending": "?"}


class Newest(NamedTuple):
    """The highest numbers in the store: of records, events, changes of records, settings, assignments, and reviews."""

    record: int
    event: int
    change: int
    settings: int
    assignment: int
    review: int


class Suggested(NamedTuple):
    """A suggestion as it is kept."""

    record_id: str
    question: str
    agent: str
    value: Any
    score: Any
    type: str | None


class Page(NamedTuple):
    """Some records as they are kept: rows of `id, fields, metadata, external_id` (JSON as text), their suggestions, their answers.

    Answers are rows for `answers.read`.
    """

    records: Sequence[Row]
    suggestions: Sequence[Suggested]
    answers: Sequence[Row]


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
            (tables.review_event.c.seq, tables.review_event.c.dataset_id),
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


def page(store: Store, dataset: str, wanted: Sequence[str], upto: int, *, neighbours: bool = False) -> Page:
    """Read some records with their suggestions, and their answers as they were right after the event numbered `upto`.

    Answers come in the order in which people first gave them; what was taken back or forgotten is left out.

    Args:
        store: where they are kept.
        dataset: its id.
        wanted: the records' ids.
        upto: the number of an event.
        neighbours: that these are all records from the first to the last of them, in order. One piece of the file is read
            then, instead of a place for each record.
    """
    records: list[Row] = []
    suggestions: list[Suggested] = []
    events: list[Row] = []
    with store._quickly() as session:  # noqa: SLF001 - the same room
        # Most datasets have suggestions everywhere, or nowhere.
        any_suggested = bool(session.rows(SUGGESTED, dataset=dataset))
        for chunk in _chunks(wanted):
            ends = {"dataset": dataset, "first": chunk[0], "last": chunk[-1]} if neighbours else None
            records += session.rows(ALL, **ends) if ends else _some(session, RECORDS, dataset, chunk)
            if any_suggested:
                suggestions += [suggested(row) for row in _some(session, SUGGESTIONS, dataset, chunk)]
            log = session.rows(ALL_FOLD, **ends) if ends else _some(session, FOLD, dataset, chunk)
            events += _events(session, dataset, list(_decisive(log, upto).values()))
    return Page(records, suggestions, events)


def bare(store: Store, dataset: str, after: int) -> list[Row]:
    """Return the events after `after` without what was answered: rows of `seq, id, record_id, user_id, status`, oldest first."""
    with store._quickly() as session:  # noqa: SLF001
        return session.rows(BARE, dataset=dataset, seq=after)


def standing(store: Store, dataset: str, wanted: Collection[str]) -> set[tuple[str, str]]:
    """Return (record, annotator) of every current answer to these records."""
    found: set[tuple[str, str]] = set()
    with store._quickly() as session:  # noqa: SLF001
        for chunk in _chunks(list(wanted)):
            found.update(_decisive(_some(session, FOLD, dataset, chunk), None))
    return found


def suggested(row: Row) -> Suggested:
    """Return the suggestion of a row with JSON as text."""
    record, question, agent, value, score, kind = row
    return Suggested(
        record, question, agent, json.loads(value), None if score is None else json.loads(score), kind
    )


def _events(session: Session, dataset: str, decisive: Sequence[int]) -> list[Row]:
    """Return the events of these numbers, in their order."""
    events: dict[int, Row] = {}
    for some in _chunks(decisive):
        events.update((row[SEQ], row) for row in _some(session, EVENTS, dataset, some))
    # One that was erased between the two questions has no row any more.
    return [events[seq] for seq in decisive if seq in events]


def _decisive(log: Sequence[Row], upto: int | None) -> dict[tuple[str, str], int]:
    """Return (record, annotator) -> number of the event that decides, in the order of first answers."""
    found: dict[tuple[str, str], int] = {}
    # Bounded and sorted here: asked to do it, SQLite walks the whole log in its order instead of looking up these records.
    for seq, record, user, status in sorted(log):
        if upto is not None and seq > upto:
            break
        if status == "pending":
            found.pop((record, user), None)
        else:
            found[record, user] = seq
    return found


# -- queries of so many records, or events, at once --------------------------------------------------------------------


def _kept() -> Select[Any]:
    r = tables.record.c
    return select(r.id, cast(r.fields, Text), cast(r.metadata, Text), r.external_id).where(_mine(r))


def _records(given: Sequence[Any]) -> Select[Any]:
    return _kept().where(tables.record.c.id.in_(given))


def _suggestions(given: Sequence[Any]) -> Select[Any]:
    s = tables.suggestion.c
    columns = (s.record_id, s.question, s.agent, cast(s.value, Text), cast(s.score, Text), s.type)
    query = select(*columns).where(_mine(s), s.record_id.in_(given))
    return query.order_by(s.created_at, s.question)


def _marks() -> Select[Any]:
    """What decides, from the index of the fold alone."""
    t = tables.response_event.c
    return select(t.seq, t.record_id, t.user_id, t.status).where(_mine(t), t.status != "forgotten")


def _bare() -> Select[Any]:
    t = tables.response_event.c
    query = select(t.seq, t.id, t.record_id, t.user_id, t.status).where(_mine(t), t.seq > bindparam("seq"))
    return query.order_by(t.seq)


def _fold(given: Sequence[Any]) -> Select[Any]:
    return _marks().where(tables.response_event.c.record_id.in_(given))


def _of_numbers(given: Sequence[Any]) -> Select[Any]:
    t = tables.response_event.c
    return event_query().where(_mine(t), t.seq.in_(given))


SUGGESTED = Statement(
    lambda _: (
        select(tables.suggestion.c.record_id)
        .where(tables.suggestion.c.dataset_id == bindparam("dataset"))
        .limit(1)
    )
)


def _mine(columns: Any) -> Any:
    return columns.dataset_id == bindparam("dataset")


def _sizes(build: Callable[[Sequence[Any]], Select[Any]]) -> dict[int, Statement]:
    """Return the query for a few and for a whole chunk: the last value fills what is left."""

    def sized(size: int) -> Statement:
        return Statement(lambda _: build([bindparam(f"id{at}") for at in range(size)]))

    return {size: sized(size) for size in (FEW, CHUNK)}


RECORDS, SUGGESTIONS, FOLD, EVENTS = map(_sizes, (_records, _suggestions, _fold, _of_numbers))


def _between() -> Any:
    """Return the condition that a record is one of those from `first` to `last`, two ids."""
    r, other = tables.record.c, tables.record.alias("other").c
    first, last = (
        select(other.seq).where(_mine(other), other.id == bindparam(end)).scalar_subquery()
        for end in ("first", "last")
    )
    return and_(_mine(r), r.seq.between(first, last))


BARE = Statement(lambda _: _bare())
ALL = Statement(lambda _: _kept().where(_between()).order_by(tables.record.c.seq))
ALL_FOLD = Statement(
    lambda _: _marks().where(tables.response_event.c.record_id == tables.record.c.id, _between())
)


def _some(session: Session, query: dict[int, Statement], dataset: str, given: Sequence[Any]) -> list[Row]:
    """Run a query for these ids or numbers: not none, and a chunk of them at most."""
    size = FEW if len(given) <= FEW else CHUNK
    values = {f"id{at}": given[min(at, len(given) - 1)] for at in range(size)}
    return session.rows(query[size], dataset=dataset, **values)


def _chunks(given: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (given[at : at + CHUNK] for at in range(0, len(given), CHUNK))
