"""Some records of an order: what a desk's filter leaves for its annotator."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from feedback_widgets.queue.orders import Order, Sorted

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset


class Filtered(Sorted):
    """The records that fit, in the order of `inner`. All others come behind them and are never asked for.

    Args:
        dataset: the dataset.
        inner: the annotator's order.
        wanted: ids of the records that fit; it stands: records that are added later do not join them.

    >>> import feedback_widgets as fw
    >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    >>> ds.add_records([{"text": "a"}, {"text": "b"}, {"text": "c"}])
    Added(new=3, known=0)
    >>> order = Filtered(ds, Order(), [ds[2].id])
    >>> list(order.matching(bytes([1, 1, 1]), -1)), order.place(0), order.position(0)
    ([0], 2, 1)
    """

    def __init__(self, dataset: FeedbackDataset, inner: Order, wanted: Collection[str]) -> None:
        places = {each: dataset.index(each) for each in dict.fromkeys(wanted)}
        self.size = len(places)
        waiting = {each: inner.position(place) for each, place in places.items()}
        # Asked for once, for the records that are there now.
        super().__init__(dataset, lambda ids: {each: waiting[each] for each in ids if each in waiting})

    def matching(self, flags: bytes, after: int) -> Iterator[int]:
        """Yield the positions greater than `after` of records that fit and are flagged with 1."""
        self._extend()
        for position in range(max(after, -1) + 1, self.size):
            place = self._places[position]
            if place < len(flags) and flags[place]:
                yield position

    def places(self) -> array[int]:
        """Return the places of the records that fit, in order."""
        return self._places[: self.size]
