"""Models of a crowd: who is unreliable is found out, and names, order and repetition change nothing."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

import feedback_widgets as fw
from feedback_widgets.aggregation.crowd import _typical
from feedback_widgets.aggregation.solving import from_lists, solve
from feedback_widgets.errors import InvalidInput

MODELS = ("majority_weighted", "dawid_skene", "glad", "mace")
LABELS = ["a", "b", "c"]


def crowd(records=120, seed=0, names=("ann", "bob", "cem", "dan", "eve")):
    """Return (record, annotator, label) of a crowd in which the last two guess, and what is true."""
    draw = random.Random(seed)
    truth = {str(at): draw.choice(LABELS) for at in range(records)}
    lines = []
    for record, true in truth.items():
        for at, name in enumerate(names):
            said = true if draw.random() < (0.85 if at < 3 else 0.0) else draw.choice(LABELS)
            lines.append((record, name, said))
    return lines, truth


def solved(lines, model, kind="label_selection", options=LABELS):
    return solve(from_lists(*zip(*lines, strict=True)), kind, options, model)


def by_record(found):
    return dict(zip((found.answers.records[at] for at in found.groups.record), found.values, strict=True))


def accuracy(values, truth):
    return sum(values[each] == true for each, true in truth.items()) / len(truth)


@pytest.mark.parametrize("model", MODELS)
def test_those_who_guess_are_found_out(model):
    """Every model does at least as well as the majority, and trusts those who know more than those who guess."""
    lines, truth = crowd()
    found = solved(lines, model)
    assert accuracy(by_record(found), truth) >= accuracy(by_record(solved(lines, "majority")), truth)
    skill = dict(zip(found.answers.users, found.skills().tolist(), strict=True))
    assert min(skill[each] for each in ("ann", "bob", "cem")) > max(skill["dan"], skill["eve"])
    assert found.confidence.min() >= 0
    assert found.confidence.max() <= 1 + 1e-9


@pytest.mark.parametrize("model", ["majority_weighted", "dawid_skene", "mace"])
def test_names_and_order_change_nothing(model):
    """The same answers under other names and in another order give the same values and probabilities."""
    lines, _ = crowd(60)
    other = dict(zip(("ann", "bob", "cem", "dan", "eve"), ("zoe", "abe", "mia", "kim", "lou"), strict=True))
    renamed = [(record, other[who], said) for record, who, said in lines]
    random.Random(1).shuffle(renamed)
    first, second = solved(lines, model), solved(renamed, model)
    assert by_record(first) == by_record(second)
    at = [first.answers.records.index(each) for each in second.answers.records]
    assert first.confidence[at] == pytest.approx(second.confidence, abs=1e-9)


def test_dawid_skene_reads_whoever_says_it_the_other_way_round():
    """Somebody who always takes one label for the other is as good as somebody who is right: their table of confusion says so."""
    draw, turned = random.Random(2), {"a": "b", "b": "a"}
    truth = {str(at): draw.choice("ab") for at in range(150)}
    lines = []
    for record, true in truth.items():
        for who, right in (("ann", 0.8), ("bob", 0.8), ("cem", 0.8)):
            lines.append((record, who, true if draw.random() < right else turned[true]))
        lines += [(record, "mad", turned[true]), (record, "odd", turned[true])]
    assert accuracy(by_record(solved(lines, "dawid_skene", options=["a", "b"])), truth) == 1.0
    assert accuracy(by_record(solved(lines, "majority", options=["a", "b"])), truth) < 0.7


def test_the_digamma_of_mace():
    """e to the digamma, which MACE's update needs, is right to nine digits: digamma(1) is minus Euler's constant."""
    euler = 0.5772156649015329
    found = np.log(_typical(np.array([0.5, 1.0, 2.0, 10.0])))
    wanted = [-euler - 2 * math.log(2), -euler, 1 - euler, 2.2517525890667211]
    assert found == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("kind", ["rating", "pairwise"])
def test_ratings_and_pairs_have_the_models_of_labels(kind):
    """Ratings and preferences are unified by the same models, and keep their own form."""
    lines, truth = crowd(40)
    wrap = (
        {"a": 1, "b": 2, "c": 3}.get if kind == "rating" else lambda each: {"choice": each, "strength": None}
    )
    options = [1, 2, 3] if kind == "rating" else LABELS
    found = by_record(solved([(r, u, wrap(v)) for r, u, v in lines], "dawid_skene", kind, options))
    assert accuracy(found, {each: wrap(true) for each, true in truth.items()}) > 0.8


def test_whoever_guesses_counts_less_in_comparisons():
    """Two careful people outweigh three who answer by chance in the noisy model, where plain strengths follow the crowd."""
    draw = random.Random(3)
    lines, truth = [], {}
    for at in range(60):
        truth[str(at)] = draw.choice(["left", "right"])
        other = {"left": "right", "right": "left"}[truth[str(at)]]
        lines += [(str(at), who, truth[str(at)] if draw.random() < 0.95 else other) for who in ("ann", "bob")]
        lines += [(str(at), who, draw.choice(["left", "right"])) for who in ("cem", "dan", "eve")]
    lines = [(record, who, {"choice": said, "strength": None}) for record, who, said in lines]
    right = {}
    for model in ("bradley_terry", "noisy_bradley_terry"):
        found = by_record(solved(lines, model, "pairwise", ["left", "right"]))
        right[model] = accuracy({each: value["choice"] for each, value in found.items()}, truth)
    assert right["noisy_bradley_terry"] >= right["bradley_terry"] + 0.1


def tones(answered, *records):
    return answered(fw.LabelQuestion(name="tone", labels=["polite", "rude", "odd"]), *records)


def test_a_table_tells_how_sure_it_is(answered):
    """Share of the votes, number of answers, share of pairs that differ, and everybody's skill stand in the table."""
    frame = tones(answered, {"ann": "rude", "bob": "rude", "cem": "odd"}, {"ann": "odd"}).aggregate("tone")
    assert list(frame["value"]) == ["rude", "odd"]
    assert list(frame["confidence"]) == pytest.approx([2 / 3, 1])
    assert list(frame["votes"]) == [3, 1]
    assert frame["disagreement"][0] == pytest.approx(2 / 3)
    assert math.isnan(frame["disagreement"][1])
    assert frame.attrs["skills"] == {"ann": 1.0, "bob": 1.0, "cem": 0.0}


def test_skills_tell_who_was_alone(answered):
    """Who answers alone agrees with themselves: the table says how many answers are of that kind."""
    frame = tones(answered, {"ann": "rude", "bob": "rude", "cem": "odd"}, {"ann": "odd"}).annotator_skills(
        "tone"
    )
    assert frame.to_dict("records")[0] == {"user_id": "ann", "answers": 2, "alone": 1, "skill": 1.0}
    assert list(frame["user_id"]) == ["ann", "bob", "cem"]


# -- bad input ------------------------------------------------------------------------------------------------------


def test_unknown_names_are_refused_with_the_near_miss(answered):
    """An unknown question or strategy is refused, and what was probably meant is named."""
    ds = tones(answered, {"ann": "rude", "bob": "odd"})
    for call in (ds.aggregate, ds.compute_unified_responses, ds.annotator_skills):
        with pytest.raises(InvalidInput, match="Did you mean 'tone'"):
            call("tonne")
        with pytest.raises(InvalidInput, match="Did you mean 'dawid_skene'"):
            call("tone", "david_skene")
    with pytest.raises(InvalidInput, match="have no rule 'borda'"):
        ds.aggregate("tone", "borda")
    with pytest.raises(InvalidInput, match="keeps every answer"):
        ds.annotator_skills("tone", "disagreement")


@pytest.mark.parametrize("model", ["majority", *MODELS])
def test_a_question_that_nobody_answered(answered, model):
    """Without a submitted answer the table is empty, with all its columns, and a warning says so."""
    ds = tones(answered, {}, {})
    ds.respond(ds[0].id, {"tone": "odd"}, user="ann", status="draft")
    with pytest.warns(UserWarning, match="nobody has submitted an answer to 'tone'"):
        frame = ds.aggregate("tone", model)
    assert list(frame.columns) == ["record_id", "value", "confidence", "votes", "disagreement"]
    assert len(frame) == 0
    ds.compute_unified_responses("tone", model)
    assert not any(record.unified_responses.get("tone") for record in ds)


@pytest.mark.parametrize("model", ["majority", *MODELS])
def test_one_annotator_alone(answered, model):
    """One annotator's answers are the values; disagreement is nan, and a warning says why."""
    with pytest.warns(UserWarning, match="only 'ann' has answered"):
        frame = tones(answered, {"ann": "rude"}, {"ann": "odd"}, {"ann": "odd"}).aggregate("tone", model)
    assert list(frame["value"]) == ["rude", "odd", "odd"]
    assert frame["disagreement"].isna().all()


@pytest.mark.parametrize("model", ["majority", "majority_weighted", "mace"])
def test_labels_of_an_earlier_form_are_left_out(model):
    """A label that the question does not have any more is counted in a warning, and no label's neighbour gets its vote."""
    lines = [("1", "ann", "gone"), ("1", "bob", "gone"), ("1", "cem", "a"), ("2", "ann", "b")]
    with pytest.warns(UserWarning, match="2 answers to .* are left out: 'gone'"):
        found = solved(lines, model)
    assert by_record(found) == {"1": "a", "2": "b"}


@pytest.mark.parametrize("rule", ["mean", "median", "majority", "mace"])
def test_ratings_that_are_no_numbers_are_left_out(rule):
    """NaN and infinite ratings, from whatever store, are left out with a warning: no mean becomes NaN by one of them."""
    lines = [
        ("1", "ann", 1),
        ("1", "bob", float("nan")),
        ("1", "cem", 1),
        ("2", "ann", float("inf")),
        ("2", "bob", 3),
    ]
    with pytest.warns(UserWarning, match="2 answers to .* are left out"):
        found = solved(lines, rule, "rating", [1, 2, 3])
    assert by_record(found) == {"1": 1, "2": 3}


def test_a_form_takes_no_nan():
    """A rating that is NaN does not get into a dataset."""
    ds = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")], questions=[fw.RatingQuestion(name="stars", values=[1, 2])]
    )
    ds.add_records([{"text": "t"}])
    with pytest.raises(InvalidInput, match="stars"):
        ds.respond(ds[0].id, {"stars": float("nan")}, user="ann")
