"""Taking records from the queue: each is lent for some minutes, so that no more people are asked for it than its overlap."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from feedback_widgets.queue.orders import Order
from feedback_widgets.queue.window import ADDED, candidates, fitting, window
from feedback_widgets.store import leases

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset

LENT = 5  # records lent at a time, where an overlap makes others wait for them
SPARE = 4  # times as many are asked for as are wanted: others may be quicker


class Taken(NamedTuple):
    """Some records of the pending queue, by their positions, which this annotator holds now.

    `end` says that nothing follows, `held` how many records are missing because others are answering them.
    """

    indices: list[int]
    end: bool
    held: int = 0


def take(
    dataset: FeedbackDataset, user: str, after: int = -1, limit: int = 20, order: Order = ADDED
) -> Taken:
    """Return the next records that `user` shall answer, and lend them where the dataset has a distribution.

    Args:
        dataset: the dataset.
        user: the annotator.
        after: a position in the order; -1 starts at the front.
        limit: how many at most; no more than `LENT` where they are lent.
        order: the annotator's order.

    Raises:
        StoreError: the store cannot be read or written.
    """
    if dataset.distribution is None:
        return Taken(*window(dataset, user, "pending", after, limit, order))
    limit = min(limit, LENT)
    busy = _held_by_others(dataset, user)
    waiting = (
        each
        for each in candidates(dataset, user, "pending", after, order)
        if dataset._memory.id_at(order.place(each)) not in busy  # noqa: SLF001
    )
    found: list[int] = []
    while len(found) < limit and (granted := _lend(dataset, user, waiting, limit - len(found), order, busy)):
        found += granted
    fits = fitting(dataset, found, order)
    if fits < len(found):
        give_back(dataset, user, [_id(dataset, order, each) for each in found[fits:]])
    return Taken(found[:fits], len(found) < limit and fits == len(found), _missing(dataset, user, busy))


def keep(dataset: FeedbackDataset, user: str, records: Collection[str]) -> list[str]:
    """Renew what `user` holds, or take it again where it ended meanwhile; return the ids that others have by now."""
    if dataset.distribution is None:
        return []
    ids = [each for each in records if each in dataset._memory]  # noqa: SLF001
    kept = set(_acquire(dataset, user, ids, None)) if ids else set()
    return [each for each in records if each not in kept]


def give_back(dataset: FeedbackDataset, user: str, records: Collection[str]) -> None:
    """End the leases on these records; others may have them at once."""
    if dataset.distribution is not None:
        leases.release(dataset.store, dataset.key, user, records)


def _lend(
    dataset: FeedbackDataset, user: str, waiting: Iterator[int], wanted: int, order: Order, busy: set[str]
) -> list[int]:
    """Lend up to `wanted` of those that wait, trying further ones while others are quicker; empty when none is left."""
    while tried := {_id(dataset, order, each): each for each in islice(waiting, SPARE * wanted)}:
        granted = _acquire(dataset, user, list(tried), wanted)
        if len(granted) < wanted:  # all were tried, so what is not granted is somebody else's
            busy.update(tried.keys() - set(granted))
        if granted:
            return [tried[each] for each in granted]
    return []


def _acquire(dataset: FeedbackDataset, user: str, ids: list[str], limit: int | None) -> list[str]:
    assert dataset.distribution is not None  # noqa: S101 - for the type checker: whoever asks has looked
    overlap = dataset.distribution.min_submitted
    return leases.acquire(dataset.store, dataset.key, user, ids, overlap=overlap, limit=limit)


def _held_by_others(dataset: FeedbackDataset, user: str) -> set[str]:
    """Return the records that so many others have answered or hold that none is left for `user`."""
    assert dataset.distribution is not None  # noqa: S101
    memory, overlap = dataset._memory, dataset.distribution.min_submitted  # noqa: SLF001
    found = set()
    for record_id, holders in leases.held(dataset.store, dataset.key, user).items():
        if record_id in memory:
            place = memory.index(record_id)
            answering = sum(memory.status(each, place) != "submitted" for each in holders)
            if memory.submitted(place) + answering >= overlap:
                found.add(record_id)
    return found


def _missing(dataset: FeedbackDataset, user: str, busy: Collection[str]) -> int:
    """Count the records that this annotator would be asked for, if nobody else held them."""
    asked = dataset._shares.open(user) or b""  # noqa: SLF001
    places = (dataset._memory.index(each) for each in busy)  # noqa: SLF001
    return sum(place < len(asked) and asked[place] for place in places)


def _id(dataset: FeedbackDataset, order: Order, position: int) -> str:
    return dataset._memory.id_at(order.place(position))  # noqa: SLF001
