"""What one answer says about which response is better."""

import pytest

import feedback_widgets as fw
from feedback_widgets.training.preferences import check_preference, pairs

TWO, THREE = ["a", "b"], ["a", "b", "c"]


def rating(*values):
    return fw.RatingQuestion(name="best", values=list(values))


def label(*labels):
    return fw.LabelQuestion(name="best", labels=list(labels))


def places(**ranks):
    return [{"value": value, "rank": rank} for value, rank in ranks.items()]


@pytest.mark.parametrize(
    ("question", "answer", "responses", "found"),
    [
        (rating(2, 1), 2, TWO, [("b", "a")]),
        (rating(3, 1, 2), 3, TWO, [None]),
        (rating(2, 0, 1), 0, TWO, [None]),
        (label("a", "b", "tie"), "a", TWO, [("a", "b")]),
        (label("a", "b", "tie"), "tie", TWO, [None, None]),
        (label("x", "y"), "y", TWO, [("b", "a")]),
    ],
)
def test_an_answer_to_a_rating_or_a_label(question, answer, responses, found):
    """Whatever order the values stand in, they mean the same; a response is never held against itself."""
    check_preference(question, responses)
    assert list(pairs(question, answer, responses)) == found


@pytest.mark.parametrize(
    ("choice", "responses", "found"),
    [
        ("c", THREE, [("c", "a"), ("c", "b")]),
        ("tie", TWO, [None]),
        ("both_bad", TWO, [None]),
        ("c", TWO, []),
    ],
)
def test_a_choice_among_three(choice, responses, found):
    """The chosen one beats each other response; a tie is one; a choice that is none of the responses decides nothing."""
    question = fw.PairwiseQuestion(name="best", fields=THREE)
    assert list(pairs(question, {"choice": choice, "strength": None}, responses)) == found


@pytest.mark.parametrize(
    ("answer", "responses", "found"),
    [
        (places(a=2, b=1, c=2), THREE, [("b", "a"), None, ("b", "c")]),
        (places(a=1, b=2, c=3), TWO, [("a", "b")]),
        (places(c=1, a=2), THREE, [("c", "a")]),
    ],
)
def test_a_ranking_of_more_or_less_than_the_responses(answer, responses, found):
    """Options that are no response, and responses without a rank, are left out; equal ranks are ties."""
    assert list(pairs(fw.RankingQuestion(name="best", values=THREE), answer, responses)) == found


def test_options_that_name_some_responses_do_not_stand_for_the_others():
    """As many options as responses, one of them by name: the others are not taken in order."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name=each) for each in ("prompt", "a", "b")], questions=[label("a", "second")]
    )
    dataset.add_records([{"prompt": "p", "a": "1", "b": "2"}])
    task = fw.TrainingTask.for_direct_preference_optimization(
        prompt="prompt", responses=TWO, preference="best"
    )
    with pytest.raises(fw.InvalidInput, match="does not name the response 'b'"):
        dataset.prepare_for_training("trl", task)
