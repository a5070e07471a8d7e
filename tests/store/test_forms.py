"""A form changed while people answer, on every engine: it grows, or is refused with the count of what it would orphan."""

from __future__ import annotations

import threading
from functools import partial

import pytest

import feedback_widgets as fw
from feedback_widgets.growth import extended
from feedback_widgets.store import Store
from feedback_widgets.store.copying import PAGE
from feedback_widgets.store.forms import change_settings, versions
from feedback_widgets.store.quick import Session
from feedback_widgets.widgets.protocol import record_view

KINDS = ["file", "memory", "postgres"]
TEXT, NOTE = fw.TextField(name="text"), fw.TextField(name="note", required=False)
TONE = fw.LabelQuestion(name="tone", labels=["polite", "rude", "flat"])
WHY = fw.TextQuestion(name="why", required=False)


def form(*questions, **changed):
    """Return an unsaved dataset."""
    return fw.FeedbackDataset(**{"fields": [TEXT, NOTE], "questions": questions or (TONE, WHY), **changed})


def without(label):
    """Return the question about the tone without one of its labels."""
    return fw.LabelQuestion(name="tone", labels=[each for each in TONE.labels if each != label])


@pytest.fixture
def dataset(place):
    """Return a saved dataset of four records: answers, a draft, an answer that was replaced, a suggestion."""
    made = form()
    made.add_records([{"text": f"t{i}"} for i in range(4)])
    made.add_records(
        [{"fields": {"text": "t0"}, "suggestions": [{"question_name": "tone", "value": "rude"}]}]
    )
    if place != ":memory:":
        made.save("tone", store=place)
    for at, user, tone, status in (
        (0, "ann", "rude", "submitted"),
        (1, "ann", "flat", "submitted"),
        (1, "ann", "rude", "submitted"),
        (2, "ann", "rude", "draft"),
        (3, "bob", "polite", "submitted"),
    ):
        made.respond(made[at].id, {"tone": tone}, user=user, status=status)
    return made


def run_again(place, made):
    """Run the creating cell again, with the form of `made`."""
    return made.save("tone", store=place)


def answers(dataset):
    """Return (record, annotator, status, tone) of all current answers."""
    return [
        (at, each.user_id, each.status, each.values["tone"].value)
        for at, record in enumerate(dataset)
        for each in record.responses
    ]


# -- growing --------------------------------------------------------------------------------------------------------


def test_the_creating_cell_with_a_longer_form_extends_it(dataset, place):
    """All answers stay, the version counts up, and what is new can be answered."""
    before = answers(dataset)
    longer = fw.LabelQuestion(name="tone", labels=[*TONE.labels, "kind"])
    made = form(longer, WHY, fw.RatingQuestion(name="stars", values=[1, 2]), guidelines="New.")
    again = run_again(place, made)
    assert (answers(again), again.settings_version) == (before, 2)
    again.respond(again[3].id, {"tone": "kind", "stars": 2}, user="ann")
    assert again.progress("ann")["submitted"] == 3
    dataset.sync()
    assert (dataset.settings_version, dataset.guidelines) == (2, "New.")
    assert [each.name for each in dataset.questions] == ["tone", "why", "stars"]


def test_answers_given_before_a_question_was_required_stay_submitted(dataset):
    """The new question is asked of whoever answers from now on."""
    dataset.extend(questions=[fw.RatingQuestion(name="stars", values=[1, 2])])
    assert dataset.progress("ann")["submitted"] == 2
    with pytest.raises(fw.InvalidInput, match="leaves 'stars' open"):
        dataset.respond(dataset[3].id, {"tone": "rude"}, user="ann")
    event = dataset.store.since(dataset.key)[0]
    assert (event.settings_version, dataset.settings_version) == (1, 2)


def test_the_same_form_again_is_no_new_version(dataset, place):
    """Running the cell unchanged, or the extension twice, writes nothing."""
    assert run_again(place, form()).settings_version == 1
    more = {"questions": [fw.TextQuestion(name="new", required=False)]}
    assert repr(dataset.extend(**more)) == "<settings version 2: question 'new' is new>"
    assert repr(dataset.extend(**more)) == "<settings version 2: nothing changed>"
    assert len(versions(dataset.store, dataset.key)) == 2


def test_two_kernels_that_extend_at_once_both_land(dataset, place):
    """Nobody's question is lost, whoever was first."""
    stores = [Store(place) for _ in range(4)]
    start = threading.Barrier(len(stores))

    def extend(store, number):
        start.wait()
        for each in range(3):
            more = {"questions": [fw.TextQuestion(name=f"q{number}-{each}", required=False)]}
            change_settings(store, dataset.key, partial(extended, **more))

    threads = [threading.Thread(target=extend, args=given) for given in zip(stores, range(4), strict=True)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    for each in stores:
        each.close()
    dataset.sync()
    expected = {"tone", "why"} | {f"q{number}-{each}" for number in range(4) for each in range(3)}
    assert {each.name for each in dataset.questions} == expected
    assert dataset.settings_version == 13


def test_a_ranking_that_got_an_option_since_is_still_shown():
    """The suggestion and the answer keep the places they have, and the desk can draw the record."""
    made = form(fw.RankingQuestion(name="order", values=["a", "b"]))
    suggestion = {"question_name": "order", "value": ["b", "a"]}
    made.add_records([{"fields": {"text": "t"}, "suggestions": [suggestion]}])
    made.respond(made[0].id, {"order": ["a", "b"]}, user="ann")
    made.extend(labels={"order": ["c"]})
    view = record_view(made, "ann", made[0])
    assert [each["value"] for each in view["suggestions"]["order"][0]["value"]] == ["b", "a"]
    assert [each["value"] for each in view["response"]["values"]["order"]] == ["a", "b"]
    with pytest.raises(fw.InvalidInput, match="leaves c without a rank"):
        made.respond(made[0].id, {"order": ["a", "b"]}, user="ann")


# -- refused --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (
            form(without("rude"), WHY),
            "'tone' loses the label 'rude', and 3 answers .drafts included. and 1 suggestion would be orphaned",
        ),
        (
            form(without("flat"), WHY),
            "'tone' loses the label 'flat', and 1 earlier answer that undo may bring back would be orphaned",
        ),
        (
            form(fw.TextQuestion(name="tone"), WHY),
            "'tone' becomes 'text' and was 'label_selection', and 4 answers",
        ),
        (
            form(fw.TextQuestion(name="why")),
            "'tone' is removed, and 4 answers .drafts included. and 1 earlier answer .* and 1 suggestion would",
        ),
        (
            form(fields=[TEXT, fw.TextField(name="note")]),
            "'note' becomes required, and 4 records would be orphaned",
        ),
        (
            form(fields=[fw.TextField(name="other")]),
            "'text' is removed, and 4 records would be orphaned; field 'other' is new and required, and 4 records",
        ),
    ],
)
def test_a_form_that_would_orphan_anything_is_refused_with_the_count(dataset, place, made, words):
    """The sentence names the change, counts what it would orphan and names the ways out; nothing is written."""
    with pytest.raises(fw.InvalidInput, match=f"has another form .*{words}.*another name.*load") as caught:
        run_again(place, made)
    assert "question 'why'" not in str(caught.value)
    assert len(versions(dataset.store, dataset.key)) == 1
    assert made.name is None


def test_what_nobody_used_may_go(dataset, place):
    """A typo in a label or a question that nobody answered is mended by running the cell again."""
    again = run_again(place, form(TONE))
    assert ([each.name for each in again.questions], again.settings_version) == (["tone"], 2)
    dataset.sync()
    assert [each.name for each in dataset.questions] == ["tone"]


def test_an_answer_that_arrives_during_the_change_is_counted(dataset):
    """The count and the change are one transaction: what is written between the two readings is seen by the second."""
    asked = []

    def shorter(old):
        if not asked:  # the first reading is outside the transaction
            dataset.respond(dataset[3].id, {"tone": "rude", "why": "so"}, user="carl")
        asked.append(old)
        return form(TONE).settings

    with pytest.raises(fw.InvalidInput, match="'why' is removed, and 1 answer "):
        change_settings(dataset.store, dataset.key, shorter)


def test_a_refused_extension_writes_nothing(dataset):
    """A required field that the records lack."""
    with pytest.raises(fw.InvalidInput, match="'more' is new and required, and 4 records"):
        dataset.extend(fields=[fw.TextField(name="more")])
    assert (dataset.settings_version, len(dataset.fields)) == (1, 2)


# -- saving elsewhere -------------------------------------------------------------------------------------------------


def test_every_version_of_the_form_comes_along(place):
    """Answers say which form they were given under, and that form is there, in the copy too."""
    made = form()
    made.add_records([{"text": "t0"}, {"text": "t1"}])
    made.respond(made[0].id, {"tone": "rude"}, user="ann")
    made.extend(questions=[fw.RatingQuestion(name="stars", values=[1, 2])], labels={"tone": ["kind"]})
    made.respond(made[1].id, {"tone": "kind", "stars": 1}, user="ann")
    forms = versions(made.store, made.key)
    made.save("tone", store=place)
    assert versions(made.store, made.key) == forms
    assert [each.settings_version for each in made.store.since(made.key)] == [1, 2]


def test_an_answer_that_joins_a_dataset_names_the_equal_form_there(dataset, place):
    """The cell's second form is the stored dataset's third: the numbers follow the forms."""
    dataset.extend(guidelines="One.")
    dataset.extend(guidelines="Two.")
    made = form()
    made.add_records([{"text": "t0"}])
    made.extend(guidelines="Two.")
    made.respond(made[0].id, {"tone": "flat"}, user="dora")
    made.save("tone", store=place)
    assert made.answer("dora", made[0].id).settings_version == 3


def test_a_dataset_of_several_pages_is_copied_whole_and_in_order(place):
    """Records, metadata, suggestions and answers arrive as they were, also where a page ends."""
    made = form()
    rows = [
        {
            "fields": {"text": f"t{i} äé"},
            "metadata": {"n": i},
            "suggestions": [{"question_name": "tone", "value": "flat", "score": 0.5, "agent": "bot"}]
            * (i % 3 == 0),
            "responses": [{"values": {"tone": "rude"}, "user_id": "ann"}] * (i % 2),
        }
        for i in range(2 * PAGE + 1)
    ]
    made.add_records(rows)
    before = shown(made)
    made.save("tone", store=place)
    assert shown(made) == before
    made.save("second", store=place)
    assert shown(made) == before


def shown(dataset):
    """Return all that the records show."""
    return [
        (each.id, each.fields, each.metadata, [vars_of(one) for one in each.suggestions], each.responses)
        for each in dataset
    ]


def vars_of(suggestion):
    """Return what a suggestion says."""
    return (suggestion.question_name, suggestion.value, suggestion.score, suggestion.agent)


def test_saving_holds_a_page_at_a_time(place, monkeypatch):
    """However many records there are, no list of all of them is made."""
    made = form()
    made.add_records([{"text": f"t{i}"} for i in range(PAGE + 10)])
    monkeypatch.setattr(
        fw.FeedbackDataset, "records", property(lambda _: pytest.fail("asked for all records"))
    )
    made.save("tone", store=place)
    assert len(made) == PAGE + 10


def test_a_copy_writes_a_page_at_a_time(place, monkeypatch):
    """Records, suggestions and answers are read and written in pages: of none of them all rows are held at once."""
    sizes, real = [], Session.many

    def many(session, statement, rows):
        held = list(rows)
        sizes.append(len(held))
        real(session, statement, held)

    made, count = form(), 2 * PAGE + 10
    said = {"responses": [{"values": {"tone": "rude"}, "user_id": "ann"}]}
    said["suggestions"] = [{"question_name": "tone", "value": "flat"}]
    made.add_records([{"fields": {"text": f"t{i}"}, **said} for i in range(count)])
    monkeypatch.setattr(Session, "many", many)
    made.save("tone", store=place)
    assert sum(sizes) == 3 * count
    assert max(sizes) <= PAGE


def test_a_copy_that_fails_half_way_leaves_nothing(place, monkeypatch):
    """Records and answers are one transaction; the dataset stays where it was."""
    made = form()
    made.add_records([{"text": f"t{i}"} for i in range(3)])
    made.respond(made[0].id, {"tone": "rude"}, user="ann")

    def fail(*_):
        raise RuntimeError("the kernel was interrupted")

    monkeypatch.setattr("feedback_widgets.store.copying._versions", fail)
    with pytest.raises(RuntimeError):
        made.save("tone", store=place)
    monkeypatch.undo()
    assert made.name is None
    assert len(fw.FeedbackDataset.load("tone", store=place)) == 0
    made.save("tone", store=place)
    assert [each.user_id for each in made[0].responses] == ["ann"]
