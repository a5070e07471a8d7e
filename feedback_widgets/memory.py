"""The in-memory side of a dataset: which records there are, and everybody's status on each, folded from the log.

The order in which events arrive, and how often, does not matter: for each (record, annotator) the newest `seq` decides.
What a record holds is read from the store when somebody looks: see `pages.py`.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_widgets.pages import Decided, Kept, Pages, Unified, lost, suggestions_of
from feedback_widgets.records import Record, Suggestion
from feedback_widgets.statuses import CODES, SUBMITTED, Statuses
from feedback_widgets.store import pages as stored
from feedback_widgets.store.event import Event

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from feedback_widgets.settings import Settings
    from feedback_widgets.store import Store
    from feedback_widgets.store.quick import Row

OPEN = ("pending", "draft")
BY_NUMBER = attrgetter("seq")


class News(NamedTuple):
    """What the memory did not know before: events that changed an answer; ids of records that are new, or have new metadata or suggestions.

    `form` is the version of the settings where these are new, `reviewed` are the ids of records that a reviewer did something to.
    """

    events: Sequence[Event] = ()
    records: Sequence[str] = ()
    changed: Sequence[str] = ()
    form: int | None = None
    reviewed: Sequence[str] = ()


class Memory:
    """Records and current answers of one dataset in one store. Safe to use from any thread; one takes in at a time, please.

    Nothing is asked of the store under the lock, so that counting and choosing never wait for a disk.
    """

    def __init__(self, settings: Settings, store: Store, dataset: str) -> None:
        self._store, self._dataset = store, dataset
        self._lock = threading.RLock()
        self._order: list[str] = []
        self._places: dict[str, int] = {}  # of the first so many records; see `_index`
        self._statuses = Statuses()
        self._pages = Pages(settings, self._lock)
        # Own events numbered above `last_event`, because others' that were not read yet lie between.
        self._ahead: dict[tuple[str, str], Event] = {}
        # ids of events that were erased: what arrives late must not bring them back
        self._forgotten: set[str] = set()
        self.last_record = 0  # the highest `seq` taken in
        self.last_event = 0  # every event up to this one is folded
        self.last_change = 0

    # -- places and statuses, from memory ---------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._index()

    def index(self, record_id: str) -> int:
        """Return a record's place in the order, counted from 0."""
        return self._index()[record_id]

    def ids(self) -> list[str]:
        """Return the ids of all records, in the order of adding."""
        return list(self._order)

    def id_at(self, place: int) -> str:
        """Return the id of the record at a place in the order; negative places count from the end."""
        return self._order[place]

    def status(self, user: str, place: int) -> str:
        """Return `pending`, `draft`, `submitted` or `discarded`: what the record at this place is for this annotator."""
        with self._lock:
            return self._statuses.status(user, place)

    def submitted(self, place: int) -> int:
        """Return how many annotators' current answer to the record at this place is submitted."""
        with self._lock:
            return self._statuses.submitted(place)

    def next_place(self, user: str, after: int, statuses: Collection[str]) -> int | None:
        """Return the first place greater than `after` whose status for this annotator is one of `statuses`, or None."""
        with self._lock:
            return self._statuses.next_place(user, after, statuses)

    def codes(self, user: str) -> bytes:
        """Return the statuses of all records for this annotator, a byte each; `statuses.CODES` says which."""
        with self._lock:
            return self._statuses.places(user)

    def submitted_codes(self) -> bytes:
        """Return how many annotators submitted each record, a byte each."""
        with self._lock:
            return self._statuses.submitted_counts()

    def changes(self, since: int) -> tuple[int, list[int] | None]:
        """Return how many changes of statuses there were, and the places of those after the first `since`, None if too many."""
        with self._lock:
            return self._statuses.changes(since)

    def first_open(self, user: str) -> int:
        """Return the place of the first record without a final answer of this annotator; the number of records if there is none."""
        with self._lock:
            found = self._statuses.next_place(user, -1, OPEN)
            return len(self) if found is None else found

    def counts(self, user: str | None = None) -> dict[str, int]:
        """Count one annotator's records by status; without `user` the dataset's, each by its best answer."""
        with self._lock:
            return self._statuses.counts(user)

    def annotators(self) -> list[str]:
        """Return everybody who ever answered, sorted."""
        with self._lock:
            return self._statuses.annotators()

    def _index(self) -> dict[str, int]:
        """Return id -> place. Made when first asked for: loading has no need of it where people answer in order."""
        if len(self._places) != len(self._order):
            with self._lock:
                known = len(self._places)
                self._places.update(zip(self._order[known:], range(known, len(self._order)), strict=True))
        return self._places

    # -- records, from the store ------------------------------------------------------------------------------------

    def records(self, at: slice = slice(None)) -> list[Record]:
        """Return records in the order of adding."""
        return list(self.each(at))

    def each(self, at: slice = slice(None)) -> Iterator[Record]:
        """Yield records in the order of adding, holding one page of them at a time."""
        wanted, done = self._order[at], 0
        while done < len(wanted):
            page = wanted[done : done + self._pages.size]
            yield from self.look(page, neighbours=at.step in (None, 1))
            done += len(page)

    def record_at(self, place: int) -> Record:
        """Return the record at a place in the order; negative places count from the end."""
        return self._kept(self._order[place], range(len(self._order))[place])

    def record(self, record_id: str) -> Record | None:
        """Return the record with this id, or None."""
        return self._kept(record_id) if record_id in self else None

    def answer(self, user: str, record_id: str) -> Event | None:
        """Return the event that holds this annotator's current answer, or None."""
        place = self._index().get(record_id)
        if place is None or self.status(user, place) == "pending":
            return None
        return self._kept(record_id).answers.get(user)

    def look(self, ids: Sequence[str], *, neighbours: bool = False) -> list[Kept]:
        """Return the records with these ids; those that are not at hand are read from the store at once.

        Args:
            ids: which.
            neighbours: that they follow on each other in the order of adding: then they are read in one piece.

        Raises:
            StoreError: it cannot be read. What is at hand can still be had.
        """
        with self._pages.journey() as changes:
            with self._lock:
                found = {each: kept for each in ids if (kept := self._pages.get(each)) is not None}
                missing = {each: None for each in ids if each not in found}
                upto = self.last_event
                ahead = [event for (_, each), event in self._ahead.items() if each in missing]
            if missing:
                wanted = ids if neighbours else list(missing)
                page = stored.page(self._store, self._dataset, wanted, upto, neighbours=neighbours)
                with self._lock:
                    found.update(self._pages.arrive(page, ahead, changes))
        absent = next((each for each in missing if each not in found), None)
        if absent is not None:
            raise lost(self._store.place, absent)
        return [found[each] for each in ids]

    def _kept(self, record_id: str, at: int | None = None) -> Kept:
        """Return one record. Where it is not at hand its page is read: who looks at one looks at the next ones too."""
        found = self._pages.get(record_id)
        if found is None:
            at, size = self.index(record_id) if at is None else at, self._pages.size
            start = at - at % size
            found = self.look(self._order[start : start + size], neighbours=True)[at - start]
        return found

    # -- taking in --------------------------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """How answers and suggestions are presented."""
        return self._pages.settings

    @settings.setter
    def settings(self, given: Settings) -> None:
        self._pages.settings = given

    @property
    def unified(self) -> Unified:
        """What `record.unified_responses` tells, by question: a function from a record's id; put in here, it is told at once."""
        return self._pages.unified

    @unified.setter
    def unified(self, given: Unified) -> None:
        self._pages.unified = given

    def judged_by(self, decided: Decided) -> None:
        """Let records know what reviewers decided about them: a function from a record's id."""
        self._pages.decided = decided

    def load(self) -> None:
        """Take in everything at once, while the memory is empty."""
        newest = stored.newest(self._store, self._dataset)
        self.last_change = newest.change  # what comes later is asked for again
        self.take_ids(newest.record)
        for user in stored.annotators(self._store, self._dataset, newest.event):
            mine = self._fold(stored.marks(self._store, self._dataset, user, newest.event))
            with self._lock:
                self._statuses.put_all(user, mine)
        self.last_event = newest.event

    def unlike(self, before: Memory) -> News:
        """Return as news what `before`, the memory of another place, did not know or saw otherwise."""
        known, places = before._index(), self._index()
        alike = self._order == before._order
        changed: dict[str, None] = {}
        for user in {*self.annotators(), *before.annotators()}:
            mine, theirs = self._statuses.places(user), before._statuses.places(user)
            if not (alike and mine == theirs):
                common = ((each, places[each], at) for each, at in known.items() if each in places)
                changed.update((each, None) for each, here, there in common if mine[here] != theirs[there])
        return News((), [each for each in self._order if each not in known], list(changed))

    def _fold(self, marks: Iterable[list[str]]) -> bytearray:
        """Fold what one annotator did, oldest first, into one code per record."""
        mine, at = bytearray(len(self._order)), 0
        codes = {mark: CODES[status] for status, mark in stored.MARKS.items()}
        for each in marks:
            if (
                each == self._order[at : at + len(each)]
            ):  # submitted in the order of the records, as people do
                mine[at : at + len(each)] = bytes([SUBMITTED]) * len(each)
                at += len(each)
                continue
            places = self._index()
            for marked in each:
                place, code = places.get(marked), SUBMITTED
                if place is None:
                    place, code = places[marked[1:]], codes[marked[0]]
                mine[place] = code
                at = place + 1
        return mine

    def catch_up(self, newest: stored.Newest | None = None, *, told: bool = True) -> News:
        """Take in what the store holds and the memory does not. One call at a time, please.

        Args:
            newest: the newest numbers, where they are known already.
            told: whether anybody wants to know the answers that are new; else the news leave them out.
        """
        newest = newest or stored.newest(self._store, self._dataset)
        store, dataset = self._store, self._dataset
        events: Sequence[Event] = []
        marks: Sequence[Row] = []
        if newest.event > self.last_event:
            if told or self._pages.held():
                events = store.since(dataset, self.last_event)
            else:  # the statuses are all that is kept: an import of many answers reads nothing else
                marks = stored.bare(store, dataset, self.last_event)
        metadata: dict[str, dict[str, Any]] = {}
        suggestions: list[Any] = []
        last_change = self.last_change
        # Before the records: a change of a record that is not here yet would be lost, one that is read twice does no harm.
        if newest.change > last_change:
            last_change, metadata, suggestions = store.changes(dataset, last_change)
        # After the events, so that each event finds its own.
        last_record = stored.newest(store, dataset).record if events or marks else newest.record
        records = self.take_ids(last_record)
        with self._lock:
            self.take_metadata(metadata)
            self.take_suggestions(metadata, suggestions)
            self.last_change = last_change
        if marks and not self._take_marks(marks):
            events = store.since(dataset, self.last_event)
        changed = self.take_events(events)
        with self._lock:
            self.last_event = max([self.last_event, *(event.seq for event in events[-1:])])
            self._passed(self._ahead.values())
        return News(changed, records, list(metadata))

    def _take_marks(self, marks: Sequence[Row]) -> bool:
        """Fold in statuses alone, and tell whether that was enough: not where somebody looks, or something was erased."""
        with self._lock:
            if self._pages.held() or any(status == "forgotten" for *_, status in marks):
                return False
            places, put = self._index(), self._statuses.put
            for seq, identity, record_id, user, status in marks:
                place, ahead = places.get(record_id), self._ahead.get((user, record_id))
                if place is None or identity in self._forgotten or (ahead is not None and seq <= ahead.seq):
                    continue
                put(user, place, status)
            self.last_event = max(self.last_event, marks[-1][0])
            self._passed(self._ahead.values())
            return True

    def take_ids(self, upto: int) -> list[str]:
        """Take in the ids of records numbered up to `upto`, and return the new ones."""
        if upto <= self.last_record:
            return []
        found = stored.ids(self._store, self._dataset, self.last_record, upto)
        with self._lock:
            self._order += found
            self._statuses.extend(len(found))
            self.last_record = upto
        return found

    def take_own(self, events: Sequence[Event]) -> list[Event]:
        """Fold in events that this process has just written; return those that changed an answer.

        Where they follow on what was seen without a gap, nobody else's can lie between, and they need not be read again.
        """
        given = sorted(events, key=BY_NUMBER) if len(events) > 1 else events
        with self._lock:
            changed = self.take_events(given)
            for event in given:
                if event.seq == self.last_event + 1 and event.record_id in self._index():
                    self.last_event = event.seq
            self._passed(given)
        return changed

    def _passed(self, events: Iterable[Event]) -> None:
        """Let go of events that ran ahead, once all before them are folded too."""
        for event in list(events):
            key = (event.user_id, event.record_id)
            ahead = self._ahead.get(key)
            if ahead is not None and ahead.seq <= self.last_event:
                del self._ahead[key]

    def take_metadata(self, metadata: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the metadata of known records: record id -> metadata."""
        with self._lock:
            for record_id, given in metadata.items():
                self._pages.change(record_id, partial(Kept.describe, metadata=given))

    def take_suggestions(self, ids: Iterable[str], rows: Iterable[Any]) -> None:
        """Replace the suggestions of some records by rows of the store: `record_id, question, agent, value, score, type`."""
        with self._lock:
            fresh: dict[str, list[Suggestion]] = {each: [] for each in ids}
            for record_id, found in suggestions_of(rows, self.settings):
                fresh.setdefault(record_id, []).append(found)
            for record_id, suggestions in fresh.items():
                self._pages.change(record_id, partial(Kept.suggest, suggestions=suggestions))

    def take_events(self, events: Sequence[Event]) -> list[Event]:
        """Fold events in, and return those that changed an answer."""
        erased = [event for event in events if event.status == "forgotten"]
        if not erased:
            with self._lock:
                return [event for event in events if self._take(event)]
        # Whose they were, the log does not say any more: whoever has no answer left there, had one of them.
        left = stored.standing(self._store, self._dataset, {each.record_id for each in erased})
        with self._lock:
            gone = self._forget(erased, left)
            return gone + [event for event in events if event.status != "forgotten" and self._take(event)]

    def _take(self, event: Event) -> bool:
        place = self._index().get(event.record_id)
        key = (event.user_id, event.record_id)
        ahead = self._ahead.get(key)
        known = self.last_event if ahead is None else max(self.last_event, ahead.seq)
        if place is None or event.seq <= known or event.id in self._forgotten:
            return False
        self._ahead[key] = event
        self._statuses.put(event.user_id, place, event.status)
        self._show(event)
        return True

    def _show(self, event: Event) -> None:
        if self._pages.held():
            self._pages.change(event.record_id, partial(Kept.show, event=event, settings=self.settings))

    def _forget(self, erased: Sequence[Event], left: Collection[tuple[str, str]]) -> list[Event]:
        """Take out the answers that were erased, and return for each an event that says so."""
        gone: dict[tuple[str, str], Event] = {}
        for event in erased:
            self._forgotten.add(event.id)
            place = self._index().get(event.record_id)
            holders = [] if place is None else self._statuses.holders(place)
            for user in holders:
                if place is None or (event.record_id, user) in left:
                    continue
                self._statuses.put(user, place, "pending")
                self._ahead.pop((user, event.record_id), None)
                gone[user, event.record_id] = replace(event, user_id=user, status="pending", answers={})
                self._show(gone[user, event.record_id])
        for user in {user for user, _ in gone}:
            self._statuses.drop(user)
        return list(gone.values())
