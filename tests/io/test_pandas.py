"""To pandas: one line per record and annotator."""

from __future__ import annotations

import pytest

import feedback_widgets as fw

pandas = pytest.importorskip("pandas")


def test_each_annotator_has_a_line(dataset):
    """Answers of three people are three lines, and an untouched record is one with nobody's name."""
    frame = dataset.to_pandas()
    assert list(zip(frame["text"], frame["user_id"].fillna("-"), frame["status"], strict=True)) == [
        ("a", "ann", "submitted"),
        ("a", "bob", "discarded"),
        ("a", "cem", "draft"),
        ("b", "-", "pending"),
    ]


def test_answers_are_values(dataset):
    """Numbers stay numbers, labels stay lists, a ranking is its values best first, spans and pairs are dicts, an open question None."""
    line = dataset.to_pandas().iloc[0]
    assert (line["why"], line["quality"], line["tone"]) == ("so", 2, "rude")
    assert (line["topics"], line["order"]) == (["math", "art"], ["y", "x"])
    assert line["parts"] == [{"start": 0, "end": 1, "label": "p"}]
    assert line["better"] == {"choice": "tie", "strength": None}
    assert dataset.to_pandas()["topics"][1] is None


def test_the_columns_are_always_there_in_the_same_order(dataset):
    """A dataset without a record or an answer has the same columns."""
    columns = ["record_id", "text", "note", "user_id", "status", "why", "quality", "tone", "topics", "order"]
    columns += ["parts", "better", "comment"]
    bare = fw.FeedbackDataset(
        fields=dataset.fields,
        questions=dataset.questions,
        metadata_properties=dataset.settings.metadata_properties,
    )
    assert list(dataset.to_pandas().columns) == [*columns, "external_id", "source"]
    assert list(bare.to_pandas().columns) == [*columns, "external_id", "source"]
    assert len(bare.to_pandas()) == 0


def test_what_came_out_can_go_in_again(dataset):
    """The frame's records are known to the dataset they came from."""
    frame = dataset.to_pandas()[["text", "note", "external_id", "source"]].drop_duplicates()
    assert dataset.add_records(frame) == (0, 2)
