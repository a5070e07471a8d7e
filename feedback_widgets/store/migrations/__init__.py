"""Bringing a store of an earlier version up to date: Alembic's revisions, forward only, in the caller's transaction.

`versions/` holds one file per change of the tables. A change needs: a new file there, the same change in `tables.py`, and
`tables.SCHEMA` set to its number. The way back is the backup copy that is made before.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.engine import Connection

from feedback_widgets.errors import StoreError
from feedback_widgets.store import tables
from feedback_widgets.store.causes import place_of
from feedback_widgets.store.engine import file_of

_one_at_a_time = threading.Lock()  # Alembic keeps what it works on in module globals


def config(connection: Connection) -> Config:
    """Return Alembic's configuration for the store behind `connection`."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def revisions() -> list[str]:
    """Return the revisions this version knows, oldest first."""
    script = ScriptDirectory(str(Path(__file__).parent))
    return [each.revision for each in script.walk_revisions()][::-1]


def migrate(connection: Connection, found: str) -> Path | None:
    """Bring the tables from revision `found` to the newest, inside the transaction that `connection` is in.

    Returns:
        The backup copy that was made before, or None where the store is not a file.

    Raises:
        StoreError: the store is of a newer version, belongs to another program, or there is no room for the copy.
    """
    if found not in revisions():
        raise StoreError(f"the store {place_of(connection.engine)!r} {_strange(connection, found)}")
    copy = _backup(connection, tables.SCHEMA)
    with _one_at_a_time:
        command.upgrade(config(connection), tables.SCHEMA)
    return copy


def _strange(connection: Connection, found: str) -> str:
    if tables.response_event.name not in inspect(connection).get_table_names():
        return f"holds another program's tables (Alembic revision {found}): give feedback_widgets a database of its own"
    return (
        f"has schema {found}, this version of feedback_widgets reads {tables.SCHEMA}: "
        "install the newest feedback_widgets"
    )


def _backup(connection: Connection, revision: str) -> Path | None:
    """Copy the file as it is before `revision`. The caller holds the write lock, so nobody changes it meanwhile."""
    file = file_of(connection.engine.url)
    if file is None:
        return None
    copy = file.with_name(f"{file.name}.before-{revision}.bak")
    half = copy.with_name(f"{copy.name}.{os.getpid()}.part")
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(half)) as target:
            source.backup(target)
        _to_disk(half)
        half.replace(copy)
    except (OSError, sqlite3.Error) as error:
        half.unlink(missing_ok=True)
        raise StoreError(
            f"the store {str(file)!r} must be migrated to schema {revision}, and the backup copy {str(copy)!r} could not "
            f"be made ({error}): make room or let the folder be written to; nothing was changed"
        ) from error
    return copy


def _to_disk(file: Path) -> None:
    """Wait until a file's content has reached the disk."""
    with file.open("rb+") as opened:
        os.fsync(opened.fileno())
