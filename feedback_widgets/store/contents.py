"""What a dataset in a store is made of, apart from the log: its settings, records and suggestions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Text, and_, cast, func, literal_column, select
from sqlalchemy.engine import Row
from sqlalchemy.sql import ClauseElement

from feedback_widgets.store import changes, tables
from feedback_widgets.store.dialects import insert, insert_on, room_for_many, take_turn, to_json
from feedback_widgets.store.event import Event, now
from feedback_widgets.store.place import Place
from feedback_widgets.store.quick import Session, Statement
from feedback_widgets.store.vectors import put as put_vectors


def _put_record(dialect: str) -> ClauseElement:
    adding = insert_on(dialect, tables.record)
    given, there = adding.excluded, tables.record.c
    return adding.on_conflict_do_update(
        index_elements=["dataset_id", "id"],
        set_={"metadata": given.metadata, "updated_at": given.updated_at},
        where=and_(
            # As text: PostgreSQL does not compare what is stored as JSON.
            cast(given.metadata, Text) != literal_column("'{}'"),
            cast(there.metadata, Text) != cast(given.metadata, Text),
        ),
    )


_COLUMNS = ("dataset_id", "id", "fields", "metadata", "external_id", "inserted_at", "updated_at")
RECORD = Statement(_put_record, _COLUMNS)


def _rows(
    records: Iterable[dict[str, Any]], dataset: str, stamp: str, described: list[str]
) -> Iterator[tuple[Any, ...]]:
    """Yield the values of records in the order of the table, and put the ids of those with metadata into `described`."""
    for each in records:
        identity, metadata = each["id"], "{}"
        if each["metadata"]:
            metadata = to_json(each["metadata"])
            described.append(identity)
        yield (dataset, identity, to_json(each["fields"]), metadata, each["external_id"], stamp, stamp)


class Contents(Place):
    """The datasets of a store."""

    @abstractmethod
    def _add(self, session: Session, dataset: str, given: Sequence[Event]) -> None:
        """Write answers that came with their records; as `Store.append`, and nobody asks what is stored."""

    # -- datasets ---------------------------------------------------------------------------------------------------

    def find(self, workspace: str, name: str) -> str | None:
        """Return the id of the dataset called `name` in `workspace`, or None."""
        t = tables.dataset.c
        with self._reading() as connection:
            found: str | None = connection.scalar(
                select(t.id).where(t.workspace == workspace, t.name == name)
            )
        return found

    def names(self, workspace: str | None = None) -> list[tuple[str, str]]:
        """Return (workspace, name) of every dataset, sorted."""
        t = tables.dataset.c
        query = select(t.workspace, t.name).order_by(t.workspace, t.name)
        with self._reading() as connection:
            rows = connection.execute(query if workspace is None else query.where(t.workspace == workspace))
            return [(row.workspace, row.name) for row in rows]

    def create(self, dataset: str, workspace: str, name: str, *settings: dict[str, Any]) -> str:
        """Create a dataset with its settings, the oldest version first, in one transaction, and return its id.

        Where another kernel has just created one of that name, nothing is written and the id of that one comes back.
        """
        t = tables.dataset
        with self._writing() as connection:
            take_turn(connection, f"{workspace}/{name}")
            there: str | None = connection.scalar(
                select(t.c.id).where(t.c.workspace == workspace, t.c.name == name)
            )
            if there is not None:
                return there
            connection.execute(
                t.insert().values(id=dataset, workspace=workspace, name=name, created_at=now())
            )
            rows = [
                {"dataset_id": dataset, "version": at, "settings": form, "created_at": now()}
                for at, form in enumerate(settings, start=1)
            ]
            connection.execute(tables.settings_version.insert(), rows)
        return dataset

    def settings(self, dataset: str) -> tuple[int, dict[str, Any]]:
        """Return the newest settings and their version."""
        t = tables.settings_version.c
        with self._reading() as connection:
            row = connection.execute(
                select(t.version, t.settings)
                .where(t.dataset_id == dataset)
                .order_by(t.version.desc())
                .limit(1)
            ).one()
        return row.version, row.settings

    def settings_version(self, dataset: str) -> int:
        """Return the version of the newest settings."""
        t = tables.settings_version.c
        with self._reading() as connection:
            return connection.scalar(select(func.max(t.version)).where(t.dataset_id == dataset)) or 0

    def put_settings(self, dataset: str, settings: dict[str, Any]) -> int:
        """Keep a new version of the settings and return its number; equal settings keep theirs."""
        version, known = self.settings(dataset)
        if known == settings:
            return version
        with self._writing() as connection:
            t = tables.settings_version
            take_turn(connection, dataset)
            newest = connection.scalar(select(func.max(t.c.version)).where(t.c.dataset_id == dataset)) or 0
            connection.execute(
                t.insert().values(dataset_id=dataset, version=newest + 1, settings=settings, created_at=now())
            )
        return int(newest) + 1

    # -- records ----------------------------------------------------------------------------------------------------

    def put_records(
        self,
        dataset: str,
        records: Iterable[dict[str, Any]],
        suggestions: Sequence[dict[str, Any]],
        events: Sequence[Event] = (),
        vectors: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Add records (`id, fields, metadata, external_id`) and what belongs to them, in one transaction.

        That is suggestions (`record_id, question, agent, value, score, type`), answers, and vectors (`record_id, name, value`).

        Known records keep their fields, and take the given metadata if there is any; a suggestion replaces the same
        agent's earlier one. All of it is one transaction.
        """
        stamp = now()
        with self._writing() as connection:
            take_turn(connection, dataset)
            described: list[str] = []
            with room_for_many(connection):
                Session.of(connection).many(RECORD, _rows(records, dataset, stamp, described))
                self._add(Session.of(connection), dataset, events)
            if suggestions:
                adding = insert(connection, tables.suggestion)
                replaced = {key: adding.excluded[key] for key in ("value", "score", "type", "created_at")}
                connection.execute(
                    adding.on_conflict_do_update(
                        index_elements=["dataset_id", "record_id", "question", "agent"],
                        set_=replaced,
                        where=changes.suggestion_differs(adding.excluded),
                    ),
                    [{**each, "dataset_id": dataset, "created_at": stamp} for each in suggestions],
                )
            changes.note(connection, dataset, stamp, described, [each["record_id"] for each in suggestions])
            put_vectors(connection, dataset, stamp, vectors)

    def last_change(self, dataset: str) -> int:
        """Return the number of the last change of a record's metadata or suggestions."""
        with self._reading() as connection:
            return changes.last(connection, dataset)

    def changes(self, dataset: str, after: int) -> tuple[int, dict[str, dict[str, Any]], list[Row[Any]]]:
        """Return the number of the last change, and the metadata and suggestions of the records changed after `after`."""
        with self._reading() as connection:
            number, ids = changes.since(connection, dataset, after)
            return number, *changes.content(connection, dataset, ids)

    def records(self, dataset: str, after: int = 0) -> list[Row[Any]]:
        """Return the records added after `seq`, in order: rows of `seq, id, fields, metadata, external_id`."""
        t = tables.record.c
        query = select(t.seq, t.id, t.fields, t.metadata, t.external_id)
        with self._reading() as connection:
            return list(
                connection.execute(query.where(t.dataset_id == dataset, t.seq > after).order_by(t.seq))
            )
