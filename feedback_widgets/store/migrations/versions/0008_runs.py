"""What is told of a training run: which answers it read, how it ended, and what became of its process.

The table was there before, and nothing wrote to it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.String(27)


def upgrade() -> None:
    """Make the table anew, with a number that says which run came first."""
    op.drop_table("run")
    op.create_table(
        "run",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column(
            "dataset_id", sa.String(32), sa.ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("framework", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("first_event_seq", NUMBER),
        sa.Column("last_event_seq", NUMBER),
        sa.Column("metrics", sa.JSON, nullable=False),
        sa.Column("error", sa.Text),
        sa.Column("path", sa.Text),
        sa.Column("process", sa.Text),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.UniqueConstraint("dataset_id", "id"),
        sqlite_autoincrement=True,
    )
