"""The log of one dataset taken into another: nobody's newer answer is hidden by an older one, and nothing is taken in twice."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from feedback_widgets.store import tables
from feedback_widgets.store.answers import FINAL
from feedback_widgets.store.copying import Which, copy

if TYPE_CHECKING:
    from feedback_widgets.store.log import Store

ROWS = 10_000  # taken from the driver at a time
Standing = dict[tuple[str, str], tuple[str, str]]  # (record, annotator) -> (when, status) of the newest event


def merge(source: Store, dataset: str, target: Store, key: str) -> int:
    """Take the records, suggestions, answers and reviews of `dataset` in `source` into the dataset `key` in `target`.

    Where the same person answered the same record in both, all that happened is kept only if the source's newest answer is the
    newer one; else it is left out, so that the target's stays the current one. A draft is never newer than a finished answer.

    Args:
        source: where from.
        dataset: its id there.
        target: where to; its form must take what comes.
        key: the id of the dataset there.

    Returns:
        How many events of the log are new.

    Raises:
        StoreError: the one cannot be read or the other written; nothing was written then.
    """
    theirs, ours = standing(source, dataset), standing(target, key)
    stale = {each for each, newest in theirs.items() if each in ours and _older(newest, ours[each])}
    before = _events(target, key)
    kept = Which(events=[tables.response_event.c.status != "forgotten"], stale=stale)
    copy(source, dataset, target, key, kept)
    return _events(target, key) - before


def standing(store: Store, dataset: str) -> Standing:
    """Return when each person's newest event on each record arrived, and its status.

    Raises:
        StoreError: the store cannot be read.
    """
    t = tables.response_event.c
    query = select(t.record_id, t.user_id, t.received_at, t.status)
    found: Standing = {}
    with store._reading() as connection:  # noqa: SLF001 - the same room
        cursor: Any = connection.execute(
            query.where(t.dataset_id == dataset, t.status != "forgotten").order_by(t.seq)
        ).cursor
        while rows := list(islice(cursor, ROWS)):
            found.update(((record, user), (when, status)) for record, user, when, status in rows)
    return found


def _older(theirs: tuple[str, str], ours: tuple[str, str]) -> bool:
    """Tell whether their newest event must not hide ours. Times are texts that compare as times do."""
    if (theirs[1] in FINAL) != (ours[1] in FINAL) and "draft" in (theirs[1], ours[1]):
        return ours[1] in FINAL
    return theirs[0] <= ours[0]


def _events(store: Store, dataset: str) -> int:
    t = tables.response_event.c
    with store._reading() as connection:  # noqa: SLF001
        return connection.scalar(select(func.count()).where(t.dataset_id == dataset)) or 0
