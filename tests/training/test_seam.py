"""Where a prompt meets its continuation, nothing is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_widgets.training.seam import clean_seams, seam


@pytest.mark.parametrize(
    ("prompt", "text", "join", "expected"),
    [
        ("Response: ", "Yes.", "", ("Response:", " Yes.")),
        ("Response:\n\n", "Yes.", " ", ("Response:", "\n\nYes.")),
        ("Why?", "Yes.", " ", ("Why?", " Yes.")),
        ("Why?", "Yes.", "", ("Why?", "Yes.")),
        ("Why?", " Yes.", " ", ("Why?", " Yes.")),
        ("Why?", "", " ", ("Why?", "")),
        ("  ", "Yes.", " ", ("  ", "Yes.")),
    ],
)
def test_blanks_move_from_the_prompt_to_what_follows(prompt, text, join, expected):
    """No blank is lost or doubled, and a missing one is put in where fields are joined."""
    assert seam(prompt, text, join=join) == expected


@given(st.text(), st.text())
def test_a_seam_loses_nothing(prompt, text):
    """Whatever the texts, prompt and continuation put together are what they were."""
    assert "".join(seam(prompt, text)) == prompt + text


def test_clean_seams_leave_rows_without_a_prompt_alone():
    """Chosen and rejected texts of a formatting_func are whole already."""
    rows = [{"chosen": "a ", "rejected": " b"}]
    assert clean_seams(rows, join=" ") == rows
