"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TIME = sa.String(27)

VIEW = """
CREATE VIEW response AS
SELECT e.* FROM response_event AS e
WHERE e.status <> 'pending'
  AND e.seq = (SELECT max(n.seq) FROM response_event AS n
               WHERE n.dataset_id = e.dataset_id AND n.record_id = e.record_id AND n.user_id = e.user_id)
"""


def upgrade() -> None:
    """Make everything. Alembic makes its own table of the revision."""
    _datasets()
    _records()
    _answers()
    _runs()
    op.execute(VIEW)


def _of_a_dataset(*, key: bool = False) -> sa.Column[str]:
    known = sa.ForeignKey("dataset.id", ondelete="CASCADE")
    return sa.Column("dataset_id", sa.String(32), known, primary_key=key, nullable=False)


def _of_a_record() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["dataset_id", "record_id"], ["record.dataset_id", "record.id"], ondelete="CASCADE"
    )


def _datasets() -> None:
    op.create_table(
        "dataset",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("workspace", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.UniqueConstraint("workspace", "name"),
    )
    op.create_table(
        "settings_version",
        _of_a_dataset(key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )


def _records() -> None:
    op.create_table(
        "record",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=True),
        _of_a_dataset(),
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("metadata", sa.JSON, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("inserted_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.UniqueConstraint("dataset_id", "id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "suggestion",
        sa.Column("dataset_id", sa.String(32), primary_key=True),
        sa.Column("record_id", sa.String(32), primary_key=True),
        sa.Column("question", sa.Text, primary_key=True),
        sa.Column("agent", sa.Text, primary_key=True),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("score", sa.JSON),
        sa.Column("type", sa.Text),
        sa.Column("created_at", TIME, nullable=False),
        _of_a_record(),
    )
    op.create_table(
        "vector",
        sa.Column("dataset_id", sa.String(32), primary_key=True),
        sa.Column("record_id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.LargeBinary, nullable=False),
        _of_a_record(),
    )


def _answers() -> None:
    op.create_table(
        "response_event",
        sa.Column("seq", NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("dataset_id", sa.String(32), nullable=False),
        sa.Column("record_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("undoes", sa.String(36)),
        sa.Column("received_at", TIME, nullable=False),
        sa.Column("started_at", TIME),
        sa.Column("duration_ms", sa.Integer),
        sa.Column("shown", sa.JSON, nullable=False),
        sa.Column("settings_version", sa.Integer, nullable=False),
        sa.Column("client", sa.Text),
        _of_a_record(),
        sa.UniqueConstraint("dataset_id", "id"),
        sqlite_autoincrement=True,
    )
    op.create_index("response_event_fold", "response_event", ["dataset_id", "record_id", "user_id", "seq"])
    op.create_index("response_event_user", "response_event", ["dataset_id", "user_id", "seq"])
    op.create_table(
        "lease",
        sa.Column("dataset_id", sa.String(32), primary_key=True),
        sa.Column("record_id", sa.String(32), primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("expires_at", TIME, nullable=False),
        _of_a_record(),
    )


def _runs() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.String(32), primary_key=True),
        _of_a_dataset(),
        sa.Column("task", sa.Text, nullable=False),
        sa.Column("framework", sa.Text, nullable=False),
        sa.Column("config", sa.JSON, nullable=False),
        sa.Column("last_event_seq", NUMBER, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("metrics", sa.JSON, nullable=False),
        sa.Column("path", sa.Text),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.Column("duration_s", sa.Float),
    )
