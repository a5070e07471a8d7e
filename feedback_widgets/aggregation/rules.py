"""The rules that make one answer of several to one record, without a look at other records."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean, median, median_low
from typing import Any

from feedback_widgets.aggregation import spans
from feedback_widgets.aggregation.distance import edits, tokens

Pick = Callable[[list[Any]], Any]  # settles a draw: one of those that are equally good, in their own order
Rule = Callable[[Sequence[Any], Sequence[Any], Pick], Any]  # answers, options, pick -> one answer
EVERY = "disagreement"


def picker(seed: int | None) -> Pick:
    """Return how draws are settled: by the order of the options, or with a seed by chance, the same for the same seed."""
    if seed is None:
        return lambda tied: tied[0]
    return random.Random(seed).choice


def _majority(values: Sequence[Any], options: Sequence[Any], pick: Pick) -> Any:
    votes = Counter(values)
    most = max(votes.values())
    tied = [each for each in votes if votes[each] == most]
    return tied[0] if len(tied) == 1 else pick(sorted(tied, key=_by(options)))


def _by(options: Sequence[Any]) -> Callable[[Any], tuple[int, str]]:
    """Sort by the place among the options; what is none of them comes last."""
    place = {each: at for at, each in enumerate(options)}
    return lambda each: (place.get(each, len(place)), str(each))


def _majority_of_lists(values: Sequence[Any], options: Sequence[Any], pick: Pick) -> Any:
    """Keep what more than half of the annotators chose; where nothing is, the most frequent one."""
    votes = Counter(label for chosen in values for label in dict.fromkeys(chosen))
    if not votes:
        return []  # everybody says that no label fits
    kept = [each for each in votes if votes[each] > len(values) // 2]  # in the order of the answers
    return kept or [_majority(list(votes.elements()), options, pick)]


def _majority_choice(values: Sequence[Any], options: Sequence[Any], pick: Pick) -> Any:
    """Keep what most chose; where two responses are equally often the better one it is a tie, if that is an answer."""
    votes = Counter(each["choice"] for each in values)
    tied = [each for each in votes if votes[each] == max(votes.values())]
    choice = "tie" if len(tied) > 1 and "tie" in options else pick(sorted(tied, key=_by(options)))
    return choice_with_strength(choice, values)


def choice_with_strength(choice: str, values: Sequence[Any]) -> dict[str, Any]:
    """Return a pairwise answer, as strong as the median of those who gave it; of two middle ones the weaker."""
    given = [each["strength"] for each in values if each["choice"] == choice and each["strength"] is not None]
    return {"choice": choice, "strength": median_low(given) if given else None}


# -- rankings -------------------------------------------------------------------------------------------------------


def _ranks(places: Any) -> dict[Any, int]:
    return {each["value"]: each["rank"] for each in places}


def _as_numbers(places: Any, options: Sequence[Any]) -> tuple[int, ...]:
    """Return a ranking as the ranks of the options, in their order; what is not ranked comes last of all."""
    ranks = _ranks(places)
    return tuple(ranks.get(each, len(options) + 1) for each in options)


def _majority_ranking(values: Sequence[Any], options: Sequence[Any], pick: Pick) -> Any:
    numbers = [_as_numbers(each, options) for each in values]
    chosen = _majority(numbers, sorted(set(numbers)), pick)
    return values[numbers.index(chosen)]


def _mean_ranking(values: Sequence[Any], _options: Sequence[Any], _pick: Pick) -> Any:
    """Round each option's mean rank to a whole number, halves to the even one."""
    given: dict[Any, list[int]] = {}
    for places in values:
        for each in places:
            given.setdefault(each["value"], []).append(each["rank"])
    return _placed({name: round(fmean(ranks)) for name, ranks in given.items()})


def _borda(values: Sequence[Any], options: Sequence[Any], _pick: Pick) -> Any:
    """Give a point for each option that stands below, half a one for each beside; equal sums are a tie."""
    points: dict[Any, float] = {}
    for places in values:
        ranks = _ranks(places)
        for name, rank in ranks.items():
            below = sum((rank < other) + (rank == other) / 2 for other in ranks.values())
            points[name] = points.get(name, 0) + below
    return ranked_by(points, options)


def ranked_by(scores: dict[Any, float], options: Sequence[Any]) -> list[dict[str, Any]]:
    """Return a ranking from scores, the highest first; equal scores share a rank."""
    rounded = {name: round(scores[name], 9) for name in sorted(scores, key=_by(options))}
    order = sorted(set(rounded.values()), reverse=True)
    return _placed({name: order.index(score) + 1 for name, score in rounded.items()})


def _placed(ranks: dict[Any, int]) -> list[dict[str, Any]]:
    return [{"value": name, "rank": rank} for name, rank in sorted(ranks.items(), key=lambda each: each[1])]


# -- texts ----------------------------------------------------------------------------------------------------------


def _longest(values: Sequence[Any], _options: Sequence[Any], pick: Pick) -> Any:
    most = max(map(len, values))
    return pick(sorted({each for each in values if len(each) == most}))


def _medoid(values: Sequence[Any], _options: Sequence[Any], pick: Pick) -> Any:
    """Return the text from which the fewest words have to be changed to get all the others; of equal ones the longest."""
    cut = {each: tokens(each) for each in values}
    votes = Counter(values)
    far = {
        each: sum(count * edits(cut[each], cut[other]) for other, count in votes.items()) for each in votes
    }
    least = min(far.values())
    return pick(sorted((each for each in votes if far[each] == least), key=lambda each: (-len(each), each)))


RULES: dict[str, dict[str, Rule]] = {
    "label_selection": {"majority": _majority},
    "multi_label_selection": {"majority": _majority_of_lists},
    "rating": {
        "majority": _majority,
        "mean": lambda values, _options, _pick: fmean(values),
        "median": lambda values, _options, _pick: median(values),
        "min": lambda values, _options, _pick: min(values),
        "max": lambda values, _options, _pick: max(values),
    },
    "ranking": {
        "majority": _majority_ranking,
        "mean": _mean_ranking,
        "borda": _borda,
        "min": lambda values, options, _: min(values, key=lambda each: _as_numbers(each, options)),
        "max": lambda values, options, _: max(values, key=lambda each: _as_numbers(each, options)),
    },
    "pairwise": {"majority": _majority_choice},
    "text": {"longest": _longest, "medoid": _medoid},
    "span": {"majority": lambda values, _options, _pick: spans.majority(values)},
}
# Rules that weigh people by all they said, so they need all records.
CROWD: dict[str, tuple[str, ...]] = {
    "label_selection": ("majority_weighted", "dawid_skene", "glad", "mace"),
    "multi_label_selection": ("dawid_skene", "mace"),
    "rating": ("majority_weighted", "dawid_skene", "glad", "mace"),
    "pairwise": (
        "majority_weighted",
        "dawid_skene",
        "glad",
        "mace",
        "bradley_terry",
        "noisy_bradley_terry",
    ),
    "ranking": ("bradley_terry", "noisy_bradley_terry"),
    "text": ("rover", "rasa"),
}
DEFAULT = {"text": "medoid"}  # else the majority


def strategies(kind: str) -> list[str]:
    """Return the names of all rules for a type of question.

    >>> strategies("span")
    ['majority', 'disagreement']
    """
    return [*RULES.get(kind, ()), *CROWD.get(kind, ()), EVERY] if kind in RULES else []
