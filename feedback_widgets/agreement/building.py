"""From answers to what can be compared: which distance a question has, and what one unit of it is."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.agreement.distances import (
    LEVELS,
    Array,
    Distance,
    Nominal,
    Orders,
    Sets,
    for_level,
    products,
)
from feedback_widgets.agreement.judged import Judged
from feedback_widgets.agreement.reading import Answers, values
from feedback_widgets.errors import InvalidInput
from feedback_widgets.store import current

if TYPE_CHECKING:
    from feedback_widgets.live import Live
    from feedback_widgets.questions import Question

# Question type -> how its answers are compared; `level=` may say otherwise where there is a scale.
MEASURES = {
    "label_selection": "nominal",
    "multi_label_selection": "MASI",
    "pairwise": "nominal",
    "ranking": "Kendall",
    "rating": "interval",
    "span": "by character",
}
SCALED = ("label_selection", "rating")  # types whose options are a scale, if somebody says so


class NoMetric(InvalidInput, NotImplementedError):
    """There is no such figure for questions of this type."""


def measure_of(question: Question, level: str | None) -> str:
    """Return how answers to a question are compared: a level, `"MASI"`, `"Kendall"` or `"by character"`.

    Raises:
        NoMetric: texts, which nobody writes twice alike.
        InvalidInput: a level for a question without a scale, or an unknown one.
    """
    own = MEASURES.get(question.type)
    if own is None:
        raise NoMetric(
            f"no metrics are defined for {type(question).__name__}: how far two of the answers to {question.name!r} lie apart "
            "nobody can say; ask for a label or a rating beside it"
        )
    if level is None or level == own:
        return own
    if question.type not in SCALED or (question.type == "label_selection" and level not in LEVELS[:2]):
        levels = LEVELS[:2] if question.type == "label_selection" else LEVELS
        allowed = ", ".join(levels) if question.type in SCALED else "none other"
        raise InvalidInput(
            f"level={level!r} is not allowed for {question.name!r} of type {question.type}: it takes {allowed}"
        )
    return level


def build(
    dataset: Live, answers: Answers, question: Question, level: str | None = None
) -> tuple[Judged, int]:
    """Return the comparable answers to one question, and how many answers it has in all.

    Raises:
        NoMetric: a text question.
        InvalidInput: a level that the question has not.
    """
    measure = measure_of(question, level)
    found, code = values(answers, question)
    given = answers.only(code >= 0)
    code = code[code >= 0]
    if measure == "by character":
        return _by_character(dataset, given, question, found, code), len(given)
    if measure == "Kendall":
        given, code, found = _complete(given, code, found, question)
    answered = len(given)
    order, numbers = _ordered(question, found)
    code = order[code] if len(found) else code
    judged = Judged(
        given.record, given.user, code, given.users, Nominal(len(numbers)), dated=lambda: _newest(given)
    )
    judged.distance = _distance(measure, numbers, judged)
    return judged, answered


def _ordered(question: Question, found: Sequence[Any]) -> tuple[Array, list[Any]]:
    """Return a code for each of the answers found, in the order of the question's scale, and what the codes stand for."""
    if question.type == "pairwise":
        names = [each["choice"] for each in found]
    elif question.type == "multi_label_selection":
        names = [tuple(sorted(each)) for each in found]
    elif question.type == "ranking":
        options = list(question.option_values)  # type: ignore[attr-defined]
        ranks = [{place["value"]: place["rank"] for place in each} for each in found]
        names = [tuple(each[option] for option in options) for each in ranks]
    else:
        names = list(found)
    if question.type == "rating":
        scale = sorted(set(names))
    elif question.type == "label_selection":
        scale = [each for each in question.option_values if each in set(names)]  # type: ignore[attr-defined]
    else:
        scale = list(dict.fromkeys(names))
    places = {each: at for at, each in enumerate(scale)}
    return np.array([places[each] for each in names], np.int64), scale


def _distance(measure: str, numbers: Sequence[Any], judged: Judged) -> Distance:
    if measure == "MASI":
        return Sets(numbers)
    if measure == "Kendall":
        return Orders(numbers) if numbers else Nominal(0)
    return for_level(measure, numbers, judged.counts)


def _complete(
    given: Answers, code: Array, found: list[Any], question: Question
) -> tuple[Answers, Array, list[Any]]:
    """Leave out rankings from before an option was added: they say nothing about its place."""
    options = len(question.option_values)  # type: ignore[attr-defined]
    whole = np.array([len(each) == options for each in found], bool)
    if whole.all():
        return given, code, found
    kept = whole[code]
    warnings.warn(
        f"{int((~kept).sum())} answers to {question.name!r} are not counted: they rank fewer than its {options} options",
        stacklevel=4,
    )
    places = np.cumsum(whole) - 1
    return (
        given.only(kept),
        places[code[kept]],
        [each for each, full in zip(found, whole, strict=True) if full],
    )


def _newest(given: Answers) -> Array:
    """Return for each record when its last answer came."""
    when = np.full(len(given.records), -np.inf)
    np.maximum.at(when, given.record, given.when)
    return when[: int(given.record.max()) + 1] if len(given) else np.zeros(0)


# -- spans ----------------------------------------------------------------------------------------------------------


def _by_character(
    dataset: Live, given: Answers, question: Question, found: Sequence[Any], code: Array
) -> Judged:
    """Return stretches of text as units, weighed by their characters: what labels has each annotator put there?"""
    sizes = current.lengths(dataset.store, dataset.key, question.field)  # type: ignore[attr-defined]
    of_record: dict[int, list[int]] = defaultdict(list)
    for row, record in enumerate(given.record.tolist()):
        of_record[record].append(row)
    codes: dict[tuple[str, ...], int] = {(): 0}
    unit: list[int] = []
    user: list[int] = []
    marked: list[int] = []
    weight: list[int] = []
    record_of: list[int] = []
    for record, rows in of_record.items():
        spans = [found[code[row]] for row in rows]
        edges = {
            0,
            sizes.get(given.records[record], 0),
            *(at for each in spans for span in each for at in _ends(span)),
        }
        cuts = sorted(edges)
        labels = [_labels(each, cuts, codes) for each in spans] if len(rows) > 1 else []
        for place in range(len(cuts) - 1 if labels else 0):
            unit += [len(weight)] * len(rows)
            user += [int(given.user[row]) for row in rows]
            marked += [each[place] for each in labels]
            weight.append(cuts[place + 1] - cuts[place])
            record_of.append(record)
    u, who, what, weights, records = (
        np.array(each, np.int64) for each in (unit, user, marked, weight, record_of)
    )
    head = (u, who, what, given.users, Nominal(len(codes)))
    return Judged(*head, weights, records, lambda: _newest(given)[records], list(codes))


def _ends(span: dict[str, Any]) -> tuple[int, int]:
    return span["start"], span["end"]


def _labels(spans: Sequence[dict[str, Any]], cuts: list[int], codes: dict[tuple[str, ...], int]) -> list[int]:
    """Return for each stretch between cuts the code of the labels that one annotator put there."""
    place = {cut: at for at, cut in enumerate(cuts)}
    there: list[set[str]] = [set() for _ in cuts[1:]]
    for span in spans:
        for at in range(place[span["start"]], place[span["end"]]):
            there[at].add(span["label"])
    return [codes.setdefault(tuple(sorted(each)), len(codes)) for each in there]


def char_f1(judged: Judged) -> float:
    """Return the F1 of marked characters, over every two annotators of a record; NaN where nobody marked anything."""
    sets, shared, marked = Sets(judged.labels), 0.0, 0.0
    for a, b in judged.pairs():
        weight, one, other = judged.weight[judged.unit[a]], judged.code[a], judged.code[b]
        shared += float(weight @ products(sets.has, one, other))
        marked += float(weight @ (sets.count[one] + sets.count[other]))
    return 2 * shared / marked if marked else float("nan")
