"""Which records are assigned to whom, as the store keeps it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, func, select
from sqlalchemy.engine import Connection

from feedback_widgets.store import tables
from feedback_widgets.store.dialects import insert, take_turn
from feedback_widgets.store.log import Store


def assign(store: Store, dataset: str, pairs: Iterable[tuple[str, str]], *, replace: bool = False) -> None:
    """Keep (record id, annotator) pairs, in one transaction; a pair that is there already stays as it is.

    Args:
        store: where the dataset is kept.
        dataset: its id.
        pairs: what to assign.
        replace: take back everything that was assigned before.

    Raises:
        StoreError: it could not be written; what was there before is untouched.
    """
    t = tables.assignment
    rows = [{"dataset_id": dataset, "record_id": record, "user_id": user} for record, user in pairs]
    with store._writing() as connection:  # noqa: SLF001 - the same room
        take_turn(connection, dataset)
        if replace:
            connection.execute(delete(t).where(t.c.dataset_id == dataset))
        if rows:
            adding = insert(connection, t)
            connection.execute(
                adding.on_conflict_do_nothing(index_elements=["dataset_id", "record_id", "user_id"]), rows
            )


def erase(connection: Connection, dataset: str, user: str) -> None:
    """Take back all that is assigned to a person, within a transaction in the dataset's turn.

    The newest of what is left gets a fresh number: other kernels look at the newest number alone, and hear of it by that.
    """
    t = tables.assignment
    mine = (t.c.dataset_id == dataset, t.c.user_id == user)
    if connection.execute(delete(t).where(*mine)).rowcount < 1:
        return
    left = select(t.c.seq, t.c.record_id, t.c.user_id).where(t.c.dataset_id == dataset)
    row = connection.execute(left.order_by(t.c.seq.desc()).limit(1)).first()
    if row is not None:
        connection.execute(delete(t).where(t.c.seq == row.seq))
        values = {"dataset_id": dataset, "record_id": row.record_id, "user_id": row.user_id}
        connection.execute(t.insert().values(values))


def newest(store: Store, dataset: str) -> int:
    """Return the number of the newest assignment, 0 where there is none: while it stays, so do all."""
    t = tables.assignment.c
    with store._reading() as connection:  # noqa: SLF001
        return connection.scalar(select(func.max(t.seq)).where(t.dataset_id == dataset)) or 0


def pairs(store: Store, dataset: str) -> list[tuple[str, str]]:
    """Return all (record id, annotator) pairs in the order in which they were assigned."""
    t = tables.assignment.c
    query = select(t.record_id, t.user_id).where(t.dataset_id == dataset).order_by(t.seq)
    with store._reading() as connection:  # noqa: SLF001
        return [(row.record_id, row.user_id) for row in connection.execute(query)]
