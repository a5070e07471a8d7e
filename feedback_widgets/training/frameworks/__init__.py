"""One file per training library, each with a class `Framework`; the file's name is the framework's name."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.training.pairings import table

if TYPE_CHECKING:
    from feedback_widgets.training.library import Library


def available() -> list[str]:
    """Return the names of the frameworks: the files in this folder, with hyphens as their makers write them."""
    return sorted(each.name.replace("_", "-") for each in pkgutil.iter_modules(__path__))


def tasks() -> dict[str, list[str]]:
    """Return every framework's kinds of task."""
    return {name: list(load(name).TASKS) for name in available()}


def load(name: str) -> type[Library]:
    """Import `frameworks/<name>.py` and return its class; this imports our file, not yet the library behind it."""
    known, wanted = available(), str(name).replace("_", "-")
    if wanted not in known:
        raise InvalidInput(
            f"there is no framework {name!r}; there is {', '.join(known)}.{near_miss(str(name), known)}{table(tasks())}"
        )
    module = importlib.import_module(f"{__name__}.{wanted.replace('-', '_')}")
    found: type[Library] = module.Framework
    return found
