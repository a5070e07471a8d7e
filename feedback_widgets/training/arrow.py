"""Training rows as Arrow tables and files, under fingerprints of their content, so that equal rows share caches."""

from __future__ import annotations

import random
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.io.arrow import fingerprint

Row = dict[str, Any]
IN_MEMORY = 32_000_000  # bytes of rows, before they go to a file

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
    return _table(rows, _features(columns, classes))


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


class Gathered:
    """Rows as they come, at first in memory, then in a file that goes when nobody needs it any more."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        self._schema = _features(columns).arrow_schema
        self._batches: list[Any] = []
        self._size, self._folder = 0, ""
        self._writer: Any = None
        self._sink: Any = None
        # The library that makes fingerprints in `datasets` as well: what counts is that equal rows have equal ones.
        self._digest = require("xxhash", "train").xxh3_128(str(self._schema).encode())
        self.records: list[Any] = []  # of each row, one array per block
        self.used = 0  # records that gave rows

    def add(self, columns: Mapping[str, Any], records: Any) -> None:
        """Take rows as one Arrow array for each column, and the number that each row's record has among those that gave rows."""
        pa = require("pyarrow", "train")
        arrays = [columns[name] for name in self._schema.names]
        self._take(pa.record_batch(arrays, schema=self._schema), records)

    def add_rows(self, rows: list[Row], records: list[int]) -> None:
        """Do the same with rows as dicts of all columns."""
        pa, np = require("pyarrow", "train"), require("numpy", "train")
        self._take(pa.RecordBatch.from_pylist(rows, schema=self._schema), np.array(records, np.int64))

    def _take(self, batch: Any, records: Any) -> None:
        pa = require("pyarrow", "train")
        self.records.append(records)
        self._size += batch.nbytes
        if self._writer is not None:
            self._write(batch)
            return
        self._batches.append(batch)
        if self._size > IN_MEMORY:
            self._folder = tempfile.mkdtemp(prefix="feedback-rows-")
            self._sink = pa.OSFile(str(Path(self._folder) / "rows.arrow"), "wb")
            self._writer = pa.ipc.new_stream(self._sink, self._schema)
            for each in self._batches:
                self._write(each)
            self._batches = []

    def _write(self, batch: Any) -> None:
        self._writer.write_batch(batch)
        for column in batch.columns:
            for buffer in column.buffers():
                self._digest.update(b"" if buffer is None else buffer)

    def whole(self) -> Any:
        """Return all rows as a `datasets.Dataset`."""
        hf, pa = require("datasets", "train"), require("pyarrow", "train")
        if self._writer is None:
            table = pa.Table.from_batches(self._batches, schema=self._schema).combine_chunks()
            return hf.Dataset(table, fingerprint=fingerprint(table))
        self._writer.close()
        self._sink.close()
        made = hf.Dataset.from_file(str(Path(self._folder) / "rows.arrow"))
        made._fingerprint = self._digest.hexdigest()  # noqa: SLF001 - that of the content, as everywhere here
        weakref.finalize(made.data, shutil.rmtree, self._folder, ignore_errors=True)
        return made

    def parted(self, share: float, seed: int | None) -> tuple[Any, Any]:
        """Return the rows of `share` of the records, drawn as `shapes.split` draws them, and those of the rest."""
        hf, np = require("datasets", "train"), require("numpy", "train")
        if self.used < 2:
            raise InvalidInput(
                f"train_size={share:g} needs at least two records with training rows, and there are {self.used}."
            )
        size = min(max(int(share * self.used + 0.5), 1), self.used - 1)
        drawn = np.zeros(self.used, bool)
        drawn[random.Random(42 if seed is None else seed).sample(range(self.used), size)] = True
        table, mine = self.whole().data.table, drawn[np.concatenate(self.records)]
        sides = [table.filter(each).combine_chunks() for each in (mine, ~mine)]
        made = [hf.Dataset(each, fingerprint=fingerprint(each)) for each in sides]
        return made[0], made[1]


def _features(columns: Mapping[str, str], classes: Sequence[str] = ()) -> Any:
    hf = require("datasets", "train")
    return hf.Features({name: TYPES[kind](hf, list(classes)) for name, kind in columns.items()})


def _table(rows: Iterable[Row], features: Any) -> Any:
    hf, pa = require("datasets", "train"), require("pyarrow", "train")
    table = pa.Table.from_pylist(list(rows), schema=features.arrow_schema)
    return hf.Dataset(table, fingerprint=fingerprint(table))
