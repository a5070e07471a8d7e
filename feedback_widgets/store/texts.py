"""A whole dataset for those who read columns: the log without its answers at first, then records and answers some thousand at a time.

The log is joined to the records along two indexes that have the same order, so neither is searched: a million events cost little
more than to read them. What people wrote is fetched by number when its record's turn has come.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import BigInteger, Select, Text, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB

from feedback_widgets.store import tables
from feedback_widgets.store.current import REPEAT, pages
from feedback_widgets.store.quick import Statement

if TYPE_CHECKING:
    from feedback_widgets.store.log import Store

SIZE = 5_000  # records at a time


class Block(NamedTuple):
    """Some records on end: their numbers in the store, and their contents, a JSON text each that holds no line break."""

    numbers: Sequence[int]
    contents: Sequence[str]


def log(store: Store, dataset: str, upto: int) -> Iterator[list[tuple[int, int, str, str]]]:
    """Yield (record's number, event's number, annotator, status) of the events about records numbered up to `upto`, some at a time.

    The events of one annotator about one record follow on each other, oldest first; what was forgotten is left out.

    Raises:
        StoreError: the store cannot be read.
    """
    r, e = tables.record.c, tables.response_event.c
    same = (r.dataset_id == e.dataset_id, r.id == e.record_id)
    query = select(r.seq, e.seq, e.user_id, e.status).where(
        *same, e.dataset_id == dataset, r.seq <= upto, e.status != "forgotten"
    )
    return pages(store, query.order_by(e.record_id, e.user_id, e.seq))


def blocks(store: Store, dataset: str, upto: int) -> Iterator[Block]:
    """Yield all records numbered up to `upto` in their order, without those that are asked a second time.

    Raises:
        StoreError: the store cannot be read.
    """
    after = 0
    while True:
        with store._quickly() as session:  # noqa: SLF001 - the same room
            rows = session.rows(RECORDS, dataset=dataset, after=after, upto=upto, size=SIZE)
        if not rows:
            return
        after = rows[-1][0]
        yield Block(*zip(*rows, strict=True))


def answers(store: Store, numbers: Sequence[int]) -> list[str]:
    """Return what was answered in the events with these numbers, as JSON texts without line breaks; `{}` where one is gone.

    Raises:
        StoreError: the store cannot be read.
    """
    with store._quickly() as session:  # noqa: SLF001
        found: dict[int, str] = dict(session.rows(ANSWERS, numbers=json.dumps(numbers)))
    return [found.get(number, "{}") for number in numbers]


def _records() -> Select[Any]:
    r, given = tables.record.c, bindparam
    beginning = func.substr(func.coalesce(r.external_id, ""), 1, len(REPEAT))
    query = select(r.seq, cast(r.fields, Text)).where(
        r.dataset_id == given("dataset"), r.seq > given("after"), r.seq <= given("upto"), beginning != REPEAT
    )
    return query.order_by(r.seq).limit(given("size", type_=r.seq.type))


def _answers(dialect: str) -> Select[Any]:
    e, given = tables.response_event.c, bindparam("numbers", type_=Text)
    if dialect == "postgresql":
        listed = select(cast(func.jsonb_array_elements_text(cast(given, JSONB)), BigInteger))
    else:
        listed = select(func.json_each(given).table_valued("value").c.value)
    return select(e.seq, cast(e.answers, Text)).where(e.seq.in_(listed))


RECORDS = Statement(lambda _: _records())
ANSWERS = Statement(_answers)
