"""Who may be asked what: what a distribution and assignments leave for an annotator to answer.

All of it is worked out on bytes, one per record, so that a million records are looked through at C speed.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from functools import cache
from typing import TYPE_CHECKING

from feedback_widgets.statuses import CODES
from feedback_widgets.store import assignments

if TYPE_CHECKING:
    from feedback_widgets.live import Live

OPEN = ("pending", "draft")


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
        return self._free(user, OPEN)

    def closed(self, user: str) -> int | None:
        """Return how many records this annotator has not touched and will not be asked for; None where nothing restricts."""
        free = self._free(user, ("pending",))
        return None if free is None else self._codes(user).count(CODES["pending"]) - free.count(1)

    def is_closed(self, user: str, place: int) -> bool:
        """Tell whether this annotator will not be asked for a record, whatever they have answered."""
        memory, distribution = self._live._memory, self._live.settings.distribution  # noqa: SLF001
        if distribution is not None:
            others = memory.submitted(place) - (memory.status(user, place) == "submitted")
            if others >= distribution.min_submitted:
                return True
        mine = self._assigned.get(user)
        return (
            not _at(mine, place)
            if mine is not None
            else bool(self._assigned) and bool(_at(self._taken, place))
        )

    def complete(self) -> int | None:
        """Return how many records have all the submitted answers they need; None without a distribution."""
        distribution = self._live.settings.distribution
        if distribution is None:
            return None
        return len(self._live) - self._counts().translate(_below(distribution.min_submitted)).count(1)

    def _free(self, user: str, statuses: Collection[str]) -> bytes | None:
        distribution = self._live.settings.distribution
        if distribution is None and not self._assigned:
            return None
        found = self.flags(user, statuses)
        if distribution is not None:
            found = _both(found, self._counts().translate(_below(distribution.min_submitted)))
        if self._assigned:
            mine = self._assigned.get(user)
            # Whoever has no assignment gets what nobody has, records that were added since included.
            free = bytes(mine if mine is not None else self._taken.translate(_NOT).ljust(len(found), b"\1"))
            found = _both(found, free.ljust(len(found), b"\0"))
        return found

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


def _at(flags: bytearray | None, place: int) -> int:
    return flags[place] if flags is not None and place < len(flags) else 0
