"""What a reward model's accuracy is to be judged by: the longest answer, the words alone, and how far people agree."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import require
from feedback_widgets.training.measures import calibration_error
from feedback_widgets.training.preferences import pairs
from feedback_widgets.training.progress import say

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.training.task import TrainingTask

Pair = tuple[str, str]  # (better, worse)
WORD = re.compile(r"\w+")
MOST_PAIRS, MOST_WORDS, STEPS = 4000, 20_000, 200  # keep the floor of words cheap


def beside(
    task: TrainingTask,
    dataset: FeedbackDataset,
    train: Any,
    test: Any,
    score: Callable[[list[Any]], list[float]],
) -> dict[str, float]:
    """Measure what stands beside a reward model's accuracy, and say it in a line.

    Args:
        task: reward modelling; where it names its question, how far people agree can be told.
        dataset: its answers.
        train: rows of `chosen` and `rejected`, perhaps with `prompt`.
        test: the same of the held-out records.
        score: of a text, or of a `(prompt, response)` tuple.

    Returns:
        `eval_longest_baseline` and `eval_tfidf_baseline`, accuracies of rules that read no sentence; `eval_ece`, how far the
        model's chances stand from how often it is right; `eval_human_agreement` where several people compared the same.
    """
    learned, held = _pairs(train), _pairs(test)
    margins = _margins(test, score)
    found = {
        "eval_longest_baseline": longest(held),
        "eval_tfidf_baseline": tfidf(learned, held),
        "eval_ece": calibration(margins),
    }
    agreement = human_agreement(task, dataset)
    found |= {} if agreement is None else {"eval_human_agreement": agreement}
    people = "" if agreement is None else f"  two people agree {agreement:.3f}"
    say(
        f"beside it  longest answer {found['eval_longest_baseline']:.3f}  words alone {found['eval_tfidf_baseline']:.3f}"
        f"{people}  calibration error {found['eval_ece']:.3f}"
    )
    return found


def longest(held: Sequence[Pair]) -> float:
    """Return how often the longer text is the better one; equal lengths count half.

    >>> longest([("a long one", "short"), ("no", "yes")])
    0.5
    """
    right = sum((len(better) > len(worse)) + (len(better) == len(worse)) / 2 for better, worse in held)
    return right / len(held)


def calibration(margins: Sequence[float]) -> float:
    """Return the expected calibration error of the chances that scores stand for: a margin of 0 is one in two.

    >>> calibration([0.0, 0.0])
    0.5
    """
    chances = [1 / (1 + math.exp(-min(max(each, -500), 500))) for each in map(abs, margins)]
    return calibration_error(chances, [each > 0 for each in margins])


def human_agreement(task: TrainingTask, dataset: FeedbackDataset) -> float | None:
    """Return how often two people who compared the same two responses prefer the same one; ties are left out.

    None where nobody compared what another did, or where a formatting_func hides who compared what.
    """
    named = task.names.get("preference")
    if named is None:
        return None
    question = next(each for each in dataset.questions if each.name == named)
    shares = []
    for record in dataset:
        votes: dict[frozenset[str], Counter[str]] = {}
        for answer in (each.values.get(named) for each in record.responses if each.status == "submitted"):
            for pair in () if answer is None else pairs(question, answer.value, task.names["responses"]):
                if pair is not None:
                    votes.setdefault(frozenset(pair), Counter())[pair[0]] += 1
        shares += [_agreeing(each) for each in votes.values() if each.total() > 1]
    return sum(shares) / len(shares) if shares else None


def tfidf(learned: Sequence[Pair], held: Sequence[Pair]) -> float:
    """Return how often a logistic regression on the words' TF-IDF finds the better text; draws count half.

    It is ours, so that the floor stands beside every reward model without another library: sparse rows, the loss of
    scikit-learn's `LogisticRegression` with its default penalty, minimized by accelerated gradient descent.

    Args:
        learned: pairs to learn from, of which the first `MOST_PAIRS` count.
        held: pairs to judge.

    >>> tfidf([("very good", "very bad"), ("good!", "bad!")] * 9, [("a good one", "a bad one")])
    1.0
    """
    np = require("numpy", "train")
    known = learned[:MOST_PAIRS]
    seen = Counter(word for pair in known for text in pair for word in set(_words(text)))
    place = {word: at for at, (word, _) in enumerate(seen.most_common(MOST_WORDS))}
    rarity = {word: math.log((1 + 2 * len(known)) / (1 + seen[word])) + 1 for word in place}
    rows, columns, values = _sparse(np, known, place, rarity)
    weights = np.zeros(len(place))

    def times(vector: Any) -> Any:
        return np.bincount(rows, values * vector[columns], minlength=len(known))

    def back(vector: Any) -> Any:
        return np.bincount(columns, values * vector[rows], minlength=len(place))

    steepest, last, ahead = 1 + _largest(np, times, back, len(place)) / 4, weights, weights
    for step in range(STEPS if place else 0):
        slope = ahead - back(1 / (1 + np.exp(times(ahead))))
        weights = ahead - slope / steepest
        ahead, last = weights + step / (step + 3) * (weights - last), weights
    rows, columns, values = _sparse(np, held, place, rarity)
    margins = np.bincount(rows, values * weights[columns], minlength=len(held))
    return float(np.mean((margins > 0) + (margins == 0) / 2))


def _largest(np: Any, times: Any, back: Any, size: int) -> float:
    """Return the largest eigenvalue of a matrix times itself: it bounds how steep the loss can be."""
    # Drawn, since the better and the worse text cancel each other out in a vector of ones.
    vector = np.random.default_rng(0).normal(size=size)
    for _ in range(20):
        vector = back(times(vector))
        length = float(np.linalg.norm(vector))
        vector = vector / (length or 1.0)
    return 1.1 * length  # the estimate comes from below


def _sparse(
    np: Any, given: Sequence[Pair], place: dict[str, int], rarity: dict[str, float]
) -> tuple[Any, Any, Any]:
    """Return rows, columns and values of the TF-IDF of each better text less that of the worse one."""
    rows, columns, values = list[int](), list[int](), list[float]()
    for row, pair in enumerate(given):
        for text, sign in zip(pair, (1, -1), strict=True):
            weights = {
                word: count * rarity[word] for word, count in Counter(_words(text)).items() if word in place
            }
            length = math.sqrt(sum(each * each for each in weights.values())) or 1.0
            rows += [row] * len(weights)
            columns += [place[word] for word in weights]
            values += [sign * each / length for each in weights.values()]
    return np.array(rows, dtype=np.intp), np.array(columns, dtype=np.intp), np.array(values)


def _margins(rows: Any, score: Callable[[list[Any]], list[float]]) -> list[float]:
    prompted = "prompt" in rows.column_names

    def scores(column: str) -> list[float]:
        return score(list(zip(rows["prompt"], rows[column], strict=True)) if prompted else list(rows[column]))

    return [better - worse for better, worse in zip(scores("chosen"), scores("rejected"), strict=True)]


def _pairs(rows: Any) -> list[Pair]:
    return list(zip(rows["chosen"], rows["rejected"], strict=True))


def _agreeing(votes: Counter[str]) -> float:
    """Return the chance that two of the voters, drawn without looking, agree."""
    count = votes.total()
    return sum(each * (each - 1) for each in votes.values()) / (count * (count - 1))


def _words(text: str) -> Iterable[str]:
    return WORD.findall(text.casefold())
