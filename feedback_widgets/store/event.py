"""One entry of the log, and what names and dates it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


def now() -> str:
    """Return the time as the store writes it: ISO 8601, UTC, microseconds."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """Return a moment in UTC as the store writes it: two of them compare as text as they do as times."""
    return moment.isoformat(timespec="microseconds")[:26] + "Z"


def new_id() -> str:
    """Return a fresh random identity."""
    return uuid.uuid4().hex


@dataclass(frozen=True, slots=True)
class Event:
    """One thing an annotator did to one record.

    Args:
        id: made where it happened; the same id is the same event for ever.
        record_id: the record.
        user_id: the annotator's name, `""` where nobody is named.
        status: `submitted`, `draft`, `discarded`, or `pending` when it takes an answer back.
        answers: question -> answer in stored form.
        undoes: the event this one takes back.
        started_at: when the record was first shown, ISO time.
        duration_ms: active time on the record, in milliseconds.
        shown: what was on the screen (`{"suggestions": [question, …]}`).
        settings_version: the settings, guidelines included, it was answered under.
        client: the page it came from.
        received_at, seq: given by the store.
        comment: what the annotator remarks on the record.
    """

    id: str
    record_id: str
    user_id: str
    status: str
    answers: dict[str, Any] = field(default_factory=dict)
    undoes: str | None = None
    started_at: str | None = None
    duration_ms: int | None = None
    shown: dict[str, Any] = field(default_factory=dict)
    settings_version: int = 1
    client: str | None = None
    received_at: str = ""
    seq: int = 0
    comment: str | None = None
