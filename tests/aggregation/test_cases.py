"""What Argilla 1.29.1 made of many answers, beside what we make of them; the deviations stand in docs/aggregation.md.

The cases lie outside the repository; without them there is nothing to compare with, and the test is skipped.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.aggregation import unify

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[3] / "shared")
FILE = SHARED / "cases" / "argilla_dev.json"
CASES = json.loads(FILE.read_text("utf-8"))["cases"] if FILE.is_file() else []
pytestmark = pytest.mark.skipif(not CASES, reason=f"there are no cases at {FILE}")

# Where we decide otherwise, and what comes out here.
DECIDED = {
    "unify-rating-bad-strategy": [1],  # ratings have `disagreement` too
    "unify-label-disagreement-twice": ["a", "b"],  # running it twice changes nothing
    "unify-text-disagreement": ["x", "y"],  # nobody's text is lost
    "unify-multilabel-duplicate": [
        ["b"]
    ],  # who names a label twice has one vote for it, and a form refuses it
}


def of_kind(*kinds):
    return [pytest.param(each, id=each["id"]) for each in CASES if each["kind"] in kinds]


def values_of(given):
    """Return the submitted answers of a case; ratings that Argilla took as texts are numbers here."""
    said = [each for each in given["responses"] if each.get("status", "submitted") == "submitted"]
    number = int if given["question"]["type"] == "rating" else lambda each: each
    return [number(each["value"]) for each in said if "value" in each]


def same(ours, theirs, kind):
    """Compare values: numbers stay numbers here, where Argilla made texts of some."""
    if kind == "rating":
        return [float(each) for each in ours] == [float(each) for each in theirs]
    return ours == theirs


def expected(case):
    """Return the lists of values that will do, or None for an error."""
    if case["id"] in DECIDED:
        return [DECIDED[case["id"]]]
    if "error" in case["expected"]:
        return None
    found = [each["unified"] for each in case["expected"].get("one_of", [case["expected"]])]
    return [[each["value"] for each in values or []] for values in found]


@pytest.mark.parametrize("case", of_kind("unify"))
def test_many_answers_become_one_as_in_argilla(case):
    """Every rule gives Argilla's value for the answers to one record; what it drew by chance is one of what it drew."""
    given, wanted = case["input"], expected(case)
    question = fw.Question.from_dict(given["question"])
    kind = question.type
    options = list(question.values) if kind == "rating" else list(getattr(question, "option_values", []))
    if wanted is None:
        with pytest.raises(ValueError) as refused:
            unify(values_of(given), options, kind, given["strategy"])
        assert type(refused.value).__mro__[1:].count(ValueError) == 1
        assert case["expected"]["error"] in {each.__name__ for each in type(refused.value).__mro__}
        return
    found = unify(values_of(given), options, kind, given["strategy"])
    assert any(same(found, each, kind) for each in wanted), f"{found} is none of {wanted}"


def dataset_of(question, said):
    """Return a dataset of one record with these answers, each a value and a status."""
    number = int if question["type"] == "rating" else lambda each: each
    ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.Question.from_dict(question)])
    responses = [
        fw.Response({"q": number(value)}, f"person {at}", status) for at, (value, status) in enumerate(said)
    ]
    ds.add_records([fw.Record({"text": "t"}, responses=responses)])
    return ds


def set_like(value):
    """Return a value whose own order is the question's: here labels stand in its order, and places of a ranking best first."""
    if not isinstance(value, list):
        return value
    return sorted(
        ([each["rank"], each["value"]] if isinstance(each, dict | fw.RankingValue) else each)
        for each in value
    )


@pytest.mark.parametrize("case", [each for each in of_kind("unify") if expected(each.values[0])])
def test_datasets_give_the_same(case):
    """`compute_unified_responses` gives the same as the rule itself, run once or twice; what a form refuses is refused."""
    given = case["input"]
    question, kind = given["question"], given["question"]["type"]
    said = [
        (each["value"], each.get("status", "submitted")) for each in given["responses"] if "value" in each
    ]
    short = kind == "ranking" and any(len(value) < len(question["values"]) for value, _ in said)
    if short or case["id"] == "unify-multilabel-duplicate":
        with pytest.raises(fw.InvalidInput):
            dataset_of(question, said)
        return
    ds = dataset_of(question, said)
    wanted = [[set_like(each) for each in values] for values in expected(case)]
    for _ in range(2):
        assert ds.compute_unified_responses("q", given["strategy"]) is ds
        found = [set_like(each["value"]) for each in ds[0].unified_responses.get("q", [])]
        assert any(same(found, each, kind) for each in wanted), f"{found} is none of {wanted}"


@pytest.mark.parametrize("case", of_kind("unify_dataset"))
def test_no_rule_is_the_majority(case):
    """Without a rule `compute_unified_responses` takes the majority, and says so in Argilla's form."""
    given = case["input"]
    (question,), (record,) = given["dataset"]["questions"], given["records"]
    ds = dataset_of(question, [(each["values"]["q"], "submitted") for each in record["responses"]])
    ds.compute_unified_responses(given["question"], given["strategy"])
    assert [ds[0].unified_responses] == case["expected"]["unified"]


@pytest.mark.parametrize("case", of_kind("unify_default"))
def test_the_rule_that_training_takes(case):
    """Without a rule, training takes the mean of ratings and the majority of rankings."""
    question = case["input"]["question"]
    rating = question["type"] == "rating"
    answers = [1, 5, 5] if rating else [["a", "b", "c"], ["b", "a", "c"], ["b", "c", "a"]]
    ds = dataset_of(question, [])
    responses = [fw.Response({"q": each}, f"person {at}") for at, each in enumerate(answers)]
    ds.add_records([fw.Record({"text": "other"}, responses=responses)])
    task = fw.TrainingTask.for_text_classification(text="text", label="q")
    (row,) = ds.prepare_for_training("transformers", task, train_size=1.0)
    assert row["label"] == (3 if rating else 1)  # the mean, 3.67, is nearest to the fourth rating
    assert case["expected"]["strategy"] == ("mean" if rating else "majority")
