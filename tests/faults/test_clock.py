"""A clock that is set back disturbs nothing: the log's order is the order of commits."""

from __future__ import annotations

import pytest

from feedback_widgets.store import log


@pytest.fixture
def clock(monkeypatch):
    """Return a function that sets the store's clock: `clock("2031")`."""

    def at(year):
        monkeypatch.setattr(log, "now", lambda: f"{year}-01-01T00:00:00.000000Z")

    return at


def test_a_clock_set_back_disturbs_neither_order_nor_undo(desk, place, message, clock, load):
    """Answers given after the clock went back ten years are newer all the same, for everybody and after a restart."""
    for year, text in (("2031", "first"), ("2021", "second"), ("2011", "third")):
        clock(year)
        assert desk._reply(message(desk, text))["kind"] == "saved"
    record = desk.dataset[0].id

    cold = load(place)
    assert [each.received_at[:4] for each in cold.store.since(cold.key)] == ["2031", "2021", "2011"]
    for dataset in (desk.dataset, cold):
        assert dataset.answer("alice", record).answers == {"why": "third"}
        seqs = [each.seq for each in dataset.store.since(dataset.key)]
        assert dataset.as_of(seqs[1]).answer("alice", record).answers == {"why": "second"}
    cold.store.close()

    undo = desk._reply(message(desk, kind="undo", event="u1"))
    assert undo["values"] == {"why": "third"}
    assert undo["view"]["response"]["values"] == {"why": "second"}


def test_a_draft_does_not_win_by_its_time(desk, message, clock):
    """A draft from the future does not replace the answer that stands, and a submitted answer from the past replaces it."""
    clock("2031")
    desk._reply(message(desk, "stands"))
    draft = message(desk, "draft")
    draft["events"][0]["status"] = "draft"
    clock("2041")
    desk._reply(draft)
    assert desk.dataset.answer("alice", desk.dataset[0].id).answers == {"why": "stands"}
    clock("2001")
    desk._reply(message(desk, "newer"))
    assert desk.dataset.answer("alice", desk.dataset[0].id).answers == {"why": "newer"}


def test_what_others_gave_under_a_wrong_clock_arrives(desk, place, message, clock, load):
    """Another kernel whose clock is years behind is heard all the same."""
    clock("2031")
    desk._reply(message(desk, "here"))
    clock("1999")
    other = load(place)
    other.respond(other[1].id, {"why": "elsewhere"}, user="alice")
    desk.dataset.sync()
    assert desk.dataset.answer("alice", other[1].id).answers == {"why": "elsewhere"}
    other.store.close()
