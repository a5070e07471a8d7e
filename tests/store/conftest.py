"""A store on disk with one dataset of three records, and short ways to write events."""

from __future__ import annotations

import itertools
import sqlite3
import uuid

import pytest

from feedback_widgets.store import Event, open_store

KEY = "d" * 32
RECORDS = [f"r{i}" for i in range(3)]


@pytest.fixture
def place(tmp_path):
    """Return the path of the store."""
    return tmp_path / "feedback.db"


@pytest.fixture
def store(place):
    """Return an open store that holds the dataset `KEY` and its records."""
    made = open_store(place)
    made.create(KEY, "team", "tone", {"fields": []})
    rows = [{"id": each, "fields": {"text": each}, "metadata": {}, "external_id": None} for each in RECORDS]
    made.put_records(KEY, rows, [])
    yield made
    made.close()


@pytest.fixture
def event():
    """Return a function that makes events: `event("submitted", record="r0", user="alice", **more)`."""
    count = itertools.count()

    def make(status="submitted", record="r0", user="alice", **more):
        given = {"id": str(uuid.uuid4()), "answers": {"n": next(count)}, **more}
        return Event(record_id=record, user_id=user, status=status, **given)

    return make


@pytest.fixture
def sql(place):
    """Return a function that asks the file directly, as a foreign program would."""

    def ask(query, *values):
        connection = sqlite3.connect(place)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    return ask
