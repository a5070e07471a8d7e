"""The few places where SQLite and PostgreSQL are spoken to differently."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Table, Text, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine

from feedback_widgets.store.quick import Session, Statement

BUSY_SECONDS = 30.0  # how long a writer waits for another before it reports "busy"
_quoted = json.encoder.encode_basestring
_readable = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_escaped = json.JSONEncoder(separators=(",", ":")).encode
IMPORT_KIB = (
    196_608  # of the file held in memory while records are written, at most: the index of two million ids
)
OPENING = "feedback_widgets: opening"  # whoever makes or migrates the tables holds this turn


def insert(connection: Connection, table: Table) -> sqlite.Insert:
    """Return an INSERT that knows `on_conflict_do_…`; both engines have it, under the same names."""
    return insert_on(connection.dialect.name, table)


def insert_on(dialect: str, table: Table) -> sqlite.Insert:
    """Return the same for a dialect's name."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)  # type: ignore[return-value]


def take_turn(connection: Connection, subject: str) -> None:
    """Wait until nobody else writes to `subject` (a dataset's id), and keep others waiting until the commit.

    PostgreSQL gives out a number when a row is written and shows the row when it is committed, so of two appends at once
    the higher number could be seen first, and a reader who asks "after that one" would never see the lower. One at a time
    per dataset, numbers become visible in their order. SQLite has one writer per file anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject, 0))))


TURN = Statement(
    lambda _: select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("subject", type_=Text), 0)))
)


def take_turn_quickly(session: Session, subject: str) -> None:
    """Do the same in a quick transaction."""
    if session.dialect.name == "postgresql":
        session.run(TURN, subject=subject)


@contextmanager
def room_for_many(connection: Connection) -> Iterator[None]:
    """Let SQLite hold more of the file in memory while very many rows are written.

    Ids come in no order: every new one falls on another page of their index, which is read again where few pages are held.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar()
    connection.exec_driver_sql(f"PRAGMA cache_size = {-IMPORT_KIB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")


def begin_sqlite(connection: Connection) -> None:
    """Take the write lock at the start of a writing transaction, so that it waits its turn instead of failing half-way."""
    connection.exec_driver_sql(
        "BEGIN IMMEDIATE" if connection.get_execution_options().get("write") else "BEGIN"
    )


def configure_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    """Set up one SQLite connection. Transactions are begun by `begin_sqlite`, not by the driver's own guess."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")
    _keep_a_log(connection)


def _keep_a_log(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; where the file system cannot (NFS), SQLite keeps its rollback journal.

    While another process switches a new file, SQLite may answer "locked" at once, however long it was told to wait.
    """
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def only_existing(_: Any, __: Any, where: list[Any], options: dict[str, Any]) -> None:
    """Connect to the file only if it is still there.

    SQLite would make an empty one, and then delete the journal it finds beside it as a stranger's. Where somebody has moved
    the file away for a moment, that journal holds answers.
    """
    where[0] = f"{Path(where[0]).as_uri()}?mode=rw"
    options["uri"] = True


def configure_postgresql(connection: Any, _: Any) -> None:
    """Set up one PostgreSQL connection: nobody waits for ever, and a commit is on disk before it is acknowledged."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {int(BUSY_SECONDS * 1000)}")
        # A server that was told to acknowledge early would break our promise; a stricter setting than "on" is kept.
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


def serves(engine: Engine, name: str) -> bool:
    """Tell whether `engine` speaks the dialect `name`."""
    return engine.dialect.name == name


def _texts(value: dict[Any, Any]) -> str:
    try:
        return "{" + ",".join([f"{_quoted(name)}:{_quoted(text)}" for name, text in value.items()]) + "}"
    except TypeError:  # something else than a text
        return _readable(value)


def to_json(value: Any) -> str:
    """Write JSON as readable text, except where it holds half a surrogate pair, which UTF-8 cannot carry.

    A dict of nothing but texts, which most fields and answers are, is put together by hand.

    >>> to_json({"text": "caf\u00e9", "n": [1, None]})
    '{"text":"café","n":[1,null]}'
    """
    written = _texts(value) if type(value) is dict else _readable(value)
    if written.isascii():
        return written
    try:
        written.encode()
    except UnicodeEncodeError:
        return _escaped(value)
    return written
