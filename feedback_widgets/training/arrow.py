"""Training rows as Arrow tables and files, under fingerprints of their content, so that equal rows share caches."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from feedback_widgets.errors import require

Row = dict[str, Any]


def to_dataset(rows: Iterable[Row], columns: Sequence[str]) -> Any:
    """Put rows into a `datasets.Dataset`: `id` is a whole number, every other column is text."""
    datasets, pa = require("datasets", "train"), require("pyarrow", "train")
    schema = pa.schema([(name, pa.int32() if name == "id" else pa.string()) for name in columns])
    table = pa.Table.from_pylist(list(rows), schema=schema)
    return datasets.Dataset(table, fingerprint=fingerprint(table))


def file_backed(rows: Iterable[Row], columns: Sequence[str], folder: Path, name: str) -> Any:
    """Return the rows as a `datasets.Dataset` read from a file in `folder`.

    What is computed from such a dataset is kept beside the file: training on the same rows again tokenizes nothing.
    """
    dataset = to_dataset(rows, columns)
    pa, table = require("pyarrow", "train"), dataset.data.table
    path = folder / f"{name}-{fingerprint(table)}.arrow"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")  # a file under its final name is a whole one
        with pa.OSFile(str(unfinished), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        unfinished.rename(path)
    return type(dataset).from_file(str(path))


def fingerprint(table: Any) -> str:
    """Hash the content of a table. `datasets` would pickle the whole table for this, at several times the memory."""
    digest = hashlib.blake2b(str(table.schema.names).encode(), digest_size=16)
    for column in table.combine_chunks().columns:
        for chunk in column.chunks:
            for buffer in chunk.buffers():
                digest.update(b"" if buffer is None else buffer)
    return digest.hexdigest()
