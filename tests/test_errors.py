"""Errors say what happened, and are of the kinds that callers catch."""

from __future__ import annotations

import importlib

import pytest

from feedback_widgets.errors import (
    FeedbackError,
    InvalidInput,
    MissingExtra,
    StoreError,
    near_miss,
    require,
)


@pytest.mark.parametrize("kind", [InvalidInput, StoreError, MissingExtra])
def test_one_except_catches_them_all(kind):
    """Every error of this package is a FeedbackError."""
    assert issubclass(kind, FeedbackError)


def test_errors_are_what_python_people_expect():
    """Bad input is a ValueError, and a missing library an ImportError."""
    assert issubclass(InvalidInput, ValueError)
    assert issubclass(MissingExtra, ImportError)


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("response 1", " Did you mean 'response-1'?"),
        ("promt", " Did you mean 'prompt'?"),
        ("zzz", ""),
        ("", ""),
        (3, ""),
        (None, ""),
    ],
)
def test_a_near_miss_is_named_and_a_far_one_is_not(given, hint):
    """What is close is guessed; what is not, is not; the value may be anything."""
    assert near_miss(given, ["prompt", "response-1"]) == hint


def test_a_missing_library_comes_with_the_command_that_installs_it():
    """The sentence names the library, and can be pasted into a shell."""
    with pytest.raises(MissingExtra, match=r"'no_such_library.part'.*pip install 'feedback_widgets\[data\]'"):
        require("no_such_library.part", "data")


def test_a_library_that_is_there_comes_back():
    """`require` returns the module itself."""
    assert require("json", "data") is importlib.import_module("json")


def test_a_broken_library_keeps_its_own_message(tmp_path, monkeypatch):
    """A library that is installed but lacks something it needs is not reported as missing."""
    (tmp_path / "half_broken.py").write_text("import what_it_needs")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="what_it_needs") as caught:
        require("half_broken", "data")
    assert not isinstance(caught.value, MissingExtra)
