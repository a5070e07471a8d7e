"""All answers as columns: they are those that stand, in order, and never older than the store."""

from __future__ import annotations

import math

import pytest

import feedback_widgets as fw
from feedback_widgets.columns import answers, columns, details


@pytest.fixture
def dataset():
    """Return three records with two questions."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[
            fw.LabelQuestion(name="tone", labels=["polite", "rude"]),
            fw.TextQuestion(name="why", required=False),
        ],
    )
    made.add_records([{"text": text} for text in "abc"])
    return made


def lines(found):
    """Return (record, annotator, answer) of each line."""
    at = zip(found.record.tolist(), found.user.tolist(), found.value.tolist(), strict=True)
    return [(r, found.users[u], found.values[v]) for r, u, v in at]


def test_answers_stand_by_record_and_then_in_the_order_given(dataset):
    """The first to answer a record comes first, also after changing that answer; records stand in their order."""
    dataset.respond(dataset[1].id, {"tone": "rude"}, user="zoe")
    dataset.respond(dataset[1].id, {"tone": "rude"}, user="ann")
    dataset.respond(dataset[0].id, {"tone": "polite", "why": "please"}, user="bob")
    dataset.respond(dataset[1].id, {"tone": "polite"}, user="zoe")
    assert lines(answers(dataset, "tone")) == [(0, "bob", "polite"), (1, "zoe", "polite"), (1, "ann", "rude")]
    assert lines(answers(dataset, "why")) == [(0, "bob", "please")]


def test_only_what_is_submitted_counts(dataset):
    """Drafts, discarded records and answers that were taken back leave no line."""
    for user, status in (("ann", "draft"), ("bob", "discarded"), ("zoe", "submitted")):
        dataset.respond(dataset[0].id, {"tone": "rude"}, user=user, status=status)
    assert lines(answers(dataset, "tone")) == [(0, "zoe", "rude")]
    dataset.undo(user="zoe")
    assert lines(answers(dataset, "tone")) == []


def test_answers_are_read_again_after_somebody_answered(dataset, tmp_path):
    """Nothing is read twice while nobody writes; an answer of another kernel is there at once."""
    dataset.save(name="tones", store=tmp_path / "feedback.db")
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    first = columns(dataset)
    assert columns(dataset) is first
    other = fw.FeedbackDataset.load("tones", store=tmp_path / "feedback.db")
    other.respond(other[2].id, {"tone": "polite"}, user="bob")
    assert lines(answers(dataset, "tone")) == [(0, "ann", "rude"), (2, "bob", "polite")]


def test_a_person_who_was_forgotten_is_gone(dataset, tmp_path):
    """After forgetting somebody no line of theirs is left, though the columns were read before."""
    dataset.save(name="tones", store=tmp_path / "feedback.db")
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann")
    dataset.respond(dataset[0].id, {"tone": "polite"}, user="bob")
    assert len(answers(dataset, "tone").record) == 2
    dataset.forget_user("ann")
    assert lines(answers(dataset, "tone")) == [(0, "bob", "polite")]


def test_an_unknown_question_is_answered_with_the_near_miss(dataset):
    """A misspelt name is refused, and the right one named."""
    with pytest.raises(fw.InvalidInput, match="Did you mean 'tone'"):
        answers(dataset, "tones")


def test_how_answers_came_about_stands_line_by_line(dataset):
    """Time, form and screen are those of the very answer, though lines go by record and the log by time."""
    for at, user in ((1, "zoe"), (0, "ann"), (1, "bob")):
        dataset.respond(dataset[at].id, {"tone": "rude"}, user=user)
    dataset.extend(guidelines="Be fair.")
    dataset.respond(dataset[1].id, {"tone": "polite"}, user="zoe")
    found = columns(dataset)
    late = details(dataset, found)
    whose = [
        (found.records.index(dataset[r].id), found.users[u])
        for r, u in zip(found.record, found.user, strict=True)
    ]
    assert whose == [(0, "ann"), (1, "zoe"), (1, "bob")]
    versions = dict(zip(whose, late.version.tolist(), strict=True))
    assert versions[1, "zoe"] == versions[0, "ann"] + 1 == versions[1, "bob"] + 1
    assert sorted(late.when) == [late.when[0], late.when[2], late.when[1]]
    assert all(math.isnan(each) for each in late.seconds)
    assert details(dataset, found) is late


def test_an_answer_forgotten_while_it_was_read_has_no_time(dataset):
    """Somebody who is forgotten between two readings leaves nan, not another answer's time."""
    for user in ("ann", "bob"):
        dataset.respond(dataset[0].id, {"tone": "rude"}, user=user)
    found = columns(dataset)
    dataset.forget_user("bob")
    late = details(dataset, found)
    assert [math.isnan(each) for each in late.when] == [False, True]


def test_a_draft_comes_before_no_answer(dataset):
    """Who began first but submitted later stands later."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="ann", status="draft")
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="bob")
    dataset.respond(dataset[0].id, {"tone": "polite"}, user="ann")
    assert lines(answers(dataset, "tone")) == [(0, "bob", "rude"), (0, "ann", "polite")]
