"""Coefficients of agreement, held against published examples, against slow and obvious code, and against their own laws."""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
from pathlib import Path

import numpy as np
import pytest

from feedback_widgets.agreement import coefficients as c
from feedback_widgets.agreement.distances import Orders, Sets, kendall_tau_distance
from feedback_widgets.agreement.judged import Judged, from_matrix
from feedback_widgets.errors import InvalidInput

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[3] / "shared")
WORKED = SHARED / "data" / "dev" / "worked_examples.json"
PANDALM = SHARED / "data" / "dev" / "pref_pandalm_3annotators.jsonl.gz"

# Krippendorff's example of 2011: four observers, twelve units.
FOUR = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]


@pytest.mark.parametrize(
    ("level", "expected"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
)
def test_alpha_is_the_published_one(level, expected):
    """Krippendorff's own example gives his own figures at all four levels, missing values and all."""
    assert c.krippendorff(FOUR, level) == pytest.approx(expected, abs=1e-3)


@pytest.mark.skipif(not WORKED.is_file(), reason="the shared data lie outside the repository")
def test_worked_examples():
    """All published worked examples come out to a thousandth."""
    worked = json.loads(WORKED.read_text("utf-8"))
    for example in worked["krippendorff_alpha"]:
        for level, expected in example["expected"].items():
            assert c.krippendorff(example["raters_x_units"], level) == pytest.approx(expected, abs=1e-3)
    for example in worked["cohen_kappa"]:
        assert c.cohen(example["confusion"]) == pytest.approx(example["expected"], abs=1e-3)


@pytest.mark.skipif(not PANDALM.is_file(), reason="the shared data lie outside the repository")
def test_pandalm():
    """Cohen's kappa of PandaLM's three annotators on its development half: .845, .879, .844."""
    with gzip.open(PANDALM, "rt", encoding="utf-8") as lines:
        votes = [json.loads(line)["votes"] for line in lines]
    found = [two.kappa for two in c.between(from_matrix(list(zip(*votes, strict=True))))]
    assert found == pytest.approx([0.845, 0.879, 0.844], abs=1e-3)


def slow_alpha(matrix, far):
    """Return alpha as its definition says it: loops over pairs."""
    units = [[value for value in unit if value is not None] for unit in zip(*matrix, strict=True)]
    units = [unit for unit in units if len(unit) > 1]
    given = [value for unit in units for value in unit]
    within = sum(
        far(a, b) / (len(unit) - 1) for unit in units for a, b in itertools.permutations(unit, 2)
    ) / len(given)
    across = sum(far(a, b) for a, b in itertools.permutations(given, 2)) / (len(given) * (len(given) - 1))
    return 1 - within / across


@pytest.mark.parametrize("seed", range(5))
def test_alpha_is_its_definition(seed):
    """On random answers with gaps, the quick alpha equals the loop over all pairs, nominal and interval."""
    draw = random.Random(seed)
    matrix = [[draw.choice([1, 2, 3, 5, None]) for _ in range(20)] for _ in range(4)]
    assert c.krippendorff(matrix) == pytest.approx(slow_alpha(matrix, lambda a, b: a != b))
    assert c.krippendorff(matrix, "interval") == pytest.approx(slow_alpha(matrix, lambda a, b: (a - b) ** 2))


def test_alpha_of_annotators_adds_up_to_the_whole():
    """Annotators' alphas, weighed by how many comparable answers each gave, average to the alpha of all."""
    judged = from_matrix(FOUR, "interval")
    sums = judged.sums
    theirs = c.own_alphas(sums.apart_of, sums.weight_of, c.chance_distance(judged))
    assert np.average(theirs, weights=sums.weight_of) == pytest.approx(c.alpha(judged))


def test_fleiss_of_a_small_table():
    """Three annotators, three units: observed 5/9, chance 41/81, worked out by hand."""
    judged = from_matrix([["a", "b", "a"], ["a", "b", "b"], ["a", "a", "b"]])
    observed, chance = (1 + 1 / 3 + 1 / 3) / 3, (5 / 9) ** 2 + (4 / 9) ** 2
    assert c.fleiss(judged) == pytest.approx((observed - chance) / (1 - chance))
    assert c.percent(judged) == pytest.approx(5 / 9)
    assert c.unanimous(judged) == pytest.approx(1 / 3)


def test_cohen_from_answers_and_from_a_table_is_one():
    """Two annotators' kappa is the same from their answers as from their confusion table."""
    one, other = "aabbcabcab", "abbbcaacab"
    table = [[sum((x, y) == (a, b) for x, y in zip(one, other, strict=True)) for b in "abc"] for a in "abc"]
    (two,) = c.between(from_matrix([list(one), list(other)]))
    assert two.kappa == pytest.approx(c.cohen(table))
    assert two.records == len(one)


def test_pairs_do_not_mix_up_who_is_who():
    """The first of two annotators stays the first on every record, however the answers arrived."""
    unit, user = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 0, 0, 1])
    code = np.array([0, 1, 1, 0, 0, 0])
    judged = from_matrix([[0, 0, 0], [1, 1, 0]])
    (two,) = c.between(Judged(unit, user, code, ["ann", "bob"], judged.distance))
    (expected,) = c.between(judged)
    assert (two.one, two.kappa, two.percent) == ("ann", expected.kappa, expected.percent)


def test_quadratic_kappa_of_ratings():
    """For ratings the kappa of two annotators weighs with squared differences."""
    one, other = [1, 2, 3, 4, 5, 3], [1, 2, 3, 4, 3, 5]
    (two,) = c.between(from_matrix([one, other], "interval"))
    apart = np.mean([(a - b) ** 2 for a, b in zip(one, other, strict=True)])
    chance = np.mean([(a - b) ** 2 for a in one for b in other])
    assert two.kappa == pytest.approx(1 - apart / chance)


def test_nobody_to_compare_with_is_nan():
    """One annotator alone, or two without a common unit, have no coefficient: NaN, not 0 and not a crash."""
    for matrix in ([[1, 2, 3]], [[1, None], [None, 2]], [[None]]):
        judged = from_matrix(matrix)
        for each in (c.alpha, c.percent, c.fleiss, c.unanimous):
            assert np.isnan(each(judged))
        assert c.between(judged) == []


def test_everybody_the_same_is_one():
    """Where only one answer occurs, alpha and kappa are 1, as Argilla gives them."""
    judged = from_matrix([["a", "a"], ["a", "a"]])
    (two,) = c.between(judged)
    assert (c.alpha(judged), c.fleiss(judged), two.kappa) == (1.0, 1.0, 1.0)


def test_an_interval_is_seeded_and_holds_the_figure():
    """The same seed gives the same interval, another one another; alpha lies inside, and more records narrow it."""
    draw = random.Random(3)
    truth = [draw.choice("abc") for _ in range(800)]
    matrix = [[each if draw.random() < 0.8 else draw.choice("abc") for each in truth] for _ in range(3)]
    judged = from_matrix(matrix)
    low, high = c.bootstrap(judged, 300, 0).alpha
    assert low < c.alpha(judged) < high
    assert c.bootstrap(judged, 300, 0).alpha == (low, high) != c.bootstrap(judged, 300, 1).alpha
    few = c.bootstrap(from_matrix([row[:80] for row in matrix]), 300, 0).alpha
    assert few[1] - few[0] > 2 * (high - low)


def test_drawing_in_groups_gives_the_same_interval(monkeypatch):
    """Records drawn in 200 groups give an interval about as wide as records drawn one by one."""
    draw = random.Random(5)
    truth = [draw.choice("ab") for _ in range(1500)]
    judged = from_matrix(
        [[each if draw.random() < 0.7 else draw.choice("ab") for each in truth] for _ in range(3)]
    )
    low, high = c.bootstrap(judged, 1000, 0).alpha
    monkeypatch.setattr(c, "GROUPS", 200)
    bottom, top = c.bootstrap(judged, 1000, 0).alpha
    assert (top - bottom) / (high - low) == pytest.approx(1, abs=0.2)


def test_a_pair_without_records_in_common_has_no_interval():
    """An annotator who shares no record has NaN for an interval, and the others keep theirs."""
    judged = from_matrix([[1, 2, 1, None], [1, 2, 2, None], [None, None, None, 1]])
    found = c.bootstrap(judged, 50, 0).of_users
    assert np.isnan(found[2]).all()
    assert not np.isnan(found[:2]).any()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (["a"], ["a"], 0),
        ([], [], 0),
        ([], ["a"], 1),
        (["a"], ["b"], 1),
        (["a"], ["a", "b"], 1 - 0.67 / 2),
        (["a", "b"], ["b", "c"], 1 - 0.33 / 3),
    ],
)
def test_masi(one, other, expected):
    """MASI weighs what two sets share by whether one holds the other; two empty sets are the same."""
    sets = Sets([one, other])
    assert sets.between(np.array([0]), np.array([1]))[0] == pytest.approx(expected)
    assert sets.between(np.array([[0]]), np.array([0, 1]))[0] == pytest.approx([0, expected])


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        ([1, 2, 3], [1, 2, 3], 0),
        ([1, 2, 3], [2, 3, 1], 2 / 3),
        ([1, 2, 3], [3, 2, 1], 1),
        ([1, 1, 2], [1, 2, 2], 0.25),
        ([1, 1, 1], [1, 2, 3], 0.5),
        ([1, 1, 3], [1, 1, 2], 0),
    ],
)
def test_kendall(x, y, expected):
    """Kendall's distance is 0 for one order, 1 for the reverse, and a half where one ranking ties everything."""
    assert kendall_tau_distance(x, y) == pytest.approx(expected)


def test_rankings_all_tied_are_the_same():
    """Two annotators who tie everything agree."""
    assert Orders([[1, 1], [1, 1]]).between(np.array([0]), np.array([1]))[0] == 0


def test_refusals():
    """A level, a table or a pair of rankings that cannot be is refused in words that name it."""
    with pytest.raises(InvalidInput, match=r"level='intervall' .* Did you mean 'interval'\?"):
        c.krippendorff(FOUR, "intervall")
    with pytest.raises(InvalidInput, match="below zero"):
        c.krippendorff([[-1, 2], [1, 2]], "ratio")
    with pytest.raises(InvalidInput, match="square"):
        c.cohen([[1, 2]])
    with pytest.raises(InvalidInput, match="same things"):
        kendall_tau_distance([1, 2], [1])


def test_large_distances_go_block_by_block():
    """Sums over all pairs of 3,000 different answers equal those of one matrix."""
    draw = random.Random(1)
    sets = Sets([sorted(draw.sample("abcdefghijklmnop", draw.randint(0, 6))) for _ in range(3000)])
    counts = np.arange(3000.0) % 5
    codes = np.arange(3000)
    whole = sets.between(codes[:, None], codes)
    assert sets.spread(counts) == pytest.approx(counts @ whole @ counts)
    assert sets.largest() == whole.max()
