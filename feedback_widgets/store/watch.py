"""Live sync: one quiet thread per store notices that somebody else wrote, and lets the datasets take it in."""

from __future__ import annotations

import logging
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import func, select

from feedback_widgets.errors import FeedbackError
from feedback_widgets.store.journal import Journal
from feedback_widgets.store.quick import Session, Statement

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

    from feedback_widgets.store.place import Place

log = logging.getLogger("feedback_widgets")
# Seconds between two looks, so that with the reading what others wrote is here within the promised second.
EVERY = 0.75
PATIENCE = 5.0  # seconds between two tries to reach a server that is gone, at most
CHANNEL = "feedback_widgets"
NOTIFY = Statement(lambda _: select(func.pg_notify(CHANNEL, "")))


class Synced(Protocol):
    """Something that takes in what others wrote."""

    def sync(self) -> None:
        """Take it in."""


class Signal(Protocol):
    """Tells whether anybody wrote to the store, over a connection of its own."""

    def changed(self) -> bool:
        """Return whether there was a commit since the last call; the first call says yes."""

    def in_place(self) -> bool:
        """Return whether the connection still sees what others write."""

    def rescue(self) -> None:
        """Save what can only be had over this connection."""

    def close(self) -> None:
        """Give the connection back."""


class Watcher:
    """The datasets of one store that follow it, and the thread that looks.

    The thread runs while there are datasets; it holds none of them, and it outlives every trouble of the store: a file that
    is locked, gone or replaced is told once in the log, and looked at again until it is back.
    """

    def __init__(self, store: Place) -> None:
        self._store, self._name = weakref.ref(store), f"watching {store.place}"
        self._followers: weakref.WeakSet[Synced] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def follow(self, dataset: Synced) -> None:
        """Keep `dataset` up to date for as long as somebody holds it."""
        with self._lock:
            self._followers.add(dataset)
            if self._thread is None or not self._thread.is_alive():  # a forked child has none of its parent's
                self._stop = threading.Event()
                self._thread = threading.Thread(
                    target=self._run, args=(self._stop,), name=self._name, daemon=True
                )
                self._thread.start()

    def leave(self, dataset: Synced) -> None:
        """Follow no longer."""
        with self._lock:
            self._followers.discard(dataset)

    def close(self) -> None:
        """End the thread; `follow` starts another one."""
        with self._lock:
            thread, self._thread = self._thread, None
            self._followers.clear()
            self._stop.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join(5)  # a sync may be under way; it holds none of our locks

    def _run(self, stop: threading.Event) -> None:
        look = Look()
        try:
            while not stop.wait(EVERY) and (datasets := self._present(stop)):
                store = self._store()
                if store is not None:
                    look(store, datasets)
                del store, datasets  # nothing is held while it waits
        finally:
            look.close()

    def _present(self, stop: threading.Event) -> list[Synced]:
        with self._lock:
            found = list(self._followers)
            if not found and not stop.is_set():
                self._thread = None  # under the lock, so that whoever follows next starts a new one
            return found


class Look:
    """One look after the other, and what must be remembered between two of them."""

    def __init__(self) -> None:
        self._signal: Signal | None = None
        self._due = True  # something was not taken in yet
        self._told: set[str] = set()  # the troubles that are in the log already
        self._pause, self._again_at = 0.0, 0.0

    def __call__(self, store: Place, datasets: list[Synced]) -> None:
        """Let the datasets take in what is new, if anything is."""
        if not store.in_place():
            self._gone(store)
            return
        if time.monotonic() < self._again_at:
            return
        try:
            if self._signal is not None and not self._signal.in_place():
                # Before it is closed: perhaps nobody else has the deleted log open any more.
                if not store.mend():
                    self._signal.rescue()
                self.close()
            self._signal = self._signal or open_signal(store.engine)
            self._due = self._signal.changed() or self._due
        except Exception as error:  # noqa: BLE001 - the drivers' own errors, which have no common parent
            self.close()
            self._pause = min(PATIENCE, 2 * self._pause + EVERY)
            self._again_at = time.monotonic() + self._pause
            self._trouble(f"the store {store.place!r} cannot be watched: {' '.join(str(error).split())}")
            return
        self._pause = 0.0
        if self._due:
            self._due = not all(
                list(map(self._synced, datasets))
            )  # every one of them, whatever happens to the first
        if not self._due:
            self._told.clear()

    def close(self) -> None:
        """Close the connection; the next look opens another one."""
        signal, self._signal, self._due = self._signal, None, True
        if signal is not None:
            signal.close()

    def _synced(self, dataset: Synced) -> bool:
        try:
            dataset.sync()
        except FeedbackError as error:
            self._trouble(str(error))
            return False
        except Exception as error:  # noqa: BLE001 - nobody waits for this thread: it says what happened and goes on
            self._trouble(f"{dataset!r} could not take in what is new: {error!r}", exc_info=True)
            return False
        return True

    def _gone(self, store: Place) -> None:
        """Wait for the file. Only whoever writes is refused, so this is no warning."""
        words = f"the store {store.place!r} is not at its place; watching goes on when it is back"
        if words not in self._told:
            log.info(words)
        self._told.add(words)
        self._due = True

    def _trouble(self, words: str, *, exc_info: bool = False) -> None:
        self._due = True
        if words not in self._told:
            log.warning("%s; looking again until it is back", words, exc_info=exc_info)
        self._told.add(words)


class DataVersion:
    """SQLite's own counter of commits that other connections made to the file."""

    def __init__(self, engine: Engine) -> None:
        # The counter is only comparable on one and the same connection.
        self._connection = _own_connection(engine)
        self._cursor = self._connection.cursor()  # for all looks: a connection remembers each one made
        self._seen: int | None = None
        self._cursor.execute("PRAGMA data_version").fetchone()  # opens the log
        self._journal = Journal(engine.url.database or "")

    def changed(self) -> bool:
        """Return whether there was a commit since the last call; the first call says yes."""
        (found,) = self._cursor.execute("PRAGMA data_version").fetchone()
        before, self._seen = self._seen, found
        return bool(found != before)

    def in_place(self) -> bool:
        """Return whether the log that it reads is the one that others write."""
        return self._journal.in_place()

    def rescue(self) -> None:
        """Bring what a deleted log holds into the store."""
        self._journal.rescue(self._connection)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class Notifications:
    """PostgreSQL's notifications of commits, on a connection that does nothing else."""

    def __init__(self, engine: Engine) -> None:
        self._connection = _own_connection(engine)
        self._connection.autocommit = True
        self._connection.execute(f"LISTEN {CHANNEL}")
        self._first = True

    def changed(self) -> bool:
        """Return whether there was a commit since the last call; the first call says yes."""
        first, self._first = self._first, False
        return bool(list(self._connection.notifies(timeout=0))) or first

    def in_place(self) -> bool:
        """Return True: a server looks after its own files."""
        return True

    def rescue(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _own_connection(engine: Engine) -> Any:
    """Return a driver's connection that is set up like all others, and belongs to no pool."""
    pooled = engine.raw_connection()
    pooled.detach()
    return pooled.dbapi_connection


def open_signal(engine: Engine) -> Signal:
    """Return what tells of changes on this engine."""
    return Notifications(engine) if engine.dialect.name == "postgresql" else DataVersion(engine)


def announce(connection: Connection) -> None:
    """Let those who watch know, when this transaction is committed. SQLite counts commits by itself."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, "")))


def announce_quickly(session: Session) -> None:
    """Do the same in a quick transaction."""
    if session.dialect.name == "postgresql":
        session.run(NOTIFY)
