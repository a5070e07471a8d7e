"""What the log says about the past: everything that happened to one record, and the state at an earlier moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, SupportsIndex

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Connection

from feedback_widgets.errors import InvalidInput
from feedback_widgets.store import tables
from feedback_widgets.store.answers import event_query, read
from feedback_widgets.store.event import Event, now
from feedback_widgets.store.log import Store

FORGOTTEN = "forgotten"  # the status of an event whose author asked to be forgotten: it says nothing any more


def events_of(store: Store, dataset: str, record: str) -> list[Event]:
    """Return everything that people did to one record, oldest first; what was forgotten is left out."""
    t = tables.response_event
    query = event_query().where(t.c.dataset_id == dataset, t.c.record_id == record, t.c.status != FORGOTTEN)
    with store._reading() as connection:  # noqa: SLF001 - the same room
        return [read(row) for row in connection.execute(query.order_by(t.c.seq))]


class Past:
    """A dataset as it stood at an earlier moment, read from the log.

    Args:
        store: where it is kept.
        dataset: its id.
        moment: the `seq` of an event (the state right after it; 0 is before the first), a `datetime`
            (without a time zone it is local time), or an ISO 8601 text.

    Raises:
        InvalidInput: the moment cannot be read, or the log has not come so far.
    """

    def __init__(self, store: Store, dataset: str, moment: object) -> None:
        t = tables.response_event
        mine = t.c.dataset_id == dataset
        with store._reading() as connection:  # noqa: SLF001 - the same room
            if isinstance(moment, SupportsIndex) and not isinstance(moment, bool):
                seq = _known_seq(connection, dataset, int(moment))
                self.at, until = _time_of(connection, dataset, seq), t.c.seq <= seq
            else:
                self.at = _stamp(moment)
                until = t.c.received_at <= self.at
            found = connection.execute(
                event_query().where(mine, until, t.c.status != FORGOTTEN).order_by(t.c.seq)
            )
            self.events = [read(row) for row in found]
            self.records = _records(connection, dataset, self.at, self.events)
            self.suggestions = _suggestions(
                connection, dataset, self.at, {each["id"] for each in self.records}
            )
            self.settings = _settings(connection, dataset, self.at)


def _known_seq(connection: Connection, dataset: str, seq: int) -> int:
    t = tables.response_event.c
    newest = connection.scalar(select(func.max(t.seq)).where(t.dataset_id == dataset)) or 0
    if not 0 <= seq <= newest:
        raise InvalidInput(
            f"there is no moment {seq}: the events of this dataset are numbered up to {newest}, and 0 is before the first"
        )
    return seq


def _time_of(connection: Connection, dataset: str, seq: int) -> str:
    """Return when the event was written; a clock that was set back meanwhile does not count."""
    t = tables.response_event.c
    mine = t.dataset_id == dataset
    before: str | None = connection.scalar(select(func.max(t.received_at)).where(mine, t.seq <= seq))
    first: str | None = connection.scalar(select(func.min(t.received_at)).where(mine))
    return before or first or now()


def _stamp(moment: object) -> str:
    """Return the moment as the store writes time."""
    given = moment
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            given = None
    if not isinstance(given, datetime):
        raise InvalidInput(
            f"{moment!r} is no moment: give an event's seq (a whole number), a datetime, or an ISO text such as "
            "'2026-01-31T12:00:00+00:00'"
        )
    try:
        return given.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    except (OverflowError, ValueError) as error:
        raise InvalidInput(f"{moment!r} is no moment: it lies outside the calendar of UTC") from error


def _records(connection: Connection, dataset: str, at: str, events: Sequence[Event]) -> list[dict[str, Any]]:
    """Return the records that were there; one with an answer was, whatever the clock said when it was added."""
    t = tables.record.c
    answered = {event.record_id for event in events}
    query = select(t.id, t.fields, t.metadata, t.external_id, t.inserted_at).where(t.dataset_id == dataset)
    return [
        {"id": row.id, "fields": row.fields, "metadata": row.metadata, "external_id": row.external_id}
        for row in connection.execute(query.order_by(t.seq))
        if row.inserted_at <= at or row.id in answered
    ]


def _suggestions(connection: Connection, dataset: str, at: str, records: set[str]) -> list[dict[str, Any]]:
    t = tables.suggestion.c
    query = select(t.record_id, t.question, t.agent, t.value, t.score, t.type)
    rows = connection.execute(
        query.where(t.dataset_id == dataset, t.created_at <= at).order_by(t.created_at, t.question)
    ).all()
    return [dict(row._mapping) for row in rows if row.record_id in records]  # noqa: SLF001 - public in SQLAlchemy


def _settings(connection: Connection, dataset: str, at: str) -> dict[str, Any]:
    """Return the settings in force then: the newest version made by then, else the first."""
    t = tables.settings_version.c
    query = select(t.settings).where(t.dataset_id == dataset)
    by_then = query.where(or_(t.created_at <= at, t.version == 1)).order_by(t.version.desc()).limit(1)
    found: dict[str, Any] = connection.scalars(by_then).one()
    return found
