"""Many answers to one question, made one: the rules for labels, several labels and ratings.

Every rule is deterministic: where answers are equally frequent, the one that stands first among the question's own options
is taken. Values keep their type.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from feedback_widgets.errors import InvalidInput, near_miss

Rule = Callable[[list[Any], Sequence[Any]], list[Any]]


@dataclass(frozen=True)
class Unification:
    """A question together with the rule that makes one answer of many.

    Args:
        question: the question, or its name.
        strategy: the rule's name; `None` takes the default.

    >>> Unification("stars", strategy="mean").strategy
    'mean'
    """

    question: Any
    strategy: str | None = None


def unify(values: list[Any], options: Sequence[Any], kind: str, strategy: str | None = None) -> list[Any]:
    """Make one answer of many.

    Args:
        values: the submitted answers, one per annotator.
        options: what the question offers, in its own order; it settles draws.
        kind: the question's type.
        strategy: the rule; `None` is `"majority"`.

    Returns:
        One answer; none where there are no answers; with `"disagreement"` every answer.

    Raises:
        InvalidInput: the type has no such rule; those it has are named.

    >>> unify(["rude", "polite", "rude"], ["polite", "rude"], "label_selection")
    ['rude']
    >>> unify([1, 4, 4], [1, 2, 3, 4], "rating", "mean")
    [3.0]
    """
    rule = rule_of(kind, strategy)
    return rule(values, options) if values else []


def rule_of(kind: str, strategy: str | None) -> Rule:
    """Return the rule, or raise `InvalidInput` that names the rules there are."""
    rules = RULES.get(kind, {})
    wanted = strategy or "majority"
    if wanted not in rules:
        raise InvalidInput(
            f"questions of type {kind} have no rule {wanted!r} to unify answers; they have {', '.join(rules) or 'none'}."
            f"{near_miss(wanted, rules)}"
        )
    return rules[wanted]


def _majority(values: list[Any], options: Sequence[Any]) -> list[Any]:
    votes = Counter(values)
    most = max(votes.values())
    return [min((each for each in votes if votes[each] == most), key=list(options).index)]


def _majority_of_lists(values: list[Any], options: Sequence[Any]) -> list[Any]:
    """Keep what more than half of the annotators chose; where nothing is, the most frequent one."""
    votes = Counter(label for chosen in values for label in dict.fromkeys(chosen))
    if not votes:
        return [[]]  # everybody says that no label fits
    kept = [each for each in votes if votes[each] > len(values) // 2]  # in the order of the answers
    return [kept or _majority(list(votes.elements()), options)]


def _every(values: list[Any], _options: Sequence[Any]) -> list[Any]:
    return list(values)


RULES: dict[str, dict[str, Rule]] = {
    "label_selection": {"majority": _majority, "disagreement": _every},
    "multi_label_selection": {"majority": _majority_of_lists, "disagreement": _every},
    "rating": {
        "majority": _majority,
        "mean": lambda values, _: [fmean(values)],
        "median": lambda values, _: [median(values)],
        "min": lambda values, _: [min(values)],
        "max": lambda values, _: [max(values)],
        "disagreement": _every,
    },
}
