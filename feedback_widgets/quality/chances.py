"""Shares and odds with intervals that are honest about small numbers."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from feedback_widgets.errors import InvalidInput

if TYPE_CHECKING:
    from feedback_widgets.agreement.distances import Array


class Odds(NamedTuple):
    """An odds ratio and its interval; nan where it cannot be told."""

    ratio: float
    low: float
    high: float


UNKNOWN = Odds(math.nan, math.nan, math.nan)


def z_of(confidence: float) -> float:
    """Return how many standard errors an interval reaches to either side.

    Raises:
        InvalidInput: no share between 0 and 1.

    >>> round(z_of(0.95), 2)
    1.96
    """
    if isinstance(confidence, bool) or not isinstance(confidence, float) or not 0 < confidence < 1:
        raise InvalidInput(f"confidence={confidence!r} is not allowed: it lies between 0 and 1, such as 0.95")
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson(right: float, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval of a share, after Wilson: it stays between 0 and 1, and is wide where there is little.

    >>> [round(end, 3) for end in wilson(8, 10)]
    [0.49, 0.943]
    """
    z = z_of(confidence)
    if not count:
        return math.nan, math.nan
    share, extra = right / count, z * z / count
    middle = share + extra / 2
    wide = z * math.sqrt(share * (1 - share) / count + extra / (4 * count))
    return max(0.0, (middle - wide) / (1 + extra)), min(1.0, (middle + wide) / (1 + extra))


def odds_of_two(chose: Array, helped: Array, record: Array, confidence: float = 0.95) -> Odds:
    """Return how the odds of one of two responses differ between when it is favoured and when the other one is.

    Which of the two is the better one does not matter: a response that everybody prefers has the same odds both times.

    Args:
        chose: per answer, whether the first response was chosen.
        helped: per answer, whether the first response was the favoured one (shown first, say); else the second was.
        record: per answer, its record: answers to one record hang together, and the interval knows.
        confidence: of the interval.

    Returns:
        The odds ratio; nan where only one of the two was ever favoured. A cell without an answer is counted as a half.
    """
    cells = 2 * helped.astype(np.int64) + chose
    counts = np.bincount(cells, minlength=4).astype(float)
    if not counts[:2].sum() or not counts[2:].sum():
        return UNKNOWN
    sign = np.array([1.0, -1.0, -1.0, 1.0])  # chosen when favoured, and not chosen when not, speak for it
    return _odds(cells, counts, sign, 0.0, record, confidence)


def odds_of_many(chose: Array, options: int, record: Array, confidence: float = 0.95) -> Odds:
    """Return how the odds of the favoured one of several responses differ from those of a blind draw.

    Args:
        chose: per answer, whether the favoured response was chosen.
        options: how many responses there are.
        record: as for `odds_of_two`.
        confidence: of the interval.
    """
    if not len(chose):
        return UNKNOWN
    cells = chose.astype(np.int64)
    counts = np.bincount(cells, minlength=2).astype(float)
    return _odds(cells, counts, np.array([-1.0, 1.0]), math.log(options - 1), record, confidence)


def _odds(cells: Array, counts: Array, sign: Array, more: float, record: Array, confidence: float) -> Odds:
    """Return the odds that the signs make of the cells. The interval is the wider one of two: answers on their own, and by record."""
    own = counts if counts.all() else counts + 0.5
    middle = float(sign @ np.log(own)) + more
    alone = float((1 / own).sum())
    pull = np.bincount(record, (sign / own)[cells])
    together = float((pull**2).sum())
    wide = z_of(confidence) * math.sqrt(max(alone, together))
    return Odds(*(math.exp(min(700.0, each)) for each in (middle, middle - wide, middle + wide)))
