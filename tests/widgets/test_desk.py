"""The desk's side in the kernel: every message is answered once, and `saved` means on disk."""

from __future__ import annotations

import json
import sqlite3

import pytest

import feedback_widgets as fw
from feedback_widgets.widgets import desk as desk_module

COUNTS = {"progress", "undoable", "redoable"}
ADDRESS = {"v", "client", "rid", "kind"}
SHAPES = {  # docs/wire.md
    "welcome": {
        "dataset",
        "user",
        "spec",
        "store",
        "lease",
        "desk",
        "finding",
        "records",
        "end",
        "held",
        "known",
    }
    | COUNTS,
    "records": {"records", "end", "held"} | COUNTS,
    "saved": {"saved", "refused"} | COUNTS,
    "undone": {"event", "undoes", "view", "values", "comment", "count"} | COUNTS,
    "redone": {"event", "undoes", "view", "count"} | COUNTS,
    "went": {"view"},
    "renewed": {"lost"},
    "released": set(),
    "source": {"esm"},
    "refused": {"reason", "again"},
}


def on_disk(dataset):
    """Return (event id, user, status) of every event in the file, as another program sees them."""
    connection = sqlite3.connect(dataset.store.place)
    found = connection.execute("SELECT id, user_id, status FROM response_event ORDER BY seq").fetchall()
    connection.close()
    return found


# -- the table of requests ------------------------------------------------------------------------------------------


def test_every_answer_has_the_shape_that_is_written_down(desk, ask, answered, dataset):
    """Kinds and keys are those of docs/wire.md, every message is JSON, and none has a key called `id`."""
    ask(desk, "hello", pending=[])
    ask(desk, "records", queue="all", after=-1, limit=2)
    ask(desk, "respond", events=[answered(dataset[0])])
    ask(desk, "undo", event="u1")
    ask(desk, "redo", event="u2")
    ask(desk, "goto", index=0)
    ask(desk, "renew", records=[])
    ask(desk, "release", records=[])
    ask(desk, "source")
    ask(desk, "nonsense")
    assert [each["kind"] for each in desk.sent] == list(SHAPES)
    for each in desk.sent:
        assert set(each) == ADDRESS | SHAPES[each["kind"]]
        assert "id" not in each
        assert json.loads(json.dumps(each, allow_nan=False)) == each


def test_welcome_says_all_a_page_needs(desk, ask, dataset):
    """Form, store, annotator, counts and the first window come in one message."""
    said = ask(desk, "hello", pending=[])
    assert said["dataset"] == {"key": dataset.key, "name": "tone", "workspace": "team"}
    assert said["spec"] == {**dataset.settings.spec(), "version": 1}
    assert said["store"] == {"place": dataset.store.place, "durable": True}
    assert [each["index"] for each in said["records"]] == [0, 1, 2, 3, 4]
    assert (said["user"], said["end"], said["undoable"]) == ("alice", True, False)
    assert said["progress"] == {"total": 5, "pending": 5, "draft": 0, "submitted": 0, "discarded": 0}


def test_welcome_says_which_waiting_events_are_stored(desk, ask, answered, dataset):
    """A page that never heard `saved` learns what it need not send again."""
    event = answered(dataset[0])
    ask(desk, "respond", events=[event])
    assert ask(desk, "hello", pending=[event["event"], "lost"])["known"] == [event["event"]]


def test_welcome_brings_what_other_kernels_wrote(desk, ask, dataset):
    """Opening a desk looks at the file first."""
    other = fw.FeedbackDataset.load("tone", workspace="team", store=dataset.store.place)
    other.respond(other[0].id, {"tone": "rude"}, user="alice")
    assert [each["index"] for each in ask(desk, "hello")["records"]] == [1, 2, 3, 4]


def test_a_record_is_drawn_with_its_suggestion_and_visible_metadata(desk, ask):
    """Hidden metadata stays in the kernel."""
    first, *_, last = ask(desk, "hello")["records"]
    assert first["metadata"] == {"source": "web"}
    assert last["metadata"] == {}
    assert last["suggestions"] == {"tone": [{"value": "rude", "score": 0.5, "agent": "m"}]}
    assert (last["fields"], last["response"]) == ({"text": "t4"}, None)


def test_records_come_in_windows(desk, ask):
    """`after` and `limit` page through a queue, and `end` says when it is over."""
    one = ask(desk, "records", queue="pending", after=0, limit=3)
    two = ask(desk, "records", queue="pending", after=3, limit=3)
    assert ([each["index"] for each in one["records"]], one["end"]) == ([1, 2, 3], False)
    assert ([each["index"] for each in two["records"]], two["end"]) == ([4], True)


# -- answers --------------------------------------------------------------------------------------------------------


def test_saved_means_on_disk(desk, ask, answered, dataset):
    """When the page hears `saved`, another program finds the event in the file."""
    event = answered(
        dataset[0], started="2026-01-01T00:00:00Z", duration_ms=1200, shown={"suggestions": ["tone"]}
    )
    said = ask(desk, "respond", events=[event])
    assert [each["event"] for each in said["saved"]] == [event["event"]]
    assert on_disk(dataset) == [(event["event"], "alice", "submitted")]
    (kept,) = dataset.store.since(dataset.key)
    assert (kept.seq, kept.duration_ms, kept.client) == (said["saved"][0]["seq"], 1200, "page-1")
    assert (kept.shown, kept.started_at) == ({"suggestions": ["tone"]}, "2026-01-01T00:00:00Z")


def test_the_same_event_is_saved_again_and_written_once(desk, ask, answered, dataset):
    """A page that did not hear the first `saved` may send again, from any client."""
    event = answered(dataset[0])
    first = ask(desk, "respond", events=[event])
    again = ask(desk, "respond", client="page-2", events=[event, event])
    assert [each["seq"] for each in again["saved"]] == [first["saved"][0]["seq"]] * 2
    assert len(on_disk(dataset)) == 1


def test_a_late_draft_is_answered_saved_and_the_answer_stands(desk, ask, answered, dataset):
    """The page drops the draft from its outbox; the submitted answer is what it sees."""
    ask(desk, "respond", events=[answered(dataset[0])])
    late = answered(dataset[0], "draft", {"tone": "polite"})
    assert ask(desk, "respond", events=[late])["saved"][0]["event"] == late["event"]
    assert dataset.answer("alice", dataset[0].id).answers == {"tone": "rude"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"record": "r1"}, "there is no record 'r1'"),
        ({"values": {"tone": "rud"}}, "Did you mean 'rude'?"),
        ({"values": {}}, "leaves 'tone' open"),
        ({"values": {"nope": 1}}, "no question 'nope'"),
        ({"values": "rude"}, "cannot read this answer: values"),
        ({"status": "pending"}, "cannot read this answer: status"),
        ({"event": ""}, "cannot read this answer: event"),
        ({"event": None}, "cannot read this answer: event"),
        ({"duration_ms": -1}, "cannot read this answer: duration_ms"),
    ],
)
def test_a_bad_answer_is_refused_alone(desk, ask, answered, dataset, change, reason):
    """The good answers of the same message are saved; the refused one is named with its reason."""
    good, bad = answered(dataset[0]), {**answered(dataset[1]), **change}
    said = ask(desk, "respond", events=[bad, good])
    assert [each["event"] for each in said["saved"]] == [good["event"]]
    (refused,) = said["refused"]
    assert (refused["event"], refused["record"]) == (bad["event"], bad["record"])
    assert reason in refused["reason"]
    assert [each[0] for each in on_disk(dataset)] == [good["event"]]


@pytest.mark.parametrize("event", [None, 3, "text", [], {}])
def test_an_answer_that_is_no_answer_is_refused_in_its_place(desk, ask, event):
    """Anything may stand in the list."""
    said = ask(desk, "respond", events=[event])
    assert "cannot read this answer" in said["refused"][0]["reason"]
    assert said["saved"] == []


def test_a_page_cannot_say_who_answers(desk, ask, answered, dataset):
    """The annotator is the desk's, whatever a message holds."""
    ask(
        desk,
        "respond",
        events=[{**answered(dataset[0]), "user": "mallory", "user_id": "mallory"}],
        user="mallory",
    )
    assert [each[1] for each in on_disk(dataset)] == ["alice"]


def test_nobody_sees_another_person_s_answer(sit, ask, answered, dataset):
    """Neither records, nor counts, nor an undo show what somebody else did."""
    alice, bob = sit("alice"), sit("bob")
    ask(
        alice,
        "respond",
        events=[answered(dataset[0], values={"tone": "rude", "why": "bob must not see this"})],
    )
    ask(bob, "hello")
    ask(bob, "records", queue="all")
    ask(bob, "undo", event="u1")
    assert "must not see" not in json.dumps(bob.sent)
    assert bob.sent[-1]["reason"] == "there is nothing to undo"
    assert all(each["response"] is None for each in bob.sent[0]["records"])
    assert bob.sent[0]["progress"]["submitted"] == 0


def test_the_same_person_s_answer_is_drawn(desk, ask, answered, dataset):
    """Going back to a record shows what was answered."""
    ask(desk, "respond", events=[answered(dataset[0], "draft", {"why": "so"})])
    first = ask(desk, "records", queue="all")["records"][0]
    assert first["response"] == {"status": "draft", "values": {"why": "so"}, "comment": None, "before": None}


# -- undo -----------------------------------------------------------------------------------------------------------


def test_undo_gives_the_record_back_with_what_was_answered(desk, ask, answered, dataset):
    """The view is what it was before; the values can be mended."""
    event = answered(dataset[1])
    assert ask(desk, "respond", events=[event])["undoable"] is True
    said = ask(desk, "undo", event="u1")
    assert (said["event"], said["undoes"], said["values"]) == ("u1", event["event"], {"tone": "rude"})
    assert (said["view"]["record"], said["view"]["response"]) == (dataset[1].id, None)
    assert (said["progress"]["pending"], said["undoable"]) == (5, False)


def test_undo_returns_to_the_draft_it_came_from(desk, ask, answered, dataset):
    """A draft is not lost by submitting and taking back."""
    ask(desk, "respond", events=[answered(dataset[0], "draft", {"why": "so"})])
    ask(desk, "respond", events=[answered(dataset[0])])
    view = ask(desk, "undo", event="u1")["view"]
    assert view["response"] == {"status": "draft", "values": {"why": "so"}, "comment": None, "before": None}


def test_undo_delivered_twice_is_answered_alike_and_done_once(desk, ask, answered, dataset):
    """The second answer equals the first, and the earlier answer still stands."""
    for at in (0, 1):
        ask(desk, "respond", events=[answered(dataset[at])])
    first, again = ask(desk, "undo", event="u1"), ask(desk, "undo", event="u1")
    assert {**again, "rid": first["rid"]} == first
    assert desk.progress()["submitted"] == 1


# -- messages that cannot be read -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        None,
        "text",
        [],
        {},
        {"v": 1},
        {"v": 1, "client": "c", "rid": "r"},
        {"v": 1, "client": "c", "rid": "r", "kind": "dance"},
        {"v": 1, "client": "c", "rid": "r", "kind": None},
        {"v": 1, "client": "c", "rid": "r", "kind": "__init__"},
        {"v": 1, "client": "c", "rid": "r", "kind": ["hello"]},
        {"v": 1, "client": "", "rid": "r", "kind": "hello"},
        {"v": 1, "client": "c", "rid": 3, "kind": "hello"},
        {"client": "c", "rid": "r", "kind": "hello"},
        {"v": "1", "client": "c", "rid": "r", "kind": "hello"},
        {"v": 1, "client": "c", "rid": "r", "kind": "hello", "pending": "x"},
        {"v": 1, "client": "c", "rid": "r", "kind": "hello", "pending": [3]},
        {"v": 1, "client": "c", "rid": "r", "kind": "records", "limit": 0},
        {"v": 1, "client": "c", "rid": "r", "kind": "records", "limit": 101},
        {"v": 1, "client": "c", "rid": "r", "kind": "records", "after": "x"},
        {"v": 1, "client": "c", "rid": "r", "kind": "records", "queue": "skipped"},
        {"v": 1, "client": "c", "rid": "r", "kind": "respond"},
        {"v": 1, "client": "c", "rid": "r", "kind": "respond", "events": []},
        {"v": 1, "client": "c", "rid": "r", "kind": "respond", "events": [{}] * 501},
        {"v": 1, "client": "c", "rid": "r", "kind": "undo"},
    ],
)
def test_what_cannot_be_read_is_refused_never_raised(desk, dataset, content):
    """One answer, addressed as far as it can be, that trying again will not help."""
    desk._on_message(desk, content, [])
    (said,) = desk.sent
    assert (said["kind"], said["again"]) == ("refused", False)
    assert said["reason"]
    given = content if isinstance(content, dict) else {}
    assert (said["client"], said["rid"]) == (str(given.get("client", "")), str(given.get("rid", "")))
    assert on_disk(dataset) == []


def test_a_page_of_another_version_is_told_what_to_do(desk, ask):
    """A page that survived an upgrade is sent back to its cell."""
    said = ask(desk, "hello", v=2)
    assert "version 2" in said["reason"]
    assert "run the cell again" in said["reason"]


def test_what_a_newer_page_adds_is_ignored(desk, ask, answered, dataset):
    """Extra keys break nothing, in a message or in an event."""
    assert ask(desk, "hello", theme="dark")["kind"] == "welcome"
    assert ask(desk, "respond", events=[{**answered(dataset[0]), "mood": "good"}])["saved"]


# -- when something fails -------------------------------------------------------------------------------------------


def test_a_store_that_fails_is_tried_again_and_then_saved(desk, ask, answered, dataset, tmp_path):
    """`again` is true while the file is away, nothing is acknowledged, and the same event is saved once it is back."""
    event, place = answered(dataset[0]), tmp_path / "feedback.db"
    place.rename(tmp_path / "away.db")
    said = ask(desk, "respond", events=[event])
    assert (said["kind"], said["again"]) == ("refused", True)
    assert "put the file back" in said["reason"]
    assert desk.progress()["submitted"] == 0
    (tmp_path / "away.db").rename(place)
    assert ask(desk, "respond", events=[event])["saved"][0]["event"] == event["event"]
    assert [each[0] for each in on_disk(dataset)] == [event["event"]]


def test_an_unexpected_failure_is_told_and_logged(desk, ask, dataset, monkeypatch, caplog):
    """No exception vanishes in a kernel's log alone: the page hears of it, and keeps what it sent."""
    monkeypatch.setattr(dataset, "sync", lambda: 1 / 0)
    said = ask(desk, "hello")
    assert (said["kind"], said["again"]) == ("refused", True)
    assert "ZeroDivisionError" in said["reason"]
    assert "could not answer a 'hello' message" in caplog.text


def test_half_a_character_does_not_hold_up_a_window(desk, ask, answered, dataset):
    """Text that no transport can carry is drawn with a replacement character; the store keeps it as it was."""
    dataset.add_records([{"text": "cut \ud83d"}])
    ask(desk, "respond", events=[answered(dataset[0], "draft", {"why": "cut \ud83d, whole 👍"})])
    ask(desk, "hello", client="\ud83d")
    for each in desk.sent:
        assert json.dumps(each, ensure_ascii=False).encode()
    views = ask(desk, "records", queue="all")["records"]
    assert views[0]["response"]["values"]["why"] == "cut \ufffd, whole 👍"
    assert views[5]["fields"]["text"] == "cut \ufffd"
    assert dataset[5].fields["text"] == "cut \ud83d"


# -- from Python ----------------------------------------------------------------------------------------------------


def test_answers_from_code_go_the_same_way(desk, dataset):
    """`desk.respond` writes what a page would write, and moves on to the next record."""
    assert desk.record is dataset[0]
    desk.respond(dataset[0].id, {"tone": "rude"})
    assert [each[1:] for each in on_disk(dataset)] == [("alice", "submitted")]
    assert desk.record is dataset[1]


def test_a_bad_answer_from_code_is_an_exception(desk, dataset, tmp_path):
    """What a page is told, code is raised: bad input and a failing store apart."""
    with pytest.raises(fw.InvalidInput, match=r"Did you mean 'rude'\?"):
        desk.respond(dataset[0].id, {"tone": "rud"})
    with pytest.raises(fw.InvalidInput, match="status 'done'"):
        desk.respond(dataset[0].id, {"tone": "rude"}, status="done")
    (tmp_path / "feedback.db").rename(tmp_path / "away.db")
    with pytest.raises(fw.StoreError, match="put the file back"):
        desk.respond(dataset[0].id, {"tone": "rude"})


def test_a_desk_with_nothing_left_has_no_record(desk, dataset):
    """After the last answer there is no next record."""
    for each in dataset:
        desk.respond(each.id, {"tone": "rude"})
    assert desk.record is None
    assert desk.progress()["pending"] == 0


# -- what is shown --------------------------------------------------------------------------------------------------


def test_a_host_without_widgets_gets_a_summary_without_markup(desk, dataset):
    """Names are text, even where they look like HTML."""
    dataset.name, desk.user = "<img onerror=x>", "<b>alice"
    shown = desk._repr_mimebundle_()[0]["text/html"]
    assert "0 of 5 records submitted by &lt;b&gt;alice" in shown
    assert "&lt;img onerror=x&gt;" in shown
    assert "<img" not in shown


def test_record_text_is_in_no_saved_state(desk, ask, answered, dataset):
    """Traits hold a reference and a key: nothing that was labelled is saved with a notebook."""
    ask(desk, "hello")
    ask(desk, "respond", events=[answered(dataset[0])])
    state = desk.get_state()
    assert state["_key"] == f"{dataset.key}/alice"
    assert len(json.dumps({**state, "_esm": ""}, default=str)) < 600
    assert "t0" not in json.dumps({**state, "_esm": ""}, default=str)


def test_ten_desks_carry_no_bundle(sit):
    """Each names the code that a page must have; the code itself travels when a page asks."""
    desks = [sit(f"u{i}") for i in range(10)]
    assert len({each._code for each in desks}) == 1
    assert max(len(json.dumps(each.get_state(), default=str)) for each in desks) < 4000


def test_desks_of_two_languages_name_two_copies_of_the_code(dataset):
    """The code speaks one language wherever a page uses it: desks share it only where they were asked for the same one."""
    asked = ["de", "es", None, "de", None]
    names = [dataset.annotate(user="alice", language=each)._code for each in asked]
    assert [names.index(each) for each in names] == [0, 1, 2, 0, 2]
    assert all(each.startswith(names[2]) for each in names)


def test_code_that_was_built_anew_has_another_name(sit, tmp_path):
    """A page that holds yesterday's desk asks again."""
    before = sit()._code
    (tmp_path / "desk.js").write_text("export default { render() { return 1; } };")
    assert sit()._code != before


def test_a_page_gets_the_code_when_it_asks(desk, ask):
    """The bundle travels as a message."""
    assert ask(desk, "source")["esm"] == "export default { render() {} };"


def test_a_front_end_that_was_not_built_is_said(desk, ask, tmp_path):
    """A checkout without the built desk names the command."""
    (tmp_path / "desk.js").unlink()
    said = ask(desk, "source")
    assert "make setup" in said["reason"]


def test_a_pinned_comm_is_let_go():
    """ipykernel 7.4's attribute is cleared, and a comm without it is left alone."""

    class Comm:
        pass

    pinned, plain = Comm(), Comm()
    pinned._reply_subshell_for = "main"
    desk_module.unpin(pinned)
    desk_module.unpin(plain)
    desk_module.unpin(None)
    assert pinned._reply_subshell_for is None
    assert vars(plain) == {}
