"""Opening a store: from a path or URL to an engine whose every failure is one clear sentence."""

from __future__ import annotations

import math
import os
import time
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, inspect, select, text
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.pool import StaticPool

from feedback_widgets.errors import StoreError, require
from feedback_widgets.store import tables
from feedback_widgets.store.causes import DAMAGED, explained, place_of, shown
from feedback_widgets.store.dialects import (
    BUSY_SECONDS,
    OPENING,
    begin_sqlite,
    configure_postgresql,
    configure_sqlite,
    only_existing,
    take_turn,
    to_json,
)
from feedback_widgets.store.journal import Journal

__all__ = ["explained", "file_of", "missing", "no_store", "open_engine", "place_of", "store_url"]

# `sqlite:///feedback.db?synchronous=normal`. With "full", the default, an acknowledged answer survives a power cut as well
# as a killed process; with "normal" a killed process, but a power cut may take the last answers, never the store's integrity.
LEVELS = ("full", "normal")
FRESH_SECONDS = 0.05  # a connection that was used so lately is taken as it is: no server restarts so quickly
CONNECT_SECONDS = 10  # how long a server may take to answer before it counts as gone


def store_url(place: str | os.PathLike[str]) -> URL:
    """Read a path or URL. A path without scheme is a SQLite file; `":memory:"` lives in this process only."""
    given = os.fspath(place)
    if given == ":memory:":
        return make_url("sqlite://")
    if "://" not in given:
        return URL.create("sqlite", database=str(Path(given).expanduser().absolute()))
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):
        raise StoreError(  # without what was given, and without its traceback: half an address may hold a password
            f"{given.partition('://')[0] + '://…'!r} is not a store: give a file path or an address such as "
            "sqlite:///feedback.db or postgresql://user@host/database"
        ) from None
    return url.set(drivername="postgresql+psycopg") if _backend(url) == "postgresql" else url


def _backend(url: URL) -> str:
    """Return the engine an address is for; "postgres://" is how many hosting services write it."""
    name = url.drivername.partition("+")[0]
    return "postgresql" if name == "postgres" else name


def file_of(url: URL) -> Path | None:
    """Return the file a store is kept in, or None for a server and for memory."""
    return (
        Path(url.database)
        if _backend(url) == "sqlite" and url.database not in (None, "", ":memory:")
        else None
    )


def missing(path: Path) -> bool:
    """Tell whether nothing is at `path`. Where even that may not be known, opening it will say why."""
    try:
        return not path.exists()
    except OSError:
        return False


def no_store(place: str) -> StoreError:
    """Return the error for a place where a store should be, and is not."""
    return StoreError(f"there is no store at {place!r}: check the path, or save a dataset there first")


def open_engine(url: URL, *, create: bool = True) -> Engine:
    """Open the store at `url`, creating its tables when it is new, and migrating them when they are of an older version.

    Raises:
        StoreError: the folder is missing, the file is not a database, the store was made by a newer version, …
        MissingExtra: a PostgreSQL address without the driver installed.
    """
    if _backend(url) == "sqlite":
        engine = _sqlite(url)
    elif _backend(url) == "postgresql":
        engine = _postgresql(url)
    else:
        raise StoreError(
            f"{shown(url)!r}: stores are kept in SQLite files or on PostgreSQL; give a file path, "
            "or an address that begins with postgresql://"
        )
    try:
        with explained(engine):
            _prepare(engine, create=create)
        if file_of(url):
            event.listen(engine, "do_connect", only_existing)
    except BaseException:
        engine.dispose()  # nobody else holds it, and an open connection would keep the file or the server busy
        raise
    return engine


def _sqlite(url: URL) -> Engine:
    file = file_of(url)
    if file and missing(file.parent):
        raise StoreError(
            f"the folder {str(file.parent)!r} does not exist: create it, or give the store another path"
        )
    if file and _torn(file):
        raise StoreError(f"the store {str(file)!r} {DAMAGED}")
    connect: dict[str, Any] = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    # The connection that was used last: what it has read is still in its cache.
    pool: dict[str, Any] = {"pool_use_lifo": True} if file else {"poolclass": StaticPool}
    connect["uri"] = True  # a store in memory takes a file beside it by its address; see `beside.py`
    level, url = _synchronous(url)
    engine = create_engine(url, json_serializer=to_json, connect_args=connect, **pool)
    event.listen(engine, "connect", configure_sqlite)
    event.listen(engine, "connect", lambda each, _: each.execute(f"PRAGMA synchronous = {level}"))
    if file:
        event.listen(engine, "connect", lambda _, record: record.info.update(journal=Journal(str(file))))
    event.listen(engine, "begin", begin_sqlite)
    return engine


def _torn(file: Path) -> bool:
    """Tell whether a database file ends within a page, and no journal lies beside it that will mend this.

    SQLite sees that whole pages are missing, but takes what is missing of the last one for zeros.
    """
    try:
        if any(file.with_name(file.name + journal).exists() for journal in ("-wal", "-journal")):
            return False
        with file.open("rb") as opened:
            head = opened.read(18)
        size = file.stat().st_size
    except OSError:
        return False  # opening it will say why
    page = int.from_bytes(head[16:18], "big")  # 1 stands for 65,536
    return head.startswith(b"SQLite format 3\0") and page > 0 and size % (65_536 if page == 1 else page) > 0


def _synchronous(url: URL) -> tuple[str, URL]:
    """Return how strictly a commit waits for the disk, and the address without the word about it."""
    level = str(url.query.get("synchronous", "full"))
    if level.lower() not in LEVELS:
        raise StoreError(f"synchronous={level!r} is not allowed: it is one of {', '.join(LEVELS)}")
    return level, url.difference_update_query(["synchronous"])


def _postgresql(url: URL) -> Engine:
    require("psycopg", "postgres")
    engine = create_engine(
        url,
        json_serializer=to_json,
        connect_args={} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_SECONDS},
        # After waiting for its turn a writer must see what was committed meanwhile.
        isolation_level="READ COMMITTED",
        # A server lends few connections (100 as a rule) to many kernels: one that is idle keeps two, and one to listen.
        pool_size=2,
        max_overflow=18,
        pool_use_lifo=True,
    )
    event.listen(engine, "connect", configure_postgresql)
    event.listen(engine, "checkin", lambda _, record: record.info.update(used=time.monotonic()))
    event.listen(engine, "checkout", partial(_still_there, engine))
    return engine


def _still_there(engine: Engine, driver: Any, record: Any, _: Any) -> None:
    """Ask an old connection whether its server is there, so that one that was restarted is found again at once.

    SQLAlchemy's own `pool_pre_ping` asks before every answer, which costs as much as the answer.
    """
    if time.monotonic() - record.info.get("used", math.inf) < FRESH_SECONDS:
        return
    try:
        engine.dialect.do_ping(driver)
    except engine.dialect.loaded_dbapi.Error:
        raise InvalidatePoolError from None


def _prepare(engine: Engine, *, create: bool) -> None:
    with engine.connect() as connection:
        if _revision(connection) == tables.SCHEMA:
            return
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        take_turn(connection, OPENING)
        found = _revision(connection)  # asked again: another process may have been quicker
        if found is None:
            if not create:
                raise no_store(place_of(engine))
            tables.metadata.create_all(connection)
            connection.execute(text(tables.RESPONSE_VIEW))
            connection.execute(tables.alembic_version.insert().values(version_num=tables.SCHEMA))
        elif found != tables.SCHEMA:
            # Here, because it loads Alembic, which most openings never need.
            from feedback_widgets.store.migrations import migrate

            migrate(connection, found)


def _revision(connection: Connection) -> str | None:
    """Return the revision of the tables, or None where there are none."""
    if tables.alembic_version.name not in inspect(connection).get_table_names():
        return None
    found: str | None = connection.scalar(select(tables.alembic_version.c.version_num))
    return found
