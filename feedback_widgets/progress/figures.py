"""Times, agreement with the rest, drift, pace, and an honest guess of what is left, from the answers in columns."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.agreement.reading import NOBODY, Answers, read
from feedback_widgets.agreement.tables import figure, html_notes, html_table, text_table
from feedback_widgets.progress.rest import Rest, with_the_rest
from feedback_widgets.store import assignments, current

if TYPE_CHECKING:
    from feedback_widgets.agreement.distances import Array
    from feedback_widgets.live import Live

NAN = math.nan
NEWEST = 200  # answers of one annotator that say how long the next one takes: people become quicker
LEAST = 10  # answers with a measured time, below which nothing is foretold
DAY = 86_400.0
WEEK = 7  # days whose answers make the pace
SHOWN = 30  # annotators in a table
HEAD = ("annotator", "submitted", "draft", "discarded", "left", "seconds", "drift", "agreement", "drift")


@dataclass(frozen=True)
class Person:
    """One annotator's figures; see `Progress.to_pandas`. `times` are the newest measured seconds."""

    annotator: str
    submitted: int
    draft: int
    discarded: int
    left: int
    seconds: float
    seconds_drift: float
    last: float
    times: Array
    rest: Rest

    @property
    def hours_left(self) -> float:
        """Hours of work that are left to them; nan where too little is measured."""
        return self.left * float(self.times.mean()) / 3600 if len(self.times) >= LEAST else NAN

    def line(self) -> dict[str, Any]:
        """Return the figures as one line of a table."""
        counts = ("annotator", "submitted", "draft", "discarded", "left", "seconds", "seconds_drift")
        last = None if math.isnan(self.last) else datetime.fromtimestamp(self.last, UTC)
        rest = self.rest
        return {
            **{name: getattr(self, name) for name in counts},
            "agreement": rest.agreement,
            "agreement_drift": rest.drift,
            "shared": rest.shared,
            "last": last,
            "hours_left": self.hours_left,
        }

    def cells(self) -> tuple[str, ...]:
        """Return the figures as people read them."""
        counts = (self.submitted, self.draft, self.discarded, self.left)
        times = (_seconds(self.seconds), _signed(_seconds(self.seconds_drift)))
        rest = (figure(self.rest.agreement), _signed(figure(self.rest.drift)))
        return (self.annotator, *map(str, counts), *times, *rest)


@dataclass(frozen=True)
class Figures:
    """What the answers say about the work.

    Args:
        people: one entry per annotator, by name.
        left: answers that are still missing.
        measured: answers with a measured time.
        hours: hours of work that are left: (at least, at most), nan where too little is measured.
        per_day: measured answers a day, over the last week; nan where there are none.
        when: the times of all submitted answers, in seconds since 1970, and `who` gave them.
    """

    people: list[Person]
    left: int
    measured: int
    hours: tuple[float, float]
    per_day: float
    when: Array
    who: Array
    names: list[str]

    @classmethod
    def of(cls, dataset: Live, counts: Mapping[str, Any], now: float | None = None) -> Figures:
        """Read the answers and work everything out.

        Args:
            dataset: whose.
            counts: what `dataset.progress()` says, `annotators` included.
            now: the time, in seconds since 1970.

        Raises:
            StoreError: the store cannot be read.
        """
        answers = read(dataset, repeats=True)
        rest = with_the_rest(dataset, answers)
        mine = _by_annotator(answers)
        people = [
            _person(name, each, answers, mine, rest) for name, each in sorted(counts["annotators"].items())
        ]
        timed = answers.only(~np.isnan(answers.seconds))
        needed = _needed(dataset)
        left = needed if needed is not None else sum(each.left for each in people)
        hours = _hours(people) if needed is None else _work(left, _newest(timed))
        pace = _per_day(timed.when, time.time() if now is None else now)
        return cls(people, left, len(timed), hours, pace, answers.when, answers.user, answers.users)

    @property
    def days_left(self) -> float:
        """Days until all is answered, at the pace of the last week; nan where nobody can say."""
        return self.left / self.per_day if self.per_day > 0 else NAN

    def remarks(self) -> list[str]:
        """Say how much is left, and how long that takes, as far as that can be said."""
        answers = "1 answer" if self.left == 1 else f"{self.left} answers"
        if not self.left:
            return ["nothing is left"] if self.people else []
        if math.isnan(self.hours[0]):
            why = f"{self.measured} answers have a measured time, and {LEAST} are needed"
            if self.measured >= LEAST:
                why = f"somebody has fewer than {LEAST} answers with a measured time"
            return [f"{answers} left. Nobody can say how long that takes: {why}"]
        work = f"{_span(*self.hours)} of work"
        pace = (
            f"at the pace of the last {WEEK} days ({self.per_day:.0f} answers a day) that is {self.days_left:.1f} days"
            if self.per_day >= 1
            else f"nobody has answered in the last {WEEK} days"
        )
        return [f"{answers} left: {work}; {pace}"]

    def _cells(self) -> list[tuple[str, ...]]:
        return [each.cells() for each in self.people[:SHOWN]]

    def _more(self) -> list[str]:
        hidden = len(self.people) - SHOWN
        return [f"and {hidden} more annotators: to_pandas() lists all of them"] if hidden > 0 else []

    def said(self) -> list[str]:
        """Return the table and the remarks in plain text."""
        table = [text_table(HEAD, self._cells())] if self.people else []
        return [*table, *self._more(), *self.remarks()]

    def html(self) -> str:
        """Return the table and the remarks as HTML in which no name is markup."""
        table = html_table(HEAD, self._cells()) if self.people else ""
        return table + html_notes([*self._more(), *self.remarks()])


# -- one annotator ----------------------------------------------------------------------------------------------------


def _by_annotator(answers: Answers) -> dict[str, Array]:
    """Return annotator -> the places of their answers, oldest first."""
    order = np.lexsort((answers.when, answers.user))
    ends = np.cumsum(np.bincount(answers.user, minlength=len(answers.users)))[:-1]
    return dict(zip(answers.users, np.split(order, ends), strict=False))


def _person(
    name: str,
    counts: Mapping[str, int],
    answers: Answers,
    places: Mapping[str, Array],
    rest: Mapping[str, Rest],
) -> Person:
    shown = name or NOBODY
    mine = places.get(shown, np.zeros(0, np.int64))
    when, seconds = answers.when[mine], answers.seconds[mine]
    seconds = seconds[~np.isnan(seconds)]
    half = len(seconds) // 2
    drift = NAN
    if len(seconds) >= LEAST:
        drift = float(np.median(seconds[half:]) - np.median(seconds[:half]))
    return Person(
        annotator=shown,
        submitted=counts["submitted"],
        draft=counts["draft"],
        discarded=counts["discarded"],
        left=counts["pending"] + counts["draft"],
        seconds=float(np.median(seconds)) if len(seconds) else NAN,
        seconds_drift=drift,
        last=float(when[-1]) if len(when) else NAN,
        times=seconds[-NEWEST:],
        rest=rest.get(shown, Rest()),
    )


# -- what is left -----------------------------------------------------------------------------------------------------


def _needed(dataset: Live) -> int | None:
    """Return how many answers are missing until every record has those it needs; None where everybody is asked everything.

    A repeat needs the answers of those to whom it is assigned, and of nobody else.
    """
    distribution, memory = dataset.settings.distribution, dataset._memory  # noqa: SLF001 - counts at the speed of bytes
    if distribution is None:
        return None
    given = np.frombuffer(memory.submitted_codes(), np.uint8).astype(np.int64)
    missing = np.maximum(distribution.min_submitted - given, 0)
    twice = {
        twin: memory.index(twin) for twin in current.repeats(dataset.store, dataset.key) if twin in memory
    }
    missing[list(twice.values())] = 0
    pairs = assignments.pairs(dataset.store, dataset.key) if twice else []
    again = sum(memory.status(user, twice[twin]) != "submitted" for twin, user in pairs if twin in twice)
    return int(missing.sum()) + again


def _newest(timed: Answers) -> Array:
    """Return the newest measured seconds, of all annotators."""
    newest: Array = timed.seconds[np.argsort(timed.when, kind="stable")][-NEWEST:]
    return newest


def _work(left: int, times: Array) -> tuple[float, float]:
    """Return the hours that so many answers take, as a 95 % interval: both of the mean time and of the answers to come."""
    if len(times) < LEAST:
        return NAN, NAN
    return _interval(left * float(times.mean()), _variance(left, times))


def _hours(people: list[Person]) -> tuple[float, float]:
    """Return the same where each annotator has records of their own left, and a pace of their own."""
    busy = [each for each in people if each.left]
    if not busy or any(len(each.times) < LEAST for each in busy):
        return NAN, NAN
    mean = sum(each.left * float(each.times.mean()) for each in busy)
    return _interval(mean, sum(_variance(each.left, each.times) for each in busy))


def _variance(left: int, times: Array) -> float:
    return float(times.var(ddof=1)) * (left + left**2 / len(times))


def _interval(seconds: float, variance: float) -> tuple[float, float]:
    wide = 1.96 * math.sqrt(variance)
    return max(0.0, seconds - wide) / 3600, (seconds + wide) / 3600


def _per_day(when: Array, now: float) -> float:
    """Return the answers a day over the last week, or since the first one where that is later; never over less than a day."""
    if not len(when):
        return NAN
    days = min(float(WEEK), max(1.0, (now - float(when.min())) / DAY))
    return float((when > now - WEEK * DAY).sum()) / days


# -- words ------------------------------------------------------------------------------------------------------------


def _seconds(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1f}"


def _signed(text: str) -> str:
    return text if text.startswith("-") else f"+{text}"


def _span(low: float, high: float) -> str:
    """Return two numbers of hours as people say them.

    >>> _span(0.1, 0.4), _span(0.9, 3.25), _span(40.2, 40.2)
    ('6 to 24 minutes', '0.9 to 3.2 hours', 'about 40 hours')
    """
    times, word = (60, "minutes") if high < 1 else (1, "hours")
    ends = [
        f"{times * each:.0f}" if times * each >= 10 or times > 1 else f"{each:.1f}" for each in (low, high)
    ]
    return f"about {ends[0]} {word}" if ends[0] == ends[1] else f"{ends[0]} to {ends[1]} {word}"
