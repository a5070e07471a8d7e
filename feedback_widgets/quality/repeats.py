"""Blind repeats: some records are asked a second time, and whoever answers both tells how far they agree with themselves.

A repeat is a record of its own with the same content, whose external id names the first one. It never overwrites an answer,
and no other figure, no aggregation and no training counts it.
"""

from __future__ import annotations

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from feedback_widgets.agreement import coefficients as c
from feedback_widgets.agreement.building import MEASURES, build, measure_of
from feedback_widgets.agreement.reading import Answers, known_question, read
from feedback_widgets.columns import columns
from feedback_widgets.errors import InvalidInput
from feedback_widgets.quality.chances import wilson
from feedback_widgets.records import Record
from feedback_widgets.store import assignments, current
from feedback_widgets.store.current import REPEAT

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.live import Live
    from feedback_widgets.questions import Question

CHUNK = 1000  # records copied at a time
DRAWS = 1000  # of the bootstrap
BY = ("question", "annotator")
COLUMNS = {
    "question": ("question", "measure", "alpha", "low", "high", "percent", "repeats", "annotators"),
    "annotator": ("question", "annotator", "percent", "low", "high", "repeats"),
}


class Repeated(NamedTuple):
    """What `add_repeats` did: how many records are asked a second time from now on, and how many were already."""

    new: int
    known: int


def add_repeats(dataset: FeedbackDataset, share: float, seed: int) -> Repeated:
    """Ask a share of the records a second time; see `FeedbackDataset.add_repeats`."""
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 1:
        raise InvalidInput(
            f"share={share!r} is not allowed: it is above 0 and at most 1, such as 0.05 for every twentieth record"
        )
    dataset.sync()
    known = current.repeats(dataset.store, dataset.key)
    ids = [each for each in dataset._memory.ids() if each not in known]  # noqa: SLF001 - ids alone
    drawn = [each for each in ids if _lot(seed, each) < share]
    owners = _owners(dataset, known)
    if owners is not None:
        drawn = [each for each in drawn if each in owners]
        if not drawn:
            raise InvalidInput(
                "nobody has answered any of the records that were drawn, and work is shared out here: a repeat is for whoever "
                "answered first; call add_repeats again once there are answers"
            )
    drawn.sort(key=lambda each: _lot(seed + 1, each))  # in an order of their own
    firsts = set(known.values())
    for at in range(0, len(drawn), CHUNK):
        records = dataset._memory.look(drawn[at : at + CHUNK])  # noqa: SLF001
        dataset.add_records([_again(each) for each in records])
    if owners is not None:
        twins = {first: twin for twin, first in current.repeats(dataset.store, dataset.key).items()}
        pairs = [(twins[each], user) for each in drawn for user in owners[each]]
        assignments.assign(dataset.store, dataset.key, pairs)
        dataset.sync()
    return Repeated(len(set(drawn) - firsts), len(set(drawn) & firsts))


def _again(record: Record) -> Record:
    return Record(
        dict(record.fields),
        metadata=dict(record.metadata),
        suggestions=list(record.suggestions),
        external_id=f"{REPEAT}{record.id}",
    )


def _lot(seed: int, record: str) -> float:
    """Return a number from 0 to 1 that is the same on every machine: who asks for a larger share keeps the smaller one."""
    digest = hashlib.blake2b(f"repeat/{seed}/{record}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _owners(dataset: Live, known: Iterable[str]) -> dict[str, list[str]] | None:
    """Return record -> who has answered it or shall; None where everybody is asked about everything anyway."""
    skip = set(known)
    given = [each for each in assignments.pairs(dataset.store, dataset.key) if each[0] not in skip]
    if dataset.settings.distribution is None and not given:
        return None
    owners: dict[str, dict[str, None]] = defaultdict(dict)
    for record, user in given:
        owners[record][user] = None
    answers = columns(dataset)
    for at, who in zip(answers.record.tolist(), answers.user.tolist(), strict=True):
        if answers.records[at] not in skip:
            owners[answers.records[at]][answers.users[who]] = None
    return {record: list(users) for record, users in owners.items()}


# -- how far people agree with themselves -----------------------------------------------------------------------------


def self_agreement(dataset: Live, questions: str | Sequence[str] | None, by: str) -> list[dict[str, Any]]:
    """Return how far people agree with themselves, line by line; see `FeedbackDataset.self_agreement`."""
    if by not in BY:
        raise InvalidInput(f"by={by!r} is not allowed: it is 'question' or 'annotator'")
    pairs, whose = _pairs(dataset, read(dataset, repeats=True))
    make = _of_question if by == "question" else _of_annotators
    return [line for each in asked(dataset, questions) for line in make(dataset, each, pairs, whose)]


def asked(dataset: Live, questions: str | Sequence[str] | None) -> list[Question]:
    """Return the questions asked for, by default all that have a distance.

    Raises:
        InvalidInput: there is no such question, or it is one of texts.
    """
    if questions is None:
        return [each for each in dataset.settings.questions if each.type in MEASURES]
    names = [questions] if isinstance(questions, str) else questions
    found = [known_question(dataset, each) for each in names]
    for each in found:
        measure_of(each, None)  # says that texts have no distance
    return found


def _pairs(dataset: Live, answers: Answers) -> tuple[Answers, list[str]]:
    """Return first and second answers: each person and record is a unit, judged by two, "first" and "again"; and whose unit it is."""
    twice = current.repeats(dataset.store, dataset.key)
    place = {each: at for at, each in enumerate(answers.records)}
    first_of = np.full(len(answers.records), -1, np.int64)
    for twin, first in twice.items():
        if twin in place and first in place:
            first_of[place[twin]] = place[first]
    users = max(1, len(answers.users))
    again = first_of[answers.record] >= 0 if len(answers) else np.zeros(0, bool)
    record = np.where(again, first_of[answers.record], answers.record) if len(answers) else answers.record
    key = record * users + answers.user
    both = np.isin(key, key[again])
    kept = answers.only(both)
    units, unit = np.unique(key[both], return_inverse=True)
    kept.records = [answers.records[at] for at in (units // users).tolist()]
    whose = [answers.users[at] for at in (units % users).tolist()]
    kept.record, kept.user = unit.reshape(-1), again[both].astype(np.int64)
    kept.users = ["first", "again"]
    return kept, whose


def _of_question(
    dataset: Live, question: Question, pairs: Answers, whose: Sequence[str]
) -> list[dict[str, Any]]:
    judged, _ = build(dataset, pairs, question)
    units = np.unique(judged.record).tolist()
    interval = c.bootstrap(judged, DRAWS, 0).alpha if judged.units else (math.nan, math.nan)
    figures = (c.alpha(judged), *interval, c.percent(judged)) if judged.units else (math.nan,) * 4
    line = (question.name, measure_of(question, None), *figures, len(units), len({whose[at] for at in units}))
    return [dict(zip(COLUMNS["question"], line, strict=True))]


def _of_annotators(
    dataset: Live, question: Question, pairs: Answers, whose: Sequence[str]
) -> list[dict[str, Any]]:
    found = []
    names = np.array(whose, object)
    for name in sorted(set(whose)):
        judged, _ = build(dataset, pairs.only((names == name)[pairs.record]), question)
        if not judged.units:
            continue
        count, percent = len(np.unique(judged.record)), c.percent(judged)
        line = (question.name, name, percent, *wilson(percent * count, count), count)
        found.append(dict(zip(COLUMNS["annotator"], line, strict=True)))
    return found
