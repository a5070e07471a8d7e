"""A store with one dataset of three records, on the engines that a test file asks for, and short ways to write events.

A test file that sets `KINDS` runs each of its tests on each of these engines; a test that asks for `place` itself opens
the store again or in another process, which a store in memory does not survive.
"""

from __future__ import annotations

import inspect
import itertools
import sqlite3
import uuid

import pytest

from feedback_widgets.store import Event, open_store

KEY = "d" * 32
RECORDS = [f"r{i}" for i in range(3)]


def pytest_generate_tests(metafunc):
    """Run a test on each engine that its file names."""
    kinds = getattr(metafunc.module, "KINDS", None)
    if kinds and "kind" in metafunc.fixturenames:
        asked = inspect.signature(metafunc.function).parameters
        kinds = [each for each in kinds if each != "memory" or "place" not in asked]
        metafunc.parametrize("kind", kinds, indirect=True)


@pytest.fixture
def kind(request):
    """Return the engine under test: "file", "memory" or "postgres"."""
    return getattr(request, "param", "file")


@pytest.fixture
def place(kind, tmp_path, request):
    """Return where the store is: a path, ":memory:", or the address of an empty database."""
    if kind == "postgres":
        return request.getfixturevalue("postgres_url")
    return ":memory:" if kind == "memory" else tmp_path / "feedback.db"


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
def sql(kind, place, request):
    """Return a function that asks the store directly, as a foreign program would."""

    def ask_file(query, *values):
        connection = sqlite3.connect(place)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()

    def ask_memory(query):  # nobody else can: through its one connection
        with request.getfixturevalue("store").engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def ask_server(query):
        return request.getfixturevalue("postgres_server").sql(query, place.rpartition("/")[2])

    return {"file": ask_file, "memory": ask_memory, "postgres": ask_server}[kind]
