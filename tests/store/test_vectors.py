"""Vectors in the store: written with their records, replaced in place, read in blocks, on each engine alike."""

from __future__ import annotations

import pytest

from feedback_widgets.store import new_id, open_store, vectors
from feedback_widgets.store.vectors import Seen
from feedback_widgets.vectors import to_bytes

KINDS = ["file", "memory", "postgres"]
KEY = "d" * 32


def rows(*names):
    """Return records of these ids."""
    return [{"id": each, "fields": {"text": each}, "metadata": {}, "external_id": None} for each in names]


def row(record, *numbers, name="v"):
    """Return one vector as the store takes it."""
    return {"record_id": record, "name": name, "value": to_bytes(numbers)}


def read(store, key, seen, name="v"):
    """Return all that is new since, and how far that came."""
    found = {}
    for reached, block in vectors.since(store, key, name, seen):
        seen = reached
        found.update({record: bytes(value) for record, value in block})
    return seen, found


def test_only_what_is_new_or_replaced_is_read_again(store, monkeypatch):
    """A reader gets everything once, then what was added or replaced since, block by block."""
    monkeypatch.setattr(vectors, "BLOCK", 2)
    store.put_records(KEY, rows("a", "b", "c"), [], (), [row(each, at) for at, each in enumerate("abc")])
    seen, found = read(store, KEY, Seen())
    assert found == {each: to_bytes([at]) for at, each in enumerate("abc")}
    assert read(store, KEY, seen) == (seen, {})
    store.put_records(
        KEY, rows("a", "d"), [], (), [row("a", 9), row("r0", 8), row("d", 7), row("d", 1, name="w")]
    )
    seen, found = read(store, KEY, seen)
    assert found == {"a": to_bytes([9]), "r0": to_bytes([8]), "d": to_bytes([7])}
    assert read(store, KEY, Seen(), "w")[1] == {"d": to_bytes([1])}
    assert vectors.of_record(store, KEY, "d") == {"v": to_bytes([7]), "w": to_bytes([1])}


def test_an_equal_vector_is_no_change(store):
    """Writing what is there already is told to nobody."""
    store.put_records(KEY, [], [], (), [row("r0", 1)])
    before = store.last_change(KEY)
    store.put_records(KEY, [], [], (), [row("r0", 1)])
    assert store.last_change(KEY) == before > 0


@pytest.mark.parametrize("to", ["memory", "same"])
def test_vectors_are_copied_where_their_records_are(store, monkeypatch, to):
    """A copy takes every vector whose record is in the target, over any number of blocks."""
    monkeypatch.setattr(vectors, "BLOCK", 2)
    many = [f"x{at}" for at in range(7)]
    store.put_records(KEY, rows(*many), [], (), [row(each, at) for at, each in enumerate(many)])
    target, key = open_store(":memory:"), new_id()
    target.create(key, "team", "copy", {"fields": []})
    target.put_records(key, rows(*many[:5]), [])
    if to == "same":
        target.put_records(key, [], [], (), [row("x1", 99)])
    with target._writing() as connection:
        vectors.copy(store, KEY, connection, key, None)
    assert read(target, key, Seen())[1] == {each: to_bytes([at]) for at, each in enumerate(many[:5])}
