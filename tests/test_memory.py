"""A memory that knows every record's status, and reads what records hold when somebody looks."""

from __future__ import annotations

import gc
import random
import shutil
import sqlite3
import threading
import weakref
from contextlib import closing

import pytest
from sqlalchemy import event as sql

import feedback_widgets as fw
from feedback_widgets import pages
from feedback_widgets.errors import StoreError
from feedback_widgets.memory import Memory
from feedback_widgets.store import Event, new_id
from feedback_widgets.store import pages as stored

STATUSES = ("submitted", "draft", "discarded")


def empty():
    """Return a dataset about the tone of texts."""
    return fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
    )


@pytest.fixture
def place(tmp_path):
    """Return where the dataset is saved."""
    return tmp_path / "feedback.db"


@pytest.fixture
def load(place):
    """Return a function that opens the dataset as another kernel would, which takes in news only when told."""
    opened = []

    def open_it():
        found = fw.FeedbackDataset.load("tone", store=place)
        found.store.leave(found)
        opened.append(found)
        return found

    yield open_it
    for each in opened:
        each.store.close()


@pytest.fixture
def dataset(place, load):
    """Return a saved dataset of 60 records."""
    made = empty()
    made.add_records([{"text": f"t{number}"} for number in range(60)])
    made.save("tone", store=place)
    return load()


@pytest.fixture
def few(monkeypatch):
    """Keep five records and read three at a time, so that a small dataset behaves as a large one."""
    monkeypatch.setattr(pages, "RECORDS", 5)
    monkeypatch.setattr(pages, "PAGE", 3)
    monkeypatch.setattr(pages, "FIRST_PAGE", 3)
    monkeypatch.setattr(stored, "ROWS", 4)


@pytest.fixture
def questions(dataset):
    """Return the list of SQL statements that the dataset's store has run since."""
    asked = []

    def note(statement):
        if "FROM" in statement:
            asked.append(statement)

    sql.listen(dataset.store.engine, "checkout", lambda driver, *_: driver.set_trace_callback(note))
    return asked


def answers(dataset):
    """Return what the records show: per record (user, status, tone), in their order."""
    return [[(r.user_id, r.status, r.to_json().get("tone")) for r in each.responses] for each in dataset]


def read_back(dataset):
    """Return the same, as a memory that reads everything anew shows it."""
    memory = Memory(dataset.settings, dataset.store, dataset.key)
    memory.load()
    return answers(memory.each())


# -- one object for a record ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("few")
def test_a_record_that_is_held_stays_the_same_object_and_hears_everything(dataset, load):
    """Pushed out of the cache, it still gets answers, suggestions and metadata, and is found again as itself."""
    held = dataset[7]
    _ = dataset.records  # sixty others are looked at, five are kept
    dataset.respond(held.id, {"tone": "rude"}, user="ann")
    other = load()
    other.respond(held.id, {"tone": "polite"}, user="bob")
    suggested = [fw.Suggestion("tone", "polite", agent="m")]
    other.add_records([fw.Record(fields=held.fields, metadata={"n": 1}, suggestions=suggested)])
    dataset.sync()
    assert [(each.user_id, each.to_json()) for each in held.responses] == [
        ("ann", {"tone": "rude"}),
        ("bob", {"tone": "polite"}),
    ]
    assert (held.metadata, held.suggestions) == ({"n": 1}, suggested)
    assert dataset[7] is held
    assert dataset.record(held.id) is held


@pytest.mark.usefixtures("few")
def test_what_nobody_holds_is_let_go(dataset):
    """Looking at all records, one by one or as an iterator, keeps five of them."""
    seen = [weakref.ref(each) for each in dataset]
    seen += [weakref.ref(dataset[at]) for at in range(60)]
    gc.collect()
    assert len({id(each()) for each in seen if each() is not None}) == 5


def test_long_records_are_kept_by_their_length(dataset, monkeypatch):
    """Some megabytes of text push out what was looked at earlier, however few records they are, and are read in small pages."""
    monkeypatch.setattr(pages, "CHARACTERS", 25_000)
    monkeypatch.setattr(pages, "PAGE_CHARACTERS", 20_000)
    dataset.add_records([{"text": f"{number} " + "x" * 10_000} for number in range(20)])
    seen = [weakref.ref(each) for each in dataset]
    gc.collect()
    kept = [len(each().fields["text"]) for each in seen if each() is not None]
    assert 10_000 < sum(kept) < 25_000
    assert dataset._memory._pages.size < 10


def test_a_small_dataset_is_read_once(dataset, questions):
    """Once they were looked at, records, answers, counts and places ask the store nothing."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    _ = dataset.records
    questions.clear()
    for at, each in enumerate(dataset):
        assert dataset._memory.record_at(at) is dataset.record(each.id) is each
        assert (dataset.answer("ann", each.id) is not None) == (at == 0)
    assert dataset.progress("ann")["submitted"] == dataset.first_open("ann") == 1
    assert questions == []


def test_answers_are_read_with_their_page(dataset, load, questions):
    """Asking for everybody's answer to each record asks the store a few times, not once per record."""
    dataset.append(
        [Event(new_id(), each.id, "ann", "submitted", {"tone": "rude"}) for each in dataset.records]
    )
    fresh = load()
    questions.clear()
    found = [fresh.answer(user, fresh._memory.id_at(at)) for at in range(60) for user in ("ann", "bob")]
    assert [each and each.answers for each in found] == [{"tone": "rude"}, None] * 60
    assert len(questions) <= 8  # two pages


def test_nothing_new_is_one_question(dataset, questions):
    """A sync without news asks the store once."""
    dataset.sync()
    questions.clear()
    dataset.sync()
    assert len(questions) == 1


@pytest.mark.parametrize("how", ["page", "one by one"])
def test_a_page_of_answers_is_looked_up_by_its_records(dataset, place, questions, how):
    """SQLite finds a page's answers through the index of the fold: walking the log in its order takes as long as the log is."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    dataset._memory._pages = pages.Pages(dataset.settings, dataset._memory._lock)
    questions.clear()
    ids = [dataset._memory.id_at(at) for at in range(20)]
    dataset._memory.look(ids, neighbours=how == "page")
    asked = [
        each for each in questions if "response_event.status" in each and "response_event.answers" not in each
    ]
    with closing(sqlite3.connect(place)) as driver:
        plans = [row[3] for each in asked for row in driver.execute(f"EXPLAIN QUERY PLAN {each}")]
    assert [each for each in plans if "response_event" in each] != []
    assert all(
        "USING COVERING INDEX response_event_fold (dataset_id=? AND record_id=?)" in each
        for each in plans
        if "response_event" in each
    )


def test_records_that_follow_on_each_other_are_read_in_one_piece(dataset, questions):
    """An iteration reads the table of records in its order: looking up every record costs several times that."""
    dataset._memory._pages = pages.Pages(dataset.settings, dataset._memory._lock)
    questions.clear()
    assert len(list(dataset)) == 60
    fields = [each for each in questions if "record.fields" in each]
    assert all("BETWEEN" in each for each in fields)
    assert 1 <= len(fields) <= 2


# -- the fold ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("seed", range(6))
def test_a_cold_load_is_what_was_lived_through(dataset, load, seed):
    """Whatever was answered, undone and answered again: statuses, counts, responses and their order are as before."""
    chance = random.Random(seed)
    held = dataset.records if seed % 2 else []
    for _ in range(80):
        user, at = chance.choice(["ann", "bob", "cy"]), chance.randrange(12)
        if chance.random() < 0.3:
            dataset.undo(user=user)
        else:
            status = chance.choice(STATUSES)
            dataset.respond(
                dataset._memory.id_at(at),
                {"tone": chance.choice(["polite", "rude"])},
                user=user,
                status=status,
            )
    fresh = load()
    assert answers(fresh) == answers(dataset) == read_back(dataset)
    assert fresh.progress() == dataset.progress()
    for user in dataset.progress()["annotators"]:
        mine = [dataset._memory.status(user, place) for place in range(60)]
        assert [fresh._memory.status(user, place) for place in range(60)] == mine
    assert [fresh._memory.submitted(at) for at in range(60)] == [
        dataset._memory.submitted(at) for at in range(60)
    ]
    assert held == [] or answers(held) == answers(fresh)


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("order", ["forwards", "backwards", "gaps"])
def test_loading_folds_answers_in_any_order(dataset, load, order):
    """Answers in the order of the records, against it, or with gaps, are the same answers."""
    ids = [each.id for each in dataset]
    given = {"forwards": ids, "backwards": ids[::-1], "gaps": ids[::3]}[order]
    dataset.append([Event(new_id(), each, "ann", "submitted", {"tone": "rude"}) for each in given])
    fresh = load()._memory
    assert [fresh.status("ann", at) for at in range(60)] == [
        "submitted" if each in given else "pending" for each in ids
    ]


def test_an_answer_to_a_record_that_is_not_here_yet_is_not_passed_over(dataset, load):
    """Written before the record was taken in, it is there once the record is."""
    other = load()
    other.add_records([{"text": "new"}])
    new = other[60].id
    dataset.append([Event(new_id(), new, "ann", "submitted", {"tone": "rude"})])
    dataset.sync()
    assert dataset.answer("ann", new).answers == {"tone": "rude"}
    assert dataset.progress("ann")["submitted"] == 1


def test_own_answers_that_ran_ahead_are_shown_on_records_read_later(dataset, load):
    """Another kernel's answer that was not heard of yet lies between: the own one is shown, the other's is not, until the sync."""
    first, second = dataset._memory.id_at(50), dataset._memory.id_at(51)
    load().respond(first, {"tone": "polite"}, user="bob")
    dataset.respond(first, {"tone": "rude"}, user="ann")  # numbered after bob's
    dataset.respond(second, {"tone": "rude"}, user="ann")
    dataset._memory._pages = pages.Pages(dataset.settings, dataset._memory._lock)  # nothing is at hand
    assert answers(dataset)[50:52] == [[("ann", "submitted", "rude")], [("ann", "submitted", "rude")]]
    assert dataset.progress("bob")["submitted"] == 0
    dataset.sync()
    assert sorted(answers(dataset)[50]) == [("ann", "submitted", "rude"), ("bob", "submitted", "polite")]
    assert dataset._memory._ahead == {}


# -- readings and writings at once ---------------------------------------------------------------------------------


def test_what_happens_while_a_page_is_read_is_neither_lost_nor_doubled(dataset, load, monkeypatch):
    """Answers, an undo, metadata and suggestions that are folded during a reading stand on the records that it brings."""
    writer = load()
    target = dataset._memory.id_at(3)
    fields = {"text": "t3"}

    def write(when):
        tone = {"before": "rude", "after": "polite"}[when]
        dataset.respond(target, {"tone": tone}, user="ann")
        dataset.respond(target, {"tone": tone}, user="bob")
        suggested = [fw.Suggestion("tone", tone, agent="m")]
        writer.add_records([fw.Record(fields=fields, metadata={"when": when}, suggestions=suggested)])
        dataset.sync()
        if when == "after":
            dataset.undo(user="bob")
            dataset.undo(user="bob")

    dataset.respond(target, {"tone": "rude"}, user="ann")
    read = stored.page
    dataset._memory._pages = pages.Pages(dataset.settings, dataset._memory._lock)
    happened = []

    def slow(*given, **how):
        if not happened:
            happened.append("before")
            write("before")
        page = read(*given, **how)
        if happened == ["before"]:
            happened.append("after")
            write("after")
        return page

    # It looks at the record, which would be read within the reading.
    monkeypatch.setattr(type(dataset), "checked", lambda _, event: event)
    monkeypatch.setattr(stored, "page", slow)
    found = dataset.record(target)
    assert happened == ["before", "after"]
    assert [(each.user_id, each.to_json()) for each in found.responses] == [("ann", {"tone": "polite"})]
    assert found.metadata == {"when": "after"}
    assert [each.value for each in found.suggestions] == ["polite"]
    assert dataset.record(target) is found


@pytest.mark.usefixtures("few")
def test_who_looks_while_answers_are_read_waits_for_all_of_them(dataset, load, monkeypatch):
    """Answers are read when somebody looks; a second thread that looks just then sees each of them once, and none is missing."""
    for user in ("ann", "bob", "cy"):
        dataset.respond(dataset[0].id, {"tone": "rude"}, user=user)
    record = load()[0]
    real, seen = pages.read, []
    second = threading.Thread(target=lambda: seen.extend(each.user_id for each in record.responses))

    def slowly(row):
        if second.ident is None:
            second.start()
            second.join(0.2)  # long enough to be done, were it not to wait
        return real(row)

    monkeypatch.setattr(pages, "read", slowly)
    first = sorted(each.user_id for each in record.responses)
    second.join()
    assert first == sorted(seen) == sorted(each.user_id for each in record.responses) == ["ann", "bob", "cy"]


def test_readers_and_a_writer_agree_in_the_end(dataset):
    """Threads that read while one writes see one object per record, and at the end everybody's newest answer."""
    ids = [each.id for each in dataset]
    held, wrong, stop = dataset[::7], [], threading.Event()

    def read():
        try:
            while not stop.is_set():
                for at, each in enumerate(dataset):
                    users = [response.user_id for response in each.responses]
                    if len(users) != len(set(users)) or each.id != ids[at]:
                        wrong.append((at, users))
        except Exception as error:  # noqa: BLE001 - told by the test
            wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    chance = random.Random(1)
    for _ in range(250):
        user, status = chance.choice(["ann", "bob"]), chance.choice(STATUSES)
        dataset.append([Event(new_id(), chance.choice(ids), user, status, {"tone": "rude"})])
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert answers(dataset) == read_back(dataset)
    assert answers(held) == read_back(dataset)[::7]


# -- the store out of reach ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("few")
def test_without_its_file_a_dataset_knows_what_it_has_looked_at(dataset, place):
    """Records at hand, counts and places work on; any other record is refused with a sentence, and comes once the file is back."""
    dataset.respond(dataset[4].id, {"tone": "rude"}, user="ann")
    at_hand, away = dataset[4], place.with_name("away.db")
    dataset.store.close()
    shutil.move(place, away)
    assert dataset[4] is at_hand
    assert dataset.answer("ann", at_hand.id).answers == {"tone": "rude"}
    assert (dataset.progress("ann")["submitted"], dataset.first_open("ann"), len(dataset)) == (1, 0, 60)
    with pytest.raises(StoreError, match="was moved, deleted or replaced"):
        dataset[40]
    away.replace(place)
    assert dataset[40].fields == {"text": "t40"}


def test_a_record_that_is_gone_from_the_store_is_named(dataset):
    """A store that lost a record says which, and what to do."""
    gone = dataset._memory.id_at(40)
    with dataset.store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM record WHERE id = ?", (gone,))
    with pytest.raises(StoreError, match=f"does not hold the record '{gone}' any more: load"):
        dataset[40]


# -- moving ----------------------------------------------------------------------------------------------------------


class Listener:
    """Keeps the news it is told."""

    def __init__(self, dataset):
        self.news = []
        dataset.watch(self.hear)

    def hear(self, news):
        """Take one piece of news."""
        self.news.append(news)


def test_a_dataset_that_is_saved_tells_what_the_other_place_knew(place):
    """Desks that are open hear of records and answers that were kept there already, and of nothing else."""
    kept = empty()
    kept.add_records([{"text": "a"}, {"text": "b"}])
    kept.respond(kept[0].id, {"tone": "rude"}, user="ann")
    kept.save("tone", store=place)
    made = empty()
    made.add_records([{"text": "c"}, {"text": "a"}])
    listener = Listener(made)
    made.save("tone", store=place)
    (news,) = listener.news
    assert [made.record(each).fields["text"] for each in news.records] == ["b"]
    assert [made.record(each).fields["text"] for each in news.changed] == ["a"]
    made.save("copy", store=place)
    assert len(listener.news) == 1
    kept.store.close()
