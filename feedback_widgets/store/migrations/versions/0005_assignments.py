"""Which records are assigned to whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the table of assignments."""
    op.create_table(
        "assignment",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("dataset_id", sa.String(32), nullable=False),
        sa.Column("record_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id", "record_id"], ["record.dataset_id", "record.id"], ondelete="CASCADE"
        ),
        sa.UniqueConstraint("dataset_id", "record_id", "user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("assignment_order", "assignment", ["dataset_id", "seq"])
