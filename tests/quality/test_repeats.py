"""Blind repeats: drawn once, asked of who answered first, told apart by nobody, and counted by no other figure."""

from __future__ import annotations

import math

import pytest

import feedback_widgets as fw
from feedback_widgets.store.current import repeats


def twins(ds):
    """Return pairs of (first record, its repeat)."""
    return [(ds.record(first), ds.record(twin)) for twin, first in repeats(ds.store, ds.key).items()]


def answer(ds, user, tone, records=None):
    """Answer records (default all) with one tone, or a function of the record."""
    for each in records or list(ds):
        ds.respond(each.id, {"tone": tone(each) if callable(tone) else tone}, user=user)


def test_repeats_are_drawn_once_and_stay(tones):
    """Running the cell again adds nothing, and a larger share keeps the smaller one."""
    ds = tones(100)
    first = ds.add_repeats(0.2)
    assert 10 < first.new < 30
    assert ds.add_repeats(0.2) == (0, first.new)
    drawn = {each.id for each, _ in twins(ds)}
    more = ds.add_repeats(0.5)
    assert more.known == first.new
    assert drawn < {each.id for each, _ in twins(ds)}
    assert len(ds) == 100 + more.known + more.new


def test_a_repeat_looks_like_the_first_one(tones):
    """Nothing that a page is sent tells a repeat from its first: same fields, same metadata, same suggestions."""
    ds = tones(3)
    ds.add_records(
        [
            {
                "fields": {"text": "t0"},
                "suggestions": [{"question_name": "tone", "value": "rude", "agent": "m"}],
            }
        ]
    )
    ds.add_repeats(1)
    assert len(twins(ds)) == 3
    for first, again in twins(ds):
        assert (again.fields, again.metadata, again.suggestions) == (
            first.fields,
            first.metadata,
            first.suggestions,
        )
        assert again.id != first.id
    from feedback_widgets.widgets.protocol import record_view  # the one place that writes a record for a page

    first, again = twins(ds)[0]
    shown = [record_view(ds, "ann", each) for each in (first, again)]
    unlike = {key for key in shown[0] | shown[1] if shown[0].get(key) != shown[1].get(key)}
    assert unlike == {"record", "index"}


def test_other_seeds_draw_others(tones):
    """The seed decides who is drawn, on every machine alike."""
    one, other, again = tones(50), tones(50), tones(50)
    for ds, seed in ((one, 0), (other, 1), (again, 0)):
        ds.add_repeats(0.3, seed=seed)
    drawn = [{each.id for each, _ in twins(ds)} for ds in (one, other, again)]
    assert drawn[0] == drawn[2] != drawn[1]


@pytest.mark.parametrize("share", [0, -0.1, 1.1, True, "all", float("nan")])
def test_a_share_that_is_none(tones, share):
    """The refusal names the share and the rule, and adds nothing."""
    ds = tones(3)
    with pytest.raises(fw.InvalidInput, match="above 0 and at most 1"):
        ds.add_repeats(share)
    assert len(ds) == 3


def test_nobody_else_is_asked_where_work_is_shared_out(tones):
    """With an overlap a repeat is for those who answered the first one, who go on with what is free; it restricts nobody."""
    ds = tones(10, distribution=fw.Distribution(min_submitted=2))
    answer(ds, "ann", "rude", ds[:4])
    answer(ds, "bob", "rude", ds[:2])
    assert ds.add_repeats(1).new == 4
    asked = {
        user: [ds._memory.id_at(at) for at, flag in enumerate(ds._shares.open(user) or b"") if flag]
        for user in ("ann", "bob", "cem")
    }
    again = {first.id: twin.id for first, twin in twins(ds)}
    ids = [each.id for each in ds]
    fresh = ids[4:10]
    assert asked["ann"] == fresh + [each for each in ids[10:] if each in again.values()]
    assert set(asked["bob"]) == {*ids[2:10], again[ids[0]], again[ids[1]]}
    assert set(asked["cem"]) == set(ids[2:10])
    assert ds.progress("cem")["pending"] == 8
    closed = {user: [ds._shares.is_closed(user, at) for at in (5, 10)] for user in ("ann", "cem")}
    assert closed == {"ann": [False, False], "cem": [False, True]}


def test_repeats_wait_for_the_first_answers_where_work_is_shared_out(tones):
    """Before anybody has answered, nobody knows whose repeat it is: the refusal says when to come back."""
    ds = tones(10, distribution=fw.Distribution(min_submitted=2))
    with pytest.raises(fw.InvalidInput, match="call add_repeats again once there are answers"):
        ds.add_repeats(0.5)
    assert len(ds) == 10


def test_assigning_takes_repeats_along(tones):
    """`assign` deals first records, and each repeat goes to whom its first goes to."""
    ds = tones(10)
    ds.add_repeats(1)
    dealt = ds.assign(None, ["ann", "bob"])
    assert sorted(map(len, dealt.values())) == [5, 5]
    of = {}
    for each in ds.assignments():
        of.setdefault(each.record_id, set()).add(each.user_id)
    assert len(of) == 20
    assert all(of[first.id] == of[again.id] for first, again in twins(ds))


def test_self_agreement_is_measured_on_repeats(tones):
    """The share of equal answers is per question and per annotator; nobody is compared with anybody else."""
    ds = tones(20)
    ds.add_repeats(1)
    both = twins(ds)
    for at, (first, again) in enumerate(both):
        answer(ds, "ann", ["polite", "rude"][at % 2], [first, again])
        answer(ds, "bob", "rude", [first])
        answer(ds, "bob", "flat" if at < 5 else "rude", [again])
    answer(ds, "cem", "flat", [both[0][1]])  # a repeat without its first
    line = ds.self_agreement().iloc[0]
    assert (line["percent"], line["repeats"], line["annotators"]) == (pytest.approx(35 / 40), 40, 2)
    assert line["low"] < line["alpha"] < line["high"]
    each = ds.self_agreement(by="annotator").set_index("annotator")
    assert each["percent"].to_dict() == {"ann": 1.0, "bob": 0.75}
    assert each["low"]["ann"] < 1


def test_self_agreement_knows_every_distance():
    """Spans, ratings and rankings agree with themselves by their own measures, also in part."""
    ds = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[
            fw.SpanQuestion(name="where", field="text", labels=["x"]),
            fw.RatingQuestion(name="stars", values=[1, 2, 3, 4, 5]),
            fw.TextQuestion(name="why", required=False),
        ],
    )
    ds.add_records([{"text": f"some text, number {at}"} for at in range(6)])
    ds.add_repeats(1)
    for at, (first, again) in enumerate(twins(ds)):
        for record, moved in ((first, 0), (again, at % 2)):
            where = [{"start": moved, "end": 4 + moved, "label": "x"}]
            ds.respond(record.id, {"where": where, "stars": 1 + at % 4 + moved}, user="ann")
    found = ds.self_agreement().set_index("question")
    assert list(found.index) == ["where", "stars"]
    assert 0 < found["alpha"]["where"] < 1
    assert 0 < found["alpha"]["stars"] < 1
    assert found["repeats"].to_dict() == {"where": 6, "stars": 6}
    with pytest.raises(fw.InvalidInput, match="no metrics are defined for TextQuestion"):
        ds.self_agreement("why")


def test_no_repeats_no_figure(tones):
    """Without repeats the figure is nan, and a table for annotators is empty."""
    ds = tones(3)
    answer(ds, "ann", "rude")
    line = ds.self_agreement().iloc[0]
    assert line["repeats"] == 0
    assert math.isnan(line["percent"])
    assert ds.self_agreement(by="annotator").empty
    with pytest.raises(fw.InvalidInput, match="'question' or 'annotator'"):
        ds.self_agreement(by="record")


def test_a_repeat_counts_in_no_other_figure(tones):
    """Aggregation, agreement, reviewing and training see the first answer alone."""
    ds = tones(6)
    answer(ds, "ann", "rude")
    answer(ds, "bob", lambda each: "rude" if each.fields["text"] < "t3" else "polite")
    task = fw.TrainingTask.for_text_classification(text="text", label="tone")
    free = fw.TrainingTask.for_text_classification(lambda row: (row["text"], "rude"))
    before = (
        ds.aggregate("tone").to_dict("records"),
        ds.agreement(draws=0)["tone"].alpha,
        len(ds.prepare_for_training("transformers", task)),
        len(ds.prepare_for_training("transformers", free)),
    )
    ds.add_repeats(1)
    for _, again in twins(ds):
        answer(ds, "ann", "flat", [again])
        answer(ds, "bob", "polite", [again])
    assert ds.aggregate("tone").to_dict("records") == before[0]
    assert ds.agreement(draws=0)["tone"].alpha == before[1]
    assert len(ds.prepare_for_training("transformers", task)) == before[2] == 6
    assert len(ds.prepare_for_training("transformers", free)) == before[3] == 6
    from feedback_widgets.review.disputes import by_disagreement

    assert {each.record_id for each in by_disagreement(ds)} == {first.id for first, _ in twins(ds)}


def test_repeats_survive_saving_and_other_kernels(tones, tmp_path):
    """Repeats are kept with the dataset: a loaded one knows them, and draws nothing twice."""
    ds = tones(10).save("t", store=tmp_path / "s.db")
    ds.add_repeats(1)
    other = fw.FeedbackDataset.load("t", store=tmp_path / "s.db")
    assert other.add_repeats(1) == (0, 10)
    assert len(twins(other)) == 10
