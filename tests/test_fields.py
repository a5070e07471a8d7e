"""Fields: what an annotator sees."""

from __future__ import annotations

import pytest

from feedback_widgets.errors import InvalidInput
from feedback_widgets.fields import Field, TextField

NAMES = ["a", "1", "response-1", "response_1", "-a", "0_"]
NOT_NAMES = ["", "-", "_", "a b", "Response", "Ünï", "a.b", "a\n", "日本"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_lower_case_letters_digits_dash_and_underscore_is_kept(name):
    """The rule for names lets through what it says."""
    assert TextField(name=name).name == name


@pytest.mark.parametrize("name", NOT_NAMES)
def test_any_other_name_is_refused_with_the_rule(name):
    """The sentence shows the name and says what a name may hold."""
    with pytest.raises(InvalidInput, match="use lower-case letters, digits, '-' and '_'") as caught:
        TextField(name=name)
    assert f"field name {name!r}" in str(caught.value)


@pytest.mark.parametrize(("name", "tidy"), [("Response 1", "response-1"), ("a.b", "a-b"), ("a\n", "a")])
def test_a_refused_name_comes_with_one_that_would_do(name, tidy):
    """The remedy can be typed as it stands."""
    with pytest.raises(InvalidInput, match=f"for example '{tidy}'"):
        TextField(name=name)
    assert TextField(name=tidy).name == tidy


def test_the_title_is_the_name_unless_given():
    """A title of one's own is kept; the default is the capitalised name."""
    assert TextField(name="response-1").title == "Response-1"
    assert TextField(name="response-1", title="the FIRST").title == "the FIRST"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ["TextField", "needs name="]),
        ({"name": "a", "requird": False}, ["'a'", "no argument 'requird'", "Did you mean 'required'?"]),
        ({"name": "a", "required": "perhaps"}, ["'a'", "required='perhaps'", "boolean"]),
        ({"name": 3}, ["name=3", "string"]),
        ({"name": "a", "type": "other"}, ["'a'", "no argument 'type'"]),
    ],
)
def test_wrong_arguments_are_refused_in_one_sentence(settings, words):
    """The sentence names the class, the argument and what it takes."""
    with pytest.raises(InvalidInput) as caught:
        TextField(**settings)
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_field_cannot_be_changed_once_made():
    """Settings are frozen: records have been checked against them."""
    field = TextField(name="a")
    with pytest.raises(ValueError, match="frozen"):
        field.name = "b"


@pytest.mark.parametrize("text", ["", " kept ", "日本 👍", "a\x00b", "\ud800"])
def test_text_is_kept_as_it_is(text):
    """A text field changes nothing about a text."""
    assert TextField(name="a").check(text) == text


@pytest.mark.parametrize("value", [3, ["a"], {"a": 1}, b"bytes", True])
def test_what_is_not_text_is_refused_with_a_way_out(value):
    """The sentence names the field, the value and the conversion."""
    with pytest.raises(InvalidInput, match=r"field 'a' needs text, got .*str\(\.\.\.\)") as caught:
        TextField(name="a").check(value)
    assert repr(value) in str(caught.value)


def test_only_an_optional_field_may_stay_empty():
    """None passes where nothing is required, and only there."""
    assert TextField(name="a", required=False).check(None) is None
    with pytest.raises(InvalidInput, match="'a' needs text, got None"):
        TextField(name="a").check(None)


@pytest.mark.parametrize(
    "field", [TextField(name="a"), TextField(name="b", title="B!", required=False, use_markdown=True)]
)
def test_a_field_survives_being_written_down(field):
    """`from_dict(to_dict())` gives the same field back."""
    assert Field.from_dict(field.to_dict()) == field


def test_a_type_of_a_newer_version_is_refused_with_the_known_ones():
    """A store written by a newer version is not misread."""
    with pytest.raises(InvalidInput, match=r"unknown field type 'hologram': known are .*text.*newer version"):
        Field.from_dict({"type": "hologram", "name": "a"})


@pytest.fixture
def kinds():
    """Let a test register types of its own, and forget them afterwards."""
    before = dict(Field.kinds)
    yield Field.kinds
    Field.kinds.clear()
    Field.kinds.update(before)


def test_a_class_that_names_its_type_is_registered(kinds):
    """The class is the registry; defining it again, as a re-run cell does, replaces the entry."""

    def cell():
        class CellField(TextField):
            type = "cell"

        return CellField

    first, second = cell(), cell()
    assert first is not second
    assert kinds["cell"] is second


def test_a_taken_type_is_refused(kinds):
    """Two classes cannot share a type: the store could not tell them apart."""
    with pytest.raises(InvalidInput, match=r"type 'text' belongs to feedback_widgets\.fields\.TextField"):

        class Intruder(Field):
            type = "text"

    assert kinds["text"] is TextField
