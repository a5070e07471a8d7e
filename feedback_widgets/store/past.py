"""What the log says about the past: everything that happened to one record, and the state at an earlier moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, SupportsIndex

from sqlalchemy import func, or_, select
from sqlalchemy.engine import Connection

from feedback_widgets.errors import InvalidInput
from feedback_widgets.store import tables
from feedback_widgets.store.answers import event_query, read
from feedback_widgets.store.copying import Which
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
    """What a dataset held at an earlier moment, as the log tells: `forms`, its settings until then, and `which` rows.

    Args:
        store: where it is kept.
        dataset: its id.
        moment: the `seq` of an event (the state right after it; 0 is before the first), a `datetime`
            (without a time zone it is local time), or an ISO 8601 text.

    Raises:
        InvalidInput: the moment cannot be read, or the log has not come so far.
    """

    def __init__(self, store: Store, dataset: str, moment: object) -> None:
        r, s, t = tables.record.c, tables.suggestion.c, tables.response_event.c
        v = tables.review_event.c
        with store._reading() as connection:  # noqa: SLF001 - the same room
            if isinstance(moment, SupportsIndex) and not isinstance(moment, bool):
                seq = _known_seq(connection, dataset, int(moment))
                at, until = _time_of(connection, dataset, seq), t.seq <= seq
            else:
                at = _stamp(moment)
                until = t.received_at <= at
            self.forms = _forms(connection, dataset, at)
        events = (until, t.status != FORGOTTEN)
        # One with an answer was there, whatever the clock said when it was added.
        answered = select(t.record_id).where(t.dataset_id == dataset, *events)
        self.which = Which(
            records=[or_(r.inserted_at <= at, r.id.in_(answered))],
            suggestions=[s.created_at <= at],
            events=events,
            reviews=[v.received_at <= at, v.kind != FORGOTTEN],
        )


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


def _forms(connection: Connection, dataset: str, at: str) -> list[dict[str, Any]]:
    """Return the settings made by then, the first in any case; the last of them was in force."""
    t = tables.settings_version.c
    query = select(t.settings).where(t.dataset_id == dataset, or_(t.created_at <= at, t.version == 1))
    return list(connection.scalars(query.order_by(t.version)))
