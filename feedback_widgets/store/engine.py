"""Opening a store: from a path or URL to an engine whose every failure is one clear sentence."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, inspect, select, text
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from feedback_widgets.errors import InvalidInput, StoreError
from feedback_widgets.store import tables

BUSY_SECONDS = 30.0  # how long a writer waits for another process before it reports "busy"


def store_url(place: str | os.PathLike[str]) -> URL:
    """Read a path or URL. A path without scheme is a SQLite file; `":memory:"` lives in this process only."""
    given = os.fspath(place)
    if given == ":memory:":
        return make_url("sqlite://")
    if "://" not in given:
        return URL.create("sqlite", database=str(Path(given).expanduser().absolute()))
    try:
        return make_url(given)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            f"{given!r} is not a store: give a file path or an SQLAlchemy URL such as sqlite:///feedback.db"
        ) from error


def open_engine(url: URL) -> Engine:
    """Open the store at `url`, creating its tables when it is new.

    Raises:
        StoreError: the folder is missing, the file is not a database, the store was made by a newer version, …
    """
    if url.get_backend_name() != "sqlite":
        raise StoreError(
            f"{url.render_as_string()!r}: this version keeps stores in SQLite files; give a file path"
        )
    memory = url.database in (None, "", ":memory:")
    folder = Path(url.database or ".").parent
    if not memory and not folder.is_dir():
        raise StoreError(
            f"the folder {str(folder)!r} does not exist: create it, or give the store another path"
        )
    connect: dict[str, Any] = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(
        url, json_serializer=_to_json, connect_args=connect, **({"poolclass": StaticPool} if memory else {})
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    with explained(engine):
        _prepare(engine)
    return engine


def place_of(engine: Engine) -> str:
    """Name the store for people: the file's path, or "memory"."""
    return engine.url.database or "memory"


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn the driver's errors into a `StoreError` whose sentence names the store, the cause and the remedy."""
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(f"the store {place_of(engine)!r} {_cause(error)}") from error
    except UnicodeEncodeError as error:  # a name, an agent or an external_id; texts inside JSON are escaped
        raise InvalidInput(
            f"{error.object!r} cannot be kept: it holds half a surrogate pair, which is no character; remove it"
        ) from error


_CAUSES = {
    "file is not a database": "is not a SQLite database: choose another path, or move that file away",
    "unable to open database file": "cannot be opened: check that the path is a file you may read and write",
    "readonly": "is read-only: make the file and its folder writable; answers wait until then",
    "database or disk is full": "has no room left: free some disk space; answers wait until then",
    "locked": f"is busy: another process has been writing for {BUSY_SECONDS:.0f} s; answers wait until it ends",
    "malformed": "is damaged: restore a backup copy, or recover the file with the sqlite3 command's .recover",
    "disk i/o error": "cannot be read or written (disk I/O error): check the disk and its free space",
    "FOREIGN KEY": "does not know the record of this answer: add the record first",
}


def _cause(error: SQLAlchemyError) -> str:
    said = str(error.orig if isinstance(error, DatabaseError) else error)
    return next(
        (words for mark, words in _CAUSES.items() if mark.lower() in said.lower()), f"refused: {said}"
    )


def _configure(connection: sqlite3.Connection, _: Any) -> None:
    """Set up one SQLite connection. Transactions are begun by `_begin`, not by the driver's own guess."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(
        "PRAGMA journal_mode = WAL"
    )  # where the file system cannot (NFS), SQLite keeps its rollback journal
    connection.execute(
        "PRAGMA synchronous = FULL"
    )  # an acknowledged answer survives a power cut, not only a killed process


def _begin(connection: Connection) -> None:
    """Take the write lock at the start of a writing transaction, so that it waits its turn instead of failing half-way."""
    connection.exec_driver_sql(
        "BEGIN IMMEDIATE" if connection.get_execution_options().get("write") else "BEGIN"
    )


def _prepare(engine: Engine) -> None:
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
        if "alembic_version" in names:
            _check_schema(connection, engine)
            return
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        if "alembic_version" in inspect(connection).get_table_names():
            _check_schema(connection, engine)  # another process was quicker
            return
        tables.metadata.create_all(connection)
        connection.execute(text(tables.RESPONSE_VIEW))
        connection.execute(tables.alembic_version.insert().values(version_num=tables.SCHEMA))


def _check_schema(connection: Connection, engine: Engine) -> None:
    found = connection.scalar(select(tables.alembic_version.c.version_num))
    if found != tables.SCHEMA:
        raise StoreError(
            f"the store {place_of(engine)!r} has schema {found}, this version of feedback_widgets reads {tables.SCHEMA}: "
            "install the newest feedback_widgets"
        )


def _to_json(value: Any) -> str:
    """Write JSON as readable text, except where it holds half a surrogate pair, which UTF-8 cannot carry."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"))
    return written
