"""The few statements that run for every answer, at the speed of the driver.

They are written in SQLAlchemy Core like all others, so both engines have one source; but each is compiled once per
dialect, and run by the driver's own cursor with plain tuples. What SQLAlchemy does around a statement costs several times
what the engine needs for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import Any, TypeVar

from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.sql import ClauseElement

from feedback_widgets.errors import StoreError
from feedback_widgets.store.journal import Journal

T = TypeVar("T")
Row = tuple[Any, ...]
TRIES = 5
_MARK = object()  # in a template: a value that each call gives


class Statement:
    """A statement with named values (`bindparam`), compiled when a dialect first asks for it.

    Args:
        build: makes the statement, given the dialect's name ("sqlite" or "postgresql").
        columns: for an INSERT, the columns that each row fills, in the order of the table.
    """

    def __init__(self, build: Callable[[str], ClauseElement], columns: Sequence[str] | None = None) -> None:
        self._build, self._columns = build, columns
        self._made: dict[str, tuple[str, list[str], list[Any]]] = {}

    def on(self, dialect: Dialect) -> tuple[str, list[str], list[Any]]:
        """Return the SQL, the names of its values in their order, and the values that are always the same."""
        made = self._made.get(dialect.name)
        if made is None:
            # "?" and "%s" both take tuples, which are quicker than dicts.
            style: Any = {"paramstyle": "qmark" if dialect.name == "sqlite" else "format"}
            plain = type(dialect)(**style)
            compiled: Any = self._build(dialect.name).compile(dialect=plain, column_keys=self._columns)
            names = list(compiled.positiontup or ())
            fixed = compiled.construct_params(_check=False)
            template = [_MARK if fixed[name] is None else fixed[name] for name in names]
            made = self._made[dialect.name] = (str(compiled), names, template)
        return made


class Session:
    """One transaction on one driver's connection. Belongs to the thread that opened it.

    JSON goes in and comes out as text.
    """

    __slots__ = ("_cursor", "dialect", "execute")

    def __init__(self, dialect: Dialect, driver: Any) -> None:
        self.dialect = dialect
        self._cursor = driver.cursor()
        # SQL of one engine, and its values. On PostgreSQL each statement has a cursor of its own: what one was told to do is
        # answered later, and must not be taken for the answer to the next.
        self.execute: Callable[..., Any] = (self._cursor if dialect.name == "sqlite" else driver).execute

    @classmethod
    def of(cls, connection: Connection) -> Session:
        """Return a session within the transaction that SQLAlchemy has begun."""
        return cls(connection.dialect, connection.connection.driver_connection)

    def rows(self, statement: Statement, **values: Any) -> list[Row]:
        """Run a query and return all its rows."""
        sql, names, template = statement.on(self.dialect)
        given = [values[n] if each is _MARK else each for n, each in zip(names, template, strict=True)]
        found: list[Row] = self.execute(sql, given).fetchall()
        return found

    def run(self, statement: Statement, **values: Any) -> None:
        """Run a statement that returns nothing."""
        sql, names, template = statement.on(self.dialect)
        self.execute(
            sql, [values[n] if each is _MARK else each for n, each in zip(names, template, strict=True)]
        )

    def many(self, statement: Statement, rows: Iterable[Row]) -> None:
        """Run a statement once for each row of values."""
        self._of_its_own().executemany(statement.on(self.dialect)[0], rows)

    def add(self, statement: Statement, rows: Sequence[Row]) -> list[int | None]:
        """Insert rows, and return the number that each was given: None for one that was there already.

        On PostgreSQL the statement must be one that returns the number.
        """
        sql = statement.on(self.dialect)[0]
        cursor, run = self._of_its_own(), self.execute
        # SQLite tells by itself, in every version, and no row has to be read back.
        if self.dialect.name == "sqlite":
            numbers: list[int | None] = []
            for row in rows:
                run(sql, row)
                numbers.append(cursor.lastrowid if cursor.rowcount == 1 else None)
            return numbers
        if len(rows) == 1:
            found = run(sql, rows[0]).fetchone()
            return [found[0] if found else None]
        cursor.executemany(sql, rows, returning=True)
        return [found[0] if found else None for found in _results(cursor)]

    def _of_its_own(self) -> Any:
        return self._cursor if self.dialect.name == "sqlite" else self._cursor.connection.cursor()


def _results(cursor: Any) -> Iterator[Row | None]:
    """Yield the one row, or None, of each statement of an `executemany`."""
    yield cursor.fetchone()
    while cursor.nextset():
        yield cursor.fetchone()


class Writer:
    """The connection that a process writes answers with on SQLite, kept from one answer to the next.

    Taking one out of the pool and putting it back costs as much as the insert. Only one thread may use it at a time.
    """

    def __init__(self, engine: Engine, file: str) -> None:
        self._engine, self._file = engine, file
        self._driver: Any = None
        self._session: Session | None = None
        self._journal: Journal | None = None

    def run(self, work: Callable[[Session], T]) -> T:
        """Do `work` in a transaction; it is committed at the end, and taken back by any error."""
        self.mend()
        try:
            session = self._begin()
            done = work(session)
            session.execute("COMMIT")
        except BaseException as error:
            self._take_back(error)
            raise
        return done

    def _begin(self) -> Session:
        """Take the turn to write, on a connection whose log is the one that all others read."""
        for _ in range(TRIES):
            session = self._session or self._open()
            session.execute("BEGIN IMMEDIATE")
            if self._journal is None or self._journal.in_place():
                return session
            # Deleted while we waited: what was written now would be lost.
            session.execute("ROLLBACK")
            self.mend()
        raise StoreError(
            f"the log beside the store {self._file!r} is deleted again and again: let it be; answers wait until then"
        )

    def _open(self) -> Session:
        pooled = self._engine.raw_connection()
        journal: Journal = pooled.info["journal"]
        pooled.detach()  # set up like all others, and not counted among them
        driver: Any = pooled.dbapi_connection
        try:
            journal.look()
            journal.must_be_known(driver)
        except BaseException:
            driver.close()
            raise
        self._driver, self._journal = driver, journal
        self._session = Session(self._engine.dialect, driver)
        return self._session

    def _take_back(self, error: BaseException) -> None:
        driver, failure = self._driver, self._engine.dialect.loaded_dbapi.Error
        try:
            if driver is not None and driver.in_transaction:
                driver.execute("ROLLBACK")
        except failure:
            self.close()  # which takes back as well; the error that led here is the one to tell
        if isinstance(error, failure) and "readonly" in str(error):
            self.close()  # it was opened while the file could not be written, and stays so

    def ready(self) -> None:
        """Make sure that the connection is open, and that its log is the one that everybody reads and writes."""
        self.mend()
        if self._session is None:
            self._open()

    def mend(self) -> bool:
        """Where somebody deleted the log beside the file, bring what it held into the file, and close the connection.

        Return whether that was so.
        """
        if self._journal is None or self._journal.in_place():
            return False
        self._journal.rescue(self._driver)
        self.close()
        self._engine.dispose()  # the readers' connections have it open as well
        return True

    def leave(self) -> Any:
        """Return the connection, open as it is, and use it no more; the next transaction opens another one."""
        driver, self._driver, self._session, self._journal = self._driver, None, None, None
        return driver

    def close(self) -> None:
        """Close the connection; the next transaction opens another one."""
        driver = self.leave()
        if driver is not None:
            driver.close()


@contextmanager
def session(engine: Engine, *, write: bool) -> Iterator[Session]:
    """Open a transaction on a connection of the pool; it is committed at the end, and taken back by any error.

    A reader begins none: each of its statements sees one state by itself.
    """
    pooled = engine.raw_connection()
    try:
        driver: Any = pooled.driver_connection
        with _begun(driver, engine.dialect, write=write):
            yield Session(engine.dialect, driver)
    except engine.dialect.loaded_dbapi.Error as error:
        if engine.dialect.is_disconnect(error, pooled.driver_connection, None):
            pooled.invalidate(error)  # the pool would try to use it once more
        raise
    finally:
        pooled.close()  # back into the pool, which takes back what was not committed


@contextmanager
def _begun(driver: Any, dialect: Dialect, *, write: bool) -> Iterator[None]:
    """Let a connection write in one transaction, or read without any."""
    if dialect.name == "sqlite":
        if write:
            driver.execute("BEGIN IMMEDIATE")
        yield
        if write:
            driver.execute("COMMIT")
        return
    # The server hears of a transaction from us: the driver would begin one for each reader, and wait for its beginning.
    driver.autocommit = True
    try:
        if not write:
            yield
            return
        # Statements wait for each other on the server, not here: one whose answer nobody asks for travels with the next.
        with driver.pipeline() if _pipelines() else nullcontext():
            driver.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            yield
            driver.execute("COMMIT")
    finally:
        if not driver.closed:
            driver.rollback()  # nothing, where it was committed
            driver.autocommit = False


@cache
def _pipelines() -> bool:
    from psycopg import Pipeline

    return Pipeline.is_supported()
