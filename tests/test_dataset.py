"""FeedbackDataset: records and everybody's current answers, in memory and in the store at once."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import threading

import pytest

import feedback_widgets as fw

ROWS = [{"text": "Could you help me?"}, {"text": "Shut up."}, {"text": "Thanks, dear."}]


def empty(**changed):
    """Return a new dataset about the tone of texts."""
    tone = fw.LabelQuestion(name="tone", labels=["polite", "rude"])
    form = {
        "fields": [fw.TextField(name="text")],
        "questions": [tone, fw.TextQuestion(name="why", required=False)],
    }
    return fw.FeedbackDataset(**{**form, **changed})


@pytest.fixture
def place(tmp_path):
    """Return where the dataset is saved."""
    return tmp_path / "feedback.db"


@pytest.fixture
def dataset(place):
    """Return a saved dataset of three records."""
    made = empty()
    made.add_records(ROWS)
    return made.save("tone", workspace="team", store=place)


def counts(place):
    """Count what the file holds, as another program sees it."""
    connection = sqlite3.connect(place)
    tables = ("dataset", "settings_version", "record", "suggestion", "response_event")
    found = {each: connection.execute(f"SELECT count(*) FROM {each}").fetchone()[0] for each in tables}
    connection.close()
    return found


def load(place):
    """Open the dataset again, as another kernel would."""
    return fw.FeedbackDataset.load("tone", workspace="team", store=place)


def seen(dataset):
    """Return what a dataset says about its records and answers."""
    return [(each.id, each.fields, each.metadata, each.responses, each.suggestions) for each in dataset]


# -- records --------------------------------------------------------------------------------------------------------


def test_running_a_cell_again_adds_nothing_twice(dataset, place):
    """Known content is counted as known, in the return value and in the file."""
    assert dataset.add_records([*ROWS, {"text": "new"}]) == (1, 3)
    assert dataset.add_records([*ROWS, {"text": "new"}]) == (0, 4)
    assert counts(place)["record"] == len(dataset) == 4


def test_what_people_have_becomes_records():
    """Records, dicts of both forms, one dict, DataFrames and datasets are read alike."""
    pandas, datasets = pytest.importorskip("pandas"), pytest.importorskip("datasets")
    forms = [
        [fw.Record(each) for each in ROWS],
        [{"fields": each} for each in ROWS],
        ROWS,
        pandas.DataFrame(ROWS),
        datasets.Dataset.from_list(ROWS),
        (each for each in ROWS),
    ]
    made = [empty() for _ in forms]
    for dataset, form in zip(made, forms, strict=True):
        assert dataset.add_records(form) == (3, 0)
    assert all([each.id for each in dataset] == [each.id for each in made[0]] for dataset in made)
    assert made[0].add_records(ROWS[0]) == (0, 1)


def test_an_empty_cell_of_a_table_is_an_empty_field():
    """A missing value of pandas is no text "nan"."""
    pandas = pytest.importorskip("pandas")
    dataset = empty(fields=[fw.TextField(name="text"), fw.TextField(name="note", required=False)])
    dataset.add_records(
        pandas.DataFrame({"text": ["a", "b"], "note": ["n", None], "score": [1.5, float("nan")]})
    )
    assert [each.fields.get("note") for each in dataset] == ["n", None]
    assert [each.metadata for each in dataset] == [{"score": 1.5}, {}]


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([], ["non-empty list"]),
        ("text", ["a list of records", "'text'"]),
        ([ROWS[0], {"text": 3}], ["record 1:", "'text' needs text, got 3"]),
        ([{"fields": {"text": "a", "txt": "b"}}], ["record 0:", "'txt'", "Did you mean 'text'?"]),
        ([{"text": "a", "when": {1}}], ["record 0:", "'when'", "JSON cannot carry"]),
        ([{"text": "a", "responses": [{"values": {"tone": "rud"}}]}], ["'rud'", "Did you mean 'rude'?"]),
        ([{"text": "a", "suggestions": [{"question_name": "tome", "value": "rude"}]}], ["'tome'"]),
        ([{"text": "a", "external_id": "\ud800"}], ["half a surrogate pair"]),
    ],
)
def test_one_bad_record_and_nothing_is_added(dataset, place, records, words):
    """The sentence names the record's position, the value and the rule; memory and file stay as they were."""
    before = counts(place)
    good = [{"text": "good"}] if isinstance(records, list) and records else []
    with pytest.raises(fw.InvalidInput) as caught:
        dataset.add_records(records + good if good else records)
    assert [word for word in words if word not in str(caught.value)] == []
    assert counts(place) == before
    assert len(dataset) == 3


def test_answers_and_suggestions_that_come_with_records_are_kept(place):
    """What a record brings along is there after loading, and once."""
    record = {
        "fields": {"text": "a"},
        "metadata": {"source": "web"},
        "responses": [{"values": {"tone": "rude"}, "user_id": "bob"}],
        "suggestions": [{"question_name": "tone", "value": "polite", "score": 0.9, "agent": "m"}],
    }
    dataset = empty().save("tone", workspace="team", store=place)
    for _ in range(2):
        dataset.add_records([record])
    assert seen(load(place)) == seen(dataset)
    assert counts(place)["response_event"] == counts(place)["suggestion"] == 1


def test_adding_again_does_not_bring_an_old_answer_back():
    """A person's later answer stands when the cell that imported the first one runs again."""
    record = {"fields": {"text": "a"}, "responses": [{"values": {"tone": "rude"}, "user_id": "bob"}]}
    dataset = empty()
    dataset.add_records([record])
    dataset.respond(dataset[0].id, {"tone": "polite"}, user="bob")
    dataset.add_records([record])
    assert dataset.answer("bob", dataset[0].id).answers == {"tone": "polite"}


def test_records_are_found_by_place_and_by_id(dataset):
    """Indexing, slicing and ids lead to the same records."""
    assert [each.fields["text"] for each in dataset[1:3]] == ["Shut up.", "Thanks, dear."]
    assert dataset[-1] is dataset[2] is dataset.record(dataset[2].id)
    assert dataset.index(dataset[2].id) == 2
    with pytest.raises(fw.InvalidInput, match=r"no record 'x'.*dataset\.records"):
        dataset.record("x")
    with pytest.raises(RuntimeError, match="add_records"):
        empty()[0]


def test_a_missing_name_warns_with_the_near_miss(dataset):
    """Looking up a field or question by a wrong name gives None, and says what was meant."""
    assert dataset.field_by_name("text").name == "text"
    with pytest.warns(UserWarning, match=r"no question 'tome'.*Did you mean 'tone'\?"):
        assert dataset.question_by_name("tome") is None
    with pytest.warns(UserWarning, match=r"no field 'txt'.*Did you mean 'text'\?"):
        assert dataset.field_by_name("txt") is None


# -- answers --------------------------------------------------------------------------------------------------------


def test_an_answer_is_on_disk_when_the_call_returns(dataset, place):
    """A process of its own finds the answer that `respond` acknowledged."""
    dataset.respond(dataset[0].id, {"tone": "polite"}, user="ann")
    code = f"import sqlite3; print(*sqlite3.connect({str(place)!r}).execute('SELECT answers FROM response').fetchone())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"tone": "polite"}


@pytest.mark.parametrize(
    ("values", "more", "words"),
    [
        ({"tone": "rud"}, {}, ["'tone'", "'rud'", "Did you mean 'rude'?"]),
        ({"tome": "rude"}, {}, ["no question 'tome'", "Did you mean 'tone'?"]),
        ({"why": "so"}, {}, ["'tone' open"]),
        ({}, {}, ["'tone' open"]),
        ({"tone": "rude", "why": 3}, {}, ["'why' needs text, got 3"]),
        ({"tone": "rude"}, {"status": "done"}, ["status 'done'", "submitted, draft, discarded"]),
        ({"tone": "rude"}, {"user": "\ud800"}, ["half a surrogate pair"]),
    ],
)
def test_a_bad_answer_is_refused_and_not_written(dataset, place, values, more, words):
    """One sentence; the record stays unanswered in memory and in the file."""
    with pytest.raises(fw.InvalidInput) as caught:
        dataset.respond(dataset[0].id, values, **{"user": "ann", **more})
    assert [word for word in words if word not in str(caught.value)] == []
    assert counts(place)["response_event"] == 0
    assert dataset[0].responses == []


def test_an_answer_to_an_unknown_record_is_refused(dataset):
    """The sentence says where ids come from."""
    with pytest.raises(fw.InvalidInput, match=r"no record 'r1'.*dataset\.records"):
        dataset.respond("r1", {"tone": "rude"}, user="ann")


def test_answering_again_replaces_ones_own_answer_only(dataset):
    """A record shows each annotator's newest answer, in the order they first answered."""
    for user, tone in (("ann", "rude"), ("bob", "rude"), ("ann", "polite")):
        dataset.respond(dataset[0].id, {"tone": tone}, user=user)
    shown = [(each.user_id, each.values["tone"].value) for each in dataset[0].responses]
    assert shown == [("ann", "polite"), ("bob", "rude")]


def test_who_answers_is_the_kernel_s_business(dataset, monkeypatch):
    """Without a name it is the hub's user, else the login name."""
    monkeypatch.setenv("JUPYTERHUB_USER", "hub-user")
    dataset.respond(dataset[0].id, {"tone": "rude"})
    assert dataset[0].responses[0].user_id == "hub-user"
    monkeypatch.delenv("JUPYTERHUB_USER")
    monkeypatch.setenv("LOGNAME", "login-name")
    dataset.respond(dataset[1].id, {"tone": "rude"})
    assert dataset[1].responses[0].user_id == "login-name"


def test_progress_adds_up(dataset):
    """Each annotator's counts add up to the total, and the dataset counts a record by its best answer."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    dataset.respond(dataset[1].id, {}, user="ann", status="discarded")
    dataset.respond(dataset[1].id, {"why": "?"}, user="bob", status="draft")
    ann = {"total": 3, "pending": 1, "draft": 0, "submitted": 1, "discarded": 1}
    bob = {"total": 3, "pending": 2, "draft": 1, "submitted": 0, "discarded": 0}
    assert dataset.progress("ann") == ann
    assert dataset.progress() == {**ann, "annotators": {"ann": ann, "bob": bob}}
    assert dataset.progress("nobody")["pending"] == 3


def test_another_kernel_s_answers_and_records_come_in(dataset, place):
    """`sync` takes in what others wrote meanwhile."""
    other = load(place)
    other.respond(other[0].id, {"tone": "rude"}, user="bob")
    other.add_records([{"text": "new"}])
    other.respond(other[3].id, {"tone": "polite"}, user="bob")
    dataset.sync()
    assert seen(dataset) == seen(other)
    assert dataset.progress("bob") == other.progress("bob")


def test_watchers_are_told_once_and_forgotten_when_gone(dataset):
    """A bound method hears of every change, until its object is dropped."""

    class Watcher:
        def __init__(self):
            self.told = []

        def hear(self, news):
            self.told += [each.record_id for each in news.events]

    watcher, gone = Watcher(), Watcher()
    heard = gone.told
    dataset.watch(watcher.hear)
    dataset.watch(gone.hear)
    del gone
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    dataset.sync()
    assert (watcher.told, heard) == ([dataset[0].id], [])


def test_threads_may_answer_while_others_read(dataset):
    """Four annotators answer at once, while progress is read: all answers are there and every count adds up."""
    odd = []

    def answer(user):
        for each in dataset.records * 10:
            dataset.respond(each.id, {"tone": "rude"}, user=user)

    def read():
        for _ in range(200):
            found = dataset.progress("u0")
            if sum(found.values()) != 2 * found["total"]:
                odd.append(found)

    threads = [threading.Thread(target=answer, args=(f"u{i}",)) for i in range(4)]
    threads.append(threading.Thread(target=read))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert odd == []
    assert [len(each.responses) for each in dataset] == [4, 4, 4]


# -- keeping --------------------------------------------------------------------------------------------------------


def test_loading_gives_the_same_dataset(dataset, place):
    """Form, records, answers and their order survive."""
    dataset.respond(dataset[1].id, {"tone": "rude", "why": "👍\x00\ud800"}, user="ann")
    loaded = load(place)
    assert seen(loaded) == seen(dataset)
    assert loaded.settings == dataset.settings
    assert (loaded.name, loaded.workspace, loaded.key) == ("tone", "team", dataset.key)


def test_saving_keeps_what_was_answered_before(place):
    """A dataset may be labelled first and saved later."""
    made = empty()
    made.add_records(ROWS)
    made.respond(made[0].id, {"tone": "rude"}, user="ann")
    made.save("tone", workspace="team", store=place)
    assert seen(load(place)) == seen(made)


def test_running_the_notebook_again_resumes(dataset, place):
    """Describing, adding and saving once more brings the kept answers back and doubles nothing."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    before = counts(place)
    again = empty()
    again.add_records(ROWS)
    again.save("tone", workspace="team", store=place)
    assert seen(again) == seen(dataset)
    assert counts(place) == before
    assert again.key == dataset.key


def test_answers_after_saving_go_to_the_file(dataset, place):
    """From `save` on, the file is the truth."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    dataset.add_records([{"text": "new"}])
    assert (counts(place)["response_event"], counts(place)["record"]) == (1, 4)


def test_saving_elsewhere_makes_a_copy(dataset, tmp_path):
    """The copy takes the answers given after it; the first file keeps those given before."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    dataset.save("tone", workspace="team", store=tmp_path / "copy.db")
    dataset.respond(dataset[1].id, {"tone": "rude"}, user="ann")
    assert counts(tmp_path / "feedback.db")["response_event"] == 1
    assert counts(tmp_path / "copy.db")["response_event"] == 2


def test_saving_under_a_second_name_is_a_second_dataset(dataset, place):
    """Both names stand in the file, each with its own records."""
    dataset.save("tone-2", workspace="team", store=place)
    assert (counts(place)["dataset"], counts(place)["record"]) == (2, 6)
    assert len(load(place)) == 3


def test_saving_where_it_is_writes_nothing(dataset, place):
    """`save` may be called as often as one likes."""
    before = counts(place)
    assert dataset.save("tone", workspace="team", store=place) is dataset
    assert counts(place) == before


def test_new_guidelines_are_a_new_version(dataset, place):
    """What annotators were told is kept with each answer's version."""
    again = empty(guidelines="Be fair.")
    again.add_records(ROWS)
    again.save("tone", workspace="team", store=place)
    again.respond(again[0].id, {"tone": "rude"}, user="ann")
    assert counts(place)["settings_version"] == 2
    assert again.answer("ann", again[0].id).settings_version == 2
    assert load(place).guidelines == "Be fair."


@pytest.mark.parametrize("name", ["", "  ", None, 3])
def test_a_dataset_needs_a_name(name, place):
    """Nothing is opened for a name that is none."""
    with pytest.raises(fw.InvalidInput, match="name must be a non-empty text") as caught:
        empty().save(name, store=place)
    assert repr(name) in str(caught.value)
    assert not place.exists()


def test_half_a_character_in_the_name_is_refused(place):
    """The sentence says what is wrong with the name, and no dataset is made."""
    with pytest.raises(fw.InvalidInput, match="half a surrogate pair"):
        empty().save("\ud800", store=place)


def test_saving_into_a_missing_folder_leaves_the_dataset_as_it_was(tmp_path):
    """The sentence names the folder; the dataset stays usable in memory."""
    made = empty()
    made.add_records(ROWS)
    with pytest.raises(fw.StoreError, match="nowhere' does not exist: create it"):
        made.save("tone", store=tmp_path / "nowhere" / "feedback.db")
    made.respond(made[0].id, {"tone": "rude"}, user="ann")
    assert (made.name, len(made[0].responses)) == (None, 1)
    assert list(tmp_path.iterdir()) == []


def test_loading_a_wrong_name_names_the_near_miss(dataset, place):
    """The sentence lists what the store holds."""
    with pytest.raises(
        fw.InvalidInput, match=r"no dataset team/tome in .*it holds team/tone\. Did you mean 'team/tone'"
    ):
        fw.FeedbackDataset.load("tome", workspace="team", store=place)


def test_loading_from_a_missing_file_makes_none(place):
    """A typing error in a path leaves no empty store behind."""
    with pytest.raises(fw.StoreError, match="there is no store at"):
        load(place)
    assert not place.exists()


def test_the_store_may_come_from_the_environment(tmp_path, monkeypatch):
    """`$FEEDBACK_WIDGETS_STORE` names the default store, else it is `feedback.db` here; Argilla's verbs use it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEEDBACK_WIDGETS_STORE", raising=False)
    empty().push_to_argilla("tone")
    assert (tmp_path / "feedback.db").is_file()
    monkeypatch.setenv("FEEDBACK_WIDGETS_STORE", str(tmp_path / "other.db"))
    empty().push_to_argilla(name="tone", workspace="team")
    assert fw.FeedbackDataset.from_argilla("tone", workspace="team").name == "tone"
    assert (tmp_path / "other.db").is_file()


def test_the_short_description_says_where_it_is_kept(dataset):
    """Nobody labels for an hour into a dataset that is in memory only without being told."""
    assert repr(empty()) == "FeedbackDataset(0 records, 2 questions, in memory only)"
    assert "team/tone in" in repr(dataset)


def test_a_known_record_keeps_its_metadata_when_it_comes_again_without(dataset):
    """Adding a record again without metadata leaves what is known about it; with metadata it is replaced."""
    dataset.add_records([{"fields": {"text": "a record"}, "metadata": {"source": "letters"}}])
    dataset.add_records([{"fields": {"text": "a record"}}])
    assert dataset[-1].metadata == {"source": "letters"}
    dataset.add_records([{"fields": {"text": "a record"}, "metadata": {"source": "mail"}}])
    assert [row.metadata for row in dataset.store.records(dataset.key)][-1] == {"source": "mail"}


def test_an_answer_that_cannot_be_written_leaves_no_record_behind(dataset, monkeypatch):
    """Records and the answers that come with them are one step: either all of it is stored, or nothing."""
    before = len(dataset)

    def full(*_):
        raise RuntimeError("no room")

    monkeypatch.setattr(dataset.store, "_add", full)
    answered = {"fields": {"text": "new"}, "responses": [{"values": {"tone": "polite"}, "user_id": "bo"}]}
    with pytest.raises(RuntimeError):
        dataset.add_records([answered])
    assert len(dataset.store.records(dataset.key)) == before


def test_answers_given_while_the_dataset_is_saved_are_kept(place):
    """A thread that answers while another one saves loses nothing: each answer is in the old place's copy or in the new."""
    moved = empty()
    moved.add_records([{"text": f"record {i}"} for i in range(300)])
    begun = threading.Event()

    def answer():
        for at, record in enumerate(moved.records):
            moved.respond(record.id, {"tone": "polite"}, user="ada")
            if at == 20:
                begun.set()

    thread = threading.Thread(target=answer)
    thread.start()
    begun.wait()
    moved.save("tone", workspace="team", store=place)
    thread.join()
    assert load(place).progress("ada")["submitted"] == 300
