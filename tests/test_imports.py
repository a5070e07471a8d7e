"""Importing the package is cheap, and every name it offers is there."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import feedback_widgets

HEAVY = [
    "alembic",
    "anywidget",
    "datasets",
    "ipywidgets",
    "numpy",
    "pandas",
    "pyarrow",
    "pydantic",
    "sqlalchemy",
    "torch",
    "traitlets",
]


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after `statement`."""
    code = (
        f"import sys, json; {statement}; print(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_the_package_loads_nothing_heavy():
    """`import feedback_widgets` brings in none of the large libraries behind it."""
    assert modules_after("import feedback_widgets") & set(HEAVY) == set()


def test_the_form_needs_neither_widgets_nor_data_libraries():
    """Describing a dataset costs pydantic, not ipywidgets, pandas, pyarrow or torch."""
    loaded = modules_after("import feedback_widgets as fw; fw.TextField(name='text'); fw.FeedbackDataset")
    assert loaded & {"anywidget", "ipywidgets", "datasets", "numpy", "pandas", "pyarrow", "torch"} == set()


@pytest.mark.parametrize("name", sorted(feedback_widgets.__all__))
def test_every_public_name_is_there(name):
    """Each name of `__all__` can be fetched, and is listed by `dir()`."""
    assert getattr(feedback_widgets, name) is not None
    assert name in dir(feedback_widgets)


def test_an_unknown_name_is_an_attribute_error():
    """A misspelt name fails the way Python people expect."""
    with pytest.raises(AttributeError, match="FeedbackDatset"):
        feedback_widgets.FeedbackDatset  # noqa: B018 - fetching it is the test
