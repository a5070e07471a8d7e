"""How a desk opens: in which queue and language, over which records, how tall, with how much around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.query import Query
from feedback_widgets.records import Record
from feedback_widgets.search import Found

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset

QUEUES = ("pending", "draft", "submitted", "discarded")
LANGUAGES = ("en", "de", "es", "zh")
_HEIGHT = re.compile(r"\d{1,5}(\.\d+)?(px|em|rem|vh)")


def read_layout(
    queue: str, *, compact: bool, height: str | int | None, language: str | None = None
) -> dict[str, Any]:
    """Return how a page draws the desk.

    Raises:
        InvalidInput: an unknown queue or language, or a height that is none.

    >>> read_layout("pending", compact=False, height=420)
    {'queue': 'pending', 'compact': False, 'height': '420px', 'language': None}
    """
    if queue not in QUEUES:
        raise InvalidInput(
            f"queue={queue!r} is not allowed: it is one of {', '.join(QUEUES)}.{near_miss(str(queue), QUEUES)}"
        )
    if isinstance(height, int) and not isinstance(height, bool):
        height = f"{height}px"
    if height is not None and not (isinstance(height, str) and _HEIGHT.fullmatch(height)):
        raise InvalidInput(
            f'height={height!r} is not allowed: give a number of pixels, or a length such as "420px" or "60vh"'
        )
    if language is not None and language not in LANGUAGES:
        raise InvalidInput(
            f"language={language!r} is not allowed: it is one of {', '.join(LANGUAGES)}.{near_miss(str(language), LANGUAGES)}"
        )
    return {"queue": queue, "compact": bool(compact), "height": height, "language": language}


def filtered(dataset: FeedbackDataset, user: str, given: Any) -> list[str] | None:
    """Return the ids of the records that a filter leaves, None without a filter.

    Args:
        dataset: the dataset.
        user: the annotator, whom statuses and answers in a query are about.
        given: a `Query` or words, its parts as a dict, what `dataset.search` and `filter_by` return, records or their ids, or
            a function of a record that says whether it fits.

    Raises:
        InvalidInput: an unknown record or condition, or something that is no filter.
    """
    if given is None:
        return None
    if isinstance(given, str | Query):
        return dataset.search(given, user=user).ids
    if isinstance(given, Mapping):
        return dataset.search(Query(**given), user=user).ids
    if isinstance(given, Found):
        return given.ids
    if callable(given):
        return [record.id for record in dataset if given(record)]
    if isinstance(given, Iterable):
        return [dataset.record(each.id if isinstance(each, Record) else each).id for each in given]
    raise InvalidInput(
        f"filter={given!r} is not allowed: give a Query, words, a list of records, or a function of a record"
    )
