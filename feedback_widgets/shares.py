"""Who may be asked what: what a distribution and assignments leave for an annotator to answer.

All of it is worked out on bytes, one per record, so that a million records are looked through at C speed.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from functools import cache
from typing import TYPE_CHECKING

from feedback_widgets.statuses import CODES
from feedback_widgets.store import assignments, current

if TYPE_CHECKING:
    from feedback_widgets.live import Live

OPEN = ("pending", "draft")
KEPT = 64  # annotators' flags that are kept, a byte per record each


class _Flags:
    """A byte per record, 0 or 1; how many are 1; and the number of changes that they take in."""

    __slots__ = ("count", "flags", "seen")

    def __init__(self) -> None:
        self.flags, self.count, self.seen = bytearray(), 0, -1

    def make(self, flags: bytes) -> None:
        self.flags, self.count = bytearray(flags), len(flags) - len(flags.translate(None, b"\1"))

    def extend(self, length: int) -> None:
        self.flags += bytes(max(0, length - len(self.flags)))

    def put(self, place: int, flag: bool) -> None:
        self.count += flag - self.flags[place]
        self.flags[place] = flag


class Shares:
    """The shares of one dataset's annotators. Safe to use from any thread.

    Args:
        live: the dataset.
    """

    def __init__(self, live: Live) -> None:
        self._live = live
        self._lock = threading.Lock()
        self._read: tuple[str, int] | None = None  # the dataset's key and the newest assignment that was read
        self._assigned: dict[str, bytearray] = {}  # annotator -> 1 for each record assigned to them
        self._taken = bytearray()  # 1 for each record that is assigned to anybody
        # Annotators who are asked for their own records only. A repeat alone does not make one of them.
        self._bound: set[str] = set()
        self._flags: dict[tuple[str, str], _Flags] = {}  # what was asked for last, the newest last
        self._rule: tuple[object, ...] = ()  # what these were made by

    def refresh(self, newest: int | None = None) -> None:
        """Take in new assignments; `newest` is the number of the newest one, where it is known."""
        live = self._live
        newest = assignments.newest(live.store, live.key) if newest is None else newest
        with self._lock:
            if self._read == (live.key, newest):
                return
            pairs = assignments.pairs(live.store, live.key) if newest else []
            self._read = (live.key, newest)
            self._assigned, self._taken = self._flagged(pairs)
            twice = current.repeats(live.store, live.key) if pairs else {}
            self._bound = {user for record, user in pairs if record not in twice}
            self._flags = {}  # made by what was assigned

    def _flagged(self, pairs: Iterable[tuple[str, str]]) -> tuple[dict[str, bytearray], bytearray]:
        memory = self._live._memory  # noqa: SLF001 - shares are a view of what the memory holds
        assigned: dict[str, bytearray] = {}
        taken = bytearray(len(memory))
        for record_id, user in pairs:
            if record_id in memory and (place := memory.index(record_id)) < len(taken):
                assigned.setdefault(user, bytearray(len(taken)))[place] = 1
                taken[place] = 1
        return assigned, taken

    # -- one annotator ----------------------------------------------------------------------------------------------

    def flags(self, user: str, statuses: Collection[str]) -> bytes:
        """Return a byte per record: 1 where its status for this annotator is one of `statuses`."""
        return self._codes(user).translate(_among(tuple(statuses)))

    def open(self, user: str) -> bytes | None:
        """Return a byte per record: 1 where this annotator may still be asked; None where nothing restricts anybody.

        That is a record without a final answer of theirs, not completed by others, and not assigned to others only.
        """
        return bytes(self._kept("open", user).flags) if self._restricted else None

    def closed(self, user: str) -> int | None:
        """Return how many records this annotator has not touched and will not be asked for; None where nothing restricts."""
        return self._kept("closed", user).count if self._restricted else None

    def is_closed(self, user: str, place: int) -> bool:
        """Tell whether this annotator will not be asked for a record, whatever they have answered."""
        memory, limit = self._live._memory, self._limit()  # noqa: SLF001
        again = self._again(place)
        if user in again:
            return False
        others = memory.submitted(place) + len(again) - (memory.status(user, place) == "submitted")
        return (limit is not None and others >= limit) or self._others(user, place)

    def complete(self) -> int | None:
        """Return how many records have all the submitted answers they need; None without a distribution."""
        return None if self._live.settings.distribution is None else self._kept("complete").count

    @property
    def _restricted(self) -> bool:
        return self._live.settings.distribution is not None or bool(self._assigned)

    def _limit(self) -> int | None:
        distribution = self._live.settings.distribution
        return None if distribution is None else distribution.min_submitted

    # -- flags that are kept ----------------------------------------------------------------------------------------

    def _kept(self, what: str, user: str = "") -> _Flags:
        """Return flags as they are now. Made once; after that only the records that changed since are looked at again."""
        memory = self._live._memory  # noqa: SLF001
        with self._lock:
            rule = (memory, self._limit(), self._live._reviews.turns)  # noqa: SLF001
            if rule != self._rule:
                self._rule, self._flags = rule, {}
            found = self._flags.pop((what, user), None) or _Flags()
            self._flags[what, user] = found  # the newest last
            while len(self._flags) > KEPT:
                del self._flags[next(iter(self._flags))]
            # Asked before anything is looked at: what changes meanwhile is looked at twice.
            now, places = memory.changes(found.seen)
            if places is None:
                found.make(self._all(what, user))
            else:
                found.extend(len(memory))
                for place in set(places):
                    found.put(place, self._one(what, user, place))
            found.seen = now
            return found

    def _all(self, what: str, user: str) -> bytes:
        """Return a byte per record: 1 where `what` is so."""
        if what == "complete":
            return self._counts().translate(_below(self._limit() or 0)).translate(_NOT)
        if what == "open":
            found = self.flags(user, OPEN)
            return _both(found, self._free(user, len(found)))
        found = self.flags(user, ("pending",))
        return _both(found, self._free(user, len(found)).translate(_NOT))

    def _one(self, what: str, user: str, place: int) -> bool:
        """Tell the same of one record."""
        memory, limit = self._live._memory, self._limit()  # noqa: SLF001
        if what == "complete":
            return limit is not None and memory.submitted(place) >= limit
        again = self._again(place)
        full = limit is not None and memory.submitted(place) + len(again) >= limit
        free = user in again or (not full and not self._others(user, place))
        status = memory.status(user, place)
        return (status in OPEN and free) if what == "open" else (status == "pending" and not free)

    def _free(self, user: str, length: int) -> bytes:
        """Return a byte per record: 1 where there is room for one more, and it is not assigned to others only."""
        limit, again = self._limit(), self._all_again()
        counts = bytearray(self._counts())
        for place, people in again.items():
            counts[place] = min(255, counts[place] + len(people))
        found = bytes([1]) * length if limit is None else bytes(counts).translate(_below(limit))
        if self._assigned:
            free = bytes(self._assigned.get(user, b""))
            if user not in self._bound:
                # Whoever has no assignment gets what nobody has, records that were added since included.
                free = _either(bytes(self._taken.translate(_NOT).ljust(length, b"\1")), free)
            found = _both(found, free.ljust(len(found), b"\0"))
        flags = bytearray(found.ljust(length, b"\0"))
        for place, people in again.items():
            if user in people and place < length:
                flags[place] = 1
        return bytes(flags)

    def _others(self, user: str, place: int) -> bool:
        """Tell whether a record is assigned to others only."""
        if _at(self._assigned.get(user), place):
            return False
        return user in self._bound or bool(_at(self._taken, place))

    def _again(self, place: int) -> set[str]:
        """Return who is asked for a record again: a reviewer sent their answer back. They keep their place at it."""
        memory = self._live._memory  # noqa: SLF001
        asked = self._live._reviews.asked(memory.id_at(place))  # noqa: SLF001
        return {each for each in asked if memory.status(each, place) in OPEN}

    def _all_again(self) -> dict[int, set[str]]:
        """Return the same for all records where there is somebody."""
        memory, returned = self._live._memory, self._live._reviews.returned()  # noqa: SLF001
        places = [memory.index(each) for each in returned if each in memory]
        return {place: people for place in places if (people := self._again(place))}

    def _codes(self, user: str) -> bytes:
        return self._live._memory.codes(user)  # noqa: SLF001

    def _counts(self) -> bytes:
        return self._live._memory.submitted_codes()  # noqa: SLF001


_NOT = bytes(not each for each in range(256))


@cache
def _below(limit: int) -> bytes:
    """Return the table that turns a count into 1 where it is below `limit`."""
    return bytes(each < limit for each in range(256))


@cache
def _among(statuses: tuple[str, ...]) -> bytes:
    """Return the table that turns a status's code into 1 where it is one of `statuses`."""
    wanted = {CODES[each] for each in statuses}
    return bytes(each in wanted for each in range(256))


def _both(one: bytes, other: bytes) -> bytes:
    """Return 1 where both have 1, as one operation on two long numbers; as long as `one`."""
    both = int.from_bytes(one, "little") & int.from_bytes(other[: len(one)], "little")
    return both.to_bytes(len(one), "little")


def _either(one: bytes, other: bytes) -> bytes:
    """Return 1 where one of them has 1; as long as `one`."""
    either = int.from_bytes(one, "little") | int.from_bytes(other[: len(one)], "little")
    return either.to_bytes(len(one), "little")


def _at(flags: bytearray | None, place: int) -> int:
    return flags[place] if flags is not None and place < len(flags) else 0
