"""What a dataset promises, on every engine: it is kept once, resumes, undoes, and shows what the store shows."""

from __future__ import annotations

import json
import random
import threading

import pytest

import feedback_widgets as fw
from feedback_widgets import keeping
from feedback_widgets.errors import InvalidInput, StoreError

KINDS = ["file", "memory", "postgres"]
USERS = ["alice", "bob", "cleo"]
FOLD = "SELECT record_id, user_id, status, answers FROM response"


def form(**more):
    """Return a dataset of four records that is nowhere yet, with a suggestion and metadata."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[
            fw.LabelQuestion(name="tone", labels=["polite", "rude"]),
            fw.TextQuestion(name="why", required=False),
        ],
        **more,
    )
    suggestion = {"question_name": "tone", "value": "rude", "score": 0.5, "agent": "model"}
    made.add_records([{"text": f"t{i}", "source": "web"} for i in range(3)])
    made.add_records([{"fields": {"text": "t3"}, "metadata": {"n": 1}, "suggestions": [suggestion]}])
    return made


@pytest.fixture
def opened():
    """Return a list of datasets whose stores are closed in the end."""
    found = []
    yield found
    for each in found:
        each.store.close()


@pytest.fixture
def dataset(kind, opened, request):
    """Return a dataset that is kept on the engine under test; `kind` "memory" is one that was never saved."""
    made = form() if kind == "memory" else form().save("tone", "team", store=request.getfixturevalue("place"))
    opened.append(made)
    return made


@pytest.fixture
def load(place, opened):
    """Return a function that opens the kept dataset as another kernel would: in a store object of its own."""

    def cold():
        from feedback_widgets.store import log

        log._open.clear()
        found = fw.FeedbackDataset.load("tone", workspace="team", store=place)
        opened.append(found)
        return found

    return cold


def answers(dataset):
    """Return (record, user, status, answers in stored form) of every current answer, sorted."""
    found = [(each.id, user, dataset.answer(user, each.id)) for each in dataset for user in USERS]
    return sorted((record, user, event.status, event.answers) for record, user, event in found if event)


def act_at_random(dataset, seed, steps=60):
    """Answer, draft, discard and undo as several people do."""
    chance = random.Random(seed)
    for _ in range(steps):
        user, record = chance.choice(USERS), chance.choice(list(dataset))
        kind = chance.choice(["submitted", "submitted", "draft", "discarded", "undo"])
        if kind == "undo":
            dataset.undo(user=user)
        else:
            dataset.respond(record.id, {"tone": chance.choice(["polite", "rude"])}, user=user, status=kind)


def test_a_loaded_dataset_is_the_one_that_was_kept(dataset, load, place):
    """Records, metadata, suggestions, guidelines and answers come back in another kernel."""
    act_at_random(dataset, 1)
    found = load()
    assert found.store is not dataset.store
    assert [each.to_row() for each in found] == [each.to_row() for each in dataset]
    assert [(each.value, each.score, each.agent) for each in found[3].suggestions] == [("rude", 0.5, "model")]
    assert answers(found) == answers(dataset) != []
    assert found.progress() == dataset.progress()


def test_running_the_creating_cell_again_resumes(dataset, load, place, opened):
    """Nothing is doubled: the records are known, and the answers come back."""
    act_at_random(dataset, 2)
    again = form().save("tone", "team", store=place)
    opened.append(again)
    assert (len(again), again.key, answers(again)) == (4, dataset.key, answers(dataset))
    assert len(load()) == 4


@pytest.mark.parametrize("kernel", ["same", "other"])
def test_saving_that_broke_off_is_finished_by_the_next_run(place, opened, monkeypatch, kernel):
    """Broken off between the name and the records, it loses nothing, and the cell can be run again, in any kernel."""

    def grown():
        made = form()
        made.extend(questions=[fw.TextQuestion(name="more", required=False)])
        made.respond(made[0].id, {"tone": "rude", "why": "so"}, user="ann")
        opened.append(made)
        return made

    def breaks(*_):
        raise StoreError("broke off")

    first = grown()
    with monkeypatch.context() as patch:
        patch.setattr(keeping, "copy", breaks)
        with pytest.raises(StoreError, match="broke off"):
            first.save("half", "team", store=place)
    assert (first.name, len(first), first.answer("ann", first[0].id).answers["why"]) == (None, 4, "so")
    again = (first if kernel == "same" else grown()).save("half", "team", store=place)
    found = fw.FeedbackDataset.load("half", workspace="team", store=place)
    opened.append(found)
    assert [each.id for each in found] == [each.id for each in first]
    assert found.answer("ann", found[0].id).answers == {"tone": "rude", "why": "so"}
    assert (found.settings_version, found.settings.to_dict()) == (2, first.settings.to_dict())
    assert found.key == again.key


def test_another_form_of_the_same_name_is_refused(dataset, place):
    """What is kept is not overwritten by something else, and the difference is named."""
    other = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    with pytest.raises(InvalidInput, match="has another form"):
        other.save("tone", "team", store=place)


def test_undo_takes_back_one_answer_after_the_other(dataset):
    """Each undo returns the record to what it was before, until nothing is left."""
    one, two = dataset[0].id, dataset[1].id
    dataset.respond(one, {"tone": "polite"}, user="alice")
    dataset.respond(one, {"tone": "rude"}, user="alice")
    dataset.respond(two, {"tone": "rude"}, user="alice")
    assert dataset.undo(user="alice").record_id == two
    assert dataset.answer("alice", two) is None
    dataset.undo(user="alice")
    assert dataset.answer("alice", one).answers == {"tone": "polite"}
    dataset.undo(user="alice")
    assert dataset.undo(user="alice") is None
    assert answers(dataset) == []


def test_undo_works_in_another_kernel(dataset, load, place):
    """What was answered here can be taken back there, and here it is seen."""
    dataset.respond(dataset[0].id, {"tone": "polite"}, user="alice")
    assert load().undo(user="alice").record_id == dataset[0].id
    dataset.sync()
    assert answers(dataset) == []


def test_a_draft_does_not_take_back_an_answer(dataset):
    """A submitted answer stands, whatever draft comes late."""
    record = dataset[0].id
    dataset.respond(record, {"tone": "polite"}, user="alice")
    dataset.respond(record, {"tone": "rude"}, user="alice", status="draft")
    assert [(status, given) for _, _, status, given in answers(dataset)] == [
        ("submitted", {"tone": "polite"})
    ]


@pytest.mark.parametrize("seed", range(3))
def test_memory_and_the_view_agree(dataset, store_sql, seed):
    """A foreign program that reads the view `response` sees what the dataset shows."""
    act_at_random(dataset, seed)
    seen = [(*row[:3], json.loads(row[3]) if isinstance(row[3], str) else row[3]) for row in store_sql(FOLD)]
    assert sorted(seen, key=str) == sorted(answers(dataset), key=str) != []


@pytest.fixture
def store_sql(dataset):
    """Return a function that asks the dataset's store in SQL."""

    def ask(query):
        with dataset.store.engine.connect() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    return ask


def test_eight_threads_lose_nothing(dataset):
    """People who answer at once in one kernel each find their own newest answer, and the log holds every one."""
    wrong = []

    def work(user):
        try:
            for number in range(25):
                for record in dataset:
                    dataset.respond(record.id, {"tone": "rude", "why": str(number)}, user=user)
        except Exception as error:  # noqa: BLE001 - told by the test
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(f"u{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    newest = {dataset.answer(f"u{i}", each.id).answers["why"] for i in range(8) for each in dataset}
    assert (newest, len(dataset.store.since(dataset.key))) == ({"24"}, 8 * 25 * 4)


def test_what_others_add_is_taken_in(dataset, load, place):
    """Records, metadata and answers of another kernel appear with the next `sync`, and nothing is added twice."""
    other = load()
    other.add_records([{"text": "t4"}, {"text": "t0"}])
    other.respond(other[4].id, {"tone": "polite"}, user="bob")
    dataset.sync()
    assert [each.fields["text"] for each in dataset] == ["t0", "t1", "t2", "t3", "t4"]
    assert answers(dataset) == answers(other) == [(other[4].id, "bob", "submitted", {"tone": "polite"})]
