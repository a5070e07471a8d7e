"""Who answered what, as bytes: one per annotator and record, so that a million records are searched and counted at C speed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

# One bit each: the statuses that several people gave one record are one byte, their union.
CODES = {"pending": 0, "draft": 1, "discarded": 2, "submitted": 4}
NAMES = {code: name for name, code in CODES.items()}
SUBMITTED = CODES["submitted"]
# A record counts for the dataset by the best of its answers: submitted, else discarded, else draft.
_BEST = bytes(4 if each & 4 else 2 if each & 2 else each & 1 for each in range(256))
_IS_SUBMITTED = bytes(each == SUBMITTED for each in range(256))
REMEMBERED = 10_000  # changes whose places are known, for those who keep something per record
MANY = 255  # the count of a record with so many answers or more; these few are counted one by one
_BELOW = bytes(min(each, MANY - 1) for each in range(256))  # room for one more, so that no byte overflows


class Statuses:
    """The status of every record for every annotator. Places count records from 0. Not safe across threads by itself.

    >>> statuses = Statuses()
    >>> statuses.extend(3)
    >>> statuses.put("alice", 0, "submitted")
    'pending'
    >>> statuses.next_place("alice", -1, ("pending", "draft"))
    1
    >>> statuses.counts("alice")
    {'total': 3, 'pending': 2, 'draft': 0, 'submitted': 1, 'discarded': 0}
    """

    def __init__(self) -> None:
        self._people: dict[str, bytearray] = {}
        self._counts: dict[str, dict[int, int]] = {}
        self._union = bytearray()  # all annotators' codes of a record
        self._submitted = bytearray()  # how many annotators submitted it, MANY at most
        self._touched: list[int] = []  # the places of the newest changes, the oldest first
        self._passed = 0  # changes before these

    def __len__(self) -> int:
        return len(self._union)

    # -- reading ----------------------------------------------------------------------------------------------------

    def annotators(self) -> list[str]:
        """Return everybody who ever answered, sorted."""
        return sorted(self._people)

    def status(self, user: str, place: int) -> str:
        """Return the status of one record for one annotator."""
        mine = self._people.get(user)
        return "pending" if mine is None else NAMES[mine[place]]

    def submitted(self, place: int) -> int:
        """Return how many annotators' current answer to this record is submitted."""
        found = self._submitted[place]
        return found if found < MANY - 1 else sum(mine[place] == SUBMITTED for mine in self._people.values())

    def next_place(self, user: str, after: int, statuses: Collection[str]) -> int | None:
        """Return the first place greater than `after` whose status for this annotator is one of `statuses`, or None."""
        start, end = max(after, -1) + 1, len(self)
        mine = self._people.get(user)
        if mine is None:
            return start if "pending" in statuses and start < end else None
        for status in statuses:
            at = mine.find(CODES[status], start, end)
            end = end if at < 0 else at  # the next status need only be looked for before this place
        return end if end < len(self) else None

    def counts(self, user: str | None = None) -> dict[str, int]:
        """Count one annotator's records by status; without `user` the dataset's, each by its best answer."""
        if user is None:
            found = _count(self._union.translate(_BEST))
        else:
            found = self._counts.get(user) or {0: len(self), 1: 0, 2: 0, 4: 0}
        states = {status: found[CODES[status]] for status in ("pending", "draft", "submitted", "discarded")}
        return {"total": len(self), **states}

    def places(self, user: str) -> bytes:
        """Return the annotator's codes, one byte per record."""
        return bytes(self._people.get(user) or len(self))

    def submitted_counts(self) -> bytes:
        """Return how many annotators submitted each record, one byte per record, `MANY` at most."""
        return bytes(self._submitted)

    def changes(self, since: int) -> tuple[int, list[int] | None]:
        """Return how many changes there were, and the places of those after the first `since`.

        None instead of places says that more changed than is remembered: everything has to be looked at again.
        """
        total = self._passed + len(self._touched)
        return total, self._touched[since - self._passed :] if since >= self._passed else None

    def holders(self, place: int) -> list[str]:
        """Return who has an answer to this record."""
        return [user for user, mine in self._people.items() if mine[place]]

    # -- taking in --------------------------------------------------------------------------------------------------

    def extend(self, number: int) -> None:
        """Make room for more records."""
        for mine in self._people.values():
            mine.extend(bytes(number))
        for counts in self._counts.values():
            counts[0] += number
        self._union.extend(bytes(number))
        self._submitted.extend(bytes(number))
        self._note(range(len(self) - number, len(self)))

    def put(self, user: str, place: int, status: str) -> str:
        """Set the status of one record for one annotator, and return the one before."""
        mine = self._of(user)
        before, code = mine[place], CODES[status]
        if before != code:
            mine[place] = code
            self._counts[user][before] -= 1
            self._counts[user][code] += 1
            self._tell(place, before, code)
            self._note((place,))
        return NAMES[before]

    def put_all(self, user: str, mine: bytearray) -> None:
        """Set an annotator's codes, one byte per record, where the annotator has none yet."""
        self._people[user], self._counts[user] = mine, _count(mine)
        self._union = _bytes(_number(self._union) | _number(mine), len(self))
        # Added as two long numbers: no byte can overflow into its neighbour, since none is above 254 before.
        room = _number(self._submitted.translate(_BELOW))
        self._submitted = _bytes(room + _number(mine.translate(_IS_SUBMITTED)), len(self))
        self._note(range(len(self)))

    def drop(self, user: str) -> None:
        """Let go of an annotator who has no answer left; one who has is kept."""
        if user in self._counts and self._counts[user][0] == len(self):
            del self._people[user], self._counts[user]

    def _of(self, user: str) -> bytearray:
        if user not in self._people:
            self._people[user] = bytearray(len(self))
            self._counts[user] = {0: len(self), 1: 0, 2: 0, 4: 0}
        return self._people[user]

    def _note(self, places: Sequence[int]) -> None:
        """Remember which places changed; of very many at once, only that they did."""
        if len(places) > REMEMBERED:
            self._passed += len(self._touched) + len(places)
            self._touched.clear()
            return
        self._touched += places
        if (gone := len(self._touched) - REMEMBERED) > REMEMBERED:  # seldom, and then many
            del self._touched[:gone]
            self._passed += gone

    def _tell(self, place: int, before: int, code: int) -> None:
        """Bring the union and the count of one record up to date; a first answer is the quick case."""
        if before == 0:
            self._union[place] |= code
        else:
            self._union[place] = _union(mine[place] for mine in self._people.values())
        if SUBMITTED in (before, code):
            if self._submitted[place] >= MANY - 1:
                found = sum(mine[place] == SUBMITTED for mine in self._people.values())
                self._submitted[place] = min(MANY, found)
            else:
                self._submitted[place] += 1 if code == SUBMITTED else -1


def _union(codes: Iterable[int]) -> int:
    found = 0
    for each in codes:
        found |= each
    return found


def _count(codes: bytes | bytearray) -> dict[int, int]:
    """Count the codes of so many records; by taking each out, which costs the same however often it is there."""
    total = len(codes)
    found = {code: total - len(codes.translate(None, bytes([code]))) for code in (1, 2, 4)}
    return {0: total - sum(found.values()), **found}


def _number(codes: bytes | bytearray) -> int:
    return int.from_bytes(codes, "little")


def _bytes(number: int, length: int) -> bytearray:
    return bytearray(number.to_bytes(length, "little"))
