"""The in-memory side of a dataset: its records in order, and the fold of the log into everybody's current answers.

The order in which events arrive, and how often, does not matter: for each (record, annotator) the newest `seq` decides.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_widgets.records import Record, Response, Suggestion, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from feedback_widgets.settings import Settings
    from feedback_widgets.store import Event, Store

FINAL = ("submitted", "discarded")
FINAL_FIRST = (*FINAL, "draft")


class News(NamedTuple):
    """What the memory did not know before: events that changed an answer; ids of records that are new, or have new metadata or suggestions."""

    events: Sequence[Event] = ()
    records: Sequence[str] = ()
    changed: Sequence[str] = ()


class Memory:
    """Records and current answers. Every method is one step under one lock, so that threads see whole states."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self._records: dict[str, Record] = {}
        self._order: list[str] = []
        self._index: dict[str, int] = {}
        self._current: dict[str, dict[str, Event]] = {}  # annotator -> record id -> the event that decides
        self._counts: dict[str, Counter[str]] = {}  # annotator -> status -> records
        self._open: dict[str, int] = {}  # annotator -> a place before which every record has a final answer
        # ids of events that were erased: what arrives late must not bring them back
        self._forgotten: set[str] = set()
        self.last_record = 0  # the highest `seq` taken in
        self.last_event = 0
        self.last_change = 0

    # -- reading ----------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._records

    def records(self, at: slice = slice(None)) -> list[Record]:
        """Return records in the order of adding."""
        with self._lock:
            return [self._records[each] for each in self._order[at]]

    def record_at(self, index: int) -> Record:
        """Return the record at a place in the order; negative places count from the end."""
        return self._records[self._order[index]]

    def record(self, record_id: str) -> Record | None:
        """Return the record with this id, or None."""
        return self._records.get(record_id)

    def index(self, record_id: str) -> int:
        """Return a record's place in the order, counted from 0."""
        return self._index[record_id]

    def answer(self, user: str, record_id: str) -> Event | None:
        """Return the event that holds this annotator's current answer, or None."""
        event = self._current.get(user, {}).get(record_id)
        return None if event is None or event.status == "pending" else event

    def first_open(self, user: str) -> int:
        """Return the place of the first record without a final answer of this annotator; the number of records if there is none.

        What was found to be answered is not looked at again, so that the thousandth record comes as fast as the first.
        """
        with self._lock:
            mine, at = self._current.get(user, {}), self._open.get(user, 0)
            while at < len(self._order) and (event := mine.get(self._order[at])) and event.status in FINAL:
                at += 1
            self._open[user] = at
            return at

    def counts(self, user: str | None = None) -> dict[str, int]:
        """Count one annotator's records by status; without `user` the dataset's, each by its best answer."""
        with self._lock:
            if user is not None:
                found = self._counts.get(user, Counter())
            else:
                found = Counter(_best(record) for record in self._records.values())
            states = {status: found[status] for status in ("draft", "submitted", "discarded")}
            total = len(self)
            return {"total": total, "pending": total - sum(states.values()), **states}

    def annotators(self) -> list[str]:
        """Return everybody who ever answered, sorted."""
        with self._lock:
            return sorted(self._current)

    # -- taking in --------------------------------------------------------------------------------------------------

    def catch_up(self, store: Store, dataset: str) -> News:
        """Take in what the store holds and the memory does not. One call at a time, please."""
        events = store.since(dataset, self.last_event)  # before the records, so that each event finds its own
        # Before the records too: a change of a record that is not here yet would be lost, one that is read twice does no harm.
        last_change, metadata, suggestions = store.changes(dataset, self.last_change)
        records = self.take_records(store.record_texts(dataset, self.last_record))
        with self._lock:
            self.take_metadata(metadata)
            self.take_suggestions(metadata, suggestions)
            self.last_change = last_change
            changed = self.take_events(events)
            self.last_event = max([self.last_event, *(event.seq for event in events[-1:])])
        return News(changed, records, list(metadata))

    def take_records(self, rows: Iterable[Any]) -> list[str]:
        """Take in rows of the store (`seq, id, fields, metadata, external_id`; JSON as text), and return the ids of the new ones."""
        with self._lock:
            before = len(self._order)
            for seq, record_id, fields, metadata, external_id in rows:
                self.last_record = seq
                if record_id not in self._records:
                    self._index[record_id] = len(self._order)
                    self._order.append(record_id)
                    self._records[record_id] = Record.stored(record_id, fields, metadata, external_id)
            return self._order[before:]

    def take_own(self, events: Sequence[Event]) -> list[Event]:
        """Fold in events that this process has just written; return those that changed an answer.

        Where they follow on what was seen without a gap, nobody else's can lie between, and they need not be read again.
        """
        with self._lock:
            for seq in sorted({event.seq for event in events}):
                if seq == self.last_event + 1:
                    self.last_event = seq
            return self.take_events(events)

    def take_metadata(self, metadata: Mapping[str, Mapping[str, Any]]) -> None:
        """Replace the metadata of known records: record id -> metadata."""
        with self._lock:
            for record_id, given in metadata.items():
                if record_id in self._records:
                    self._records[record_id].metadata = dict(given)

    def take_suggestions(self, ids: Iterable[str], rows: Iterable[Any]) -> None:
        """Replace the suggestions of some records by rows of the store: `record_id, question, agent, value, score, type`."""
        with self._lock:
            fresh: dict[str, list[Suggestion]] = {each: [] for each in ids if each in self._records}
            for row in rows:
                question = self._settings.question(row.question)
                if row.record_id in fresh and question is not None:
                    value = question.present(row.value)
                    found = Suggestion(row.question, value, row.score, row.type, row.agent or None)
                    fresh[row.record_id].append(found)
            for record_id, suggestions in fresh.items():
                self._records[record_id].suggestions = suggestions

    def take_events(self, events: Sequence[Event]) -> list[Event]:
        """Fold events in, and return those that changed an answer."""
        with self._lock:
            return [changed for event in events if (changed := self._take(event))]

    def _take(self, event: Event) -> Event | None:
        if event.status == "forgotten":
            return self._forget(event)
        if event.id in self._forgotten:
            return None
        record = self._records.get(event.record_id)
        mine = self._current.setdefault(event.user_id, {})
        before = mine.get(event.record_id)
        if record is None or (before is not None and before.seq >= event.seq):
            return None
        mine[event.record_id] = event
        counts = self._counts.setdefault(event.user_id, Counter())
        counts[before.status if before else "pending"] -= 1
        counts[event.status] += 1
        if event.status not in FINAL:
            self._open[event.user_id] = min(self._open.get(event.user_id, 0), self._index[event.record_id])
        self._set_response(record, event)
        return event

    def _forget(self, event: Event) -> Event | None:
        """Take out the answer that was erased; the person's name is gone from its event, so it is found by its id."""
        self._forgotten.add(event.id)
        at = event.record_id
        held = {user: mine[at] for user, mine in self._current.items() if at in mine}
        user = next((user for user, before in held.items() if before.id == event.id), None)
        if user is None:
            return None
        self._open.pop(user, None)
        before = self._current[user].pop(at)
        self._counts[user][before.status] -= 1
        if not self._current[user]:
            del self._current[user], self._counts[user]
        gone = replace(before, status="pending", answers={}, seq=event.seq)
        self._set_response(self._records[at], gone)
        return gone

    def _set_response(self, record: Record, event: Event) -> None:
        """Show the answer on the record, in the place of the annotator's earlier one."""
        user = event.user_id or None
        at = next(
            (i for i, each in enumerate(record.responses) if each.user_id == user), len(record.responses)
        )
        shown = [] if event.status == "pending" else [self._response(event)]
        record.responses[at : at + 1] = shown

    def _response(self, event: Event) -> Response:
        values = {}
        for name, stored in event.answers.items():
            question = self._settings.question(name)
            values[name] = Value(stored if question is None else question.present(stored))
        return Response(values, event.user_id or None, event.status)


def _best(record: Record) -> str:
    """Return the status a record has for the dataset: submitted once anybody submitted it, else discarded, else draft."""
    statuses = {each.status for each in record.responses}
    return next((status for status in FINAL_FIRST if status in statuses), "pending")
