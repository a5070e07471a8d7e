"""What live sync asks for: a dataset's newest records and events in one step, and which records were changed.

Metadata and suggestions are replaced in place, so that asking for what is newer than a number would miss them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the two indexes and the table of changes."""
    op.create_index("record_order", "record", ["dataset_id", "seq"])
    op.create_index("response_event_order", "response_event", ["dataset_id", "seq"])
    op.create_table(
        "record_change",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column(
            "dataset_id", sa.String(32), sa.ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("record_id", sa.String(32), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("record_change_order", "record_change", ["dataset_id", "seq"])
