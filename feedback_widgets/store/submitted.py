"""Who answered what, as the driver gives it: for those who count answers by the million."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text, case, cast, select

from feedback_widgets.store import tables

if TYPE_CHECKING:
    from feedback_widgets.store.log import Store

ROWS = 10_000  # taken from the driver at a time


def submitted(store: Store, dataset: str) -> Iterator[tuple[str, str, str | None]]:
    """Yield (record, annotator, answers) of every event in the order of the log.

    Answers are JSON where they were submitted, and None where an answer was taken back, drafted or discarded; what was
    forgotten is left out.
    """
    t = tables.response_event.c
    answers = case((t.status == "submitted", cast(t.answers, Text)))
    mine = (t.dataset_id == dataset, t.status != "forgotten")
    query = select(t.record_id, t.user_id, answers).where(*mine).order_by(t.seq)
    with store._reading() as connection:  # noqa: SLF001 - the same room
        cursor: Any = connection.execute(query).cursor
        while some := list(islice(cursor, ROWS)):
            yield from some
