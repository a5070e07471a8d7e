"""How far each annotator agrees with the rest, and whether that changes with time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from feedback_widgets.agreement import coefficients as c
from feedback_widgets.agreement.building import MEASURES, build
from feedback_widgets.store import current

if TYPE_CHECKING:
    from feedback_widgets.agreement.distances import Array
    from feedback_widgets.agreement.judged import Judged
    from feedback_widgets.agreement.reading import Answers
    from feedback_widgets.live import Live

HALF = 5  # shared records in each half, below which there is no drift


@dataclass(frozen=True)
class Rest:
    """One annotator beside the others.

    Args:
        agreement: 1 less (the mean distance from the others' answers / that of any two), the mean over questions.
        drift: the same of the newer half of their answers, less that of the older half.
        shared: records that others answered too, the most of any question.
    """

    agreement: float = math.nan
    drift: float = math.nan
    shared: int = 0


def with_the_rest(dataset: Live, answers: Answers) -> Mapping[str, Rest]:
    """Return annotator -> agreement with the rest; records that are asked a second time do not count."""
    twice = current.repeats(dataset.store, dataset.key)
    if twice:
        first = np.array([each not in twice for each in answers.records], bool)
        answers = answers.only(first[answers.record])
    when = _times(answers)
    found = [
        _halves(build(dataset, answers, question)[0], when, len(answers.users))
        for question in dataset.settings.questions
        if question.type in MEASURES
    ]
    if not found:
        return {}
    whole, older, newer, shared = (np.array(each) for each in zip(*found, strict=True))
    agreement, drift = _mean(whole, shared), _mean(newer - older, shared)
    most = shared.max(0)
    return {
        name: Rest(float(agreement[at]), float(drift[at]), int(most[at]))
        for at, name in enumerate(answers.users)
    }


def _mean(values: Array, weight: Array) -> Array:
    """Return the mean over questions, by the records they have in common; nan where there is none."""
    known = ~np.isnan(values) & (weight > 0)
    total = np.where(known, weight, 0).sum(0)
    summed = np.where(known, np.nan_to_num(values) * weight, 0).sum(0)
    mean: Array = np.divide(summed, total, out=np.full(len(total), np.nan), where=total > 0)
    return mean


def _times(answers: Answers) -> tuple[Array, Array]:
    """Return for each answer, by the number of its record and annotator, when it was given."""
    key = answers.record * max(1, len(answers.users)) + answers.user
    order = np.argsort(key, kind="stable")
    return key[order], answers.when[order]


def _halves(judged: Judged, times: tuple[Array, Array], users: int) -> tuple[Array, Array, Array, Array]:
    """Return each annotator's agreement: of all, of the older half and of the newer half of their records; and how many these are."""
    far, weight = np.zeros(len(judged.unit)), np.zeros(len(judged.unit))
    for a, b in judged.pairs():
        unit = judged.unit[a]
        shared = judged.weight[unit] / (judged.size[unit] - 1)
        apart = judged.distance.between(judged.code[a], judged.code[b]) * shared
        for each in (a, b):
            far += np.bincount(each, apart, len(far))
            weight += np.bincount(each, shared, len(weight))
    record = judged.record[judged.unit] if judged.units else judged.unit
    late, counts = _late(record, judged.user, times, users)
    chance = c.chance_distance(judged) if judged.units else math.nan
    own = [
        c.own_alphas(
            np.bincount(judged.user, far * kept, users),
            np.bincount(judged.user, weight * kept, users),
            chance,
        )
        for kept in (np.ones(len(far), bool), ~late, late)
    ]
    few = counts < 2 * HALF
    return own[0], np.where(few, np.nan, own[1]), np.where(few, np.nan, own[2]), counts


def _late(record: Array, user: Array, times: tuple[Array, Array], users: int) -> tuple[Array, Array]:
    """Tell for each answer whether its record is in the newer half of its annotator's; and how many records each has."""
    keys, when = times
    known, place = np.unique(record * max(1, users) + user, return_inverse=True)
    whose = known % max(1, users)
    given = when[np.searchsorted(keys, known)] if len(known) else np.zeros(0)
    order = np.lexsort((given, whose))
    counts = np.bincount(whose, minlength=users)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]) if users else np.zeros(0, np.int64)
    rank = np.empty(len(known), np.int64)
    rank[order] = np.arange(len(known)) - starts[whose[order]] if len(known) else 0
    newer = rank >= counts[whose] // 2
    return newer[place.reshape(-1)], counts
