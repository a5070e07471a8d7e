"""Assigning records: dealt out evenly, kept in the store, and honoured by every kernel's queue."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedback_widgets as fw
from feedback_widgets.assignment import deal
from feedback_widgets.queue import take, window


@pytest.fixture(params=["file", "postgres"])
def dataset(request, tmp_path):
    """Return six records in a store."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")], questions=[fw.LabelQuestion(name="tone", labels=["a", "b"])]
    )
    made.add_records([{"text": f"t{i}"} for i in range(6)])
    return made.save(
        "tone",
        store=tmp_path / "f.db" if request.param == "file" else request.getfixturevalue("postgres_url"),
    )


def asked(dataset, user):
    """Return the places of the records this annotator is asked for."""
    return window(dataset, user, "pending").indices


@given(st.integers(0, 40), st.integers(1, 8), st.data())
def test_everybody_is_dealt_about_as_much(records, people, data):
    """Each record goes to as many different annotators as the overlap says, and no hand is longer than another by more than that."""
    overlap = data.draw(st.integers(1, people))
    hands = deal(list(range(records)), [f"u{each}" for each in range(people)], overlap)
    assert Counter(each for hand in hands.values() for each in set(hand)) == Counter(
        dict.fromkeys(range(records), overlap)
    )
    assert max(map(len, hands.values())) - min(map(len, hands.values())) <= overlap


@pytest.mark.parametrize(
    ("users", "overlap", "said"),
    [
        ([], 1, "somebody is missing"),
        ({"day": []}, 1, "somebody is missing"),
        (["a", "a"], 1, "'a' is there twice"),
        ({"day": ["a"], "night": ["a"]}, 1, "'a' is there twice"),
        (["a", ""], 1, "'' is no name"),
        (["a", 3], 1, "3 is no name"),
        ("alice", 1, "users must be a list of names"),
        (["a", "b"], 3, "overlap=3 is not allowed: a record goes to 1 to 2 different"),
        (["a", "b"], -1, "overlap=-1 is not allowed"),
        (["a", "b"], True, "overlap=True is not allowed"),
    ],
)
def test_who_cannot_be_dealt_to_is_said(users, overlap, said):
    """The sentence names the value and the remedy."""
    with pytest.raises(fw.InvalidInput) as refused:
        deal(["r"], users, overlap)
    assert said in str(refused.value)


def test_an_annotator_is_asked_for_what_is_assigned_to_them_only(dataset):
    """Their own records; who has none gets what nobody has."""
    dealt = dataset.assign(dataset.records[:4], ["alice", "bob"])
    assert dealt == {"alice": [dataset[0].id, dataset[2].id], "bob": [dataset[1].id, dataset[3].id]}
    assert (asked(dataset, "alice"), asked(dataset, "bob"), asked(dataset, "carol")) == (
        [0, 2],
        [1, 3],
        [4, 5],
    )
    assert window(dataset, "alice", "all").indices == [0, 1, 2, 3, 4, 5]
    assert dataset.progress("alice") == {
        "total": 6,
        "pending": 2,
        "draft": 0,
        "submitted": 0,
        "discarded": 0,
        "closed": 4,
    }


def test_other_kernels_hear_of_assignments(dataset):
    """What is assigned in one kernel counts in another that was open already."""
    other = fw.FeedbackDataset.load(
        "tone", store=dataset.store.engine.url.render_as_string(hide_password=False)
    )
    dataset.assign(None, ["alice", "bob"])
    other.sync()
    assert asked(other, "alice") == [0, 2, 4]
    assert other.assignments() == dataset.assignments()


def test_assigning_again_changes_nothing(dataset):
    """Running the cell again is harmless; the same seed shuffles alike."""
    first = dataset.assign(None, ["alice", "bob", "carol"], overlap=2, seed=5)
    before = dataset.assignments()
    assert dataset.assign(None, ["alice", "bob", "carol"], overlap=2, seed=5) == first
    assert dataset.assignments() == before
    assert len(before) == len(set(before)) == 12
    assert dataset.assign(None, ["alice", "bob", "carol"], overlap=2, seed=6, replace=True) != first


def test_replacing_takes_back_what_was_assigned(dataset):
    """With `replace=True` only the new assignments hold."""
    dataset.assign(None, ["alice"])
    dataset.assign([dataset[5].id], ["bob"], replace=True)
    assert dataset.assignments() == [fw.Assignment(dataset[5].id, "bob")]
    assert (asked(dataset, "alice"), asked(dataset, "bob")) == ([0, 1, 2, 3, 4], [5])


def test_records_that_come_later_are_nobodys(dataset):
    """They go to those without assignments, until they are assigned."""
    dataset.assign(None, ["alice"])
    dataset.add_records([{"text": "new"}])
    assert (asked(dataset, "alice"), asked(dataset, "carol")) == ([0, 1, 2, 3, 4, 5], [6])


def test_an_unknown_record_is_not_assigned(dataset):
    """Nothing is written then."""
    with pytest.raises(fw.InvalidInput, match="there is no record 'nope'"):
        dataset.assign([dataset[0].id, "nope"], ["alice"])
    with pytest.raises(fw.InvalidInput, match="records must be a list of records or ids"):
        dataset.assign("nope", ["alice"])
    assert dataset.assignments() == []


def test_assignments_and_an_overlap_go_together(tmp_path):
    """Of the records assigned to them, annotators are lent those that are not complete."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["a", "b"])],
        distribution=fw.Distribution(min_submitted=1),
    )
    made.add_records([{"text": f"t{i}"} for i in range(4)])
    made.assign(made.records[:2], {"day": ["alice", "bob"]})
    made.respond(made[0].id, {"tone": "a"}, user="bob")
    assert take(made, "alice") == ([1], True, 0)
    assert take(made, "bob") == ([], True, 1)


def test_a_person_who_is_forgotten_is_not_assigned_any_more(dataset):
    """The name goes with the answers."""
    dataset.assign(None, ["alice", "bob"])
    dataset.forget_user("alice")
    assert {each.user_id for each in dataset.assignments()} == {"bob"}


@pytest.mark.parametrize("gone", ["alice", "bob", "carol"])
def test_other_kernels_hear_that_an_assigned_person_was_forgotten(dataset, gone):
    """Whoever had the first, the middle or the newest assignment: their records are nobody's in a kernel that was open already."""
    dataset.assign(None, ["alice", "bob", "carol"])
    other = fw.FeedbackDataset.load(
        "tone", store=dataset.store.engine.url.render_as_string(hide_password=False)
    )
    other.sync()
    mine, order = asked(other, gone), [each for each in dataset.assignments() if each.user_id != gone]
    dataset.forget_user(gone)
    other.sync()
    assert asked(other, gone) == mine == asked(other, "new")
    assert other.assignments() == order


def test_the_last_assigned_person_is_forgotten(dataset):
    """Then nothing is assigned, and everybody is asked about everything, in a kernel that was open already."""
    dataset.assign(dataset.records[:2], ["alice"])
    other = fw.FeedbackDataset.load(
        "tone", store=dataset.store.engine.url.render_as_string(hide_password=False)
    )
    dataset.forget_user("alice")
    other.sync()
    assert asked(other, "alice") == asked(other, "bob") == [0, 1, 2, 3, 4, 5]
