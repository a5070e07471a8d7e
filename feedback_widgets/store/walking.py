"""A whole dataset read from one end to the other, in pieces that fit into memory, as the driver gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Select, Text, bindparam, cast, select

from feedback_widgets.store import tables
from feedback_widgets.store.pages import SUGGESTED, Suggested, suggested
from feedback_widgets.store.quick import Row, Statement

if TYPE_CHECKING:
    from feedback_widgets.store.log import Store

FIRST, MOST = 100, 5_000  # records in a piece: before it is known how long they are, and at most
CHARACTERS = 4_000_000  # of a piece, about


class Piece(NamedTuple):
    """Some records on end, in their order, and what was said about them.

    `records` are rows of `seq, id, fields, metadata, external_id`, JSON as text. `answers` are rows of
    `seq, record_id, user_id, status, answers, comment`, everybody's current one, in the order of first answers.
    """

    records: list[Row]
    answers: list[Row]
    suggestions: list[Suggested]


def walk(store: Store, dataset: str, upto: int) -> Iterator[Piece]:
    """Yield all records numbered up to `upto`, with the current answers to them and the suggestions for them."""
    after, size = 0, FIRST
    while True:
        with store._quickly() as session:  # noqa: SLF001 - the same room
            records = session.rows(RECORDS, dataset=dataset, after=after, upto=upto, size=size)
            if not records:
                return
            ends = {"dataset": dataset, "after": after, "upto": records[-1][0]}
            answers = session.rows(EVENTS, **ends)
            said = session.rows(SUGGESTIONS, **ends) if session.rows(SUGGESTED, dataset=dataset) else []
        yield Piece(records, current(answers), [suggested(row[1:]) for row in said])
        after, characters = ends["upto"], sum([len(row[2]) for row in records])
        size = max(1, min(MOST, CHARACTERS * len(records) // (characters + 1)))


def current(log: list[Row]) -> list[Row]:
    """Return the events of a log of `seq, record_id, user_id, status, …` that decide, in the order of first answers.

    >>> current([(2, "r", "ann", "draft"), (5, "r", "ann", "submitted"), (4, "r", "bob", "pending")])
    [(5, 'r', 'ann', 'submitted')]
    """
    found: dict[tuple[str, str], Row] = {}
    log.sort()  # numbers come first, and are unique
    for row in log:
        if row[3] == "pending":
            found.pop((row[1], row[2]), None)
        else:
            found[row[1], row[2]] = row
    return list(found.values())


def _some(columns: list[Any], *, joined: Any = None) -> Select[Any]:
    """Return the query of these columns of the records between two numbers, or of what belongs to them."""
    r, given = tables.record.c, bindparam
    query = select(*columns).where(
        r.dataset_id == given("dataset"), r.seq > given("after"), r.seq <= given("upto")
    )
    if joined is None:
        return query
    return query.where(joined.dataset_id == given("dataset"), joined.record_id == r.id)


def _records() -> Select[Any]:
    r = tables.record.c
    query = _some([r.seq, r.id, cast(r.fields, Text), cast(r.metadata, Text), r.external_id])
    return query.order_by(r.seq).limit(bindparam("size", type_=r.seq.type))


def _events() -> Select[Any]:
    e = tables.response_event.c
    columns = [e.seq, e.record_id, e.user_id, e.status, cast(e.answers, Text), e.comment]
    return _some(columns, joined=e).where(e.status != "forgotten")


def _suggestions() -> Select[Any]:
    r, s = tables.record.c, tables.suggestion.c
    columns = [r.seq, s.record_id, s.question, s.agent, cast(s.value, Text), cast(s.score, Text), s.type]
    return _some(columns, joined=s).order_by(r.seq, s.created_at, s.question)


RECORDS = Statement(lambda _: _records())
EVENTS = Statement(lambda _: _events())
SUGGESTIONS = Statement(lambda _: _suggestions())
