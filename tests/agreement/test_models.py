"""Suggestions beside answers: Argilla's names, the figures of scikit-learn, and none of Argilla's mistakes."""

from __future__ import annotations

import json
import math
import os
import random
import uuid
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn import metrics as sk

import feedback_widgets as fw
from feedback_widgets.errors import InvalidInput
from feedback_widgets.metrics import scores
from feedback_widgets.metrics.models import allowed

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[3] / "shared")
FILE = SHARED / "cases" / "argilla_dev.json"
EVERY = json.loads(FILE.read_text("utf-8"))["cases"] if FILE.is_file() else []
CASES = {each["id"]: each for each in EVERY}
TEXT = fw.TextField(name="text")


def judged(question, answers, suggestions, second=None):
    """Return a dataset: record by record ann's answer, bob's where there is a second list, and what a model said."""
    ds = fw.FeedbackDataset(fields=[TEXT], questions=[question])
    for at, (answer, said) in enumerate(zip(answers, suggestions, strict=True)):
        given = {"ann": answer} | ({"bob": second[at]} if second else {})
        responses = [
            fw.Response({question.name: value}, user) for user, value in given.items() if value is not None
        ]
        told = [fw.Suggestion(question.name, said, agent="model-1")] if said is not None else []
        ds.add_records([fw.Record({"text": f"text {at}"}, responses=responses, suggestions=told)])
    return ds


def figures(ds, name, *metrics, strategy="majority", **more):
    """Return the unified figures of one question by name."""
    found = ds.compute_model_metrics(metrics or None, name, strategy=strategy, **more)
    return {each.metric_name: each.result for each in found}


def tone(*labels):
    return fw.LabelQuestion(name="tone", labels=list(labels))


def from_case(given):
    """Return the dataset of a case; Argilla's user numbers become names."""
    form = given["dataset"]
    ds = fw.FeedbackDataset(
        fields=[fw.TextField(**each) for each in form["fields"]],
        questions=[fw.Question.from_dict(each) for each in form["questions"]],
    )
    for number, record in enumerate(given["records"]):
        responses = [
            fw.Response(each["values"], str(uuid.UUID(int=each["user"]))) for each in record["responses"]
        ]
        told = [
            {"question_name": each["question_name"], "value": each["value"]} for each in record["suggestions"]
        ]
        ds.add_records(
            [fw.Record(record["fields"], responses=responses, suggestions=told, external_id=str(number))]
        )
    return ds


def plain(found):
    """Return results as the cases write them."""
    if isinstance(found, list):
        return [plain(each) for each in found]
    result = found.result
    if found.metric_name == "confusion-matrix":
        split = result.to_dict("split")
        result = {key: split[key] for key in ("index", "columns", "data")}
    return {"metric": found.metric_name, "count": found.count, "result": result}


def close(found, wanted):
    if isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(close, found, wanted))
    if isinstance(wanted, float):
        return found == pytest.approx(wanted, abs=1e-6)
    if isinstance(wanted, dict):
        return found.keys() == wanted.keys() and all(close(found[key], wanted[key]) for key in wanted)
    return found == wanted


needs_cases = pytest.mark.skipif(not CASES, reason="the shared cases lie outside the repository")


@needs_cases
@pytest.mark.parametrize("name", [each["id"] for each in EVERY if each["kind"] == "unified_metrics"])
def test_unified_answers_of_argilla(name):
    """Suggestions against unified answers give Argilla's figures; where it ignored the strategy, those of the strategy."""
    case, given = CASES[name], CASES[name]["input"]
    found = plain(
        from_case(given).compute_model_metrics(
            given["metrics"], given["question"], strategy=given["strategy"]
        )
    )
    wanted = {"unified-rating-max-ignored": {"metric": "accuracy", "count": 3, "result": 1.0}}.get(
        name, case["expected"]
    )
    assert close(found, wanted), f"{found} instead of {wanted}"


@needs_cases
@pytest.mark.parametrize("name", [each["id"] for each in EVERY if each["kind"] == "model_metrics"])
def test_each_annotator_of_argilla(name):
    """Annotator by annotator the figures are Argilla's; its tables of two by two come with the names that belong to them."""
    expected, given = CASES[name]["expected"], CASES[name]["input"]
    ds = from_case(given)
    if "error" in expected:
        with pytest.raises(ValueError, match="metrics allowed: accuracy, f1-score"):
            ds.compute_model_metrics(given["metrics"], given["question"])
        return
    found = ds.compute_model_metrics(given["metrics"], given["question"])
    assert found.keys() == expected.keys()
    for user, results in expected.items():
        wanted = {each["metric"]: each for each in results}
        for each in found[user]:
            theirs = wanted[each.metric_name]
            assert each.count == theirs["count"]
            if each.metric_name != "confusion-matrix":
                assert each.result == pytest.approx(theirs["result"], abs=1e-6)
                continue
            for label, table in theirs["result"].items():
                # They wrote (true, false) over rows and columns that stand (false, true).
                ours = each.result[label].to_numpy()[::-1, ::-1].tolist()
                assert ours == table["data"]
                assert list(each.result[label].index) == [
                    f"responses_{label}_true",
                    f"responses_{label}_false",
                ]


@needs_cases
@pytest.mark.parametrize("name", [each["id"] for each in EVERY if each["kind"] == "allowed_metrics"])
def test_allowed_names_of_argilla(name):
    """Every type of question has the figures that Argilla had for it."""
    given, expected = CASES[name]["input"], CASES[name]["expected"]
    if given["family"] == "agreement":
        assert ("error" in expected) == (given["question_type"] == "text")
        return
    forms = {
        "label_selection": tone("a", "b"),
        "multi_label_selection": fw.MultiLabelQuestion(name="q", labels=["a", "b"]),
        "rating": fw.RatingQuestion(name="q", values=[1, 2]),
        "ranking": fw.RankingQuestion(name="q", values=["a", "b"]),
        "text": fw.TextQuestion(name="q"),
    }
    assert sorted(allowed(forms[given["question_type"]])) == expected["ok"]


@pytest.mark.parametrize("seed", range(3))
def test_labels_are_measured_as_by_scikit_learn(seed):
    """Accuracy, macro F1, precision, recall and the confusion matrix of random labels are scikit-learn's."""
    draw, labels = random.Random(seed), ["c", "a", "b", "never"]
    true = [draw.choice(labels[:3]) for _ in range(40)]
    said = [each if draw.random() < 0.6 else draw.choice(labels[:3]) for each in true]
    found = figures(judged(tone(*labels), true, said), "tone")
    macro = {"average": "macro", "zero_division": 0}
    assert found["accuracy"] == pytest.approx(sk.accuracy_score(true, said))
    assert found["f1-score"] == pytest.approx(sk.f1_score(true, said, **macro))
    assert found["precision"] == pytest.approx(sk.precision_score(true, said, **macro))
    assert found["recall"] == pytest.approx(sk.recall_score(true, said, **macro))
    assert (
        found["confusion-matrix"].to_numpy().tolist()
        == sk.confusion_matrix(true, said, labels=labels).tolist()
    )
    assert list(found["confusion-matrix"].index)[:2] == ["responses_c", "responses_a"]
    places = [labels.index(each) for each in true], [labels.index(each) for each in said]
    assert found["pearson-r"] == pytest.approx(np.corrcoef(*places)[0, 1])


def test_the_positive_label_is_settled():
    """Of two labels the first is positive, whatever the order of the records; another one on demand, and near misses are named."""
    true, said = ["spam", "ham", "ham", "spam"], ["spam", "spam", "ham", "ham"]
    for turn in (1, -1):
        ds = judged(tone("spam", "ham"), [*true, "ham"][::turn], [*said, "ham"][::turn])
        assert figures(ds, "tone", "precision", "recall") == {"precision": 0.5, "recall": 0.5}
        assert figures(ds, "tone", "recall", positive="ham")["recall"] == pytest.approx(2 / 3)
    with pytest.raises(InvalidInput, match="Did you mean 'spam'"):
        figures(ds, "tone", "recall", positive="spamm")


def test_ratings_correlate_by_rank_and_two_of_them_have_the_higher_as_positive():
    """Spearman's correlation of ratings with ties is that of their mean ranks."""
    stars = fw.RatingQuestion(name="stars", values=[1, 2, 3, 4, 5])
    true, said = [1, 2, 2, 5, 4, 3], [1, 1, 3, 5, 4, 4]
    found = figures(judged(stars, true, said), "stars", "spearman-r")["spearman-r"]
    assert found == pytest.approx(spearmanr(true, said).statistic)
    good = fw.RatingQuestion(name="stars", values=[0, 1])
    assert figures(judged(good, [1, 1, 0], [1, 0, 0]), "stars", "recall")["recall"] == 0.5


def test_a_mean_counts_as_the_nearest_rating():
    """Where unified ratings lie between two, figures of classes take the nearest, of two equally near the lower."""
    stars = fw.RatingQuestion(name="stars", values=[1, 2, 3, 4, 5])
    ds = judged(stars, [4, 1], [4, 2], second=[5, 2])
    assert ds.compute_model_metrics("accuracy", "stars", strategy="mean").result == 0.5


def test_a_suggestion_that_is_right_at_the_top_is_worth_more():
    """NDCG is 1 for the same ranking and least for the reverse: rank 1 is worth most."""
    order = fw.RankingQuestion(name="order", values=["a", "b", "c"])
    true = ["a", "b", "c"]
    found = [
        figures(judged(order, [true], [said]), "order")["ndcg-score"]
        for said in (true, ["a", "c", "b"], ["b", "a", "c"], ["c", "b", "a"])
    ]
    assert found[0] == 1.0
    assert found == sorted(found, reverse=True)
    wanted = sk.ndcg_score([[3, 2, 1]], [[1, 2, 3]])
    assert found[-1] == pytest.approx(wanted)
    tied = [{"value": "a", "rank": 1}, {"value": "b", "rank": 1}, {"value": "c", "rank": 3}]
    assert figures(judged(order, [true], [tied]), "order")["ndcg-score"] == pytest.approx(
        sk.ndcg_score([[3, 2, 1]], [[3, 3, 1]])
    )


def test_texts_are_compared_by_words():
    """ROUGE and GLEU are 1 for the same text, count shared runs of words, and know their order."""
    why = fw.TextQuestion(name="why")
    found = figures(judged(why, ["the cat sat down"], ["the cat lay down"]), "why", strategy="medoid")
    assert found["rouge"] == pytest.approx({"rouge1": 0.75, "rouge2": 1 / 3, "rougeL": 0.75})
    assert found["gleu"] == pytest.approx((3 + 1) / 10)
    assert figures(judged(why, ["a b"], ["b a"]), "why", strategy="medoid")["rouge"] == {
        "rouge1": 1.0,
        "rouge2": 0.0,
        "rougeL": 0.5,
    }
    assert scores.gleu(["same text"], ["same text"]) == 1.0


def test_pairs_are_measured_by_their_choice():
    """A preference has the figures of a label; its strength does not matter."""
    better = fw.PairwiseQuestion(name="better", fields=["text", "other"])
    ds = fw.FeedbackDataset(fields=[TEXT, fw.TextField(name="other")], questions=[better])
    for at, (answer, said) in enumerate([("text", "text"), ("other", "text"), ("tie", "tie")]):
        told = [fw.Suggestion("better", said)]
        ds.add_records(
            [
                fw.Record(
                    {"text": f"{at}", "other": f"o{at}"},
                    suggestions=told,
                    responses=[fw.Response({"better": answer}, "ann")],
                )
            ]
        )
    assert figures(ds, "better", "accuracy")["accuracy"] == pytest.approx(2 / 3)


def test_what_has_no_suggestion_is_skipped_and_counted():
    """A record without a suggestion, and one whose suggestion came too late to fit, take no part; the result says how many."""
    ds = judged(tone("a", "b"), ["a", "b", "a"], ["a", None, "b"])
    (found,) = ds.compute_model_metrics(["accuracy"], "tone")["ann"]
    assert (found.count, found.skipped, found.result) == (2, 1, 0.5)
    assert ds.compute_model_metrics("accuracy", "tone", strategy="majority").skipped == 1


def test_drafts_do_not_count_and_annotators_stand_apart():
    """Only submitted answers are held against suggestions, each annotator's for themselves."""
    ds = judged(tone("a", "b"), ["a", "b"], ["a", "a"], second=["b", "b"])
    ds.respond(ds[1].id, {"tone": "a"}, user="eve", status="draft")
    found = ds.compute_model_metrics(["accuracy"], "tone")
    assert {user: results[0].result for user, results in found.items()} == {"ann": 0.5, "bob": 0.0}


def test_one_agent_alone():
    """Where several models made suggestions one can be asked for; an unknown one is refused with the near miss."""
    fields = {"text": "one"}, {"text": "two"}
    ds = fw.FeedbackDataset(fields=[TEXT], questions=[tone("a", "b")])
    for given, right in zip(fields, ("a", "b"), strict=True):
        told = [fw.Suggestion("tone", right, agent="model-1"), fw.Suggestion("tone", "a", agent="model-2")]
        ds.add_records([fw.Record(given, responses=[fw.Response({"tone": right}, "ann")], suggestions=told)])
    assert figures(ds, "tone", "accuracy", agent="model-1")["accuracy"] == 1.0
    assert figures(ds, "tone", "accuracy", agent="model-2")["accuracy"] == 0.5
    with pytest.raises(InvalidInput, match="Did you mean 'model-1'"):
        figures(ds, "tone", "accuracy", agent="model1")


def test_what_a_reviewer_decided_is_the_truth():
    """With a strategy, an adjudicated value is what suggestions are held against."""
    ds = judged(tone("a", "b"), ["a"], ["b"])
    assert figures(ds, "tone", "accuracy")["accuracy"] == 0.0
    ds.review(user="rita").decide(ds[0], {"tone": "b"})
    assert figures(ds, "tone", "accuracy")["accuracy"] == 1.0


def test_nothing_to_compare_is_nan_with_a_warning():
    """Without any suggestion every figure is nan, and a warning says why."""
    ds = judged(tone("a", "b"), ["a"], [None])
    with pytest.warns(UserWarning, match="nothing to compare"):
        found = figures(ds, "tone", "accuracy", "f1-score", "pearson-r")
    assert all(math.isnan(each) for each in found.values())


def test_wrong_names_are_refused():
    """Questions without figures, unknown questions, metrics and strategies are refused in words."""
    ds = fw.FeedbackDataset(
        fields=[TEXT],
        questions=[tone("a", "b"), fw.SpanQuestion(name="marks", field="text", labels=["x"], required=False)],
    )
    with pytest.raises(NotImplementedError, match="SpanQuestion"):
        ds.compute_model_metrics("accuracy", "marks")
    with pytest.raises(InvalidInput, match="Did you mean 'tone'"):
        ds.compute_model_metrics("accuracy", "tune")
    with pytest.raises(InvalidInput, match="Did you mean 'accuracy'"):
        ds.compute_model_metrics("acuracy", "tone")
    with pytest.raises(InvalidInput, match="Did you mean 'majority'"):
        ds.compute_model_metrics("accuracy", "tone", strategy="majorty")
    with pytest.raises(InvalidInput, match="keeps every answer"):
        ds.compute_model_metrics("accuracy", "tone", strategy="disagreement")
