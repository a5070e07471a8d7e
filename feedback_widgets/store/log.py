"""The store: datasets, records, and the append-only log of responses.

Two verbs carry the promise: `append(events)` returns after the transaction is committed, and `since(seq)` gives back
everything that was ever acknowledged.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable, Sequence

from feedback_widgets.store import answers
from feedback_widgets.store.contents import Contents
from feedback_widgets.store.engine import file_of, missing, no_store, store_url
from feedback_widgets.store.event import Event, now
from feedback_widgets.store.quick import Session

CHUNK = answers.PAGE

_open: weakref.WeakValueDictionary[str, Store] = weakref.WeakValueDictionary()
_opening = threading.Lock()


def open_store(place: str | os.PathLike[str], *, create: bool = True) -> Store:
    """Open the store at `place`; within one process the same place is the same `Store`, so its writers take turns.

    Args:
        place: a file path, an SQLAlchemy URL, or `":memory:"` (always a new one).
        create: make the store where there is none.

    Raises:
        StoreError: it cannot be opened, or is not there and `create` is false.
    """
    url = store_url(place)
    file = file_of(url)
    if not create and file and missing(file):
        raise no_store(str(file))
    shared = url.render_as_string(hide_password=False) if url.database else None
    with _opening:
        store = _open.get(shared) if shared else None
        if store is None or not store.in_place():
            store = Store(place, create=create)
            if shared:
                _open[shared] = store
    return store


class Store(Contents):
    """A place that keeps datasets. Safe to use from any thread; several processes may open the same file.

    Args:
        place: a file path, an SQLAlchemy URL, or `":memory:"`.
        create: make the store where there is none.

    Raises:
        StoreError: it cannot be opened; the sentence says why.
    """

    # -- the log ----------------------------------------------------------------------------------------------------

    def append(self, dataset: str, events: Iterable[Event], limit: int | None = None) -> list[Event]:
        """Write events and return them as stored, in the order given, after the commit.

        An event whose id is already there is not written again: what was stored the first time comes back. A draft never
        replaces an answer that the same person has submitted or discarded meanwhile (in another tab, or because an old
        message came late): it is not written, and the standing answer comes back in its place. An undo that returns to a
        draft is no such draft.

        Args:
            dataset: its id.
            events: what people did.
            limit: how many people may have submitted an answer to one record. An answer that would be one too many is kept
                as a draft, under its own id, so that nothing is lost: the event that comes back has the status "draft".
                Whoever has submitted the record already may change the answer.

        Raises:
            StoreError: nothing of this call was written; the same call may be made again.
        """
        given = list(events)
        if not given:
            return []
        return self._in_turn(dataset, lambda session: self._append(session, dataset, given, limit))

    def _append(
        self, session: Session, dataset: str, given: list[Event], limit: int | None = None
    ) -> list[Event]:
        stamp = now()

        def insert(some: list[Event]) -> list[Event | None]:
            return self._insert(session, dataset, some, stamp)

        return answers.write(session, dataset, given, limit, insert)

    def _add(self, session: Session, dataset: str, given: Sequence[Event]) -> None:
        if any(event.status == "draft" for event in given):
            self._append(session, dataset, list(given))
        elif given:  # nothing that is there already has a say
            answers.add(session, dataset, given, now())

    def _insert(self, session: Session, dataset: str, events: list[Event], stamp: str) -> list[Event | None]:
        """Write events, and return each as stored, None where its id was taken."""
        return answers.insert(session, dataset, events, stamp)

    def since(self, dataset: str, seq: int = 0) -> list[Event]:
        """Return every event after `seq`, oldest first."""
        with self._quickly() as session:
            return [answers.read(row) for row in session.rows(answers.SINCE, dataset=dataset, seq=seq)]

    def known(self, dataset: str, ids: Sequence[str]) -> set[str]:
        """Return which of these event ids are stored."""
        with self._quickly() as session:
            return set(answers.by_ids(session, dataset, ids))

    def event(self, dataset: str, event_id: str) -> Event | None:
        """Return one event, or None."""
        with self._quickly() as session:
            return answers.one(session, answers.BY_ID, dataset=dataset, event=event_id)
