"""Examine a store without changing it: whether the file is whole, the schema known, and every answer fits its question."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import JSON, column, create_engine, func, inspect, select, table
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import StaticPool

from feedback_widgets.errors import InvalidInput
from feedback_widgets.settings import Settings
from feedback_widgets.store import tables
from feedback_widgets.store.engine import _postgresql, explained, file_of, no_store, store_url
from feedback_widgets.store.event import now

REMEDY = "restore a backup copy, or recover the file with the sqlite3 command's .recover"
RESPONSE = table(
    "response",
    *(column(name) for name in ("dataset_id", "record_id", "user_id", "status", "settings_version")),
    column("answers", JSON),
)


class Finding(NamedTuple):
    """One line of the report."""

    good: bool
    text: str


def examine(place: str | os.PathLike[str]) -> Iterator[Finding]:
    """Yield what is found at `place`, one line each, most basic first.

    Raises:
        StoreError: there is no store, or nothing of it can be read.
    """
    url = store_url(place)
    file = file_of(url)
    if file is not None and not file.is_file():
        raise no_store(str(file))
    engine = _only_reading(file) if file is not None else _postgresql(url)
    try:
        with explained(engine), engine.connect() as connection:
            if file is not None:
                yield from _file(connection, file)
            schema = _schema(connection)
            yield schema
            if schema.good:
                for check in (_leases, _datasets):
                    yield from _guarded(partial(check, connection))
    finally:
        engine.dispose()


def _only_reading(file: Path) -> Engine:
    """Open the file as it is: no table is made, nothing is migrated or written."""

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        return connection

    return create_engine(URL.create("sqlite", database=str(file)), creator=connect, poolclass=StaticPool)


def _guarded(check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """Report a damaged page as a finding: the checks after it may still tell something."""
    try:
        yield from check()
    except (SQLAlchemyError, ValueError) as error:
        yield Finding(good=False, text=f"cannot be read: {getattr(error, 'orig', error)}; {REMEDY}")


def _file(connection: Connection, file: Path) -> Iterator[Finding]:
    connection.exec_driver_sql("SELECT count(*) FROM sqlite_schema")  # refuses what is no database
    mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
    slow = "" if mode == "wal" else ", not WAL: readers and writers wait for each other"
    yield Finding(good=True, text=f"journal: {mode}{slow}")
    log = file.with_name(file.name + "-wal")
    sizes = [file.stat().st_size, log.stat().st_size if log.exists() else 0]
    yield Finding(good=True, text=f"size: {_size(sizes[0])} and {_size(sizes[1])} in its log")
    yield from _guarded(partial(_integrity, connection))
    yield from _guarded(partial(_foreign_keys, connection))


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def _integrity(connection: Connection) -> Iterator[Finding]:
    said = [str(line) for line in connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars()]
    if said == ["ok"]:
        yield Finding(good=True, text="integrity: whole")
    else:
        first = " ".join(said[0].split())
        yield Finding(good=False, text=f"integrity: damaged ({first}): {REMEDY}")


def _foreign_keys(connection: Connection) -> Iterator[Finding]:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        yield Finding(
            good=False,
            text=f"references: {len(broken)} rows of {broken[0][0]!r} and others lead nowhere: {REMEDY}",
        )
    else:
        yield Finding(good=True, text="references: all lead somewhere")


def _schema(connection: Connection) -> Finding:
    if tables.alembic_version.name not in inspect(connection).get_table_names():
        return Finding(good=False, text="schema: none; this is no store of feedback_widgets")
    found = connection.scalar(select(tables.alembic_version.c.version_num)) or "none"
    if found == tables.SCHEMA:
        return Finding(good=True, text=f"schema: {found}")
    if found < tables.SCHEMA:
        return Finding(
            good=True, text=f"schema: {found}, migrated to {tables.SCHEMA} when the store is opened next"
        )
    return Finding(
        good=False,
        text=f"schema: {found}, this version reads {tables.SCHEMA}: install the newest feedback_widgets",
    )


def _leases(connection: Connection) -> Iterator[Finding]:
    lease = tables.lease.c
    held = connection.scalar(select(func.count()).select_from(tables.lease)) or 0
    expired = connection.scalar(select(func.count()).where(lease.expires_at <= now())) or 0
    yield Finding(good=True, text=f"leases: {held}, of which {expired} expired and free for others")


def _datasets(connection: Connection) -> Iterator[Finding]:
    dataset = tables.dataset.c
    names = select(dataset.id, dataset.workspace, dataset.name).order_by(dataset.workspace, dataset.name)
    for key, workspace, name in connection.execute(names).all():
        yield from _guarded(partial(_counts, connection, key, f"{workspace}/{name}"))
        yield from _guarded(partial(_answers, connection, key, f"{workspace}/{name}"))


def _counts(connection: Connection, key: str, name: str) -> Iterator[Finding]:
    record, event = tables.record.c, tables.response_event.c
    live = (RESPONSE.c.dataset_id == key, RESPONSE.c.status != "forgotten")
    records = connection.scalar(select(func.count()).where(record.dataset_id == key))
    events = connection.scalar(select(func.count()).where(event.dataset_id == key))
    answers = connection.scalar(select(func.count()).select_from(RESPONSE).where(*live))
    people = connection.scalar(select(func.count(RESPONSE.c.user_id.distinct())).where(*live))
    yield Finding(
        good=True,
        text=f"{name}: {records} records, {events} events, {people} annotators, {answers} current answers",
    )


def _answers(connection: Connection, key: str, name: str) -> Iterator[Finding]:
    """Check every current answer: whole by the form it was given under, and each value by the newest one."""
    version = tables.settings_version.c
    forms = (
        select(version.version, version.settings).where(version.dataset_id == key).order_by(version.version)
    )
    try:
        known = {row.version: Settings.from_dict(row.settings) for row in connection.execute(forms)}
    except InvalidInput as error:  # a question type that is defined in somebody's notebook
        yield Finding(good=True, text=f"{name}: answers are not checked, because {error}")
        return
    newest = max(known)
    r = RESPONSE.c
    query = select(r.record_id, r.user_id, r.status, r.answers, r.settings_version).where(
        r.dataset_id == key, r.status != "forgotten"
    )
    misfits = []
    for row in connection.execute(query.execution_options(yield_per=1000)):
        try:
            # A question that came later, or became required, is open in the answers of before.
            known.get(row.settings_version, known[newest]).check_answers(row.answers, row.status)
            known[newest].check_answers(row.answers, "draft")
        except InvalidInput as error:
            misfits.append(f"{row.user_id or 'nobody named'} on record {row.record_id}: {error}")
    if misfits:
        yield Finding(
            good=False,
            text=f"{name}: {len(misfits)} answers no longer fit their question, first {misfits[0]}",
        )


def summary(findings: list[Finding]) -> str:
    """Say the result in one line."""
    bad = sum(not each.good for each in findings)
    return "the store is well" if not bad else f"{bad} of {len(findings)} findings need care"
