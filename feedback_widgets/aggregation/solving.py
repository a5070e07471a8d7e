"""From columns of answers to one value for each record, with how sure it is and how far people differ."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.aggregation import crowd, pairs, tally, texts
from feedback_widgets.aggregation.distance import distance_of
from feedback_widgets.aggregation.rules import CROWD, EVERY, RULES, choice_with_strength, picker, ranked_by
from feedback_widgets.columns import Answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Floats = NDArray[np.float64]

NUMBERS = ("mean", "median", "min", "max")
MODELS = ("majority_weighted", "dawid_skene", "glad", "mace")


@dataclass
class Solved:
    """What became of the answers: a value for each record that has any.

    `closeness` says of every line how near it is to its record's value, 0 to 1: for the crowd's models the probability of what
    was said, for a majority of labels 1 or 0, else 1 - the distance.
    """

    answers: Answers
    groups: tally.Groups
    values: list[Any]
    closeness: Floats
    confidence: Floats
    disagreement: Floats

    def skills(self) -> Floats:
        """Return the mean closeness of each annotator's answers, nan for whoever has none that counts."""
        return tally.mean_by(self.answers.user, self.closeness, len(self.answers.users))


@dataclass(frozen=True)
class Case:
    """One question's answers, and how they become one: `measure=False` leaves out everything but the values."""

    answers: Answers
    groups: tally.Groups
    kind: str
    options: list[Any]
    strategy: str
    seed: int | None
    measure: bool
    encoder: Callable[[str], Any] | None


def from_lists(records: Sequence[Any], users: Sequence[Any], values: Sequence[Any]) -> Answers:
    """Make columns of three lists, a line for each answer; records stand in the order in which they come.

    >>> from_lists(["b", "a", "b"], ["ann", "ann", "bob"], [1, 2, 1]).record.tolist()
    [0, 0, 1]
    """
    record_at, user_at, value_at = (
        {each: at for at, each in enumerate(dict.fromkeys(map(str, names)))}
        for names in (records, users, map(repr, values))
    )
    first: dict[str, Any] = {}
    for each in values:
        first.setdefault(repr(each), each)
    record = np.fromiter((record_at[str(each)] for each in records), np.int64, len(records))
    user = np.fromiter((user_at[str(each)] for each in users), np.int64, len(users))
    value = np.fromiter((value_at[repr(each)] for each in values), np.int64, len(values))
    order = np.argsort(record, kind="stable")
    return Answers(
        list(record_at), list(user_at), list(first.values()), record[order], user[order], value[order]
    )


def solve(
    answers: Answers,
    kind: str,
    options: Sequence[Any],
    strategy: str,
    *,
    seed: int | None = None,
    measure: bool = True,
    encoder: Callable[[str], Any] | None = None,
    name: str = "the question",
) -> Solved:
    """Make one value of the answers to each record.

    Args:
        answers: a line for each answer.
        kind: the question's type.
        options: what it offers, in its order. Answers that name something else are left out with a warning.
        strategy: one of `rules.strategies(kind)`.
        seed: settle draws by chance.
        measure: also how sure each value is, and how far people differ.
        encoder: of texts, for `rasa`.
        name: what to call the question in a warning.

    Raises:
        MissingExtra: the strategy needs crowd-kit.
    """
    answers = _usable(answers, kind, options, name)
    case = Case(answers, tally.groups(answers.record), kind, list(options), strategy, seed, measure, encoder)
    if not len(answers.record):
        nothing = np.empty(0)
        return Solved(answers, case.groups, [], nothing, nothing, nothing)
    if kind == "rating" and strategy in NUMBERS:
        return _numbers(case)
    if kind in ("label_selection", "rating", "pairwise") and strategy in ("majority", *MODELS):
        return _labels(case)
    return _others(case)


# -- labels ---------------------------------------------------------------------------------------------------------


def _labels(case: Case) -> Solved:
    answers, grouped, options = case.answers, case.groups, case.options
    place = {each: at for at, each in enumerate(options)}
    named = [each["choice"] if case.kind == "pairwise" else each for each in answers.values]
    label = np.array([place.get(each, 0) for each in named], np.int64)[answers.value]
    each = grouped.each()
    if case.strategy == "majority":
        found = tally.majority(grouped, label, len(options), seed=case.seed)
        best = found.label
        if case.kind == "pairwise" and "tie" in place and case.seed is None:
            best = np.where(found.drawn, place["tie"], best)
        closeness = (best[each] == label).astype(np.float64)
        sure = tally.mean_by(each, closeness, len(best))
    else:
        belief = _believed(case, label)
        best = _surest(belief, case.seed)
        closeness = belief[each, label]
        sure = belief[np.arange(len(best)), best]
    values = [options[at] for at in best.tolist()]
    if case.kind == "pairwise":
        values = [choice_with_strength(*each) for each in zip(values, _by_record(case), strict=True)]
    return Solved(answers, grouped, values, closeness, sure, _differing(case, label))


def _believed(case: Case, label: Numbers) -> Floats:
    user, labels = case.answers.user, len(case.options)
    if case.strategy == "majority_weighted":
        return crowd.weighted(case.groups, user, label, labels, case.seed)
    model = {"dawid_skene": crowd.dawid_skene, "mace": crowd.mace, "glad": crowd.glad}[case.strategy]
    return model(case.groups, user, label, labels)


def _surest(belief: Floats, seed: int | None) -> Numbers:
    """Return the most probable label of each record; a draw goes to the first, with a seed to any."""
    tied = belief >= belief.max(axis=1, keepdims=True) - tally.NEAR
    order = tied if seed is None else np.where(tied, np.random.default_rng(seed).random(belief.shape), -1)
    found: Numbers = order.argmax(axis=1)
    return found


def _differing(case: Case, label: Numbers) -> Floats:
    if case.kind == "rating" and case.measure:
        return tally.spread(case.groups, _as_floats(case)) / _scale(case.options)
    return tally.differing(case.groups, label, len(case.options)) if case.measure else np.empty(0)


# -- numbers --------------------------------------------------------------------------------------------------------


def _as_floats(case: Case) -> Floats:
    numbers = [each if isinstance(each, int | float) else math.nan for each in case.answers.values]
    found: Floats = np.array(numbers, np.float64)[case.answers.value]
    return found


def _scale(options: Sequence[Any]) -> float:
    return float(max(options) - min(options)) or 1.0


def _numbers(case: Case) -> Solved:
    number, grouped = _as_floats(case), case.groups
    found = tally.numeric(grouped, number, case.strategy)
    whole = case.strategy in ("min", "max") and not any(
        isinstance(each, float) for each in case.answers.values
    )
    values = [int(each) for each in found.tolist()] if whole else found.tolist()
    if not case.measure:
        return Solved(case.answers, grouped, values, np.empty(0), np.empty(0), np.empty(0))
    scale, each = _scale(case.options or case.answers.values), grouped.each()
    closeness = 1 - np.abs(number - found[each]) / scale
    sure = tally.mean_by(each, closeness, len(found))
    return Solved(case.answers, grouped, values, closeness, sure, tally.spread(grouped, number) / scale)


# -- everything else ------------------------------------------------------------------------------------------------


def _by_record(case: Case) -> list[list[Any]]:
    """Return the answers to each record, in order."""
    values = case.answers.values
    said = [values[at] for at in case.answers.value.tolist()]
    ends = zip(case.groups.start.tolist(), case.groups.size.tolist(), strict=True)
    return [said[start : start + size] for start, size in ends]


def _others(case: Case) -> Solved:
    if case.strategy == EVERY:
        values = _everybody(case)
    elif case.strategy in CROWD.get(case.kind, ()):
        models = {"text": _merged, "multi_label_selection": _each_label}
        values = models.get(case.kind, _ranked)(case)
    else:
        values = _ruled(case)
    if not case.measure:
        return Solved(case.answers, case.groups, values, np.empty(0), np.empty(0), np.empty(0))
    return _measured(case, values)


def _everybody(case: Case) -> list[Any]:
    """Return annotator -> answer for each record."""
    users = [case.answers.users[at] for at in case.answers.user.tolist()]
    found, at = [], 0
    for said in _by_record(case):
        found.append(dict(zip(users[at : at + len(said)], said, strict=True)))
        at += len(said)
    return found


def _ruled(case: Case) -> list[Any]:
    """Apply a rule record by record; the same answers give the same value and are not weighed twice, unless by chance."""
    rule, pick = RULES[case.kind][case.strategy], picker(case.seed)
    codes, known = case.answers.value.tolist(), dict[tuple[int, ...], Any]()
    found = []
    for (start, size), said in zip(
        zip(case.groups.start.tolist(), case.groups.size.tolist(), strict=True), _by_record(case), strict=True
    ):
        key = tuple(codes[start : start + size])
        if key not in known or case.seed is not None:
            known[key] = rule(said, case.options, pick)
        found.append(known[key])
    return found


def _ranked(case: Case) -> list[Any]:
    options = [each for each in case.options if each not in ("tie", "both_bad")]
    said = [list(pairs.comparisons(case.kind, each, options)) for each in case.answers.values]
    lines = [said[at] for at in case.answers.value.tolist()]
    each, records = case.groups.each(), len(case.groups.record)
    if case.strategy == "bradley_terry":
        strength = pairs.by_record(each, lines, records, len(options))
    else:
        strength = pairs.by_record_noisy(each, case.answers.user, lines, records, len(options))
    # What differs less than the fit can tell is the same.
    scores = [dict(zip(options, row, strict=True)) for row in np.round(strength, 6).tolist()]
    if case.kind == "ranking":
        return [ranked_by(each, options) for each in scores]
    return [_best(each, said, case) for each, said in zip(scores, _by_record(case), strict=True)]


def _best(scores: dict[Any, float], said: list[Any], case: Case) -> Any:
    best = [name for name, score in scores.items() if score == max(scores.values())]
    choice = "tie" if len(best) > 1 and "tie" in case.options else best[0]
    return choice_with_strength(choice, said)


def _each_label(case: Case) -> list[Any]:
    """Ask the model about each label by itself, chosen or not; where it believes in none, keep the most probable one."""
    model = {"dawid_skene": crowd.dawid_skene, "mace": crowd.mace}[case.strategy]
    chosen = np.array([[each in value for each in case.options] for value in case.answers.values], np.int64)
    said = chosen[case.answers.value]
    some = np.logical_or.reduceat(
        said.any(axis=1), case.groups.start
    )  # else everybody says that no label fits
    belief = np.stack(
        [model(case.groups, case.answers.user, said[:, at], 2)[:, 1] for at in range(said.shape[1])], axis=1
    )
    kept = belief > 0.5
    none = some & ~kept.any(axis=1)
    kept[none, belief[none].argmax(axis=1)] = True
    return [[case.options[at] for at in np.flatnonzero(row)] for row in kept]


def _merged(case: Case) -> list[Any]:
    said = [case.answers.values[at] for at in case.answers.value.tolist()]
    return list(texts.merged(case.strategy, case.groups.each(), case.answers.user, said, case.encoder))


def _measured(case: Case, values: list[Any]) -> Solved:
    distance, known = distance_of(case.kind, case.options), dict[tuple[int, int], float]()
    answers, codes = case.answers, case.answers.value.tolist()

    def apart(one: int, other: int) -> float:
        key = (one, other) if one < other else (other, one)
        if key not in known:
            known[key] = distance(answers.values[one], answers.values[other])
        return known[key]

    every = case.strategy == EVERY
    closeness, differing = np.full(len(codes), np.nan), np.full(len(values), np.nan)
    near: dict[tuple[int, str], float] = {}
    for at, (start, size) in enumerate(
        zip(case.groups.start.tolist(), case.groups.size.tolist(), strict=True)
    ):
        mine = codes[start : start + size]
        if size > 1:
            far = [apart(one, other) for one, other in combinations(mine, 2)]
            differing[at] = math.fsum(far) / len(far)
        for line, code in enumerate(mine if not every else ()):
            key = (code, repr(values[at]))
            if key not in near:
                near[key] = 1 - distance(answers.values[code], values[at])
            closeness[start + line] = near[key]
        if len(known) + len(near) > 1_000_000:  # of long texts hardly any comes twice
            known.clear()
            near.clear()
    sure = np.add.reduceat(closeness, case.groups.start) / case.groups.size
    return Solved(answers, case.groups, values, closeness, sure, differing)


# -- what does not count --------------------------------------------------------------------------------------------


def _usable(answers: Answers, kind: str, options: Sequence[Any], name: str) -> Answers:
    """Leave out answers that the question cannot have, with a warning that says how many."""
    known = set(options)
    odd = [at for at, each in enumerate(answers.values) if not _fits(each, kind, known)]
    if not odd:
        return answers
    kept = ~np.isin(answers.value, odd)
    some = ", ".join(repr(answers.values[at]) for at in odd[:3])
    warnings.warn(
        f"{int((~kept).sum())} answers to {name!r} are left out: {some}{' …' if len(odd) > 3 else ''} "
        "is none of what it offers (a label of an earlier form, or no number)",
        stacklevel=4,
    )
    return answers._replace(record=answers.record[kept], user=answers.user[kept], value=answers.value[kept])


def _fits(value: Any, kind: str, known: set[Any]) -> bool:
    if kind == "text":
        return isinstance(value, str)
    if kind == "rating":
        number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        return number and (not known or value in known)
    if kind == "label_selection":
        return not known or value in known
    if kind == "multi_label_selection":
        return not known or set(value) <= known
    if kind == "ranking":
        return not known or {each["value"] for each in value} <= known
    if kind == "pairwise":
        return not known or value["choice"] in known
    return True
