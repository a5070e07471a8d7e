"""Full text: an index of the words of all records, made when somebody first searches, and caught up at every search.

Whoever only adds and answers pays nothing for it. The index is derived from the records, so it belongs to no schema version:
it is made where it is missing, and made anew where `VERSION` differs.

Words are folded here (`feedback_widgets.words`) and carry the numbers of their dataset and field: `2x0xrefund`. Both engines
keep such tokens as they are (SQLite in an FTS5 table, PostgreSQL in a `tsvector`), so both find the same. One token without
a word, `2x`, stands in every record: what is left when others are taken away.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from feedback_widgets.store.dialects import take_turn
from feedback_widgets.words import Term, words

if TYPE_CHECKING:
    from feedback_widgets.store.log import Store

VERSION = 1  # of what is kept in the index; another one is thrown away
PORTION = 1000  # records taken in by one transaction: an annotator's answer never waits for more
ROOM = 900_000  # bytes of tokens per record: PostgreSQL keeps less than a megabyte
LAST_PLACE = 16_383  # PostgreSQL counts no further
TURN = "feedback_widgets: search"
TABLES = ("search_index", "search_words")
NOTHING = "0x"  # datasets are numbered from 1

_INDEX = (
    "CREATE TABLE search_index (number {0}, dataset_id VARCHAR(32) NOT NULL UNIQUE REFERENCES dataset (id)"
    " ON DELETE CASCADE, version INTEGER NOT NULL, fields TEXT NOT NULL, upto BIGINT NOT NULL)"
)
# The tokens are kept beside their index, so that those of a deleted record can be taken out of it.
_WORDS = "CREATE VIRTUAL TABLE search_words USING fts5(words, tokenize = 'ascii', columnsize = 0)"
_GONE = (
    "CREATE TRIGGER search_words_gone AFTER DELETE ON record BEGIN"
    " DELETE FROM search_words WHERE rowid = old.seq; END"
)
_SQLITE = (_INDEX.format("INTEGER PRIMARY KEY AUTOINCREMENT"), _WORDS, _GONE)
_POSTGRESQL = (
    _INDEX.format("SERIAL PRIMARY KEY"),
    "CREATE TABLE search_words (seq BIGINT PRIMARY KEY REFERENCES record (seq) ON DELETE CASCADE, words TSVECTOR NOT NULL)",
    "CREATE INDEX search_words_words ON search_words USING gin (words)",
)
_AFTER = (
    "SELECT seq, CAST(fields AS TEXT) FROM record WHERE dataset_id = :d AND seq > :seq ORDER BY seq LIMIT :n"
)
_THERE = "SELECT seq FROM record WHERE dataset_id = :d AND seq BETWEEN :first AND :last"

_made: weakref.WeakSet[Store] = weakref.WeakSet()  # stores that are known to hold the tables


class Index(NamedTuple):
    """How far the index of one dataset has come.

    Args:
        number: the dataset's number in it.
        fields: field names; their places are their numbers.
        upto: the highest `seq` of a record that is in it.
    """

    number: int
    fields: list[str]
    upto: int


def caught_up(store: Store, dataset: str) -> Index:
    """Bring the index up to the newest record, and return it. Several kernels may do so at once.

    Words are found outside the write lock; it is taken for a portion of records at a time.

    Raises:
        StoreError: the store cannot be read, or not written where there was something to take in.
    """
    if store not in _made:
        _make(store)
    while True:
        with store._reading() as connection:  # noqa: SLF001 - the same room
            index = _index(connection, dataset)
            rows = _after(connection, dataset, index.upto) if index else []
        if index and not rows:
            return index
        if index is None:
            _begin(store, dataset)
        else:
            _take_in(store, dataset, index, rows)


def _make(store: Store) -> None:
    with store._reading() as connection:  # noqa: SLF001
        there = set(TABLES) <= set(inspect(connection).get_table_names())
    if not there:
        with store._writing() as connection:  # noqa: SLF001
            take_turn(connection, TURN)
            if not set(TABLES) <= set(inspect(connection).get_table_names()):
                for statement in _POSTGRESQL if connection.dialect.name == "postgresql" else _SQLITE:
                    connection.exec_driver_sql(statement)
    _made.add(store)


def _index(connection: Connection, dataset: str) -> Index | None:
    row = connection.execute(
        text("SELECT number, fields, upto FROM search_index WHERE dataset_id = :d AND version = :v"),
        {"d": dataset, "v": VERSION},
    ).one_or_none()
    return None if row is None else Index(row.number, json.loads(row.fields), row.upto)


def _begin(store: Store, dataset: str) -> None:
    """Give the dataset a number; what another version of this code has kept of it goes."""
    with store._writing() as connection:  # noqa: SLF001
        take_turn(connection, TURN)
        if _index(connection, dataset):
            return
        given = {"d": dataset, "v": VERSION}
        key = "seq" if connection.dialect.name == "postgresql" else "rowid"
        if connection.scalar(text("SELECT 1 FROM search_index WHERE dataset_id = :d"), given):
            gone = f"DELETE FROM search_words WHERE {key} IN (SELECT seq FROM record WHERE dataset_id = :d)"  # noqa: S608
            connection.execute(text(gone), given)
            connection.execute(text("DELETE FROM search_index WHERE dataset_id = :d"), given)
        connection.execute(
            text("INSERT INTO search_index (dataset_id, version, fields, upto) VALUES (:d, :v, '[]', 0)"),
            given,
        )


def _after(connection: Connection, dataset: str, seq: int) -> list[tuple[int, str]]:
    found = connection.execute(text(_AFTER), {"d": dataset, "seq": seq, "n": PORTION})
    return [(each[0], each[1]) for each in found]


def _take_in(store: Store, dataset: str, index: Index, rows: Sequence[tuple[int, str]]) -> None:
    names = list(index.fields)
    tokens = [(seq, _tokens(index.number, names, json.loads(fields))) for seq, fields in rows]
    with store._writing() as connection:  # noqa: SLF001
        take_turn(connection, TURN)
        if _index(connection, dataset) != index:
            return  # another kernel was quicker
        there = _still_there(connection, dataset, rows[0][0], rows[-1][0])
        if connection.dialect.name == "postgresql":
            adding = "INSERT INTO search_words (seq, words) VALUES (%s, CAST(%s AS tsvector))"
            wanted = [(seq, _tsvector(each)) for seq, each in tokens if seq in there]
        else:
            adding = "INSERT INTO search_words (rowid, words) VALUES (?, ?)"
            wanted = [(seq, " ".join(each)) for seq, each in tokens if seq in there]
        if wanted:
            connection.exec_driver_sql(adding, wanted)
        connection.execute(
            text("UPDATE search_index SET fields = :names, upto = :upto WHERE dataset_id = :d"),
            {"names": json.dumps(names), "upto": rows[-1][0], "d": dataset},
        )


def _tokens(number: int, names: list[str], fields: dict[str, Any]) -> list[str]:
    """Return the tokens of one record; a field seen for the first time is added to `names`."""
    made = [f"{number}x"]
    size = 0
    for name, content in fields.items():
        if name not in names:
            names.append(name)
        lead = f"{number}x{names.index(name)}x"
        for word in content_words(content):
            size += len(lead) + 8 + (len(word) if word.isascii() else 4 * len(word))
            if size > ROOM:
                return made
            made.append(lead + word)
    return made


def content_words(content: Any) -> Iterator[str]:
    """Yield the words of a field's content: of every text in it, whatever it is made of, but no embedded pictures.

    >>> list(content_words([{"role": "user", "content": "Hi there"}]))
    ['hi', 'there']
    """
    if isinstance(content, str):
        if not content.startswith("data:"):
            yield from words(content)
    elif isinstance(content, dict):
        for name, each in content.items():
            if not (name == "role" and "content" in content):  # who speaks is no part of what is said
                yield from content_words(each)
    elif isinstance(content, list):
        for each in content:
            yield from content_words(each)
    elif content is not None and not isinstance(content, bool):
        yield from words(str(content))


# -- asking ------------------------------------------------------------------------------------------------------------


def match(index: Index, groups: Iterable[Sequence[Term]], scope: Sequence[str] | None, dialect: str) -> str:
    """Return the query in the engine's own language.

    Args:
        index: of the dataset that is asked.
        groups: what was searched, as `words.parse` returns it.
        scope: fields to look in where a term names none; None for all.
        dialect: `sqlite` or `postgresql`.
    """
    said = _Said(index, scope, _fts5 if dialect == "sqlite" else _tsquery)
    return said.all_of(groups)


class _Said:
    """A query put into words of one engine; both know brackets and quoted tokens, and differ in how a term is written."""

    def __init__(self, index: Index, scope: Sequence[str] | None, write: Any) -> None:
        self.index, self.scope, self.write = index, scope, write
        self.either, self.both, self.without = write(None)
        self.every = write(([f"{index.number}x"], False))

    def all_of(self, groups: Iterable[Sequence[Term]]) -> str:
        wanted = [self._any(group) for group in groups if not (len(group) == 1 and group[0].negative)]
        unwanted = [self._term(group[0]) for group in groups if len(group) == 1 and group[0].negative]
        found = self.both.join(wanted or [self.every])
        return f"({found}){self.without}({self.either.join(unwanted)})" if unwanted else found

    def _any(self, group: Sequence[Term]) -> str:
        said = [
            f"({self.every}{self.without}{self._term(term)})" if term.negative else self._term(term)
            for term in group
        ]
        return f"({self.either.join(said)})"

    def _term(self, term: Term) -> str:
        names = [term.field] if term.field else self.index.fields if self.scope is None else self.scope
        places = [self.index.fields.index(name) for name in names if name in self.index.fields]
        leads = [f"{self.index.number}x{place}x" for place in places]
        ways = [self.write(([lead + word for word in term.words], term.prefix)) for lead in leads]
        return f"({self.either.join(ways or [self.write(([NOTHING], False))])})"


def _fts5(term: tuple[list[str], bool] | None) -> Any:
    if term is None:
        return " OR ", " AND ", " NOT "
    tokens, prefix = term
    return f'"{" ".join(tokens)}"' + (" *" if prefix else "")


def _tsquery(term: tuple[list[str], bool] | None) -> Any:
    if term is None:
        return " | ", " & ", " & !"
    tokens, prefix = term
    quoted = [f"'{each}'" for each in tokens]
    return f"({' <-> '.join(quoted)}{':*' if prefix else ''})"


def _tsvector(tokens: Sequence[str]) -> str:
    return " ".join(f"'{token}':{min(place, LAST_PLACE)}" for place, token in enumerate(tokens, 1))


def _still_there(connection: Connection, dataset: str, first: int, last: int) -> set[int]:
    """Return which records were not deleted since they were read, and keep them from it until the commit."""
    keep = " FOR KEY SHARE" if connection.dialect.name == "postgresql" else ""
    return set(connection.scalars(text(_THERE + keep), {"d": dataset, "first": first, "last": last}))
