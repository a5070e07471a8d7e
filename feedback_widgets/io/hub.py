"""Datasets as folders, and on the Hugging Face hub: the table of `format_as` in Parquet, the form beside it, and a card."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, near_miss, require
from feedback_widgets.io.argilla import FILES, read_form, write_form
from feedback_widgets.io.huggingface import format_as
from feedback_widgets.records import Record, Response, Suggestion

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.settings import Settings

SPLIT = re.compile(r"(?:.*/)?(\w+)(?:-\d+-of-\d+.*)?\.parquet")
SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"),
         (10_000_000, "1M<n<10M"), (100_000_000, "10M<n<100M"))  # fmt: skip


def write_folder(dataset: FeedbackDataset, folder: Path, *, card: bool = True) -> None:
    """Write a dataset into a folder as it lies on the hub."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    table = format_as(dataset)
    described = table.data.table.replace_schema_metadata(table.features.arrow_schema.metadata)
    pq = require("pyarrow.parquet", "data")
    pq.write_table(described, folder / "data" / "train-00000-of-00001.parquet")
    write_form(dataset.settings, folder)
    if card:
        (folder / "README.md").write_text(_card(dataset), "utf-8")


def push(
    dataset: FeedbackDataset, repo_id: str, *, token: str | None, private: bool | None, card: bool
) -> str:
    """Send a dataset to the hub, and return its address there."""
    hub = require("huggingface_hub", "data")
    with TemporaryDirectory() as made:
        write_folder(dataset, Path(made), card=card)
        api = hub.HfApi(token=token)
        where = api.create_repo(repo_id, repo_type="dataset", private=private, exist_ok=True)
        api.upload_folder(
            repo_id=repo_id, repo_type="dataset", folder_path=made, commit_message="Records, answers and form"
        )
    return str(where)


def pull(
    cls: type[FeedbackDataset],
    repo_id: str | Path,
    *,
    split: str | None,
    token: str | None,
    revision: str | None,
) -> FeedbackDataset:
    """Read a dataset from a folder, or from the hub."""
    folder = Path(repo_id)
    if not folder.is_dir():
        hub = require("huggingface_hub", "data")
        wanted = [*FILES, "*.parquet"]
        folder = Path(
            hub.snapshot_download(
                str(repo_id), repo_type="dataset", revision=revision, token=token, allow_patterns=wanted
            )
        )
    return read_folder(cls, folder, split=split)


def read_folder(cls: type[FeedbackDataset], folder: Path, *, split: str | None = None) -> FeedbackDataset:
    """Make a dataset of what lies in a folder.

    Raises:
        InvalidInput: there is no form or no table in it, or there are several splits and none was named.
    """
    settings, files = read_form(folder), _files(folder, split)
    dataset = cls(
        fields=settings.fields, questions=settings.questions, guidelines=settings.guidelines,
        metadata_properties=settings.metadata_properties, allow_extra_metadata=settings.allow_extra_metadata,
        vectors_settings=settings.vectors_settings,
    )  # fmt: skip
    pq = require("pyarrow.parquet", "data")
    for path in files:
        with pq.ParquetFile(path) as table:
            for batch in table.iter_batches(2_000):
                dataset.add_records([_record(row, settings) for row in batch.to_pylist()])
    return dataset


def size_category(count: int) -> str:
    """Return what the hub calls a number of records.

    >>> size_category(1), size_category(99_999)
    ('n<1K', '10K<n<100K')
    """
    return next((name for limit, name in SIZES if count < limit), "n>100M")


def _files(folder: Path, split: str | None) -> list[Path]:
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("*.parquet")):
        if match := SPLIT.fullmatch(path.relative_to(folder).as_posix()):
            found.setdefault(match.group(1), []).append(path)
    if not found:
        raise InvalidInput(f"there are no records (Parquet files) in {str(folder)!r}: give another dataset.")
    if split is None and len(found) > 1:
        raise InvalidInput(f"this dataset has several splits: give split=, one of {', '.join(found)}.")
    if split is not None and split not in found:
        raise InvalidInput(
            f"this dataset has no split {split!r}; it has {', '.join(found)}.{near_miss(split, found)}"
        )
    return found[split or next(iter(found))]


def _record(row: Mapping[str, Any], settings: Settings) -> Record:
    fields = {each.name: _content(each.type, row.get(each.name)) for each in settings.fields}
    return Record(
        {name: content for name, content in fields.items() if content is not None},
        json.loads(row.get("metadata") or "{}"),
        responses=_responses(row, settings),
        suggestions=list(_suggestions(row, settings)),
        vectors=row.get("vectors") or {},
        external_id=row.get("external_id"),
    )


def _content(kind: str, cell: Any) -> Any:
    """Return what a field's cell stands for."""
    return json.loads(cell) if kind in ("table", "custom") and cell is not None else cell


def _responses(row: Mapping[str, Any], settings: Settings) -> list[Response]:
    """Put the answers of each person together; of those that nobody is known for, the first to each question, and so on."""
    found: dict[Any, tuple[str, dict[str, Any]]] = {}
    for question in settings.questions:
        nameless = 0
        for entry in _entries(row.get(question.name)):
            who = entry["user_id"]
            if who is None:
                nameless += 1
                who = (
                    None if nameless == 1 else f"nobody-{nameless}"
                )  # a record holds one answer of nobody named
            values = found.setdefault(who, (entry["status"], {}))[1]
            values[question.name] = _value(question.type, entry["value"])
    return [Response(values, who, status) for who, (status, values) in found.items()]


def _entries(cell: Any) -> list[Mapping[str, Any]]:
    """Return the entries of a question's cell, which older tables keep as a dict of lists."""
    if not isinstance(cell, Mapping):
        return cell or []
    return [dict(zip(cell, parts, strict=True)) for parts in zip(*cell.values(), strict=True)]


def _suggestions(row: Mapping[str, Any], settings: Settings) -> Iterator[Suggestion]:
    for question in settings.questions:
        value = row.get(f"{question.name}-suggestion")
        if value is None:
            continue
        about = row.get(f"{question.name}-suggestion-metadata") or {}
        yield Suggestion(
            question.name,
            _value(question.type, value),
            about.get("score"),
            about.get("type"),
            about.get("agent"),
        )


def _value(kind: str, cell: Any) -> Any:
    """Return an answer out of its cell: parallel lists become places or spans again."""
    if kind not in ("ranking", "span"):
        return cell
    places = _entries(cell)
    if kind == "ranking":
        return [{"value": each["value"], "rank": each["rank"]} for each in places]
    return [
        {name: each[name] for name in ("start", "end", "label", "score") if name in each} for each in places
    ]


def _card(dataset: FeedbackDataset) -> str:
    """Write what the hub shows of a dataset: its form, in words of ours, and nothing of its records."""
    head = {
        "size_categories": size_category(len(dataset)),
        "tags": ["feedback-widgets", "argilla", "human-feedback"],
        "configs": [{"config_name": "default", "data_files": "data/*.parquet"}],
    }
    yaml = require("yaml", "data")
    lines = [
        f"- `{each.name}`: a {each.noun} of type {each.type}"
        for each in (*dataset.fields, *dataset.questions)
    ]
    return "\n".join(
        [
            "---", yaml.safe_dump(head, sort_keys=True) + "---", "# Records with human feedback", "",
            f"{len(dataset)} records. Their answers, drafts and discarded ones included, name their annotators.", "",
            *lines, "", "```python", "import feedback_widgets as fw", "",
            'dataset = fw.FeedbackDataset.from_huggingface("the name of this repository")', "```", "",
        ]
    )  # fmt: skip
