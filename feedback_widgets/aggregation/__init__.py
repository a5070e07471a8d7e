"""Many answers to one question, made one.

Every rule is deterministic: where answers are equally good, the one that stands first among the question's own options is
taken; with a `seed` one is drawn, the same one for the same seed. Values keep their type.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from feedback_widgets.aggregation.rules import CROWD, DEFAULT, EVERY, RULES, Rule, picker, strategies
from feedback_widgets.errors import InvalidInput, near_miss

if TYPE_CHECKING:
    from feedback_widgets.live import Live

__all__ = [
    "RULES",
    "NoRule",
    "Unification",
    "adjudicated",
    "options_of",
    "rule_of",
    "strategies",
    "strategy_of",
    "unify",
]
ALIASES = {"wawa": "majority_weighted"}


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


class NoRule(InvalidInput, NotImplementedError):
    """Questions of another type have such a rule, those of this type have not."""


def unify(
    values: list[Any], options: Sequence[Any], kind: str, strategy: str | None = None, seed: int | None = None
) -> list[Any]:
    """Make one answer of several to one record.

    Args:
        values: the submitted answers, one per annotator.
        options: what the question offers, in its own order; it settles draws.
        kind: the question's type.
        strategy: the rule; `None` is `"majority"`, for texts `"medoid"`.
        seed: draw among those that are equally good.

    Returns:
        One answer; none where there are no answers; with `"disagreement"` every answer.

    Raises:
        InvalidInput: the type has no such rule; those it has are named. Or the rule weighs people by what they said about
            all records: `dataset.aggregate` has those too.

    >>> unify(["rude", "polite", "rude"], ["polite", "rude"], "label_selection")
    ['rude']
    >>> unify([1, 4, 4], [1, 2, 3, 4], "rating", "mean")
    [3.0]
    """
    wanted = strategy_of(kind, strategy)
    if wanted == EVERY:
        return list(values)
    rule = rule_of(kind, wanted)
    return [rule(values, options, picker(seed))] if values else []


def strategy_of(kind: str, strategy: str | None) -> str:
    """Return the name of a rule that a type of question has, the default for None.

    Raises:
        InvalidInput: there is none; those there are, and the near miss, are named. It is a `NoRule` where others have it.
    """
    known = strategies(kind)
    wanted = DEFAULT.get(kind, "majority") if strategy is None else ALIASES.get(strategy, strategy)
    if wanted not in known:
        elsewhere = any(wanted in strategies(other) for other in RULES)
        raise (NoRule if elsewhere else InvalidInput)(
            f"questions of type {kind} have no rule {wanted!r} to unify answers; they have {', '.join(known) or 'none'}."
            f"{near_miss(wanted, known)}"
        )
    return wanted


def rule_of(kind: str, strategy: str | None) -> Rule:
    """Return the rule for one record, or raise `InvalidInput` that names the rules there are."""
    wanted = strategy_of(kind, strategy)
    if wanted in CROWD.get(kind, ()):
        raise InvalidInput(
            f"{wanted!r} weighs people by what they said about all records: use dataset.aggregate(question, {wanted!r})"
        )
    return RULES[kind][wanted] if wanted != EVERY else lambda values, _options, _pick: values


def options_of(question: Any) -> list[Any]:
    """Return what may be the answer, in the question's own order: labels, numbers, responses; nothing for texts and spans."""
    if question.type == "rating":
        return list(question.values)
    if question.type == "pairwise":
        return list(question.choices)
    if question.type in ("label_selection", "multi_label_selection", "ranking"):
        return list(question.option_values)
    return []


def adjudicated(dataset: Live, question: str) -> dict[str, Any]:
    """Return record id -> the value that a reviewer decided on, in the stored form. It wins over every rule."""
    return dataset._reviews.values(question)  # noqa: SLF001 - one dataset
