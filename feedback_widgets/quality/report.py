"""The report on quality: one line per check, what it says in words, and the tables behind it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_widgets.agreement.reading import read
from feedback_widgets.agreement.tables import (
    figure,
    frame,
    html_table,
    interval,
    share,
    text_table,
)
from feedback_widgets.quality.bias import pairwise_bias
from feedback_widgets.quality.chances import UNKNOWN, wilson
from feedback_widgets.quality.circumstances import outdated, outliers, timed
from feedback_widgets.quality.gold import gold_scores
from feedback_widgets.quality.repeats import self_agreement

if TYPE_CHECKING:
    import pandas

    from feedback_widgets.live import Live

HEAD = ("check", "question", "figure", "interval", "answers", "says")
WORDY = (0, 1, 5)  # columns of words
THRESHOLD = 3.5


class Check(NamedTuple):
    """One check: the figure's name and value, its interval, how many answers it rests on, and what it says."""

    check: str
    question: str
    figure: str
    value: float
    low: float
    high: float
    answers: int
    says: str

    def cells(self) -> tuple[str, ...]:
        """Return the check as people read it."""
        odds = self.figure == "odds ratio"
        value = share(self.value) if self.figure == "share" else figure(self.value)
        ends = "-" if math.isnan(self.low) else f"{share(self.low)} … {share(self.high)}"
        if self.figure != "share":
            ends = interval((self.low, self.high))
        return (
            self.check,
            self.question,
            f"{value}{' : 1' if odds and value != '-' else ''}",
            ends,
            str(self.answers),
            self.says,
        )


class Quality:
    """How far the answers can be trusted. Prints a table; each check is a method of the dataset that says more.

    Args:
        dataset: whose answers.
        questions: those that are checked; default all.
    """

    def __init__(self, dataset: Live, questions: str | Sequence[str] | None = None) -> None:
        self._dataset, self._questions = dataset, questions
        self.checks  # noqa: B018 - the state of now, and wrong names refused at once

    @cached_property
    def checks(self) -> list[Check]:
        """All checks, in the order of the table."""
        return [*self._themselves(), *self._gold(), *self._biases(), *self._times(), *self._guidelines()]

    def to_pandas(self) -> pandas.DataFrame:
        """Return one line per check: `check`, `question`, `figure`, `value`, `low`, `high`, `answers`, `says`."""
        return frame([each._asdict() for each in self.checks], list(Check._fields))

    def __repr__(self) -> str:
        return text_table(HEAD, [each.cells() for each in self.checks], WORDY)

    def _repr_html_(self) -> str:
        """Return the table for a notebook. Names are hostile until they are escaped."""
        return html_table(HEAD, [each.cells() for each in self.checks], WORDY)

    # -- one check after the other ------------------------------------------------------------------------------------

    def _themselves(self) -> list[Check]:
        if self._questions is not None and not self._comparable():
            return []
        found = []
        for each in self_agreement(self._dataset, self._comparable(), "question"):
            says = (
                f"people agree with themselves in {share(each['percent'])} of repeats: do not expect more of others, or of a model"
                if each["repeats"]
                else "nobody has answered a record twice: dataset.add_repeats(0.05) asks some again"
            )
            ends = (each["alpha"], each["low"], each["high"])
            found.append(Check("self-agreement", each["question"], "alpha", *ends, each["repeats"], says))
        return found

    def _comparable(self) -> list[str] | None:
        """Return the questions asked for that have a distance; None for all."""
        return self._of(lambda kind: kind != "text")

    def _of(self, fits: Any) -> list[str] | None:
        if self._questions is None:
            return None
        names = [self._questions] if isinstance(self._questions, str) else self._questions
        types = {each.name: each.type for each in self._dataset.settings.questions}
        return [
            name for name in names if name not in types or fits(types[name])
        ]  # unknown ones are refused by name

    def _gold(self) -> list[Check]:
        lines = gold_scores(self._dataset, self._questions)
        if not lines:
            says = "no answer to a record with a known answer: dataset.add_gold({record_id: {question: answer}}) keeps some"
            return [Check("gold", "-", "share", *UNKNOWN, 0, says)]
        found = []
        for name in dict.fromkeys(each["question"] for each in lines):
            mine = [each for each in lines if each["question"] == name]
            count = sum(each["answers"] for each in mine)
            right = sum(each["right"] * each["answers"] for each in mine)
            worst = min(mine, key=lambda each: each["right"])
            says = f"right; least of {len(mine)} annotators: {worst['annotator']}, {share(worst['right'])} of {worst['answers']}"
            found.append(Check("gold", name, "share", right / count, *wilson(right, count), count, says))
        return found

    def _biases(self) -> list[Check]:
        asked = self._of(lambda kind: kind == "pairwise")
        return [
            Check(
                f"{each['bias']} bias",
                each["question"],
                "odds ratio",
                *(each["odds_ratio"], each["low"], each["high"]),
                each["answers"],
                each["note"] or _odds_said(each),
            )
            for each in pairwise_bias(self._dataset, asked, "question", 0.95)
        ]

    def _times(self) -> list[Check]:
        answers = read(self._dataset, repeats=True)
        strange, _ = outliers(answers, THRESHOLD)
        count, quick, slow = timed(answers), int((strange < 0).sum()), int((strange > 0).sum())
        if not count:
            says = "too few answers have a measured time: times come from the desk"
            return [Check("times", "-", "share", *UNKNOWN, 0, says)]
        says = f"{quick} far quicker and {slow} far slower than their annotator usually is"
        ends = wilson(quick + slow, count)
        return [Check("times", "-", "share", (quick + slow) / count, *ends, count, says)]

    def _guidelines(self) -> list[Check]:
        answers = read(self._dataset, repeats=True)
        older, count = int(outdated(self._dataset, answers).sum()), len(answers)
        says = "given under older guidelines" if older else "all given under the guidelines of now"
        value = older / count if count else math.nan
        return [Check("guidelines", "-", "share", value, math.nan, math.nan, count, says)]


def _odds_said(line: dict[str, Any]) -> str:
    """Say what an odds ratio means. Sides are drawn by chance, so a place that wins is a bias; a longer text may just be better."""
    first = line["bias"] == "position"
    what, why = (
        ("what is shown first", "") if first else ("the longer one", ", by habit or because it is better")
    )
    if line["low"] > 1:
        return f"{what} is chosen more often{why}"
    if line["high"] < 1:
        return f"{what} is chosen less often{why}"
    return f"no preference for {what} can be seen"
