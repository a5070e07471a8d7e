"""To Hugging Face `datasets`."""

from __future__ import annotations

import pytest

import feedback_widgets as fw

hf = pytest.importorskip("datasets")


def plain(value):
    """Return rows as plain dicts and lists, for comparing."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def test_the_rows_come_out_as_they_went_in(dataset):
    """A `datasets.Dataset` holds exactly the rows that a formatting function receives."""
    table = dataset.format_as("datasets")
    assert isinstance(table, hf.Dataset)
    assert plain(table.to_list()) == plain(dataset.rows())


def test_the_columns_do_not_depend_on_the_answers(dataset):
    """Without any answer the features are the same, so that parts can be joined."""
    bare = fw.FeedbackDataset(fields=dataset.fields, questions=dataset.questions)
    assert len(bare.format_as("datasets")) == 0
    bare.add_records([{"text": "b"}])
    assert bare.format_as("datasets").features == dataset.format_as("datasets").features


def test_a_table_can_be_written_and_read(dataset, tmp_path):
    """Parquet keeps nested answers."""
    table = dataset.format_as("datasets")
    table.to_parquet(tmp_path / "answers.parquet")
    again = hf.Dataset.from_parquet(str(tmp_path / "answers.parquet"), cache_dir=str(tmp_path))
    assert again.to_list() == table.to_list()


def test_another_format_is_refused_with_the_ones_there_are(dataset):
    """The sentence names both ways out."""
    with pytest.raises(
        fw.InvalidInput, match=r"'csv' is not known: use format_as\('datasets'\), or to_pandas"
    ):
        dataset.format_as("csv")
