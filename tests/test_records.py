"""Records, and what people and models say about them."""

from __future__ import annotations

import gc
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_widgets.errors import InvalidInput
from feedback_widgets.records import Record, Response, Suggestion, Value, as_records, record_id, uncollected

FIELDS = ["prompt", "response-1"]
TEXTS = st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=20), max_size=5)


@given(TEXTS)
def test_the_id_is_the_content_whatever_the_order(fields):
    """Turning the keys round, or spelling out an empty field, is the same record."""
    turned = dict(reversed(fields.items()))
    assert record_id(turned) == record_id(fields) == record_id({**fields, "left empty": None})


@given(TEXTS, TEXTS)
def test_other_content_is_another_record(one, other):
    """Two records share an id only if their filled fields are equal."""

    def filled(fields):
        return {name: text for name, text in fields.items() if text is not None}

    assert (record_id(one) == record_id(other)) == (filled(one) == filled(other))


def test_an_external_id_tells_equal_records_apart():
    """Two rows with the same text stay two records when their source says so."""
    fields = {"prompt": "Hi"}
    ids = {Record(fields).id, Record(fields, external_id="1").id, Record(fields, external_id="2").id}
    assert len(ids) == 3
    assert Record(fields, external_id=1).id == Record(fields, external_id="1").id


def test_metadata_does_not_make_another_record():
    """What may change later is no part of the identity."""
    assert Record({"prompt": "Hi"}, {"source": "web"}).id == Record({"prompt": "Hi"}).id


def test_empty_metadata_is_left_out():
    """A table's empty cell is not a value."""
    assert Record({"prompt": "Hi"}, {"source": None, "length": 2}).metadata == {"length": 2}


@pytest.mark.parametrize(
    "values", [{"quality": 3}, {"quality": {"value": 3}}, {"quality": Value(3)}, [{"quality": {"value": 3}}]]
)
def test_an_answer_may_be_bare_or_wrapped(values):
    """Every spelling of a response's values is read alike, and written down bare."""
    response = Response(values, user_id=7)
    assert response.values["quality"].value == 3
    assert response.to_json() == {"quality": 3}
    assert response.user_id == "7"


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Response({}, status="Submitted"), ["'Submitted'", "Did you mean 'submitted'?"]),
        (lambda: Response({}, status=None), ["status None", "draft"]),
        (lambda: Response("quality"), ["dict of question -> answer", "'quality'"]),
        (lambda: Suggestion("q", 1, score=1.5), ["score 1.5", "'q'", "0 to 1"]),
        (lambda: Suggestion("q", 1, score="high"), ["score 'high'", "0 to 1"]),
        (lambda: Suggestion("q", 1, score=True), ["score True"]),
        (lambda: Suggestion("q", ["a", "b"], score=[0.1]), ["1 scores", "['a', 'b']", "one per element"]),
        (lambda: Suggestion("q", "a", type="robot"), ["'robot'", "'model', 'human' or None"]),
        (lambda: Record("Hi"), ["fields must be a dict", "'Hi'"]),
        (lambda: Record({"a": "b"}, "web"), ["metadata must be a dict", "'web'"]),
        (lambda: Record({}, responses=[{"value": {"q": 1}}]), ["no part 'value'", "Did you mean 'values'?"]),
        (lambda: Record({}, responses=["good"]), ["a response of 'good'", "a dict"]),
        (lambda: Record({}, suggestions=[{"question_name": "q", "value": 1, "scor": 1}]), ["'score'?"]),
        (lambda: Record({}, suggestions=[{"value": 1}]), ["suggestion needs 'question_name'"]),
        (lambda: Record({}, suggestions={"question_name": "q", "value": 1}), ["in a list"]),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(make, words):
    """The sentence names what was given and what would do."""
    with pytest.raises(InvalidInput) as caught:
        make()
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_new_suggestion_replaces_the_same_agents_with_a_warning():
    """One agent says one thing about a question; another agent may say another."""
    record = Record({"prompt": "Hi"}, suggestions=[Suggestion("q", "first", agent="m")])
    record.update({"question_name": "q", "value": "other", "agent": "n"})
    with pytest.warns(UserWarning, match="question 'q' by agent 'm' was there already"):
        record.update([Suggestion("q", "second", agent="m")])
    assert {each.agent: each.value for each in record.suggestions} == {"n": "other", "m": "second"}


def test_a_flat_row_finds_its_places():
    """Keys are fields where there is such a field, the record's own parts, and metadata otherwise."""
    row = {"prompt": "Hi", "response-1": "Yo", "external_id": 4, "length": 2, "empty": float("nan")}
    (record,) = as_records(row, FIELDS, ["length"])
    assert record.fields == {"prompt": "Hi", "response-1": "Yo"}
    assert (record.external_id, record.metadata) == ("4", {"length": 2})


def test_a_record_s_own_form_is_read_as_it_stands():
    """A dict with a `fields` dict is a record, with all of its parts."""
    form = {"fields": {"prompt": "Hi"}, "responses": [{"values": {"q": 1}}], "metadata": {"a": 1}}
    (record,) = as_records([form], FIELDS, [])
    assert (record.responses[0].to_json(), record.metadata) == ({"q": 1}, {"a": 1})


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([{"prompt": "Hi", "response 1": "Yo"}], ["column 'response 1'", "Did you mean 'response-1'?"]),
        ([{"fields": {"prompt": "Hi"}, "answers": []}], ["no part 'answers'", "responses"]),
        ([3], ["a record of 3"]),
        ("Hi", ["a list of records", "'Hi'"]),
        (None, ["got None"]),
    ],
)
def test_other_things_are_not_records(records, words):
    """The sentence names what was given, the near miss, and what can be read."""
    with pytest.raises(InvalidInput) as caught:
        list(as_records(records, FIELDS, []))
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_left_out_field_hides_no_metadata():
    """A metadata property may be called almost like a field."""
    (record,) = as_records([{"prompt": "Hi", "prompts": 3}], ["prompt"], ["prompts"])
    assert record.metadata == {"prompts": 3}


NAMES = st.text(max_size=5)
CONTENTS = st.dictionaries(
    NAMES, st.text(max_size=10) | st.none() | st.integers() | st.lists(st.text()), max_size=4
)


@given(CONTENTS, st.none() | st.text())
def test_ids_are_those_of_the_canonical_json(fields, external_id):
    """However quickly a record's content is put together, it is the JSON that every existing store's ids were made of."""
    kept = {name: value for name, value in fields.items() if value is not None}
    text = json.dumps([kept, external_id], sort_keys=True, separators=(",", ":"))
    expected = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
    assert record_id(fields, external_id) == expected


def test_an_id_is_what_it_was():
    """Ids of existing stores do not change."""
    assert record_id({"text": 'caf\u00e9 "\\ \ud800', "b": "👍"}, "x") == "6783450a2eb3b9de35d493116b19696e"
    assert record_id({"text": "a", "n": 3, "none": None}) == "c67d22939c2d1d7176b8f9a37ef24eac"


@pytest.mark.parametrize("was", [True, False])
def test_garbage_is_collected_again_after_an_import(was):
    """Reading records leaves Python's collector as it was, also when a record is refused."""
    (gc.enable if was else gc.disable)()
    try:
        with pytest.raises(InvalidInput), uncollected():
            Record(fields=None if not gc.isenabled() else {})
        assert gc.isenabled() == was
    finally:
        gc.enable()
