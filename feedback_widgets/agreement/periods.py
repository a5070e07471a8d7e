"""Agreement over time: the same sums, period by period."""

from __future__ import annotations

from typing import Any

import numpy as np

from feedback_widgets.agreement import coefficients as c
from feedback_widgets.agreement.distances import Array
from feedback_widgets.agreement.judged import Judged
from feedback_widgets.errors import InvalidInput, near_miss

DAY = 86_400
SPANS = ("day", "week", "month")


def periods(judged: Judged, every: str | int) -> list[dict[str, Any]]:
    """Return one line per period: its first day (or its records' numbers), the number of records, alpha, percent.

    Distances are those of all answers, so that periods can be compared.

    Raises:
        InvalidInput: an unknown period.
    """
    if isinstance(every, bool) or (
        every not in SPANS if isinstance(every, str) else not isinstance(every, int) or every < 1
    ):
        raise InvalidInput(
            f"every={every!r} is not allowed: it is one of {', '.join(SPANS)}, or a number of records."
            f"{near_miss(every, SPANS)}"
        )
    if not judged.units:
        return []
    place, names = _numbered(judged, every) if isinstance(every, int) else _dated(judged.when, str(every))
    count = len(names)
    counts = np.bincount(
        place[judged.unit] * judged.distance.size + judged.code,
        judged.weight[judged.unit],
        count * judged.distance.size,
    ).reshape(count, judged.distance.size)
    answers, spread = counts.sum(-1), judged.distance.spread(counts)
    alphas = c.alphas(np.bincount(place, judged.sums.apart, count), answers, spread)
    pairs = judged.weight * judged.size * (judged.size - 1) / 2
    percents = np.bincount(place, judged.sums.alike * pairs, count) / np.bincount(place, pairs, count)
    return [
        {
            "period": name,
            "records": len(np.unique(judged.record[place == at])),
            "alpha": float(alphas[at]),
            "percent": float(percents[at]),
        }
        for at, name in enumerate(names)
    ]


def _numbered(judged: Judged, every: int) -> tuple[Array, list[str]]:
    """Return the period of each unit, so many records in each, in the order of time."""
    order = np.argsort(judged.when, kind="stable")
    _, first, record = np.unique(judged.record[order], return_index=True, return_inverse=True)
    turn = np.argsort(np.argsort(first, kind="stable"), kind="stable")[record.reshape(-1)]
    place = np.empty(judged.units, np.int64)
    place[order] = turn // every
    total = len(first)
    return place, [f"{at + 1}-{min(at + every, total)}" for at in range(0, total, every)]


def _dated(when: Array, every: str) -> tuple[Array, list[str]]:
    """Return the period of each unit, and the first day of each period, in UTC."""
    days = np.floor_divide(when, DAY).astype("int64").astype("datetime64[D]")
    if every == "week":
        days = days - (days.astype("int64") + 3) % 7  # weeks begin on Monday, and 1970 began on a Thursday
    if every == "month":
        days = days.astype("datetime64[M]").astype("datetime64[D]")
    found, place = np.unique(days, return_inverse=True)
    return place.reshape(-1), [str(each) for each in found]
