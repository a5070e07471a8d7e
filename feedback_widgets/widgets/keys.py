"""Which keys of the desk may lie elsewhere, and how they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from feedback_widgets.errors import InvalidInput, near_miss

# The rows of the sheet of keys that may be changed; tests/cases/keys.json holds the page to the same list.
ROWS = (
    *("word", "line", "extend", "character", "mark", "unmark"),
    *("submit", "submit-writing", "discard", "draft", "undo", "tie", "move", "differ"),
    *("previous", "next", "question-before", "question-after", "write", "leave"),
    *("unfold", "guidelines", "keys", "summary"),
    *("redo", "accept", "accept-all", "comment", "skip", "goto", "find", "similar"),
    *("many", "row-move", "row-extend", "row-page", "row-choose", "row-all", "row-accept", "row-leave"),
)
_PAIRED = (
    "word",
    "line",
    "extend",
    "character",
    "move",
    "row-move",
    "row-extend",
    "row-page",
)  # two directions: which key means which is part of the row
_NAMED = "Enter|Escape|Backspace|Delete|Insert|Home|End|PageUp|PageDown|Space|Arrow(?:Left|Right|Up|Down)|F(?:[1-9]|1[0-2])"
_PRESS = re.compile(rf"(?:(?:Mod|Ctrl|Cmd|Alt|Shift)\+)*(?:{_NAMED}|[^\s\d+]|\+)")


def read_keys(given: Mapping[str, Any] | None) -> dict[str, list[str]] | None:
    """Return the keys that a desk has elsewhere: row of the sheet -> presses as the page writes them.

    Args:
        given: row -> one press or a list of them, such as `"x"`, `"Ctrl+Enter"`, `"Shift+F2"`, `"Space"`.

    Raises:
        InvalidInput: an unknown row, a press that is none, or one press for two rows.

    >>> read_keys({"discard": ["x", "Ctrl+D"], "submit": "Space"})
    {'discard': ['x', 'Mod+d'], 'submit': [' ']}
    """
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise InvalidInput(
            f"keys={given!r} is not allowed: give a dict of row -> key, such as {{'discard': 'x'}}"
        )
    known = [row for row in ROWS if row not in _PAIRED]
    taken: dict[str, str] = {}
    found: dict[str, list[str]] = {}
    for row, presses in given.items():
        if row not in known:
            raise InvalidInput(
                f"keys names {row!r}, which may not be changed: it may change {', '.join(known)}.{near_miss(row, known)}"
            )
        listed = presses if isinstance(presses, list | tuple) else [presses]
        found[row] = [_press(row, each) for each in listed]
        for press in found[row]:
            if press in taken:
                raise InvalidInput(
                    f"keys gives {press!r} to {taken[press]!r} and to {row!r}: give every row its own"
                )
            taken[press] = row
    return found


def _press(row: str, given: Any) -> str:
    if not isinstance(given, str) or not _PRESS.fullmatch(given):
        raise InvalidInput(
            f"keys gives {row!r} the key {given!r}, which is none: write a character (no digit, they answer) or a name such "
            "as 'Enter', 'F2', 'Space', with 'Ctrl+', 'Alt+' or 'Shift+' before it"
        )
    parts = re.fullmatch(r"(.*?)([^+]+|\+)", given)
    held, key = (parts.group(1), parts.group(2)) if parts else ("", given)
    mod = "Mod+" if re.search("Mod|Ctrl|Cmd", held) else ""
    alt = "Alt+" if "Alt" in held else ""
    # A printable key is what it prints; Shift says nothing more about it.
    shift = "Shift+" if "Shift" in held and (len(key) > 1 or mod) else ""
    return mod + alt + shift + (key.lower() if len(key) == 1 else " " if key == "Space" else key)
