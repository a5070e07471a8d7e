"""Bias of pairwise answers, unusual times, older guidelines, and the report that says all of it."""

from __future__ import annotations

import math
import random

import pytest

import feedback_widgets as fw
from feedback_widgets.quality.chances import odds_of_many, odds_of_two, wilson

HOSTILE = "<img src=x onerror=alert(1)>"


def seen(*order, question="better"):
    """Return what a page stores of the sides it showed."""
    return {"shown": {"suggestions": [], "order": {question: list(order)}}}


def choose(ds, tell, user, chosen, orders):
    """Let one annotator answer every record."""
    tell(
        ds,
        *[
            (user, record, {"better": each}, seen(*order))
            for record, each, order in zip(ds, chosen, orders, strict=True)
        ],
    )


# -- position ---------------------------------------------------------------------------------------------------------


def test_who_always_takes_the_left_one_is_biased(pairs, tell):
    """The odds ratio is far above 1, and its interval leaves 1 out."""
    ds = pairs([(5, 5)] * 40)
    orders = [("one", "other"), ("other", "one")] * 20
    choose(ds, tell, "ann", [order[0] for order in orders], orders)
    line = ds.pairwise_bias().set_index("bias").loc["position"]
    assert line["odds_ratio"] > 100
    assert line["low"] > 1
    assert (line["answers"], line["records"]) == (40, 40)


def test_a_response_that_is_simply_better_is_no_bias(pairs, tell):
    """Who always prefers the same response, wherever it stands, is not biased by its place: the interval holds 1."""
    ds = pairs([(5, 5)] * 60)
    draw = random.Random(3)
    orders = [draw.sample(["one", "other"], 2) for _ in ds]
    choose(ds, tell, "ann", ["other" if draw.random() < 0.8 else "one" for _ in ds], orders)
    line = ds.pairwise_bias().set_index("bias").loc["position"]
    assert line["low"] < 1 < line["high"]


def test_the_odds_ratio_is_that_of_the_table(pairs, tell):
    """With 12, 4, 6 and 10 answers in the four cells it is 12·10 / (4·6) = 5, with Woolf's interval."""
    ds = pairs([(5, 5)] * 32)
    orders = [("one", "other")] * 16 + [("other", "one")] * 16
    choose(ds, tell, "ann", ["one"] * 12 + ["other"] * 4 + ["one"] * 6 + ["other"] * 10, orders)
    line = ds.pairwise_bias().set_index("bias").loc["position"]
    wide = 1.959964 * math.sqrt(1 / 12 + 1 / 4 + 1 / 6 + 1 / 10)
    assert line["odds_ratio"] == pytest.approx(5)
    assert [line["low"], line["high"]] == pytest.approx([5 * math.exp(-wide), 5 * math.exp(wide)])


def test_answers_to_one_record_hang_together(pairs, tell):
    """Ten people who answer the same few records alike are no surer than one: the interval stays as wide."""
    ds = pairs([(5, 5)] * 12)
    orders = [("one", "other")] * 6 + [("other", "one")] * 6
    chosen = ["one"] * 4 + ["other"] * 4 + ["one"] * 2 + ["other"] * 2
    choose(ds, tell, "u0", chosen, orders)
    alone = ds.pairwise_bias().set_index("bias").loc["position"]
    for at in range(1, 10):
        choose(ds, tell, f"u{at}", chosen, orders)
    many = ds.pairwise_bias().set_index("bias").loc["position"]
    assert (many["answers"], many["records"]) == (120, 12)
    assert [many[each] for each in ("odds_ratio", "low", "high")] == pytest.approx(
        [alone[each] for each in ("odds_ratio", "low", "high")]
    )


def test_ties_drafts_and_unknown_sides_decide_nothing(pairs, tell):
    """Only submitted choices whose sides were stored count; sides that do not name the fields are none."""
    ds = pairs([(5, 5)] * 6)
    first, *rest = ds
    tell(ds, ("ann", first, {"better": "one"}, seen("one", "other")))
    tell(ds, ("ann", rest[0], {"better": "tie"}, seen("one", "other")))
    tell(ds, ("ann", rest[1], {"better": "one"}, {}))
    for at, broken in enumerate((["one"], "one", [1, 2]), 2):
        tell(ds, ("ann", rest[at], {"better": "one"}, {"shown": {"order": {"better": broken}}}))
    ds.respond(first.id, {"better": "one"}, user="bob", status="draft")
    line = ds.pairwise_bias().set_index("bias").loc["position"]
    assert line["answers"] == 1
    assert math.isnan(line["odds_ratio"])
    assert "always on the same side" in line["note"]


def test_three_responses_are_measured_against_a_blind_draw(pairs, tell):
    """Of three, a place that gets its third is no bias; one that gets two thirds has four times the odds."""
    fields = ("one", "other", "third")
    ds = pairs([(5, 5, 5)] * 30, fields)
    orders = [fields[at % 3 :] + fields[: at % 3] for at in range(30)]
    choose(ds, tell, "ann", [order[at % 3] for at, order in enumerate(orders)], orders)
    choose(ds, tell, "bob", [order[0] if at < 20 else order[1] for at, order in enumerate(orders)], orders)
    found = ds.pairwise_bias(by="annotator").query("bias == 'position'").set_index("annotator")
    assert found["odds_ratio"].to_dict() == {"ann": pytest.approx(1), "bob": pytest.approx(4)}
    assert found["low"]["bob"] > 1


# -- length -----------------------------------------------------------------------------------------------------------


def test_who_takes_the_longer_one_is_biased(pairs, tell):
    """Length is in characters, and records whose responses are equally long say nothing."""
    lengths = [(10, 20), (20, 10)] * 15 + [(7, 7)] * 5
    ds = pairs(lengths)
    chosen = ["one" if a > b else "other" for a, b in lengths]
    choose(ds, tell, "ann", chosen, [("one", "other")] * len(lengths))
    line = ds.pairwise_bias().set_index("bias").loc["length"]
    assert line["low"] > 1
    assert line["answers"] == 30


def test_one_response_is_always_longer(pairs, tell):
    """Then nobody can tell its length from the rest of it, and the note says so."""
    ds = pairs([(10, 20)] * 5)
    choose(ds, tell, "ann", ["other"] * 5, [("one", "other"), ("other", "one")] * 2 + [("one", "other")])
    line = ds.pairwise_bias().set_index("bias").loc["length"]
    assert math.isnan(line["odds_ratio"])
    assert "cannot be told" in line["note"]


def test_bias_is_asked_of_pairwise_questions(tones, pairs):
    """Other questions and wrong arguments are refused; a dataset without pairs has an empty table; one without answers nan."""
    with pytest.raises(fw.InvalidInput, match="shows no responses side by side"):
        tones(2).pairwise_bias("tone")
    assert tones(2).pairwise_bias().empty
    with pytest.raises(fw.InvalidInput, match="'question' or 'annotator'"):
        pairs([(1, 2)]).pairwise_bias(by="record")
    with pytest.raises(fw.InvalidInput, match="between 0 and 1"):
        pairs([(1, 2)]).pairwise_bias(confidence=95)
    assert pairs([(1, 2)]).pairwise_bias()["answers"].tolist() == [0, 0]


def test_odds_and_shares_stay_finite():
    """Cells without answers are counted as halves, nobody's answers are nan, and a share's interval stays between 0 and 1."""
    import numpy as np

    yes, record = np.ones(6, bool), np.arange(6)
    half = np.array([True, False] * 3)
    found = odds_of_two(half, half, record)
    assert found.ratio == pytest.approx((3.5 * 3.5) / (0.5 * 0.5))
    assert math.isnan(odds_of_two(half, yes, record).ratio)
    assert math.isnan(odds_of_many(yes[:0], 3, record[:0]).ratio)
    assert wilson(10, 10)[1] == 1.0
    assert wilson(0, 10)[0] == pytest.approx(0)


# -- times and guidelines ---------------------------------------------------------------------------------------------


def test_unusual_times_are_each_annotator_s_own(tones, tell):
    """A quick worker's usual time is a slow worker's outlier; whoever answered little has no usual time."""
    ds = tones(20)
    for user, usual, count in (("ann", 3.0, 20), ("bob", 30.0, 20), ("cem", 3.0, 5)):
        times = [usual * (1 + 0.02 * (at % 5)) for at in range(count)]
        if user == "bob":
            times[3] = 3.0
        if user != "bob":
            times[4] = 600.0
        tell(ds, *[
            (user, record, {"tone": "rude"}, {"duration_ms": round(1000 * each)})
            for record, each in zip(ds, times, strict=False)
        ])  # fmt: skip
    found = ds.time_outliers()
    assert found[["record_id", "annotator", "what"]].values.tolist() == [
        [ds[4].id, "ann", "slow"],
        [ds[3].id, "bob", "quick"],
    ]
    assert found["usual"].tolist() == pytest.approx([3.12, 31.2], rel=0.05)
    with pytest.raises(fw.InvalidInput, match="above 0"):
        ds.time_outliers(0)


def test_whoever_is_as_regular_as_a_clock_has_few_outliers(tones, tell):
    """Equal times are no reason to call a slightly longer one an outlier."""
    ds = tones(20)
    tell(
        ds,
        *[
            ("ann", each, {"tone": "rude"}, {"duration_ms": 4000 + 400 * (at == 7)})
            for at, each in enumerate(ds)
        ],
    )
    assert ds.time_outliers().empty


def test_answers_under_older_guidelines_are_named(tones):
    """A form that only grew is no new guideline; who answers again under the new ones is up to date."""
    ds = tones(4, guidelines="Be fair.")
    for record in ds[:3]:
        ds.respond(record.id, {"tone": "rude"}, user="ann")
    ds.extend(labels={"tone": ["odd"]})
    assert ds.outdated_answers().empty
    ds.extend(guidelines="Be kind.")
    ds.respond(ds[0].id, {"tone": "polite"}, user="ann")
    ds.respond(ds[3].id, {"tone": "polite"}, user="ann")
    found = ds.outdated_answers()
    assert found["record_id"].tolist() == [ds[1].id, ds[2].id]
    assert found["version"].tolist() == [1, 1]
    ds.extend(guidelines="Be fair.")
    assert set(ds.outdated_answers()["record_id"]) == {ds[0].id, ds[3].id}


# -- the report -------------------------------------------------------------------------------------------------------


def test_the_report_says_what_was_found_and_what_to_do(pairs, tell):
    """One line per check, in words; checks without material say how to get it."""
    ds = pairs([(10, 20), (20, 10)] * 10)
    orders = [("one", "other"), ("other", "one")] * 5 + [("other", "one"), ("one", "other")] * 5
    choose(ds, tell, "ann", [order[0] for order in orders], orders)
    found = ds.quality().to_pandas().set_index("check")
    assert list(found.index) == [
        "self-agreement",
        "gold",
        "position bias",
        "length bias",
        "times",
        "guidelines",
    ]
    assert "dataset.add_repeats" in found["says"]["self-agreement"]
    assert "dataset.add_gold" in found["says"]["gold"]
    assert found["says"]["position bias"] == "what is shown first is chosen more often"
    assert found["says"]["length bias"] == "no preference for the longer one can be seen"
    ds.add_repeats(1)
    for record in ds:
        ds.respond(record.id, {"better": "one"}, user="ann")
    ds.add_gold({ds[0].id: {"better": "other"}}, user="rita")
    after = ds.quality()
    said = {each.check: each for each in after.checks}
    assert "100.0 % of repeats" in said["self-agreement"].says
    assert (said["gold"].value, said["gold"].answers) == (0.0, 1)
    assert repr(after).splitlines()[0].split() == [
        "check",
        "question",
        "figure",
        "interval",
        "answers",
        "says",
    ]


def test_names_in_the_report_are_text(tones, tell):
    """A hostile annotator's name is escaped."""
    ds = tones(1)
    ds.respond(ds[0].id, {"tone": "polite"}, user=HOSTILE)
    ds.add_gold({ds[0].id: {"tone": "rude"}}, user="rita")
    shown = ds.quality()._repr_html_()
    assert HOSTILE not in shown
    assert "&lt;img" in shown


def test_one_question_of_the_report(pairs):
    """Checks about other questions are left out, texts have no self-agreement, and an unknown name is refused."""
    ds = pairs([(1, 2)])
    ds.extend(questions=[fw.TextQuestion(name="why", required=False)])
    assert [each.check for each in ds.quality("why").checks] == ["gold", "times", "guidelines"]
    with pytest.raises(fw.InvalidInput, match="Did you mean 'better'"):
        ds.quality("beter")
