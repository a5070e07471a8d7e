"""Care: what was forgotten is gone, from the log, from every memory and from the bytes of the file; copies are whole."""

from __future__ import annotations

import os
import sqlite3
import threading
import warnings
from pathlib import Path

import pytest
import sqlalchemy

import feedback_widgets as fw
from feedback_widgets.store import Event, Store, care, new_id, open_store

SECRET = "the-answer-nobody-may-read-again"
PERSON = "ann-the-forgotten"


@pytest.fixture
def place(tmp_path):
    """Return where the dataset is saved."""
    return tmp_path / "feedback.db"


@pytest.fixture
def dataset(place):
    """Return a saved dataset of three records, the first one answered by two people."""
    made = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    made.add_records([{"text": f"t{i}"} for i in range(3)])
    made.save("tone", store=place)
    answer(made, PERSON, SECRET)
    answer(made, "bob", "bob's answer")
    return made


def load(place):
    """Open the dataset again, as another kernel would: with connections of its own."""
    store = Store(place)
    made = fw.FeedbackDataset.load("tone", store=place)
    made._attach(store, made.key, "tone", "default")
    return made


def answer(dataset, user, why, at=0, **more):
    """Answer a record."""
    dataset.respond(dataset[at].id, {"why": why}, user=user, **more)


def shown(dataset):
    """Return (place, annotator, status, answer) of every answer that the records show."""
    return [
        (at, each.user_id, each.status, each.values["why"].value)
        for at, record in enumerate(dataset.records)
        for each in record.responses
    ]


def bytes_of(place):
    """Return every byte that the store's files hold."""
    return b"".join(each.read_bytes() for each in sorted(place.parent.glob(place.name + "*")))


def ask(place, query):
    """Ask the file directly, as a foreign program would."""
    connection = sqlite3.connect(place)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


# -- forgetting -----------------------------------------------------------------------------------------------------


def test_a_forgotten_person_is_shown_nowhere(dataset, place):
    """Records, progress, rows, history, undo, a cold load and the view `response` know nothing of them."""
    answer(dataset, PERSON, SECRET, at=1, status="draft")
    assert dataset.forget_user(PERSON) == 2
    for each in (dataset, load(place)):
        assert shown(each) == [(0, "bob", "submitted", "bob's answer")]
        assert list(each.progress()["annotators"]) == ["bob"]
        assert each.progress(PERSON)["pending"] == each.progress()["total"] == 3
        assert [happened.user for happened in each.history(each[0])] == ["bob"]
        assert each.history(each[1]) == []
        assert [entry["user_id"] for entry in each.rows()[0]["why"]] == ["bob"]
        assert each.undo(user=PERSON) is None
        assert each.answer(PERSON, each[0].id) is None
    assert ask(place, "SELECT user_id FROM response") == [("bob",)]


def test_the_log_keeps_only_that_something_happened(dataset, place):
    """An erased event has its record and its time, one pseudonym for the whole person, and nothing else."""
    taken = Event(
        new_id(), dataset[0].id, PERSON, "submitted", {"why": SECRET}, None, "2026-01-01T00:00:00Z", 9,
        {"suggestions": ["why"]}, client="page",
    )  # fmt: skip
    dataset.append([taken])
    dataset.undo(user=PERSON)
    dataset.forget_user(PERSON)
    left = [each for each in dataset.store.since(dataset.key) if each.user_id != "bob"]
    assert len(left) == 3
    assert len({each.user_id for each in left}) == 1
    assert left[0].user_id.startswith("forgotten-")
    for each in left:
        assert (each.status, each.answers, each.shown) == ("forgotten", {}, {})
        assert (each.undoes, each.started_at, each.duration_ms, each.client) == (None, None, None, None)
        assert each.received_at


def test_the_bytes_are_gone_from_the_files(dataset, place):
    """Neither the answer nor the name stands anywhere in the database file or beside it, however often pages were split."""
    for number in range(60):
        given = [
            Event(
                new_id(),
                dataset[number % 3].id,
                who,
                "submitted",
                {"why": (who + SECRET) * (1 + number % 40)},
            )
            for who in (PERSON, f"carl{number % 7}", PERSON)
        ]
        others = [each for each in given if each.user_id != PERSON]
        mine = [each for each in given if each.user_id == PERSON]
        dataset.append(
            mine + [Event(e.id, e.record_id, e.user_id, "submitted", {"why": "x"}) for e in others]
        )
    assert SECRET.encode() in bytes_of(place)
    dataset.forget_user(PERSON)
    left = bytes_of(place)
    assert (left.count(SECRET.encode()), left.count(PERSON.encode())) == (0, 0)
    assert ask(place, "PRAGMA integrity_check") == [("ok",)]
    assert b"bob's answer" in left


def test_what_still_stands_in_the_file_is_said(dataset, place):
    """While another program reads an old state the bytes cannot go; a warning says so, and the next call finishes it."""
    dataset.store.close()
    reader = sqlite3.connect(place, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM response_event").fetchone()
    try:
        with dataset.store.engine.connect() as connection:  # do not wait half a minute for the reader
            connection.connection.driver_connection.execute("PRAGMA busy_timeout = 50")
        with pytest.warns(
            UserWarning, match="bytes may still stand .*another program reads it.*call forget_user again"
        ):
            dataset.forget_user(PERSON)
    finally:
        reader.close()
    assert shown(dataset) == [(0, "bob", "submitted", "bob's answer")]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert dataset.forget_user(PERSON) == 0
    assert SECRET.encode() not in bytes_of(place)


def test_without_room_to_write_the_file_anew_the_answers_are_overwritten_all_the_same(
    dataset, place, monkeypatch
):
    """The rows' own bytes go with the rows, and the warning says what is left to do."""
    dataset.append(
        [Event(new_id(), dataset[0].id, PERSON, "submitted", {"why": SECRET * 20}) for _ in range(30)]
    )
    dataset.store.close()
    sqlalchemy.event.listen(
        dataset.store.engine, "connect", lambda each, _: each.execute("PRAGMA secure_delete = OFF")
    )

    def fail(_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(care, "_wipe_file", fail)
    with pytest.warns(UserWarning, match="bytes may still stand .*database or disk is full"):
        dataset.forget_user(PERSON)
    dataset.store.close()
    ask(place, "PRAGMA wal_checkpoint(TRUNCATE)")
    assert SECRET.encode() not in bytes_of(place)


def test_an_event_sent_again_does_not_bring_the_answer_back(dataset, place):
    """A page that did not hear of the acknowledgement is told the event is stored, and nothing is written."""
    (first, _) = dataset.store.since(dataset.key)
    dataset.forget_user(PERSON)
    (stored,) = dataset.append([first])
    assert (stored.id, stored.status, stored.answers) == (first.id, "forgotten", {})
    assert dataset.store.known(dataset.key, [first.id]) == {first.id}
    assert dataset._memory.take_events([first]) == []  # an old reading that arrives late
    assert [row[1] for row in shown(dataset)] == [row[1] for row in shown(load(place))] == ["bob"]
    assert SECRET.encode() not in bytes_of(place)


def test_an_undo_sent_again_takes_nothing_back(dataset):
    """The undo was erased with the answer; its id still changes nothing."""
    dataset.undo(user=PERSON, event_id="u1")
    dataset.forget_user(PERSON)
    assert dataset.undo(user=PERSON, event_id="u1") is None
    assert shown(dataset) == [(0, "bob", "submitted", "bob's answer")]


def test_imported_answers_do_not_come_back_when_the_cell_is_run_again(place):
    """An answer that came with its record has its content as id, and stays erased."""
    made = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    records = [{"fields": {"text": "t"}, "responses": [{"values": {"why": SECRET}, "user_id": PERSON}]}]
    made.add_records(records)
    made.save("tone", store=place)
    assert made.forget_user(PERSON) == 1
    made.add_records(records)
    assert shown(made) == []


def test_other_kernels_forget_at_their_next_sync(dataset, place):
    """A memory that held the answer lets go of it, tells its desks, and counts right."""
    other = load(place)
    told = []

    class Ear:
        def hear(self, news):
            told.append(news)

    ear = Ear()
    other.watch(ear.hear)
    dataset.forget_user(PERSON)
    other.sync()
    assert shown(other) == [(0, "bob", "submitted", "bob's answer")]
    assert other.progress(PERSON) == {"total": 3, "pending": 3, "draft": 0, "submitted": 0, "discarded": 0}
    assert PERSON in repr(told)


def test_a_person_may_begin_again(dataset, place):
    """What is answered after being forgotten is a new answer like any other."""
    other = load(place)
    dataset.forget_user(PERSON)
    answer(dataset, PERSON, "a new answer")
    other.sync()
    expected = [(0, "bob", "submitted", "bob's answer"), (0, PERSON, "submitted", "a new answer")]
    assert sorted(shown(dataset)) == sorted(shown(other)) == sorted(shown(load(place))) == sorted(expected)


def test_forgetting_one_person_in_one_dataset_leaves_all_else(dataset, place):
    """Another dataset of the same store keeps that person's answers; leases of the forgotten are freed."""
    second = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    second.add_records([{"text": "t0"}])
    second.save("second", store=place)
    answer(second, PERSON, "kept")
    with dataset.store._writing() as connection:
        for user in (PERSON, "bob"):
            connection.exec_driver_sql(
                "INSERT INTO lease (dataset_id, record_id, user_id, expires_at) VALUES (?, ?, ?, '2026')",
                (dataset.key, dataset[0].id, user),
            )
    dataset.forget_user(PERSON)
    again = fw.FeedbackDataset.load("second", store=place)
    assert shown(again) == [(0, PERSON, "submitted", "kept")]
    assert ask(place, "SELECT user_id FROM lease") == [("bob",)]


def test_two_people_have_two_pseudonyms(dataset):
    """What is left cannot be joined."""
    dataset.forget_user(PERSON)
    dataset.forget_user("bob")
    assert len({each.user_id for each in dataset.store.since(dataset.key)}) == 2


def test_as_of_an_earlier_moment_shows_nothing_of_the_forgotten(dataset):
    """The past is changed too."""
    before = dataset.history(dataset[0])[-1].at
    dataset.forget_user(PERSON)
    assert [row[1] for row in shown(dataset.as_of(before))] == ["bob"]


@pytest.mark.parametrize("name", ["", None, 3])
def test_forgetting_nobody_is_refused(dataset, name):
    """The name is needed."""
    with pytest.raises(fw.InvalidInput, match="name must be a non-empty text"):
        dataset.forget_user(name)


def test_forgetting_is_whole_or_not_at_all(dataset, place, monkeypatch):
    """When the erased events cannot be written, the answers are still there."""

    def fail(*_):
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Store, "_insert", fail)
    with pytest.raises(fw.StoreError, match="has no room left"):
        dataset.forget_user(PERSON)
    monkeypatch.undo()
    assert len(shown(load(place))) == 2


def test_a_dataset_in_memory_can_forget():
    """Before the first save, too."""
    made = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    made.add_records([{"text": "t"}])
    answer(made, PERSON, SECRET)
    assert (made.forget_user(PERSON), shown(made)) == (1, [])


# -- how strictly a commit waits for the disk -----------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "level"), [("", 2), ("?synchronous=full", 2), ("?synchronous=NORMAL", 1)])
def test_the_address_says_how_strictly_a_commit_waits_for_the_disk(dataset, place, asked, level):
    """The strictest is the default; every connection has the level asked for, and the answers are the same."""
    opened = fw.FeedbackDataset.load("tone", store=f"sqlite:///{place}{asked}")
    with opened.store.engine.connect() as one, opened.store.engine.connect() as two:
        levels = [each.exec_driver_sql("PRAGMA synchronous").scalar() for each in (one, two)]
    assert levels == [level, level]
    assert opened.store.place == str(place)
    answer(opened, "carl", "in time", at=1)
    dataset.sync()
    assert shown(dataset) == shown(opened)


@pytest.mark.parametrize("asked", ["off", "0"])
def test_a_level_that_would_lose_answers_is_refused(place, asked):
    """What may break the file at a power cut cannot be chosen."""
    with pytest.raises(fw.StoreError, match=r"synchronous=.* is not allowed: it is one of full, normal"):
        open_store(f"sqlite:///{place}?synchronous={asked}")


# -- copies ---------------------------------------------------------------------------------------------------------


def test_a_copy_opens_with_everything_in_it(dataset, place, tmp_path):
    """Records and answers are there, the copy is sound, and it is a store of its own."""
    path = dataset.backup(tmp_path / "copy.db")
    assert path == tmp_path / "copy.db"
    copy = fw.FeedbackDataset.load("tone", store=path)
    assert shown(copy) == shown(dataset)
    answer(copy, "carl", "only here")
    assert len(shown(load(place))) == 2
    assert ask(path, "PRAGMA integrity_check") == [("ok",)]
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def test_a_copy_made_while_people_answer_is_one_moment(dataset, tmp_path, monkeypatch):
    """Answers that arrive meanwhile wait for nothing, and the copy holds a prefix of the log."""
    monkeypatch.setattr(care, "PAGES", 1)
    done = threading.Event()
    acknowledged = []

    def keep_answering():
        while not done.is_set():
            (stored,) = dataset.append(
                [Event(new_id(), dataset[1].id, "carl", "submitted", {"why": "x" * 2000})]
            )
            acknowledged.append(stored.seq)

    thread = threading.Thread(target=keep_answering)
    thread.start()
    try:
        copies = []
        for number in range(3):
            before = len(acknowledged)
            copies.append((before, dataset.backup(tmp_path / f"copy{number}.db")))
    finally:
        done.set()
        thread.join()
    for before, path in copies:
        log = [each.seq for each in open_store(path).since(dataset.key)]
        everything = [each.seq for each in dataset.store.since(dataset.key)]
        assert log == everything[: len(log)]
        assert set(acknowledged[:before]) <= set(log)
        assert ask(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_file_that_is_there_is_not_overwritten_unasked(dataset, tmp_path):
    """The file stays as it was; `overwrite=True` replaces it."""
    path = tmp_path / "copy.db"
    path.write_text("precious")
    with pytest.raises(fw.StoreError, match="overwrite=True"):
        dataset.backup(path)
    assert path.read_text() == "precious"
    dataset.backup(path, overwrite=True)
    assert shown(fw.FeedbackDataset.load("tone", store=path)) == shown(dataset)


def test_a_store_in_use_is_not_overwritten(dataset, place):
    """Not even when asked to: the log beside it would be played into the copy."""
    with pytest.raises(fw.StoreError, match="store in use"):
        dataset.backup(place, overwrite=True)
    assert len(shown(load(place))) == 2


def test_a_copy_that_fails_leaves_what_was_there(dataset, tmp_path, monkeypatch):
    """A disk that fills up half-way costs neither the old copy nor leaves a part of the new one."""
    path = dataset.backup(tmp_path / "copy.db")
    old = path.read_bytes()

    def fail(_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(care.os, "fsync", fail)
    with pytest.raises(fw.StoreError, match=r"could not be copied .*No space left"):
        dataset.backup(path, overwrite=True)
    assert path.read_bytes() == old
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".part")] == []


def test_a_copy_is_on_disk_before_it_has_its_name(dataset, tmp_path, monkeypatch):
    """The bytes are flushed first, then the file is renamed, then the folder is flushed."""
    done = []
    flush, rename = os.fsync, os.replace

    def note_flush(handle):
        done.append(Path(f"/proc/self/fd/{handle}").readlink().suffix)
        flush(handle)

    def note_rename(source, target):
        done.append("rename")
        rename(source, target)

    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not tell which file a handle belongs to")
    monkeypatch.setattr(care.os, "fsync", note_flush)
    monkeypatch.setattr(care.os, "replace", note_rename)
    dataset.backup(tmp_path / "copy.db")
    assert done[:2] == [".part", "rename"]
    assert len(done) == 3


@pytest.mark.parametrize(("path", "words"), [("nowhere/copy.db", "does not exist: create it")])
def test_a_missing_folder_is_said(dataset, tmp_path, path, words):
    """The folder is named."""
    with pytest.raises(fw.StoreError, match=words):
        dataset.backup(tmp_path / path)


def test_a_dataset_in_memory_has_no_file_to_copy(tmp_path):
    """What to do is said."""
    made = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    with pytest.raises(fw.StoreError, match="save"):
        made.backup(tmp_path / "copy.db")
