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

if TYPE_CHECKING:
    from feedback_widgets.query import Query
    from feedback_widgets.store.log import Store
    from feedback_widgets.words import Term


def find(store: Store, dataset: str, query: Query, groups: Sequence[Sequence[Term]] = ()) -> list[str]:
    """Return the ids of the records that a query wants, in its order; `status`, `similar_to` and `limit` are not looked at.

    Args:
        store: where the dataset is kept.
        dataset: its id.
        query: what to find.
        groups: the query's text, parsed.

    Raises:
        StoreError: the store cannot be read, or the index not written.
    """
    statement = _Statement(store.engine.dialect.name, dataset)
    if groups:
        index = caught_up(store, dataset)
        statement.words(match(index, groups, query.fields, store.engine.dialect.name))
    for name, wanted in (query.metadata or {}).items():
        statement.where.append(statement.json.fits("r.metadata", wanted, name))
    for question, asked in (query.suggestions or {}).items():
        statement.suggestion(question, asked)
    if query.answers:
        statement.answers(query.answers, query.user)
    for key in query.sort or ():
        statement.sort(key)
    with store._reading() as connection:  # noqa: SLF001 - the same room
        return list(connection.scalars(text(statement.sql()), statement.values.given))


class _Statement:
    """The statement, put together condition by condition."""

    def __init__(self, dialect: str, dataset: str) -> None:
        self.sqlite = dialect == "sqlite"
        self.values = Values()
        self.json = SqliteJson(self.values) if self.sqlite else PostgresqlJson(self.values)
        self.tables = "record AS r"
        self.where = [f"r.dataset_id = {self.values(dataset)}"]
        self.order: list[str] = []

    def sql(self) -> str:
        order = ", ".join([*self.order, "r.seq"])
        return f"SELECT r.id FROM {self.tables} WHERE {' AND '.join(self.where)} ORDER BY {order}"  # noqa: S608

    def words(self, said: str) -> None:
        if self.sqlite:  # CROSS: the index first, and records only where it says so
            self.tables = "search_words AS w CROSS JOIN record AS r"
            self.where += ["r.seq = w.rowid", f"search_words MATCH {self.values(said)}"]
        else:
            self.tables = "search_words AS w JOIN record AS r ON r.seq = w.seq"
            self.where.append(f"w.words @@ CAST({self.values(said)} AS tsquery)")

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
            self.order.append(("r.seq" if kind == "added" else "r.updated_at") + down)
            return
        if kind == "metadata":
            number, words = self.json.order("r.metadata", name)
        else:
            question, part = name.removesuffix(".score"), "score" if name.endswith(".score") else "value"
            mine = self._suggestions_of(question)
            number, words = (
                f"(SELECT max({each}) FROM suggestion AS s WHERE {mine})"  # noqa: S608
                for each in self.json.order(f"s.{part}", None)
            )
        self.order += [
            f"CASE WHEN ({number}) IS NULL AND ({words}) IS NULL THEN 1 ELSE 0 END",
            f"CASE WHEN ({number}) IS NULL THEN 1 ELSE 0 END{down}",
            f"({number}){down}",
            f"({words}){down}",
        ]
