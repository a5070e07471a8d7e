"""How many annotators answer each record, as part of a dataset's form."""

from __future__ import annotations

import pytest

import feedback_widgets as fw
from feedback_widgets.growth import changes
from feedback_widgets.settings import Settings


def form(**more):
    """Return settings with one field and one question."""
    return Settings(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["a", "b"])],
        **more,
    )


@pytest.mark.parametrize("given", [0, -1, 201, 1.5, True, "3", None])
def test_only_a_whole_number_in_range_is_an_overlap(given):
    """The sentence names the value and what to give instead."""
    with pytest.raises(fw.InvalidInput, match=f"min_submitted={given!r} is not allowed: .* 1 to 200"):
        fw.Distribution(min_submitted=given)


def test_something_else_is_no_distribution():
    """One way to say it: a number alone is refused with the class to use."""
    with pytest.raises(fw.InvalidInput, match=r"distribution=3 is not allowed: give Distribution\("):
        form(distribution=3)


def test_a_distribution_is_kept_and_comes_back(tmp_path):
    """Saved and loaded, the overlap is the same; the desk is told of it."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["a", "b"])],
        distribution=fw.Distribution(min_submitted=2),
    ).save("tone", store=tmp_path / "f.db")
    loaded = fw.FeedbackDataset.load("tone", store=tmp_path / "f.db")
    assert made.distribution == loaded.distribution == fw.Distribution(min_submitted=2)
    assert loaded.settings.spec()["distribution"] == {"min_submitted": 2}


def test_a_form_without_distribution_is_written_as_before():
    """Stores of earlier versions load, and saving into them makes no new version of their settings."""
    assert "distribution" not in form().to_dict()
    assert Settings.from_dict(form().to_dict()).distribution is None


def test_another_overlap_is_a_difference():
    """An overlap that was changed is said; it is part of the form, and no answer is orphaned by it."""
    (said,) = changes(form(distribution=fw.Distribution(min_submitted=2)), form())
    assert said == "distribution is None instead of Distribution(min_submitted=2)"
