"""What suggestions are worth beside answers: one function for each figure, over two lists of equal length, answers first.

Classes are numbers, places among a question's options; texts and rankings are as they are stored. Every figure of nothing is nan.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

NAN = math.nan
WORD = re.compile(r"\w+")
MARKED = re.compile(r"\w+|[^\w\s]")
LONGEST = 4  # words that GLEU looks at together


class Counts(NamedTuple):
    """For each class: answers and suggestions of it that meet, answers of it, suggestions of it."""

    both: Floats
    true: Floats
    said: Floats


def confusion(true: Numbers, said: Numbers, classes: int) -> Numbers:
    """Count suggestions for each answer: rows are answers, columns suggestions, both in the order of the classes.

    >>> confusion(np.array([0, 1, 1]), np.array([0, 0, 1]), 2).tolist()
    [[1, 0], [1, 1]]
    """
    return np.bincount(true * classes + said, minlength=classes * classes).reshape(classes, classes)


def counted(true: Numbers, said: Numbers, classes: int) -> Counts:
    """Return the counts of each class."""
    table = confusion(true, said, classes).astype(np.float64)
    return Counts(np.diag(table), table.sum(axis=1), table.sum(axis=0))


def counted_sets(true: NDArray[np.bool_], said: NDArray[np.bool_]) -> Counts:
    """Return the counts of each class where an answer may name several: tables of answers by classes."""
    return Counts(
        (true & said).sum(axis=0).astype(np.float64),
        true.sum(axis=0).astype(np.float64),
        said.sum(axis=0).astype(np.float64),
    )


def precision(counts: Counts, positive: int | None) -> float:
    """Return the share of suggestions that are right: of the positive class, else the mean of the classes that occur."""
    return _of(counts, _divided(counts.both, counts.said), positive)


def recall(counts: Counts, positive: int | None) -> float:
    """Return the share of answers that were suggested."""
    return _of(counts, _divided(counts.both, counts.true), positive)


def f1(counts: Counts, positive: int | None) -> float:
    """Return the harmonic mean of the two.

    >>> f1(counted(np.array([0, 1, 1]), np.array([0, 0, 1]), 2), 0)
    0.6666666666666666
    """
    return _of(counts, _divided(2 * counts.both, counts.true + counts.said), positive)


def _divided(part: Floats, whole: Floats) -> Floats:
    found: Floats = np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
    return found


def _of(counts: Counts, each: Floats, positive: int | None) -> float:
    if not counts.true.sum() + counts.said.sum():
        return NAN
    return float(each[positive] if positive is not None else each[counts.true + counts.said > 0].mean())


def share_alike(true: Sequence[Any], said: Sequence[Any]) -> float:
    """Return the share of suggestions that are the answer.

    >>> share_alike(["a", "b"], ["a", "a"])
    0.5
    """
    return sum(a == b for a, b in zip(true, said, strict=True)) / len(true) if len(true) else NAN


def pearson(true: ArrayLike, said: ArrayLike) -> float:
    """Return Pearson's correlation, -1 to 1; nan where one side is always the same.

    >>> round(pearson([1, 2, 3], [2, 4, 6]), 6)
    1.0
    """
    a, b = np.asarray(true, np.float64), np.asarray(said, np.float64)
    if len(a) < 2 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return NAN
    a, b = a - a.mean(), b - b.mean()
    return float(a @ b / math.sqrt(float(a @ a) * float(b @ b)))


def spearman(true: Sequence[float], said: Sequence[float]) -> float:
    """Return Spearman's correlation of ranks; those who share a place have its mean.

    >>> round(spearman([1, 2, 5], [1, 3, 4]), 6)
    1.0
    """
    return pearson(_ranks(true), _ranks(said))


def _ranks(values: Sequence[float]) -> Any:
    _, place, many = np.unique(np.asarray(values, np.float64), return_inverse=True, return_counts=True)
    return (np.cumsum(many) - (many - 1) / 2)[place.reshape(-1)]


# -- rankings -------------------------------------------------------------------------------------------------------


def ndcg(true: Sequence[Any], said: Sequence[Any]) -> float:
    """Return the mean normalised discounted cumulative gain of suggested rankings.

    What a person put first is worth most: n for the first of n options, 1 for the last. Options that are suggested in one place
    share the gain of the places they take.

    >>> one, two = [{"value": "a", "rank": 1}, {"value": "b", "rank": 2}], [{"value": "a", "rank": 2}, {"value": "b", "rank": 1}]
    >>> ndcg([one], [one]), round(ndcg([one], [two]), 3)
    (1.0, 0.86)
    """
    found = [_gained(_worth(a), _worth(b)) for a, b in zip(true, said, strict=True)]
    return float(np.mean(found)) if found else NAN


def _worth(places: Any) -> dict[Any, float]:
    return {each["value"]: len(places) + 1.0 - each["rank"] for each in places}


def _gained(true: dict[Any, float], said: dict[Any, float]) -> float:
    names = [each for each in true if each in said]
    if not names:
        return NAN
    worth, score = np.array([true[each] for each in names]), np.array([said[each] for each in names])
    discount = 1 / np.log2(np.arange(len(names)) + 2)
    best = float(np.sort(worth)[::-1] @ discount)
    _, place, many = np.unique(-score, return_inverse=True, return_counts=True)
    mean = np.bincount(place.reshape(-1), worth) / many
    return float(np.repeat(mean, many) @ discount) / best


# -- texts ----------------------------------------------------------------------------------------------------------


def gleu(true: Sequence[str], said: Sequence[str]) -> float:
    """Return GLEU (Wu et al. 2016) of all texts together: runs of one to four words that both have, by those of the longer text.

    Words and marks count as they are written, capitals too.

    >>> gleu(["the cat sat"], ["the cat sat"]), gleu(["the cat sat"], ["a dog ran"])
    (1.0, 0.0)
    """
    shared = longer = 0
    for one, other in zip(true, said, strict=True):
        first, second = _runs(MARKED.findall(one)), _runs(MARKED.findall(other))
        shared += (first & second).total()
        longer += max(first.total(), second.total())
    return shared / longer if longer else NAN


def _runs(words: Sequence[str], sizes: Sequence[int] = range(1, LONGEST + 1)) -> Counter[tuple[str, ...]]:
    return Counter(tuple(words[at : at + size]) for size in sizes for at in range(len(words) - size + 1))


def rouge(true: Sequence[str], said: Sequence[str]) -> dict[str, float]:
    """Return the mean F1 of shared words (`rouge1`), of shared pairs of words (`rouge2`), and of the longest common sequence.

    In lower case, without marks, and without cutting words down to their stems (Lin 2004).

    >>> rouge(["The cat sat."], ["the cat ran"])["rouge1"]
    0.6666666666666666
    """
    names: dict[str, Callable[[list[str], list[str]], float]] = {
        "rouge1": lambda one, other: _shared(one, other, 1),
        "rouge2": lambda one, other: _shared(one, other, 2),
        "rougeL": _in_order,
    }
    cut = [(WORD.findall(a.lower()), WORD.findall(b.lower())) for a, b in zip(true, said, strict=True)]
    return {
        name: float(np.mean([score(one, other) for one, other in cut])) if cut else NAN
        for name, score in names.items()
    }


def _shared(one: list[str], other: list[str], size: int) -> float:
    first, second = _runs(one, [size]), _runs(other, [size])
    both = first.total() + second.total()
    return 2 * (first & second).total() / both if both else 0.0


def _in_order(one: list[str], other: list[str]) -> float:
    """Return F1 of the longest sequence of words that both have in this order."""
    if not one or not other:
        return 0.0
    before = [0] * (len(other) + 1)
    for word in one:
        row = [0]
        for at, each in enumerate(other):
            row.append(before[at] + 1 if word == each else max(row[at], before[at + 1]))
        before = row
    return 2 * before[-1] / (len(one) + len(other))
