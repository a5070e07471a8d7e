"""Accepting suggestions in bulk: never before the spot check, never what the annotator has touched, and always told as such."""

from __future__ import annotations

import uuid

import pytest

import feedback_widgets as fw
from feedback_widgets.errors import InvalidInput

SCORES = [0.95, 0.9, 0.85, 0.8, 0.75, 0.97, 0.99, 0.4]


@pytest.fixture
def dataset(tmp_path):
    """Return a saved dataset whose model calls eight records rude, more or less surely, and one polite."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[
            fw.LabelQuestion(name="tone", labels=["polite", "rude"]),
            fw.TextQuestion(name="why", required=False),
        ],
    )
    made.add_records(
        [
            {
                "fields": {"text": f"t{at}"},
                "suggestions": [fw.Suggestion("tone", "rude", score=score, agent="judge")],
            }
            for at, score in enumerate(SCORES)
        ]
    )
    made.add_records(
        [{"fields": {"text": "ok"}, "suggestions": [fw.Suggestion("tone", "polite", score=0.99)]}]
    )
    return made.save("tone", store=tmp_path / "feedback.db")


GROUP = {"question": "tone", "value": "rude", "score": 0.7, "agent": "judge", "check": 2, "allowed": 0}


def checked(desk, ask, values, **group):
    """Answer the spot check as a page does, with these values."""
    reply = ask(desk, "group", **{**GROUP, **group})
    for view, value in zip(reply["records"], values, strict=True):
        event = {
            "event": str(uuid.uuid4()),
            "record": view["record"],
            "status": "submitted",
            "values": {"tone": value},
            "shown": {"suggestions": [], "check": reply["check"]},
        }
        assert ask(desk, "respond", events=[event])["refused"] == []
    return ask(desk, "group", **{**GROUP, **group})


def test_a_group_is_accepted_after_its_spot_check(desk, ask, dataset):
    """The drawn records come first and without suggestions; then all others are submitted in one go."""
    reply = ask(desk, "group", **GROUP)
    assert [each["suggestions"] for each in reply["records"]] == [{}, {}]
    assert (reply["answered"], reply["left"]) == (0, 5)
    assert "2 of 2 records wait to be checked" in reply["problem"]
    reply = checked(desk, ask, ["rude", "rude"])
    assert (reply["answered"], reply["disagree"], reply["problem"]) == (2, 0, None)
    said = ask(desk, "accept", **GROUP, event=str(uuid.uuid4()))
    assert (said["kind"], said["accepted"], said["progress"]["submitted"]) == ("accepted", 5, 7)
    assert [dataset.answer("alice", each.id) is None for each in dataset] == [False] * 7 + [True] * 2


def test_nothing_is_accepted_before_the_check_or_against_it(desk, ask, dataset):
    """An unfinished check and a check that disagrees are refused in words, and nothing is written."""
    said = ask(desk, "accept", **GROUP, event=str(uuid.uuid4()))
    assert "wait to be checked by hand" in said["reason"]
    reply = checked(desk, ask, ["rude", "polite"])
    assert (reply["disagree"], "1 of 2 checked records disagree" in reply["problem"]) == (1, True)
    said = ask(desk, "accept", **GROUP, event=str(uuid.uuid4()))
    assert "disagree with the suggestion" in said["reason"]
    assert dataset.progress("alice")["submitted"] == 2


def test_the_log_tells_what_was_bulk_and_what_was_checked(desk, ask, dataset):
    """Every accepted answer says that it was one of many and of which group; a checked one names its check."""
    key = checked(desk, ask, ["rude", "rude"])["check"]
    attempt = str(uuid.uuid4())
    ask(desk, "accept", **GROUP, event=attempt)
    shown = [dataset.answer("alice", each.id).shown for each in dataset[:7]]
    about = {name: GROUP[name] for name in ("question", "value", "score", "agent")}
    assert sorted(shown, key=str) == sorted(
        [{"suggestions": [], "bulk": True, "group": about, "batch": attempt}] * 5
        + [{"suggestions": [], "check": key}] * 2,
        key=str,
    )


def test_accepting_twice_with_one_name_does_it_once(desk, ask, dataset, sit):
    """A page that asks again gets the same reply and no second set of answers, from another kernel's desk too."""
    checked(desk, ask, ["rude", "rude"])
    attempt = str(uuid.uuid4())
    first = ask(desk, "accept", **GROUP, event=attempt)
    newest = dataset.answer("alice", dataset[0].id).seq
    assert ask(desk, "accept", **GROUP, event=attempt)["accepted"] == first["accepted"] == 5
    assert "no record is left" in ask(sit(), "accept", **GROUP, event=attempt)["reason"]
    assert dataset.answer("alice", dataset[0].id).seq == newest


def test_what_the_annotator_has_touched_stays(desk, dataset):
    """A draft, a discarded record and an answer of one's own are no part of the group."""
    desk.respond(dataset[0].id, {}, status="draft")
    desk.respond(dataset[1].id, {}, status="discarded")
    desk.respond(dataset[2].id, {"tone": "polite"})
    group = desk.group("tone", "rude", score=0.7, check=1)
    for record in group.check:
        group.respond(record.id, "rude")
    assert group.accept() == 3
    assert [dataset.answer("alice", each.id).status for each in dataset[:3]] == [
        "draft",
        "discarded",
        "submitted",
    ]
    assert dataset.answer("alice", dataset[2].id).answers == {"tone": "polite"}


def test_the_draw_is_the_same_in_every_kernel(dataset, tmp_path):
    """A restarted kernel draws the same records, and counts those that were checked before it."""
    before = dataset.annotate(user="alice").group("tone", "rude", check=3)
    drawn = [each.id for each in before.check]
    before.respond(drawn[0], "rude")
    other = fw.FeedbackDataset.load("tone", store=tmp_path / "feedback.db").annotate(user="alice")
    after = other.group("tone", "rude", check=3)
    assert [each.id for each in after.check] == drawn[1:]
    assert after.standing().answered == drawn[:1]
    assert [each.id for each in dataset.annotate(user="bob").group("tone", "rude", check=3).check] != drawn


def test_another_threshold_is_another_group(desk, ask):
    """A check of the surest suggestions says nothing about less sure ones."""
    checked(desk, ask, ["rude", "rude"], score=0.9)
    assert ask(desk, "group", **GROUP)["answered"] == 0


def test_some_disagreement_may_be_allowed(desk, ask):
    """With `allowed=1`, one of two checks may differ; a discarded record counts as one that differs."""
    assert checked(desk, ask, ["rude", "polite"], allowed=1)["problem"] is None


def test_only_drawn_records_are_checked(desk, dataset):
    """A record that was not drawn is refused: nobody picks the easy ones."""
    group = desk.group("tone", "rude", check=1)
    drawn = group.check[0].id
    other = next(each.id for each in dataset if each.id != drawn)
    with pytest.raises(InvalidInput, match="does not wait to be checked"):
        group.respond(other, "rude")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"question": "why", "value": "x"}, "single choice or a rating"),
        ({"question": "ton", "value": "rude"}, "there is no question 'ton'"),
        ({"question": "tone", "value": "shy"}, "shy"),
        ({"question": "tone", "value": "rude", "check": 51}, "from 1 to 50"),
        ({"question": "tone", "value": "rude", "check": 2, "allowed": 2}, "below check=2"),
    ],
)
def test_what_cannot_be_a_group_is_refused(desk, given, words):
    """A question with more than one pick, an unknown one, a value it does not have, senseless numbers."""
    with pytest.raises(InvalidInput, match=words):
        desk.group(**given)


def test_a_second_required_question_forbids_a_group(desk, dataset):
    """A suggestion for one question is no whole answer where another must be answered, too."""
    dataset.extend(questions=[fw.RatingQuestion(name="worth", values=[1, 2])])
    with pytest.raises(InvalidInput, match="worth must be answered, too"):
        desk.group("tone", "rude")


def test_records_to_be_answered_unassisted_stay_out(dataset):
    """Where the lot says that no suggestion helps, none is accepted; a desk that holds all back accepts nothing from its page."""
    desk = dataset.annotate(user="alice", unassisted=0.5)
    group = desk.group("tone", "rude", check=1)
    inside = {*group.standing().waiting, *group.standing().left}
    assert inside == {each.id for each in dataset[:8] if desk._showing.how(each.id) == "shown"}
    hidden = dataset.annotate(user="alice", suggestions="hidden")
    said = hidden._reply({"v": 1, "client": "c", "rid": "r", "kind": "group", **GROUP})
    assert "holds suggestions back" in said["reason"]


def test_a_batch_is_taken_back_whole_by_whom_names_it(desk, ask, answered, dataset):
    """One undo takes back all that was given at once, one redo brings it again; unnamed, only its name and size are told."""
    shown = {"suggestions": [], "bulk": True, "batch": "b1"}
    events = [answered(each, shown=shown) for each in dataset[2:6]]
    ask(desk, "respond", events=[answered(dataset[0], values={"tone": "polite"}), *events])
    told = ask(desk, "undo", event="u1")
    assert (told["kind"], told["batch"], told["count"]) == ("batch", "b1", 4)
    assert dataset.progress("alice")["submitted"] == 5
    for _ in range(2):  # delivered twice
        undone = ask(desk, "undo", event="u1", batch="b1")
        assert (undone["kind"], undone["count"], undone["values"]) == ("undone", 4, {})
        assert undone["view"]["record"] == dataset[2].id
        assert (undone["progress"]["submitted"], undone["redoable"]) == (1, True)
    for _ in range(2):
        redone = ask(desk, "redo", event="u2")
        assert (redone["kind"], redone["count"], redone["progress"]["submitted"]) == ("redone", 4, 5)
    assert [dataset.answer("alice", each.id).answers for each in dataset[2:6]] == [{"tone": "rude"}] * 4


def test_a_script_takes_a_whole_group_back(desk, dataset):
    """After `group.accept()`, `desk.undo()` takes all of it back, and `desk.redo()` brings it again."""
    group = desk.group("tone", "rude", score=0.7, check=2)
    for each in group.check:
        group.respond(each.id, "rude")
    assert group.accept() == 5
    assert desk.undo() is not None
    assert desk.progress()["submitted"] == 2
    desk.redo()
    assert desk.progress()["submitted"] == 7
    assert [desk.undo() is not None for _ in range(4)] == [True, True, True, False]
