"""What a store holds, at a glance."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from feedback_widgets.records import STATUSES
from feedback_widgets.store import tables
from feedback_widgets.store.log import Store, open_store


def place_or_default(store: str | os.PathLike[str] | None) -> str | os.PathLike[str]:
    """Return the place given, else `$FEEDBACK_WIDGETS_STORE`, else `feedback.db` in the current folder."""
    return store or os.environ.get("FEEDBACK_WIDGETS_STORE") or "feedback.db"


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """One dataset of a store.

    Args:
        workspace, name: what `FeedbackDataset.load(name, workspace=…)` takes.
        records: how many there are.
        annotators: how many people answered.
        last_answer_at: when the newest answer was written, in UTC; None where nobody answered yet.
    """

    workspace: str
    name: str
    records: int
    annotators: int
    last_answer_at: datetime | None


class Overview(list[DatasetSummary]):
    """The datasets of a store, shown as a table."""

    def __repr__(self) -> str:
        if not self:
            return "no datasets"
        head = ("workspace", "name", "records", "annotators", "last answer (UTC)")
        lines = [head, *(_cells(each) for each in self)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )


def _cells(summary: DatasetSummary) -> tuple[str, ...]:
    last = summary.last_answer_at
    return (
        summary.workspace,
        summary.name,
        str(summary.records),
        str(summary.annotators),
        "never" if last is None else f"{last:%Y-%m-%d %H:%M:%S}",
    )


def list_datasets(store: str | os.PathLike[str] | None = None, workspace: str | None = None) -> Overview:
    """Return the datasets of a store, sorted by workspace and name; in a notebook they show as a table.

    Args:
        store: a file path or URL; default `$FEEDBACK_WIDGETS_STORE`, else `feedback.db` in the current folder.
        workspace: only the datasets of this one.

    Raises:
        StoreError: there is no store at that place, or it cannot be read.
    """
    return overview(open_store(place_or_default(store), create=False), workspace)


def overview(store: Store, workspace: str | None = None) -> Overview:
    """Return the datasets of an open store."""
    dataset, record, event = tables.dataset.c, tables.record.c, tables.response_event.c
    named = select(dataset.id, dataset.workspace, dataset.name).order_by(dataset.workspace, dataset.name)
    counted = select(record.dataset_id, func.count()).group_by(record.dataset_id)
    answered = (
        select(event.dataset_id, func.count(event.user_id.distinct()), func.max(event.received_at))
        .where(event.status.in_(STATUSES))
        .group_by(event.dataset_id)
    )
    with store._reading() as connection:  # noqa: SLF001 - the same room
        names = connection.execute(named).all()
        records = {key: count for key, count in connection.execute(counted)}  # noqa: C416 - pairs of a Row
        answers = {key: (people, last) for key, people, last in connection.execute(answered)}
    found = Overview()
    for key, shelf, name in names:
        people, last = answers.get(key, (0, None))
        if workspace in (None, shelf):
            when = datetime.fromisoformat(last) if last else None
            found.append(DatasetSummary(shelf, name, records.get(key, 0), people, when))
    return found
