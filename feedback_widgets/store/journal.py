"""The write-ahead log beside a SQLite file. Who deletes it while it is open takes away what was saved last.

SQLite does not notice: it goes on writing into a file that nobody else can find. All of it can still be had over the
connections that are open, so it is brought into the store before they are closed.

All kernels share one index of the log, in the `-shm` file, whichever file each of them has open. So two rules keep them from
writing into two logs under one index: whoever has the turn to write looks once more whether its log is in place, for while
it has the turn nobody else begins a new one; and who opens a log asks whether it is the one that the index is about.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from typing import Any

from feedback_widgets.errors import StoreError

log = logging.getLogger("feedback_widgets")


def identity(path: str) -> tuple[int, int] | None:
    """Return what tells the file at `path` from all others, None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - several times per answer
    except OSError:
        return None
    return found.st_dev, found.st_ino


class Journal:
    """The log that one connection writes to or reads from.

    Args:
        file: the path of the store.
    """

    __slots__ = ("_file", "_path", "_seen")

    def __init__(self, file: str) -> None:
        self._file, self._path = file, f"{file}-wal"
        # None where a file system knows no such log; SQLite deletes it with the last connection only.
        self._seen = identity(self._path)

    def look(self) -> None:
        """Look again where there was no log before: one begins with the tables of a new store."""
        self._seen = self._seen or identity(self._path)

    def in_place(self) -> bool:
        """Return whether the log that was there when the connection was opened still is; also where there was none."""
        return self._seen is None or identity(self._path) == self._seen

    def must_be_known(self, driver: Any) -> None:
        """Make sure that the log which a new connection has opened is the one that the shared index is about.

        A log that was deleted with something in it leaves an empty one to whoever opens the store next. Then SQLite is asked to
        copy what the index names into the store: it finds nothing to do, or nothing where something should be.

        Raises:
            StoreError: it is another one. Kernels that have the right one open bring it into the store when they next look.
            sqlite3.Error: the store cannot be read or written.
        """
        if self._seen is None or not self._empty():
            return
        try:
            driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_IOERR_SHORT_READ:
                raise
            raise StoreError(
                f"the log of the store, {self._path!r}, was deleted or replaced while another kernel had it open, and what it "
                "held is not in the store yet: delete nothing; answers wait until that kernel has saved it, or is closed"
            ) from error

    def _empty(self) -> bool:
        try:
            return os.stat(self._path).st_size == 0  # noqa: PTH116 - as above
        except OSError:
            return True

    def rescue(self, driver: Any) -> None:
        """Bring what a deleted log holds into the store, over a connection that has it open; close that one afterwards.

        Raises:
            StoreError: somebody reads just now; try again.
            sqlite3.Error: the store cannot be written.
        """
        try:
            busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_IOERR_SHORT_READ:
                raise
            busy = (
                0  # another kernel was quicker: it has brought all of it into the store, and emptied the log
            )
        if busy:
            raise StoreError(
                f"the log of the store, {self._path!r}, was deleted or replaced while it was open, and another program "
                "reads it: close that program, and delete nothing; answers wait until then"
            )
        log.warning(
            "%r was deleted or replaced while the store was open; what it held was brought into %r: leave that file alone",
            self._path,
            self._file,
        )
