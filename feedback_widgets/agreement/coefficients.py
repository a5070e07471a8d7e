"""The coefficients of agreement, each from the same sums, with bootstrap intervals over records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from feedback_widgets.agreement.distances import Array
from feedback_widgets.agreement.judged import Judged, from_matrix
from feedback_widgets.errors import InvalidInput

GROUPS = 2_000  # records are drawn in so many groups at most: the interval is the same, the cost is not
NAN = float("nan")


def alpha(judged: Judged) -> float:
    """Return Krippendorff's alpha: 1 for full agreement, 0 for what chance would give, below 0 for less than that.

    NaN where nobody can be compared; 1 where everybody always gave the one same answer, which says little.
    """
    counts = judged.counts
    return float(alphas(judged.sums.apart.sum(), counts.sum(), judged.distance.spread(counts)))


def alphas(apart: Any, answers: Any, spread: Any) -> Array:
    """Return alpha for sums of any shape: distances within units, answers, distances of all pairs of answers."""
    apart, answers, spread = (np.asarray(each, float) for each in (apart, answers, spread))
    share = np.divide((answers - 1) * apart, spread, out=np.zeros(np.shape(spread)), where=spread > 0)
    return np.where(answers > 0, 1 - share, NAN)


def percent(judged: Judged) -> float:
    """Return the share of pairs of answers to one unit that are the same, 0 to 1; NaN where there is no pair."""
    pairs = _pairs_of(judged)
    return float((judged.sums.alike * pairs).sum() / pairs.sum()) if judged.units else NAN


def unanimous(judged: Judged) -> float:
    """Return the share of units whose answers are all the same, by weight; NaN where there is no unit."""
    if not judged.units:
        return NAN
    return float((judged.weight * (judged.sums.alike == 1)).sum() / judged.weight.sum())


def _pairs_of(judged: Judged) -> Array:
    pairs: Array = judged.weight * judged.size * (judged.size - 1) / 2
    return pairs


def fleiss(judged: Judged) -> float:
    """Return Fleiss' kappa, for nominal answers; units may have different numbers of answers.

    NaN where nobody can be compared; 1 where everybody always gave the one same answer.
    """
    if not judged.units:
        return NAN
    observed = float((judged.sums.alike * judged.weight).sum() / judged.weight.sum())
    shares = judged.counts / judged.counts.sum()
    chance = float((shares**2).sum())
    return 1.0 if chance >= 1 else (observed - chance) / (1 - chance)


def cohen(confusion: Sequence[Sequence[float]]) -> float:
    """Return Cohen's kappa of two annotators.

    Args:
        confusion: how often the first gave the row's answer while the second gave the column's.

    Raises:
        InvalidInput: the table is not square, or empty.

    >>> round(cohen([[20, 5], [10, 15]]), 3)
    0.4
    """
    table = np.asarray(confusion, float)
    if table.ndim != 2 or table.shape[0] != table.shape[1] or not table.sum() > 0:
        raise InvalidInput(
            f"a table of {table.shape} counts that add up to {table.sum():g} is no confusion table: give a square one that "
            "counts something"
        )
    shares = table / table.sum()
    chance = float(shares.sum(1) @ shares.sum(0))
    return 1.0 if chance >= 1 else float((np.trace(shares) - chance) / (1 - chance))


def krippendorff(ratings: Sequence[Sequence[Any]], level: str = "nominal") -> float:
    """Return Krippendorff's alpha of a matrix, which `from_matrix` reads: a row for each annotator, None where one gave nothing.

    Raises:
        InvalidInput: as `from_matrix` does.

    >>> round(krippendorff([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]]), 3)
    0.095
    """
    return alpha(from_matrix(ratings, level))


@dataclass(frozen=True)
class Between:
    """Two annotators on the records that both answered.

    Args:
        one, other: their names.
        records: how many (for spans: characters).
        percent: the share of the same answers, 0 to 1.
        kappa: Cohen's; with the question's own distance as weights (for ratings that is the quadratic kappa).
        alpha: Krippendorff's of these two.
    """

    one: str
    other: str
    records: float
    percent: float
    kappa: float
    alpha: float


def between(judged: Judged) -> list[Between]:
    """Return every two annotators who share a record, by name."""
    users, found = len(judged.users), []
    parts = [
        (judged.user[a], judged.user[b], judged.code[a], judged.code[b], judged.weight[judged.unit[a]])
        for a, b in judged.pairs()
    ]
    if not parts:
        return []
    one, other, first, second, weight = (np.concatenate(each) for each in zip(*parts, strict=True))
    swapped = one > other  # each two of them always the same way round
    one, other = np.where(swapped, other, one), np.where(swapped, one, other)
    first, second = np.where(swapped, second, first), np.where(swapped, first, second)
    order = np.argsort(one * users + other, kind="stable")
    ends = np.flatnonzero(np.diff((one * users + other)[order])) + 1
    for mine in np.split(order, ends):
        figures = _two(judged, first[mine], second[mine], weight[mine])
        found.append(Between(judged.users[one[mine[0]]], judged.users[other[mine[0]]], *figures))
    return found


def _two(judged: Judged, first: Array, second: Array, weight: Array) -> tuple[float, float, float, float]:
    """Return weight, percent, kappa and alpha of two annotators' answers."""
    given, codes = np.unique(np.concatenate([first, second]), return_inverse=True)
    apart = judged.distance.between(first, second) @ weight
    n = float(weight.sum())
    a = np.bincount(codes[: len(first)], weight, len(given))
    b = np.bincount(codes[len(first) :], weight, len(given))
    far = judged.distance.between(given[:, None], given)
    chance, spread = a @ far @ b / n, (a + b) @ far @ (a + b)
    kappa = 1 - apart / chance if chance > 0 else 1.0
    return n, float(weight @ (first == second)) / n, float(kappa), float(alphas(2 * apart, 2 * n, spread))


# -- bootstrap ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Intervals:
    """Bootstrap intervals, (low, high): of alpha, of percent, and of each annotator's alpha (shape (annotators, 2))."""

    alpha: tuple[float, float]
    percent: tuple[float, float]
    of_users: Array


def bootstrap(judged: Judged, draws: int, seed: int, confidence: float = 0.95) -> Intervals:
    """Return intervals from drawing the records again with replacement, seeded. Distances of ranks stay as they are.

    Args:
        judged: the answers.
        draws: how many times.
        seed: of the draws.
        confidence: the share of draws within the interval.
    """
    users = len(judged.users)
    records = np.unique(judged.record) if judged.units else np.zeros(0)
    if len(records) < 2 or draws < 2:
        return Intervals((NAN, NAN), (NAN, NAN), np.full((users, 2), NAN))
    random = np.random.default_rng(seed)
    groups = min(len(records), GROUPS)
    group = random.permutation(len(records)) % groups
    of_unit = group[np.searchsorted(records, judged.record)]
    drawn = random.multinomial(groups, np.full(groups, 1 / groups), size=draws).astype(float)
    sums, pairs = judged.sums, _pairs_of(judged)
    apart = drawn @ np.bincount(of_unit, sums.apart, groups)
    counts = drawn @ _table(
        of_unit[judged.unit], judged.code, judged.weight[judged.unit], groups, judged.distance.size
    )
    spread, answers = judged.distance.spread(counts), counts.sum(-1)
    share = (drawn @ np.bincount(of_unit, sums.alike * pairs, groups)) / (
        drawn @ np.bincount(of_unit, pairs, groups)
    )
    theirs = _of_users(judged, of_unit, groups, drawn, spread / np.maximum(answers * (answers - 1), 1))
    ends = [50 * (1 - confidence), 50 * (1 + confidence)]
    some = ~np.isnan(theirs).all(0)  # whoever shares no record has no interval
    of_users = np.full((users, 2), NAN)
    of_users[some] = np.nanpercentile(theirs[:, some], ends, axis=0).T
    return Intervals(_ends(alphas(apart, answers, spread), ends), _ends(share, ends), of_users)


def _of_users(judged: Judged, of_unit: Array, groups: int, drawn: Array, chance: Array) -> Array:
    """Return each annotator's alpha in each draw: shape (draws, annotators)."""
    users = len(judged.users)
    far, weight = np.zeros((groups, users)), np.zeros((groups, users))
    for a, b in judged.pairs():
        unit = judged.unit[a]
        shared = judged.weight[unit] / (judged.size[unit] - 1)
        apart = judged.distance.between(judged.code[a], judged.code[b]) * shared
        for each in (judged.user[a], judged.user[b]):
            far += _table(of_unit[unit], each, apart, groups, users)
            weight += _table(of_unit[unit], each, shared, groups, users)
    return own_alphas(drawn @ far, drawn @ weight, chance[:, None])


def own_alphas(apart: Array, weight: Array, chance: Any) -> Array:
    """Return 1 less (an annotator's mean distance from the others / that of any two answers); NaN without a pair."""
    mean = np.divide(apart, weight, out=np.full(np.shape(apart), NAN), where=weight > 0)
    share = np.divide(mean, chance, out=np.where(np.isnan(mean), NAN, 0.0), where=np.asarray(chance) > 0)
    found: Array = 1 - share
    return found


def chance_distance(judged: Judged) -> float:
    """Return the mean distance of any two answers, whoever gave them to whatever."""
    answers = float(judged.counts.sum())
    return float(judged.distance.spread(judged.counts)) / max(answers * (answers - 1), 1.0)


def _table(rows: Array, columns: Array, weight: Array, height: int, width: int) -> Array:
    return np.bincount(rows * width + columns, weight, height * width).reshape(height, width)


def _ends(values: Array, ends: Sequence[float]) -> tuple[float, float]:
    low, high = np.nanpercentile(values, ends)
    return float(low), float(high)
