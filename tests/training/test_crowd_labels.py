"""Training labels by models of the crowd: the same values that aggregation gives, weighed over all records."""

from __future__ import annotations

import random

import pytest

import feedback_widgets as fw

Task = fw.TrainingTask


def crowd(question, wrap):
    """Return a dataset of 60 records and what is true: three people are right in four of five, two always say the other."""
    draw, turned = random.Random(4), {0: 1, 1: 0}
    other = fw.TextField(name="other", required=False)
    ds = fw.FeedbackDataset(fields=[fw.TextField(name="text"), other], questions=[question])
    truth = {}
    for at in range(60):
        true = draw.randrange(2)
        truth[f"text {at}"] = true
        said = {who: true if draw.random() < 0.8 else turned[true] for who in ("ann", "bob", "cem")}
        said |= {"mad": turned[true], "odd": turned[true]}
        responses = [fw.Response({question.name: wrap(value)}, who) for who, value in said.items()]
        ds.add_records([fw.Record({"text": f"text {at}", "other": "so"}, responses=responses)])
    return ds, truth


QUESTIONS = {
    "label": (fw.LabelQuestion(name="q", labels=["a", "b"]), lambda at: "ab"[at], "dawid_skene"),
    "rating": (fw.RatingQuestion(name="q", values=[1, 2]), lambda at: at + 1, "dawid_skene"),
    "several": (fw.MultiLabelQuestion(name="q", labels=["a", "b"]), lambda at: ["ab"[at]], "dawid_skene"),
    "pairwise": (
        fw.PairwiseQuestion(name="q", fields=["text", "other"]),
        lambda at: ("text", "other")[at],
        "dawid_skene",
    ),
}


def rows(ds, strategy):
    task = Task.for_text_classification(text="text", label="q", label_strategy=strategy)
    return {row["text"]: row["label"] for row in ds.prepare_for_training("transformers", task).to_list()}


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_crowd_model_labels_what_is_trained_on(kind):
    """Dawid and Skene's model sees through people who turn labels round, where the majority follows them."""
    question, wrap, strategy = QUESTIONS[kind]
    ds, truth = crowd(question, wrap)
    wanted = {text: [true] if kind == "several" else true for text, true in truth.items()}
    found = rows(ds, strategy)
    assert found == wanted
    majority = rows(ds, "majority")
    assert sum(majority[text] == true for text, true in wanted.items()) < 50


@pytest.mark.parametrize("strategy", ["majority_weighted", "wawa", "mace"])
def test_every_model_goes(strategy):
    """Training rows carry what `aggregate` gives with the same model."""
    question, wrap, _ = QUESTIONS["label"]
    ds, _ = crowd(question, wrap)
    frame = ds.aggregate("q", strategy)
    wanted = {
        ds.record(key).fields["text"]: "ab".index(value)
        for key, value in zip(frame["record_id"], frame["value"], strict=True)
    }
    assert rows(ds, strategy) == wanted


def test_rankings_take_the_best_of_their_strengths():
    """A ranking's label is the best by Bradley and Terry's strengths; a draw for the first place is left out and counted."""
    question = fw.RankingQuestion(name="q", values=["a", "b", "c"])
    ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[question])
    for at, (one, two) in enumerate([(["b", "a", "c"], ["b", "c", "a"]), (["a", "b", "c"], ["b", "a", "c"])]):
        responses = [fw.Response({"q": one}, "ann"), fw.Response({"q": two}, "bob")]
        ds.add_records([fw.Record({"text": f"text {at}"}, responses=responses)])
    task = Task.for_text_classification(text="text", label="q", label_strategy="bradley_terry")
    found = ds.prepare_for_training("transformers", task).to_list()
    assert [(row["text"], row["label"]) for row in found] == [("text 0", 1)]
    assert task.report.skipped["tie"] == 1


def test_what_a_reviewer_decided_wins_over_the_model():
    """A model of the crowd does not overrule a reviewer."""
    question, wrap, strategy = QUESTIONS["label"]
    ds, truth = crowd(question, wrap)
    ds.review(user="rita").decide(ds[0], {"q": wrap(1 - truth["text 0"])})
    assert rows(ds, strategy)["text 0"] == 1 - truth["text 0"]


def test_a_model_that_a_question_has_not_is_refused():
    """Several labels have no weighted majority, and the error names what they have."""
    question, wrap, _ = QUESTIONS["several"]
    ds, _ = crowd(question, wrap)
    with pytest.raises(fw.InvalidInput, match="they have majority, dawid_skene, mace, disagreement"):
        rows(ds, "majority_weighted")


def test_marks_that_nearly_meet_are_one():
    """A span that two of three marked is learned, though one of them stopped a character early."""
    ds = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")], questions=[fw.SpanQuestion(name="q", field="text", labels=["x"])]
    )
    marks = [(0, 6), (0, 5), (8, 10)]
    responses = [
        fw.Response({"q": [{"start": start, "end": end, "label": "x"}]}, f"person {at}")
        for at, (start, end) in enumerate(marks)
    ]
    ds.add_records([fw.Record({"text": "Berlin is far"}, responses=responses)])
    (row,) = ds.prepare_for_training("transformers", Task.for_token_classification(label="q")).to_list()
    assert len([tag for tag in row["tags"] if tag != "O"]) >= 1
