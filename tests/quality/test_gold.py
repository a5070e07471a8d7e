"""Known answers: kept with the dataset, hidden from annotators, and the measure of each of them."""

from __future__ import annotations

import pytest

import feedback_widgets as fw
from feedback_widgets.quality.gold import gold


def test_known_answers_are_kept_and_win(tones, tmp_path):
    """They stay with the dataset, are written once, win in aggregation, and overwrite nobody."""
    ds = tones(3).save("t", store=tmp_path / "s.db")
    for user in ("ann", "bob"):
        ds.respond(ds[0].id, {"tone": "polite"}, user=user)
    known = {ds[0].id: {"tone": "rude"}}
    assert ds.add_gold(known, user="rita") == 1
    assert ds.add_gold(known, user="rita") == 0
    assert ds.aggregate("tone")["value"].tolist() == ["rude"]
    assert [each.values["tone"].value for each in ds[0].responses] == ["polite", "polite"]
    assert gold(fw.FeedbackDataset.load("t", store=tmp_path / "s.db")) == known


def test_a_known_answer_can_change_and_change_back(tones):
    """The newest known answer counts, also where it is one that was known before."""
    ds = tones(1)
    for tone in ("rude", "flat", "rude"):
        assert ds.add_gold({ds[0].id: {"tone": tone}}, user="rita") == 1
    assert gold(ds) == {ds[0].id: {"tone": "rude"}}


def test_a_wrong_known_answer_keeps_none(tones):
    """All are looked at before the first is kept, and the refusal names the near miss."""
    ds = tones(2)
    for wrong in (
        {ds[1].id: {"tone": "rud"}},
        {ds[1].id: {"tine": "rude"}},
        {ds[1].id: {}},
        {"r9": {"tone": "rude"}},
    ):
        with pytest.raises(fw.InvalidInput):
            ds.add_gold({ds[0].id: {"tone": "rude"}, **wrong}, user="rita")
    with pytest.raises(fw.InvalidInput, match="record id -> "):
        ds.add_gold([("r1", "rude")], user="rita")
    assert gold(ds) == {}


def test_reviewers_keep_known_answers(tones):
    """Where the dataset names its reviewers, nobody else says what is right."""
    ds = tones(1)
    ds.reviewers = ["rita"]
    with pytest.raises(fw.InvalidInput, match="may not review"):
        ds.add_gold({ds[0].id: {"tone": "rude"}}, user="ann")
    assert gold(ds) == {}


def test_other_decisions_are_no_gold(tones):
    """What a reviewer decided because people disagreed measures nobody: it was chosen for being hard."""
    ds = tones(2)
    for record in ds:
        ds.respond(record.id, {"tone": "polite"}, user="ann")
    ds.review(user="rita").decide(ds[0], {"tone": "rude"})
    assert ds.gold_scores().empty
    ds.add_gold({ds[1].id: {"tone": "polite"}}, user="rita")
    assert ds.gold_scores()[["annotator", "right", "answers"]].values.tolist() == [["ann", 1.0, 1]]


def test_scores_count_what_is_right_and_what_is_near():
    """A rating beside the known one is wrong, and nearer than one at the other end; each question is measured by itself."""
    ds = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[
            fw.RatingQuestion(name="stars", values=[1, 2, 3, 4, 5]),
            fw.MultiLabelQuestion(name="kinds", labels=["p", "q"]),
        ],
    )
    ds.add_records([{"text": f"t{at}"} for at in range(4)])
    for at, record in enumerate(ds):
        ds.respond(record.id, {"stars": 4, "kinds": ["p"]}, user="ann")
        ds.respond(record.id, {"stars": 5 if at else 4, "kinds": ["q", "p"]}, user="bob")
    ds.respond(ds[3].id, {"stars": 1, "kinds": ["q"]}, user="ann")
    ds.add_gold({each.id: {"stars": 4} for each in ds}, user="rita")
    ds.add_gold({ds[0].id: {"kinds": ["q", "p"]}}, user="rita")
    found = ds.gold_scores().set_index(["question", "annotator"])
    assert found["right"].to_dict() == {
        ("stars", "ann"): 0.75,
        ("stars", "bob"): 0.25,
        ("kinds", "ann"): 0.0,
        ("kinds", "bob"): 1.0,
    }
    assert found["near"][("stars", "ann")] == pytest.approx((3 + 0.25) / 4)
    assert found["near"][("stars", "bob")] == pytest.approx((1 + 3 * 0.75) / 4)
    assert found["near"][("kinds", "ann")] == pytest.approx(0.5)
    assert (found["low"] < found["right"] + 1e-9).all()
    assert (found["right"] < found["high"] + 1e-9).all()
    assert ds.gold_scores("kinds")["question"].unique().tolist() == ["kinds"]
    with pytest.raises(fw.InvalidInput, match="stars"):
        ds.gold_scores("star")


def test_a_page_learns_no_known_answer(tones):
    """What the desk sends to an annotator holds no known answer."""
    from feedback_widgets.widgets.protocol import record_view

    ds = tones(1)
    before = record_view(ds, "ann", ds[0])
    ds.add_gold({ds[0].id: {"tone": "rude"}}, user="rita")
    assert record_view(ds, "ann", ds[0]) == before
