"""Similar records: the cosine between vectors, all of them compared, held in memory as one matrix per vector name.

The first search for a name reads its vectors block by block; later ones read only what is new or was replaced.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, near_miss, require
from feedback_widgets.records import Record
from feedback_widgets.store import vectors as stored

if TYPE_CHECKING:
    from feedback_widgets.live import Live
    from feedback_widgets.vectors import VectorSettings

_matrices: weakref.WeakKeyDictionary[Any, dict[tuple[str, str], Matrix]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def find_similar(
    dataset: Live,
    to: Record | str | Sequence[float],
    vector: str | None = None,
    k: int = 50,
    *,
    least: bool = False,
) -> list[tuple[Record, float]]:
    """Return the records most like `to`; see `FeedbackDataset.find_similar`."""
    if isinstance(k, bool) or not isinstance(k, int) or k < 1:
        raise InvalidInput(f"find_similar needs k from 1, got {k!r}")
    ranked = ranking(dataset, to, vector, k=k, least=least)
    records = dataset._memory.look([each for each, _ in ranked])  # noqa: SLF001 - its own door leads here
    return [(record, score) for record, (_, score) in zip(records, ranked, strict=True)]


def ranking(
    dataset: Live,
    to: Record | str | Sequence[float],
    vector: str | None = None,
    *,
    k: int | None = None,
    least: bool = False,
) -> list[tuple[str, float]]:
    """Return (record id, cosine) from the most similar record on, `to` itself left out; the `k` first, or all.

    Raises:
        InvalidInput: there is no such vector or record, or it does not fit.
        MissingExtra: numpy is not installed.
    """
    settings = vector_settings(dataset, vector)
    matrix = _matrix(dataset, settings)
    itself = to.id if isinstance(to, Record) else to if isinstance(to, str) else None
    direction = settings.check(to) if itself is None else matrix.of(itself)
    if direction is None:
        dataset.record(str(itself))
        raise InvalidInput(
            f"the record {itself!r} has no vector {settings.name!r}: add it again with vectors={{{settings.name!r}: […]}}"
        )
    return matrix.nearest(direction, None if itself is None else str(itself), k, least=least)


def vector_settings(dataset: Live, name: str | None) -> VectorSettings:
    """Return the settings of the vector called `name`, or of the only one there is.

    Raises:
        InvalidInput: there is no such vector, or several to choose from.
    """
    known = {each.name: each for each in dataset.settings.vectors_settings}
    if not known:
        raise InvalidInput(
            "this dataset has no vectors: give it vectors_settings=[VectorSettings(name=…, dimensions=…)]"
        )
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name not in known:
        said = "several vectors: name one of" if name is None else f"no vector {name!r}; it has"
        raise InvalidInput(f"this dataset has {said} {', '.join(known)}.{near_miss(name, known)}")
    return known[name]


def _matrix(dataset: Live, settings: VectorSettings) -> Matrix:
    with _lock:
        mine = _matrices.setdefault(dataset, {})
        key = (dataset.key, settings.name)
        if key not in mine or mine[key].store() is not dataset.store:
            mine[key] = Matrix(dataset, settings)
        matrix = mine[key]
    matrix.catch_up(dataset)
    return matrix


class Matrix:
    """All vectors of one name, as rows of length one. Safe to use from any thread."""

    def __init__(self, dataset: Live, settings: VectorSettings) -> None:
        self._numpy = require("numpy", "data")
        self._lock = threading.RLock()
        self.store = weakref.ref(dataset.store)
        self._name, self._dimensions = settings.name, settings.dimensions
        self._ids: list[str] = []
        self._rows: dict[str, int] = {}
        self._values = self._numpy.empty((0, settings.dimensions), self._numpy.float32)
        self._seen = stored.Seen()

    def catch_up(self, dataset: Live) -> None:
        """Read what is new, or was replaced.

        Raises:
            StoreError: the store cannot be read.
        """
        with self._lock:
            for seen, block in stored.since(dataset.store, dataset.key, self._name, self._seen):
                self._take(block)
                self._seen = seen

    def _take(self, block: list[tuple[str, bytes]]) -> None:
        # One of another length was written under another form of the dataset, and is none any more.
        block = [each for each in block if len(each[1]) == 4 * self._dimensions]
        if not block:
            return
        numpy = self._numpy
        values = numpy.frombuffer(b"".join(each for _, each in block), "<f4").reshape(-1, self._dimensions)
        lengths = numpy.sqrt(numpy.einsum("ij,ij->i", values, values, dtype=numpy.float64))
        lengths[lengths == 0] = 1
        for each, _ in block:
            if each not in self._rows:
                self._rows[each] = len(self._ids)
                self._ids.append(each)
        if len(self._ids) > len(self._values):
            grown = numpy.zeros(
                (max(len(self._ids), len(self._values) * 3 // 2), self._dimensions), numpy.float32
            )
            grown[: len(self._values)] = self._values
            self._values = grown
        self._values[[self._rows[each] for each, _ in block]] = values / lengths[:, None]

    def of(self, record_id: str) -> Any:
        """Return the vector of a record, of length one, or None where it has none."""
        with self._lock:
            at = self._rows.get(record_id)
            return None if at is None else self._values[at]

    def nearest(self, to: Any, without: str | None, k: int | None, *, least: bool) -> list[tuple[str, float]]:
        """Return (record id, cosine), the most similar first (`least`: last ones first); equal ones in the order of adding."""
        numpy = self._numpy
        with self._lock:
            direction = numpy.asarray(to, numpy.float64)
            length = float(numpy.linalg.norm(direction)) or 1.0
            values = self._values[: len(self._ids)]
            scores = values @ (direction / length).astype(numpy.float32)
            order = self._first(scores if least else -scores, None if k is None else k + 1)
            found = [(self._ids[at], min(1.0, max(-1.0, float(scores[at])))) for at in order]
        kept = [each for each in found if each[0] != without]
        return kept if k is None else kept[:k]

    def _first(self, keys: Any, k: int | None) -> Any:
        """Return the places of the `k` smallest keys, in order; those that are equal in the order of their places."""
        numpy = self._numpy
        if k is None or k >= len(keys):
            return numpy.argsort(keys, kind="stable")
        limit = numpy.partition(keys, k - 1)[k - 1]
        near = numpy.flatnonzero(keys <= limit)  # with all that tie for the last place
        return near[numpy.argsort(keys[near], kind="stable")][:k]
