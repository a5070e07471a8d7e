"""What can go wrong, in words a person can act on."""

from __future__ import annotations

import difflib
import importlib
import warnings
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable


T = TypeVar("T")


class FeedbackError(Exception):
    """Anything this package refuses to do, with the reason and the remedy."""


class InvalidInput(FeedbackError, ValueError):
    """Settings, a record, a suggestion or an answer that breaks a rule; nothing was written."""


class StoreError(FeedbackError):
    """The store cannot be opened, read or written right now."""


class ServiceError(FeedbackError):
    """A service elsewhere refused, failed, or cannot be reached."""


class MissingExtra(FeedbackError, ImportError):
    """An optional library is not installed."""


def near_miss(name: object, known: Iterable[str]) -> str:
    """Say which known name was probably meant.

    Returns:
        `" Did you mean 'x'?"` with a leading blank, or `""` when nothing is close.

    >>> near_miss("response 1", ["prompt", "response-1"])
    " Did you mean 'response-1'?"
    """
    close = difflib.get_close_matches(str(name), list(known), n=1, cutoff=0.7)
    return f" Did you mean {close[0]!r}?" if close else ""


def found_or_warn(found: T | None, word: str, name: str, known: Iterable[str]) -> T | None:
    """Return what was found; where nothing was, warn with the names there are and the near miss."""
    if found is None:
        names = list(known)
        warnings.warn(
            f"there is no {word} {name!r}; there are {', '.join(names)}.{near_miss(name, names)}",
            stacklevel=3,
        )
    return found


def require(module: str, extra: str) -> Any:
    """Import an optional library, or raise `MissingExtra` with the command that installs it."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != module.partition(".")[0]:
            raise  # the library is there, and something *it* needs is broken: its own message says what
        raise MissingExtra(
            f"this needs {module!r}, which is not installed: pip install 'feedback_widgets[{extra}]'"
        ) from error
