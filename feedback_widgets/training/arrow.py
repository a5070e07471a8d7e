"""Training rows as Arrow tables and files, under fingerprints of their content, so that equal rows share caches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from feedback_widgets.errors import require
from feedback_widgets.io.arrow import fingerprint

Row = dict[str, Any]

# What a column may hold -> its feature, out of the library and the names of the classes.
TYPES: dict[str, Callable[[Any, list[str]], Any]] = {
    "text": lambda hf, _: hf.Value("string"),
    "texts": lambda hf, _: hf.Sequence(hf.Value("string")),
    "int": lambda hf, _: hf.Value("int32"),
    "ints": lambda hf, _: hf.Sequence(hf.Value("int32")),
    "number": lambda hf, _: hf.Value("float64"),
    "bool": lambda hf, _: hf.Value("bool"),
    "class": lambda hf, classes: hf.ClassLabel(names=classes) if classes else hf.Value("int64"),
    "classes": lambda hf, classes: hf.Sequence(TYPES["class"](hf, classes)),
    "messages": lambda hf, _: [{"role": hf.Value("string"), "content": hf.Value("string")}],
    "answer": lambda hf, _: hf.Sequence({"text": hf.Value("string"), "answer_start": hf.Value("int32")}),
}


def to_dataset(rows: Iterable[Row], columns: Mapping[str, str], classes: Sequence[str] = ()) -> Any:
    """Put rows into a `datasets.Dataset`.

    Args:
        rows: dicts of all columns.
        columns: column -> one of `TYPES`.
        classes: the names of the classes, in the order of their numbers.
    """
    hf = require("datasets", "train")
    return _table(rows, hf.Features({name: TYPES[kind](hf, list(classes)) for name, kind in columns.items()}))


def file_backed(rows: Iterable[Row], features: Any, folder: Path, name: str) -> Any:
    """Return the rows as a `datasets.Dataset` of these features, read from a file in `folder`.

    What is computed from such a dataset is kept beside the file: training on the same rows again tokenizes nothing.
    """
    dataset = _table(rows, features)
    pa, table = require("pyarrow", "train"), dataset.data.table
    path = folder / f"{name}-{fingerprint(table)}.arrow"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")  # a file under its final name is a whole one
        with pa.OSFile(str(unfinished), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        unfinished.rename(path)
    return type(dataset).from_file(str(path))


def _table(rows: Iterable[Row], features: Any) -> Any:
    hf, pa = require("datasets", "train"), require("pyarrow", "train")
    table = pa.Table.from_pylist(list(rows), schema=features.arrow_schema)
    return hf.Dataset(table, fingerprint=fingerprint(table))
