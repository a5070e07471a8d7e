"""How far two answers to one question lie apart: 0 where they are the same, 1 where nothing is alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

Distance = Callable[[Any, Any], float]
# Words and marks; scripts without blanks are cut into single characters.
TOKENS = re.compile(
    r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+|[^\w\s]"
)


def distance_of(kind: str, options: Sequence[Any]) -> Distance:
    """Return the distance between answers to questions of one type, in their stored form.

    Labels and choices: 0 or 1. Several labels: the share of all chosen labels that only one of the two chose. Ratings: the
    difference, as a share of the scale. Rankings: the share of pairs put in another order, a tie against an order counting
    half. Texts: words to change, as a share of the longer text. Spans: 1 - F1 of the marked characters, each with its label.

    >>> distance_of("rating", [1, 2, 3, 4, 5])(2, 4)
    0.5
    >>> distance_of("text", [])("A red car.", "a red bus.")
    0.25
    """
    if kind == "rating":
        scale = max(options, default=1) - min(options, default=0) or 1
        return lambda one, other: abs(one - other) / scale
    return _DISTANCES.get(kind, _differ)


def tokens(text: str) -> list[str]:
    """Cut a text into lower-cased words and marks.

    >>> tokens("Don't, please")
    ['don', "'", 't', ',', 'please']
    """
    return TOKENS.findall(text.lower())


def edits(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many words have to be put in, left out or replaced to turn one list of words into the other.

    Myers' algorithm with a bit for each word, in Hyyrö's form: as many steps as `other` has words.

    >>> edits("a b c d".split(), "a c d e".split())
    2
    """
    if not one or not other:
        return len(one) or len(other)
    where: dict[str, int] = {}
    for at, word in enumerate(one):
        where[word] = where.get(word, 0) | 1 << at
    full = (1 << len(one)) - 1
    last, score, up, down = 1 << (len(one) - 1), len(one), full, 0
    for word in other:
        same = where.get(word, 0)
        vertical = same | down
        level = (((same & up) + up) ^ up) | same
        rises, falls = down | (full & ~(level | up)), up & level
        score += bool(rises & last) - bool(falls & last)
        rises, falls = (rises << 1 | 1) & full, falls << 1 & full
        up, down = falls | (full & ~(vertical | rises)), rises & vertical
    return score


def _differ(one: Any, other: Any) -> float:
    return float(one != other)


def _choices(one: Any, other: Any) -> float:
    return float(one["choice"] != other["choice"])


def _sets(one: Sequence[Any], other: Sequence[Any]) -> float:
    first, second = set(one), set(other)
    return 1 - len(first & second) / len(first | second) if first or second else 0.0


def _rankings(one: Any, other: Any) -> float:
    first, second = ({each["value"]: each["rank"] for each in places} for places in (one, other))
    pairs = list(combinations([each for each in first if each in second], 2))
    apart = sum(abs(_sign(first[a] - first[b]) - _sign(second[a] - second[b])) / 2 for a, b in pairs)
    return apart / len(pairs) if pairs else _differ(sorted(first), sorted(second))


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _texts(one: str, other: str) -> float:
    if one == other:
        return 0.0
    first, second = tokens(one), tokens(other)
    return edits(first, second) / max(len(first), len(second), 1)


def _spans(one: Any, other: Any) -> float:
    first, second = characters(one), characters(other)
    return 1 - 2 * len(first & second) / (len(first) + len(second)) if first or second else 0.0


def characters(spans: Any) -> set[tuple[str, int]]:
    """Return (label, place) of every marked character."""
    return {(each["label"], at) for each in spans for at in range(each["start"], each["end"])}


_DISTANCES: dict[str, Distance] = {
    "multi_label_selection": _sets,
    "ranking": _rankings,
    "pairwise": _choices,
    "text": _texts,
    "span": _spans,
}
