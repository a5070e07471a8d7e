"""How answers came about: far quicker or slower than their annotator usually is, or under guidelines that changed since."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.agreement.reading import Answers, read
from feedback_widgets.errors import InvalidInput
from feedback_widgets.store.forms import versions

if TYPE_CHECKING:
    from feedback_widgets.agreement.distances import Array
    from feedback_widgets.live import Live

LEAST = 10  # measured answers of one annotator, below which nobody knows what is usual
SPREAD = 0.15  # of the logarithm: whoever is as regular as a clock may still vary so much
TO_SD = 1.4826  # makes the median deviation of a normal distribution its standard deviation
TIMES = ("record_id", "annotator", "seconds", "usual", "what")
OUTDATED = ("record_id", "annotator", "version", "answered")


def time_outliers(dataset: Live, threshold: float) -> list[dict[str, Any]]:
    """Return the answers that took an unusual time, line by line; see `FeedbackDataset.time_outliers`."""
    if isinstance(threshold, bool) or not isinstance(threshold, int | float) or threshold <= 0:
        raise InvalidInput(f"threshold={threshold!r} is not allowed: give a number above 0, such as 3.5")
    return _lines(read(dataset, repeats=True), threshold)


def timed(answers: Answers) -> int:
    """Return how many answers have a measured time beside enough others of their annotator."""
    counts = np.bincount(answers.user[answers.seconds > 0], minlength=len(answers.users))
    return int(counts[counts >= LEAST].sum())


def outliers(answers: Answers, threshold: float) -> tuple[Array, Array]:
    """Return which answers took an unusual time, 1 too long, -1 too short and 0 as usual; and what is usual, in seconds."""
    strange, usual = np.zeros(len(answers), np.int64), np.full(len(answers), np.nan)
    known = np.flatnonzero(answers.seconds > 0)
    order = known[np.argsort(answers.user[known], kind="stable")]
    ends = np.flatnonzero(np.diff(answers.user[order])) + 1
    for mine in np.split(order, ends):
        if len(mine) < LEAST:
            continue
        logs = np.log(answers.seconds[mine])
        middle = np.median(logs)
        spread = max(SPREAD, TO_SD * float(np.median(np.abs(logs - middle))))
        far = (logs - middle) / spread
        strange[mine] = np.where(far > threshold, 1, np.where(far < -threshold, -1, 0))
        usual[mine] = np.exp(middle)
    return strange, usual


def _lines(answers: Answers, threshold: float) -> list[dict[str, Any]]:
    strange, usual = outliers(answers, threshold)
    found = []
    for at in np.flatnonzero(strange).tolist():
        what = "slow" if strange[at] > 0 else "quick"
        who = (answers.records[answers.record[at]], answers.users[answers.user[at]])
        line = (*who, float(answers.seconds[at]), float(usual[at]), what)
        found.append(dict(zip(TIMES, line, strict=True)))
    return found


def outdated_answers(dataset: Live) -> list[dict[str, Any]]:
    """Return the answers given under older guidelines, line by line; see `FeedbackDataset.outdated_answers`."""
    answers = read(dataset, repeats=True)
    found = []
    for at in np.flatnonzero(outdated(dataset, answers)).tolist():
        who = (answers.records[answers.record[at]], answers.users[answers.user[at]])
        when = datetime.fromtimestamp(float(answers.when[at]), UTC)
        found.append(dict(zip(OUTDATED, (*who, int(answers.version[at]), when), strict=True)))
    return found


def outdated(dataset: Live, answers: Answers) -> Array:
    """Tell for each answer whether the guidelines were others then. A form that only grew has the same guidelines."""
    forms = versions(dataset.store, dataset.key)
    older = [at for at, form in enumerate(forms, 1) if form.get("guidelines") != forms[-1].get("guidelines")]
    return np.isin(answers.version, older)
