"""What reviewers decide about answers, and what they send back, in a log of its own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the log of reviews."""
    op.create_table(
        "review_event",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("dataset_id", sa.String(32), nullable=False),
        sa.Column("record_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about", sa.Text),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("comment", sa.Text),
        sa.Column("undoes", sa.String(36)),
        sa.Column("received_at", sa.String(27), nullable=False),
        sa.Column("settings_version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id", "record_id"], ["record.dataset_id", "record.id"], ondelete="CASCADE"
        ),
        sa.UniqueConstraint("dataset_id", "id"),
        sqlite_autoincrement=True,
    )
    op.create_index("review_event_order", "review_event", ["dataset_id", "seq"])
