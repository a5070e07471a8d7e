"""Stores of earlier versions open, keep everything, and end up exactly as a new store is made."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, event, inspect, text

import feedback_widgets as fw
from feedback_widgets.errors import StoreError
from feedback_widgets.store import Store, migrations, open_store, tables
from feedback_widgets.store.dialects import begin_sqlite
from feedback_widgets.store.engine import open_engine, store_url

FIRST = Path(__file__).parent / "fixtures" / "0001.sql"
OPENER = "import sys; from feedback_widgets.store import open_store; print(open_store(sys.argv[1]).names())"


@pytest.fixture
def old(tmp_path):
    """Return the path of a store as the first version wrote it."""
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(FIRST.read_text("utf-8"))
    return path


def dump(path):
    """Return everything a SQLite file holds, as SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


def revision(path):
    """Return the revision that a SQLite file is stamped with."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def shape(engine):
    """Return the tables, columns, keys, indexes and views of a store, in a form that can be compared.

    Alembic's own table is left out: it names its key, we do not.
    """
    seen = inspect(engine)
    found = {}
    for name in sorted(set(seen.get_table_names()) - {"alembic_version"}):
        columns = [
            (each["name"], str(each["type"]), each["nullable"], str(each["default"]))
            for each in seen.get_columns(name)
        ]
        keys = seen.get_foreign_keys(name)
        links = [
            (each["constrained_columns"], each["referred_table"], each["referred_columns"], each["options"])
            for each in keys
        ]
        unique = [each["column_names"] for each in seen.get_unique_constraints(name)]
        indexes = [(each["name"], each["column_names"], each["unique"]) for each in seen.get_indexes(name)]
        found[name] = (
            columns,
            seen.get_pk_constraint(name)["constrained_columns"],
            sorted(links, key=str),
            sorted(unique),
            sorted(indexes, key=str),
        )
    views = {name: re.sub(r"\s+", " ", seen.get_view_definition(name)) for name in seen.get_view_names()}
    return found, views


def statements(path):
    """Return the statements that made a SQLite file, without their layout."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {name: re.sub(r"\s+", " ", sql).strip() for name, sql in rows}


def test_the_newest_revision_is_the_one_this_code_writes():
    """Whoever adds a revision sets `tables.SCHEMA` too; revisions stand in one row."""
    known = migrations.revisions()
    assert known[-1] == tables.SCHEMA
    assert known == sorted(known)


def test_a_store_of_the_first_version_opens_with_everything_in_it(old):
    """Records, suggestions, settings, answers, drafts and what was undone come back from the first schema."""
    ds = fw.FeedbackDataset.load("tone", workspace="team", store=old)
    assert [each.fields["text"] for each in ds] == ["Could you help me?", "Go away. 👋", "Hm."]
    assert (ds[0].metadata, ds[2].external_id, ds.guidelines) == ({"source": "mail"}, "x-3", "Be kind.")
    assert [(each.value, each.score, each.agent) for each in ds[0].suggestions] == [("polite", 0.9, "bot")]
    given = [[(each.user_id, each.status) for each in record.responses] for record in ds]
    assert given == [
        [("alice", "submitted")],
        [("alice", "submitted"), ("bob", "draft")],
        [("alice", "discarded")],
    ]
    assert ds[0].responses[0].values["tone"].value == "rude"
    assert len(ds.store.since(ds.key)) == 7
    assert revision(old) == tables.SCHEMA
    ds.respond(ds[2].id, {"tone": "polite"}, user="cleo")
    assert ds.undo(user="bob") is None  # what was undone before the migration stays undone
    ds.store.close()


def test_a_migrated_store_is_made_as_a_new_one(old, tmp_path):
    """The first schema, brought up to date, differs in nothing from a fresh store."""
    Store(old).close()
    Store(tmp_path / "new.db").close()
    assert statements(old) == statements(tmp_path / "new.db")


@pytest.mark.parametrize("kind", ["file", "postgres"], indirect=True)
def test_all_migrations_in_a_row_make_what_a_new_store_is(place, tmp_path, request, kind):
    """The tables have one truth: what `create_all` makes and what the revisions make are equal on each engine."""
    fresh = (
        request.getfixturevalue("postgres_server").create_database()
        if kind == "postgres"
        else tmp_path / "f.db"
    )
    made = open_engine(store_url(fresh))
    grown = bare(place)
    with grown.begin() as connection:
        command.upgrade(migrations.config(connection), "head")
    assert shape(grown) == shape(made)
    grown.dispose()
    made.dispose()


def bare(place):
    """Return an engine on an empty place, begun as the package begins its transactions."""
    engine = create_engine(store_url(place))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", begin_sqlite)
    return engine


@pytest.mark.parametrize("kind", ["file", "postgres"], indirect=True)
def test_forgotten_answers_leave_the_view_with_the_second_revision(place):
    """A store at the first revision is migrated when it is opened, on each engine, and the view hides `forgotten`."""
    engine = bare(place)
    with engine.begin() as connection:
        command.upgrade(migrations.config(connection), "0001")
        connection.execute(text("INSERT INTO dataset VALUES ('d', 'w', 'n', 't')"))
        connection.execute(text("INSERT INTO record VALUES (1, 'd', 'r', '{}', '{}', NULL, 't', 't')"))
        for seq, status in enumerate(["submitted", "pending", "forgotten"], 1):
            connection.execute(
                text(
                    f"INSERT INTO response_event VALUES ({seq}, 'e{seq}', 'd', 'r', '{status}', '{status}', '{{}}',"
                    " NULL, 't', NULL, NULL, '{}', 1, NULL)"
                )
            )
    engine.dispose()
    store = Store(place)
    with store.engine.connect() as connection:
        seen = list(connection.scalars(text("SELECT status FROM response")))
        stamped = connection.scalar(text("SELECT version_num FROM alembic_version"))
    assert (seen, stamped) == (["submitted"], tables.SCHEMA)
    store.close()


def test_a_copy_is_kept_before_the_first_change(old):
    """The backup stands beside the store, opens, and holds exactly what was there before."""
    before = dump(old)
    Store(old).close()
    copy = old.with_name(f"old.db.before-{tables.SCHEMA}.bak")
    assert dump(copy) == before
    assert revision(copy) == "0001"
    assert not list(old.parent.glob("*.part"))


def test_opening_a_store_of_today_makes_no_copy(place):
    """A copy is made for a migration, not for every opening."""
    Store(place).close()
    Store(place).close()
    assert not list(place.parent.glob("*.bak"))


def test_a_migration_that_fails_changes_nothing(old, monkeypatch):
    """Everything is one transaction: after an error halfway the store is as it was, and opens once the cause is gone."""
    before = dump(old)
    upgrade = command.upgrade

    def broken(config, target):
        upgrade(config, target)
        raise sqlite3.OperationalError("halfway")

    monkeypatch.setattr(command, "upgrade", broken)
    with pytest.raises(StoreError, match="halfway"):
        Store(old)
    assert dump(old) == before
    monkeypatch.undo()
    Store(old).close()
    assert revision(old) == tables.SCHEMA


def test_without_room_for_the_copy_nothing_is_changed(old):
    """A store whose backup cannot be made is not migrated."""
    before = dump(old)
    old.with_name(f"old.db.before-{tables.SCHEMA}.bak").mkdir()
    with pytest.raises(StoreError, match=r"the backup copy '.*' could not be made .* nothing was changed"):
        Store(old)
    assert dump(old) == before
    assert not list(old.parent.glob("*.part"))


def test_processes_that_open_an_old_store_at_once_migrate_it_once(old):
    """Whoever comes second finds it done: the copy still holds the first schema."""
    command_line = [sys.executable, "-c", OPENER, str(old)]
    running = [subprocess.Popen(command_line, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [each.communicate()[0] for each in running] == ["[('team', 'tone')]\n"] * 4
    assert revision(old) == tables.SCHEMA
    assert revision(old.with_name(f"old.db.before-{tables.SCHEMA}.bak")) == "0001"


def test_threads_migrate_several_stores_at_once(tmp_path):
    """Alembic works on one store at a time; nobody gets another's."""
    paths = [tmp_path / f"{number}.db" for number in range(6)]
    for path in paths:
        with closing(sqlite3.connect(path)) as connection:
            connection.executescript(FIRST.read_text("utf-8"))
    threads = [threading.Thread(target=lambda path=path: Store(path).close()) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {revision(path) for path in paths} == {tables.SCHEMA}


def test_a_newer_store_is_left_alone(old):
    """A store of an unknown revision is neither migrated nor copied."""
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    before = dump(old)
    with pytest.raises(StoreError, match=r"has schema 0999, .*: install the newest feedback_widgets"):
        open_store(old)
    assert dump(old) == before
    assert not list(old.parent.glob("*.bak"))


@pytest.mark.parametrize("kind", ["file", "postgres"], indirect=True)
def test_another_programs_database_is_not_touched(place):
    """A database that another program migrates with Alembic is refused in words, not filled with our tables."""
    engine = bare(place)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32))"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('4f2c')"))
    engine.dispose()
    with pytest.raises(StoreError, match=r"holds another program's tables .* a database of its own"):
        Store(place)
    engine = bare(place)
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()
