"""The flow of the desk in the kernel: queues, going somewhere, taking back, remarks, and when suggestions are shown."""

from __future__ import annotations

import json
import logging

import pytest

import feedback_widgets as fw
from feedback_widgets.errors import InvalidInput
from feedback_widgets.query import Query
from feedback_widgets.widgets.showing import Showing

RUDE = {"tone": "rude"}


@pytest.fixture
def open_as(dataset):
    """Return a function that opens a desk whose messages are kept in `desk.sent`."""

    def make(**how):
        desk = dataset.annotate("alice", **how)
        desk.sent = []
        desk.send = desk.sent.append
        return desk

    return make


# -- going somewhere ------------------------------------------------------------------------------------------------


def test_redo_lets_an_answer_stand_again(desk, ask, answered, dataset):
    """After undo and redo the record is as it was submitted, and the counts say what may be taken back."""
    ask(desk, "respond", events=[answered(dataset[0], comment="sure")])
    undone = ask(desk, "undo", event="u1")
    assert (undone["comment"], undone["redoable"], undone["view"]["response"]) == ("sure", True, None)
    redone = ask(desk, "redo", event="u2")
    assert redone["view"]["response"] == {
        "status": "submitted",
        "values": RUDE,
        "comment": "sure",
        "before": None,
    }
    assert (redone["undoable"], redone["redoable"]) == (True, False)
    assert ask(desk, "redo", event="u3")["reason"] == "there is nothing to redo"


def test_redo_works_after_a_restart(sit, ask, answered, dataset):
    """What another session took back can be taken back here: the log knows it."""
    first = sit()
    ask(first, "respond", events=[answered(dataset[0])])
    ask(first, "undo", event="u1")
    again = fw.FeedbackDataset.load("tone", workspace="team", store=dataset.store.place).annotate("alice")
    again.sent = []
    again.send = again.sent.append
    assert ask(again, "hello")["redoable"]
    assert ask(again, "redo", event="u2")["view"]["response"]["status"] == "submitted"


def test_an_undo_elsewhere_is_counted_as_redoable(desk, ask, answered, dataset):
    """The flag is not remembered beyond what code or another kernel does."""
    ask(desk, "respond", events=[answered(dataset[0])])
    dataset.undo(user="alice")
    assert ask(desk, "records")["redoable"]


def test_a_record_is_found_by_its_place_and_by_its_id(desk, ask, dataset):
    """Going to a number or an id returns the one record; what there is not is refused in words."""
    assert ask(desk, "goto", index=2)["view"]["record"] == dataset[2].id
    assert ask(desk, "goto", record=dataset[3].id)["view"]["index"] == 3
    assert ask(desk, "goto", index=5)["reason"] == "there is no record 6: the last one is 5"
    assert "there is no record 'x'" in ask(desk, "goto", record="x")["reason"]
    assert ask(desk, "goto")["kind"] == "refused"


def test_a_queue_can_be_walked_backwards(desk, ask, dataset):
    """`before` gives the last records that lie before a place, in order, and says when nothing lies further back."""
    for place in (0, 2, 3):
        desk.respond(dataset[place].id, RUDE)
    back = ask(desk, "records", queue="submitted", before=3, limit=1)
    assert ([each["index"] for each in back["records"]], back["end"]) == ([2], False)
    all_of_them = ask(desk, "records", queue="submitted", before=4, limit=5)
    assert ([each["index"] for each in all_of_them["records"]], all_of_them["end"]) == ([0, 2, 3], True)
    assert "walked forwards" in ask(desk, "records", queue="pending", before=3)["reason"]


def test_walking_backwards_reaches_over_a_long_gap():
    """A queue with few records in a large dataset is found however far back they lie."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="t")], questions=[fw.RatingQuestion(name="q", values=[1, 2])]
    )
    made.add_records([{"t": str(each)} for each in range(500)])
    desk = made.annotate("ann")
    desk.respond(made[3].id, {"q": 1})
    found = desk._turn.window_before("page", "submitted", 499, 2)
    assert (found.indices, found.end) == ([3], True)


def test_a_comment_travels_with_its_answer(desk, ask, answered, dataset):
    """It is stored, comes back with the record, and one that is too long is refused by itself."""
    ask(desk, "respond", events=[answered(dataset[0], "draft", comment="hm")])
    assert ask(desk, "goto", index=0)["view"]["response"]["comment"] == "hm"
    said = ask(desk, "respond", events=[answered(dataset[1], comment="x" * 10_001)])
    assert "comment" in said["refused"][0]["reason"]


def test_open_pages_get_a_form_that_has_grown(desk, ask, dataset):
    """Nobody needs to reload: the new form is sent to every page, also when another kernel extended it."""
    ask(desk, "hello")
    other = fw.FeedbackDataset.load("tone", workspace="team", store=dataset.store.place)
    other.extend(labels={"tone": ["neutral"]})
    dataset.sync()
    (pushed,) = [each for each in desk.sent if each["kind"] == "form"]
    assert (pushed["client"], pushed["spec"]["version"]) == ("*", 2)
    assert [each["value"] for each in pushed["spec"]["questions"][0]["options"]] == [
        "polite",
        "rude",
        "neutral",
    ]


# -- suggestions ----------------------------------------------------------------------------------------------------


def test_hidden_suggestions_are_not_on_the_wire(open_as, ask, answered, dataset):
    """Neither in the window nor in any later message; and none is stored as shown, whatever the page claims."""
    desk = open_as(suggestions="hidden")
    ask(desk, "hello")
    ask(desk, "goto", index=4)
    event = answered(dataset[4], shown={"suggestions": ["tone"], "before": RUDE})
    ask(desk, "respond", events=[event])
    ask(desk, "undo", event="u1")
    assert "agent" not in json.dumps(desk.sent)
    assert dataset.store.event(dataset.key, event["event"]).shown == {"suggestions": []}


def test_suggestions_after_the_answer_wait_in_the_view(open_as, ask, answered, dataset):
    """They come as `later`; once the first answer is stored they take their usual place, and both answers are kept."""
    desk = open_as(suggestions="after")
    view = ask(desk, "goto", index=4)["view"]
    assert (view["suggestions"], view["later"]["tone"][0]["value"]) == ({}, "rude")
    shown = {"suggestions": ["tone"], "before": {"tone": "polite"}}
    ask(desk, "respond", events=[answered(dataset[4], "draft", {"tone": "polite"}, shown=shown)])
    view = ask(desk, "goto", index=4)["view"]
    assert (view["suggestions"]["tone"][0]["value"], view["later"]) == ("rude", {})
    assert view["response"]["before"] == {"tone": "polite"}
    final = answered(dataset[4], shown=shown)
    ask(desk, "respond", events=[final])
    assert dataset.store.event(dataset.key, final["event"]).shown == shown


def test_the_unassisted_share_is_drawn_stably(open_as, ask, answered, dataset):
    """A drawn record shows nothing and its answer says so; others are not touched, and cannot claim it."""
    desk = open_as(unassisted=1)
    event = answered(dataset[4], shown={"suggestions": ["tone"]})
    assert ask(desk, "goto", index=4)["view"]["suggestions"] == {}
    ask(desk, "respond", events=[event])
    assert dataset.store.event(dataset.key, event["event"]).shown == {"suggestions": [], "unassisted": True}
    assisted = open_as()
    claim = answered(dataset[3], shown={"suggestions": [], "unassisted": True})
    ask(assisted, "respond", events=[claim])
    assert dataset.store.event(dataset.key, claim["event"]).shown == {"suggestions": []}


def test_the_lot_is_the_same_every_day_and_another_for_others():
    """It follows from the names alone, and hits about as many records as were asked for."""
    ids = [f"record-{each}" for each in range(2000)]

    def drawn(user):
        return [Showing(user, unassisted=0.1).how(each) for each in ids]

    assert drawn("ann") == drawn("ann") != drawn("bob")
    assert 150 < drawn("ann").count("unassisted") < 250


# -- from Python ----------------------------------------------------------------------------------------------------


def test_a_script_walks_the_queue_as_the_page_does(desk, dataset):
    """Submit, skip, discard and undo lead to the records that a page would show; skipped ones come last."""
    assert desk.record.id == dataset[0].id
    assert desk.submit(RUDE).id == dataset[1].id
    assert desk.skip().id == dataset[2].id
    assert desk.discard(comment="odd").id == dataset[3].id
    assert desk.undo().id == dataset[2].id
    assert desk.submit(RUDE).id == dataset[3].id
    assert desk.submit(RUDE).id == dataset[4].id
    assert desk.submit(RUDE).id == dataset[1].id
    assert desk.submit(RUDE) is None
    assert desk.progress()["submitted"] == 5
    with pytest.raises(InvalidInput, match="no record of the queue 'pending' waits"):
        desk.submit(RUDE)


def test_a_script_redoes_and_finds_nothing_to_take_back(desk, dataset):
    """Undo and redo return the record, None where there is nothing."""
    assert (desk.undo(), desk.redo()) == (None, None)
    desk.submit(RUDE)
    assert (desk.undo().id, desk.redo().id) == (dataset[0].id, dataset[0].id)
    assert desk.record.id == dataset[1].id


def test_a_script_walks_through_another_queue(open_as, dataset):
    """With `queue="submitted"` the desk goes through the answers that stand, once."""
    dataset.respond(dataset[1].id, RUDE, user="alice")
    dataset.respond(dataset[3].id, RUDE, user="alice")
    desk = open_as(queue="submitted")
    assert desk.record.id == dataset[1].id
    assert desk.submit({"tone": "polite"}).id == dataset[3].id
    assert desk.submit({"tone": "polite"}) is None


def test_cells_hear_of_each_committed_answer(desk, ask, answered, dataset):
    """From the page and from code alike, after the page has its reply; what a function raises is logged by its name."""
    heard = []

    def careless(_):
        raise ValueError("oops")

    stop = desk.on_response(careless)
    desk.on_response(lambda each: heard.append((each.record.id, each.values, each.status, len(desk.sent))))
    ask(desk, "respond", events=[answered(dataset[0])])
    desk.respond(dataset[1].id, RUDE)
    dataset.respond(dataset[2].id, RUDE, user="bob")
    stop()
    assert heard == [(dataset[0].id, RUDE, "submitted", 1), (dataset[1].id, RUDE, "submitted", 1)]


def test_a_function_that_fails_is_named_in_the_log(desk, dataset, caplog):
    """The desk goes on, and the log says whose mistake it was."""

    def careless(_):
        raise ValueError("oops")

    desk.on_response(careless)
    with caplog.at_level(logging.ERROR, "feedback_widgets"):
        desk.respond(dataset[0].id, RUDE)
    assert "careless" in caplog.text
    assert desk.progress()["submitted"] == 1


def test_what_is_not_a_function_is_refused(desk):
    """on_response says what it takes."""
    with pytest.raises(InvalidInput, match="takes a function of one argument, got 3"):
        desk.on_response(3)


def test_revision_changes_with_every_answer_and_answers_is_a_table(desk, ask, answered, dataset):
    """Cells may observe the desk; the table holds this annotator's lines only."""
    pytest.importorskip("pandas")
    seen = []
    desk.observe(lambda change: seen.append(change["new"]), "revision")
    ask(desk, "respond", events=[answered(dataset[0], comment="so so")])
    desk.undo()
    dataset.respond(dataset[1].id, RUDE, user="bob")
    desk.respond(dataset[2].id, RUDE, comment="fine")
    assert seen == [1, 2, 3]
    assert desk.answers()[["record_id", "tone", "comment"]].values.tolist() == [
        [dataset[2].id, "rude", "fine"]
    ]


@pytest.mark.parametrize("given", ["query", "words", "parts", "records", "ids", "function", "found"])
def test_a_filter_leaves_some_records(dataset, open_as, ask, given):
    """However it is given: only records that fit are asked for, counted, and numbered from the first."""
    wanted = {
        "query": Query(text="t2"),
        "words": "t2",
        "parts": {"text": "t2"},
        "records": [dataset[2]],
        "ids": [dataset[2].id],
        "function": lambda record: record.fields["text"] == "t2",
        "found": dataset.search("t2"),
    }
    desk = open_as(filter=wanted[given])
    said = ask(desk, "hello")
    assert [(each["index"], each["fields"]) for each in said["records"]] == [(0, {"text": "t2"})]
    assert said["progress"] == {"total": 1, "pending": 1, "draft": 0, "submitted": 0, "discarded": 0}
    dataset.add_records([{"text": "t2 again"}])
    assert desk.submit(RUDE) is None
    assert desk.progress()["submitted"] == 1


def test_an_answer_outside_the_filter_is_told_without_harm(open_as, ask, dataset):
    """A record that does not fit can be answered from code; it lies behind those that fit and is not counted."""
    desk = open_as(filter="t2")
    ask(desk, "hello")
    desk.respond(dataset[0].id, RUDE)
    assert ask(desk, "goto", record=dataset[0].id)["view"]["index"] >= 1
    assert desk.progress()["submitted"] == 0
    assert ask(desk, "goto", index=1)["kind"] == "refused"


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"queue": "pendig"}, "queue='pendig' is not allowed"),
        ({"suggestions": "later"}, "suggestions='later' is not allowed"),
        ({"unassisted": 1.5}, "unassisted=1.5 is not allowed"),
        ({"height": "tall"}, "height='tall' is not allowed"),
        ({"height": "1px;color:red"}, "is not allowed"),
        ({"filter": 3}, "filter=3 is not allowed"),
        ({"filter": ["nobody"]}, "there is no record 'nobody'"),
    ],
)
def test_what_a_desk_cannot_be_is_said(open_as, how, said):
    """Each argument that makes no sense is refused with what is allowed."""
    with pytest.raises(InvalidInput, match=said):
        open_as(**how)


def test_the_page_is_told_how_to_open(open_as, ask):
    """Queue, compactness, height and language are part of the welcome."""
    desk = open_as(queue="draft", compact=True, height=420, language="de")
    assert ask(desk, "hello")["desk"] == {
        "queue": "draft",
        "compact": True,
        "height": "420px",
        "language": "de",
    }
