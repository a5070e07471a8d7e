"""Who may be asked what: flags that are kept are at any time what a walk over all records says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feedback_widgets as fw
from feedback_widgets import shares, statuses

USERS = ("ann", "bob", "cy")
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("respond"),
            st.sampled_from(USERS),
            st.integers(0, 7),
            st.sampled_from(["submitted", "draft", "discarded"]),
        ),
        st.tuples(st.just("undo"), st.sampled_from(USERS)),
        st.tuples(st.just("forget"), st.sampled_from(USERS)),
        st.tuples(st.just("add")),
        st.tuples(st.just("assign"), st.sampled_from(USERS), st.integers(0, 7)),
        st.tuples(st.just("look"), st.sampled_from(USERS)),
    ),
    max_size=25,
)


def made(min_submitted=None):
    """Return a dataset of four records in memory."""
    distribution = None if min_submitted is None else fw.Distribution(min_submitted=min_submitted)
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["a", "b"])],
        distribution=distribution,
    )
    dataset.add_records([{"text": f"t{i}"} for i in range(4)])
    return dataset


def do(dataset, step):
    """Do one of `STEPS`; where a rule forbids it, nothing."""
    what, *more = step
    try:
        if what == "respond":
            user, at, status = more
            dataset.respond(dataset[at % len(dataset)].id, {"tone": "a"}, user=user, status=status)
        elif what == "undo":
            dataset.undo(user=more[0])
        elif what == "forget":
            dataset.forget_user(more[0])
        elif what == "add":
            dataset.add_records([{"text": f"t{len(dataset)}"}])
        elif what == "assign":
            dataset.assign([dataset[more[1] % len(dataset)].id], more[:1])
        else:
            check(dataset, more)
    except fw.InvalidInput:
        assert what in ("respond", "undo", "forget")


def check(dataset, users=USERS):
    """Compare what is kept with a plain walk over all records."""
    limit = dataset.distribution and dataset.distribution.min_submitted
    assigned = dict(dataset._shares._assigned)
    ids = [each.id for each in dataset]

    def status(user, record_id):
        answer = dataset.answer(user, record_id)
        return "pending" if answer is None else answer.status

    full = [limit is not None and sum(status(u, each) == "submitted" for u in USERS) >= limit for each in ids]
    assert dataset._shares.complete() == (None if limit is None else sum(full))
    for user in users:
        if user in assigned:
            theirs = [at < len(assigned[user]) and bool(assigned[user][at]) for at in range(len(ids))]
        else:
            theirs = [
                not any(at < len(each) and each[at] for each in assigned.values()) for at in range(len(ids))
            ]
        free = [there and not over for there, over in zip(theirs, full, strict=True)]
        mine = [status(user, each) for each in ids]
        found, closed = dataset._shares.open(user), dataset._shares.closed(user)
        if limit is None and not assigned:
            assert (found, closed) == (None, None)
            continue
        assert [*found] == [a and s in ("pending", "draft") for a, s in zip(free, mine, strict=True)]
        assert closed == sum(s == "pending" and not a for a, s in zip(free, mine, strict=True))


@pytest.mark.parametrize("remembered", [2, statuses.REMEMBERED])
@pytest.mark.parametrize("limit", [None, 1, 2])
@given(steps=STEPS)
@settings(max_examples=60)
def test_what_is_kept_is_what_a_walk_would_find(limit, remembered, steps):
    """After any answers, undos, erasures, new records and assignments, however many changes lie between two looks."""
    before, statuses.REMEMBERED = statuses.REMEMBERED, remembered
    try:
        dataset = made(limit)
        for step in steps:
            do(dataset, step)
        check(dataset)
        check(dataset)
    finally:
        statuses.REMEMBERED = before


def test_what_is_kept_belongs_to_the_place_it_was_read_from(tmp_path):
    """A dataset that moves to a store with other answers forgets what it kept."""
    elsewhere = made(1).save("tone", store=tmp_path / "f.db")
    elsewhere.respond(elsewhere[0].id, {"tone": "a"}, user="ann")
    dataset = made(1)
    assert [*dataset._shares.open("bob")] == [1, 1, 1, 1]
    dataset.save("tone", store=tmp_path / "f.db")
    check(dataset)
    assert dataset._shares.complete() == 1


def test_an_erased_annotators_assignments_are_no_longer_kept():
    """What was kept of their share, and of what others got for it, is made anew."""
    dataset = made(1)
    for user, at in (("cy", 0), ("ann", 0)):
        do(dataset, ("assign", user, at))
    check(dataset)
    do(dataset, ("assign", "cy", 1))
    do(dataset, ("forget", "cy"))
    check(dataset)
    assert [*dataset._shares.open("cy")] == [0, 1, 1, 1]


def test_only_some_annotators_flags_are_kept(monkeypatch):
    """Counting for everybody does not fill the memory: whoever was not asked about lately is worked out again."""
    monkeypatch.setattr(shares, "KEPT", 2)
    dataset = made(1)
    for user in USERS:
        dataset._shares.open(user)
    assert len(dataset._shares._flags) == 2
    dataset.respond(dataset[0].id, {"tone": "a"}, user="bob")
    check(dataset)
