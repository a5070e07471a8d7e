"""Settings: the form of a dataset, and every rule between its parts."""

from __future__ import annotations

import json

import pytest

from feedback_widgets.errors import InvalidInput
from feedback_widgets.fields import TextField
from feedback_widgets.metadata import IntegerMetadataProperty, TermsMetadataProperty
from feedback_widgets.questions import LabelQuestion, RatingQuestion, TextQuestion
from feedback_widgets.records import Record, Response, Suggestion
from feedback_widgets.settings import Settings

TEXT, NOTE = TextField(name="text"), TextField(name="note", required=False)
TONE = LabelQuestion(name="tone", labels=["polite", "rude"])
WHY = TextQuestion(name="why", required=False)
SOURCE = TermsMetadataProperty(name="source", values=["web", "news"])


def form(**changed):
    """Return good settings with some parts changed."""
    return Settings(
        **{"fields": [TEXT, NOTE], "questions": [TONE, WHY], "metadata_properties": [SOURCE], **changed}
    )


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"fields": [TEXT, TEXT]}, ["fields must have unique names", "'text' is there twice", "rename"]),
        ({"questions": [TONE, RatingQuestion(name="tone", values=[1, 2])]}, ["'tone' is there twice"]),
        ({"questions": [TONE, TextQuestion(name="text")]}, ["'text'", "a question and a field", "rename"]),
        (
            {"fields": [TEXT, TextField(name="tone-suggestion")]},
            ["'tone-suggestion'", "suggestion for 'tone'"],
        ),
        ({"fields": [TextField(name="metadata")]}, ["'metadata'", "every table has", "rename the field"]),
        ({"questions": [TONE, WHY, TextQuestion(name="status")]}, ["'status'", "rename the question"]),
        ({"metadata_properties": [IntegerMetadataProperty(name="text")]}, ["'text'", "metadata property"]),
        ({"questions": [WHY]}, ["at least one question must be required", "required=True"]),
        ({"fields": [NOTE]}, ["at least one field must be required"]),
        ({"fields": []}, ["at least one field"]),
        ({"questions": []}, ["at least one question"]),
        ({"fields": TEXT}, ["fields must be a list"]),
        ({"questions": [TEXT]}, ["questions must hold Question objects", "text"]),
        ({"questions": "tone"}, ["questions must be a list", "'tone'"]),
        ({"guidelines": ""}, ["guidelines", "''"]),
        ({"guidelines": 10}, ["guidelines", "10"]),
    ],
)
def test_settings_against_a_rule_are_refused_in_words(changed, words):
    """The sentence names the part, the rule and the remedy."""
    with pytest.raises(InvalidInput) as caught:
        form(**changed)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (Record({"txet": "a"}), ["no field 'txet'", "Did you mean 'text'?"]),
        (Record({}), ["required field 'text' empty"]),
        (Record({"text": None}), ["required field 'text' empty"]),
        (Record({"text": 3}), ["'text' needs text, got 3"]),
        (Record({"text": "a"}, {"source": "webb"}), ["does not allow 'webb'", "Did you mean 'web'?"]),
        (Record({"text": "a"}, {"when": {1, 2}}), ["'when'", "JSON cannot carry", "convert it"]),
        (Record({"text": "a"}, {"score": float("inf")}), ["'score'", "inf"]),
        (Record({"text": "a"}, suggestions=[Suggestion("tome", "rude")]), ["'tome'", "Did you mean 'tone'?"]),
        (Record({"text": "a"}, suggestions=[Suggestion("tone", "rud")]), ["'rud'", "Did you mean 'rude'?"]),
        (Record({"text": "a"}, responses=[Response({"tone": "rud"})]), ["no label 'rud'"]),
        (Record({"text": "a"}, responses=[Response({"why": "so"})]), ["leaves 'tone' open", "keep a draft"]),
        (Record({"text": "a"}, responses=[Response({"tone": "rude"}, "ann")] * 2), ["two responses of ann"]),
        (
            Record({"text": "a"}, responses=[Response({"tone": "rude"})] * 2),
            ["two responses of nobody named"],
        ),
    ],
)
def test_a_record_against_a_rule_is_refused_in_words(record, words):
    """The sentence names the value, the rule and the near miss."""
    with pytest.raises(InvalidInput) as caught:
        form().check_record(record)
    assert [word for word in words if word not in str(caught.value)] == []


def test_extra_metadata_can_be_forbidden():
    """A misspelt property is found when only known ones are allowed."""
    with pytest.raises(InvalidInput, match=r"'sorce' is not a property.*Did you mean 'source'"):
        form(allow_extra_metadata=False).check_record(Record({"text": "a"}, {"sorce": "web"}))


@pytest.mark.parametrize("status", ["draft", "discarded"])
def test_only_a_submitted_answer_must_be_complete(status):
    """Drafts and discarded records may leave questions open."""
    assert form().check_answers({}, status) == {}
    with pytest.raises(InvalidInput, match="'tone' open"):
        form().check_answers({"tone": None}, "submitted")


def test_answers_are_stored_in_the_order_of_the_questions():
    """One answer has one stored form, and an open question is not in it."""
    stored = form().check_answers({"why": "so", "tone": "rude"}, "submitted")
    assert list(stored) == ["tone", "why"]
    assert form().check_answers({"tone": "rude", "why": None}, "submitted") == {"tone": "rude"}


def test_a_suggestion_is_checked_like_a_finished_answer():
    """A model cannot propose what an annotator could not submit."""
    with pytest.raises(InvalidInput, match="no label 'kind'"):
        form().check_suggestion(Suggestion("tone", "kind"))


def test_settings_survive_being_written_down():
    """`from_dict(to_dict())` gives equal settings, through JSON as the store keeps them."""
    before = form(guidelines="Be fair.", allow_extra_metadata=False)
    assert Settings.from_dict(json.loads(json.dumps(before.to_dict()))) == before


def test_the_spec_holds_what_the_desk_draws_and_no_more():
    """Guidelines, fields, questions and the overlap; metadata rules stay in the kernel."""
    assert set(form().spec()) == {"guidelines", "fields", "questions", "distribution"}
