"""Whose turn is which record."""

from __future__ import annotations

import pytest

import feedback_widgets as fw
from feedback_widgets.queue import QUEUES, WINDOW_CHARACTERS, give_back, keep, take, window
from feedback_widgets.store import leases


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


# -- the work shared out ----------------------------------------------------------------------------------------------


@pytest.fixture
def shared(tmp_path):
    """Return six records, each for two annotators, kept in a file."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["a", "b"])],
        distribution=fw.Distribution(min_submitted=2),
    )
    made.add_records([{"text": f"t{i}"} for i in range(6)])
    return made.save("tone", store=tmp_path / "f.db")


def answer(dataset, user, *places, status="submitted"):
    """Answer the records at these places."""
    for at in places:
        dataset.respond(dataset[at].id, {"tone": "a"}, user=user, status=status)


def test_a_complete_record_is_asked_of_nobody_else(shared):
    """Two have submitted it: it leaves the queue of the third, and stays in what the two have done."""
    answer(shared, "alice", 0, 1)
    answer(shared, "bob", 0)
    assert window(shared, "carol", "pending").indices == [1, 2, 3, 4, 5]
    assert window(shared, "alice", "submitted").indices == [0, 1]
    assert window(shared, "carol", "all").indices == [0, 1, 2, 3, 4, 5]


def test_the_counts_of_a_shared_dataset_add_up(shared):
    """What others completed is closed, not pending; drafts on it stay drafts; the whole says how much is complete."""
    answer(shared, "carol", 1, status="draft")
    answer(shared, "alice", 0, 1)
    answer(shared, "bob", 0, 1)
    mine = shared.progress("carol")
    assert mine == {"total": 6, "pending": 4, "draft": 1, "submitted": 0, "discarded": 0, "closed": 1}
    assert shared.progress("alice")["closed"] == 0
    assert shared.progress()["complete"] == 2
    assert window(shared, "carol", "draft").indices == [1]
    assert window(shared, "carol", "pending").indices == [2, 3, 4, 5]


def test_an_answer_taken_back_opens_the_record_again(shared):
    """Undo makes room for another annotator."""
    answer(shared, "alice", 0)
    answer(shared, "bob", 0)
    shared.undo(user="bob")
    assert window(shared, "carol", "pending", limit=1).indices == [0]


def test_an_answer_too_many_is_kept_as_a_draft(shared):
    """The sentence says who was quicker and what became of the answer; nothing that was typed is lost."""
    answer(shared, "alice", 0)
    answer(shared, "bob", 0)
    with pytest.raises(
        fw.InvalidInput, match=r"^2 others have answered this record meanwhile: yours is kept as a draft$"
    ):
        answer(shared, "carol", 0)
    kept = shared.answer("carol", shared[0].id)
    assert (kept.status, kept.answers) == ("draft", {"tone": "a"})
    answer(shared, "bob", 0)  # whoever is among the two may change the answer


def test_imported_answers_are_all_taken(shared):
    """What people answered elsewhere is not refused for being too much."""
    responses = [{"values": {"tone": "a"}, "user_id": f"u{i}", "status": "submitted"} for i in range(4)]
    shared.add_records([{"fields": {"text": "old"}, "responses": responses}])
    assert len(shared[6].responses) == 4
    assert shared.progress()["complete"] == 1


def test_without_a_distribution_nothing_is_lent_or_closed(dataset):
    """Everybody is asked about everything, as ever, and the store writes down no lease."""
    assert take(dataset, "alice", limit=2).indices == [0, 1]
    assert leases.held(dataset.store, dataset.key) == {}
    assert "closed" not in dataset.progress("alice")
    assert "complete" not in dataset.progress()


# -- lending ----------------------------------------------------------------------------------------------------------


def test_records_are_lent_to_as_many_as_shall_answer(shared):
    """The third annotator goes on where the first two have not come yet."""
    assert take(shared, "alice").indices == [0, 1, 2, 3, 4]
    assert take(shared, "bob").indices == [0, 1, 2, 3, 4]
    assert take(shared, "carol") == ([5], True, 5)
    assert take(shared, "dave") == ([5], True, 5)
    assert take(shared, "eve") == ([], True, 6)


def test_what_is_given_back_is_lent_again(shared):
    """A record that waits for others comes as soon as it is free."""
    for user in ("alice", "bob"):
        take(shared, user, limit=1)
    give_back(shared, "bob", [shared[0].id])
    assert take(shared, "carol", limit=1).indices == [0]


def test_what_one_holds_already_is_kept(shared):
    """Asking again brings the same records; renewing them names none that is lost."""
    first = take(shared, "alice")
    assert take(shared, "alice") == first
    assert keep(shared, "alice", [shared[at].id for at in first.indices]) == []


def test_who_comes_back_late_is_told_what_is_lost(shared, monkeypatch):
    """After its end a lease is renewed only where nobody took the record."""
    monkeypatch.setattr(leases, "LEASE_SECONDS", 0.0)
    take(shared, "alice", limit=2)
    monkeypatch.undo()
    for user in ("bob", "carol"):
        take(shared, user, limit=1)
    assert keep(shared, "alice", [shared[0].id, shared[1].id]) == [shared[0].id]


def test_a_holder_who_has_answered_is_counted_once(shared):
    """A lease that was not given back takes no second place."""
    take(shared, "alice", limit=1)
    answer(shared, "alice", 0)
    assert take(shared, "bob", limit=1).indices == [0]
    assert take(shared, "carol", limit=1).indices == [1]


def test_long_records_that_do_not_fit_are_not_held(shared):
    """What was lent and cannot be sent is given back at once."""
    shared.add_records([{"text": f"{i}" * WINDOW_CHARACTERS} for i in range(4)])
    assert take(shared, "alice", after=5) == ([6, 7], False, 0)
    assert set(leases.held(shared.store, shared.key)) == {shared[6].id, shared[7].id}
