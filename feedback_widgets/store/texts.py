"""A whole dataset as long texts, some thousand records at a time: what reads columns needs no row of its own for each record.

For SQLite, which puts the texts together; nothing is made of a record or an answer on the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import LargeBinary, Select, Text, bindparam, cast, func, literal_column, select

from feedback_widgets.store import tables
from feedback_widgets.store.current import REPEAT
from feedback_widgets.store.quick import Statement

if TYPE_CHECKING:
    from feedback_widgets.store.log import Store

SIZE = 5_000  # records at a time
LINE = "char(10)"  # no JSON text of ours holds a line break


class Block(NamedTuple):
    """Some records on end, and the events about them, in no particular order.

    `contents` and `answers` are lines of JSON, one for each record or event. Numbers stand in texts with commas: those of the
    records, of each event's record, and of the events; `users` is a JSON list, `statuses` has a letter for each event
    (`s`, `d`, `p` or `x`: submitted, draft, taken back, discarded).
    """

    records: str
    contents: bytes
    event_records: str
    events: str
    users: str
    statuses: str
    answers: bytes


def blocks(store: Store, dataset: str, upto: int) -> Iterator[Block]:
    """Yield all records numbered up to `upto`, without those that are asked a second time.

    Raises:
        StoreError: the store cannot be read.
    """
    after = 0
    while True:
        with store._quickly() as session:  # noqa: SLF001 - the same room
            ((last, numbers, contents),) = session.rows(
                RECORDS, dataset=dataset, after=after, upto=upto, size=SIZE
            )
            if last is None:
                return
            (found,) = session.rows(EVENTS, dataset=dataset, after=after, upto=last)
        records, events, users, statuses, answers = found
        yield Block(
            numbers, contents, records or "", events or "", users or "[]", statuses or "", answers or b""
        )
        after = last


def _joined(column: Any, between: str) -> Any:
    return func.group_concat(column, literal_column(between))


def _first() -> Any:
    """Tell records that are asked for the first time."""
    beginning = func.substr(func.coalesce(tables.record.c.external_id, ""), 1, len(REPEAT))
    return beginning != REPEAT


def _records() -> Select[Any]:
    r, given = tables.record.c, bindparam
    some = (
        select(r.seq, cast(r.fields, Text).label("fields"))
        .where(r.dataset_id == given("dataset"), r.seq > given("after"), r.seq <= given("upto"), _first())
        .order_by(r.seq)
        .limit(given("size", type_=r.seq.type))
        .subquery()
        .c
    )
    return select(func.max(some.seq), _joined(some.seq, "','"), cast(_joined(some.fields, LINE), LargeBinary))


def _events() -> Select[Any]:
    r, e, given = tables.record.c, tables.response_event.c, bindparam
    letter = func.replace(func.substr(func.replace(e.status, "discarded", "x"), 1, 1), "f", "p")
    return select(
        _joined(r.seq, "','"),
        _joined(e.seq, "','"),
        func.json_group_array(e.user_id),
        _joined(letter, "''"),
        cast(_joined(func.coalesce(cast(e.answers, Text), "{}"), LINE), LargeBinary),
    ).where(
        r.dataset_id == given("dataset"), r.seq > given("after"), r.seq <= given("upto"),
        e.dataset_id == given("dataset"), e.record_id == r.id, e.status != "forgotten", _first(),
    )  # fmt: skip


RECORDS = Statement(lambda _: _records())
EVENTS = Statement(lambda _: _events())
