"""What a review desk says to its page, and what it does with what a page says."""

from __future__ import annotations

import json
import random

import pytest

import feedback_widgets as fw

NAMES = ("annelise", "bohumil", "cemile")


@pytest.fixture
def made():
    """One record that two answered and one discarded."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
    )
    dataset.add_records([{"text": "Hm."}, {"text": "Fine."}])
    for user, tone in zip(NAMES, ("polite", "rude", None), strict=True):
        status, values = ("submitted", {"tone": tone}) if tone else ("discarded", {})
        dataset.respond(dataset[0].id, values, user=user, status=status)
    dataset.respond(dataset[1].id, {"tone": "rude"}, user=NAMES[0])
    yield dataset
    dataset.store.close()


def ask(desk, kind, **more):
    """Return the kernel's reply to a page."""
    return desk._reply({"v": 1, "client": "page", "rid": "r", "kind": kind, **more})


def test_a_blind_desk_tells_no_name_whatever_it_is_asked(made):
    """Neither records nor refusals nor acts hold the name of an annotator, nor when they answered."""
    desk = made.review(user="rita", blind=True)
    record = made[0].id
    keys = [each["key"] for each in ask(desk, "hello")["records"][0]["answers"]]
    assert sorted(keys) == ["A", "B", "C"]
    replies = [ask(desk, "hello"), ask(desk, "records", limit=20)]
    for number, key in enumerate([*keys, "D"]):
        for kind in ("adopt", "send_back"):
            replies.append(ask(desk, kind, event=f"{kind}{number}", record=record, answer=key))
            replies.append(ask(desk, "records", limit=20))
    said = json.dumps(replies)
    assert [name for name in NAMES if name in said] == []
    assert [each["at"] for each in replies[1]["records"][0]["answers"]] == [None] * 3
    assert {each["kind"] for each in replies} == {"welcome", "records", "reviewed", "refused"}


def test_a_name_is_no_key_where_the_desk_is_blind(made):
    """A page that guesses a name learns nothing by it: the refusal is that of a key that is not there."""
    desk = made.review(user="rita", blind=True)
    reply = ask(desk, "adopt", event="e", record=made[0].id, answer=NAMES[0])
    assert reply["kind"] == "refused"
    assert made.adjudicated() == {}


def test_letters_are_not_the_same_person_on_every_record(made):
    """From one record to the next another letter may be somebody's: together they would be a name."""
    made.add_records([{"text": f"t{i}"} for i in range(12)])
    for record in list(made)[2:]:
        for user in NAMES:
            made.respond(record.id, {"tone": "rude"}, user=user)
    desk = made.review(user="rita", blind=True)
    found = {desk._key_of(record, NAMES[0]) for record in list(made)[2:]}
    assert len(found) > 1


def test_an_act_that_is_asked_for_twice_is_done_once(made):
    """A page that hears no answer asks again: the log holds one review."""
    desk = made.review(user="rita")
    for _ in range(2):
        reply = ask(desk, "adopt", event="e1", record=made[0].id, answer=NAMES[1])
        assert reply["view"]["decided"] == {"tone": "rude"}
    assert [each.status for each in made.history(made[0]) if each.seq is None] == ["adjudicated"]


def test_whatever_a_page_says_is_answered_once_and_decides_nothing_by_mistake(made):
    """Thousands of odd messages: each gets one reply of a known kind, and no decision is one that nobody could answer."""
    desk, drawn = made.review(user="rita"), random.Random(20_261_121)
    odd = [
        None,
        "",
        "x" * 2000,
        -1,
        1e308,
        True,
        [],
        {},
        [[]],
        "<img>",
        made[0].id,
        NAMES[0],
        "\ud83d",
        {"tone": "odd"},
    ]
    kinds = [
        "hello",
        "records",
        "adopt",
        "send_back",
        "decide",
        "undo",
        "source",
        "_reply",
        "__init__",
        "",
        None,
    ]
    fields = ["event", "record", "answer", "values", "comment", "after", "before", "limit", "open", "part"]
    seen = set()
    for _ in range(3000):
        message = {
            "v": drawn.choice([1, 1, 1, 2, None]),
            "client": "page",
            "rid": "r",
            "kind": drawn.choice(kinds),
        }
        message |= {field: drawn.choice(odd) for field in drawn.sample(fields, drawn.randint(0, 6))}
        reply = desk._reply(message)
        seen.add(reply["kind"])
        json.dumps(reply)
        assert "unexpected" not in reply.get("reason", "")
    assert {"refused", "welcome", "records"} <= seen
    assert {value for each in made.adjudicated().values() for value in each.values()} <= {"polite", "rude"}
