"""Assigning records to annotators."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from feedback_widgets.errors import InvalidInput
from feedback_widgets.store import assignments as stored
from feedback_widgets.store import current

if TYPE_CHECKING:
    from feedback_widgets.live import Live
    from feedback_widgets.records import Record

T = TypeVar("T")


class Assignment(NamedTuple):
    """One record that one annotator shall answer."""

    record_id: str
    user_id: str


def deal(
    records: Sequence[T], users: Sequence[str] | Mapping[str, Sequence[str]], overlap: int = 1
) -> dict[str, list[T]]:
    """Deal records out in turn, as cards are: the next record begins with the next annotator.

    Annotators' numbers of records differ by `overlap` at most. Groups are dealt to as annotators are; all members of a group get
    what it gets.

    Args:
        records: what to deal.
        users: names, or groups: name -> members.
        overlap: how many different annotators or groups get each record; 0 is taken as 1.

    Returns:
        Annotator -> records, in the order given.

    Raises:
        InvalidInput: nobody, somebody twice, or a larger overlap than there are annotators or groups.

    >>> deal(["r1", "r2", "r3"], ["alice", "bob"])
    {'alice': ['r1', 'r3'], 'bob': ['r2']}
    >>> deal(["r1", "r2"], {"day": ["alice", "bob"], "night": ["carol"]})
    {'alice': ['r1'], 'bob': ['r1'], 'carol': ['r2']}
    """
    hands = _hands(users)
    if not isinstance(overlap, int) or isinstance(overlap, bool) or not 0 <= overlap <= len(hands):
        raise InvalidInput(
            f"overlap={overlap!r} is not allowed: a record goes to 1 to {len(hands)} different annotators or groups; "
            "name more of them, or lower the overlap"
        )
    dealt: dict[str, list[T]] = {member: [] for members in hands for member in members}
    for at, record in enumerate(records):
        for step in range(max(overlap, 1)):
            for member in hands[(at + step) % len(hands)]:
                dealt[member].append(record)
    return dealt


def _hands(users: Any) -> list[list[str]]:
    """Return who is dealt to: each annotator alone, or each group."""
    if isinstance(users, str) or not isinstance(users, Sequence | Mapping):
        raise InvalidInput(f"users must be a list of names, or groups (name -> list of names), got {users!r}")
    hands = (
        [list(each) for each in users.values()] if isinstance(users, Mapping) else [[each] for each in users]
    )
    names = [name for hand in hands for name in hand]
    wrong = [name for name in names if not isinstance(name, str) or not name]
    twice = {name for name in names if names.count(name) > 1} if not wrong else set()
    if not names or wrong or twice or not all(hands):
        told = (
            f"{wrong[0]!r} is no name"
            if wrong
            else f"{min(twice)!r} is there twice"
            if twice
            else "somebody is missing"
        )
        raise InvalidInput(f"users={users!r} cannot be dealt to: {told}; give each annotator's name once")
    return hands


def assign(
    dataset: Live,
    records: Iterable[Record | str] | None,
    users: Sequence[str] | Mapping[str, Sequence[str]],
    overlap: int,
    seed: int | None,
    *,
    replace: bool,
) -> dict[str, list[str]]:
    """Assign records; see `FeedbackDataset.assign`."""
    dataset.sync()
    twice = current.repeats(dataset.store, dataset.key)
    ids = [each for each in _ids(dataset, records) if each not in twice]
    if seed is not None:
        random.Random(seed).shuffle(ids)
    dealt = deal(ids, users, overlap)
    pairs = [(record_id, user) for user, theirs in dealt.items() for record_id in theirs]
    # A record that is asked a second time goes where the first one goes: nobody is dealt it by itself.
    again = {first: twin for twin, first in twice.items()}
    pairs += [(again[record_id], user) for record_id, user in pairs if record_id in again]
    stored.assign(dataset.store, dataset.key, pairs, replace=replace)
    dataset.sync()
    return dealt


def assignments(dataset: Live) -> list[Assignment]:
    """Return who shall answer what; see `FeedbackDataset.assignments`."""
    return [Assignment(*each) for each in stored.pairs(dataset.store, dataset.key)]


def _ids(dataset: Live, records: Iterable[Record | str] | None) -> list[str]:
    memory = dataset._memory  # noqa: SLF001 - ids alone: no record need be read for them
    if records is None:
        return [memory.id_at(place) for place in range(len(dataset))]
    if isinstance(records, str):
        raise InvalidInput(f"records must be a list of records or ids, or None for all, got {records!r}")
    ids = list(dict.fromkeys(each if isinstance(each, str) else each.id for each in records))
    for each in ids:
        dataset.index(each)  # says which one is unknown
    return ids
