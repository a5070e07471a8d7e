"""What the pages of one desk hold: the order in which they meet the records, and the records that are lent to them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, StoreError
from feedback_widgets.queue import Order, Taken, give_back, keep, order_for, take, window
from feedback_widgets.queue.filtered import Filtered
from feedback_widgets.queue.window import candidates, fitting
from feedback_widgets.statuses import CODES
from feedback_widgets.store import leases

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset

log = logging.getLogger("feedback_widgets")
REMEMBERED = 1000  # records whose news a page wants to hear of; what it saw longer ago it asks for again
BEATS = 5  # a lease is renewed after this part of its life


class Turn:
    """One annotator's turn at a dataset. Safe to use from any thread.

    Args:
        dataset: the dataset.
        user: the annotator.
        order: see `order_for`.
        wanted: ids of the records that a filter leaves; None where all are asked for.
    """

    def __init__(
        self, dataset: FeedbackDataset, user: str, order: Any, wanted: Sequence[str] | None = None
    ) -> None:
        inner = order_for(dataset, user, order)
        self.order: Order = inner if wanted is None else Filtered(dataset, inner, wanted)
        self._dataset, self._user = dataset, user
        self._lock = threading.Lock()
        self._lent: dict[str, dict[str, None]] = {}  # page -> records lent to it
        self._renewed: dict[str, float] = {}  # page -> when, as `time.monotonic()` counts
        self._shown: dict[str, None] = {}  # records that pages have been shown, the newest last

    def window(self, client: str, queue: str, after: int, limit: int, order: Order | None = None) -> Taken:
        """Return a stretch of a queue, and lend what waits in it; in the order of a search, where one is given."""
        self.renew(client)
        walk = order or self.order
        if queue == "pending":
            found = take(self._dataset, self._user, after, limit, walk)
        else:
            found = Taken(*window(self._dataset, self._user, queue, after, limit, walk))
        ids = [self.id_at(position, walk) for position in found.indices]
        with self._lock:
            if self._restricted and queue == "pending":
                self._lent.setdefault(client, {}).update(dict.fromkeys(ids))
                self._renewed.setdefault(client, time.monotonic())
        self.show(ids)
        return found

    def window_before(
        self, client: str, queue: str, before: int, limit: int, order: Order | None = None
    ) -> Taken:
        """Return the last records of a queue whose position is less than `before`, in order; nothing is lent.

        Raises:
            InvalidInput: an unknown queue, or the pending one, through which annotators go forwards.
        """
        if queue == "pending":
            raise InvalidInput(
                "the pending queue is walked forwards: ask for what lies before in the queue 'all'"
            )
        self.renew(client)
        walk = order or self.order
        stretch = 2 * limit
        while True:  # a stretch may hold none of them: twice as far back, and so on
            start = max(-1, before - 1 - stretch)
            ahead = candidates(self._dataset, self._user, queue, start, walk)
            found = list(takewhile(lambda position: position < before, ahead))
            if len(found) > limit or start == -1:
                break
            stretch *= 2
        near = found[-limit:][::-1]
        near = near[: fitting(self._dataset, near, walk)]
        self.show([self.id_at(each, walk) for each in near])
        return Taken(near[::-1], end=len(near) == len(found))

    def show(self, ids: Sequence[str]) -> None:
        """Remember that pages show these records: they want to hear of them."""
        with self._lock:
            for each in ids:
                self._shown.pop(each, None)
                self._shown[each] = None
            while len(self._shown) > REMEMBERED:
                del self._shown[next(iter(self._shown))]

    def progress(self) -> dict[str, Any]:
        """Return the annotator's counts, of the records that the filter leaves."""
        dataset, user = self._dataset, self._user
        if not isinstance(self.order, Filtered):
            return dataset.progress(user)
        codes, places = dataset._memory.codes(user), self.order.places()  # noqa: SLF001
        mine = bytes(map(codes.__getitem__, places))
        counts = {"total": len(places)} | {name: mine.count(code) for name, code in CODES.items()}
        asked = dataset._shares.open(user)  # noqa: SLF001
        if asked is not None:
            free = sum(asked[place] and not codes[place] for place in places)
            counts.update(closed=counts["pending"] - free, pending=free)
        return counts

    def id_at(self, position: int, order: Order | None = None) -> str:
        """Return the id of the record in a position of this annotator's order, or of a search's."""
        return self._dataset._memory.id_at((order or self.order).place(position))  # noqa: SLF001

    def touches(self, record_id: str) -> bool:
        """Tell whether others' answers to a record matter to a page: it shows the record, and its share is limited."""
        return self._restricted and record_id in self._shown

    def renew(self, client: str, records: Collection[str] | None = None) -> list[str]:
        """Renew what a page holds, and return what it has lost; unless records are named, not more often than it needs."""
        if not self._restricted:
            return []
        with self._lock:
            late = time.monotonic() - self._renewed.get(client, 0.0) > leases.LEASE_SECONDS / BEATS
            if records is None:
                records = list(self._lent.get(client, ())) if late else []
            else:
                self._lent[client] = dict.fromkeys(records)
            if records:
                self._renewed[client] = time.monotonic()
        return keep(self._dataset, self._user, records) if records else []

    def lent(self, client: str, *more: str) -> list[str]:
        """Return the records that a page holds, and some more that it shall hold."""
        with self._lock:
            return [*dict.fromkeys((*self._lent.get(client, ()), *more))]

    def answered(self, client: str, submitted: Sequence[str], discarded: Sequence[str]) -> None:
        """Let go of what was answered. The answers are stored: nothing that goes wrong here may undo that."""
        with self._lock:
            lent = self._lent.get(client, {})
            for each in (*submitted, *discarded):
                lent.pop(each, None)
        self._free(discarded)  # a submitted answer counts instead of its lease, in the same transaction

    def give_back(self, client: str, records: Collection[str]) -> None:
        """Let others have what a page no longer needs, unless another page of this desk holds it too."""
        with self._lock:
            lent = self._lent.get(client, {})
            for each in records:
                lent.pop(each, None)
            elsewhere = {each for others in self._lent.values() for each in others}
        self._free([each for each in records if each not in elsewhere])

    def end(self) -> None:
        """Give everything back."""
        with self._lock:
            lent, self._lent = {each for others in self._lent.values() for each in others}, {}
        self._free(sorted(lent))

    @property
    def _restricted(self) -> bool:
        return self._dataset.distribution is not None

    def _free(self, records: Collection[str]) -> None:
        try:
            if records:
                give_back(self._dataset, self._user, records)
        except StoreError:
            log.warning("records could not be given back yet; their leases end by themselves", exc_info=True)
