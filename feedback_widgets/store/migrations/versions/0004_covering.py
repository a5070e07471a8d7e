"""Indexes that hold all that loading asks for: ids in order, and the fold of the log; a million rows need not be opened for it."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"

INDEXES = {
    "record_order": ("record", ["dataset_id", "seq", "id"]),
    "response_event_fold": ("response_event", ["dataset_id", "record_id", "user_id", "seq", "status"]),
    "response_event_user": ("response_event", ["dataset_id", "user_id", "seq", "record_id", "status"]),
}


def upgrade() -> None:
    """Make the three indexes anew, each with more columns."""
    for name, (table, columns) in INDEXES.items():
        op.drop_index(name, table)
        op.create_index(name, table, columns)
