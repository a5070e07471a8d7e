"""A stretch of an annotator's queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from feedback_widgets.errors import InvalidInput
from feedback_widgets.queue.orders import Order

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset

QUEUES = {
    "pending": ("pending", "draft"),  # no final answer yet: untouched records and drafts
    "draft": ("draft",),
    "submitted": ("submitted",),
    "discarded": ("discarded",),
    "all": ("pending", "draft", "submitted", "discarded"),
}
WINDOW_CHARACTERS = 400_000  # a window of long records is cut here, so that one message stays small
ADDED = Order()


class Window(NamedTuple):
    """Some records of a queue, by their positions in the order; `end` says that nothing follows."""

    indices: list[int]
    end: bool


def window(
    dataset: FeedbackDataset,
    user: str,
    queue: str,
    after: int = -1,
    limit: int = 20,
    order: Order = ADDED,
) -> Window:
    """Return up to `limit` records of `queue` whose position is greater than `after`, in order.

    Of a dataset whose work is shared out, `pending` holds what this annotator may be asked: no record that others have
    completed, none that is assigned to others. Who holds which record just now is not looked at; see `take`.

    Args:
        dataset: the dataset.
        user: the annotator.
        queue: `pending`, `draft`, `submitted`, `discarded` or `all`.
        after: a position in the order, counted from 0; -1 starts at the front.
        limit: 1 to 100.
        order: the annotator's order.

    Raises:
        InvalidInput: an unknown queue.
    """
    found = list(islice(candidates(dataset, user, queue, after, order), limit + 1))
    fits = fitting(dataset, found[:limit], order)
    return Window(found[:fits], end=fits == len(found))


def candidates(dataset: FeedbackDataset, user: str, queue: str, after: int, order: Order) -> Iterator[int]:
    """Yield the positions of a queue that are greater than `after`, in order.

    Raises:
        InvalidInput: an unknown queue.
    """
    if queue not in QUEUES:
        raise InvalidInput(f"there is no queue {queue!r}; the queues are {', '.join(QUEUES)}")
    shares = dataset._shares  # noqa: SLF001 - what is whose is the dataset's own knowledge
    if queue == "pending" and (asked := shares.open(user)) is not None:
        return order.matching(asked, after)
    if type(order) is Order:
        return _added(dataset, user, QUEUES[queue], after)
    return order.matching(shares.flags(user, QUEUES[queue]), after)


def _added(dataset: FeedbackDataset, user: str, statuses: tuple[str, ...], after: int) -> Iterator[int]:
    memory = dataset._memory  # noqa: SLF001 - the quickest way, for the order that nearly everybody uses
    place = memory.next_place(user, after, statuses)
    while place is not None:
        yield place
        place = memory.next_place(user, place, statuses)


def fitting(dataset: FeedbackDataset, found: Sequence[int], order: Order) -> int:
    """Return how many of these records fit into one message; at least one, where there is one."""
    memory, characters = dataset._memory, 0  # noqa: SLF001 - all of them in one go
    for count, record in enumerate(memory.look([memory.id_at(order.place(each)) for each in found])):
        if count and characters > WINDOW_CHARACTERS:
            return count
        characters += sum(len(value) for value in record.fields.values() if isinstance(value, str))
    return len(found)
