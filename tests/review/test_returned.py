"""An answer that was sent back: its annotator keeps the place at the record, sees why, and is asked again."""

from __future__ import annotations

import pytest

import feedback_widgets as fw
from feedback_widgets.store import leases, pages


@pytest.fixture
def shared(tmp_path):
    """Three records for two people each; ann and bob have submitted them all."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
        distribution=fw.Distribution(min_submitted=2),
    )
    dataset.add_records([{"text": text} for text in ("Thanks!", "Hm.", "Fine.")])
    dataset = dataset.save("shared", store=tmp_path / "store.db")
    for user in ("ann", "bob"):
        for record in dataset:
            dataset.respond(record.id, {"tone": "polite"}, user=user)
    yield dataset
    dataset.store.close()


def pending(dataset, user):
    """Return the records that a desk asks this annotator for."""
    desk = dataset.annotate(user=user)
    reply = desk._reply({"v": 1, "client": user, "rid": "r", "kind": "hello", "pending": []})
    desk.close()
    return [each["record"] for each in reply["records"]]


def test_a_complete_record_returns_to_its_annotator_and_to_nobody_else(shared):
    """Ann is asked for it again though two had completed it; cem is not asked in her place."""
    assert pending(shared, "ann") == []
    shared.review(user="rita").send_back(shared[1], "ann", comment="listen again")
    assert pending(shared, "ann") == [shared[1].id]
    assert pending(shared, "bob") == []
    assert pending(shared, "cem") == []
    assert shared.progress()["complete"] == 2


def test_it_is_so_in_a_kernel_that_opens_the_dataset_later(shared, tmp_path):
    """The place is kept by the log, not by the kernel in which the reviewer works."""
    shared.review(user="rita").send_back(shared[1], "ann")
    other = fw.FeedbackDataset.load("shared", store=tmp_path / "store.db")
    assert (pending(other, "ann"), pending(other, "cem")) == ([other[1].id], [])


def test_the_place_is_kept_until_the_annotator_has_answered(shared):
    """Cem's answer is kept as a draft; ann's is submitted, and the record is complete again."""
    record = shared[1]
    shared.review(user="rita").send_back(record, "ann")
    with pytest.raises(fw.InvalidInput, match="draft"):
        shared.respond(record.id, {"tone": "rude"}, user="cem")
    shared.respond(record.id, {"tone": "rude"}, user="ann")
    status = {each.user_id: each.status for each in shared[1].responses}
    assert status == {"ann": "submitted", "bob": "submitted", "cem": "draft"}
    assert shared.progress()["complete"] == 3


def test_a_place_that_is_given_up_is_free(shared):
    """Once ann discards the record, cem is asked for it and may submit it."""
    record = shared[1]
    shared.review(user="rita").send_back(record, "ann")
    shared.respond(record.id, {}, user="ann", status="discarded")
    assert pending(shared, "cem") == [record.id]
    shared.respond(record.id, {"tone": "rude"}, user="cem")
    assert {each.user_id: each.status for each in shared[1].responses}["cem"] == "submitted"


def test_a_reviewer_who_changes_their_mind_leaves_everything_as_it_was(shared):
    """After the undo ann's answer stands, and nobody is asked."""
    desk = shared.review(user="rita")
    desk.send_back(shared[1], "ann")
    desk.undo()
    assert [pending(shared, user) for user in ("ann", "bob", "cem")] == [[], [], []]
    assert shared.progress()["complete"] == 3


def test_nobody_is_lent_the_place_of_whoever_is_asked_again(shared):
    """The store itself refuses cem a lease, and grants one to ann."""
    record = shared[1].id
    shared.review(user="rita").send_back(record, "ann")
    given = {
        user: leases.acquire(shared.store, shared.key, user, [record], overlap=2) for user in ("cem", "ann")
    }
    assert given == {"cem": [], "ann": [record]}


def test_whoever_has_no_share_in_it_any_more_is_asked_again_too(shared):
    """Assignments to others do not keep a record from the annotator whom a reviewer asks."""
    shared.review(user="rita").send_back(shared[1], "ann")
    shared.assign(list(shared), ["bob", "cem"], overlap=1)
    assert shared[1].id in pending(shared, "ann")


def test_the_annotator_s_page_says_who_asks_again_and_why(shared):
    """The record has the reviewer's words as long as it waits, and no longer."""
    record = shared[1]
    shared.review(user="rita").send_back(record, "ann", comment="listen again")
    desk = shared.annotate(user="ann")
    ask = {"v": 1, "client": "page", "rid": "r"}
    (view,) = desk._reply({**ask, "kind": "hello", "pending": []})["records"]
    assert (view["returned"]["by"], view["returned"]["comment"]) == ("rita", "listen again")
    assert (view["closed"], view["response"]["status"]) == (False, "draft")
    event = {"event": "e1", "record": record.id, "status": "submitted", "values": {"tone": "rude"}}
    assert [
        each["event"] for each in desk._reply({**ask, "kind": "respond", "events": [event]})["saved"]
    ] == ["e1"]
    assert desk._reply({**ask, "kind": "goto", "record": record.id})["view"]["returned"] is None
    desk.close()


def test_what_a_reviewer_sent_back_is_not_redone(shared):
    """Redo brings back what the annotators themselves had undone, and nothing that they are asked for again."""
    shared.review(user="rita").send_back(shared[1], "ann")
    assert shared.redoable("ann") is None
    assert shared.redo(user="ann") is None
    shared.undo(user="ann")
    shared.review(user="rita").send_back(shared[0], "ann")
    assert shared.redoable("ann").record_id == shared[2].id


def counted(dataset, user):
    """Return how many records wait for an annotator, and how many are left to others."""
    counts = dataset.progress(user)
    return counts["pending"] + counts["draft"], counts["closed"]


def test_the_counts_say_whose_turn_it_is(shared):
    """One record waits for ann and all are left to others for cem, also after more happened to that record."""
    assert (counted(shared, "ann"), counted(shared, "cem")) == ((0, 0), (0, 3))
    shared.review(user="rita").send_back(shared[1], "ann")
    assert (counted(shared, "ann"), counted(shared, "cem")) == ((1, 0), (0, 3))
    assert shared._shares.open("ann") == bytes([0, 1, 0])
    shared.respond(shared[1].id, {"tone": "rude"}, user="cem", status="draft")
    assert (counted(shared, "ann"), counted(shared, "dan")) == ((1, 0), (0, 3))
    assert shared._shares.open("ann") == bytes([0, 1, 0])


def test_a_review_that_is_heard_of_after_its_answer_counts(shared, tmp_path):
    """Where a kernel meets the draft before the review, what it worked out in between is worked out again."""
    other = fw.FeedbackDataset.load("shared", store=tmp_path / "store.db")
    other.store.leave(other)  # nothing comes by itself
    shared.review(user="rita").send_back(shared[1], "ann")
    other._memory.catch_up(pages.newest(other.store, other.key), told=False)
    assert counted(other, "cem") == (1, 2)
    other.sync()
    assert counted(other, "cem") == (0, 3)
