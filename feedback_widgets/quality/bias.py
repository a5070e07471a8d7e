"""Do people prefer what stands first, or what is longer? Of pairwise answers, whose sides are shuffled and stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.agreement.reading import Answers, known_question, read, values
from feedback_widgets.errors import InvalidInput
from feedback_widgets.quality.chances import UNKNOWN, odds_of_many, odds_of_two, z_of
from feedback_widgets.store import current

if TYPE_CHECKING:
    from feedback_widgets.agreement.distances import Array
    from feedback_widgets.live import Live
    from feedback_widgets.questions import PairwiseQuestion

COLUMNS = ("question", "bias", "odds_ratio", "low", "high", "answers", "records", "note")
OF_ANNOTATOR = ("question", "annotator", *COLUMNS[1:])
ALONE = {
    "position": "each response was always on the same side, or nobody stored the sides: shuffled sides come from the desk",
    "length": "one response is always the longer one: its length cannot be told from the rest of it",
}


@dataclass(frozen=True, eq=False)
class _Choices:
    """Decided answers to one question: `chose` and `favoured` count through its fields, -1 for a favoured one nobody knows."""

    chose: Array
    favoured: Array
    record: Array
    user: Array

    def only(self, kept: Array) -> _Choices:
        return _Choices(self.chose[kept], self.favoured[kept], self.record[kept], self.user[kept])


def pairwise_bias(
    dataset: Live, questions: str | Sequence[str] | None, by: str, confidence: float
) -> list[dict[str, Any]]:
    """Return position and length bias, line by line; see `FeedbackDataset.pairwise_bias`."""
    if by not in ("question", "annotator"):
        raise InvalidInput(f"by={by!r} is not allowed: it is 'question' or 'annotator'")
    z_of(confidence)  # refuses what is none
    asked, answers = _asked(dataset, questions), read(dataset)
    return [
        line
        for each in asked
        for bias, choices in _choices(dataset, each, answers)
        for line in _lines(each, bias, choices, answers.users if by == "annotator" else None, confidence)
    ]


def _asked(dataset: Live, questions: str | Sequence[str] | None) -> list[PairwiseQuestion]:
    if questions is None:
        found: list[Any] = [each for each in dataset.settings.questions if each.type == "pairwise"]
        return found
    names = [questions] if isinstance(questions, str) else questions
    asked: list[Any] = [known_question(dataset, each) for each in names]
    for each in asked:
        if each.type != "pairwise":
            raise InvalidInput(
                f"question {each.name!r} of type {each.type!r} shows no responses side by side: bias is measured of pairwise ones"
            )
    return asked


def _choices(dataset: Live, question: PairwiseQuestion, answers: Answers) -> list[tuple[str, _Choices]]:
    """Return the decided answers twice: by what was shown first, and by what is longest."""
    found, code = values(answers, question)
    place = {name: at for at, name in enumerate(question.fields)}
    choice = np.array([*[place.get(each["choice"], -1) for each in found], -1], np.int64)[code]
    decided = choice >= 0
    first = np.array([_first(each, question.name, place) for each in answers.seen_parsed], np.int64)
    longest = _longest(dataset, question, answers.records)
    return [
        ("position", _kept(answers, choice, first[answers.seen] if len(first) else choice, decided)),
        ("length", _kept(answers, choice, longest[answers.record] if len(longest) else choice, decided)),
    ]


def _kept(answers: Answers, choice: Array, favoured: Array, decided: Array) -> _Choices:
    return _Choices(choice, favoured, answers.record, answers.user).only(decided & (favoured >= 0))


def _first(shown: Any, question: str, place: dict[str, int]) -> int:
    """Return the field that stood first on the screen, -1 where nobody stored it."""
    orders = shown.get("order") if isinstance(shown, dict) else None
    order = orders.get(question) if isinstance(orders, dict) else None
    if not isinstance(order, list) or not all(isinstance(each, str) for each in order):
        return -1
    return place[order[0]] if sorted(order) == sorted(place) else -1


def _longest(dataset: Live, question: PairwiseQuestion, records: Sequence[str]) -> Array:
    """Return for each record the field with the longest text, -1 where two are equally long."""
    if not records:
        return np.zeros(0, np.int64)
    sizes = [current.lengths(dataset.store, dataset.key, each) for each in question.fields]
    table = np.array([[each.get(record, 0) for record in records] for each in sizes], np.int64)
    most = table.max(0)
    return np.where((table == most).sum(0) == 1, table.argmax(0), -1)


def _lines(
    question: PairwiseQuestion, bias: str, choices: _Choices, users: Sequence[str] | None, confidence: float
) -> list[dict[str, Any]]:
    if users is None:
        return [_line(question, bias, choices, confidence)]
    return [
        {"annotator": users[at], **_line(question, bias, choices.only(choices.user == at), confidence)}
        for at in sorted(np.unique(choices.user).tolist(), key=users.__getitem__)
    ]


def _line(question: PairwiseQuestion, bias: str, choices: _Choices, confidence: float) -> dict[str, Any]:
    options, count = len(question.fields), len(choices.chose)
    if options == 2:
        found = odds_of_two(choices.chose == 0, choices.favoured == 0, choices.record, confidence)
    else:
        found = odds_of_many(choices.chose == choices.favoured, options, choices.record, confidence)
    note = (
        "" if found != UNKNOWN and count else ALONE[bias] if count or bias == "position" else "nobody decided"
    )
    line = (question.name, bias, *found, count, len(np.unique(choices.record)), note)
    return dict(zip(COLUMNS, line, strict=True))
