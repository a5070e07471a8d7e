"""Gold records: their answer is known, and each annotator is measured against it.

A known answer is a decision of a reviewer, whose id says that it is gold. So it is kept with the dataset, wins in aggregation
and in training, is never shown to annotators, and overwrites nobody.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.agreement.reading import Answers, known_question, read, values
from feedback_widgets.errors import InvalidInput
from feedback_widgets.quality.chances import wilson
from feedback_widgets.records import Response, Suggestion
from feedback_widgets.review.acts import decide
from feedback_widgets.review.disputes import distance
from feedback_widgets.store import new_id

if TYPE_CHECKING:
    from feedback_widgets.live import Live
    from feedback_widgets.questions import Question

GOLD = "gold-"  # the id of a decision that is a known answer begins so
COLUMNS = ("question", "annotator", "right", "low", "high", "near", "answers")


def add_gold(dataset: Live, known: Mapping[str, Mapping[str, Any]], user: str) -> int:
    """Keep known answers, and return how many records have new ones; see `FeedbackDataset.add_gold`."""
    if not isinstance(known, Mapping) or not all(isinstance(each, Mapping) for each in known.values()):
        raise InvalidInput(f"add_gold takes record id -> {{question: answer}}, got {known!r}")
    dataset.sync()
    stored = {record: _checked(dataset, record, given) for record, given in known.items()}
    there = gold(dataset)
    fresh = {
        record: given
        for record, given in stored.items()
        if any(there.get(record, {}).get(name) != value for name, value in given.items())
    }
    for record in fresh:
        decide(dataset, user, record, known[record], event_id=GOLD + new_id()[len(GOLD) :])
    return len(fresh)


def _checked(dataset: Live, record_id: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return known answers as they are stored: all are looked at before the first is kept."""
    fields = dataset.record(record_id).fields
    bare = Response(dict(given)).to_json()
    if not bare:
        raise InvalidInput(
            f"the known answer to record {record_id!r} is empty: give a value for one question"
        )
    return {
        name: dataset.settings.check_suggestion(Suggestion(name, value), fields)
        for name, value in bare.items()
    }


def gold(dataset: Live) -> dict[str, dict[str, Any]]:
    """Return record id -> the known answers, in stored form."""
    reviews, found = dataset._reviews, {}  # noqa: SLF001 - one dataset
    for record in reviews.records():
        answers: dict[str, Any] = {}
        for each in reviews.decisions(record):
            if each.id.startswith(GOLD):
                answers |= each.answers
        if answers:
            found[record] = answers
    return found


def gold_scores(dataset: Live, questions: str | Sequence[str] | None) -> list[dict[str, Any]]:
    """Return each annotator's score, line by line; see `FeedbackDataset.gold_scores`."""
    every = [each.name for each in dataset.settings.questions]
    names = every if questions is None else [questions] if isinstance(questions, str) else questions
    asked = [known_question(dataset, each) for each in names]
    dataset.sync()
    known = gold(dataset)
    answers = read(dataset, known)
    return [line for each in asked for line in _of_question(each, answers, known)]


def _of_question(
    question: Question, answers: Answers, known: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    found, code = values(answers, question)
    truths = [known[record].get(question.name) for record in answers.records]
    has = np.array([each is not None for each in truths], bool)
    kept = (code >= 0) & has[answers.record] if len(answers) else np.zeros(0, bool)
    near = _nearness(question, found, truths)
    of: dict[int, list[float]] = defaultdict(list)
    for user, record, value in zip(
        answers.user[kept].tolist(), answers.record[kept].tolist(), code[kept].tolist(), strict=True
    ):
        of[user].append(near(value, record))
    lines = []
    for user in sorted(of, key=answers.users.__getitem__):
        given = of[user]
        right = sum(each == 1 for each in given)
        share, ends = right / len(given), wilson(right, len(given))
        line = (question.name, answers.users[user], share, *ends, sum(given) / len(given), len(given))
        lines.append(dict(zip(COLUMNS, line, strict=True)))
    return lines


def _nearness(question: Question, found: Sequence[Any], truths: Sequence[Any]) -> Any:
    """Return a function of a value's and a record's number: 1 for the known answer, down to 0; each pair is measured once."""
    cache: dict[tuple[int, str], float] = {}
    keys = [None if each is None else json.dumps(each, sort_keys=True) for each in truths]
    given = [question.present(each) for each in found]
    wanted = [None if each is None else question.present(each) for each in truths]

    def near(value: int, record: int) -> float:
        pair = (value, str(keys[record]))
        if pair not in cache:
            same = json.dumps(found[value], sort_keys=True) == keys[record]
            cache[pair] = 1.0 if same else min(1 - distance(question, given[value], wanted[record]), 1 - 1e-9)
        return cache[pair]

    return near
