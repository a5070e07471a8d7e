"""The recipes `FeedbackDataset.for_…`: what they ask, and that each can be filled and answered."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.templates import Templates

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[2] / "shared")
FILES = sorted((SHARED / "cases").glob("argilla_*.json")) if (SHARED / "cases").is_dir() else []
CASES = [
    case
    for file in FILES
    for case in json.loads(file.read_text("utf-8"))["cases"]
    if case["kind"] == "template"
]
# A field and a question of one name would have one column.
RENAMED = {"for_proximal_policy_optimization": {"prompt": "rating"}}

LABELS = {"labels": ["a", "b"]}
RECIPES = {
    "for_text_classification": (LABELS, ["text"], ["label"]),
    "for_question_answering": ({}, ["question", "context"], ["answer"]),
    "for_summarization": ({}, ["text"], ["summary"]),
    "for_translation": ({}, ["source"], ["target"]),
    "for_sentence_similarity": ({}, ["sentence-1", "sentence-2"], ["similarity"]),
    "for_natural_language_inference": ({}, ["premise", "hypothesis"], ["label"]),
    "for_supervised_fine_tuning": ({"context": True}, ["prompt", "context"], ["response"]),
    "for_preference_modeling": ({}, ["prompt", "response1", "response2"], ["preference"]),
    "for_direct_preference_optimization": ({}, ["prompt", "response1", "response2"], ["preference"]),
    "for_proximal_policy_optimization": ({"context": True}, ["prompt", "context"], ["rating"]),
    "for_retrieval_augmented_generation": (
        {"number_of_retrievals": 2},
        ["query", "retrieved_document_1", "retrieved_document_2"],
        ["rating_retrieved_document_1", "rating_retrieved_document_2", "response"],
    ),
    "for_multi_modal_classification": (LABELS, ["content"], ["label"]),
    "for_multi_modal_transcription": ({}, ["content"], ["description"]),
}


def field_form(field):
    return {
        "name": field.name,
        "required": field.required,
        "settings": {"type": field.type, "use_markdown": field.use_markdown},
    }


def question_form(question):
    spec, settings = question.spec(), {"type": question.type}
    if question.type == "text":
        settings["use_markdown"] = spec["use_markdown"]
    elif question.type == "rating":
        settings["options"] = [{"value": value} for value in spec["values"]]
    else:
        settings["options"] = spec["options"]
    if "labels" in spec:
        settings["visible_options"] = spec["visible"]
    if "labels_order" in spec:
        settings["options_order"] = spec["labels_order"]
    return {"name": question.name, "required": question.required, "settings": settings}


def without_words(parts):
    """Leave out titles and descriptions, which we word ourselves."""
    return [{key: part[key] for key in ("name", "required", "settings")} for part in parts]


@pytest.mark.skipif(not CASES, reason=f"there are no cases in {SHARED / 'cases'}")
@pytest.mark.parametrize("case", [pytest.param(each, id=each["id"]) for each in CASES])
def test_a_recipe_asks_what_it_always_asked(case):
    """Names, types and settings of fields and questions are those that Argilla's users know; errors stay errors."""
    method, expected = case["input"]["method"], case["expected"]
    make = getattr(fw.FeedbackDataset, method)
    if "error" in expected:
        with pytest.raises(fw.InvalidInput):
            make(**case["input"]["kwargs"])
        return
    made = make(**case["input"]["kwargs"])
    questions = without_words(expected["questions"])
    for question in questions:
        question["name"] = RENAMED.get(method, {}).get(question["name"], question["name"])
    assert [field_form(each) for each in made.fields] == without_words(expected["fields"])
    assert [question_form(each) for each in made.questions] == questions
    assert made.guidelines


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_a_recipe_makes_a_dataset_that_can_be_filled(name):
    """Every recipe gives a dataset of these fields and questions, with guidelines, which takes records."""
    arguments, fields, questions = RECIPES[name]
    made = getattr(fw.FeedbackDataset, name)(**arguments)
    assert [each.name for each in made.fields] == fields
    assert [each.name for each in made.questions] == questions
    assert made.guidelines.endswith((".", "?"))
    assert made.add_records([dict.fromkeys(fields, "some text")]).new == 1
    assert made.format_as("datasets").column_names[: len(fields)] == fields


def test_every_recipe_is_tried():
    """The table above names every recipe there is."""
    assert {name for name in vars(Templates) if name.startswith("for_")} == set(RECIPES)


def test_what_is_given_goes_before_the_recipe():
    """Guidelines, metadata properties and vectors are handed to the dataset; None leaves the recipe's own."""
    made = fw.FeedbackDataset.for_translation(
        guidelines="Ours.",
        metadata_properties=[fw.TermsMetadataProperty(name="source-language")],
        vectors_settings=[fw.VectorSettings(name="v", dimensions=2)],
    )
    assert made.guidelines == "Ours."
    assert [each.name for each in made.vectors_settings] == ["v"]
    assert [each.name for each in made.settings.metadata_properties] == ["source-language"]
    assert fw.FeedbackDataset.for_translation(guidelines=None).guidelines.startswith("Write")


def test_markdown_reaches_texts():
    """`use_markdown` holds for the fields and for the text that is written."""
    made = fw.FeedbackDataset.for_summarization(use_markdown=True)
    assert made.fields[0].use_markdown
    assert made.questions[0].use_markdown


def test_a_scale_beyond_ten_is_refused():
    """Ratings end at 10, and the error says so."""
    with pytest.raises(fw.InvalidInput, match="0 to 10"):
        fw.FeedbackDataset.for_sentence_similarity(rating_scale=11)


def test_an_unknown_argument_is_refused():
    """A misspelt argument is no silent loss."""
    with pytest.raises(TypeError, match="guideline"):
        fw.FeedbackDataset.for_summarization(guideline="Write.")
