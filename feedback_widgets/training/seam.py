"""Where a prompt meets what follows it: the one place in a text where tokens get lost unseen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def seam(prompt: str, text: str, *, join: str = "") -> tuple[str, str]:
    """Move blanks at the end of a prompt to the front of what follows; where there is no blank, put `join`.

    A tokenizer merges a blank with the word behind it. A prompt that ends in one thus has other tokens alone than
    together with its completion, and the trainer drops those that differ.

    >>> seam("Response: ", "Yes.")
    ('Response:', ' Yes.')
    >>> seam("Why is the sky blue?", "Because.", join=" ")
    ('Why is the sky blue?', ' Because.')
    """
    bare = prompt.rstrip()
    if not bare:
        return prompt, text
    blank = prompt[len(bare) :]
    if not blank and text and not text[0].isspace():
        blank = join
    return bare, blank + text


def clean_seams(rows: Iterable[dict[str, Any]], *, join: str) -> list[dict[str, Any]]:
    """Return rows whose `prompt`, where they have one, meets every other text of the row in a clean seam."""
    return [_clean(row, join) if "prompt" in row else row for row in rows]


def _clean(row: dict[str, Any], join: str) -> dict[str, Any]:
    after = {name: text for name, text in row.items() if name != "prompt" and isinstance(text, str)}
    meetings = {name: seam(row["prompt"], text, join=join) for name, text in after.items()}
    bare = next((each[0] for each in meetings.values()), row["prompt"])
    return {**row, "prompt": bare, **{name: text for name, (_, text) in meetings.items()}}
