"""Datasets in folders and on the hub, in Argilla's layout: what goes out comes in again."""

import json
import os
import shutil
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.io import argilla, hub

pytest.importorskip("datasets")
SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[3] / "shared")
FILES = sorted((SHARED / "cases").glob("argilla_*.json")) if (SHARED / "cases").is_dir() else []
CASES = [case for file in FILES for case in json.loads(file.read_text("utf-8"))["cases"]]
needs_cases = pytest.mark.skipif(not FILES, reason=f"there are no cases in {SHARED / 'cases'}")

# Where we differ: case -> why.
DIFFERENT = {
    "rt-all": "the score of a suggested span is kept",
    "rt-two-users-without-id": "two answers of nobody named cannot be told apart, and are refused when they are added",
    "rt-span-score": "the score of a suggested span is kept",
}
MAKERS = {
    "text": fw.TextQuestion, "rating": fw.RatingQuestion, "label_selection": fw.LabelQuestion, "span": fw.SpanQuestion,
    "multi_label_selection": fw.MultiLabelQuestion, "ranking": fw.RankingQuestion,
}  # fmt: skip
PROPERTIES = {"terms": fw.TermsMetadataProperty, "integer": fw.IntegerMetadataProperty}


@needs_cases
def test_every_difference_is_a_case():
    """The table of differences names no case that is gone."""
    assert set(DIFFERENT) <= {each["id"] for each in CASES}


def cases(*kinds):
    return [pytest.param(each, id=each["id"]) for each in CASES if each["kind"] in kinds]


def form(given):
    def without_type(each):
        return {name: value for name, value in each.items() if name != "type"}

    return fw.FeedbackDataset(
        fields=[fw.TextField(**each) for each in given["fields"]],
        questions=[MAKERS[each["type"]](**without_type(each)) for each in given["questions"]],
        metadata_properties=[
            PROPERTIES[each["type"]](**without_type(each)) for each in given.get("metadata_properties", [])
        ],
        vectors_settings=[fw.VectorSettings(**each) for each in given.get("vectors_settings", [])],
        guidelines=given.get("guidelines"),
    )


def user(number):
    return None if number is None else f"00000000-0000-0000-0000-{number:012d}"


def made(case):
    dataset = form(case["input"]["dataset"])
    for given in case["input"]["records"]:
        responses = [
            fw.Response(each["values"], user(each["user"]), each.get("status", "submitted"))
            for each in given.get("responses", [])
        ]
        suggestions = [fw.Suggestion(**each) for each in given.get("suggestions", [])]
        parts = {name: given[name] for name in ("metadata", "external_id", "vectors") if name in given}
        fields = {name: text for name, text in given["fields"].items() if text is not None}
        dataset.add_records([fw.Record(fields, responses=responses, suggestions=suggestions, **parts)])
    return dataset


def bare(value):
    """Return an answer as a case writes it down."""
    if isinstance(value, fw.SpanValue):
        return {"label": value.label, "start": value.start, "end": value.end, "score": value.score}
    if isinstance(value, fw.RankingValueSchema):
        return {"value": value.value, "rank": value.rank}
    if isinstance(value, list):
        return [bare(each) for each in value]
    return dict(value) if isinstance(value, dict) else value


def told(dataset):
    """Return records as a case writes them down."""
    names, asked = [each.name for each in dataset.fields], [each.name for each in dataset.questions]
    vectors = dataset.format_as("datasets").to_dict().get("vectors", [{}] * len(dataset))
    return [
        {
            "fields": {name: record.fields.get(name) for name in names},
            "metadata": record.metadata,
            "vectors": {name: value for name, value in numbers.items() if value is not None},
            "responses": [
                {
                    "user_id": each.user_id,
                    "values": {name: {"value": bare(answer.value)} for name, answer in each.values.items()},
                    "status": each.status,
                }
                for each in record.responses
            ],
            "suggestions": [
                {
                    "question_name": each.question_name, "value": bare(each.value), "score": each.score,
                    "type": each.type, "agent": each.agent,
                }
                for each in sorted(record.suggestions, key=lambda each: asked.index(each.question_name))
            ],
            "external_id": record.external_id,
        }
        for record, numbers in zip(dataset, vectors, strict=True)
    ]  # fmt: skip


def scoreless(records):
    """Return records without what the cases lose: the scores of single spans."""
    text = json.loads(json.dumps(records))
    for record in text:
        answers = [each["value"] for each in record["suggestions"]]
        answers += [each["value"] for said in record["responses"] for each in said["values"].values()]
        for answer in answers:
            for part in answer if isinstance(answer, list) else []:
                if isinstance(part, dict) and "start" in part:
                    part["score"] = None
    return text


def again(dataset, folder):
    hub.write_folder(dataset, folder)
    return fw.FeedbackDataset.from_huggingface(folder)


@needs_cases
@pytest.mark.parametrize("case", cases("hf_roundtrip"))
def test_records_come_back_as_the_original_gives_them(case, tmp_path):
    """Fields, metadata, vectors, answers and suggestions are those of the original's own round trip; span scores are kept."""
    if case["id"] == "rt-two-users-without-id":
        with pytest.raises(fw.InvalidInput, match="two responses of nobody named"):
            made(case)
        return
    assert scoreless(told(again(made(case), tmp_path))) == case["expected"]["records"]


def test_no_nameless_answer_is_lost(tmp_path):
    """Tables of others may hold several answers of nobody named to one record: each is read, under a name of its own."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    dataset = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="q")])
    hub.write_folder(dataset, tmp_path)
    said = [{"user_id": None, "value": each, "status": "submitted"} for each in ("x", "y")]
    table = pa.Table.from_pylist([{"text": "a", "q": said}])
    pq.write_table(table, tmp_path / "data" / "train-00000-of-00001.parquet")
    (record,) = fw.FeedbackDataset.from_huggingface(tmp_path)
    assert [(each.user_id, each.values["q"].value) for each in record.responses] == [
        (None, "x"),
        ("nobody-2", "y"),
    ]


@needs_cases
@pytest.mark.parametrize("case", cases("argilla_yaml"))
def test_the_form_is_written_as_the_original_writes_it(case, tmp_path):
    """`argilla.yaml` is the same text."""
    argilla.write_form(form(case["input"]["dataset"]).settings, tmp_path)
    assert (tmp_path / "argilla.yaml").read_text() == case["expected"]["yaml"]


@needs_cases
@pytest.mark.parametrize("case", cases("argilla_yaml_load"))
def test_older_forms_are_read(case):
    """What servers wrote into older files is passed over, and the form is what the original reads."""
    found = argilla.form_of(argilla.settings_of(argilla.loaded(case["input"]["yaml"])))
    expected = {
        name: value or [] if name in argilla.PARTS else value
        for name, value in case["expected"]["ok"].items()
    }
    assert found == expected


@needs_cases
@pytest.mark.parametrize("case", cases("size_category"))
def test_sizes_have_the_hubs_names(case):
    """The card says how large a dataset is, in the hub's words."""
    assert hub.size_category(case["input"]["n"]) == case["expected"]


@needs_cases
@pytest.mark.parametrize(
    "case", [each for each in cases("format_as") if "dataset" in each.values[0]["input"]]
)
def test_tables_have_the_original_columns(case):
    """Columns and rows of `format_as` are the original's."""
    table, expected = made(case).format_as("datasets"), case["expected"]
    assert table.column_names == expected["columns"]
    if "rows" in expected:
        assert table.to_list() == expected["rows"]
    assert len(table) == expected.get("num_rows", len(table))


def test_every_type_comes_back(dataset, tmp_path):
    """Questions of ours that Argilla has not, drafts, discarded answers, suggestions and span scores survive."""
    found = again(dataset, tmp_path)
    assert found.settings.to_dict() | {"questions": []} == dataset.settings.to_dict() | {"questions": []}
    assert [each.name for each in found.questions] == [each.name for each in dataset.questions]
    assert told(found) == told(dataset)
    assert [each.value[0].score for each in found[0].suggestions if each.question_name == "parts"] == [0.5]


def test_fields_of_every_type_come_back(tmp_path):
    """Conversations, tables, values of one's own, pictures and programs are what they were."""
    dataset = fw.FeedbackDataset(
        fields=[
            fw.ChatField(name="chat"),
            fw.TableField(name="table"),
            fw.CustomField(name="own", template="<p></p>"),
            fw.ImageField(name="picture"),
            fw.CodeField(name="code"),
        ],
        questions=[fw.TextQuestion(name="why")],
    )
    dataset.add_records(
        [
            {
                "chat": [{"role": "user", "content": "Hi"}],
                "table": {"columns": ["a"], "rows": [[1], [None]]},
                "own": {"deep": [1, {"x": None}]},
                "picture": "https://example.org/a.png",
                "code": "x = 1",
            }
        ]
    )
    assert dict(again(dataset, tmp_path)[0].fields) == dict(dataset[0].fields)


def test_a_table_tells_its_features(dataset, tmp_path):
    """`datasets` reads the file with the features of `format_as`, and not with those that Parquet would suggest."""
    import datasets
    import pyarrow.parquet as pq

    hub.write_folder(dataset, tmp_path)
    found = pq.read_schema(tmp_path / "data" / "train-00000-of-00001.parquet")
    assert datasets.Features.from_arrow_schema(found) == dataset.format_as("datasets").features
    assert b"huggingface" in found.metadata


def test_several_splits_want_a_name(dataset, tmp_path):
    """Which part is meant is asked, with the parts that there are."""
    hub.write_folder(dataset, tmp_path)
    shutil.copy(
        tmp_path / "data" / "train-00000-of-00001.parquet", tmp_path / "data" / "test-00000-of-00001.parquet"
    )
    read = fw.FeedbackDataset.from_huggingface
    with pytest.raises(fw.InvalidInput, match="several splits: give split=, one of test, train"):
        read(tmp_path)
    with pytest.raises(fw.InvalidInput, match=r"no split 'tset'; it has test, train\. Did you mean 'test'"):
        read(tmp_path, split="tset")
    assert len(read(tmp_path, split="test")) == len(dataset)


def test_what_is_no_dataset_is_refused(tmp_path):
    """A folder without a form, a form that is none, and one without records say what is missing."""
    read = fw.FeedbackDataset.from_huggingface
    with pytest.raises(fw.InvalidInput, match=r"there is no argilla\.yaml"):
        read(tmp_path)
    (tmp_path / "argilla.yaml").write_text("fields: [")
    with pytest.raises(fw.InvalidInput, match=r"argilla\.yaml cannot be read"):
        read(tmp_path)
    (tmp_path / "argilla.yaml").write_text("[]")
    with pytest.raises(fw.InvalidInput, match="needs fields and questions"):
        read(tmp_path)
    (tmp_path / "argilla.yaml").write_text(
        "fields: [{name: t, type: text}]\nquestions: [{name: q, type: text}]"
    )
    with pytest.raises(fw.InvalidInput, match="no records"):
        read(tmp_path)


def test_a_form_makes_no_objects(tmp_path):
    """A file that asks Python to run something is read as if it did not."""
    mark = tmp_path / "ran"
    text = f"fields: !!python/object/apply:os.system ['touch {mark}']\nquestions: []"
    assert argilla.loaded(text) == {"fields": None, "questions": []}
    assert not mark.exists()


def test_forms_of_version_1_12_are_read(tmp_path):
    """Before argilla.yaml there was argilla.cfg, the same in JSON, with settings as servers kept them."""
    options = [{"value": 1}, {"value": 2}]
    older = {
        "fields": [{"id": "1", "name": "text", "title": "T", "required": True, "settings": {"type": "text"}}],
        "questions": [
            {"name": "q", "title": "Q", "required": True, "settings": {"type": "rating", "options": options}}
        ],
        "guidelines": None,
    }
    (tmp_path / "argilla.cfg").write_text(json.dumps(older))
    settings = argilla.read_form(tmp_path)
    assert settings.questions[0].values == [1, 2]


def test_the_hub_gets_the_folder(dataset, tmp_path, monkeypatch):
    """Pushing makes the repository and uploads table, form and card; pulling reads them; no record's text is in the card."""
    import huggingface_hub

    asked = []

    class Api:
        def __init__(self, token):
            asked.append(token)

        def create_repo(self, repo_id, **options):
            asked.append((repo_id, options))
            return f"https://hub/{repo_id}"

        def upload_folder(self, *, folder_path, repo_id, **_):
            shutil.copytree(folder_path, tmp_path / repo_id)

    def download(repo_id, **options):
        asked.append(options["repo_type"])
        return str(tmp_path / repo_id)

    monkeypatch.setattr(huggingface_hub, "HfApi", Api)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", download)
    secret = "nobody reads this in a card"
    dataset.add_records([{"text": secret}])
    assert dataset.push_to_huggingface("me/mine", token="t", private=True) == "https://hub/me/mine"
    assert asked == ["t", ("me/mine", {"repo_type": "dataset", "private": True, "exist_ok": True})]
    card = (tmp_path / "me" / "mine" / "README.md").read_text()
    assert "n<1K" in card
    assert secret not in card
    assert told(fw.FeedbackDataset.from_huggingface("me/mine")) == told(dataset)
    assert asked[-1] == "dataset"
