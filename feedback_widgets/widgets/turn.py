"""What the pages of one desk hold: the order in which they meet the records, and the records that are lent to them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import StoreError
from feedback_widgets.queue import Taken, give_back, keep, order_for, take, window
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
    """

    def __init__(self, dataset: FeedbackDataset, user: str, order: Any) -> None:
        self.order = order_for(dataset, user, order)
        self._dataset, self._user = dataset, user
        self._lock = threading.Lock()
        self._lent: dict[str, dict[str, None]] = {}  # page -> records lent to it
        self._renewed: dict[str, float] = {}  # page -> when, as `time.monotonic()` counts
        self._shown: dict[str, None] = {}  # records that pages have been shown, the newest last

    def window(self, client: str, queue: str, after: int, limit: int) -> Taken:
        """Return a stretch of a queue, and lend what waits in it."""
        self.renew(client)
        if queue == "pending":
            found = take(self._dataset, self._user, after, limit, self.order)
        else:
            found = Taken(*window(self._dataset, self._user, queue, after, limit, self.order))
        ids = [self.id_at(position) for position in found.indices]
        with self._lock:
            if self._restricted and queue == "pending":
                self._lent.setdefault(client, {}).update(dict.fromkeys(ids))
                self._renewed.setdefault(client, time.monotonic())
            for each in ids:
                self._shown.pop(each, None)
                self._shown[each] = None
            while len(self._shown) > REMEMBERED:
                del self._shown[next(iter(self._shown))]
        return found

    def id_at(self, position: int) -> str:
        """Return the id of the record in a position of this annotator's order."""
        return self._dataset._memory.id_at(self.order.place(position))  # noqa: SLF001

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
