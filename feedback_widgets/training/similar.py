"""Pairs and triplets of texts: what the numbers beside them mean, and how well scores agree with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from feedback_widgets.errors import InvalidInput, require

# What rows of `sentence_similarity` can be.
GRADED, ALIKE, CLASSES, TRIPLETS, PAIRS = "graded", "alike", "classes", "triplets", "pairs"
LABEL = "label"


class Shape(NamedTuple):
    """What rows of `sentence_similarity` are.

    Args:
        kind: `graded` (how alike), `alike` (1) or not (0), `classes` of pairs, `triplets` (the second is nearer to the first than
            the third), or `pairs` that belong together.
        scale: where it is graded, the lowest and the highest degree.
        names: where there are classes, their names.
        values: where there are classes, the number that rows have for each.
    """

    kind: str
    scale: tuple[float, float] = (0.0, 1.0)
    names: tuple[str, ...] = ()
    values: tuple[int, ...] = ()

    def target(self, label: float) -> Any:
        """Return what a loss takes for a label: a share of the scale, 0 or 1, or the place of a class.

        >>> Shape(GRADED, (1, 5)).target(4), Shape(CLASSES, values=(3, 7)).target(7)
        (0.75, 1)
        """
        if self.kind == CLASSES:
            return self.values.index(int(label))
        low, high = self.scale
        return float(label) if self.kind == ALIKE else (label - low) / (high - low)


def shape_of(rows: Any, question: Any = None) -> Shape:
    """Tell what rows are, by their columns and by the question that gave the labels.

    Args:
        rows: a `datasets.Dataset` with the columns of `sentence_similarity`.
        question: the rating or label question; None where a formatting_func gave the labels, which then speak for themselves:
            0 and 1 mean unlike and alike, whole numbers from 0 on are classes, and everything else is a degree.

    Raises:
        InvalidInput: three sentences and a label, or labels that are all the same.
    """
    three, labelled = "sentence-3" in rows.column_names, LABEL in rows.column_names
    if three and labelled:
        raise InvalidInput(
            "three sentences with a label say two things at once: leave the label out (the second sentence is then nearer to the "
            "first than the third), or the third sentence."
        )
    if not labelled:
        return Shape(TRIPLETS if three else PAIRS)
    seen = sorted(set(rows[LABEL]))
    if len(seen) < 2:
        raise InvalidInput(
            f"there is nothing to tell apart: every pair has the label {seen[0] if seen else None!r}. Label some differently."
        )
    return _labelled(seen, question)


def _labelled(seen: list[Any], question: Any) -> Shape:
    if question is not None and question.type == "rating":
        return Shape(GRADED, (min(question.values), max(question.values)))
    if seen == [0, 1] and (question is None or set(question.option_values) == {"0", "1"}):
        return Shape(ALIKE)
    if question is not None:
        names = [str(each) for each in question.option_values]
        numbers = all(each.isdecimal() for each in names)
        return Shape(
            CLASSES, names=tuple(names), values=tuple(map(int, names) if numbers else range(len(names)))
        )
    if seen == list(range(len(seen))):
        return Shape(CLASSES, names=tuple(map(str, seen)), values=tuple(map(int, seen)))
    inside = seen[0] >= 0 and seen[-1] <= 1
    return Shape(GRADED, (0.0, 1.0) if inside else (float(seen[0]), float(seen[-1])))


def agreement(scores: Sequence[float], labels: Sequence[float]) -> dict[str, float]:
    """Return how far scores follow degrees: Pearson's and Spearman's correlation; nan where one of them never changes.

    >>> agreement([0.1, 0.2, 0.9], [1, 2, 3])["spearman"]
    1.0
    """
    return {
        "pearson": _correlation(scores, labels),
        "spearman": _correlation(_ranks(scores), _ranks(labels)),
    }


def auc(scores: Sequence[float], alike: Sequence[bool]) -> float:
    """Return the chance that an alike pair scores above one that is not; nan where there are none of either.

    >>> auc([0.9, 0.4, 0.6], [True, True, False])
    0.5
    """
    count = sum(map(bool, alike))
    others = len(scores) - count
    if not count or not others:
        return float("nan")
    above = sum(rank for rank, one in zip(_ranks(scores), alike, strict=True) if one)
    return float((above - count * (count + 1) / 2) / (count * others))


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    np = require("numpy", "train")
    first, second = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    first, second = first - first.mean(), second - second.mean()
    size = float(np.sqrt((first**2).sum() * (second**2).sum()))
    return round(float((first * second).sum()) / size, 12) if size else float("nan")


def _ranks(values: Sequence[float]) -> list[float]:
    """Return the rank of each value, from 1; equal ones share the mean of theirs."""
    np = require("numpy", "train")
    _, place, counts = np.unique(np.asarray(values, dtype=float), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return list((last - (counts - 1) / 2)[place])
