"""Questions: what an annotator answers. The cases are read by the front end's tests too."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from feedback_widgets import FeedbackDataset, Suggestion, TextField
from feedback_widgets.errors import InvalidInput
from feedback_widgets.questions import (
    LabelQuestion,
    MultiLabelQuestion,
    PairwiseQuestion,
    Question,
    RankingQuestion,
    RankingValue,
    RatingQuestion,
    SpanQuestion,
    SpanValue,
    TextQuestion,
)
from feedback_widgets.settings import Settings

FILES = sorted((Path(__file__).parent / "cases" / "questions").glob("*.json"))
CASES = [case for file in FILES for case in json.loads(file.read_text("utf-8"))["cases"]]
COMPUTED = {"options", "visible"}  # what a spec adds to the constructor's arguments
TONE = LabelQuestion(name="tone", labels={"pos": "Positive", "neg": "Negative"})
TOPICS = MultiLabelQuestion(name="topics", labels=["math", "code", "art"])
ORDER = RankingQuestion(name="order", values=["a", "b", "c"])
QUALITY = RatingQuestion(name="quality", values=[1, 2, 3])


def made(case: dict) -> Question:
    """Return the question of a case."""
    return Question.from_dict({key: value for key, value in case["spec"].items() if key not in COMPUTED})


def each(what: str) -> list:
    """Return one parameter set per (case, value) of a list in the case files."""
    return [
        pytest.param(case, value, id=f"{case['spec']['name']}-{i}")
        for case in CASES
        for i, value in enumerate(case[what])
    ]


def test_every_type_has_cases_and_no_other():
    """A question type is one class and one case file."""
    assert {file.stem for file in FILES} == set(Question.kinds)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["spec"]["name"])
def test_the_spec_is_what_the_front_end_was_tested_with(case):
    """Both sides read the same description of a question."""
    assert made(case).spec() == case["spec"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["spec"]["name"])
def test_a_question_survives_being_written_down(case):
    """`from_dict(to_dict())` gives the same question back."""
    question = made(case)
    assert Question.from_dict(json.loads(json.dumps(question.to_dict()))) == question


@pytest.mark.parametrize(("case", "value"), each("good"))
def test_a_good_answer_has_one_stored_form(case, value):
    """What the desk may submit passes, and checking it again changes nothing."""
    question = made(case)
    stored = question.check(value)
    assert question.check(stored) == stored
    assert question.check(question.present(stored)) == stored
    assert json.loads(json.dumps(stored)) == stored


@pytest.mark.parametrize(("case", "bad"), each("bad"))
def test_a_bad_answer_is_refused_by_the_question_s_name(case, bad):
    """What the desk must not submit is refused in a sentence that names the question."""
    with pytest.raises(InvalidInput, match=case["spec"]["name"]):
        made(case).check(bad["value"])


@pytest.mark.parametrize(("case", "value"), each("draft"))
def test_an_unfinished_answer_passes_only_as_a_draft(case, value):
    """A draft may be incomplete; a submitted answer may not."""
    question = made(case)
    stored = question.check(value, draft=True)
    assert question.check(stored, draft=True) == stored
    with pytest.raises(InvalidInput):
        question.check(value)


@pytest.mark.parametrize(
    ("question", "value", "words"),
    [
        (TONE, "poss", ["'tone'", "no label 'poss'", "pos, neg", "Did you mean 'pos'?"]),
        (TONE, None, ["no label None"]),
        (TOPICS, ["maths"], ["no label 'maths'", "Did you mean 'math'?"]),
        (TOPICS, ["math", "math"], ["'math' twice", "each label once"]),
        (TOPICS, [], ["at least one label", "math, code, art"]),
        (TOPICS, "math", ["needs a list of labels", "'math'"]),
        (QUALITY, 4, ["'quality'", "one of 1, 2, 3", "got 4"]),
        (QUALITY, "2", ["got '2'"]),
        (QUALITY, True, ["got True"]),
        (ORDER, ["a", "b"], ["'order'", "leaves c without a rank", "rank every option"]),
        (ORDER, ["a", "b", "b", "c"], ["ranks 'b' twice", "one rank"]),
        (ORDER, ["a", "b", "d"], ["no option 'd'"]),
        (ORDER, [{"value": "a", "rank": 0}], ["rank 0 of 'a'", "whole numbers from 1"]),
        (ORDER, [{"value": "a", "place": 1}], ["cannot read the place", "'rank': 1"]),
        (ORDER, {"rank": [1, 2], "value": ["a", "b", "c"]}, ["'order'", "as many ranks as values"]),
        (ORDER, 7, ["needs a list of options, best first", "got 7"]),
        (TextQuestion(name="why"), "  ", ["'why' needs an answer", "blank"]),
        (TextQuestion(name="why"), 3, ["needs text", "got 3 (int)"]),
    ],
)
def test_the_sentence_names_value_rule_and_remedy(question, value, words):
    """A refusal can be acted on without reading the code."""
    with pytest.raises(InvalidInput) as caught:
        question.check(value)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    "spelling",
    [
        ["b", "a", "c"],
        ("b", "a", "c"),
        [{"value": "a", "rank": 2}, {"value": "b", "rank": 1}, {"rank": 3, "value": "c"}],
        [RankingValue("c", 3), RankingValue("b", 1), RankingValue("a", 2)],
        {"rank": [3, 1, 2], "value": ["c", "b", "a"]},
    ],
)
def test_every_spelling_of_a_ranking_is_stored_alike(spelling):
    """Lists, places, RankingValue objects and Arrow's columns mean the same."""
    assert ORDER.check(spelling) == [
        {"value": "b", "rank": 1},
        {"value": "a", "rank": 2},
        {"value": "c", "rank": 3},
    ]


def test_tied_options_stand_in_the_order_of_the_question():
    """A tie has one stored form."""
    tied = [{"value": "c", "rank": 1}, {"value": "b", "rank": 2}, {"value": "a", "rank": 1}]
    assert [place["value"] for place in ORDER.check(tied)] == ["a", "c", "b"]


def test_a_presented_ranking_answers_to_attribute_and_key():
    """Loops written for either spelling run."""
    best = ORDER.present(ORDER.check(["b", "a", "c"]))[0]
    assert (best.value, best.rank, best["value"], best["rank"]) == ("b", 1, "b", 1)
    assert dict(best) == {"value": "b", "rank": 1}
    with pytest.raises(KeyError):
        best["place"]


def test_labels_are_stored_in_the_question_s_order():
    """The same set of labels is the same answer, however it was clicked together."""
    assert TOPICS.check(["art", "math"]) == TOPICS.check(("math", "art")) == ["math", "art"]


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        (LabelQuestion, {"labels": ["one"]}, ["labels=['one']", "at least two labels"]),
        (LabelQuestion, {"labels": "abc"}, ["labels='abc'", "give a list"]),
        (LabelQuestion, {"labels": ["a", "a"]}, ["label 'a' is given twice"]),
        (LabelQuestion, {"labels": ["a", ""]}, ["label ''", "non-empty text"]),
        (LabelQuestion, {"labels": {"a": "A", "b": "A"}}, ["'A' is given twice"]),
        (LabelQuestion, {"labels": {"a": 1, "b": 2}}, ["1", "text"]),
        (LabelQuestion, {}, ["'q' needs labels="]),
        (LabelQuestion, {"labels": ["a", "b", "c"], "visible_labels": 2}, ["visible_labels=2", "at least 3"]),
        (MultiLabelQuestion, {"labels": ["a", "b"], "labels_order": "random"}, ["'random'", "natural"]),
        (RankingQuestion, {"values": ["a"]}, ["values=['a']", "at least two values"]),
        (RankingQuestion, {"values": [1, 2]}, ["value 1", "text"]),
        (RatingQuestion, {"values": [1]}, ["[1]", "at least two whole numbers"]),
        (RatingQuestion, {"values": [1, 11]}, ["11", "0 to 10"]),
        (RatingQuestion, {"values": [-1, 1]}, ["-1", "0 to 10"]),
        (RatingQuestion, {"values": [1, 1]}, ["'1' is given twice"]),
        (RatingQuestion, {"values": [1.5, 2]}, ["1.5", "whole numbers"]),
        (TextQuestion, {"use_markdwn": True}, ["'use_markdwn'", "Did you mean 'use_markdown'?"]),
    ],
)
def test_settings_against_the_rule_are_refused_in_words(kind, settings, words):
    """A question that cannot be asked is an error where it is written."""
    with pytest.raises(InvalidInput) as caught:
        kind(name="q", **settings)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("asked", "count", "shown"), [(None, 25, None), (-1, 25, 20), (-1, 20, None), (3, 4, 3)]
)
def test_long_label_lists_fold(asked, count, shown):
    """More than 20 labels fold after 20; None shows all; a number is obeyed."""
    question = LabelQuestion(name="q", labels=[f"l{i}" for i in range(count)], visible_labels=asked)
    assert question.spec()["visible"] == shown


def test_folding_after_more_labels_than_there_are_warns():
    """The mistake is harmless, so it is a warning, and all labels are shown."""
    with pytest.warns(UserWarning, match="visible_labels=9 of 'q' is more than its 4 labels"):
        question = LabelQuestion(name="q", labels=list("abcd"), visible_labels=9)
    assert question.visible_labels == 4


# -- spans and pairs --------------------------------------------------------------------------------------------------

PLACES = SpanQuestion(name="places", field="text", labels=["city", "river"])
BETTER = PairwiseQuestion(name="better", fields=["one", "two"], scale=2)
FORM = {"fields": [TextField(name="text"), TextField(name="one"), TextField(name="two", required=False)]}


@pytest.mark.parametrize(
    ("question", "value", "words"),
    [
        (PLACES, [{"start": 0, "end": 5, "label": "town"}], ["'places'", "no label 'town'", "city, river"]),
        (PLACES, [{"start": 3, "end": 3, "label": "city"}], ["ends after its start", "start=3 and end=3"]),
        (PLACES, [{"start": 0, "label": "city"}], ["cannot read the span", "'end': 5"]),
        (
            PLACES,
            [SpanValue("city", 0, 5), SpanValue("river", 4, 9)],
            ["0 to 5 and 4 to 9", "allow_overlapping"],
        ),
        (PLACES, [SpanValue("city", 0, 5)] * 2, ["0 to 5", "twice"]),
        (BETTER, "three", ["'better'", "no choice 'three'", "one, two, tie, both_bad"]),
        (BETTER, "one", ["strength from 1 to 2", "got None"]),
        (BETTER, {"choice": "tie", "strength": 1}, ["no strength for 'tie'", "leave it out"]),
        (BETTER, {"strength": 1}, ["cannot read", "'choice': 'one'"]),
    ],
)
def test_spans_and_pairs_are_refused_in_words(question, value, words):
    """A refused span or preference names the value, the rule and the way out."""
    with pytest.raises(InvalidInput) as caught:
        question.check(value)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        (SpanQuestion, {"labels": ["a"]}, ["'q' needs field="]),
        (SpanQuestion, {"field": "text", "labels": []}, ["labels=[]", "at least one label"]),
        (PairwiseQuestion, {"fields": ["one"]}, ["fields=['one']", "at least two"]),
        (PairwiseQuestion, {"fields": ["one", "one"]}, ["'one' is given twice"]),
        (PairwiseQuestion, {"fields": ["one", "tie"]}, ["'tie'", "rename the field"]),
        (
            PairwiseQuestion,
            {"fields": ["a", "b", "c"], "scale": 3},
            ["scale=3", "there are 3", "leave scale out"],
        ),
        (RatingQuestion, {"values": [1, 2], "labels": {3: "high"}}, ["labels of 'q'", "3", "1, 2"]),
        (TextQuestion, {"show_if": "tone"}, ["show_if='tone'", "{'question': value}"]),
        (TextQuestion, {"show_if": {"tone": []}}, ["'tone'", "at least one"]),
    ],
)
def test_new_settings_against_the_rule_are_refused_in_words(kind, settings, words):
    """A span, a pair, a Likert scale or a condition that cannot be asked is an error where it is written."""
    with pytest.raises(InvalidInput) as caught:
        kind(name="q", **settings)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("questions", "words"),
    [
        ([SpanQuestion(name="q", field="txt", labels=["a"])], ["the field 'txt'", "Did you mean 'text'?"]),
        ([PairwiseQuestion(name="q", fields=["one", "too"])], ["the field 'too'", "text, one, two"]),
        ([TextQuestion(name="q", diff_with="thre")], ["the field 'thre'"]),
        ([TextQuestion(name="q", show_if={"tone": "pos"}), TONE], ["'tone'", "no question before it"]),
        (
            [TONE, TextQuestion(name="q", show_if={"tone": "poss"})],
            ["no label 'poss'", "Did you mean 'pos'?"],
        ),
        ([QUALITY, TextQuestion(name="q", show_if={"quality": [2, 9]})], ["1, 2, 3", "got 9"]),
        ([BETTER, TextQuestion(name="q", show_if={"better": "ties"})], ["no choice 'ties'"]),
        ([ORDER, TextQuestion(name="q", show_if={"order": "a"})], ["'order'", "decides nothing"]),
        ([PLACES, TextQuestion(name="q", show_if={"places": "city"})], ["'places'", "decides nothing"]),
    ],
)
def test_what_a_question_says_of_others_is_checked_with_the_form(questions, words):
    """A field or a condition that is not there is an error when the form is made, with the near miss."""
    with pytest.raises(InvalidInput) as caught:
        Settings(questions=questions, **FORM)
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_span_counts_code_points_and_ends_with_the_text():
    """An emoji is one place, and a span beyond the last one is refused, in an answer as in a suggestion."""
    settings = Settings(questions=[PLACES], **FORM)
    fields = {"text": "👍 Paris", "one": "1"}
    good, bad = ({"places": [{"start": 2, "end": end, "label": "city"}]} for end in (7, 8))
    stored = settings.check_answers(good, "submitted", fields)["places"]
    assert [fields["text"][each.start : each["end"]] for each in PLACES.present(stored)] == ["Paris"]
    with pytest.raises(InvalidInput, match="2 to 8, but 'text' has 7 characters"):
        settings.check_answers(bad, "submitted", fields)
    with pytest.raises(InvalidInput, match="2 to 8"):
        settings.check_suggestion(Suggestion("places", bad["places"]), fields)


def test_a_dataset_refuses_spans_beyond_the_text(tmp_path):
    """Neither code nor a record that comes with answers can store a span beyond its text."""
    dataset = FeedbackDataset(questions=[PLACES], **FORM)
    dataset.add_records({"text": "Paris", "one": "1"})
    span = {"places": [{"start": 0, "end": 6, "label": "city"}]}
    with pytest.raises(InvalidInput, match="0 to 6"):
        dataset.respond(dataset[0].id, span)
    with pytest.raises(InvalidInput, match="0 to 6"):
        dataset.add_records({"text": "Rhine", "one": "1", "responses": [{"values": span}]})
    dataset.respond(dataset[0].id, {"places": [SpanValue("city", 0, 5)]}, user="ann")
    assert dataset[0].responses[0].values["places"].value == [SpanValue("city", 0, 5)]


def test_presented_spans_and_pairs_answer_to_attribute_and_key():
    """Loops written for either spelling run."""
    span = PLACES.present(PLACES.check([{"start": 1, "end": 3, "label": "city", "score": 0.5}]))[0]
    assert (span.start, span["end"], span.label, span["score"]) == (1, 3, "city", 0.5)
    pair = BETTER.present(BETTER.check({"choice": "two", "strength": 2}))
    assert (pair.choice, pair["choice"], pair.strength) == ("two", "two", 2)
    for each in (span, pair):
        with pytest.raises(KeyError):
            each["place"]


SHOW_IF = json.loads((Path(__file__).parent / "cases" / "show_if.json").read_text("utf-8"))


@pytest.mark.parametrize("case", SHOW_IF["cases"], ids=lambda case: case["why"])
def test_show_if_decides_what_is_asked_stored_and_required(case):
    """A question that is not asked is neither required nor stored; the desk judges the same cases alike."""
    questions = [Question.from_dict(each) for each in SHOW_IF["questions"]]
    settings = Settings([TextField(name="a"), TextField(name="b")], questions)
    stored = settings.check_answers(case["values"], "draft")
    assert stored == case["stored"]
    assert [each.name for each in questions if each.asked(stored)] == case["asked"]
    if not case["open"]:
        assert settings.check_answers(case["values"], "submitted") == case["stored"]
        return
    with pytest.raises(InvalidInput) as caught:
        settings.check_answers(case["values"], "submitted")
    assert [name for name in case["open"] if repr(name) not in str(caught.value)] == []


def test_settings_that_say_nothing_are_not_written_down():
    """A form of the first version keeps its written form, so an older version still reads it."""
    assert not {"show_if", "labels"} & set(QUALITY.to_dict())
    assert not {"show_if", "prefill", "diff_with"} & set(TextQuestion(name="q").to_dict())
    assert TextQuestion(name="q", show_if={"a": 1}).to_dict()["show_if"] == {"a": [1]}
