"""Votes for labels, counted for all records at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Floats = NDArray[np.float64]

CELLS = 4_000_000  # of a table of records by labels that is in memory at a time
NEAR = 1e-9  # weights that differ by less are a draw


class Groups(NamedTuple):
    """Lines by record: `record[i]` has the lines from `start[i]` on, `size[i]` of them."""

    record: Numbers
    start: Numbers
    size: Numbers

    def each(self) -> Numbers:
        """Return for every line the place of its record among those that have lines."""
        return np.repeat(np.arange(len(self.record)), self.size)


class Tally(NamedTuple):
    """For each record the label with the most votes, and whether others have as many."""

    label: Numbers
    drawn: NDArray[np.bool_]


def groups(record: Numbers) -> Groups:
    """Group lines that stand in the order of their records."""
    start = np.flatnonzero(np.diff(record, prepend=-1))
    return Groups(record[start], start, np.diff(start, append=len(record)))


def parts(grouped: Groups, width: int) -> Iterator[tuple[slice, slice]]:
    """Yield (records, their lines) so that a table of these records by `width` columns is never large."""
    step = max(1, CELLS // max(width, 1))
    for first in range(0, len(grouped.record), step):
        last = min(first + step, len(grouped.record))
        end = grouped.start[last - 1] + grouped.size[last - 1]
        yield slice(first, last), slice(int(grouped.start[first]), int(end))


def counts(each: Numbers, label: Numbers, labels: int, weight: Floats | None = None) -> Floats:
    """Return a table of records by labels: the lines, or the sum of their weights. `each` counts from the first record."""
    rows = int(each[-1]) + 1 if len(each) else 0
    flat = np.bincount(each * labels + label, weights=weight, minlength=rows * labels)
    return flat.reshape(rows, labels).astype(np.float64, copy=False)


def majority(
    grouped: Groups, label: Numbers, labels: int, weight: Floats | None = None, seed: int | None = None
) -> Tally:
    """Return the label of most votes (or weight) for each record; a draw goes to the first label, with a seed to any."""
    each = grouped.each()
    chance = None if seed is None else np.random.default_rng(seed)
    best = np.empty(len(grouped.record), np.int64)
    drawn = np.empty(len(grouped.record), np.bool_)
    for records, lines in parts(grouped, labels):
        votes = counts(
            each[lines] - records.start, label[lines], labels, None if weight is None else weight[lines]
        )
        tied = votes >= votes.max(axis=1, keepdims=True) - NEAR
        drawn[records] = tied.sum(axis=1) > 1
        order = tied if chance is None else np.where(tied, chance.random(votes.shape), -1)
        best[records] = order.argmax(axis=1)
    return Tally(best, drawn)


def differing(grouped: Groups, label: Numbers, labels: int) -> Floats:
    """Return for each record the share of pairs of annotators who gave different labels; nan where one answered."""
    each, found = grouped.each(), np.empty(len(grouped.record))
    for records, lines in parts(grouped, labels):
        votes = counts(each[lines] - records.start, label[lines], labels)
        found[records] = (votes * (votes - 1)).sum(axis=1)
    pairs = grouped.size * (grouped.size - 1.0)
    return 1 - share(found, pairs)


def numeric(grouped: Groups, number: Floats, strategy: str) -> Floats:
    """Return the mean, median, min or max of each record's numbers."""
    if strategy == "mean":
        return share(np.add.reduceat(number, grouped.start), grouped.size)
    if strategy in ("min", "max"):
        reduce = np.minimum if strategy == "min" else np.maximum
        ends: Floats = reduce.reduceat(number, grouped.start)
        return ends
    ordered = number[np.lexsort((number, grouped.each()))]
    low, high = (grouped.size - 1) // 2, grouped.size // 2
    middle: Floats = (ordered[grouped.start + low] + ordered[grouped.start + high]) / 2
    return middle


def spread(grouped: Groups, number: Floats) -> Floats:
    """Return the mean difference between two annotators' numbers for each record; nan where one answered."""
    each = grouped.each()
    ordered = number[np.lexsort((number, each))]
    rank = np.arange(len(number)) - grouped.start[each]
    total = np.add.reduceat(ordered * (2 * rank - grouped.size[each] + 1), grouped.start)
    pairs = grouped.size * (grouped.size - 1) / 2
    return share(total, pairs)


def mean_by(place: Numbers, value: Floats, size: int) -> Floats:
    """Return the mean of the values at each place, nan where there is none."""
    many = np.bincount(place, minlength=size)
    total = np.bincount(place, weights=value, minlength=size)
    return share(total, many)


def share(part: Floats | Numbers, whole: Floats | Numbers) -> Floats:
    """Divide, and give nan where there is nothing to divide by."""
    found: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return found
