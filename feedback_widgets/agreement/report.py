"""The report on agreement: a small table that prints, and tables and pictures behind it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.agreement import coefficients as c
from feedback_widgets.agreement.building import MEASURES, SCALED, build, char_f1, measure_of
from feedback_widgets.agreement.distances import Array
from feedback_widgets.agreement.judged import Judged
from feedback_widgets.agreement.levels import levels_for
from feedback_widgets.agreement.periods import periods
from feedback_widgets.agreement.reading import Answers, known_question, known_users, read
from feedback_widgets.agreement.tables import (
    figure,
    frame,
    html_notes,
    html_table,
    interval,
    share,
    text_table,
)
from feedback_widgets.errors import InvalidInput, near_miss

if TYPE_CHECKING:
    import pandas

    from feedback_widgets.live import Live

COLUMNS = ("question", "measure", "alpha", "interval", "percent", "records", "answers", "annotators")


@dataclass(eq=False)
class QuestionAgreement:
    """How far annotators agree on one question.

    Args:
        name, type: the question's.
        measure: how answers are compared: `"nominal"`, `"ordinal"`, `"interval"`, `"ratio"`, `"MASI"`, `"Kendall"`, `"by character"`.
        judged: the comparable answers.
        answers: how many answers the question has in all.
        annotators: how many people gave them.
        draws, seed, confidence: of the bootstrap.
    """

    name: str
    type: str
    measure: str
    judged: Judged
    answers: int
    annotators: int
    draws: int
    seed: int
    confidence: float

    @cached_property
    def alpha(self) -> float:
        """Krippendorff's alpha; NaN where nobody can be compared."""
        return c.alpha(self.judged)

    @cached_property
    def percent(self) -> float:
        """The share of pairs of answers that are the same, 0 to 1 (for spans: of characters)."""
        return c.percent(self.judged)

    @cached_property
    def unanimous(self) -> float:
        """The share of records that all answered alike, 0 to 1 (for spans: of characters)."""
        return c.unanimous(self.judged)

    @cached_property
    def fleiss(self) -> float:
        """Fleiss' kappa, which knows only same and different."""
        return c.fleiss(self.judged)

    @cached_property
    def char_f1(self) -> float:
        """For spans, the F1 of marked characters over every two annotators; NaN for other questions."""
        return char_f1(self.judged) if self.measure == "by character" else c.NAN

    @property
    def records(self) -> int:
        """How many records at least two annotators answered."""
        return len(np.unique(self.judged.record))

    @cached_property
    def intervals(self) -> c.Intervals:
        """Bootstrap intervals, records drawn again."""
        return c.bootstrap(self.judged, self.draws, self.seed, self.confidence)

    @cached_property
    def between(self) -> list[c.Between]:
        """Every two annotators who share a record."""
        return c.between(self.judged)

    @property
    def note(self) -> str:
        """What one should know about the figures, or nothing."""
        if self.annotators < 2:
            who = "nobody answered" if not self.annotators else "one annotator alone answered"
            return f"{who} {self.name!r}: there is nobody to agree with"
        if not self.judged.units:
            return f"no record of {self.name!r} has answers of two annotators: give them records in common (overlap)"
        if len(np.unique(self.judged.code)) == 1:
            return (
                f"all answers to {self.name!r} are the same: an alpha of 1 says nothing about how well people tell "
                "records apart"
            )
        return ""

    def of_annotators(self) -> list[dict[str, Any]]:
        """Return one line per annotator: how far they agree with the others."""
        j, sums = self.judged, self.judged.sums
        alphas = c.own_alphas(sums.apart_of, sums.weight_of, c.chance_distance(j))
        shares = np.divide(
            sums.alike_of, sums.weight_of, out=np.full(len(j.users), c.NAN), where=sums.weight_of > 0
        )
        given = _records_of(j)
        return [
            {
                "question": self.name,
                "annotator": name,
                "records": int(given[at]),
                "alpha": float(alphas[at]),
                "low": float(self.intervals.of_users[at, 0]),
                "high": float(self.intervals.of_users[at, 1]),
                "percent": float(shares[at]),
            }
            for at, name in enumerate(j.users)
        ]

    def line(self) -> dict[str, Any]:
        """Return the figures as one line of a table."""
        low, high = self.intervals.alpha
        bottom, top = self.intervals.percent
        return {
            "question": self.name,
            "type": self.type,
            "measure": self.measure,
            "alpha": self.alpha,
            "low": low,
            "high": high,
            "percent": self.percent,
            "percent_low": bottom,
            "percent_high": top,
            "unanimous": self.unanimous,
            "fleiss": self.fleiss,
            "char_f1": self.char_f1,
            "records": self.records,
            "answers": self.answers,
            "annotators": self.annotators,
        }


def _records_of(judged: Judged) -> Array:
    """Return how many records each annotator shares with others."""
    if not judged.units:
        return np.zeros(len(judged.users), np.int64)
    pairs = np.unique(np.stack([judged.record[judged.unit], judged.user]), axis=1)
    return np.bincount(pairs[1], minlength=len(judged.users))


class Agreement:
    """How far annotators agree, question by question. Prints a table; the tables and pictures behind it are methods.

    Args:
        questions: the figures of each question.
        left_out: the questions that have none, texts.
    """

    def __init__(self, questions: Sequence[QuestionAgreement], left_out: Sequence[str] = ()) -> None:
        self.questions, self.left_out = list(questions), list(left_out)

    def __getitem__(self, name: str) -> QuestionAgreement:
        for each in self.questions:
            if each.name == name:
                return each
        names = [each.name for each in self.questions]
        raise InvalidInput(
            f"there is no agreement on {name!r}; there is on {', '.join(names) or 'nothing'}.{near_miss(name, names)}"
        )

    def to_pandas(self) -> pandas.DataFrame:
        """Return one line per question. Shares and coefficients are numbers, not percentages."""
        return frame([each.line() for each in self.questions])

    def pairs(self, question: str | None = None) -> pandas.DataFrame:
        """Return one line per question and two annotators who share a record: `percent`, Cohen's `kappa`, `alpha`."""
        lines = [
            {"question": each.name, **vars(two)} for each in self._asked(question) for two in each.between
        ]
        return frame(lines, ["question", "one", "other", "records", "percent", "kappa", "alpha"])

    def annotators(self, question: str | None = None) -> pandas.DataFrame:
        """Return one line per question and annotator: how far they agree with the others, with intervals.

        An annotator's alpha is 1 less (their mean distance from the others' answers / that of any two answers): the mean
        over annotators, weighed by their answers, is the question's alpha.
        """
        lines = [line for each in self._asked(question) for line in each.of_annotators()]
        return frame(lines, ["question", "annotator", "records", "alpha", "low", "high", "percent"])

    def over_time(self, every: str | int = "week", question: str | None = None) -> pandas.DataFrame:
        """Return agreement period by period; a record belongs to the time of its last answer.

        Args:
            every: `"day"`, `"week"`, `"month"`, or a number of records.
            question: one question; default all.

        Raises:
            InvalidInput: an unknown period.
        """
        lines = [
            {"question": each.name, **line}
            for each in self._asked(question)
            for line in periods(each.judged, every)
        ]
        return frame(lines, ["question", "period", "records", "alpha", "percent"])

    def plot(self, question: str | None = None, *, value: str = "alpha", ax: Any = None) -> Any:
        """Draw a heat map of every two annotators, and return the matplotlib axes.

        Args:
            question: which; default the first.
            value: `"alpha"`, `"kappa"` or `"percent"`.
            ax: draw here; default a figure of its own.

        Raises:
            InvalidInput: an unknown question or value.
            MissingExtra: matplotlib is not installed.
        """
        from feedback_widgets.agreement.plotting import heat_map

        asked = self._asked(question)
        if not asked:
            raise InvalidInput("there is no question to draw: texts have no agreement")
        return heat_map(asked[0], value, ax)

    def _asked(self, question: str | None) -> list[QuestionAgreement]:
        return self.questions if question is None else [self[question]]

    def _lines(self) -> list[tuple[str, ...]]:
        return [
            (
                each.name,
                each.measure,
                figure(each.alpha),
                interval(each.intervals.alpha),
                share(each.percent),
                str(each.records),
                str(each.answers),
                str(each.annotators),
            )
            for each in self.questions
        ]

    def _remarks(self) -> list[str]:
        found = [each.note for each in self.questions if each.note]
        found += [
            f"character F1 of {each.name!r}: {figure(each.char_f1)}"
            for each in self.questions
            if each.measure == "by character"
        ]
        if self.left_out:
            found.append(f"texts have no distance, so there are no figures for {', '.join(self.left_out)}")
        return found

    def _elsewhere(self) -> list[str]:
        levels = levels_for({each.type for each in self.questions})
        return [f"{each.figure}: {each.of} ({each.source})" for each in levels]

    def __repr__(self) -> str:
        parts = [text_table(COLUMNS, self._lines()), *self._remarks()]
        if elsewhere := self._elsewhere():
            parts += ["what people reach elsewhere:", *(f"  {each}" for each in elsewhere)]
        return "\n".join(parts)

    def _repr_html_(self) -> str:
        """Return the table for a notebook. Names are hostile until they are escaped."""
        return html_table(COLUMNS, self._lines()) + html_notes(self._remarks(), self._elsewhere())


def agreement(
    dataset: Live,
    questions: str | Sequence[str] | None,
    users: Sequence[str] | None,
    records: Sequence[str] | None,
    level: str | None,
    drawing: tuple[int, int, float],
) -> Agreement:
    """Return how far annotators agree; see `FeedbackDataset.agreement`."""
    draws, _, confidence = drawing
    _check(draws, confidence)
    every = dataset.settings.questions
    given = [questions] if isinstance(questions, str) else questions
    asked = [known_question(dataset, each) for each in given] if given is not None else list(every)
    left_out = [each.name for each in asked if each.type not in MEASURES] if given is None else []
    asked = [each for each in asked if each.name not in left_out]
    levels = [level if given is not None or each.type in SCALED else None for each in asked]
    measures = [measure_of(*each) for each in zip(asked, levels, strict=True)]
    answers = chosen(read(dataset, records), users)
    found = []
    for question, measure, own in zip(asked, measures, levels, strict=True):
        judged, count = build(dataset, answers, question, own)
        people = _people(answers, question.name)
        head = (question.name, question.type, measure, judged, count, people)
        found.append(QuestionAgreement(*head, *drawing))
    for each in found:
        if each.note:
            warnings.warn(each.note, stacklevel=3)
    return Agreement(found, left_out)


def chosen(answers: Answers, users: Sequence[str] | str | None) -> Answers:
    """Return the answers of some annotators alone."""
    wanted = known_users(users, answers.users)
    if wanted is None:
        return answers
    return answers.only(np.isin(answers.user, [answers.users.index(each) for each in wanted]))


def _people(answers: Answers, question: str) -> int:
    has = np.array([question in each for each in answers.parsed], bool)
    return len(np.unique(answers.user[has[answers.text]])) if len(answers) else 0


def _check(draws: int, confidence: float) -> None:
    if isinstance(draws, bool) or not isinstance(draws, int) or draws < 0:
        raise InvalidInput(f"draws={draws!r} is not allowed: give how often to draw again, 0 for no interval")
    if not isinstance(confidence, float) or not 0 < confidence < 1:
        raise InvalidInput(f"confidence={confidence!r} is not allowed: it lies between 0 and 1, such as 0.95")
