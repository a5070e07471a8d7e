"""Which task is learned by which library, as a table for who asked for another pair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def table(pairs: Mapping[str, Iterable[str]]) -> str:
    """Return a line for each task and its libraries, to stand below a sentence.

    Args:
        pairs: library -> its tasks.

    >>> print("no." + table({"trl": ["reward_modeling"], "peft": ["labels"], "spacy": ["labels"]}))
    no.
    task             frameworks
    reward_modeling  trl
    labels           peft, spacy
    """
    found: dict[str, list[str]] = {}
    for library, tasks in pairs.items():
        for task in tasks:
            found.setdefault(task, []).append(library)
    width = max(map(len, found), default=4)
    lines = [("task", "frameworks"), *((task, ", ".join(libraries)) for task, libraries in found.items())]
    return "".join(f"\n{task.ljust(width)}  {libraries}" for task, libraries in lines)
