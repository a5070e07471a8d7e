"""A dataset copied from one store to another, page by page: however big it is, little of it is held at a time.

Rows travel as the driver gives them, JSON as text, so nothing is parsed or changed on the way. From a SQLite file to a new
dataset in memory SQLite copies by itself, which takes a third of the time: see `beside.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Column,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    literal,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from feedback_widgets.store import beside, changes, tables, vectors
from feedback_widgets.store.dialects import take_turn
from feedback_widgets.store.event import now
from feedback_widgets.store.log import Store
from feedback_widgets.store.quick import Row, Session, Statement

PAGE = 1000  # rows held at a time

RECORD = [each for each in tables.record.c if each.name != "seq"]
SUGGESTION = [*tables.suggestion.c]
VECTOR = [*tables.vector.c]
EVENT = [each for each in tables.response_event.c if each.name != "seq"]
REVIEW = [each for each in tables.review_event.c if each.name != "seq"]


class Which(NamedTuple):
    """Conditions on what is copied; by default everything is. `stale` are (record, annotator) whose answers are left out."""

    records: Sequence[Any] = ()
    suggestions: Sequence[Any] = ()
    events: Sequence[Any] = ()
    reviews: Sequence[Any] = ()
    stale: Collection[tuple[str, str]] = ()


def copy(source: Store, dataset: str, target: Store, key: str, which: Which | None = None) -> None:
    """Copy the records, suggestions, answers and reviews of `dataset` in `source` to the dataset `key` in `target`, in one transaction.

    What is there already stays: a known record takes other metadata if there is any, a suggestion replaces the same agent's,
    and an answer whose id is known is not written again. An empty dataset keeps the times at which everything was written.

    Raises:
        StoreError: the one cannot be read or the other written; nothing was written then.
    """
    which = which or Which()
    with beside.attached(source, target) as attached, target._writing() as connection:  # noqa: SLF001 - the same room
        take_turn(connection, key)
        there = tables.record.c
        fresh = connection.scalar(select(there.seq).where(there.dataset_id == key).limit(1)) is None
        # Numbers change on the way: the order they stand for does not.
        versions = _versions(source, dataset, connection, key)
        if attached and fresh and not which.stale:
            beside.copy(source, connection, _whole(dataset, which, key, versions))
            return
        stamp = None if fresh else now()
        _put_records(_pages(source, _records(dataset, which, key, stamp)), connection, key, stamp)
        _put_suggestions(_pages(source, _suggestions(dataset, which, key, stamp)), connection, key, stamp)
        vectors.copy(source, dataset, connection, key, stamp)
        session = Session.of(connection)
        for columns, table, where in _logs(which):
            adding, at = _insert_log(table, columns), _place(columns, "settings_version")
            query = _in_order(table, columns, dataset, where, {"dataset_id": key})
            for page in _fresh(_pages(source, _paged(query, table)), columns, which.stale):
                session.many(
                    adding,
                    [(*row[:at], versions.get(row[at], row[at]), *row[at + 1 :]) for row in page]
                    if versions
                    else page,
                )


def _logs(which: Which) -> list[tuple[list[Column[Any]], Table, Sequence[Any]]]:
    return [(EVENT, tables.response_event, which.events), (REVIEW, tables.review_event, which.reviews)]


# -- reading ----------------------------------------------------------------------------------------------------------


def _pages(store: Store, query: Callable[[int], Any]) -> Iterator[list[Row]]:
    """Yield pages of rows without their number, which comes last. No reading goes on between two pages: in one file it would stop the writer."""
    after = 0
    while True:
        with store._reading() as connection:  # noqa: SLF001 - the same room
            cursor: Any = connection.execute(query(after)).cursor
            page = cursor.fetchall()
        if not page:
            return
        yield [tuple(row[:-1]) for row in page]
        after = page[-1][-1]


def _fresh(
    pages: Iterator[list[Row]], columns: Sequence[Column[Any]], stale: Collection[tuple[str, str]]
) -> Iterator[list[Row]]:
    """Yield the pages without the answers that are left out; reviews are nobody's answer."""
    if not stale or columns is not EVENT:
        yield from pages
        return
    record, user = _place(columns, "record_id"), _place(columns, "user_id")
    for page in pages:
        yield [row for row in page if (row[record], row[user]) not in stale]


def _columns(columns: Sequence[Column[Any]], given: dict[str, str | None]) -> list[Any]:
    """Return the columns to read: JSON as text, and what is given instead of what is there."""
    return [
        literal(value).label(each.name)
        if (value := given.get(each.name)) is not None
        else cast(each, Text)
        if isinstance(each.type, JSON)
        else each
        for each in columns
    ]


def _in_order(
    table: Table,
    columns: Sequence[Column[Any]],
    dataset: str,
    where: Sequence[Any],
    given: dict[str, str | None],
) -> Select[Any]:
    t = table.c
    return select(*_columns(columns, given)).where(t.dataset_id == dataset, *where).order_by(t.seq)


def _paged(query: Select[Any], table: Table) -> Callable[[int], Any]:
    seq = table.c.seq
    return lambda after: query.add_columns(seq).where(seq > after).limit(PAGE)


def _records(dataset: str, which: Which, key: str, stamp: str | None) -> Callable[[int], Any]:
    given = {"dataset_id": key, "inserted_at": stamp, "updated_at": stamp}
    return _paged(_in_order(tables.record, RECORD, dataset, which.records, given), tables.record)


def _suggestions(dataset: str, which: Which, key: str, stamp: str | None) -> Callable[[int], Any]:
    """Read by records: suggestions have no number of their own."""
    r, s = tables.record.c, tables.suggestion.c

    def page(after: int) -> Any:
        mine = select(s.record_id).where(s.dataset_id == dataset, s.record_id == r.id, *which.suggestions)
        some = select(r.seq, r.id).where(
            r.dataset_id == dataset, r.seq > after, *which.records, mine.exists()
        )
        near = some.order_by(r.seq).limit(PAGE // 4).subquery()
        columns = _columns(SUGGESTION, {"dataset_id": key, "created_at": stamp})
        query = select(*columns, near.c.seq).join_from(near, tables.suggestion, s.record_id == near.c.id)
        return query.where(s.dataset_id == dataset, *which.suggestions).order_by(
            near.c.seq, s.created_at, s.question
        )

    return page


def _whole(dataset: str, which: Which, key: str, versions: dict[int, int]) -> Iterator[beside.Part]:
    """Yield each table's query of all that is copied, in the order in which it can be written."""
    r, s, v = tables.record.c, tables.suggestion.c, tables.vector.c
    given: dict[str, str | None] = {"dataset_id": key}
    yield tables.record, RECORD, _in_order(tables.record, RECORD, dataset, which.records, given)
    ours = (r.dataset_id == dataset, *which.records)
    suggested = select(*_columns(SUGGESTION, given)).join_from(
        tables.record, tables.suggestion, and_(s.dataset_id == r.dataset_id, s.record_id == r.id)
    )
    order = (r.seq, s.created_at, s.question)
    yield tables.suggestion, SUGGESTION, suggested.where(*ours, *which.suggestions).order_by(*order)
    vector = select(*_columns(VECTOR, given)).join_from(
        tables.record, tables.vector, and_(v.dataset_id == r.dataset_id, v.record_id == r.id)
    )
    yield tables.vector, VECTOR, vector.where(*ours).order_by(v.record_id, v.name)
    for columns, table, where in _logs(which):
        query = _in_order(table, columns, dataset, where, given)
        if versions:
            t = table.c.settings_version
            number = case(versions, value=t, else_=t)
            query = query.with_only_columns(
                *(number if each is t else each for each in query.selected_columns)
            )
        yield table, columns, query


# -- writing ----------------------------------------------------------------------------------------------------------


def _put_records(pages: Iterator[list[Row]], connection: Connection, key: str, stamp: str | None) -> None:
    """Write records; where there are some already, `stamp` is the time of those that are new or changed."""
    session, adding = Session.of(connection), _insert_records()
    identity, metadata = _place(RECORD, "id"), _place(RECORD, "metadata")
    for page in pages:
        session.many(adding, page)
        if stamp:
            changes.note(connection, key, stamp, [row[identity] for row in page if row[metadata] != "{}"], ())


def _put_suggestions(pages: Iterator[list[Row]], connection: Connection, key: str, stamp: str | None) -> None:
    session, adding, record = Session.of(connection), _insert_suggestions(), _place(SUGGESTION, "record_id")
    for page in pages:
        session.many(adding, page)
        if stamp:
            changes.note(connection, key, stamp, (), [row[record] for row in page])


def _place(columns: Sequence[Column[Any]], name: str) -> int:
    return next(at for at, each in enumerate(columns) if each.name == name)


def _versions(source: Store, dataset: str, connection: Connection, key: str) -> dict[int, int]:
    """Return which version of the settings in the target has the form of each one in the source, else the newest.

    Empty where the numbers are the same.
    """
    t = tables.settings_version.c
    query = select(t.version, t.settings).order_by(t.version)
    there = [(row.version, row.settings) for row in connection.execute(query.where(t.dataset_id == key))]
    with source._reading() as reading:  # noqa: SLF001 - the same room
        here = reading.execute(query.where(t.dataset_id == dataset)).all()
    newest = there[-1][0]
    known = {row.version: next((n for n, form in there if form == row.settings), newest) for row in here}
    return {} if all(n == version for n, version in known.items()) else known


def _adding(table: Table, dialect: str) -> sqlite.Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)  # type: ignore[return-value]


def _insert_records() -> Statement:
    def build(dialect: str) -> Any:
        adding = _adding(tables.record, dialect)
        new = adding.excluded
        return adding.on_conflict_do_update(
            index_elements=["dataset_id", "id"],
            set_={"metadata": new.metadata, "updated_at": new.updated_at},
            where=and_(
                cast(new.metadata, Text) != literal_column("'{}'"),
                cast(tables.record.c.metadata, Text) != cast(new.metadata, Text),
            ),
        )

    return Statement(build, [each.name for each in RECORD])


def _insert_suggestions() -> Statement:
    def build(dialect: str) -> Any:
        adding = _adding(tables.suggestion, dialect)
        return adding.on_conflict_do_update(
            index_elements=["dataset_id", "record_id", "question", "agent"],
            set_={name: adding.excluded[name] for name in ("value", "score", "type", "created_at")},
            where=changes.suggestion_differs(adding.excluded),
        )

    return Statement(build, [each.name for each in SUGGESTION])


def _insert_log(table: Table, columns: Sequence[Column[Any]]) -> Statement:
    def build(dialect: str) -> Any:
        return _adding(table, dialect).on_conflict_do_nothing(index_elements=["dataset_id", "id"])

    return Statement(build, [each.name for each in columns])
