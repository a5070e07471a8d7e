"""What a desk says without being asked: answers that arrived from elsewhere."""

from __future__ import annotations

import time

import feedback_widgets as fw


def raise_busy():
    """Fail as a store that another process keeps locked."""
    raise fw.StoreError("busy")


def pushed(desk, until):
    """Wait until the desk pushed progress that satisfies `until`, and return that message."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for message in list(desk.sent):
            if message["kind"] == "progress" and until(message):
                return message
        time.sleep(0.02)
    raise AssertionError(f"no such push among {desk.sent}")


def test_open_pages_hear_of_answers_from_code(desk, ask, dataset):
    """The push is for all pages, with the changed records and the counts."""
    ask(desk, "hello")
    desk.respond(dataset[2].id, {"tone": "rude"})
    message = pushed(desk, lambda said: said["progress"]["submitted"] == 1)
    assert (message["client"], message["undoable"]) == ("*", True)
    assert [(each["index"], each["response"]["status"]) for each in message["views"]] == [(2, "submitted")]


def test_a_page_is_not_told_what_it_did_itself(desk, ask, answered, dataset):
    """One page, its own answer: no push; a later answer from code is pushed alone."""
    ask(desk, "hello")
    ask(desk, "respond", events=[answered(dataset[0])])
    desk.respond(dataset[1].id, {"tone": "rude"})
    message = pushed(desk, lambda said: said["progress"]["submitted"] == 2)
    assert [each["index"] for each in message["views"]] == [1]


def test_a_second_page_of_the_same_person_hears_of_the_first(desk, ask, answered, dataset):
    """Two tabs stay in step."""
    ask(desk, "hello", client="page-1")
    ask(desk, "hello", client="page-2")
    ask(desk, "respond", client="page-1", events=[answered(dataset[0])])
    assert pushed(desk, lambda said: said["progress"]["submitted"] == 1)["client"] == "*"


def test_a_push_says_when_it_does_not_name_all_that_changed(desk, ask, dataset):
    """A hundred changed records are named; of more the newest are, and the page is told that there were others."""
    dataset.add_records([{"text": f"t{i}"} for i in range(101)])
    ids = [each.id for each in dataset]
    ask(desk, "hello")
    desk._push(ids[:100])
    desk._push(ids[:101])
    told = [each for each in desk.sent if each["kind"] == "progress"]
    assert [(len(each["views"]), each["more"]) for each in told] == [(100, False), (100, True)]
    assert told[1]["views"][-1]["record"] == ids[100]


def test_other_people_s_answers_are_not_pushed(sit, ask, dataset):
    """Bob's page hears nothing of alice's answers; his own is the first push."""
    bob = sit("bob")
    ask(bob, "hello")
    sit("alice").respond(dataset[0].id, {"tone": "rude"})
    bob.respond(dataset[1].id, {"tone": "polite"})
    message = pushed(bob, lambda said: said["progress"]["submitted"] == 1)
    assert [each["index"] for each in message["views"]] == [1]


def test_what_could_not_be_pushed_is_pushed_later(desk, dataset, monkeypatch, caplog):
    """A store that cannot be read for a moment delays the news; it does not drop it."""
    with monkeypatch.context() as broken:
        broken.setattr(dataset, "undoable", lambda _: raise_busy())
        desk._news._changed = {dataset[0].id: None}
        desk._news.push()
    assert desk.sent == []
    assert "could not be told" in caplog.text
    desk._news.push()
    assert [each["index"] for each in desk.sent[0]["views"]] == [0]
