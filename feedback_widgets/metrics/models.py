"""Suggestions held against answers, per annotator or against the unified value: `dataset.compute_model_metrics`."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.aggregation import options_of
from feedback_widgets.aggregation.tables import stored_values
from feedback_widgets.agreement.building import NoMetric
from feedback_widgets.agreement.metric import checked_metrics
from feedback_widgets.agreement.reading import known_question, read, values
from feedback_widgets.errors import InvalidInput, near_miss, require
from feedback_widgets.metrics import scores
from feedback_widgets.store import current

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from feedback_widgets.live import Live
    from feedback_widgets.questions import Question

CLASSES = ("accuracy", "f1-score", "precision", "recall", "confusion-matrix")
# Question type -> the names of its figures.
ALLOWED: dict[str, tuple[str, ...]] = {
    "label_selection": (*CLASSES, "pearson-r"),
    "multi_label_selection": CLASSES,
    "pairwise": CLASSES,
    "rating": (*CLASSES, "spearman-r"),
    "ranking": ("ndcg-score",),
    "text": ("gleu", "rouge"),
}
SHARES = {"f1-score": scores.f1, "precision": scores.precision, "recall": scores.recall}
Pairs = list[tuple[Any, Any]]  # (answer, suggestion)


@dataclass(frozen=True)
class ModelMetricResult:
    """One figure on suggestions.

    Args:
        metric_name: which.
        count: how many answers have a suggestion beside them.
        result: a number, nan where there is nothing to compare; for `"confusion-matrix"` a DataFrame (for several labels one by
            label); for `"rouge"` a dict.
        skipped: how many answers have no suggestion, or one that the question does not take.
    """

    metric_name: str
    count: int
    result: Any
    skipped: int = 0


def allowed(question: Question) -> tuple[str, ...]:
    """Return the names of the figures that a question has.

    Raises:
        NoMetric: it has none.
    """
    found = ALLOWED.get(question.type)
    if found is None:
        raise NoMetric(
            f"no metrics are defined for {type(question).__name__}: there are some for {', '.join(ALLOWED)} questions"
        )
    return found


def compute_model_metrics(
    dataset: Live,
    metric_names: str | Sequence[str] | None,
    question_name: str,
    strategy: str | None,
    agent: str | None,
    positive: Any,
    records: list[str] | None,
    seed: int | None,
) -> Any:
    """Return how good suggestions are; see `FeedbackDataset.compute_model_metrics`."""
    question = known_question(dataset, question_name)
    names = checked_metrics(
        allowed(question) if metric_names is None else metric_names, allowed(question), question.name
    )
    measure = _Measure(question, _positive(question, positive))
    said = _suggestions(dataset, question, agent)
    if strategy is None:
        return {
            user: [measure(name, *pairs) for name in names]
            for user, pairs in _by_annotator(dataset, question, said, records).items()
        }
    truth = stored_values(dataset, question, strategy, seed)
    kept = set(truth) if records is None else set(records) & set(truth)
    pairs = [(value, said[each]) for each, value in truth.items() if each in kept and each in said]
    _warn(len(pairs), question.name)
    found = [measure(name, pairs, len(kept) - len(pairs)) for name in names]
    return found[0] if isinstance(metric_names, str) else found


def _suggestions(dataset: Live, question: Question, agent: str | None) -> dict[str, Any]:
    """Return record -> the suggested value in stored form: of one agent, or the newest."""
    rows = current.suggested(dataset.store, dataset.key, question.name)
    agents = sorted({row.agent for row in rows if row.agent})
    if agent is not None and agent not in agents:
        raise InvalidInput(
            f"nothing was suggested for {question.name!r} by {agent!r}; suggestions are by {', '.join(agents) or 'nobody'}."
            f"{near_miss(agent, agents)}"
        )
    found: dict[str, Any] = {}
    for row in rows:
        if agent is None or row.agent == agent:
            found.setdefault(row.record_id, row.value)
    known = {text: json.loads(text) for text in set(found.values())}
    return {record: known[text] for record, text in found.items() if question.keeps(known[text])}


def _by_annotator(
    dataset: Live, question: Question, said: dict[str, Any], records: list[str] | None
) -> dict[str, tuple[Pairs, int]]:
    """Return annotator -> (pairs of answer and suggestion, answers without a suggestion)."""
    answers = read(dataset, records)
    different, code = values(answers, question)
    pairs: dict[str, Pairs] = {}
    skipped = dict.fromkeys(answers.users, 0)
    lines = zip(answers.record.tolist(), answers.user.tolist(), code.tolist(), strict=True)
    for record, user, at in lines:
        if at < 0:
            continue
        name, key = answers.users[user], answers.records[record]
        mine = pairs.setdefault(name, [])
        if key in said:
            mine.append((different[at], said[key]))
        else:
            skipped[name] += 1
    _warn(sum(map(len, pairs.values())), question.name)
    return {name: (mine, skipped[name]) for name, mine in pairs.items()}


def _warn(count: int, question: str) -> None:
    if not count:
        warnings.warn(
            f"no record has both an answer to {question!r} and a suggestion for it: there is nothing to compare, results are nan",
            stacklevel=5,
        )


def _positive(question: Question, given: Any) -> int | None:
    """Return the place of the positive class: the one asked for; of two labels the first, of two ratings the higher; else none.

    Raises:
        InvalidInput: it is none of the question's options.
    """
    options = options_of(question)
    if given is not None:
        if given not in options:
            raise InvalidInput(
                f"positive={given!r} is not an answer to {question.name!r}; there are {', '.join(map(str, options)) or 'none'}."
                f"{near_miss(str(given), [str(each) for each in options])}"
            )
        return options.index(given)
    if len(options) != 2 or question.type not in ("label_selection", "rating"):
        return None
    return options.index(max(options)) if question.type == "rating" else 0


class _Measure:
    """The figures of one question."""

    def __init__(self, question: Question, positive: int | None) -> None:
        self.question, self.positive = question, positive
        self.options = options_of(question)

    def __call__(self, name: str, pairs: Pairs, skipped: int) -> ModelMetricResult:
        return ModelMetricResult(name, len(pairs), self._figure(name, pairs), skipped)

    def _figure(self, name: str, pairs: Pairs) -> Any:
        true, said = [each[0] for each in pairs], [each[1] for each in pairs]
        whole: dict[str, Callable[[Any, Any], Any]] = {
            "ndcg-score": scores.ndcg,
            "gleu": scores.gleu,
            "rouge": scores.rouge,
            "spearman-r": scores.spearman,
        }
        if name in whole:
            return whole[name](true, said)
        if self.question.type == "multi_label_selection":
            return self._of_sets(name, self._table(true), self._table(said))
        a, b = self._places(true), self._places(said)
        if name == "accuracy":
            return scores.share_alike(a.tolist(), b.tolist())
        if name == "pearson-r":
            return scores.pearson(a, b)
        if name == "confusion-matrix":
            return _frame(scores.confusion(a, b, len(self.options)), [str(each) for each in self.options])
        return SHARES[name](scores.counted(a, b, len(self.options)), self.positive)

    def _of_sets(self, name: str, a: NDArray[np.bool_], b: NDArray[np.bool_]) -> Any:
        if name == "accuracy":
            return scores.share_alike(a.tolist(), b.tolist())
        if name == "confusion-matrix":
            ways = ((True, True), (True, False), (False, True), (False, False))
            found = {}
            for at, label in enumerate(self.options):
                cells = [int(((a[:, at] == true) & (b[:, at] == said)).sum()) for true, said in ways]
                found[label] = _frame(np.array(cells).reshape(2, 2), [f"{label}_true", f"{label}_false"])
            return found
        return SHARES[name](scores.counted_sets(a, b), self.positive)

    def _places(self, given: list[Any]) -> NDArray[np.int64]:
        """Return the place of each value; a number between two ratings goes to the nearest, of two equally near the lower."""
        place = {each: at for at, each in enumerate(self.options)}
        if self.question.type == "pairwise":
            return np.array([place[each["choice"]] for each in given], np.int64)
        return np.array([place[each] if each in place else self._nearest(each) for each in given], np.int64)

    def _nearest(self, number: float) -> int:
        return min(
            range(len(self.options)), key=lambda at: (abs(self.options[at] - number), self.options[at])
        )

    def _table(self, given: list[Any]) -> NDArray[np.bool_]:
        place = {each: at for at, each in enumerate(self.options)}
        table = np.zeros((len(given), len(self.options)), bool)
        for row, chosen in enumerate(given):
            table[row, [place[each] for each in chosen]] = True
        return table


def _frame(table: Any, names: list[str]) -> Any:
    return require("pandas", "data").DataFrame(
        table,
        index=[f"responses_{each}" for each in names],
        columns=[f"suggestions_{each}" for each in names],
    )
