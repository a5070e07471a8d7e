"""Who answered what, as bytes: everything that is searched and counted at C speed is what a walk over all would find."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_widgets.statuses import CODES, MANY, Statuses

USERS = ("ann", "bob", "cy")
BEST = ("submitted", "discarded", "draft", "pending")
PUTS = st.lists(st.tuples(st.sampled_from(USERS), st.integers(0, 5), st.sampled_from([*CODES])), max_size=30)


def filled(puts, records=6):
    """Return statuses, and what they should say: (user, place) -> status."""
    statuses, expected = Statuses(), {}
    statuses.extend(records)
    for user, place, status in puts:
        assert statuses.put(user, place, status) == expected.get((user, place), "pending")
        expected[user, place] = status
    return statuses, expected


def counted(found):
    """Return the counts of a list of statuses, as `counts` gives them."""
    return {"total": len(found), **{each: found.count(each) for each in CODES}}


def check(statuses, expected, users=USERS):
    """Compare everything that can be asked with a plain walk."""
    places = range(len(statuses))
    for user in users:
        mine = [expected.get((user, place), "pending") for place in places]
        assert [statuses.status(user, place) for place in places] == mine
        assert statuses.counts(user) == counted(mine)
        for after in (-1, 0, 3):
            for wanted in (("pending", "draft"), ("draft",), ("discarded", "submitted"), tuple(CODES), ()):
                found = [place for place in places if place > after and mine[place] in wanted]
                assert statuses.next_place(user, after, wanted) == (found[0] if found else None)
    by_place = [[expected.get((user, place), "pending") for user in users] for place in places]
    assert [statuses.submitted(place) for place in places] == [each.count("submitted") for each in by_place]
    assert statuses.counts() == counted([next(best for best in BEST if best in each) for each in by_place])


@given(PUTS)
def test_one_change_after_the_other(puts):
    """Each status, each count and each search is what a walk over a plain table says."""
    statuses, expected = filled(puts)
    check(statuses, expected)


@given(PUTS)
def test_a_whole_annotator_at_once(puts):
    """Codes that are read from a store in one go give the same as the same changes one by one."""
    _, expected = filled(puts)
    statuses = Statuses()
    statuses.extend(6)
    for user in {user for user, _ in expected}:
        statuses.put_all(user, bytearray(CODES[expected.get((user, place), "pending")] for place in range(6)))
    check(statuses, expected)
    statuses.put("bob", 2, "draft")
    check(statuses, {**expected, ("bob", 2): "draft"})


@given(PUTS)
def test_records_that_come_later_are_pending(puts):
    """New records are pending for everybody, those who answered and those who did not."""
    statuses, expected = filled(puts)
    statuses.extend(2)
    check(statuses, expected)
    assert statuses.next_place("nobody", 6, ("pending",)) == 7


@pytest.mark.parametrize("at_once", [False, True])
def test_more_annotators_than_a_byte_counts(at_once):
    """Three hundred people who submit one record are three hundred, its neighbours count for themselves, and one may leave."""
    statuses, users = Statuses(), [f"u{number}" for number in range(300)]
    statuses.extend(3)
    seen = []
    for user in users:
        if at_once:
            statuses.put_all(user, bytearray([0, CODES["submitted"], 0]))
        else:
            statuses.put(user, 1, "submitted")
        seen.append([statuses.submitted(place) for place in range(3)])
    assert seen == [[0, number + 1, 0] for number in range(300)]
    for left, user in zip(range(299, 240, -1), users, strict=False):
        statuses.put(user, 1, "discarded")
        assert statuses.submitted(1) == left
    assert MANY < 300


def test_only_who_has_nothing_left_is_let_go():
    """An annotator with an answer stays, one without goes."""
    statuses, _ = filled([("ann", 0, "draft"), ("bob", 1, "submitted"), ("bob", 1, "pending")])
    statuses.drop("ann")
    statuses.drop("bob")
    statuses.drop("nobody")
    assert statuses.annotators() == ["ann"]
    assert statuses.holders(0) == ["ann"]
    assert statuses.holders(1) == []
