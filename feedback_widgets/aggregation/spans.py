"""Several people's spans, made one list: a part of a text that most of them marked, give or take a few characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

OVERLAP = 0.5  # two spans mean the same part where they share at least so much of all the characters that either covers


def majority(answers: Sequence[Sequence[Any]], overlap: float = OVERLAP) -> list[Any]:
    """Return the spans that more than half of the annotators marked.

    Two spans of one label are the same where the characters that both cover are at least `overlap` of those that either
    covers. The span that is kept is one that somebody marked: that which shares most with the others' spans, of equal ones the
    first and shortest. Every span of an annotator speaks for one kept span only.

    Args:
        answers: each annotator's spans, anything with `["label"]`, `["start"]` and `["end"]`.
        overlap: above 0, up to 1.

    >>> one, other = {"label": "city", "start": 0, "end": 8}, {"label": "city", "start": 0, "end": 7}
    >>> majority([[one], [one], [other], []])
    [{'label': 'city', 'start': 0, 'end': 8}]
    """
    left = {(who, at): span for who, spans in enumerate(answers) for at, span in enumerate(spans)}
    kept: list[Any] = []
    while left:
        found = [(_supporters(span, left, overlap), span) for span in left.values()]
        supporters, best = min(found, key=lambda each: _order(*each))
        if 2 * len(supporters) <= len(answers):
            break
        kept.append(best)
        for _, key in supporters.values():
            del left[key]
    return sorted(kept, key=_place)


def _supporters(
    span: Any, left: dict[tuple[int, int], Any], overlap: float
) -> dict[int, tuple[float, tuple[int, int]]]:
    """Return annotator -> (overlap, key) of that span of theirs which fits best, where one fits."""
    found: dict[int, tuple[float, tuple[int, int]]] = {}
    for key, other in left.items():
        shared = _shared(span, other)
        if shared >= overlap and shared > found.get(key[0], (0.0,))[0]:
            found[key[0]] = (shared, key)
    return found


def _order(supporters: dict[int, tuple[float, tuple[int, int]]], span: Any) -> tuple[Any, ...]:
    """Sort by supporters, then by what is shared with them, then by place."""
    total = sum(sorted(share for share, _ in supporters.values()))
    return (-len(supporters), -round(total, 9), *_place(span))


def _place(span: Any) -> tuple[int, int, str]:
    return (span["start"], span["end"], span["label"])


def _shared(one: Any, other: Any) -> float:
    if one["label"] != other["label"]:
        return 0.0
    both: int = min(one["end"], other["end"]) - max(one["start"], other["start"])
    either: int = max(one["end"], other["end"]) - min(one["start"], other["start"])
    return max(both, 0) / either
