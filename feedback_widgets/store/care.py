"""Care for a store: a person's answers erased for good, and a copy made while it is in use."""

from __future__ import annotations

import os
import sqlite3
import warnings
from contextlib import closing
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError

from feedback_widgets.errors import InvalidInput, StoreError
from feedback_widgets.store import assignments, reviews, tables
from feedback_widgets.store.dialects import serves, take_turn
from feedback_widgets.store.event import Event, new_id, now
from feedback_widgets.store.log import Store
from feedback_widgets.store.quick import Session

PAGES = 2000  # copied at a time, so that an interrupt of the kernel is heard


def forget(store: Store, dataset: str, user: str) -> int:
    """Erase what a person did in a dataset, in one transaction, and return the number of events erased.

    With it goes what they decided as a reviewer, and what other reviewers decided about or adopted from their answers.

    Each event stays in the log under its id, so that a page which sends it again changes nothing; but under a fresh number,
    so that every other kernel hears of it, and with nothing in it but its record, its time, and a pseudonym.
    """
    if not isinstance(user, str) or not user:
        raise InvalidInput(f"a person's name must be a non-empty text, got {user!r}")
    t = tables.response_event
    pseudonym = f"forgotten-{new_id()[:12]}"
    kept = select(t.c.id, t.c.record_id, t.c.received_at, t.c.settings_version)
    with store._writing() as connection:  # noqa: SLF001 - the same room
        take_turn(connection, dataset)
        if serves(store.engine, "sqlite"):
            connection.exec_driver_sql(
                "PRAGMA secure_delete = ON"
            )  # should there be no room for the VACUUM below
        mine = (t.c.dataset_id == dataset, t.c.user_id == user)
        rows = connection.execute(kept.where(*mine).order_by(t.c.seq)).all()
        connection.execute(delete(t).where(*mine))
        leased = tables.lease.c
        connection.execute(delete(tables.lease).where(leased.dataset_id == dataset, leased.user_id == user))
        assignments.erase(connection, dataset, user)
        reviewed = reviews.erase(connection, dataset, user, pseudonym)
        erased = [
            Event(
                id=row.id,
                record_id=row.record_id,
                user_id=pseudonym,
                status="forgotten",
                received_at=row.received_at,
                settings_version=row.settings_version,
            )
            for row in rows
        ]
        store._insert(Session.of(connection), dataset, erased, now())  # noqa: SLF001
    _wipe(store)
    return len(rows) + reviewed


def _wipe(store: Store) -> None:
    """Write the store anew, without the bytes of what was deleted: these stay behind in half-empty pages and in the WAL."""
    try:
        left = _wipe_file(store) if serves(store.engine, "sqlite") else _wipe_server(store)
    except (sqlite3.Error, SQLAlchemyError) as error:
        left = str(getattr(error, "orig", error))
    if left:
        warnings.warn(
            f"the answers are erased, but their bytes may still stand in free parts of {store.place!r} ({left}): "
            "remedy that and call forget_user again",
            stacklevel=4,
        )


def _wipe_file(store: Store) -> str:
    if not store.durable:
        return ""
    with store._turn, closing(store.engine.raw_connection()) as pooled:  # noqa: SLF001 - the same room
        connection = pooled.driver_connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101 - for the type checker
        connection.execute("VACUUM")
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return "another program reads it" if busy else ""


def _wipe_server(store: Store) -> str:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM FULL response_event")
        connection.exec_driver_sql("VACUUM FULL review_event")
    return ""


def backup(store: Store, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Copy a store while it is in use, and return the path of the copy: the state of one moment, on disk, complete.

    Raises:
        StoreError: the store is not a file, the path is taken, or the copy could not be written.
    """
    if not serves(store.engine, "sqlite"):
        raise StoreError(f"the store {store.place!r} is kept by a PostgreSQL server: copy it with pg_dump")
    if not store.durable:
        raise StoreError("a dataset in memory has no file to copy: save(...) it first")
    return backup_file(Path(store.place), path, overwrite=overwrite)


def backup_file(source: Path, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Copy a SQLite file as `backup` does, without opening it as a store."""
    target = Path(path).expanduser().absolute()
    _check_target(target, overwrite=overwrite)
    part = target.with_name(f".{target.name}.{new_id()[:8]}.part")
    try:
        _copy(source.absolute(), part)
        os.replace(part, target)  # noqa: PTH105 - atomic, and says so
        _sync(target.parent)
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{str(source)!r} could not be copied to {str(target)!r}: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return target


def _check_target(target: Path, *, overwrite: bool) -> None:
    if not target.parent.is_dir():
        raise StoreError(
            f"the folder {str(target.parent)!r} does not exist: create it, or choose another path"
        )
    if target.exists() and not overwrite:
        raise StoreError(
            f"there is a file at {str(target)!r} already: choose another path, or give overwrite=True"
        )
    if any(target.with_name(target.name + tail).exists() for tail in ("-wal", "-journal")):
        # Its log would be played into the copy.
        raise StoreError(f"{str(target)!r} is a store in use: choose another path")


def _copy(source: Path, target: Path) -> None:
    """Copy all pages as of one moment. The open read transaction keeps that moment, so writers need not wait or be waited for."""
    with (
        closing(sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True, isolation_level=None)) as reading,
        closing(sqlite3.connect(target, isolation_level=None)) as writing,
    ):
        reading.execute("BEGIN")
        reading.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        reading.backup(writing, pages=PAGES)
    _sync(target)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
