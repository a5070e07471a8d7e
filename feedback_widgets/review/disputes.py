"""How far the answers to a record lie apart, so that a reviewer meets the most disputed records first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from statistics import fmean
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_widgets.store.current import repeats

if TYPE_CHECKING:
    from feedback_widgets.live import Live
    from feedback_widgets.questions import Question
    from feedback_widgets.records import Record

CHUNK = 500  # records looked at in one go
_words = re.compile(r"\w+")


class Dispute(NamedTuple):
    """How far the submitted answers to a record lie apart, 0 (all alike) to 1; by question where two or more answered it."""

    record_id: str
    disagreement: float
    questions: dict[str, float]


def dispute(questions: Sequence[Question], record: Record) -> Dispute:
    """Measure one record: for each question the mean distance of two annotators' answers, and the mean of those.

    Args:
        questions: the dataset's.
        record: with its responses.

    >>> import feedback_widgets as fw
    >>> tone = fw.LabelQuestion(name="tone", labels=["polite", "rude"])
    >>> said = [{"values": {"tone": each}, "user_id": name} for name, each in (("ann", "rude"), ("bob", "polite"))]
    >>> dispute([tone], fw.FeedbackRecord(fields={"text": "Hm."}, responses=said)).disagreement
    1.0
    """
    apart: dict[str, float] = {}
    for question in questions:
        given = [
            each.values[question.name].value
            for each in record.responses
            if each.status == "submitted" and question.name in each.values
        ]
        if len(given) > 1:
            apart[question.name] = fmean(distance(question, *two) for two in combinations(given, 2))
    return Dispute(record.id, fmean(apart.values()) if apart else 0.0, apart)


def by_disagreement(dataset: Live, ids: Sequence[str] | None = None) -> list[Dispute]:
    """Return the records that anybody submitted, those in most dispute first; among equals in the order of adding.

    Only records with two or more answers are read, a few at a time.

    Args:
        dataset: whose records.
        ids: only these; None for all.
    """
    memory, questions = dataset._memory, dataset.settings.questions  # noqa: SLF001 - counts at the speed of bytes
    counts = memory.submitted_codes()
    places = range(len(counts)) if ids is None else sorted({dataset.index(each) for each in ids})
    twice = repeats(
        dataset.store, dataset.key
    )  # they are asked again to learn about people, not about the record
    answered = [
        at for at in places if at < len(counts) and counts[at] and not (twice and memory.id_at(at) in twice)
    ]
    several = [memory.id_at(place) for place in answered if counts[place] > 1]
    measured = {each.record_id: each for each in _measured(dataset, questions, several)}
    found = (measured.get(each) or Dispute(each, 0.0, {}) for each in map(memory.id_at, answered))
    return sorted(found, key=lambda each: -each.disagreement)


def _measured(dataset: Live, questions: Sequence[Question], ids: Sequence[str]) -> Iterator[Dispute]:
    for at in range(0, len(ids), CHUNK):
        for record in dataset._memory.look(ids[at : at + CHUNK]):  # noqa: SLF001
            yield dispute(questions, record)


def distance(question: Question, one: Any, other: Any) -> float:
    """Return how far two answers to a question lie apart, from 0 (alike) to 1.

    Labels and preferences are alike or not; several labels and texts by what they share (labels; words), ratings by their
    distance on the scale, rankings by the pairs that stand the other way round, spans by the labelled characters they share.
    """
    if one == other:
        return 0.0
    return _DISTANCES.get(question.type, lambda *_: 1.0)(question, one, other)


def _shared(one: set[Any], other: set[Any]) -> float:
    return 1 - len(one & other) / len(one | other) if one or other else 0.0


def _several(_: Any, one: Sequence[Any], other: Sequence[Any]) -> float:
    return _shared(set(one), set(other))


def _rating(question: Any, one: float, other: float) -> float:
    return float(abs(one - other) / (max(question.values) - min(question.values)))


def _ranking(_: Any, one: Sequence[Any], other: Sequence[Any]) -> float:
    here, there = ({each.value: each.rank for each in given} for given in (one, other))
    pairs = list(combinations(sorted(here.keys() & there.keys()), 2))
    signs = [(_sign(here[a] - here[b]), _sign(there[a] - there[b])) for a, b in pairs]
    # A tie against an order is half a turn.
    return fmean(abs(mine - theirs) / 2 for mine, theirs in signs) if signs else 1.0


def _sign(given: int) -> int:
    return (given > 0) - (given < 0)


def _spans(_: Any, one: Sequence[Any], other: Sequence[Any]) -> float:
    """Return 1 - F1 of the labelled characters."""
    here, there = (
        {(at, span.label) for span in given for at in range(span.start, span.end)} for given in (one, other)
    )
    return 1 - 2 * len(here & there) / (len(here) + len(there)) if here or there else 0.0


def _text(_: Any, one: str, other: str) -> float:
    return _shared({*_words.findall(one.lower())}, {*_words.findall(other.lower())})


def _pairwise(_: Any, one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    return float(one["choice"] != other["choice"])


_DISTANCES: dict[str, Callable[[Any, Any, Any], float]] = {
    "multi_label_selection": _several,
    "rating": _rating,
    "ranking": _ranking,
    "span": _spans,
    "text": _text,
    "pairwise": _pairwise,
}
