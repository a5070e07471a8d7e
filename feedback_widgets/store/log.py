"""The store: datasets, records, and the append-only log of responses.

Two verbs carry the promise: `append(events)` returns after the transaction is committed, and `since(seq)` gives back
everything that was ever acknowledged.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from typing import Any

from sqlalchemy import Select, Text, and_, cast, func, select
from sqlalchemy.engine import Connection, Row

from feedback_widgets.errors import StoreError
from feedback_widgets.store import changes, tables
from feedback_widgets.store.dialects import insert, take_turn
from feedback_widgets.store.engine import (
    explained,
    file_of,
    missing,
    no_store,
    open_engine,
    place_of,
    store_url,
)
from feedback_widgets.store.event import Event, now
from feedback_widgets.store.watch import Synced, Watcher, announce

CHUNK = 500  # ids per query: every engine limits how many values one statement may carry


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


class Store:
    """A place that keeps datasets. Safe to use from any thread; several processes may open the same file.

    Args:
        place: a file path, an SQLAlchemy URL, or `":memory:"`.
        create: make the store where there is none.

    Raises:
        StoreError: it cannot be opened; the sentence says why.
    """

    def __init__(self, place: str | os.PathLike[str], *, create: bool = True) -> None:
        self.engine = open_engine(store_url(place), create=create)
        # A server counts its connections: none outlives the store.
        weakref.finalize(self, self.engine.dispose)
        self._path = file_of(self.engine.url)
        self.place = place_of(self.engine)
        self.durable = self.place != "memory"
        self._file = self._identity()
        # One writer at a time in this process: waiting here is fair and silent, waiting on SQLite's file lock is neither.
        # A store in memory has a single connection, so its readers take the same turn.
        self._turn = threading.RLock()
        self._watcher = Watcher(self)

    def __repr__(self) -> str:
        return f"Store({self.place!r})"

    def close(self) -> None:
        """Close all connections; the store may be used again and opens new ones, but follows nobody's writing any more."""
        self._watcher.close()
        self.engine.dispose()

    def follow(self, dataset: Synced) -> None:
        """Call `dataset.sync()` soon after anybody wrote, for as long as it is held; not where nobody else can write."""
        if self.durable:
            self._watcher.follow(dataset)

    def leave(self, dataset: Synced) -> None:
        """Follow no longer."""
        self._watcher.leave(dataset)

    def in_place(self) -> bool:
        """Return whether the file that was opened is still the one at the path."""
        return self._file is None or self._identity() == self._file

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat() if self._path else None
        except OSError:
            return None
        return found and (found.st_dev, found.st_ino)

    # -- datasets ---------------------------------------------------------------------------------------------------

    def find(self, workspace: str, name: str) -> str | None:
        """Return the id of the dataset called `name` in `workspace`, or None."""
        t = tables.dataset.c
        with self._reading() as connection:
            found: str | None = connection.scalar(
                select(t.id).where(t.workspace == workspace, t.name == name)
            )
        return found

    def names(self, workspace: str | None = None) -> list[tuple[str, str]]:
        """Return (workspace, name) of every dataset, sorted."""
        t = tables.dataset.c
        query = select(t.workspace, t.name).order_by(t.workspace, t.name)
        with self._reading() as connection:
            rows = connection.execute(query if workspace is None else query.where(t.workspace == workspace))
            return [(row.workspace, row.name) for row in rows]

    def create(self, dataset: str, workspace: str, name: str, settings: dict[str, Any]) -> str:
        """Create a dataset with its first settings, in one transaction, and return its id.

        Where another kernel has just created one of that name, nothing is written and the id of that one comes back.
        """
        t = tables.dataset
        with self._writing() as connection:
            take_turn(connection, f"{workspace}/{name}")
            there: str | None = connection.scalar(
                select(t.c.id).where(t.c.workspace == workspace, t.c.name == name)
            )
            if there is not None:
                return there
            connection.execute(
                t.insert().values(id=dataset, workspace=workspace, name=name, created_at=now())
            )
            connection.execute(
                tables.settings_version.insert().values(
                    dataset_id=dataset, version=1, settings=settings, created_at=now()
                )
            )
        return dataset

    def settings(self, dataset: str) -> tuple[int, dict[str, Any]]:
        """Return the newest settings and their version."""
        t = tables.settings_version.c
        with self._reading() as connection:
            row = connection.execute(
                select(t.version, t.settings)
                .where(t.dataset_id == dataset)
                .order_by(t.version.desc())
                .limit(1)
            ).one()
        return row.version, row.settings

    def settings_version(self, dataset: str) -> int:
        """Return the version of the newest settings."""
        t = tables.settings_version.c
        with self._reading() as connection:
            return connection.scalar(select(func.max(t.version)).where(t.dataset_id == dataset)) or 0

    def put_settings(self, dataset: str, settings: dict[str, Any]) -> int:
        """Keep a new version of the settings and return its number; equal settings keep theirs."""
        version, known = self.settings(dataset)
        if known == settings:
            return version
        with self._writing() as connection:
            t = tables.settings_version
            take_turn(connection, dataset)
            newest = connection.scalar(select(func.max(t.c.version)).where(t.c.dataset_id == dataset)) or 0
            connection.execute(
                t.insert().values(dataset_id=dataset, version=newest + 1, settings=settings, created_at=now())
            )
        return int(newest) + 1

    # -- records ----------------------------------------------------------------------------------------------------

    def put_records(
        self,
        dataset: str,
        records: Sequence[dict[str, Any]],
        suggestions: Sequence[dict[str, Any]],
        events: Iterable[Event] = (),
    ) -> None:
        """Add records (`id, fields, metadata, external_id`), suggestions (`record_id, question, agent, value, score, type`) and answers.

        Known records keep their fields, and take the given metadata if there is any; a suggestion replaces the same
        agent's earlier one. All of it is one transaction.
        """
        stamp = now()
        with self._writing() as connection:
            take_turn(connection, dataset)
            if records:
                adding = insert(connection, tables.record)
                connection.execute(
                    adding.on_conflict_do_update(
                        index_elements=["dataset_id", "id"],
                        set_={"metadata": adding.excluded.metadata, "updated_at": stamp},
                        where=and_(
                            # As text: PostgreSQL does not compare what is stored as JSON.
                            cast(adding.excluded.metadata, Text) != "{}",
                            cast(tables.record.c.metadata, Text) != cast(adding.excluded.metadata, Text),
                        ),
                    ),
                    [
                        {**each, "dataset_id": dataset, "inserted_at": stamp, "updated_at": stamp}
                        for each in records
                    ],
                )
            if suggestions:
                adding = insert(connection, tables.suggestion)
                replaced = {key: adding.excluded[key] for key in ("value", "score", "type", "created_at")}
                connection.execute(
                    adding.on_conflict_do_update(
                        index_elements=["dataset_id", "record_id", "question", "agent"],
                        set_=replaced,
                        where=changes.suggestion_differs(adding.excluded),
                    ),
                    [{**each, "dataset_id": dataset, "created_at": stamp} for each in suggestions],
                )
            described = [each["id"] for each in records if each["metadata"]]
            changes.note(connection, dataset, stamp, described, [each["record_id"] for each in suggestions])
            self._append(connection, dataset, list(events))

    def last_change(self, dataset: str) -> int:
        """Return the number of the last change of a record's metadata or suggestions."""
        with self._reading() as connection:
            return changes.last(connection, dataset)

    def changes(self, dataset: str, after: int) -> tuple[int, dict[str, dict[str, Any]], list[Row[Any]]]:
        """Return the number of the last change, and the metadata and suggestions of the records changed after `after`."""
        with self._reading() as connection:
            number, ids = changes.since(connection, dataset, after)
            return number, *changes.content(connection, dataset, ids)

    def records(self, dataset: str, after: int = 0) -> list[Row[Any]]:
        """Return the records added after `seq`, in order: rows of `seq, id, fields, metadata, external_id`."""
        t = tables.record.c
        return self._records(dataset, after, select(t.seq, t.id, t.fields, t.metadata, t.external_id))

    def record_texts(self, dataset: str, after: int = 0) -> list[Row[Any]]:
        """Return the same with `fields` and `metadata` as JSON text: most of the time of reading goes into parsing them."""
        t = tables.record.c
        fields, metadata = cast(t.fields, Text), cast(t.metadata, Text)
        return self._records(dataset, after, select(t.seq, t.id, fields, metadata, t.external_id))

    def _records(self, dataset: str, after: int, query: Select[Any]) -> list[Row[Any]]:
        t = tables.record.c
        with self._reading() as connection:
            return list(
                connection.execute(query.where(t.dataset_id == dataset, t.seq > after).order_by(t.seq))
            )

    def suggestions(self, dataset: str) -> list[Row[Any]]:
        """Return all suggestions: rows of `record_id, question, agent, value, score, type`, oldest first."""
        t = tables.suggestion.c
        query = select(t.record_id, t.question, t.agent, t.value, t.score, t.type)
        with self._reading() as connection:
            return list(
                connection.execute(query.where(t.dataset_id == dataset).order_by(t.created_at, t.question))
            )

    # -- the log ----------------------------------------------------------------------------------------------------

    def append(self, dataset: str, events: Iterable[Event]) -> list[Event]:
        """Write events and return them as stored, in the order given, after the commit.

        An event whose id is already there is not written again: what was stored the first time comes back. A draft never
        replaces an answer that the same person has submitted or discarded meanwhile (in another tab, or because an old
        message came late): it is not written, and the standing answer comes back in its place. An undo that returns to a
        draft is no such draft.

        Raises:
            StoreError: nothing of this call was written; the same call may be made again.
        """
        given = list(events)
        if not given:
            return []
        with self._writing() as connection:
            take_turn(connection, dataset)
            return self._append(connection, dataset, given)

    def _append(self, connection: Connection, dataset: str, given: list[Event]) -> list[Event]:
        stamp = now()
        t = tables.response_event
        stored: dict[str, Event] = {}
        waiting: list[Event] = []  # a batch is one statement, cut where a draft must see what came before it
        for event in given:
            if event.status == "draft" and not event.undoes:
                self._insert(connection, dataset, waiting, stamp)
                waiting = []
                if final := self._final(connection, dataset, event):
                    stored[event.id] = final
                    continue
            waiting.append(event)
        self._insert(connection, dataset, waiting, stamp)
        ids = [event.id for event in given if event.id not in stored]
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            found = connection.execute(select(t).where(t.c.dataset_id == dataset, t.c.id.in_(chunk)))
            stored.update((row.id, _event(row)) for row in found)
        return [stored[event.id] for event in given]

    def _insert(self, connection: Connection, dataset: str, events: list[Event], stamp: str) -> None:
        if events:
            adding = insert(connection, tables.response_event)
            adding = adding.on_conflict_do_nothing(index_elements=["dataset_id", "id"])
            connection.execute(adding, [_values(event, dataset, stamp) for event in events])

    def _final(self, connection: Connection, dataset: str, draft: Event) -> Event | None:
        """Return the submitted or discarded answer that stands where `draft` would go, or None."""
        t = tables.response_event
        mine = (t.c.dataset_id == dataset, t.c.record_id == draft.record_id, t.c.user_id == draft.user_id)
        row = connection.execute(select(t).where(*mine).order_by(t.c.seq.desc()).limit(1)).one_or_none()
        return _event(row) if row is not None and row.status in ("submitted", "discarded") else None

    def since(self, dataset: str, seq: int = 0) -> list[Event]:
        """Return every event after `seq`, oldest first."""
        t = tables.response_event
        with self._reading() as connection:
            rows = connection.execute(
                select(t).where(t.c.dataset_id == dataset, t.c.seq > seq).order_by(t.c.seq)
            )
            return [_event(row) for row in rows]

    def known(self, dataset: str, ids: Sequence[str]) -> set[str]:
        """Return which of these event ids are stored."""
        t = tables.response_event.c
        found: set[str] = set()
        with self._reading() as connection:
            for start in range(0, len(ids), CHUNK):
                chunk = ids[start : start + CHUNK]
                found.update(connection.scalars(select(t.id).where(t.dataset_id == dataset, t.id.in_(chunk))))
        return found

    def event(self, dataset: str, event_id: str) -> Event | None:
        """Return one event, or None."""
        t = tables.response_event
        with self._reading() as connection:
            row = connection.execute(
                select(t).where(t.c.dataset_id == dataset, t.c.id == event_id)
            ).one_or_none()
        return None if row is None else _event(row)

    def newest_first(self, dataset: str, user: str) -> Iterator[Event]:
        """Yield a user's events from the newest back, in pages that grow: most readers want the first one only."""
        t = tables.response_event
        before: int | None = None
        size = 2
        while True:
            query = select(t).where(t.c.dataset_id == dataset, t.c.user_id == user)
            query = query if before is None else query.where(t.c.seq < before)
            with self._reading() as connection:
                page = [_event(row) for row in connection.execute(query.order_by(t.c.seq.desc()).limit(size))]
            yield from page
            if len(page) < size:
                return
            before, size = page[-1].seq, min(4 * size, CHUNK)

    def state_before(self, dataset: str, event: Event) -> Event | None:
        """Return the event that decided this record for this user before `event`, or None."""
        t = tables.response_event
        query = select(t).where(
            t.c.dataset_id == dataset,
            t.c.record_id == event.record_id,
            t.c.user_id == event.user_id,
            t.c.seq < event.seq,
        )
        with self._reading() as connection:
            row = connection.execute(query.order_by(t.c.seq.desc()).limit(1)).one_or_none()
        return None if row is None else _event(row)

    # -- inside -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._must_be_in_place()  # the open connections would go on writing into a file that nobody can reach
        with (
            self._turn,
            explained(self.engine),
            self.engine.connect().execution_options(write=True) as connection,
            connection.begin(),
        ):
            yield connection
            announce(connection)
        self._must_be_in_place()  # gone meanwhile: written, but nobody could find it; it must be sent again

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        self._must_be_in_place()  # a new connection would read, and set up, whatever is at the path now
        with (
            nullcontext() if self.durable else self._turn,
            explained(self.engine),
            self.engine.connect() as connection,
        ):
            yield connection

    def _must_be_in_place(self) -> None:
        if not self.in_place():
            raise StoreError(
                f"the store {self.place!r} was moved, deleted or replaced while it was open: put the file back, "
                "or load the dataset again; answers wait until then"
            )


def _values(event: Event, dataset: str, stamp: str) -> dict[str, Any]:
    values = {**asdict(event), "dataset_id": dataset, "received_at": event.received_at or stamp}
    values.pop("seq")
    return values


def _event(row: Row[Any]) -> Event:
    values = dict(row._mapping)  # noqa: SLF001 - public in SQLAlchemy, named so that no column can hide it
    values.pop("dataset_id")
    return Event(**values)
