"""A dataset's answers to one question, made one for each record: as a table, and told by the records themselves."""

from __future__ import annotations

import bisect
import math
import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from feedback_widgets.aggregation import Unification, adjudicated, options_of, strategy_of
from feedback_widgets.aggregation.rules import EVERY
from feedback_widgets.columns import answers, question_of
from feedback_widgets.errors import InvalidInput, require

if TYPE_CHECKING:
    import pandas

    from feedback_widgets.aggregation.solving import Solved
    from feedback_widgets.live import Live
    from feedback_widgets.questions import Question

COLUMNS = ("record_id", "value", "confidence", "votes", "disagreement")


class Unified(dict[str, Any]):
    """What became of a record's answers to a question: `value` and `strategy`; also who gave it where every value is kept.

    >>> Unified("polite", "disagreement", "ann")["user_id"]
    'ann'
    """

    def __init__(self, value: Any, strategy: str, user: str | None = None) -> None:
        super().__init__(value=value, strategy=strategy)
        self.user_id = user

    def __missing__(self, key: str) -> Any:
        if key in ("user_id", "user-id"):
            return self.user_id
        raise KeyError(key)


def aggregate(
    dataset: Live,
    question: Any,
    strategy: str | None = None,
    seed: int | None = None,
    encoder: Callable[[str], Any] | None = None,
) -> pandas.DataFrame:
    """Return one line for each record that has an answer; see `FeedbackDataset.aggregate`."""
    pd = require("pandas", "data")
    asked, wanted = _asked(dataset, question, strategy)
    solved = _solved(dataset, asked, wanted, seed, encoder=encoder)
    _compare(solved, asked.name)
    records, decided = solved.answers.records, adjudicated(dataset, asked.name)
    lines: dict[str, list[Any]] = {
        records[at]: [shown(asked, value, wanted), sure, votes, apart]
        for at, value, sure, votes, apart in zip(
            solved.groups.record.tolist(),
            solved.values,
            solved.confidence.tolist(),
            solved.groups.size.tolist(),
            solved.disagreement.tolist(),
            strict=True,
        )
    }
    for record, value in decided.items():
        votes, apart = lines.get(record, [None, None, 0, math.nan])[2:]
        lines[record] = [asked.present(value), 1.0, votes, apart]
    order = [each for each in records if each in lines] if decided else list(lines)
    columns = list(zip(*(lines[each] for each in order), strict=True)) or [()] * 4
    frame: pandas.DataFrame = pd.DataFrame(
        {"record_id": order, **dict(zip(COLUMNS[1:], map(_column(pd), columns), strict=True))}
    )
    users = solved.answers.users
    skills = solved.skills().tolist() if len(solved.values) else []
    frame.attrs.update(
        question=asked.name,
        strategy=wanted,
        adjudicated=[each for each in order if each in decided],
        skills={name: skill for name, skill in zip(users, skills, strict=False) if not math.isnan(skill)},
    )
    return frame


def annotator_skills(
    dataset: Live, question: Any, strategy: str | None = None, seed: int | None = None
) -> pandas.DataFrame:
    """Return one line for each annotator; see `FeedbackDataset.annotator_skills`."""
    np, pd = require("numpy", "data"), require("pandas", "data")
    asked, wanted = _asked(dataset, question, strategy)
    if wanted == EVERY:
        raise InvalidInput(f"{EVERY!r} keeps every answer, so nobody is nearer to it: take another strategy")
    solved = _solved(dataset, asked, wanted, seed)
    _compare(solved, asked.name)
    lines = solved.answers
    many = np.bincount(lines.user, minlength=len(lines.users)).tolist()
    skill = solved.skills().tolist() if many else []
    alone = np.bincount(
        lines.user[solved.groups.size[solved.groups.each()] < 2], minlength=len(many)
    ).tolist()
    found = [
        (name, count, only, value)
        for name, count, only, value in zip(lines.users, many, alone, skill, strict=True)
        if count
    ]
    frame: pandas.DataFrame = pd.DataFrame(found, columns=["user_id", "answers", "alone", "skill"])
    frame.attrs.update(question=asked.name, strategy=wanted)
    return frame.sort_values(["skill", "user_id"], ascending=[False, True], ignore_index=True)


def compute_unified_responses(
    dataset: Live, question: Any, strategy: str | None = None, seed: int | None = None
) -> None:
    """Let every record tell what became of its answers to a question; see `FeedbackDataset.compute_unified_responses`."""
    asked, wanted = _asked(dataset, question, strategy)
    solved = _solved(dataset, asked, wanted, seed, measure=False)
    dataset._memory.unified[asked.name] = _teller(dataset, asked, wanted, solved)  # noqa: SLF001 - its own door leads here


def values(
    dataset: Live, question: Any, strategy: str | None = None, seed: int | None = None
) -> dict[str, list[Any]]:
    """Return record id -> what became of its answers, as Python users see it: one value, or with `disagreement` every one.

    Records without a submitted answer are missing.
    """
    asked, wanted = _asked(dataset, question, strategy)
    solved = _solved(dataset, asked, wanted, seed, measure=False)
    tell = _teller(dataset, asked, wanted, solved)
    decided = adjudicated(dataset, asked.name)
    ids = dict.fromkeys([*(solved.answers.records[at] for at in solved.groups.record.tolist()), *decided])
    return {each: [made["value"] for made in tell(each)] for each in ids}


def stored_values(
    dataset: Live, question: Any, strategy: str | None, seed: int | None = None
) -> dict[str, Any]:
    """Return record id -> the one value of its answers in stored form; what a reviewer decided wins.

    Raises:
        InvalidInput: there is no such strategy, or it keeps every answer.
    """
    asked, wanted = _asked(dataset, question, strategy)
    if wanted == EVERY:
        raise InvalidInput(f"{EVERY!r} keeps every answer, and one value is wanted: take another strategy")
    solved = _solved(dataset, asked, wanted, seed, measure=False)
    ids = (solved.answers.records[at] for at in solved.groups.record.tolist())
    return {**dict(zip(ids, solved.values, strict=True)), **adjudicated(dataset, asked.name)}


def _teller(dataset: Live, asked: Question, wanted: str, solved: Solved) -> Callable[[str], list[Any]]:
    """Return a function from a record's id to its list of `Unified`; they are made when somebody looks."""
    decided, memory = adjudicated(dataset, asked.name), dataset._memory  # noqa: SLF001
    with_answers, found = solved.groups.record.tolist(), solved.values

    def tell(record_id: str) -> list[Any]:
        if record_id in decided:
            return [Unified(asked.present(decided[record_id]), wanted)]
        place = memory.index(record_id)
        at = bisect.bisect_left(with_answers, place)
        if at == len(with_answers) or with_answers[at] != place:
            return []
        if wanted == EVERY:
            return [Unified(asked.present(each), wanted, user) for user, each in found[at].items()]
        return [Unified(shown(asked, found[at], wanted), wanted)]

    return tell


def shown(asked: Question, value: Any, strategy: str) -> Any:
    """Return a value in the form that Python users see."""
    if strategy == EVERY:
        return {user: asked.present(each) for user, each in value.items()}
    return asked.present(value)


def _asked(dataset: Live, question: Any, strategy: str | None) -> tuple[Question, str]:
    if isinstance(question, Unification):
        question, strategy = question.question, strategy or question.strategy
    asked = question_of(dataset, question)
    return asked, strategy_of(asked.type, strategy)


def _solved(dataset: Live, asked: Question, wanted: str, seed: int | None, **more: Any) -> Solved:
    lines = answers(dataset, asked)
    from feedback_widgets.aggregation.solving import solve  # needs numpy, which `answers` has asked for

    return solve(lines, asked.type, options_of(asked), wanted, seed=seed, name=asked.name, **more)


def _compare(solved: Solved, name: str) -> None:
    """Warn where nothing can be compared."""
    people = sorted({solved.answers.users[at] for at in set(solved.answers.user.tolist())})
    if not people:
        warnings.warn(f"nobody has submitted an answer to {name!r}: the table is empty", stacklevel=4)
    elif len(people) == 1:
        warnings.warn(
            f"only {people[0]!r} has answered {name!r}: there is nothing to compare, so disagreement is nan",
            stacklevel=4,
        )


def _column(pd: Any) -> Callable[[Iterable[Any]], Any]:
    """Return how a column is made: of objects where its values are lists or dicts, else as pandas likes it."""

    def made(given: Iterable[Any]) -> Any:
        listed = list(given)
        plain = all(isinstance(each, str | int | float | None) for each in listed)
        return pd.Series(listed, dtype=None if plain and listed else object)

    return made
