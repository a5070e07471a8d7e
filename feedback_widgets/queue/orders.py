"""In which order an annotator meets the records.

A position counts an annotator's order from 0, a place counts the dataset's records in the order they were added. An order is
made when a desk opens and stands while the desk is open: records that are added meanwhile come after those that were there,
and new metadata or suggestions move nothing.
"""

from __future__ import annotations

import hashlib
import threading
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.store import columns

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.records import Record

Keys = Callable[
    [Sequence[str]], Mapping[str, Any]
]  # record ids -> sort keys; a record without a key comes last
WAYS = (
    '"added", "shuffled", Shuffled(seed=…), "metadata.NAME", "suggestion.QUESTION", or a function of a record'
)


@dataclass(frozen=True)
class Shuffled:
    """Every annotator meets the records in an order of their own, which is the same on every machine and every day.

    Args:
        seed: another number, another order.

    >>> Shuffled(seed=7)
    Shuffled(seed=7)
    """

    seed: int = 0


class Order:
    """The order of adding: position and place are the same, whatever the number of records."""

    def place(self, position: int) -> int:
        """Return the place of the record in a position."""
        return position

    def position(self, place: int) -> int:
        """Return the position of the record in a place."""
        return place

    def matching(self, flags: bytes, after: int) -> Iterator[int]:
        """Yield the positions greater than `after` whose records are flagged with 1; `flags` holds a byte per place."""
        at = flags.find(1, max(after, -1) + 1)
        while at >= 0:
            yield at
            at = flags.find(1, at + 1)


class Sorted(Order):
    """An order by a key.

    Args:
        dataset: the dataset.
        keys: gives the keys of records, by their ids.
        reverse: the greatest key first; records without a key come last all the same.
    """

    def __init__(self, dataset: FeedbackDataset, keys: Keys, *, reverse: bool = False) -> None:
        self._dataset, self._keys, self._reverse = dataset, keys, reverse
        self._lock = threading.Lock()
        self._places = array("q")  # position -> place
        self._positions = array("q")  # place -> position
        self._extend()

    def place(self, position: int) -> int:
        """Return the place of the record in a position."""
        self._extend()
        return self._places[position]

    def position(self, place: int) -> int:
        """Return the position of the record in a place."""
        self._extend()
        return self._positions[place]

    def matching(self, flags: bytes, after: int) -> Iterator[int]:
        """Yield the positions greater than `after` whose records are flagged with 1; `flags` holds a byte per place."""
        self._extend()
        places, start = self._places, max(after, -1) + 1
        padded = flags.ljust(len(places), b"\0")  # records that came since the flags were made
        return compress(range(start, len(places)), map(padded.__getitem__, memoryview(places)[start:]))

    def _extend(self) -> None:
        """Put records that came since last time after those that were there."""
        with self._lock:
            known, memory = len(self._places), self._dataset._memory  # noqa: SLF001 - the queue reads what memory holds
            if known == len(memory):
                return
            ids = [memory.id_at(place) for place in range(known, len(memory))]
            keys = self._keys(ids)
            first = [at for at, each in enumerate(ids) if each in keys]
            first.sort(key=lambda at: keys[ids[at]], reverse=self._reverse)
            last = [at for at, each in enumerate(ids) if each not in keys]
            places = array("q", (known + at for at in (*first, *last)))
            positions = array("q", bytes(8 * len(places)))
            for position, place in enumerate(places):
                positions[place - known] = known + position
            # New arrays: whoever walks along the old ones goes on undisturbed.
            self._places, self._positions = self._places + places, self._positions + positions


def order_for(dataset: FeedbackDataset, user: str, order: Any = "added") -> Order:
    """Return the order in which `user` meets the records of `dataset`.

    Args:
        dataset: the dataset.
        user: the annotator.
        order: `"added"`; `"shuffled"` or `Shuffled(seed=…)`, an order of each annotator's own; `"metadata.NAME"`, lowest
            first; `"suggestion.QUESTION"`, the lowest score, that is the least sure suggestion, first; either with `-`
            before it for the other way round; or a function of a record that returns a sort key. Records without a value
            come last.

    Raises:
        InvalidInput: an unknown order, property or question, or keys that cannot be compared.
    """
    if order == "added":
        return Order()
    if order == "shuffled":
        order = Shuffled()
    if isinstance(order, Shuffled):
        return Sorted(dataset, lambda ids: {each: _draw(order.seed, user, each) for each in ids})
    if isinstance(order, str):
        return _by_name(dataset, order)
    if callable(order):
        return Sorted(dataset, lambda ids: _given(dataset, order, ids))
    raise InvalidInput(f"order={order!r} is not allowed: give {WAYS}")


def _draw(seed: int, user: str, record_id: str) -> bytes:
    """Return a number drawn for a record: by a hash, so that it is the same in every process and on every machine."""
    return hashlib.blake2b(
        f"{seed}/{record_id}/{user}".encode("utf-8", "surrogatepass"), digest_size=8
    ).digest()


def _by_name(dataset: FeedbackDataset, order: str) -> Order:
    reverse = order.startswith("-")
    kind, _, name = order.removeprefix("-").partition(".")
    read: Callable[..., Mapping[str, Any]]
    if kind == "metadata" and name:
        _check_name(dataset, order, name, "metadata")
        read = columns.metadata_values
    elif kind == "suggestion" and name:
        _check_name(dataset, order, name, "question")
        read = columns.lowest_scores
    else:
        raise InvalidInput(f"order={order!r} is not allowed: give {WAYS}")

    def keys(ids: Sequence[str]) -> Mapping[str, Any]:
        some = None if len(ids) == len(dataset) else ids  # all of them are read in one go
        return {
            key: _comparable(value) for key, value in read(dataset.store, dataset.key, name, some).items()
        }

    return Sorted(dataset, keys, reverse=reverse)


def _check_name(dataset: FeedbackDataset, order: str, name: str, kind: str) -> None:
    settings = dataset.settings
    parts = settings.questions if kind == "question" else settings.metadata_properties
    names = [each.name for each in parts]
    sayable = not set(name) & set('"\\')  # in the words in which a database is asked for a key
    if name in names or (kind == "metadata" and settings.allow_extra_metadata and sayable):
        return
    known = f"the {'questions' if kind == 'question' else 'properties'} are {', '.join(names) or 'none'}"
    raise InvalidInput(f"order={order!r} names no {kind} of this dataset; {known}.{near_miss(name, names)}")


def _comparable(value: Any) -> tuple[int, Any]:
    """Return what any two values of metadata can be compared by: numbers before texts before anything else."""
    if isinstance(value, int | float):
        return 0, value
    return (1, value) if isinstance(value, str) else (2, repr(value))


def _given(
    dataset: FeedbackDataset, function: Callable[[Record], Any], ids: Sequence[str]
) -> dict[str, _Given]:
    return {each: _Given(function(dataset.record(each))) for each in ids}


class _Given:
    """A sort key that a person's function gave; keys that cannot be compared are a mistake of theirs."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: _Given) -> bool:
        try:
            return bool(self.key < other.key)
        except TypeError:
            raise InvalidInput(
                f"the order's keys {self.key!r} and {other.key!r} cannot be compared: return values of one kind"
            ) from None
