"""An open store: its file or server, who may write, who watches, and the transactions everything else is done in."""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from sqlalchemy.engine import Connection

from feedback_widgets.errors import StoreError
from feedback_widgets.store import quick
from feedback_widgets.store.causes import explain
from feedback_widgets.store.dialects import take_turn_quickly
from feedback_widgets.store.engine import explained, file_of, open_engine, place_of, store_url
from feedback_widgets.store.journal import identity
from feedback_widgets.store.quick import Session
from feedback_widgets.store.watch import Synced, Watcher, announce, announce_quickly

T = TypeVar("T")
_places: weakref.WeakSet[Place] = weakref.WeakSet()
_inherited: list[object] = []  # a parent's connections, held so that nothing closes them


class Place:
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
        self._path = str(file_of(self.engine.url) or "")
        self.place = place_of(self.engine)
        self.durable = self.place != "memory"
        self._file = identity(self._path) if self._path else None
        # One writer at a time in this process: waiting here is fair and silent, waiting on SQLite's file lock is neither.
        # A store in memory has a single connection, so its readers take the same turn.
        self._turn = threading.RLock()
        self._writer = self._file and quick.Writer(self.engine, self._path)
        if self._writer:
            weakref.finalize(self, self._writer.close)
        self._watcher = Watcher(self)
        _places.add(self)

    def __repr__(self) -> str:
        return f"Store({self.place!r})"

    def close(self) -> None:
        """Close all connections; the store may be used again and opens new ones, but follows nobody's writing any more.

        Raises:
            StoreError: the log was deleted, and what it held could not be saved.
        """
        self._watcher.close()
        try:
            if self._writer:
                with self._turn, explained(self.engine):  # not in the middle of an answer
                    self._writer.mend()
        finally:
            if self._writer:
                with self._turn:
                    self._writer.close()
            self.engine.dispose()

    def leave_parent(self) -> None:
        """In a forked child: open connections anew, and write in a turn of its own.

        The parent's are neither used nor closed, which would disturb the parent. A store in memory is the child's own copy.
        """
        if self.durable:
            self._turn = threading.RLock()
            _inherited.extend((self.engine.pool, self._writer and self._writer.leave()))
            self.engine.dispose(close=False)

    def follow(self, dataset: Synced) -> None:
        """Call `dataset.sync()` soon after anybody wrote, for as long as it is held; not where nobody else can write."""
        if self.durable:
            self._watcher.follow(dataset)

    def leave(self, dataset: Synced) -> None:
        """Follow no longer."""
        self._watcher.leave(dataset)

    def in_place(self) -> bool:
        """Return whether the file that was opened is still the one at the path."""
        return self._file is None or identity(self._path) == self._file

    def mend(self) -> bool:
        """Save what is in a log that was deleted beside the open store, and let go of all connections that had it open.

        Return whether there was a connection to save it over.

        Raises:
            StoreError: it could not be saved yet.
        """
        mended = False
        if self._writer:
            with self._turn, explained(self.engine):
                mended = self._writer.mend()
        self.engine.dispose()
        return mended

    # -- inside -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self._must_be_in_place()  # the open connections would go on writing into a file that nobody can reach
        with self._turn, explained(self.engine):
            if self._writer:
                self._writer.ready()
            with (
                self.engine.connect().execution_options(write=True) as connection,
                connection.begin(),
            ):
                self._must_have_log(connection)
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

    @contextmanager
    def _quickly(self) -> Iterator[Session]:
        """Read at the speed of the driver."""
        self._must_be_in_place()
        with (
            nullcontext() if self.durable else self._turn,
            explained(self.engine),
            quick.session(self.engine, write=False) as session,
        ):
            yield session

    def _in_turn(self, subject: str, work: Callable[[Session], T]) -> T:
        """Write at the speed of the driver: do `work` in one transaction, in the turn of a dataset, and commit it.

        It takes a function, because a context manager costs as much as the insert, and because an interrupt that falls on
        the edge of one could leave the turn taken for ever.
        """
        self._must_be_in_place()
        try:
            with self._turn:
                done = self._writer.run(work) if self._writer else self._with_turn(subject, work)
        except Exception as error:  # noqa: BLE001 - raised again, whatever it is
            explain(self.engine, error)
        self._must_be_in_place()
        return done

    def _with_turn(self, subject: str, work: Callable[[Session], T]) -> T:
        """Do the same on a connection of the pool."""
        with quick.session(self.engine, write=True) as session:
            take_turn_quickly(session, subject)
            done = work(session)
            announce_quickly(session)
            return done

    def _must_have_log(self, connection: Connection) -> None:
        """Make sure that what is written now goes into the log that others read; with the turn to write nobody begins another."""
        journal = connection.info.get("journal")
        if journal is not None and not journal.in_place():
            raise StoreError(
                f"the log beside the store {self.place!r} was deleted or replaced just now: do it again, and delete nothing"
            )

    def _must_be_in_place(self) -> None:
        if not self.in_place():
            raise StoreError(
                f"the store {self.place!r} was moved, deleted or replaced while it was open: put the file back, "
                "or load the dataset again; answers wait until then"
            )


def _forked() -> None:
    for each in list(_places):
        each.leave_parent()


if hasattr(os, "register_at_fork"):  # nothing forks on Windows
    os.register_at_fork(after_in_child=_forked)
