"""Laws of the log: memory, a cold load and the SQL view agree, whatever was done and however it was delivered."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import feedback_widgets as fw
from feedback_widgets.memory import Memory
from feedback_widgets.store.pages import newest

USERS = ("ann", "bob")
RECORDS = 3
ACTIONS = st.tuples(
    st.sampled_from(["submitted", "draft", "discarded", "undo", "again"]),
    st.sampled_from(USERS),
    st.integers(0, RECORDS - 1),
    st.sampled_from(["polite", "rude"]),
)
MOVES = st.lists(ACTIONS, max_size=25)
FEW = settings(max_examples=40)  # each one writes a store to disk


def new(place=":memory:"):
    """Return a dataset of three records, saved where `place` is a path."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
    )
    made.add_records([{"text": f"t{i}"} for i in range(RECORDS)])
    return made if place == ":memory:" else made.save("tone", store=place)


def act(dataset, action):
    """Do one thing; "again" delivers an old event of that user once more."""
    kind, user, at, tone = action
    if kind == "undo":
        dataset.undo(user=user)
    elif kind == "again":
        dataset.append(
            [each for each in dataset.store.since(dataset.key) if each.user_id == user][at : at + 1]
        )
    else:
        dataset.respond(dataset[at].id, {"tone": tone}, user=user, status=kind)


def answers(holder, ids):
    """Return (record, user, status, answers) of every current answer that `holder.answer` knows, sorted."""
    found = [(each, user, holder.answer(user, each)) for each in ids for user in USERS]
    return sorted((each, user, event.status, event.answers) for each, user, event in found if event)


def by_record(dataset):
    """Return the same, as the records show it."""
    return sorted(
        (record.id, response.user_id, response.status, response.to_json())
        for record in dataset
        for response in record.responses
    )


def by_sql(dataset):
    """Return the same, as the view `response` says it."""
    with dataset.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT record_id, user_id, status, answers FROM response").all()
    return sorted((record, user, status, json.loads(found)) for record, user, status, found in rows)


@FEW
@given(MOVES)
def test_memory_records_cold_load_and_view_agree(moves):
    """After any history, everything that can be asked gives the same current answers and the same counts."""
    with tempfile.TemporaryDirectory() as folder:
        dataset = new(Path(folder) / "feedback.db")
        for action in moves:
            act(dataset, action)
        ids = [each.id for each in dataset]
        loaded = fw.FeedbackDataset.load("tone", store=Path(folder) / "feedback.db")
        now = answers(dataset, ids)
        assert now == by_record(dataset) == by_sql(dataset) == answers(loaded, ids) == by_record(loaded)
        for user in USERS:
            states = [status for _, who, status, _ in now if who == user]
            counts = {each: states.count(each) for each in ("draft", "submitted", "discarded")}
            expected = {"total": RECORDS, "pending": RECORDS - len(states), **counts}
            assert dataset.progress(user) == loaded.progress(user) == expected
        dataset.store.close()
        loaded.store.close()


@given(MOVES, st.randoms(use_true_random=False))
def test_the_fold_does_not_depend_on_order_or_repetition(moves, chance):
    """Events delivered twice and in any order fold into the same answers, responses and counts."""
    dataset = new()
    for action in moves:
        act(dataset, action)
    events = dataset.store.since(dataset.key)
    delivered = events * 2
    chance.shuffle(delivered)
    memory = Memory(dataset.settings, dataset.store, dataset.key)
    memory.take_ids(newest(dataset.store, dataset.key).record)
    for event in delivered:
        memory.take_events([event])
    ids = [each.id for each in dataset]
    assert answers(memory, ids) == answers(dataset, ids)
    assert [memory.counts(user) for user in USERS] == [dataset.progress(user) for user in USERS]
    for record in memory.records():
        assert sorted(each.user_id for each in record.responses) == sorted(
            each.user_id for each in dataset.record(record.id).responses
        )


@given(MOVES, ACTIONS.filter(lambda action: action[0] in ("submitted", "discarded")))
def test_undo_is_the_opposite_of_answering(moves, last):
    """Answering and taking back leaves everybody's answers and counts as they were before."""
    dataset = new()
    for action in moves:
        act(dataset, action)
    ids = [each.id for each in dataset]
    before = answers(dataset, ids), [dataset.progress(user) for user in USERS]
    act(dataset, last)
    dataset.undo(user=last[1])
    assert (answers(dataset, ids), [dataset.progress(user) for user in USERS]) == before


@given(MOVES)
def test_everything_can_be_taken_back(moves):
    """Undoing until nothing is left ends, and leaves no final answer."""
    dataset = new()
    for action in moves:
        act(dataset, action)
    for user in USERS:
        undone = [dataset.undo(user=user) for _ in range(len(moves) + 1)]
        assert undone[-1] is None
        assert dataset.undoable(user) is None
    left = answers(dataset, [each.id for each in dataset])
    assert {status for _, _, status, _ in left} <= {"draft"}


@given(MOVES)
def test_a_draft_never_replaces_a_final_answer(moves):
    """Whoever answered finally has that answer, until they answer again or take it back."""
    dataset = new()
    for kind, user, at, tone in moves:
        before = dataset.answer(user, dataset[at].id)
        act(dataset, (kind, user, at, tone))
        if kind == "draft" and before and before.status != "draft":
            assert dataset.answer(user, dataset[at].id) == before
