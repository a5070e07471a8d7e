"""What fields of every type become outside: rows, a DataFrame, a `datasets.Dataset`, training rows."""

from __future__ import annotations

import json

import pytest

import feedback_widgets as fw

CHAT = [
    {"role": "user", "content": "How high?", "images": ["https://example.org/hill.png"]},
    {"role": "assistant", "content": "", "tool_calls": [{"name": "measure", "arguments": "{}"}]},
    {"role": "tool", "content": "240 m", "name": "measure"},
]
TABLE = {"columns": ["city", "sold"], "rows": [["São Paulo", 3], ["Rome", None]]}
PICTURE = {"url": "https://example.org/hill.png", "alt": "A hill"}
STORED = {
    "text": "t",
    "chat": CHAT,
    "table": TABLE,
    "photo": PICTURE,
    "code": "x = 1",
    "own": {"tags": ["a", 1]},
}
SFT = fw.TrainingTask.for_supervised_fine_tuning
DPO = fw.TrainingTask.for_direct_preference_optimization


@pytest.fixture
def mixed():
    """Return a record with a field of every type, and one whose optional fields are empty."""
    made = fw.FeedbackDataset(
        fields=[
            fw.TextField(name="text"),
            fw.ChatField(name="chat", required=False),
            fw.TableField(name="table", required=False),
            fw.ImageField(name="photo", required=False),
            fw.CodeField(name="code", required=False),
            fw.CustomField(name="own", template="<b>{{record.fields.own}}</b>", required=False),
        ],
        questions=[fw.TextQuestion(name="why"), fw.PairwiseQuestion(name="better", fields=["text", "chat"])],
    )
    made.add_records([{"fields": STORED}, {"fields": {"text": "bare"}}])
    made.respond(made[0].id, {"why": "so", "better": "text"}, user="ann")
    return made


def test_the_fixture_has_every_type(mixed):
    """A new type of field has to say what it becomes outside."""
    assert {each.type for each in mixed.fields} == set(fw.fields.Field.kinds)


def test_a_row_holds_what_the_record_stores(mixed):
    """A formatting function finds messages, cells and keys, not their text; an empty field is None."""
    full, bare = mixed.rows()
    assert {name: full[name] for name in STORED} == STORED
    assert [bare[name] for name in STORED] == ["bare", None, None, None, None, None]


def test_a_frame_holds_what_the_record_stores_and_goes_in_again(mixed):
    """A DataFrame's cells are lists and dicts, so its records are known to the dataset they came from."""
    pytest.importorskip("pandas")
    frame = mixed.to_pandas()
    assert {name: frame[name][0] for name in STORED} == STORED
    cells = frame.loc[:0, list(STORED)].to_dict("records")
    assert mixed.add_records([{"fields": each} for each in cells]) == (0, 1)


def test_a_table_of_datasets_has_one_type_per_column(mixed):
    """Messages all have the same parts, a picture is its address, tables and custom values are JSON texts."""
    pytest.importorskip("datasets")
    full, bare = mixed.format_as("datasets").to_list()
    every_part = {"name": None, "images": [], "tool_calls": []}
    assert full["chat"] == [{**every_part, **message} for message in CHAT]
    assert (full["text"], full["code"], full["photo"]) == ("t", "x = 1", PICTURE["url"])
    assert (json.loads(full["table"]), json.loads(full["own"])) == (TABLE, STORED["own"])
    assert "São Paulo" in full["table"]
    assert bare["table"] is bare["photo"] is bare["own"] is None
    assert not bare["chat"]


def test_columns_of_fields_do_not_depend_on_the_records_and_can_be_written(mixed, tmp_path):
    """Without a record the features are the same, and Parquet keeps them."""
    hf = pytest.importorskip("datasets")
    bare = fw.FeedbackDataset(fields=mixed.fields, questions=mixed.questions)
    table = mixed.format_as("datasets")
    assert bare.format_as("datasets").features == table.features
    table.to_parquet(tmp_path / "fields.parquet")
    again = hf.Dataset.from_parquet(str(tmp_path / "fields.parquet"), cache_dir=str(tmp_path))
    assert again.to_list() == table.to_list()


@pytest.mark.parametrize("name", ["chat", "table", "photo", "own"])
@pytest.mark.parametrize("argument", ["prompt", "response", "responses"])
def test_training_by_name_on_a_field_without_text_is_refused(mixed, name, argument):
    """One sentence names the field and its type, and the formatting_func that could do it."""
    if argument == "responses":
        task = DPO(prompt="text", responses=["text", name], preference="better")
    else:
        task = SFT(**{"prompt": "text", "response": "why", argument: name})
    kind = next(each.type for each in mixed.fields if each.name == name)
    with pytest.raises(fw.InvalidInput) as refused:
        mixed.prepare_for_training("trl", task)
    assert str(refused.value).startswith(
        f"{argument}={name!r} is a field of type {kind}, and training rows are text:"
    )
    assert f"formatting_func that makes text of row[{name!r}]" in str(refused.value)


def test_training_by_name_takes_program_text(mixed):
    """Program text is text."""
    pytest.importorskip("datasets")
    made = mixed.prepare_for_training("trl", SFT(prompt="code", response="why"))
    assert made.to_list() == [{"prompt": "x = 1", "completion": "so"}]


def test_a_formatting_func_makes_text_of_anything(mixed):
    """It gets messages, cells and keys, and what it makes of them is trained on."""
    pytest.importorskip("datasets")

    def as_text(row):
        if row["chat"] is None:
            return None
        return " / ".join(
            [*(each["content"] for each in row["chat"]), row["table"]["rows"][0][0], row["own"]["tags"][0]]
        )

    made = mixed.prepare_for_training("trl", SFT(as_text))
    assert made["text"] == ["How high? /  / 240 m / São Paulo / a"]
