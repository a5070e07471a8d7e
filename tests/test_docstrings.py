"""The examples in docstrings run, and say what comes out."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import feedback_widgets
from feedback_widgets.errors import MissingExtra

FOUND = sorted(each.name for each in pkgutil.walk_packages(feedback_widgets.__path__, "feedback_widgets."))
# Alembic alone can run its script.
MODULES = [name for name in FOUND if not name.endswith("migrations.env")]


def loaded(name):
    """Import a module, or skip the test where the library it is about is not installed."""
    try:
        return importlib.import_module(name)
    except (MissingExtra, ModuleNotFoundError) as error:
        if isinstance(error, MissingExtra) or not (error.name or "").startswith("feedback_widgets"):
            pytest.skip(str(error))
        raise


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name, tmp_path, monkeypatch):
    """Pasting an example gives what is printed under it."""
    module = loaded(name)
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert results.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is(name):
    """The first line of every module is a sentence about it."""
    first = (loaded(name).__doc__ or "").strip().splitlines()[:1]
    assert first
    assert first[0].rstrip().endswith((".", ":", ";", ","))


def test_there_are_examples():
    """The test above does not pass for want of anything to run."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [
        each for name in MODULES for each in finder.find(loaded(name)) if each.examples and name in each.name
    ]
    assert len(examples) >= 8
