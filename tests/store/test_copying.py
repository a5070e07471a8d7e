"""A dataset copied whole: from each engine into memory, where SQLite copies a file by itself, and row by row elsewhere."""

from __future__ import annotations

import sqlite3

import pytest

from feedback_widgets.errors import StoreError
from feedback_widgets.store import Store, beside, new_id, open_store, reviews, tables
from feedback_widgets.store.copying import Which, copy
from feedback_widgets.store.reviews import Review
from feedback_widgets.vectors import to_bytes

KEY, OTHER, COPY = "d" * 32, "e" * 32, "f" * 32
KINDS = ["file", "memory", "postgres"]
STRANGE = 'ä "quoted" \\ \u2028 \U0001f600\n'
ORDER = {"record": "seq", "response_event": "seq", "review_event": "seq"}


def fill(store, key, event):
    """Give a dataset everything that a copy takes along."""
    rows = [
        {"id": f"s{at}", "fields": {"text": STRANGE, "n": [1, None, 0.5]}, "metadata": {"at": at}}
        for at in range(3)
    ]
    store.put_records(
        key,
        [{**row, "external_id": STRANGE if row["id"] == "s1" else None} for row in rows],
        [
            {
                "record_id": "s1",
                "question": question,
                "agent": "m",
                "value": STRANGE,
                "score": score,
                "type": "model",
            }
            for question, score in (("b", None), ("a", [0.5, 0.25]))
        ],
        (),
        [{"record_id": "s2", "name": name, "value": to_bytes([0, 1.5])} for name in ("w", "v")],
    )
    store.append(
        key,
        [
            event(
                record="s2", shown={"suggestions": ["a"]}, comment=STRANGE, duration_ms=7, settings_version=1
            ),
            event("draft", record="s1", user="", settings_version=2, client="page"),
            event(record="s2", user="bob", settings_version=3),
        ],
    )
    reviews.write(
        store, key, [Review(new_id(), "s2", "rita", "adjudicated", "bob", {"n": STRANGE}, settings_version=3)]
    )


def held(store, key):
    """Return all that a store holds of a dataset, table by table in its order: neither numbers nor the dataset's own id."""
    found = {}
    with store.engine.connect() as connection:
        for name in ("record", "suggestion", "vector", "response_event", "review_event"):
            table = tables.metadata.tables[name]
            columns = [each for each in table.c if each.name not in ("seq", "dataset_id")]
            order = table.c.seq if "seq" in table.c else table.c.record_id
            rows = connection.execute(
                table.select().with_only_columns(*columns).where(table.c.dataset_id == key).order_by(order)
            )
            found[name] = [tuple(row) for row in rows]
            if "seq" not in table.c:
                found[name].sort(key=str)
    return found


@pytest.fixture
def source(store, event):
    """Return the store with a dataset of three forms, and another dataset whose records have the same ids."""
    for version in (2, 3):
        store.put_settings(KEY, {"fields": [], "guidelines": f"version {version}"})
    fill(store, KEY, event)
    store.create(OTHER, "team", "other", {"fields": []})
    fill(store, OTHER, event)
    return store


@pytest.fixture
def target():
    """Return a store in memory with an empty dataset of the first form only."""
    made = open_store(":memory:")
    made.create(COPY, "", "", {"fields": []})
    yield made
    made.close()


def test_everything_arrives_as_it_was(source, target):
    """Every column of every row is the same in the copy, in the same order, and nothing of another dataset is in it."""
    for version in (2, 3):
        target.put_settings(COPY, {"fields": [], "guidelines": f"version {version}"})
    copy(source, KEY, target, COPY)
    assert held(target, COPY) == held(source, KEY)
    assert [len(each) for each in held(target, COPY).values()] == [6, 2, 2, 3, 1]
    with target.engine.connect() as connection:
        assert set(
            connection.scalars(tables.record.select().with_only_columns(tables.record.c.dataset_id))
        ) == {COPY}


def test_answers_keep_the_form_they_were_given_under(source, target):
    """Where the copy has fewer forms, each answer and review names the one that is its own, else the newest."""
    target.put_settings(COPY, {"fields": [], "guidelines": "version 3"})
    copy(source, KEY, target, COPY)
    assert [each.settings_version for each in target.since(COPY)] == [1, 2, 2]
    assert [each.settings_version for each in reviews.since(target, COPY)] == [2]


def test_only_what_was_asked_for_arrives(source, target):
    """Conditions hold for each table; suggestions and vectors of records that are left out stay behind."""
    r, s, e, v = (
        tables.metadata.tables[name].c for name in ("record", "suggestion", "response_event", "review_event")
    )
    copy(
        source,
        KEY,
        target,
        COPY,
        Which([r.id != "s2"], [s.question == "a"], [e.user_id == ""], [v.kind == "sent_back"]),
    )
    assert {name: len(rows) for name, rows in held(target, COPY).items()} == {
        "record": 5,
        "suggestion": 1,
        "vector": 0,
        "response_event": 1,
        "review_event": 0,
    }


def test_a_file_is_copied_by_sqlite_itself(source, target, kind, monkeypatch):
    """From a file into memory no row passes through Python; from elsewhere every row does."""
    called = []
    monkeypatch.setattr(beside, "copy", lambda *_: called.append(True))
    copy(source, KEY, target, COPY)
    assert (bool(called), bool(held(target, COPY)["record"])) == (
        (True, False) if kind == "file" else (False, True)
    )


def test_what_is_there_already_is_added_to(source, target, event):
    """Into a dataset that holds something records and answers come one by one, and those that are known stay."""
    target.put_records(
        COPY, [{"id": "s1", "fields": {"text": "mine"}, "metadata": {"at": 9}, "external_id": None}], []
    )
    mine = event(record="s1")
    target.append(COPY, [mine])
    copy(source, KEY, target, COPY)
    assert [each.id for each in target.since(COPY)] == [mine.id, *(each.id for each in source.since(KEY))]
    assert [row.metadata for row in target.records(COPY) if row.id == "s1"] == [{"at": 1}]


def test_the_file_is_let_go_of(source, target):
    """Afterwards the store in memory holds no file, whether the copy was made or broke off, and another copy can be made."""
    broken = Which(records=[tables.record.c.id == "s1"])  # answers to others come without their record
    with pytest.raises(StoreError):
        copy(source, KEY, target, COPY, broken)
    assert not any(held(target, COPY).values())
    for _ in range(2):
        with target.engine.connect() as connection:
            names = {row[1] for row in connection.exec_driver_sql("PRAGMA database_list")}
            assert names - {"temp"} == {"main"}
        copy(source, KEY, target, COPY)
    assert held(target, COPY)["record"] == held(source, KEY)["record"]


@pytest.fixture
def odd(tmp_path, event):
    """Return a store in a file whose name means something in an address."""
    folder = tmp_path / "50% off? #1 & more"
    folder.mkdir()
    made = Store(folder / "feed back.db")
    made.create(KEY, "team", "tone", {"fields": []})
    fill(made, KEY, event)
    yield made
    made.close()


def test_a_file_with_an_odd_name_is_found(odd, target):
    """Whatever stands in the path, the file at it is the one that is copied."""
    copy(odd, KEY, target, COPY)
    assert held(target, COPY)["record"] == held(odd, KEY)["record"]


def test_a_file_that_went_meanwhile_is_not_made_anew(odd, target, tmp_path, monkeypatch):
    """Moved between the look and the copy: refused with the path, and nothing is made in its place."""
    path = odd.engine.url.database
    monkeypatch.setattr(odd, "in_place", lambda: True)
    monkeypatch.setattr("feedback_widgets.store.copying._versions", lambda *_: {})
    odd.engine.dispose()
    for file in (tmp_path / "50% off? #1 & more").iterdir():
        file.rename(tmp_path / file.name)
    with pytest.raises(StoreError, match="cannot be opened") as caught:
        copy(odd, KEY, target, COPY)
    assert path in str(caught.value)
    assert not list((tmp_path / "50% off? #1 & more").iterdir())


def test_a_file_replaced_meanwhile_is_refused(odd, target, tmp_path, monkeypatch):
    """What was read out of another file than the one that was opened is no copy."""
    real = beside.insert
    path = tmp_path / "50% off? #1 & more" / "feed back.db"

    def replaced(*given):
        if path.exists():
            path.rename(tmp_path / "aside.db")
            sqlite3.connect(path).close()
        return real(*given)

    monkeypatch.setattr(beside, "insert", replaced)
    with pytest.raises(StoreError, match="was moved, deleted or replaced"):
        copy(odd, KEY, target, COPY)
    assert not any(held(target, COPY).values())
