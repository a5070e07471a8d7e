"""Desks of a dataset whose records are shared out: what they lend, give back, and say of an answer that came too late."""

from __future__ import annotations

import time

import pytest

import feedback_widgets as fw
from feedback_widgets.store import leases


@pytest.fixture
def dataset(tmp_path):
    """Return eight records that one answer each is enough for."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
        distribution=fw.Distribution(min_submitted=1),
    )
    made.add_records([{"text": f"t{i}"} for i in range(8)])
    return made.save("tone", workspace="team", store=tmp_path / "feedback.db")


def indices(said):
    """Return the positions of the records in a message."""
    return [each["index"] for each in said["records"]]


def test_two_desks_are_lent_different_records(sit, ask):
    """Each hello lends five at most; what others hold is counted, not hidden."""
    first, second = ask(sit("alice"), "hello"), ask(sit("bob"), "hello")
    assert (indices(first), first["end"], first["held"]) == ([0, 1, 2, 3, 4], False, 0)
    assert (indices(second), second["end"], second["held"]) == ([5, 6, 7], True, 5)
    assert first["lease"] == {"seconds": 300.0, "records": 5}


def test_an_answer_that_came_too_late_is_kept_and_said(sit, ask, answered, dataset):
    """It is refused with the sentence, stored as a draft, and sending it again changes nothing."""
    alice, bob = sit("alice"), sit("bob")
    ask(bob, "respond", events=[answered(dataset[0])])
    late = answered(dataset[0])
    for _ in range(2):
        said = ask(alice, "respond", events=[late, answered(dataset[1])])
        assert len(said["saved"]) == 1
        (refused,) = said["refused"]
        assert refused == {
            "event": late["event"],
            "record": dataset[0].id,
            "reason": "1 other has answered this record meanwhile: yours is kept as a draft",
            "kept": True,
        }
    assert dataset.answer("alice", dataset[0].id).status == "draft"
    with pytest.raises(fw.InvalidInput, match="yours is kept as a draft"):
        alice.respond(dataset[0].id, {"tone": "rude"})


def test_what_a_page_gives_back_others_get(sit, ask, answered, dataset):
    """By a message, by discarding, and by closing the desk."""
    alice, bob = sit("alice"), sit("bob")
    ask(alice, "hello")
    ask(alice, "release", records=[dataset[2].id])
    ask(alice, "respond", events=[answered(dataset[3], "discarded")])
    assert indices(ask(bob, "hello")) == [2, 3, 5, 6, 7]
    alice.close()
    assert indices(ask(sit("carol"), "hello")) == [0, 1, 4]


def test_one_page_does_not_give_back_what_another_holds(sit, ask, dataset):
    """Two tabs of one person hold the same records; closing one leaves the other its own."""
    alice = sit("alice")
    for client in ("page-1", "page-2"):
        ask(alice, "hello", client=client)
    ask(alice, "release", client="page-1", records=[each.id for each in dataset])
    assert indices(ask(sit("bob"), "hello")) == [5, 6, 7]


def test_a_page_that_was_away_hears_what_it_lost(sit, ask, dataset, monkeypatch):
    """Renewing names what others have by now, and holds the rest."""
    alice, bob = sit("alice"), sit("bob")
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.0)
    mine = [each["record"] for each in ask(alice, "hello")["records"]]
    monkeypatch.undo()
    ask(bob, "records", limit=2)
    assert ask(alice, "renew", records=mine)["lost"] == mine[:2]
    assert set(leases.held(dataset.store, dataset.key, "bob")) == set(mine[2:])


def test_a_page_hears_that_others_completed_what_it_shows(sit, ask, answered, dataset):
    """The view is pushed as closed, though the answer is nobody's business."""
    alice = sit("alice")
    ask(alice, "hello")
    ask(sit("bob"), "respond", events=[answered(dataset[0])])
    deadline = time.monotonic() + 20
    while not (told := [each for each in alice.sent if each["kind"] == "progress"]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert [(each["index"], each["closed"], each["response"]) for each in told[0]["views"]] == [
        (0, True, None)
    ]
    assert told[0]["progress"]["closed"] == 1


def test_an_order_is_the_desks_own(dataset, ask, sit):
    """A desk in another order numbers the records in it."""
    desk = dataset.annotate(user="alice", order=lambda record: -int(record.fields["text"][1]))
    desk.sent = []
    desk.send = desk.sent.append
    views = ask(desk, "hello")["records"]
    assert [(each["index"], each["fields"]["text"]) for each in views[:2]] == [(0, "t7"), (1, "t6")]
    assert desk.record.fields["text"] == "t7"
    assert indices(ask(sit("bob"), "hello")) == [0, 1, 2]
