"""Fields: what an annotator sees."""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path

import pytest

from feedback_widgets import FeedbackDataset, LabelQuestion, Record, fields
from feedback_widgets.errors import InvalidInput
from feedback_widgets.fields import (
    ChatField,
    CodeField,
    CustomField,
    Field,
    ImageField,
    TableField,
    TextField,
)

FILES = sorted((Path(__file__).parent / "cases" / "fields").glob("*.json"))
CASES = [case for file in FILES for case in json.loads(file.read_text("utf-8"))["cases"]]
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
    with pytest.raises(
        InvalidInput, match=r"type 'text' belongs to feedback_widgets\.fields\.text\.TextField"
    ):

        class Intruder(Field):
            type = "text"

    assert kinds["text"] is TextField


# -- the cases that the front end's tests read too ---------------------------------------------------------------------


def each_case(key):
    """Return `(field, good value or bad value)` for every case."""
    return [
        pytest.param(made, each, id=f"{made.type}-{key}-{number}")
        for case in CASES
        for made in [Field.from_dict(case["spec"])]
        for number, each in enumerate(case[key])
    ]


def test_class_and_case_file_of_every_type_stand_side_by_side():
    """Every field type has one class of its own, one file of that name, and one case file."""
    files = {path.stem for path in Path(fields.__file__).parent.glob("*.py")} - {"__init__", "base"}
    assert set(Field.kinds) == files == {file.stem for file in FILES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["spec"]["type"])
def test_the_desk_gets_the_spec_that_its_tests_expect(case):
    """What the cases say about the spec is what the class sends."""
    assert Field.from_dict(case["spec"]).spec() == case["spec"]


@pytest.mark.parametrize(("field", "good"), each_case("good"))
def test_a_good_value_has_one_stored_form(field, good):
    """What the field takes is stored as JSON, and checking what is stored changes nothing."""
    stored = field.check(good["value"])
    assert stored == good["stored"]
    assert field.check(stored) == stored
    assert json.loads(json.dumps(stored, allow_nan=False)) == stored


@pytest.mark.parametrize(("field", "bad"), each_case("bad"))
def test_a_bad_value_is_refused_by_the_field_s_name(field, bad):
    """What does not fit is refused in one sentence that names the field."""
    with pytest.raises(InvalidInput, match="field 'field'") as caught:
        field.check(bad["value"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("type", sorted(Field.kinds))
def test_only_an_optional_field_of_any_type_may_stay_empty(type):
    """None passes where nothing is required, and only there."""
    extra = {"template": "<b>x</b>"} if type == "custom" else {}
    assert Field.kinds[type](name="a", required=False, **extra).check(None) is None
    with pytest.raises(InvalidInput, match="'a' needs"):
        Field.kinds[type](name="a", **extra).check(None)


# -- what people have, made into what is stored ------------------------------------------------------------------------

DOT = base64.b64decode(
    next(c for c in CASES if c["spec"]["type"] == "image")["good"][2]["value"].partition(",")[2]
)


@pytest.fixture
def picture():
    """Return a small PIL picture, where Pillow is installed (it is among the development tools)."""
    from PIL import Image

    return Image.new("RGB", (3, 2), "teal")


def test_every_spelling_of_a_picture_is_stored_alike(picture, tmp_path):
    """Bytes, a path, its name, a PIL picture and what `datasets` hands out make the same data URL."""
    file = tmp_path / "dot.png"
    picture.save(file)
    raw, field = file.read_bytes(), ImageField(name="a")
    stored = field.check(raw)
    assert stored == "data:image/png;base64," + base64.b64encode(raw).decode()
    spellings = [picture, file, str(file), bytearray(raw), {"bytes": raw, "path": None}, {"path": str(file)}]
    assert [field.check(each) for each in spellings] == [stored] * len(spellings)
    assert field.check({"url": picture, "alt": "teal"}) == {"url": stored, "alt": "teal"}


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "HSV", "F"])
def test_a_picture_of_any_mode_is_stored(picture, mode):
    """What PNG cannot hold is converted."""
    stored = ImageField(name="a").check(picture.convert("RGB").convert(mode))
    assert stored.startswith("data:image/png;base64,")


@pytest.mark.parametrize("form", ["bytes", "path", "data URL", "chat"])
def test_a_picture_that_is_too_large_is_refused_with_two_ways_out(tmp_path, form):
    """The sentence tells the size, the limit, how to shrink and what else to give."""
    raw = DOT + bytes(5 * 1024**2)
    file = tmp_path / "large.png"
    file.write_bytes(raw)
    url = "data:image/png;base64," + base64.b64encode(raw).decode()
    chat = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]
    given = {"bytes": raw, "path": file, "data URL": url, "chat": chat}[form]
    field = ChatField(name="a") if form == "chat" else ImageField(name="a")
    with pytest.raises(InvalidInput, match=r"'a' has 5\.0 MiB, at most 4 MiB .*thumbnail.*address"):
        field.check(given)


def test_a_file_that_is_no_picture_is_refused(tmp_path):
    """The kind is told by what a file begins with, never by its name."""
    file = tmp_path / "cat.png"
    file.write_text("I am a cat")
    with pytest.raises(InvalidInput, match="begin like no PNG"):
        ImageField(name="a").check(file)


def test_a_dataframe_becomes_a_table():
    """Missing values become None, numbers Python's, dates their text; the index stays behind."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "n": [1.5, None],
            "when": pandas.to_datetime(["2024-01-02", None]),
            "word": pandas.array(["x", None], dtype="string"),
            7: [1, 2],
        },
        index=["p", "q"],
    )
    assert TableField(name="a").check(frame) == {
        "columns": ["n", "when", "word", "7"],
        "rows": [[1.5, "2024-01-02 00:00:00", "x", 1], [None, None, None, 2]],
    }


@pytest.mark.parametrize(
    ("cell", "stored"),
    [(math.nan, None), (math.inf, "inf"), (True, True), ((1, 2), "(1, 2)"), (10**20, 10**20)],
)
def test_a_cell_is_something_json_can_carry(cell, stored):
    """Not-a-number becomes None; what JSON has no form for becomes its text."""
    assert TableField(name="a").check({"x": [cell]})["rows"] == [[stored]]


def test_a_chat_has_limits_in_words():
    """Too many messages, or too long a one, are refused with the figures."""
    field = ChatField(name="a")
    assert len(field.check([{"role": "user", "content": "x" * 20_000}] * 500)) == 500
    with pytest.raises(InvalidInput, match="up to 500 messages, got 501"):
        field.check([{"role": "user", "content": "x"}] * 501)
    with pytest.raises(InvalidInput, match="message 1 of field 'a' has 20,001 characters"):
        field.check([{"role": "user", "content": "x"}, {"role": "user", "content": "x" * 20_001}])


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("  ", ["blank template"]),
        ("{{#iff a}}x{{/iff}}", ["block {{#iff}}", "Did you mean 'if'?"]),
        ("{{#if a}}x", ["never closes {{#if}}", "add {{/if}}"]),
        ("{{#if a}}{{#each b}}{{/if}}{{/each}}", ["closes {{/if}}"]),
        ("{{/each}}", ["closes {{/each}}"]),
        ("{{record.fields.a + 1}}", ["no path", "advanced_mode=True"]),
        ("{{../a}}", ["no path"]),
    ],
)
def test_a_template_that_cannot_be_filled_in_is_refused_at_once(template, words):
    """A mistake in a template is found while the dataset is described, not at the desk."""
    with pytest.raises(InvalidInput) as caught:
        CustomField(name="card", template=template)
    assert [word for word in words if word not in str(caught.value)] == []
    if template.strip():
        assert CustomField(name="card", template=template, advanced_mode=True).template == template


@pytest.mark.parametrize("value", [{1: "a"}, {"a": math.nan}, {"a": {1, 2}}, (1, 2), object()])
def test_what_json_would_change_is_refused_in_a_custom_field(value):
    """What comes back out of the store is what was put in."""
    with pytest.raises(InvalidInput, match="a value that JSON can carry"):
        CustomField(name="a", template="x").check(value)


@pytest.mark.parametrize("language", ["", "two words", "x" * 30, "a\n"])
def test_a_language_is_one_word(language):
    """The name of a language can be written into a class name."""
    with pytest.raises(InvalidInput, match="give one word"):
        CodeField(name="a", language=language)
    assert CodeField(name="a", language="C++").language == "c++"


def test_a_record_s_id_follows_what_is_stored(picture, tmp_path):
    """The same picture and table in another spelling is the same record."""
    asked = [LabelQuestion(name="q", labels=["y", "n"])]
    dataset = FeedbackDataset(fields=[ImageField(name="a"), TableField(name="b")], questions=asked)
    file = tmp_path / "x.png"
    picture.save(file)
    first, again = ({"a": picture, "b": {"x": [1]}}, {"a": str(file), "b": [{"x": 1}]})
    assert dataset.add_records([{"fields": first}]) == (1, 0)
    assert dataset.add_records([{"fields": again}]) == (0, 1)
    record = dataset[0]
    assert record.fields["b"] == {"columns": ["x"], "rows": [[1]]}
    assert record.id == Record(fields=record.fields).id
