"""How far two answers lie apart: the distances behind every coefficient, worked out for all answers at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from feedback_widgets.errors import InvalidInput, near_miss

Array = NDArray[Any]
BLOCK = 1024  # rows of a distance matrix held at a time
LEVELS = ("nominal", "ordinal", "interval", "ratio")


class Distance:
    """Distances between the `size` different answers that occur, addressed by their codes 0 … size - 1."""

    size: int

    def between(self, a: Array, b: Array) -> Array:
        """Return the distances of codes `a` and `b`, which are broadcast against each other."""
        raise TypeError(f"{type(self).__name__} says nothing about {a!r} and {b!r}")

    def spread(self, counts: Array) -> Array:
        """Return, for each row of counts (shape (..., size)), the sum of distances over all ordered pairs of answers."""
        codes, total = np.arange(self.size), np.zeros(counts.shape[:-1])
        for start in range(0, self.size, BLOCK):
            rows = codes[start : start + BLOCK]
            total += ((counts[..., rows] @ self.between(rows[:, None], codes)) * counts).sum(-1)
        return total

    def largest(self) -> float:
        """Return the largest distance there is among these answers, 0 where all are one."""
        codes = np.arange(self.size)
        starts = range(0, self.size, BLOCK)
        return max(
            (float(self.between(codes[at : at + BLOCK, None], codes).max()) for at in starts), default=0.0
        )


class Nominal(Distance):
    """0 for the same answer, 1 for another one."""

    def __init__(self, size: int) -> None:
        self.size = size

    def between(self, a: Array, b: Array) -> Array:
        different: Array = (a != b).astype(float)
        return different

    def spread(self, counts: Array) -> Array:
        squares: Array = counts.sum(-1) ** 2 - (counts**2).sum(-1)
        return squares

    def largest(self) -> float:
        return float(self.size > 1)


class Numbers(Distance):
    """Distances between numbers: the square of their difference, or of its share in their sum (ratio)."""

    def __init__(self, values: Sequence[float], *, ratio: bool = False) -> None:
        self.values, self.size, self.ratio = np.asarray(values, float), len(values), ratio
        if ratio and (self.values < 0).any():
            raise InvalidInput("a ratio has no meaning below zero: take level='interval' for these ratings")

    def between(self, a: Array, b: Array) -> Array:
        x, y = self.values[a], self.values[b]
        if not self.ratio:
            squares: Array = (x - y) ** 2
            return squares
        shares: Array = np.divide(x - y, x + y, out=np.zeros(np.broadcast(x, y).shape), where=(x + y) != 0)
        return shares**2

    def spread(self, counts: Array) -> Array:
        if self.ratio:
            return super().spread(counts)
        middle = self.values - self.values.mean()  # close to zero, so that squares lose no digits
        found: Array = 2 * (counts.sum(-1) * (counts @ middle**2) - (counts @ middle) ** 2)
        return np.maximum(found, 0.0)


class Ordinal(Distance):
    """How many answers lie between two places of a scale, squared; the codes stand in the order of the scale."""

    def __init__(self, counts: Array) -> None:
        self.size = len(counts)
        self._middle = np.cumsum(counts) - counts / 2  # each answer's place among all, its own kind halved

    def between(self, a: Array, b: Array) -> Array:
        squares: Array = (self._middle[a] - self._middle[b]) ** 2
        return squares


class Sets(Distance):
    """MASI: 1 less the shared part of two sets of labels, weighed by whether one holds the other (.67) or not (.33)."""

    def __init__(self, sets: Sequence[Sequence[Any]]) -> None:
        labels = {label: at for at, label in enumerate(dict.fromkeys(each for one in sets for each in one))}
        self.size, self.has = len(sets), np.zeros((len(sets), max(1, len(labels))), np.float32)
        for row, one in enumerate(sets):
            self.has[row, [labels[each] for each in one]] = 1
        self.count = self.has.sum(-1)

    def between(self, a: Array, b: Array) -> Array:
        shared = products(self.has, a, b)
        one, other = self.count[a], self.count[b]
        union, smaller = one + other - shared, np.minimum(one, other)
        weight = np.where(shared == smaller, 0.67, np.where(shared > 0, 0.33, 0.0))
        weight = np.where((one == other) & (shared == one), 1.0, weight)
        overlap = np.divide(shared, union, out=np.ones(np.shape(shared)), where=union > 0)
        distances: Array = 1 - overlap * weight
        return distances


class Orders(Distance):
    """Half of 1 less Kendall's tau-b between two rankings: 0 for the same order, 1 for the reverse.

    A ranking that ties everything says nothing about order: its distance is 0 from itself and 1/2 from any other.
    """

    def __init__(self, ranks: Sequence[Sequence[float]]) -> None:
        given = np.asarray(ranks, float)
        first, second = np.triu_indices(given.shape[1], 1)
        self.size, self._signs = len(given), np.sign(given[:, first] - given[:, second])
        self._untied = np.sqrt((self._signs != 0).sum(-1))
        # Rankings of one order, (1, 1, 3) and (1, 1, 2), are one: they differ in how ties are counted on.
        self._kind = np.unique(self._signs, axis=0, return_inverse=True)[1].reshape(-1)

    def between(self, a: Array, b: Array) -> Array:
        agreeing, scale = products(self._signs, a, b), self._untied[a] * self._untied[b]
        tau = np.divide(agreeing, scale, out=np.zeros(np.shape(agreeing)), where=scale > 0)
        distances: Array = np.where(self._kind[a] == self._kind[b], 0.0, (1 - tau) / 2)
        return distances


def products(rows: Array, a: Array, b: Array) -> Array:
    """Return the scalar products of rows `a` and `b`: all with all where `a` is a column, else one with one."""
    if np.ndim(a) == 2:
        return np.asarray(rows[a[:, 0]] @ rows[b].T, float)
    return np.asarray(np.einsum("ij,ij->i", rows[a], rows[b]), float)


def for_level(level: str, values: Sequence[Any], counts: Array) -> Distance:
    """Return the distance of a level of measurement.

    Args:
        level: `"nominal"`, `"ordinal"`, `"interval"` or `"ratio"`.
        values: the different answers, in the order of their scale.
        counts: how often each was given.

    Raises:
        InvalidInput: an unknown level.
    """
    if level not in LEVELS:
        raise InvalidInput(
            f"level={level!r} is not allowed: it is one of {', '.join(LEVELS)}.{near_miss(level, LEVELS)}"
        )
    if level == "nominal":
        return Nominal(len(values))
    return Ordinal(counts) if level == "ordinal" else Numbers(values, ratio=level == "ratio")


def kendall_tau_distance(x: Sequence[float], y: Sequence[float]) -> float:
    """Return half of 1 less Kendall's tau-b of two rankings of the same things: 0 for the same order, 1 for the reverse.

    Raises:
        InvalidInput: one ranks more things than the other, or fewer than two.

    >>> kendall_tau_distance([1, 2, 3], [3, 2, 1])
    1.0
    >>> round(kendall_tau_distance([1, 1, 2], [1, 2, 2]), 3)
    0.25
    """
    if len(x) != len(y) or len(x) < 2:
        raise InvalidInput(
            f"{x!r} and {y!r} cannot be compared: rank the same things in both, two of them at least"
        )
    return float(Orders([x, y]).between(np.array([0]), np.array([1]))[0])
