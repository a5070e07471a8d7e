"""Who judged what how, as numbers: the one form that every coefficient is worked out from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from feedback_widgets.agreement.distances import Array, Distance, Nominal

PAIRS = 2_000_000  # pairs of answers held at a time


@dataclass(eq=False)
class Judged:
    """Answers that can be compared: those of units that at least two annotators judged.

    Args:
        unit, user, code: one number per answer: what was judged, by whom, and as what.
        users: the annotators' names.
        distance: how far two codes lie apart.
        weight: how much each unit counts (characters, say); default 1.
        record: the record of each unit; default: each unit is one.
        dated: returns the time of each unit, in seconds; default unknown.
        labels: for spans, the sets of labels that the codes stand for.
    """

    unit: Array
    user: Array
    code: Array
    users: Sequence[str]
    distance: Distance
    weight: Array = field(default_factory=lambda: np.ones(0))
    record: Array = field(default_factory=lambda: np.zeros(0, np.int64))
    dated: Callable[[], Array] | None = None
    labels: list[tuple[str, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        units = int(self.unit.max()) + 1 if len(self.unit) else 0
        size = np.bincount(self.unit, minlength=units)
        kept = size[self.unit] >= 2
        order = np.argsort(self.unit[kept], kind="stable")
        old = np.flatnonzero(size >= 2)
        place = np.zeros(units, np.int64)
        place[old] = np.arange(len(old))
        self.unit = place[self.unit[kept][order]]
        self.user, self.code = self.user[kept][order], self.code[kept][order]
        self.size = size[old]
        self.weight = self.weight[old].astype(float) if len(self.weight) else np.ones(len(old))
        self.record = self.record[old] if len(self.record) else old
        self._old = old

    @property
    def units(self) -> int:
        """How many units at least two annotators judged."""
        return len(self.size)

    @cached_property
    def when(self) -> Array:
        """The time of each unit, NaN where it is unknown."""
        return self.dated()[self._old] if self.dated else np.full(self.units, np.nan)

    @cached_property
    def counts(self) -> Array:
        """How often each code was given, by weight."""
        given = np.bincount(self.code, self.weight[self.unit], minlength=self.distance.size)
        return given.astype(float)

    def pairs(self) -> Iterator[tuple[Array, Array]]:
        """Yield the pairs of answers to one unit, as two lists of places; each pair once, so many at a time."""
        starts = np.concatenate([[0], np.cumsum(self.size)[:-1]]) if self.units else np.zeros(0, np.int64)
        for size in np.unique(self.size):
            first, second = np.triu_indices(int(size), 1)
            mine = starts[self.size == size]
            step = max(1, PAIRS // len(first))
            for at in range(0, len(mine), step):
                some = mine[at : at + step, None]
                yield (some + first).ravel(), (some + second).ravel()

    @cached_property
    def sums(self) -> Sums:
        """What all coefficients add up, worked out in one walk over the pairs."""
        return Sums.of(self)


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over pairs of answers, per unit and per annotator.

    Args:
        apart: per unit, the distances of its ordered pairs, shared by its answers.
        alike: per unit, the share of its pairs that are the same answer.
        apart_of, alike_of, weight_of: per annotator, the same of the pairs they are in, by weight, and that weight.
    """

    apart: Array
    alike: Array
    apart_of: Array
    alike_of: Array
    weight_of: Array

    @classmethod
    def of(cls, judged: Judged) -> Sums:
        units, users = judged.units, len(judged.users)
        apart, alike = np.zeros(units), np.zeros(units)
        of = np.zeros((3, users))
        for a, b in judged.pairs():
            unit = judged.unit[a]
            shared = judged.weight[unit] / (judged.size[unit] - 1)
            far = judged.distance.between(judged.code[a], judged.code[b])
            same = (judged.code[a] == judged.code[b]).astype(float)
            apart += np.bincount(unit, 2 * far * shared, minlength=units)
            alike += np.bincount(unit, same, minlength=units)
            for each in (judged.user[a], judged.user[b]):
                for at, what in enumerate((far * shared, same * shared, shared)):
                    of[at] += np.bincount(each, what, minlength=users)
        return cls(apart, alike / np.maximum(1, judged.size * (judged.size - 1) / 2), *of)


def from_matrix(ratings: Sequence[Sequence[Any]], level: str = "nominal") -> Judged:
    """Return a matrix of ratings as comparable answers.

    Args:
        ratings: one row per annotator, one column per unit; None or NaN where somebody gave no answer.
        level: `"nominal"`, `"ordinal"`, `"interval"` or `"ratio"`.

    Raises:
        InvalidInput: an unknown level, or a negative number at the level of ratios.
    """
    from feedback_widgets.agreement.distances import for_level

    cells = [
        (unit, user, value)
        for user, row in enumerate(ratings)
        for unit, value in enumerate(row)
        if value is not None and value == value  # noqa: PLR0124 - NaN is not itself
    ]
    values = sorted({value for _, _, value in cells})
    codes = {value: code for code, value in enumerate(values)}
    unit = np.array([each[0] for each in cells], np.int64)
    user = np.array([each[1] for each in cells], np.int64)
    code = np.array([codes[each[2]] for each in cells], np.int64)
    names = [str(at) for at in range(len(ratings))]
    judged = Judged(unit, user, code, names, Nominal(len(values)))
    judged.distance = for_level(level, values, judged.counts)
    return judged
