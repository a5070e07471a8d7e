"""Facts measured on Argilla 1.29.1, against this package: the same, better by decision, or not there yet.

The cases lie beside the checkout, in `../shared/cases` (or `$FEEDBACK_WIDGETS_SHARED/cases`); without them there is nothing to
compare with, and the test is skipped.
"""

from __future__ import annotations

import json
import os
import uuid
import warnings
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.assignment import deal
from feedback_widgets.errors import FeedbackError
from feedback_widgets.metadata import MetadataProperty
from feedback_widgets.questions import Question

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[2] / "shared")
FILE = SHARED / "cases" / "argilla_dev.json"
CASES = json.loads(FILE.read_text("utf-8"))["cases"] if FILE.is_file() else []

# Where we decide differently, and why. The test fails when such a case turns out to be the same after all.
DIFFERENT = {
    "d-field-eq-question-name": "the columns of a field and a question of one name would collide in every table",
    "tmpl-ppo-export": "its question is called `rating`, so that the form can be exported",
    "r-float-int-ok": "a whole number is a number",
    "r-bad-suggestion": "suggestions are checked like answers: a model cannot propose what nobody could submit",
    "value-10": "numbers in a list are refused, not silently turned into text",
    "resp-user-not-uuid": "annotators are names; nobody knows their UUID",
    "local-sort_by": "sorting works wherever a dataset is kept: there is nothing to warn of",
    "resp-no-user-warning": "an answer of nobody known is ordinary, so there is nothing to warn of",
    "q-span-dict": "labels that all fit are all shown, and nobody asked for 20: nothing to warn of",
    "q-span-one": "labels that all fit are all shown, and nobody asked for 20: nothing to warn of",
}
NOT_YET: dict[str, str] = {}
REFUSED = "refused"  # stands for any error: the class differs, the sentence is tested elsewhere


def make_question(given):
    """Return the question of a case."""
    return Question.from_dict(given)


def make_dataset(given):
    """Return the dataset of a case, without what is not there yet."""
    properties = [MetadataProperty.from_dict(each) for each in given.get("metadata_properties", [])]
    return fw.FeedbackDataset(
        fields=[fw.TextField(**each) for each in given["fields"]],
        questions=[make_question(each) for each in given["questions"]],
        metadata_properties=properties,
        guidelines=given.get("guidelines"),
        allow_extra_metadata=given.get("allow_extra_metadata", True),
        vectors_settings=[fw.VectorSettings(**each) for each in given.get("vectors_settings", [])],
    )


def make_record(given):
    """Return a record of a case; Argilla's user numbers become names."""
    responses = [
        fw.Response(
            each["values"],
            str(uuid.UUID(int=each["user"])) if each.get("user") is not None else None,
            each.get("status", "submitted"),
        )
        for each in given.get("responses", [])
    ]
    suggestions = given.get("suggestions", [])
    said = (given.get("metadata"), responses, suggestions, given.get("external_id"), given.get("vectors"))
    return fw.Record(given["fields"], *said)


# -- one function per kind of case: input -> what Argilla's `expected.ok` holds --------------------------------------


def question(given):
    made = make_question(given)
    spec = made.spec()
    settings = {"type": made.type}
    if made.type == "text":
        settings["use_markdown"] = spec["use_markdown"]
    elif made.type == "rating":
        settings["options"] = [{"value": value} for value in spec["values"]]
    else:
        settings["options"] = spec["options"]
    if made.type == "span":
        settings |= {"field": spec["field"], "allow_overlapping": spec["allow_overlapping"]}
        settings["options"] = [{**option, "description": None} for option in spec["options"]]
    if "labels" in spec:
        settings["visible_options"] = spec["visible"]
    if "labels_order" in spec:
        settings["options_order"] = spec["labels_order"]
    return {**{key: spec[key] for key in ("name", "title", "description", "required")}, "settings": settings}


def field(given):
    made = fw.TextField(**given)
    settings = {"type": made.type, "use_markdown": made.use_markdown}
    return {"name": made.name, "title": made.title, "required": made.required, "settings": settings}


def metadata_property(given):
    form = MetadataProperty.from_dict(given).to_dict()
    shared = {key: form.pop(key) for key in ("name", "title", "visible_for_annotators")}
    return {**shared, "settings": {key: value for key, value in form.items() if value is not None}}


def dataset(given):
    made = make_dataset(given)
    return {
        "fields": [each.name for each in made.fields],
        "questions": [each.name for each in made.questions],
    }


def record(given):
    return add_records({"dataset": given["dataset"], "records": [given["record"]]})


def add_records(given):
    made = make_dataset(given["dataset"])
    made.add_records([make_record(each) for each in given["records"]])
    return {"records": len(made)}


def suggestion(given):
    return shown(fw.Record({"text": "t"}, suggestions=[given]).suggestions[0])


def record_update(given):
    made = make_record(given["record"])
    made.update(given["update"])
    return [shown(each) for each in made.suggestions]


def shown(made):
    return {name: getattr(made, name) for name in ("question_name", "value", "score", "type", "agent")}


def response_status(given):
    return fw.Response({}, status=given["status"]).status


def response_user(given):
    return fw.Response({}, **given).user_id


def ranking_value(given):
    return dict(fw.RankingValue(**given))


def span_value(given):
    made = fw.SpanValue(**given)
    return {"label": made.label, "start": made.start, "end": made.end, "score": made.score}


def response_value(given):
    """A value is good when some question could take it: here it is checked where it is answered."""
    value = given["value"]
    some = [
        fw.TextQuestion(name="q"),
        fw.RatingQuestion(name="q", values=range(11)),
        fw.MultiLabelQuestion(name="q", labels=["x", "y"]),
        fw.RankingQuestion(name="q", values=["x", "y"]),
    ]
    for each in some:
        try:
            return {"value": each.check(value, draft=True)}
        except fw.InvalidInput:
            continue
    raise fw.InvalidInput(f"no question takes {value!r}")


def local_method(given):
    made = make_dataset({"fields": [{"name": "text"}], "questions": [{"type": "text", "name": "q"}]})
    if given["method"] == "sort_by":
        return made.sort_by("-added").places
    if given["method"] == "__getitem__":
        return made[0]
    if given["method"] == "question_by_name":
        with pytest.warns(UserWarning, match=given["name"]):
            return made.question_by_name(given["name"])
    made.add_records([{"text": each} for each in "ABCD"])
    assert given["method"] == "dataset[1:3]"
    return [each.fields["text"] for each in made[1:3]]


def sort_by(given):
    made = fw.SortBy(**given)
    return {"field": made.field, "order": made.order}


def metadata_filter(given):
    kinds = {
        "terms": fw.TermsMetadataFilter,
        "integer": fw.IntegerMetadataFilter,
        "float": fw.FloatMetadataFilter,
    }
    given = dict(given)
    return kinds[given.pop("type")](**given).query_string


def vector_settings(given):
    form = fw.VectorSettings(**given).to_dict()
    return {key: form[key] for key in ("name", "title", "dimensions")}


def format_as(given):
    if "method" in given:
        made = getattr(fw.FeedbackDataset, given["method"])()
        made.add_records([{field.name: "text" for field in made.fields}])
        return {"num_rows": len(made.format_as("datasets"))}
    made = make_dataset(given["dataset"])
    made.add_records([make_record(each) for each in given["records"]])
    table = made.format_as("datasets")
    return {"columns": table.column_names, "num_rows": len(table), "rows": table.to_list()}


def assign_records(given):
    """Argilla names the members of each group under the group; here everybody's hand stands alone."""
    users = given["users"]
    dealt = deal(given["records"], users, given["overlap"])
    if isinstance(users, dict):
        return {group: {member: dealt[member] for member in members} for group, members in users.items()}
    return dealt


KINDS = [
    assign_records,
    question,
    field,
    metadata_property,
    dataset,
    record,
    add_records,
    suggestion,
    record_update,
    response_status,
    response_user,
    response_value,
    ranking_value,
    span_value,
    local_method,
    format_as,
    sort_by,
    metadata_filter,
    vector_settings,
]
KIND = {each.__name__: each for each in KINDS}


def missing(case):
    """Return the name of what a case is about that is not there yet, or None."""
    given = case["input"]
    what = {given.get("type"), given.get("method"), *given.get("record", {})}
    return next((NOT_YET[each] for each in what if each in NOT_YET), None)


def expected(case):
    """Return what Argilla gave, or REFUSED."""
    given = case["expected"]
    if "error" in given:
        return REFUSED
    return given if case["kind"] == "format_as" else given["ok"]


def measured(case):
    """Return what we give, or REFUSED, and the warnings."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            found = KIND[case["kind"]](case["input"])
        except (FeedbackError, RuntimeError):
            return REFUSED, []
    if case["kind"] == "format_as":
        found = {key: found[key] for key in case["expected"] if key in found}
    return found, [str(each.message) for each in said]


@pytest.mark.skipif(not CASES, reason=f"there are no cases at {FILE}")
@pytest.mark.parametrize(
    "case", [pytest.param(each, id=each["id"]) for each in CASES if each["kind"] in KIND]
)
def test_a_measured_fact_holds(case):
    """What Argilla's users rely on works here alike; where it does not, the reason stands above."""
    if what := missing(case):
        pytest.skip(f"not yet: {what}")
    found, said = measured(case)
    same = found == expected(case) and bool(said) == bool(case["expected"].get("warnings"))
    assert same != (case["id"] in DIFFERENT), f"here: {found} {said}; there: {case['expected']}"


@pytest.mark.skipif(not CASES, reason=f"there are no cases at {FILE}")
def test_most_facts_are_the_same():
    """The comparison compares: of the facts about what exists, more than nine in ten hold as they stand."""
    about = [each for each in CASES if each["kind"] in KIND and not missing(each)]
    different = [each for each in about if each["id"] in DIFFERENT]
    assert len(about) > 60
    assert len(different) * 10 < len(about)
