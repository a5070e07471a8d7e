"""Opening a store: what works, and what is refused in one sentence."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event as hooks

from feedback_widgets.errors import StoreError
from feedback_widgets.store import Store, dialects, open_store, tables


def test_a_path_becomes_a_file_and_memory_stays_memory(place):
    """A path without scheme is a SQLite file; ":memory:" leaves nothing behind."""
    assert Store(place).durable
    assert place.is_file()
    assert not Store(":memory:").durable


def test_a_url_names_the_same_file(place):
    """The path and the SQLAlchemy URL of a file are one store."""
    assert open_store(place) is open_store(f"sqlite:///{place}")


def test_two_stores_in_memory_are_two(tmp_path, monkeypatch):
    """Datasets that were never saved share nothing, and make no file."""
    monkeypatch.chdir(tmp_path)
    assert open_store(":memory:") is not open_store(":memory:")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named_and_not_made(tmp_path):
    """A typing error in a path does not create folders."""
    with pytest.raises(StoreError, match=r"the folder '.*nowhere' does not exist: create it"):
        open_store(tmp_path / "nowhere" / "feedback.db")
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_must_be_there_is_not_made(place):
    """Loading from a wrong path makes no empty store."""
    with pytest.raises(StoreError, match=r"no store at '.*feedback\.db': check the path"):
        open_store(place, create=False)
    assert not place.exists()


def test_a_file_that_is_no_database_is_refused_and_left_alone(place):
    """Somebody's notes are not overwritten."""
    place.write_text("my notes, which are longer than a database header of one hundred bytes " * 3)
    before = place.read_bytes()
    with pytest.raises(StoreError, match=r"feedback\.db' is not a SQLite database: choose another path"):
        open_store(place)
    assert place.read_bytes() == before


def test_a_folder_is_not_a_store(tmp_path):
    """The path of a folder is refused with what to check."""
    with pytest.raises(StoreError, match="cannot be opened: check that the path is a file"):
        open_store(tmp_path)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("mysql://localhost/x", "stores are kept in SQLite files or on PostgreSQL"),
        ("://", "is not a store: give a file path"),
    ],
)
def test_other_addresses_are_refused_in_words(place, words):
    """What this version cannot open is said before anything is tried."""
    with pytest.raises(StoreError, match=words):
        open_store(place)


@pytest.mark.parametrize(
    "place",
    [
        "postgresql://ann:geheim@127.0.0.1:1/x",
        "postgres://127.0.0.1:1/x?user=ann&password=geheim",
        "mysql://ann:geheim@localhost/x",
        "postgresql://ann:geheim@127.0.0.1:port/x",
    ],
)
def test_a_password_in_an_address_is_not_shown(place):
    """Sentences end up in notebooks, which are shared."""
    with pytest.raises(StoreError) as caught:
        open_store(place)
    shown = "".join(traceback.format_exception(caught.value))
    assert "geheim" not in str(caught.value) + shown


def test_a_store_of_a_newer_version_is_refused(store, place):
    """A newer schema is neither read wrongly nor changed."""
    store.close()
    with sqlite3.connect(place) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    with pytest.raises(StoreError, match=rf"has schema 0999, .* reads {tables.SCHEMA}: install the newest"):
        Store(place)


def test_readers_and_writers_do_not_wait_for_each_other(store, sql):
    """The file is in WAL mode, and a commit reaches the disk before it is acknowledged."""
    assert sql("PRAGMA journal_mode") == [("wal",)]
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_opening_again_changes_nothing(store, place, sql):
    """The tables are made once."""
    Store(place).close()
    assert sql("SELECT count(*) FROM record") == [(3,)]
    assert sql("SELECT version_num FROM alembic_version") == [(tables.SCHEMA,)]


def test_the_same_path_is_the_same_store(place):
    """Writers of one process take turns in one object."""
    assert open_store(place) is open_store(str(place))


def test_a_new_file_at_the_path_is_a_new_store(place):
    """Deleting the file and saving again starts afresh, not in the deleted file."""
    first = open_store(place)
    for file in place.parent.iterdir():
        file.unlink()
    second = open_store(place)
    assert second is not first
    assert second.names() == []
    assert place.is_file()


def test_many_threads_open_a_new_store_at_once(place):
    """The first open creates the tables once, whoever comes first."""
    opened: list[Store] = []
    threads = [threading.Thread(target=lambda: opened.append(Store(place))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.names() for each in opened] == [[]] * 8


def test_a_store_that_stays_locked_is_busy(store, place, event, monkeypatch):
    """Another process that keeps the lock is named as the cause, and nothing is acknowledged."""

    @hooks.listens_for(store.engine, "connect")
    def _impatient(connection, _):
        connection.execute("PRAGMA busy_timeout = 50")

    store.close()
    other = sqlite3.connect(place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="is busy: another process has been writing"):
        store.append("d" * 32, [event()])
    other.execute("ROLLBACK")
    other.close()
    assert store.since("d" * 32) == []


def test_a_full_disk_acknowledges_nothing_and_loses_nothing(store, event, sql):
    """When there is no room the answer is refused whole; with room again the same event is saved."""
    kept = event()
    store.append("d" * 32, [kept])
    full = [True]

    @hooks.listens_for(store.engine, "checkout")
    def _limit(connection, *_):
        pages = connection.execute("PRAGMA page_count").fetchone()[0] if full[0] else 2**30
        connection.execute(f"PRAGMA max_page_count = {pages}")

    store.close()  # the connection that writes is kept: now all are taken anew
    batch = [event(answers={"why": "x" * 50_000}), event(record="r1")]
    with pytest.raises(StoreError, match="has no room left: free some disk space"):
        store.append("d" * 32, batch)
    assert [each.id for each in store.since("d" * 32)] == [kept.id]
    full[0] = False
    store.close()
    store.append("d" * 32, batch)
    assert sql("SELECT count(*) FROM response_event") == [(3,)]


def test_a_read_only_store_says_so(store, event):
    """A store that may only be read can be read, and refuses answers in words."""

    @hooks.listens_for(store.engine, "checkout")
    def _read_only(connection, *_):  # permission bits would not stop root, who runs many containers
        connection.execute("PRAGMA query_only = ON")

    store.close()
    assert len(store.records("d" * 32)) == 3
    with pytest.raises(StoreError, match="is read-only: make the file and its folder writable"):
        store.append("d" * 32, [event()])


@pytest.mark.skipif(os.name == "nt", reason="Windows does not let go of an open file")
@pytest.mark.parametrize("fate", ["deleted", "moved", "replaced"])
def test_a_file_that_is_gone_takes_no_answers(store, place, event, tmp_path, fate):
    """An answer is never acknowledged into a file that nobody can reach any more."""
    aside = tmp_path / "aside.db"
    place.rename(aside)
    if fate == "deleted":
        aside.unlink()
    if fate == "replaced":
        place.write_bytes(b"")
    with pytest.raises(
        StoreError, match="was moved, deleted or replaced while it was open: put the file back"
    ):
        store.append("d" * 32, [event()])


@pytest.mark.skipif(os.name == "nt", reason="Windows does not let go of an open file")
def test_a_file_that_came_back_takes_answers_again(store, place, event, tmp_path):
    """Putting the file back is the remedy that the sentence promises."""
    place.rename(tmp_path / "aside.db")
    with pytest.raises(StoreError):
        store.append("d" * 32, [event()])
    (tmp_path / "aside.db").rename(place)
    assert store.append("d" * 32, [event()])[0].seq > 0


def test_a_damaged_file_is_named_damaged(store, place):
    """Damage inside a database is told apart from a file that never was one."""
    store.close()
    size = place.stat().st_size
    with place.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff" * (size - 100))
    with pytest.raises(StoreError, match="is damaged: restore a backup copy"):
        Store(place)


def test_half_a_character_is_escaped_inside_json():
    """Text that UTF-8 cannot carry is written in a form that it can; other text stays readable."""
    assert dialects.to_json({"a": "日本 👍"}) == '{"a":"日本 👍"}'
    assert dialects.to_json({"a": "\ud800"}) == '{"a":"\\ud800"}'


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=10) | st.integers() | st.none(), max_size=4))
def test_json_is_the_same_however_it_is_put_together(value):
    """Texts that are written by hand are what the standard library writes, and come back as they were."""
    written = dialects.to_json(value)
    plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    with contextlib.suppress(UnicodeEncodeError):
        plain.encode()
        assert written == plain
    assert json.loads(written) == value
    written.encode()


def test_the_connection_that_was_used_last_is_used_again(store):
    """What it has read is still in its cache."""
    with store.engine.connect() as first, store.engine.connect() as second:
        warm = second.connection.driver_connection
        assert first.connection.driver_connection is not warm
        first.close()
    with store.engine.connect() as again:
        assert again.connection.driver_connection is warm
