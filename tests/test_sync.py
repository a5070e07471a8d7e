"""What another process writes appears here without being asked for: answers, records, counts, guidelines, desks."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time

import pytest

import feedback_widgets as fw
from feedback_widgets.widgets import bundle

WAIT = 20  # seconds; how fast it is, the benchmark says
OPENED = """
import feedback_widgets as fw
ds = fw.FeedbackDataset.load("tone", store={place!r})
"""


def until(true):
    """Wait until something holds."""
    end = time.monotonic() + WAIT
    while not true():
        assert time.monotonic() < end, "it never arrived"
        time.sleep(0.01)


def made(guidelines="Be fair."):
    """Return a dataset of three records."""
    dataset = fw.FeedbackDataset(
        guidelines=guidelines,
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
    )
    dataset.add_records([{"text": f"t{i}"} for i in range(3)])
    return dataset


@pytest.fixture(params=["file", "postgres"])
def place(request, tmp_path):
    """Return where the store is: a path, or the address of an empty database."""
    return tmp_path / "feedback.db" if request.param == "file" else request.getfixturevalue("postgres_url")


@pytest.fixture
def dataset(place):
    """Return a saved dataset of three records."""
    return made().save("tone", store=place)


@pytest.fixture
def elsewhere(place):
    """Return a function that runs code in another process, where `ds` is the same dataset."""

    def run(code):
        script = (OPENED + textwrap.dedent(code)).replace("{place!r}", repr(str(place)))
        subprocess.run([sys.executable, "-c", script], check=True)

    return run


@pytest.fixture
def desk(dataset, tmp_path, monkeypatch):
    """Return alice's desk with one open page; what it says is kept in `desk.sent`."""
    monkeypatch.setattr(bundle, "SOURCE", tmp_path / "desk.js")
    bundle.SOURCE.write_text("export default { render() {} };")
    made = dataset.annotate(user="alice")
    made.sent = []
    made.send = made.sent.append
    hello(made)
    return made


def hello(desk):
    """Open a page, and return its welcome."""
    desk._on_message(desk, {"v": 1, "client": "page", "seq": 1, "rid": "r", "kind": "hello"}, [])
    return desk.sent[-1]


def pushed(desk, true):
    """Wait until the desk has pushed a message that satisfies `true`."""
    until(lambda: any(each["kind"] == "progress" and true(each) for each in desk.sent))


def test_an_answer_given_in_another_process_appears(dataset, elsewhere):
    """Nobody calls sync, and yet the record, the counts and the annotators are up to date."""
    elsewhere("ds.respond(ds[1].id, {'tone': 'rude'}, user='bob')")
    until(lambda: dataset.progress()["submitted"] == 1)
    assert [each.user_id for each in dataset[1].responses] == ["bob"]
    assert dataset.progress("bob")["submitted"] == 1


def test_records_added_in_another_process_appear(dataset, elsewhere):
    """New records come in, at the end, with their answers."""
    elsewhere("""
        ds.add_records([{"fields": {"text": "new"}, "responses": [{"values": {"tone": "rude"}, "user_id": "bob"}]}])
    """)
    until(lambda: len(dataset) == 4 and dataset[3].responses)
    assert dataset[3].fields == {"text": "new"}


def test_a_desk_tells_its_pages_of_answers_from_another_process(desk, dataset, elsewhere):
    """Alice answers in two kernels: each page sees the other's answer and the new counts."""
    elsewhere("ds.respond(ds[1].id, {'tone': 'rude'}, user='alice')")
    pushed(desk, lambda said: said["progress"]["submitted"] == 1)
    views = [view for each in desk.sent if each["kind"] == "progress" for view in each["views"]]
    assert [(view["index"], view["response"]["values"]) for view in views] == [(1, {"tone": "rude"})]
    assert desk.record.id == dataset[0].id


def test_a_desk_tells_its_pages_of_records_from_another_process(desk, elsewhere):
    """The page learns that there is more to do, and asks for it when it gets there."""
    elsewhere("ds.add_records([{'text': 'new'}])")
    pushed(desk, lambda said: (said["progress"]["total"], said["views"]) == (4, []))


def test_suggestions_and_metadata_from_another_process_appear(desk, dataset, elsewhere):
    """A model's suggestions made in another kernel reach the records here, and the pages that show them."""
    elsewhere("""
        suggestion = {"question_name": "tone", "value": "rude", "agent": "bot"}
        ds.add_records([{"fields": ds[1].fields, "metadata": {"source": "mail"}, "suggestions": [suggestion]}])
    """)
    until(lambda: dataset[1].suggestions)
    assert [(each.value, each.agent) for each in dataset[1].suggestions] == [("rude", "bot")]
    assert dataset[1].metadata == {"source": "mail"}
    pushed(desk, lambda said: [each["index"] for each in said["views"]] == [1])
    elsewhere("""
        suggestion = {"question_name": "tone", "value": "polite", "agent": "bot"}
        ds.add_records([{"fields": ds[1].fields, "suggestions": [suggestion]}])
    """)
    until(lambda: [each.value for each in dataset[1].suggestions] == ["polite"])
    assert dataset[1].metadata == {"source": "mail"}


def test_the_same_suggestions_and_metadata_again_are_no_news(dataset):
    """Running the creating cell a second time makes nobody read anything again."""
    suggestion = {"question_name": "tone", "value": "rude", "score": 0.5}
    given = [{"fields": each.fields, "metadata": {"n": 1}, "suggestions": [suggestion]} for each in dataset]
    dataset.add_records(given)
    before = dataset.store.last_change(dataset.key)
    dataset.add_records(given)
    assert dataset.store.last_change(dataset.key) == before > 0


def test_new_guidelines_from_another_process_stand_in_the_next_welcome(desk, dataset, elsewhere):
    """A later version of the guidelines is taken over; new answers say that they were given under it."""
    elsewhere("""
        again = fw.FeedbackDataset(guidelines="Be kind.", fields=ds.fields, questions=ds.questions)
        again.save("tone", store={place!r})
    """)
    until(lambda: dataset.guidelines == "Be kind.")
    spec = hello(desk)["spec"]
    assert (spec["guidelines"], spec["version"]) == ("Be kind.", 2)
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="alice")
    assert dataset.answer("alice", dataset[0].id).settings_version == 2


def test_a_form_that_grew_elsewhere_is_taken_over_where_it_is_open(desk, dataset, elsewhere):
    """A new question, its suggestions and its answers arrive by themselves; the next welcome shows it."""
    heard = []

    class Ear:
        def hear(self, news):
            heard.append(news.form)

    ear = Ear()
    dataset.watch(ear.hear)
    elsewhere("""
        ds.extend(questions=[fw.TextQuestion(name="why", required=False)], labels={"tone": ["unclear"]})
        suggestion = {"question_name": "why", "value": "no please", "agent": "bot"}
        ds.add_records([{"fields": ds[1].fields, "suggestions": [suggestion]}])
        ds.respond(ds[0].id, {"tone": "unclear", "why": "so"}, user="bob")
    """)
    until(lambda: dataset[0].responses and dataset[1].suggestions)
    assert dataset[0].responses[0].values["why"].value == "so"
    assert dataset[1].suggestions[0].value == "no please"
    assert dataset.settings_version == hello(desk)["spec"]["version"] == 2
    assert [each["name"] for each in hello(desk)["spec"]["questions"]] == ["tone", "why"]
    until(lambda: any(heard))  # told after what is told about can be seen
    assert [each for each in heard if each] == [2]


def test_a_form_that_cannot_be_read_here_is_told_once(dataset, caplog):
    """A question type of somebody's notebook: what is open keeps its form and goes on, and the log says so."""
    form = dataset.settings.to_dict()
    form["questions"] = [*form["questions"], {"type": "smell", "name": "smell"}]
    dataset.store.put_settings(dataset.key, form)
    until(lambda: "load" in caplog.text)
    dataset.sync()
    assert caplog.text.count("another form") == 1
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="alice")
    assert [each.name for each in dataset.questions] == ["tone"]


def test_own_answers_are_not_read_again(dataset, monkeypatch):
    """What this process wrote itself is folded in at once; the next sync fetches nothing."""
    for each in dataset.records:
        dataset.respond(each.id, {"tone": "rude"}, user="alice")
    fetched = []
    since = dataset.store.since
    monkeypatch.setattr(dataset.store, "since", lambda *given: fetched.append(since(*given)) or fetched[-1])
    dataset.sync()
    assert [each for each in fetched if each] == []
    assert dataset.progress("alice")["submitted"] == 3


def test_own_answers_do_not_hide_those_that_came_between(dataset, place):
    """Bob's answer lies before alice's in the log, and she has not seen it yet: it still comes in."""
    dataset.store.leave(dataset)
    other = fw.FeedbackDataset.load("tone", store=place)
    other.respond(other[0].id, {"tone": "rude"}, user="bob")
    dataset.respond(dataset[1].id, {"tone": "rude"}, user="alice")
    dataset.sync()
    assert dataset.progress("bob")["submitted"] == 1


def test_a_dataset_saved_elsewhere_follows_its_new_store(dataset, tmp_path, elsewhere):
    """After `save` to a second store, the first one no longer matters."""
    old = dataset.store
    dataset.save("tone", store=tmp_path / "second.db")
    elsewhere("ds.respond(ds[0].id, {'tone': 'rude'}, user='bob')")
    other = fw.FeedbackDataset.load("tone", store=tmp_path / "second.db")
    other.respond(other[1].id, {"tone": "rude"}, user="carol")
    until(lambda: dataset.progress()["submitted"] == 1)
    assert list(dataset.progress()["annotators"]) == ["carol"]
    assert dataset not in old._watcher._followers


def test_many_threads_may_sync_answer_and_read_at_once(dataset, place):
    """Main thread, subshell and watcher meet in one dataset: no exception, and the end equals a cold load."""
    troubles = []

    def guarded(work):
        try:
            work()
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            troubles.append(error)

    def answer(user):
        for each in dataset.records * 5:
            dataset.respond(each.id, {"tone": "rude"}, user=user)

    def read():
        for number in range(60):
            dataset.sync()
            dataset.add_records([{"text": f"n{number % 7}"}])
            dataset.progress()

    work = [lambda i=i: answer(f"u{i}") for i in range(4)] + [read, read]
    threads = [threading.Thread(target=guarded, args=(each,)) for each in work]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    dataset.sync()
    cold = fw.FeedbackDataset.load("tone", store=place)
    assert troubles == []
    assert len(dataset) == 10
    assert dataset.progress() == cold.progress()
    assert [each.id for each in dataset] == [each.id for each in cold]
