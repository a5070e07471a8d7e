"""Whose turn is which record."""

from __future__ import annotations

import pytest

import feedback_widgets as fw
from feedback_widgets.queue import QUEUES, WINDOW_CHARACTERS, window


@pytest.fixture
def dataset():
    """Return ten records, of which alice drafted 1, submitted 2 and 3, and discarded 4."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")], questions=[fw.LabelQuestion(name="tone", labels=["a", "b"])]
    )
    made.add_records([{"text": f"t{i}"} for i in range(10)])
    for at, status in ((1, "draft"), (2, "submitted"), (3, "submitted"), (4, "discarded")):
        made.respond(made[at].id, {"tone": "a"}, user="alice", status=status)
    return made


@pytest.mark.parametrize(
    ("queue", "places"),
    [
        ("pending", [0, 1, 5, 6, 7, 8, 9]),
        ("draft", [1]),
        ("submitted", [2, 3]),
        ("discarded", [4]),
        ("all", list(range(10))),
    ],
)
def test_a_queue_holds_the_records_in_its_state(dataset, queue, places):
    """Drafts wait with the untouched records; everything is in the order of adding."""
    assert window(dataset, "alice", queue) == (places, True)


def test_each_annotator_has_a_queue_of_their_own(dataset):
    """Nobody skips a record because somebody else answered it."""
    assert window(dataset, "bob", "pending").indices == list(range(10))


def test_windows_joined_end_to_end_are_the_queue(dataset):
    """Asking after the last place seen misses nothing and repeats nothing."""
    seen, after, end = [], -1, False
    while not end:
        found, end = window(dataset, "alice", "pending", after, limit=3)
        seen += found
        after = found[-1]
    assert seen == window(dataset, "alice", "pending").indices


@pytest.mark.parametrize(("limit", "end"), [(6, False), (7, True), (8, True)])
def test_the_end_is_said_when_nothing_follows(dataset, limit, end):
    """A full window says whether asking again would bring anything."""
    assert window(dataset, "alice", "pending", limit=limit).end is end


@pytest.mark.parametrize("after", [9, 10, 10**9])
def test_past_the_last_record_there_is_nothing(dataset, after):
    """An empty window is an answer, not an error."""
    assert window(dataset, "alice", "pending", after) == ([], True)


def test_a_place_before_the_front_is_the_front(dataset):
    """A negative place never counts from the end."""
    assert window(dataset, "alice", "all", after=-5, limit=2).indices == [0, 1]


def test_long_records_make_short_windows(dataset):
    """A window of long records is cut, so that one message stays small; it always holds one."""
    dataset.add_records([{"text": f"{i}" * WINDOW_CHARACTERS} for i in range(3)])
    found, end = window(dataset, "alice", "all", after=9)
    assert (found, end) == ([10, 11], False)
    assert window(dataset, "alice", "all", after=11) == ([12], True)


def test_an_unknown_queue_is_refused_with_the_known_ones(dataset):
    """The sentence lists the queues there are."""
    with pytest.raises(fw.InvalidInput, match="no queue 'skipped'; the queues are " + ", ".join(QUEUES)):
        window(dataset, "alice", "skipped")


def test_an_answer_taken_back_is_the_first_to_wait_again(dataset):
    """What was passed over as answered comes back when its answer is undone, drafted or erased."""
    for at in (0, 1, 5):
        dataset.respond(dataset[at].id, {"tone": "a"}, user="alice")
    assert window(dataset, "alice", "pending", limit=1).indices == [6]
    dataset.undo(user="alice")
    assert window(dataset, "alice", "pending", limit=1).indices == [5]
    dataset.undo(user="alice")
    dataset.undo(user="alice")
    assert window(dataset, "alice", "pending", limit=2).indices == [0, 1]
    dataset.forget_user("alice")
    assert dataset.first_open("alice") == 0


def test_a_record_that_is_added_waits_after_all_were_answered(dataset):
    """A finished queue goes on when there is more to answer."""
    for record in dataset:
        dataset.respond(record.id, {"tone": "b"}, user="alice")
    assert dataset.first_open("alice") == len(dataset)
    dataset.add_records([{"text": "one more"}])
    assert window(dataset, "alice", "pending") == ([10], True)
