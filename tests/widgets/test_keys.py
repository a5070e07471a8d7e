"""Keys that a desk has elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedback_widgets import FeedbackDataset, LabelQuestion, TextField
from feedback_widgets.errors import InvalidInput
from feedback_widgets.widgets import keys

CASES = json.loads((Path(__file__).parents[1] / "cases" / "keys.json").read_text("utf-8"))


def test_the_rows_are_the_page_s():
    """What may be named here is what the page's sheet of keys has; the page is held to the same file."""
    assert sorted(keys.ROWS) == sorted(CASES["rows"])


@pytest.mark.parametrize(("written", "read"), CASES["presses"])
def test_a_press_is_read_as_the_page_writes_it(written, read):
    """Ctrl and Cmd are one, Shift says nothing about a printable key, Space is a blank."""
    assert keys.read_keys({"discard": written}) == {"discard": [read]}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"discrad": "x"}, ["'discrad'", "Did you mean 'discard'?"]),
        ({"move": "x"}, ["'move'", "may not be changed"]),
        ({"discard": "3"}, ["'3'", "no digit"]),
        ({"discard": "xx"}, ["'xx'", "'Enter'"]),
        ({"discard": ""}, ["''"]),
        ({"discard": None}, ["None", "'discard'"]),
        ({"discard": "x", "submit": ["y", "X"]}, ["'x'", "'discard'", "'submit'"]),
        ("x", ["keys='x'", "dict"]),
    ],
)
def test_what_cannot_be_a_key_is_refused_in_words(given, words):
    """A misspelt row, a digit or one key for two rows is an error where it is written."""
    with pytest.raises(InvalidInput) as caught:
        keys.read_keys(given)
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_desk_tells_the_page_its_keys():
    """They travel with the welcome, and only where there are some."""
    dataset = FeedbackDataset(
        fields=[TextField(name="text")], questions=[LabelQuestion(name="tone", labels=["good", "bad"])]
    )
    hello = {"v": 1, "client": "c", "rid": "r", "kind": "hello"}
    plain, moved = dataset.annotate(user="ann"), dataset.annotate(user="ann", keys={"discard": "x"})
    assert moved._reply(hello)["spec"]["keys"] == {"discard": ["x"]}
    assert "keys" not in plain._reply(hello)["spec"]
