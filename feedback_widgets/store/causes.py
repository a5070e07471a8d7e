"""What can go wrong with a store, as sentences: the store, the cause, the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DatabaseError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from feedback_widgets.errors import InvalidInput, StoreError
from feedback_widgets.store.dialects import BUSY_SECONDS

READ_ONLY = "is read-only: make the file and its folder writable; answers wait until then"
FULL = "has no room left: free some disk space; answers wait until then"
BUSY = f"is busy: another process has been writing for {BUSY_SECONDS:.0f} s; answers wait until it ends"
DAMAGED = "is damaged: restore a backup copy, or recover the file with the sqlite3 command's .recover"
UNKNOWN_RECORD = "does not know the record of this answer: add the record first"
GONE = "cannot be reached: check the address, and that the server is running; answers wait until it is back"
CROWDED = "takes no more connections: close idle kernels, or raise max_connections on the server; answers wait until then"
STRANGER = "does not let this user in: check the user's name and the password"
NO_DATABASE = "does not exist: create the database on the server (createdb), or check the name in the address"
FORBIDDEN = (
    "does not let this user do that: ask its owner to GRANT CREATE on the schema and rights on its tables"
)
SERVER_READ_ONLY = (
    "is read-only: give the address of the primary server, or make it writable; answers wait until then"
)

# PostgreSQL's codes, whatever language the server speaks; a code's first two characters stand for its whole class.
_STATES = {
    "08": GONE,
    "23503": UNKNOWN_RECORD,
    "25006": SERVER_READ_ONLY,
    "28": STRANGER,
    "3D000": NO_DATABASE,
    "42501": FORBIDDEN,
    "53100": FULL,
    "53300": CROWDED,
    "55P03": BUSY,
    "57P": GONE,
}

# What SQLite says; and what PostgreSQL's client says while connecting, which carries no code. The first mark found counts.
_MARKS = {
    "file is not a database": "is not a SQLite database: choose another path, or move that file away",
    "unable to open database": "cannot be opened: check that the path is a file you may read and write",
    "readonly": READ_ONLY,
    "database or disk is full": FULL,
    "database is locked": BUSY,
    "malformed": DAMAGED,
    "disk i/o error": "cannot be read or written (disk I/O error): check the disk and its free space",
    "FOREIGN KEY": UNKNOWN_RECORD,
    "too many clients": CROWDED,
    "too many connections": CROWDED,
    "remaining connection slots": CROWDED,
    "authentication failed": STRANGER,
    "no password supplied": STRANGER,
    "no pg_hba.conf entry": STRANGER,
    "permission denied for database": STRANGER,
    "is not permitted to log in": STRANGER,
    'role "': STRANGER,
    'database "': NO_DATABASE,
    "connection": GONE,
    "starting up": GONE,
    "shutting down": GONE,
    "resolve host": GONE,
    "translate host": GONE,
    "timeout expired": GONE,
}


def place_of(engine: Engine) -> str:
    """Name the store for people: the file's path, the server's address without any password, or "memory"."""
    url = engine.url
    if url.get_backend_name() == "sqlite":
        return url.database or "memory"
    return shown(url)


def shown(url: URL) -> str:
    """Render an address without its password, wherever it stands."""
    hidden = {key: "***" for key in url.query if key in ("password", "sslpassword")}
    return url.update_query_dict(hidden).render_as_string(hide_password=True)


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn the driver's errors into a `StoreError` whose sentence names the store, the cause and the remedy."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - raised again, whatever it is
        explain(engine, error)


def explain(engine: Engine, error: Exception) -> NoReturn:
    """Raise an error as the sentence it means, or as it is where it is none of the store's."""
    driver = engine.dialect.loaded_dbapi  # what `quick` runs raises the driver's own errors
    if isinstance(
        error, UnicodeEncodeError
    ):  # a name, an agent, an external_id; texts inside JSON are escaped
        raise InvalidInput(
            f"{error.object!r} cannot be kept: it holds half a surrogate pair, which is no character; remove it"
        ) from error
    if not isinstance(error, (SQLAlchemyError, driver.Error)):
        raise error
    if isinstance(_origin(error), driver.DataError) and "NUL" in str(_origin(error)):
        # PostgreSQL's text columns; texts inside JSON are escaped
        raise InvalidInput(
            "a name cannot be kept on PostgreSQL: it holds a NUL character (U+0000); remove it"
        ) from error
    words = _cause(error, engine.url)
    if words == READ_ONLY:
        # SQLite opens such a file for reading only, and a connection stays what it was opened as.
        engine.dispose()
    raise StoreError(f"the store {place_of(engine)!r} {words}") from error


def _origin(error: BaseException) -> BaseException | None:
    """Return the driver's own error."""
    if isinstance(error, DatabaseError):
        return error.orig
    return None if isinstance(error, SQLAlchemyError) else error


def _cause(error: BaseException, url: URL) -> str:
    if isinstance(error, PoolTimeout):
        return "is busy: all of this process's connections are in use; try again"
    driver = _origin(error)
    state = getattr(driver, "sqlstate", None) or ""
    for mark, words in _STATES.items():
        if state.startswith(mark):
            return words
    said = str(driver or error)
    for mark, words in _MARKS.items():
        if mark.lower() in said.lower():
            return words
    return f"refused: {said.replace(url.password, '***') if url.password else said}"
