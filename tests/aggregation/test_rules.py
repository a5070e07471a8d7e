"""The rules for one record: what each makes of several answers, and how draws are settled."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

import feedback_widgets as fw
from feedback_widgets.aggregation import spans, unify
from feedback_widgets.aggregation.pairs import bradley_terry
from feedback_widgets.errors import InvalidInput

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[3] / "shared")
WORKED = SHARED / "data" / "dev" / "worked_examples.json"
ABC = ["a", "b", "c"]


def ranked(**ranks):
    """Return a ranking, a=1 and so on, best first."""
    return [{"value": name, "rank": rank} for name, rank in sorted(ranks.items(), key=lambda each: each[1])]


def ranks(value):
    return {each["value"]: each["rank"] for each in value}


def mark(start, end, label="x"):
    return {"start": start, "end": end, "label": label}


@pytest.mark.parametrize(
    ("rule", "expected"), [("mean", 10 / 3), ("median", 4), ("min", 1), ("max", 5), ("majority", 1)]
)
def test_ratings(rule, expected):
    """Numbers stay numbers: the mean is the true one, and of equally frequent ratings the one first in the question is taken."""
    (found,) = unify([1, 4, 5], [1, 2, 3, 4, 5], "rating", rule)
    assert found == pytest.approx(expected)
    assert isinstance(found, float) == (rule == "mean")
    assert unify([1, 4], [1, 2, 3, 4], "rating", "median") == [2.5]


def test_draws_go_to_the_first_option_or_by_seed():
    """Equally good labels go to the question's first; with a seed to any, always the same for the same seed."""
    assert unify(["c", "b"], ["c", "b", "a"], "label_selection") == ["c"]
    assert unify(["c", "b"], ["b", "c", "a"], "label_selection") == ["b"]
    drawn = [unify(["c", "b"], ABC, "label_selection", seed=seed)[0] for seed in range(20)]
    assert set(drawn) == {"b", "c"}
    assert drawn == [unify(["c", "b"], ABC, "label_selection", seed=seed)[0] for seed in range(20)]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("majority", {"a": 1, "b": 2, "c": 3}),
        ("mean", {"a": 2, "b": 2, "c": 3}),
        ("borda", {"a": 1, "b": 1, "c": 2}),
        ("min", {"a": 1, "b": 2, "c": 3}),
        ("max", {"a": 3, "b": 1, "c": 2}),
        ("disagreement", None),
    ],
)
def test_rankings(rule, expected):
    """The most frequent ranking, rounded mean ranks, points for all that stand below, the least and the greatest ranks."""
    said = [ranked(a=1, b=2, c=3), ranked(a=1, b=2, c=3), ranked(a=3, b=1, c=2)]
    found = unify(said, ABC, "ranking", rule)
    assert found == said if expected is None else ranks(found[0]) == expected


def test_borda_keeps_ties():
    """Options with equal points share a rank, and a tie in an answer gives half a point to both."""
    assert ranks(unify([ranked(a=1, b=2), ranked(a=2, b=1)], ABC[:2], "ranking", "borda")[0]) == {
        "a": 1,
        "b": 1,
    }
    found = unify([ranked(a=1, b=1, c=2), ranked(a=1, b=2, c=3)], ABC, "ranking", "borda")
    assert ranks(found[0]) == {"a": 1, "b": 2, "c": 3}


def test_pairs():
    """Two responses that are equally often better are a tie; strengths are the median of those who agree, the weaker of two."""
    options = ["left", "right", "tie"]
    said = [
        {"choice": "left", "strength": 1},
        {"choice": "left", "strength": 3},
        {"choice": "right", "strength": 3},
    ]
    assert unify(said, options, "pairwise") == [{"choice": "left", "strength": 1}]
    assert unify(said[1:], options, "pairwise") == [{"choice": "tie", "strength": None}]
    assert unify(said[1:], options[:2], "pairwise")[0]["choice"] == "left"


def test_texts():
    """The longest text, and the one from which the fewest words have to be changed to get the others."""
    said = [
        "a red car drove by",
        "the red car drove by",
        "the red car drove past me",
        "nothing of the kind, I am afraid",
    ]
    assert unify(said, [], "text", "longest") == [said[3]]
    assert unify(said, [], "text") == [said[1]]
    assert unify(said, [], "text", "disagreement") == said


def test_spans_are_one_where_they_share_half():
    """Marks of more than half of the annotators stay; two marks are one from a shared half on, never with another label."""
    assert spans.majority([[mark(0, 10)], [mark(0, 5)], []]) == [mark(0, 5)]
    assert spans.majority([[mark(0, 10)], [mark(0, 4)], []]) == []
    assert spans.majority([[mark(0, 4)], [mark(0, 4, "y")]]) == []
    assert spans.majority([[mark(0, 4)], []]) == []
    assert spans.majority([[mark(0, 10)], [mark(0, 4)], []], overlap=0.4) == [mark(0, 4)]


def test_one_mark_speaks_once():
    """Two marks of one annotator do not make a majority, and one long mark does not stand for two short ones."""
    assert spans.majority([[mark(0, 4), mark(0, 5)], [], []]) == []
    found = spans.majority([[mark(0, 10)], [mark(0, 5), mark(5, 10)]])
    assert len(found) == 1


@pytest.mark.skipif(not WORKED.is_file(), reason="the shared data lie outside the repository")
def test_published_strengths():
    """Bradley and Terry's strengths of journals, tennis players and baseball teams come out to a thousandth."""
    for each in json.loads(WORKED.read_text("utf-8"))["bradley_terry"]:
        strength = bradley_terry(each["wins"])
        found = strength - strength[each["items"].index(each["reference"])]
        assert found == pytest.approx(each["expected_log_ability"], abs=1e-3)


def test_strengths_of_our_own_table():
    """A three-way table by hand: the odds between any two are their wins against each other where wins are consistent."""
    odds = np.array([4.0, 2.0, 1.0])
    wins = 60 * odds[:, None] / (odds[:, None] + odds)
    np.fill_diagonal(wins, 0)
    assert np.exp(np.diff(bradley_terry(wins))) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("wins", [[[0, 1], [-1, 0]], [[0, 1, 2]], [[0, float("nan")], [1, 0]], [1, 2]])
def test_tables_of_wins_that_are_none(wins):
    """Something that is no table of wins is refused."""
    with pytest.raises(InvalidInput, match="wins must be"):
        bradley_terry(wins)


def test_who_never_lost_has_no_bound():
    """Without a prior, strengths that would be infinite are refused; with one they are finite."""
    with pytest.raises(InvalidInput, match=r"prior=0\.5"):
        bradley_terry([[0, 3], [0, 0]])
    assert np.isfinite(bradley_terry([[0, 3], [0, 0]], prior=0.5)).all()


@pytest.mark.parametrize("rule", ["bradley_terry", "noisy_bradley_terry"])
def test_comparisons_make_rankings(answered, rule):
    """Rankings of which two in three say a before b before c give that order."""
    question = fw.RankingQuestion(name="order", values=ABC)
    record = {"ann": ["a", "b", "c"], "bob": ["a", "b", "c"], "cem": ["b", "a", "c"]}
    frame = answered(question, record, record).aggregate("order", rule)
    assert [ranks(each) for each in frame["value"]] == [{"a": 1, "b": 2, "c": 3}] * 2


@pytest.mark.parametrize("rule", ["rover", "rasa", "medoid"])
def test_texts_of_a_crowd(answered, rule):
    """Where two of three wrote the same, every model of texts gives that."""
    question = fw.TextQuestion(name="what")
    said = {"ann": "a red car", "bob": "a red car", "cem": "a blue bus"}
    frame = answered(question, said, said | {"cem": "one red car"}).aggregate("what", rule)
    assert list(frame["value"]) == ["a red car"] * 2
