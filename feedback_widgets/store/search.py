"""Finding records in the database: one statement per query, which returns ids in order and reads no record.

The words come from the full-text index, metadata and suggestions and answers are compared as JSON where they lie. Nothing is
written but the index itself (see `fulltext`), and no lock is held while it is searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from feedback_widgets.store.fulltext import caught_up, match
from feedback_widgets.store.json_sql import PostgresqlJson, SqliteJson, Values

NEWEST = 2**62  # a `seq` that no record reaches

if TYPE_CHECKING:
    from feedback_widgets.query import Query
    from feedback_widgets.store.log import Store
    from feedback_widgets.words import Term


def find(
    store: Store, dataset: str, query: Query, groups: Sequence[Sequence[Term]] = (), upto: int = NEWEST
) -> list[str]:
    """Return the ids of the records that a query wants, in its order; `status`, `similar_to` and `limit` are not looked at.

    Args:
        store: where the dataset is kept.
        dataset: its id.
        query: what to find.
        groups: the query's text, parsed.
        upto: the highest `seq` of a record that counts.

    Raises:
        StoreError: the store cannot be read, or the index not written.
    """
    statement = _statement(store, dataset, query, groups, upto)
    with store._reading() as connection:  # noqa: SLF001 - the same room
        cursor: Any = connection.execute(text(statement.sql()), statement.values.given).cursor
        return [each[0] for each in cursor]  # the driver's own rows: there may be a million


def glance(
    store: Store, dataset: str, query: Query, groups: Sequence[Sequence[Term]], upto: int, number: int
) -> tuple[int, list[str]]:
    """Return how many records a query wants, and the first ids of them; where only words are wanted, both come from the index."""
    statement = _statement(store, dataset, query, groups, upto)
    given = {**statement.values.given, "number": number}
    with store._reading() as connection:  # noqa: SLF001
        total = connection.scalar(text(statement.count()), statement.values.given) or 0
        return total, list(connection.scalars(text(f"{statement.sql()} LIMIT :number"), given))


def _statement(
    store: Store, dataset: str, query: Query, groups: Sequence[Sequence[Term]], upto: int
) -> _Statement:
    statement = _Statement(store.engine.dialect.name, dataset)
    if groups:
        index = caught_up(store, dataset)
        statement.words(match(index, groups, query.fields, store.engine.dialect.name))
    known = f"{statement.seq} <= {statement.values(upto)}"
    statement.where.append(known)
    statement.asked.append(known)
    for name, wanted in (query.metadata or {}).items():
        statement.where.append(statement.json.fits("r.metadata", wanted, name))
    for question, asked in (query.suggestions or {}).items():
        statement.suggestion(question, asked)
    if query.answers:
        statement.answers(query.answers, query.user)
    for key in query.sort or ():
        statement.sort(key)
    return statement


class _Statement:
    """The statement, put together condition by condition."""

    def __init__(self, dialect: str, dataset: str) -> None:
        self.sqlite = dialect == "sqlite"
        self.dataset = dataset
        self.values = Values()
        self.json = SqliteJson(self.values) if self.sqlite else PostgresqlJson(self.values)
        self.tables = "record AS r"
        self.where = [f"r.dataset_id = {self.values(dataset)}"]
        self.seq = "r.seq"
        self.asked: list[str] = []  # of the words
        self.keys: list[str] = []  # what is sorted by, computed once per record
        self.order: list[str] = []

    def sql(self) -> str:
        fits = f"FROM {self.tables} WHERE {' AND '.join(self.where)}"
        if not self.keys:
            return f"SELECT r.id {fits} ORDER BY {', '.join([*self.order, self.seq])}"
        keys = ", ".join(f"{key} AS k{at}" for at, key in enumerate(self.keys))
        return (
            f"WITH f AS MATERIALIZED (SELECT r.id AS id, r.seq AS seq, {keys} {fits})"  # noqa: S608
            f" SELECT id FROM f ORDER BY {', '.join([*self.order, 'seq'])}"
        )

    def count(self) -> str:
        """Return the statement that counts, where nothing but words is wanted."""
        return f"SELECT count(*) FROM search_words AS w WHERE {' AND '.join(self.asked)}"  # noqa: S608

    def words(self, said: str) -> None:
        if self.sqlite:  # CROSS: the index first, and records only where it says so
            self.tables, self.seq = "search_words AS w CROSS JOIN record AS r", "w.rowid"
            self.asked.append(f"search_words MATCH {self.values(said)}")
        else:
            self.tables, self.seq = "search_words AS w JOIN record AS r ON r.seq = w.seq", "w.seq"
            self.asked.append(f"w.words @@ CAST({self.values(said)} AS tsquery)")
        self.where += [f"r.seq = {self.seq}", *self.asked]

    def suggestion(self, question: str, asked: dict[str, Any]) -> None:
        mine = [self._suggestions_of(question)]
        mine += [self.json.fits(f"s.{part}", asked[part]) for part in ("value", "score") if part in asked]
        if "agent" in asked:
            agents = (asked["agent"],) if isinstance(asked["agent"], str) else asked["agent"]
            mine.append(f"s.agent IN ({', '.join(self.values(each) for each in agents)})")
        self.where.append(f"EXISTS (SELECT 1 FROM suggestion AS s WHERE {' AND '.join(mine)})")  # noqa: S608

    def _suggestions_of(self, question: str) -> str:
        return f"s.dataset_id = r.dataset_id AND s.record_id = r.id AND s.question = {self.values(question)}"

    def answers(self, wanted: Any, user: str | None) -> None:
        mine = ["a.dataset_id = r.dataset_id", "a.record_id = r.id"]
        if user is not None:
            mine.append(f"a.user_id = {self.values(user)}")
        mine += [self.json.fits("a.answers", value, question) for question, value in wanted.items()]
        self.where.append(f"EXISTS (SELECT 1 FROM response AS a WHERE {' AND '.join(mine)})")  # noqa: S608

    def sort(self, key: str) -> None:
        down = " DESC" if key.startswith("-") else ""
        kind, _, name = key.removeprefix("-").partition(".")
        if kind in ("added", "updated"):
            self.order.append(self._key("r.seq" if kind == "added" else "r.updated_at") + down)
            return
        if kind == "metadata":
            found = self.json.order("r.metadata", name)
        else:
            found = self._suggested(
                name.removesuffix(".score"), "score" if name.endswith(".score") else "value"
            )
        number, words = (self._key(each) for each in found)
        self.order += [
            f"CASE WHEN {number} IS NULL AND {words} IS NULL THEN 1 ELSE 0 END",
            f"CASE WHEN {number} IS NULL THEN 1 ELSE 0 END{down}",
            f"{number}{down}",
            f"{words}{down}",
        ]

    def _key(self, value: str) -> str:
        self.keys.append(value)
        return f"k{len(self.keys) - 1}"

    def _suggested(self, question: str, part: str) -> tuple[str, str]:
        """Return the highest number and the highest text that is suggested, of each record."""
        number, words = self.json.order(f"s.{part}", None)
        name = f"s{len(self.keys)}"
        mine = f"s.dataset_id = {self.values(self.dataset)} AND s.question = {self.values(question)}"
        highest = (
            f"(SELECT s.record_id, max({number}) AS number, max({words}) AS words"  # noqa: S608
            f" FROM suggestion AS s WHERE {mine} GROUP BY s.record_id) AS {name}"
        )
        self.tables += f" LEFT JOIN {highest} ON {name}.record_id = r.id"
        return f"{name}.number", f"{name}.words"
