"""What counts as growing: which changes of a form lose nothing, and what the others would lose."""

from __future__ import annotations

import pytest

from feedback_widgets.errors import InvalidInput
from feedback_widgets.fields import TextField
from feedback_widgets.growth import Changed, changes, extended, threats
from feedback_widgets.metadata import FloatMetadataProperty, IntegerMetadataProperty, TermsMetadataProperty
from feedback_widgets.questions import (
    LabelQuestion,
    MultiLabelQuestion,
    Question,
    RankingQuestion,
    RatingQuestion,
    TextQuestion,
)
from feedback_widgets.settings import Settings

TEXT, NOTE = TextField(name="text"), TextField(name="note", required=False)
TONE = LabelQuestion(name="tone", labels=["polite", "rude"])
STARS = RatingQuestion(name="stars", values=[1, 2, 3])
ORDER = RankingQuestion(name="order", values=["a", "b"])
TAGS = MultiLabelQuestion(name="tags", labels={"x": "X", "y": "Y"}, required=False)
WHY = TextQuestion(name="why", required=False)
SOURCE = TermsMetadataProperty(name="source", values=["web", "news"])
SIZE = IntegerMetadataProperty(name="size", min=0, max=10)
QUESTIONS = [TONE, STARS, ORDER, TAGS, WHY]


def form(**changed):
    """Return settings with some parts changed."""
    parts = {"fields": [TEXT, NOTE], "questions": QUESTIONS, "metadata_properties": [SOURCE, SIZE]}
    return Settings(**{**parts, **changed})


def asked(**changed):
    """Return settings in which some questions have other arguments."""
    parts = {each.name: each.to_dict() for each in QUESTIONS}
    for name, arguments in changed.items():
        parts[name] = {**parts[name], **arguments}
    return form(questions=[Question.from_dict(each) for each in parts.values()])


@pytest.mark.parametrize(
    "new",
    [
        form(),
        form(guidelines="New.", allow_extra_metadata=True),
        form(fields=[TEXT, NOTE, TextField(name="more", required=False)]),
        form(fields=[TextField(name="text", title="Look", use_markdown=True), NOTE]),
        form(fields=[TEXT, TextField(name="note", required=False, title="N")]),
        form(questions=[*QUESTIONS, TextQuestion(name="new")]),
        form(questions=QUESTIONS[::-1]),
        asked(tone={"labels": ["rude", "neutral", "polite"], "title": "T", "description": "D"}),
        asked(tone={"labels": {"polite": "Nice", "rude": "Not nice", "flat": "Flat"}}),
        asked(tags={"labels": ["x", "y", "z"], "required": True, "visible_labels": 3}),
        asked(stars={"values": [0, 1, 2, 3], "required": False}),
        asked(order={"values": ["a", "b", "c"]}),
        asked(why={"use_markdown": True}),
        form(metadata_properties=[]),
        form(metadata_properties=[TermsMetadataProperty(name="source", visible_for_annotators=False), SIZE]),
        form(metadata_properties=[SOURCE, IntegerMetadataProperty(name="size", min=-1)]),
        form(metadata_properties=[SOURCE, SIZE, FloatMetadataProperty(name="score")]),
    ],
)
def test_what_only_grows_loses_nothing(new):
    """Nothing that could have been stored under the old form is in danger."""
    assert threats(form(), new) == []


@pytest.mark.parametrize(
    ("new", "said", "harmed", "spared"),
    [
        (form(questions=QUESTIONS[:-1]), "question 'why' is removed", "so", None),
        (
            asked(tone={"labels": ["polite", "cold"]}),
            "question 'tone' loses the label 'rude'",
            "rude",
            "polite",
        ),
        (asked(tags={"labels": ["x", "z"]}), "question 'tags' loses the label 'y'", ["x", "y"], ["x"]),
        (asked(stars={"values": [2, 3]}), "question 'stars' loses the value 1", 1, 2),
        (
            asked(order={"values": ["a", "c"]}),
            "question 'order' loses the option 'b'",
            [{"value": "a", "rank": 1}, {"value": "b", "rank": 2}],
            [{"value": "a", "rank": 1}],
        ),
        (
            form(questions=[TONE, STARS, ORDER, TAGS, LabelQuestion(name="why", labels=["a", "b"])]),
            "question 'why' becomes 'label_selection' and was 'text'",
            "a",
            None,
        ),
        (form(fields=[TEXT]), "field 'note' is removed", "n", None),
        (form(fields=[TEXT, TextField(name="note")]), "field 'note' becomes required", None, "n"),
        (
            form(fields=[TEXT, NOTE, TextField(name="more")]),
            "field 'more' is new and required",
            None,
            "m",
        ),
        (
            form(metadata_properties=[TermsMetadataProperty(name="source", values=["web"]), SIZE]),
            "metadata property 'source' loses the term 'news'",
            "news",
            "web",
        ),
        (
            form(metadata_properties=[SOURCE, IntegerMetadataProperty(name="size", min=2, max=20)]),
            "metadata property 'size' is narrowed to min=2",
            1,
            11,
        ),
        (
            form(metadata_properties=[SIZE], allow_extra_metadata=False),
            "metadata property 'source' is removed",
            "web",
            None,
        ),
    ],
)
def test_what_would_be_lost_is_named_and_told_from_what_would_not(new, said, harmed, spared):
    """One threat, in words, that knows which stored values it harms."""
    (threat,) = threats(form(), new)
    assert threat.said == said
    assert (threat.harms(harmed), threat.harms(spared)) == (True, False)


def test_a_kind_that_says_nothing_about_growing_may_change_its_title_only():
    """A question type of somebody's own is safe without a word about growing: any other change counts as a loss."""

    class Smell(Question):
        type = "smell-of-growth"
        strength: int = 1

        def check(self, value, *, draft=False):  # noqa: ARG002 - nothing of it is ever unfinished
            return value

    try:
        old = form(questions=[TONE, Smell(name="nose")])
        assert threats(old, form(questions=[TONE, Smell(name="nose", title="Nose", required=False)])) == []
        (threat,) = threats(old, form(questions=[TONE, Smell(name="nose", strength=2)]))
        assert threat.said == "question 'nose' has strength=2 instead of 1"
        assert (threat.harms("roses"), threat.harms(None)) == (True, False)
    finally:
        del Question.kinds["smell-of-growth"]


def test_changes_are_said_in_words():
    """Each part that differs is named, with both values."""
    new = form(
        fields=[TEXT],
        questions=[
            STARS,
            LabelQuestion(name="tone", labels=["polite", "cold"]),
            ORDER,
            TAGS,
            TextQuestion(name="x"),
        ],
        guidelines="New.",
        allow_extra_metadata=False,
    )
    assert changes(form(), new) == [
        "field 'note' is gone",
        "question 'why' is gone",
        "question 'x' is new",
        "question 'tone' has labels=['polite', 'cold'] instead of ['polite', 'rude']",
        "the questions stand in another order",
        "the guidelines are new",
        "allow_extra_metadata is False instead of True",
    ]


def test_equal_forms_differ_in_nothing():
    """No words for no change, and a short line that says so."""
    assert changes(form(), form()) == []
    assert repr(Changed(3)) == "<settings version 3: nothing changed>"


def test_extending_adds_behind_what_is_there():
    """Parts and labels come last, and guidelines replace the old ones."""
    new = extended(
        form(),
        fields=[TextField(name="more", required=False)],
        questions=[TextQuestion(name="new")],
        labels={"tone": {"flat": "Flat"}, "tags": ["z"], "stars": [4], "order": ["c"]},
        guidelines="New.",
        metadata_properties=[FloatMetadataProperty(name="score")],
    )
    assert [each.name for each in new.fields] == ["text", "note", "more"]
    assert [each.name for each in new.questions] == ["tone", "stars", "order", "tags", "why", "new"]
    assert new.question("tone").labels == {"polite": "polite", "rude": "rude", "flat": "Flat"}
    assert new.question("tags").labels == {"x": "X", "y": "Y", "z": "z"}
    assert (new.question("stars").values, new.question("order").values) == ([1, 2, 3, 4], ["a", "b", "c"])
    assert (new.guidelines, new.metadata_properties[-1].name) == ("New.", "score")
    assert threats(form(), new) == []


def test_extending_again_changes_nothing():
    """A cell that extends may run as often as one likes, also after the question has grown further."""
    once = extended(
        form(), questions=[LabelQuestion(name="new", labels=["a", "b"])], labels={"tone": ["flat"]}
    )
    grown = extended(once, labels={"new": ["c"]})
    again = extended(
        grown, questions=[LabelQuestion(name="new", labels=["a", "b"])], labels={"tone": ["flat"]}
    )
    assert again == grown


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"questions": [TextQuestion(name="tone")]}, "there is a question 'tone' already.*another name"),
        ({"questions": [LabelQuestion(name="tone", labels=["x", "y"])]}, "loses the label 'x'"),
        ({"labels": {"tome": ["x"]}}, "no question 'tome'.*Did you mean 'tone'"),
        ({"labels": {"tone": "neutral"}}, "cannot take 'neutral': give a list of labels"),
        ({"labels": {"why": ["x"]}}, "'why' of type 'text' has no choices to add to"),
        ({"labels": {"stars": [11]}}, "rating value 11 is not allowed"),
        ({"fields": [TextField(name="tone", required=False)]}, "'tone' names a question and a field"),
    ],
)
def test_an_extension_against_a_rule_is_refused_in_words(more, words):
    """The sentence names the part, the rule and the remedy."""
    with pytest.raises(InvalidInput, match=words):
        extended(form(), **more)
