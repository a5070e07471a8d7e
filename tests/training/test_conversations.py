"""Conversations: one is one, whether it is a message or a list of them, wherever a model is asked."""

import pytest

import feedback_widgets as fw
from feedback_widgets.training.arrow import to_dataset
from feedback_widgets.training.conversations import asked, is_conversation
from feedback_widgets.training.heads import HEADS

TALK = [
    {"role": "user", "content": "What colour is the sea?"},
    {"role": "assistant", "content": "Blue."},
    {"role": "user", "content": "And the sun?"},
]


@pytest.fixture
def talking(demonstrations, base):
    task = fw.TrainingTask.for_chat_completion(prompt="prompt", response="answer")
    return fw.FeedbackTrainer(demonstrations, task, framework="trl", model=base, max_steps=1)


def test_one_conversation_has_one_reply(talking, tmp_path):
    """A list of messages is one conversation, with one reply; a list of conversations or messages has a list of them."""
    one = talking.predict(TALK, max_new_tokens=3)
    assert isinstance(one, str)
    both = talking.predict([TALK, "And the sun?"], max_new_tokens=3)
    assert both[0] == one
    assert len(both) == 2
    talking.train(output_dir=tmp_path)
    table = talking.compare(TALK, max_new_tokens=3)
    assert len(table) == 1
    assert table["before"][0] == one


@pytest.mark.parametrize("given", ["", "  ", [], [{"content": "no role"}], 3])
def test_what_is_no_conversation_is_refused(given):
    """Neither a message nor a list of them: the error says what is wanted."""
    assert not is_conversation(given)
    with pytest.raises(fw.InvalidInput, match="needs a message with some text in it, or a list of messages"):
        asked(given)


def test_what_the_system_says_comes_first():
    """A conversation keeps its messages behind it."""
    assert asked(TALK, "Be brief.") == [{"role": "system", "content": "Be brief."}, *TALK]
    assert asked("Hi") == [{"role": "user", "content": "Hi"}]


@pytest.mark.parametrize("names", [["O", "B-city", "I-city"], ["O", "city", "city"]])
def test_tags_with_and_without_a_beginning_are_the_same_spans(names):
    """A tag that is a label itself is measured under its whole name, like one with `B-` or `I-` before it."""
    import numpy as np

    classes = list(dict.fromkeys(names))
    tags = [0, 1, len(classes) - 1]
    rows = to_dataset(
        [{"id": 0, "tokens": ["in", "New", "York"], "tags": tags}],
        {"id": "int", "tokens": "texts", "tags": "classes"},
        classes,
    )
    head = HEADS["token_classification"](64)
    found = type("Found", (), {"predictions": np.array([tags])})
    measured = head.measure(rows, [(0, [0, 1, 2])])(found)
    assert measured["span_f1"] == 1
    assert head.judged.labels == ["city"]
    assert head.judged.truth == [{(3, 11, "city")}]
