"""Whose turn is which record: the order in which an annotator meets the records."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from feedback_widgets.errors import InvalidInput

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset

QUEUES = {
    "pending": (None, "draft"),  # no final answer yet: untouched records and drafts
    "draft": ("draft",),
    "submitted": ("submitted",),
    "discarded": ("discarded",),
    "all": (None, "draft", "submitted", "discarded"),
}
WINDOW_CHARACTERS = 400_000  # a window of long records is cut here, so that one message stays small


class Window(NamedTuple):
    """Some records of a queue, by their places in the order; `end` says that nothing follows."""

    indices: list[int]
    end: bool


def window(dataset: FeedbackDataset, user: str, queue: str, after: int = -1, limit: int = 20) -> Window:
    """Return up to `limit` records of `queue` whose place is greater than `after`, in order.

    Args:
        dataset: the dataset.
        user: the annotator.
        queue: `pending`, `draft`, `submitted`, `discarded` or `all`.
        after: a place in the order, counted from 0; -1 starts at the front.
        limit: 1 to 100.

    Raises:
        InvalidInput: an unknown queue.
    """
    if queue not in QUEUES:
        raise InvalidInput(f"there is no queue {queue!r}; the queues are {', '.join(QUEUES)}")
    wanted = QUEUES[queue]
    found: list[int] = []
    characters = 0
    start = max(after, -1) + 1
    if queue == "pending":
        start = max(start, dataset.first_open(user))
    for index in range(start, len(dataset)):
        record = dataset[index]
        answer = dataset.answer(user, record.id)
        if (answer.status if answer else None) not in wanted:
            continue
        if len(found) == limit or (found and characters > WINDOW_CHARACTERS):
            return Window(found, end=False)
        found.append(index)
        characters += sum(len(value) for value in record.fields.values() if isinstance(value, str))
    return Window(found, end=True)
