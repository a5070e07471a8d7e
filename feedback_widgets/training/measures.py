"""How good predictions are: by label, for spans, for answers within texts, and how far scores can be trusted.

Spans are exact: one counts as found when its start, its end and its label are right. Nothing here imports a library.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

Span = tuple[int, int, str]  # start, end (exclusive), label
OUTSIDE = "O"
WORD = re.compile(r"\w+")


class Judged(NamedTuple):
    """What was right and what was predicted, record by record.

    An item is a label, or a span `(start, end, label)`; a record may have none, one or several.
    """

    truth: list[set[Any]]
    predicted: list[set[Any]]
    labels: list[str]


class Counts(NamedTuple):
    """Items that were right, that were predicted, and that should have been."""

    right: int
    predicted: int
    true: int

    @property
    def precision(self) -> float:
        """The share of predictions that are right; 0 without any."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """The share of true items that were predicted; 0 without any."""
        return self.right / self.true if self.true else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of the two."""
        both = self.predicted + self.true
        return 2 * self.right / both if both else 0.0


def total(judged: Judged) -> Counts:
    """Count over all labels together, for micro averages.

    >>> total(Judged([{"a"}, {"b"}], [{"a"}, {"a"}], ["a", "b"])).f1
    0.5
    """
    pairs = list(zip(judged.truth, judged.predicted, strict=True))
    return Counts(
        sum(len(true & said) for true, said in pairs),
        sum(len(said) for _, said in pairs),
        sum(len(true) for true, _ in pairs),
    )


def by_label(judged: Judged) -> dict[str, Counts]:
    """Count each label by itself, in the order of the labels."""
    right, predicted, true = Counter[str](), Counter[str](), Counter[str]()
    for expected, said in zip(judged.truth, judged.predicted, strict=True):
        right.update(map(_label, expected & said))
        predicted.update(map(_label, said))
        true.update(map(_label, expected))
    return {label: Counts(right[label], predicted[label], true[label]) for label in judged.labels}


def report(judged: Judged) -> list[dict[str, Any]]:
    """Return one row per label and one for all: `label`, `precision`, `recall`, `f1` and `support`, the true items.

    >>> report(Judged([{"a"}, {"b"}], [{"a"}, {"a"}], ["a", "b"]))[0]
    {'label': 'a', 'precision': 0.5, 'recall': 1.0, 'f1': 0.6666666666666666, 'support': 1}
    """
    rows = {**by_label(judged), "(all)": total(judged)}
    return [
        {
            "label": label,
            "precision": each.precision,
            "recall": each.recall,
            "f1": each.f1,
            "support": each.true,
        }
        for label, each in rows.items()
    ]


def accuracy(judged: Judged) -> float:
    """Return the share of records that are right as a whole; nan without records."""
    if not judged.truth:
        return float("nan")
    right = sum(true == said for true, said in zip(judged.truth, judged.predicted, strict=True))
    return right / len(judged.truth)


def macro_f1(judged: Judged) -> float:
    """Return the mean F1 of the labels that occur, in truth or in predictions; nan where none does."""
    found = [each.f1 for each in by_label(judged).values() if each.true or each.predicted]
    return sum(found) / len(found) if found else float("nan")


def confusion(judged: Judged) -> list[list[int]]:
    """Count predictions for each true label: rows are true labels, columns are predicted ones, in the labels' order.

    Only for records with one label each.

    >>> confusion(Judged([{"a"}, {"b"}], [{"a"}, {"a"}], ["a", "b"]))
    [[1, 0], [1, 0]]
    """
    counts = Counter(
        (next(iter(true)), next(iter(said)))
        for true, said in zip(judged.truth, judged.predicted, strict=True)
    )
    return [[counts[true, said] for said in judged.labels] for true in judged.labels]


def spans_of(tags: Sequence[str]) -> list[Span]:
    """Read spans out of tags: first word, word after the last, label.

    `B-` begins a span and `I-` goes on with one of its label, or begins one where there is none. A tag without either is a label
    itself, and goes on with its own.

    >>> spans_of(["B-city", "I-city", "O", "I-person", "B-person", "name", "name"])
    [(0, 2, 'city'), (3, 4, 'person'), (4, 5, 'person'), (5, 7, 'name')]
    """
    found: list[Span] = []
    for at, tag in enumerate(tags):
        if tag == OUTSIDE:
            continue
        label = label_of(tag)
        if not tag.startswith("B-") and found and found[-1][1:] == (at, label):
            found[-1] = (found[-1][0], at + 1, label)
        else:
            found.append((at, at + 1, label))
    return found


def label_of(tag: str) -> str:
    """Return the label in a tag.

    >>> label_of("B-new-york"), label_of("name")
    ('new-york', 'name')
    """
    return tag[2:] if tag.startswith(("B-", "I-")) else tag


def characters(judged: Judged) -> Judged:
    """Replace spans by the characters they cover, each with its label, so that half a span found counts half.

    >>> total(characters(Judged([{(0, 8, "city")}], [{(0, 3, "city")}], ["city"]))).recall
    0.375
    """

    def covered(spans: Iterable[Span]) -> set[tuple[int, str]]:
        return {(at, label) for start, end, label in spans for at in range(start, end)}

    return Judged(
        [covered(each) for each in judged.truth], [covered(each) for each in judged.predicted], judged.labels
    )


def span_measures(judged: Judged) -> dict[str, float]:
    """Return precision, recall and F1 of exact spans, and F1 by characters."""
    exact = total(judged)
    return {
        "span_precision": exact.precision,
        "span_recall": exact.recall,
        "span_f1": exact.f1,
        "char_f1": total(characters(judged)).f1,
    }


def label_measures(judged: Judged, *, several: bool) -> dict[str, float]:
    """Return accuracy (of whole records, where they may have several labels), macro F1, and the F1 of each label that occurs."""
    each = {name: found.f1 for name, found in by_label(judged).items() if found.true or found.predicted}
    return {
        "subset_accuracy" if several else "accuracy": accuracy(judged),
        "macro_f1": macro_f1(judged),
        **({"micro_f1": total(judged).f1} if several else {}),
        **{f"f1_{name}": f1 for name, f1 in each.items()},
    }


def same_text(one: str, other: str) -> bool:
    """Compare two answers without regard to case, punctuation and blanks.

    >>> same_text("The Danube.", "the  danube")
    True
    """
    return _words(one) == _words(other)


def word_f1(one: str, other: str) -> float:
    """Return how far two answers share their words, 0 to 1.

    >>> word_f1("the river Danube", "the Danube")
    0.8
    """
    first, second = Counter(_words(one)), Counter(_words(other))
    return Counts((first & second).total(), first.total(), second.total()).f1 if first or second else 1.0


def calibration_error(chances: Sequence[float], outcomes: Sequence[bool], bins: int = 10) -> float:
    """Return the expected calibration error: how far chances, 0 to 1, stand from how often they came true.

    The chances fall into bins of equal width; each bin counts by its size.

    >>> calibration_error([0.9, 0.9, 0.9, 0.9], [True, True, True, False])
    0.15
    """
    places = [min(int(each * bins), bins - 1) for each in chances]
    gaps = Counter[Hashable]()
    for place, chance, outcome in zip(places, chances, outcomes, strict=True):
        gaps[place] += chance - outcome  # type: ignore[assignment]
    return round(sum(abs(gap) for gap in gaps.values()) / len(chances), 12) if chances else float("nan")


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def _label(item: Any) -> str:
    return str(item[-1]) if isinstance(item, tuple) else str(item)
