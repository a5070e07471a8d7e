"""What an answer says about which response is better, for each type of question that can say it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from feedback_widgets.errors import InvalidInput, near_miss

Pair = tuple[str, str]  # (better, worse): names of response fields

# rating values that compare two responses -> the value that means "equally good"
RATING_TIES: dict[tuple[int, ...], int | None] = {(1, 2): None, (0, 1, 2): 0, (1, 2, 3): 3}


def pairs(question: Any, answer: Any, responses: list[str]) -> Iterator[Pair | None]:
    """Yield the better and the worse response of each pair that one answer decides; None for each tie.

    >>> from feedback_widgets.questions import RatingQuestion
    >>> list(pairs(RatingQuestion(name="better", values=[1, 2]), 2, ["response-1", "response-2"]))
    [('response-2', 'response-1')]
    """
    yield from _PAIRS[question.type](question, answer, responses)


def check_preference(question: Any, responses: list[str]) -> None:
    """Refuse a question whose answers cannot order these responses.

    Raises:
        InvalidInput: naming the question, and what it would need.
    """
    if question.type not in _PAIRS:
        raise InvalidInput(
            f"question {question.name!r} of type {question.type} says nothing about which response is better: "
            f"take a question of type {', '.join(_PAIRS)}, or write a formatting_func."
        )
    if question.type == "rating":
        _check_rating(question, responses)
    elif question.type == "pairwise":
        _check_pairwise(question, responses)
    else:
        _fields_by_option(question, responses)


def _check_rating(question: Any, responses: list[str]) -> None:
    if len(responses) != 2 or tuple(sorted(question.values)) not in RATING_TIES:
        raise InvalidInput(
            f"rating question {question.name!r} with values {list(question.values)} cannot compare {len(responses)} responses: "
            "it takes two responses and the values [1, 2], [0, 1, 2] (0 is a tie) or [1, 2, 3] (3 is a tie)."
        )


def _check_pairwise(question: Any, responses: list[str]) -> None:
    missing = next((each for each in responses if each not in question.fields), None)
    if missing:
        raise InvalidInput(
            f"pairwise question {question.name!r} compares {', '.join(question.fields)}, not {missing!r}."
            f"{near_miss(missing, question.fields)} Name its fields as the responses."
        )


def _pairwise_pairs(question: Any, answer: Any, responses: list[str]) -> Iterator[Pair | None]:
    chosen = answer["choice"]
    if chosen not in question.fields:
        yield None  # a tie, or both bad: neither is learned from
        return
    if chosen in responses:
        yield from ((chosen, other) for other in responses if other != chosen)


def _ranking_pairs(question: Any, answer: Any, responses: list[str]) -> Iterator[Pair | None]:
    field_of = _fields_by_option(question, responses)
    ranks = {field_of[place["value"]]: place["rank"] for place in answer if place["value"] in field_of}
    for one, other in combinations((each for each in responses if each in ranks), 2):
        if ranks[one] == ranks[other]:
            yield None
        else:
            yield (one, other) if ranks[one] < ranks[other] else (other, one)


def _rating_pairs(question: Any, answer: int, responses: list[str]) -> Iterator[Pair | None]:
    if answer == RATING_TIES[tuple(sorted(question.values))]:
        yield None
    else:
        yield responses[answer - 1], responses[2 - answer]


def _label_pairs(question: Any, answer: str, responses: list[str]) -> Iterator[Pair | None]:
    chosen = _fields_by_option(question, responses).get(answer)
    for other in responses:
        if chosen is None:
            yield None
        elif other != chosen:
            yield chosen, other


def _fields_by_option(question: Any, responses: list[str]) -> dict[str, str]:
    """Say which response field each option stands for: by name, else one to one in order.

    A label question may hold further labels besides the names, such as "tie": they decide nothing.
    """
    options = list(question.option_values)
    missing = [each for each in responses if each not in options]
    if not missing:
        return {each: each for each in responses}
    if len(missing) == len(responses) == len(options):
        return dict(zip(options, responses, strict=True))
    raise InvalidInput(
        f"question {question.name!r} with options {', '.join(options)} does not name the response {missing[0]!r}."
        f"{near_miss(missing[0], options)} Name its options like the response fields, or give one option per response in order."
    )


_PAIRS: dict[str, Any] = {
    "ranking": _ranking_pairs,
    "rating": _rating_pairs,
    "label_selection": _label_pairs,
    "pairwise": _pairwise_pairs,
}
