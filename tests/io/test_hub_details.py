"""Datasets on the hub and forms of Argilla's, part by part: what is asked of the hub, and what tables and forms of others look like."""

import json
import shutil

import pytest

import feedback_widgets as fw
from feedback_widgets.io import argilla, hub

datasets = pytest.importorskip("datasets", reason="the data extra is not installed")
pq = pytest.importorskip("pyarrow.parquet", reason="the data extra is not installed")
read = fw.FeedbackDataset.from_huggingface
TABLE = "data/train-00000-of-00001.parquet"
FORM = {"fields": [{"name": "t", "type": "text"}], "questions": [{"name": "q", "type": "text"}]}


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """A hub that writes down what it is asked, and keeps each repository in a folder."""
    import huggingface_hub

    calls = {}

    class Api:
        def __init__(self, token):
            calls["token"] = token

        def create_repo(self, repo_id, **options):
            calls["create"] = options
            return f"https://hub/{repo_id}"

        def upload_folder(self, *, folder_path, repo_id, **options):
            calls["upload"] = options
            shutil.copytree(folder_path, tmp_path / repo_id)

    def download(repo_id, **options):
        calls["download"] = options
        return str(tmp_path / repo_id)

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    return calls


def test_the_hub_is_asked_for_a_dataset(asked, dataset, tmp_path):
    """A repository of datasets is made where there is none, sent to and read, with the token, the revision and no file too many."""
    dataset.push_to_huggingface("me/mine", token="t", generate_card=False)
    assert asked["create"] == {"repo_type": "dataset", "private": None, "exist_ok": True}
    assert asked["upload"]["repo_type"] == "dataset"
    assert not (tmp_path / "me" / "mine" / "README.md").exists()
    read("me/mine", token="u", revision="v1")
    wanted = ["argilla.yaml", "argilla.cfg", "*.parquet"]
    expected = {"repo_type": "dataset", "revision": "v1", "token": "u", "allow_patterns": wanted}
    assert asked["download"] == expected


def test_a_split_is_named_on_the_hub(asked, dataset, tmp_path):
    """What is read from the hub may have several splits, too."""
    dataset.push_to_huggingface("me/mine")
    folder = tmp_path / "me" / "mine"
    shutil.copy(folder / TABLE, folder / TABLE.replace("train", "test"))
    assert len(read("me/mine", split="test")) == len(dataset)


def test_a_folder_is_written_again(dataset, tmp_path):
    """A second time overwrites the first, and the card tells how many records there are."""
    hub.write_folder(dataset, tmp_path)
    dataset.add_records([{"text": str(at)} for at in range(1000)])
    hub.write_folder(dataset, tmp_path)
    assert len(read(tmp_path)) == 1002
    assert "1K<n<10K" in (tmp_path / "README.md").read_text("utf-8")


def test_the_whole_form_comes_back(tmp_path):
    """Guidelines with any letters, strict metadata, vectors and labels with texts are as they were; letters stand as they are."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[
            fw.LabelQuestion(name="tone", labels={"p": "Polite", "r": "Rude"}),
            fw.SpanQuestion(name="parts", field="text", labels={"n": "A name"}),
        ],
        guidelines="Schön und genau.",
        metadata_properties=[fw.TermsMetadataProperty(name="source")],
        allow_extra_metadata=False,
        vectors_settings=[fw.VectorSettings(name="v", dimensions=2)],
    )
    made.add_records([fw.Record({"text": "a"}, vectors={"v": [1, 2]}), {"text": "b"}])
    hub.write_folder(made, tmp_path)
    found = read(tmp_path)
    assert found.settings.to_dict() == made.settings.to_dict()
    assert found.format_as("datasets")["vectors"][:] == [{"v": [1.0, 2.0]}, {"v": None}]
    text = (tmp_path / "argilla.yaml").read_text("utf-8")
    assert "Schön" in text
    assert "text: A name" in text


def test_what_was_left_out_stays_out(tmp_path):
    """A record without an optional field has none afterwards, and a message without a name or calls none of either."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text"), fw.TextField(name="more", required=False),
                fw.ChatField(name="chat", required=False)],
        questions=[fw.TextQuestion(name="why")],
    )  # fmt: skip
    made.add_records([{"text": "a"}, {"text": "b", "chat": [{"role": "user", "content": "Hi"}]}])
    hub.write_folder(made, tmp_path)
    assert [dict(each.fields) for each in read(tmp_path)] == [dict(each.fields) for each in made]


def test_all_parts_of_a_split_are_read_in_order(dataset, tmp_path):
    """A split may lie in several files; a file that is named otherwise is none of them."""
    hub.write_folder(dataset, tmp_path)
    table = pq.read_table(tmp_path / TABLE)
    other = table.slice(1).set_column(table.column_names.index("text"), "text", [["not this one"]])
    pq.write_table(other, tmp_path / "data" / "train.parquet.old.parquet")
    for at in range(2):
        pq.write_table(table.slice(at, 1), tmp_path / "data" / f"train-0000{at}-of-00002.parquet")
    (tmp_path / TABLE).unlink()
    assert [each.fields["text"] for each in read(tmp_path)] == ["a", "b"]


def test_a_table_may_know_less_than_its_form(dataset, tmp_path):
    """Questions that were added later have no column yet, and older tables none about suggestions or ids."""
    hub.write_folder(dataset, tmp_path)
    questions = [*dataset.questions, fw.TextQuestion(name="later", required=False)]
    argilla.write_form(fw.FeedbackDataset(fields=dataset.fields, questions=questions).settings, tmp_path)
    table = pq.read_table(tmp_path / TABLE)
    gone = [name for name in table.column_names if name.endswith("metadata")]
    pq.write_table(table.drop_columns([*gone, "external_id"]), tmp_path / TABLE)
    first = read(tmp_path)[0]
    assert first.responses[0].values["tone"].value == "rude"
    assert "later" not in first.responses[0].values
    told = [(each.value, each.agent) for each in first.suggestions if each.question_name == "why"]
    assert told == [("S", None)]
    assert (first.metadata, first.external_id) == ({}, None)


@pytest.mark.parametrize("form", [{**FORM, "fields": []}, {**FORM, "questions": None}, ["fields"], None])
def test_half_a_form_is_none(form):
    """Without fields or without questions there is nothing to show or to ask."""
    with pytest.raises(fw.InvalidInput, match="needs fields and questions, each a list with entries"):
        argilla.settings_of(form)


def test_parts_that_are_null_are_empty():
    """Older files write null where there is nothing."""
    found = argilla.settings_of(
        {
            **FORM,
            "metadata_properties": None,
            "vectors_settings": None,
            "guidelines": "",
            "allow_extra_metadata": None,
        }
    )
    assert found.metadata_properties == []
    assert found.guidelines is None
    assert found.allow_extra_metadata is True


OPTIONS = [{"value": "a", "text": "First"}, {"value": "b"}]


@pytest.mark.parametrize(
    ("question", "name", "kept"),
    [
        ({"type": "label_selection", "options": OPTIONS}, "labels", {"a": "First", "b": "b"}),
        ({"type": "ranking", "options": OPTIONS}, "values", ["a", "b"]),
        ({"type": "rating", "options": [{"value": 1}, {"value": 2}]}, "values", [1, 2]),
    ],
)
def test_options_as_servers_keep_them_are_read(question, name, kept):
    """Options inside nested settings come up, with their texts; what stands outside already comes first."""
    form = {**FORM, "questions": [{"name": "q", "settings": question}]}
    assert getattr(argilla.settings_of(form).questions[0], name) == kept
    outside = {"values": [5, 6, 7]} if question["type"] == "rating" else {name: ["x", "y"]}
    form["questions"][0] |= {"type": question["type"], **outside}
    assert getattr(argilla.settings_of(form).questions[0], name) == outside[name]


@pytest.mark.parametrize(
    ("labels", "kept"),
    [
        (["a", "b"], ["a", "b"]),
        (
            [{"value": "a", "text": "First", "description": None}, {"value": "b", "text": None}],
            {"a": "First", "b": "b"},
        ),
        ({"a": "First"}, {"a": "First"}),
    ],
)
def test_labels_of_spans_are_read_in_each_form(labels, kept):
    """They are texts, dicts of value and text as Argilla writes them, or value -> text."""
    question = {"name": "q", "type": "span", "field": "t", "labels": labels}
    assert argilla.settings_of({**FORM, "questions": [question]}).questions[0].labels == kept


def test_the_older_file_is_json(tmp_path):
    """`argilla.cfg` is read as JSON, with the tabs that YAML refuses; broken, it is named; beside `argilla.yaml` it is left alone."""
    (tmp_path / "argilla.cfg").write_text(json.dumps(FORM, indent="\t"), "utf-8")
    assert argilla.read_form(tmp_path).questions[0].name == "q"
    (tmp_path / "argilla.cfg").write_text("{", "utf-8")
    with pytest.raises(fw.InvalidInput, match=r"argilla\.cfg cannot be read \("):
        argilla.read_form(tmp_path)
    (tmp_path / "argilla.yaml").write_text(json.dumps(FORM), "utf-8")
    assert argilla.read_form(tmp_path).questions[0].name == "q"
