"""The write-ahead log beside a SQLite file. Who deletes it while it is open takes away what was saved last.

SQLite does not notice: it goes on writing into a file that nobody else can find. All of it can still be had over the
connections that are open, so it is brought into the store before they are closed.
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

    def in_place(self) -> bool:
        """Return whether the log that was there when the connection was opened still is; also where there was none."""
        return self._seen is None or identity(self._path) == self._seen

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
