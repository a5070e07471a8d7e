"""The tables of a store, the same on every engine.

`response_event` is the truth: an append-only log of what people did. The view `response` is its fold: the newest event
of each (dataset, record, annotator), left out when that event took the answer back, or when its person was forgotten.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

SCHEMA = "0008"  # the newest revision of `migrations/`; kept where Alembic looks for it

metadata = MetaData()

# SQLite numbers rows by itself only where the type is exactly INTEGER.
Sequence = BigInteger().with_variant(Integer, "sqlite")
Time = String(27)  # ISO 8601, UTC, microseconds, "Z": sorts as text

alembic_version = Table("alembic_version", metadata, Column("version_num", String(32), primary_key=True))

dataset = Table(
    "dataset",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", Time, nullable=False),
    UniqueConstraint("workspace", "name"),
)

settings_version = Table(
    "settings_version",
    metadata,
    Column("dataset_id", ForeignKey("dataset.id", ondelete="CASCADE"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("settings", JSON, nullable=False),
    Column("created_at", Time, nullable=False),
)

record = Table(
    "record",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("dataset_id", ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False),
    Column("id", String(32), nullable=False),
    Column("fields", JSON, nullable=False),
    Column("metadata", JSON, nullable=False),
    Column("external_id", Text),
    Column("inserted_at", Time, nullable=False),
    Column("updated_at", Time, nullable=False),
    UniqueConstraint("dataset_id", "id"),
    Index("record_order", "dataset_id", "seq", "id"),  # all ids in order come from it alone
    sqlite_autoincrement=True,
)

# One line whenever a record's metadata or suggestions were replaced: other kernels read those again.
record_change = Table(
    "record_change",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("dataset_id", ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False),
    Column("record_id", String(32), nullable=False),
    Index("record_change_order", "dataset_id", "seq"),
    sqlite_autoincrement=True,
)

suggestion = Table(
    "suggestion",
    metadata,
    Column("dataset_id", String(32), primary_key=True),
    Column("record_id", String(32), primary_key=True),
    Column("question", Text, primary_key=True),
    Column("agent", Text, primary_key=True),  # "" where nobody is named
    Column("value", JSON, nullable=False),
    Column("score", JSON),
    Column("type", Text),
    Column("created_at", Time, nullable=False),
    ForeignKeyConstraint(["dataset_id", "record_id"], ["record.dataset_id", "record.id"], ondelete="CASCADE"),
)

vector = Table(
    "vector",
    metadata,
    Column("dataset_id", String(32), primary_key=True),
    Column("record_id", String(32), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", LargeBinary, nullable=False),  # little-endian float32
    ForeignKeyConstraint(["dataset_id", "record_id"], ["record.dataset_id", "record.id"], ondelete="CASCADE"),
)

response_event = Table(
    "response_event",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),  # has gaps: never count with it
    Column(
        "id", String(36), nullable=False
    ),  # made where the answer was given: sending it again changes nothing
    Column("dataset_id", String(32), nullable=False),
    Column("record_id", String(32), nullable=False),
    Column("user_id", Text, nullable=False),  # "" where nobody is named
    Column(
        "status", Text, nullable=False
    ),  # submitted | draft | discarded | pending (the answer was taken back) | forgotten
    Column("answers", JSON, nullable=False),
    Column("undoes", String(36)),  # the event this one takes back
    Column("received_at", Time, nullable=False),
    Column("started_at", Time),
    Column("duration_ms", Integer),
    Column("shown", JSON, nullable=False),
    Column("settings_version", Integer, nullable=False),
    Column("client", Text),
    Column("comment", Text),
    ForeignKeyConstraint(["dataset_id", "record_id"], ["record.dataset_id", "record.id"], ondelete="CASCADE"),
    UniqueConstraint("dataset_id", "id"),
    Index("response_event_order", "dataset_id", "seq"),
    # The fold, of one record or of one annotator, comes from these alone.
    Index("response_event_fold", "dataset_id", "record_id", "user_id", "seq", "status"),
    Index("response_event_user", "dataset_id", "user_id", "seq", "record_id", "status"),
    sqlite_autoincrement=True,
)

lease = Table(
    "lease",
    metadata,
    Column("dataset_id", String(32), primary_key=True),
    Column("record_id", String(32), primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("expires_at", Time, nullable=False),
    ForeignKeyConstraint(["dataset_id", "record_id"], ["record.dataset_id", "record.id"], ondelete="CASCADE"),
)

# Who shall answer which record; `seq` says whether anything is new.
assignment = Table(
    "assignment",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("dataset_id", String(32), nullable=False),
    Column("record_id", String(32), nullable=False),
    Column("user_id", Text, nullable=False),
    ForeignKeyConstraint(["dataset_id", "record_id"], ["record.dataset_id", "record.id"], ondelete="CASCADE"),
    UniqueConstraint("dataset_id", "record_id", "user_id"),
    Index("assignment_order", "dataset_id", "seq"),
    sqlite_autoincrement=True,
)

# What reviewers say about the answers to a record. Their answers stay as they are: this is a log beside theirs.
review_event = Table(
    "review_event",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False),  # made where it happened: sending it again changes nothing
    Column("dataset_id", String(32), nullable=False),
    Column("record_id", String(32), nullable=False),
    Column("user_id", Text, nullable=False),  # the reviewer
    Column("kind", Text, nullable=False),  # adjudicated | sent_back | taken_back | forgotten
    Column("about", Text),  # whose answer was adopted or sent back
    Column("answers", JSON, nullable=False),  # what was decided: question -> answer
    Column("comment", Text),
    Column("undoes", String(36)),  # the review that this one takes back
    Column("received_at", Time, nullable=False),
    Column("settings_version", Integer, nullable=False),
    ForeignKeyConstraint(["dataset_id", "record_id"], ["record.dataset_id", "record.id"], ondelete="CASCADE"),
    UniqueConstraint("dataset_id", "id"),
    Index("review_event_order", "dataset_id", "seq"),
    sqlite_autoincrement=True,
)

# Trainings: what was learned from which answers, and how it ended.
run = Table(
    "run",
    metadata,
    Column("seq", Sequence, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False),
    Column("dataset_id", ForeignKey("dataset.id", ondelete="CASCADE"), nullable=False),
    Column("state", Text, nullable=False),  # running | done | failed | cancelled
    Column("task", Text, nullable=False),
    Column("framework", Text, nullable=False),
    Column("details", JSON, nullable=False),  # the model, the settings, what became of the records
    Column("first_event_seq", Sequence),  # which answers it was trained on, from …
    Column("last_event_seq", Sequence),  # … to
    Column("metrics", JSON, nullable=False),
    Column("error", Text),
    Column("path", Text),  # where the model is
    Column("process", Text),  # who does it: machine, number and start of the process
    Column("started_at", Time, nullable=False),
    Column("ended_at", Time),
    UniqueConstraint("dataset_id", "id"),
    sqlite_autoincrement=True,
)

RESPONSE_VIEW = """
CREATE VIEW response AS
SELECT e.* FROM response_event AS e
WHERE e.status NOT IN ('pending', 'forgotten')
  AND e.seq = (SELECT max(n.seq) FROM response_event AS n
               WHERE n.dataset_id = e.dataset_id AND n.record_id = e.record_id AND n.user_id = e.user_id)
"""
