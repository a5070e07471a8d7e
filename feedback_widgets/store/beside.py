"""What SQLite copies by itself: the rows of a file, put beside a store in memory, go straight into its tables.

Nothing passes through Python, and all of it is read at one moment. Only a store in memory takes a file beside it: it has one
connection, and nobody else waits for it meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Select, Table, column, insert, table
from sqlalchemy.engine import Connection

from feedback_widgets.store.engine import explained, file_of

if TYPE_CHECKING:
    from feedback_widgets.store.log import Store

Part = tuple[Table, Sequence[Column[Any]], Select[Any]]  # where to, which of its columns, and what
NAME = "source"  # what the file is called while it is there


@contextmanager
def attached(source: Store, target: Store) -> Iterator[bool]:
    """Put the file of `source` beside `target`, if the one is a file and the other in memory; yield whether it is there.

    Raises:
        StoreError: the file cannot be read.
    """
    file = file_of(source.engine.url)
    if file is None or target.engine.url.database:
        yield False
        return
    with target._turn:  # noqa: SLF001 - the same room
        pooled = target.engine.raw_connection()
        try:
            driver: Any = pooled.driver_connection
            with explained(source.engine):
                source._must_be_in_place()  # noqa: SLF001
                # Never made where it is missing; see `dialects.only_existing`.
                driver.execute(f"ATTACH ? AS {NAME}", (f"{file.absolute().as_uri()}?mode=rw",))
            try:
                yield True
            finally:
                driver.execute(f"DETACH {NAME}")
        finally:
            pooled.close()


def copy(source: Store, connection: Connection, parts: Iterable[Part]) -> None:
    """Copy what the queries find in the attached file into the tables of the store in memory.

    Raises:
        StoreError: the file cannot be read, or is another one by now.
    """
    with explained(source.engine):
        for there, columns, query in parts:
            names = [each.name for each in columns]
            here = table(there.name, *map(column, names), schema="main")
            connection.execute(
                insert(here).from_select(names, query),
                execution_options={"schema_translate_map": {None: NAME}},
            )
    source._must_be_in_place()  # noqa: SLF001 - the same room
