"""TrainingTask: what may be asked for, and what a formatting_func may give."""

import pytest

import feedback_widgets as fw
from feedback_widgets.training.task import TrainingTask

sft, rm, dpo = (
    TrainingTask.for_supervised_fine_tuning,
    TrainingTask.for_reward_modeling,
    TrainingTask.for_direct_preference_optimization,
)
PAIR = {"prompt": "prompt", "responses": ["a", "b"], "preference": "best"}


@pytest.mark.parametrize(
    ("make", "columns"),
    [
        (lambda: sft(str), ("text",)),
        (lambda: sft(prompt="p", response="r"), ("prompt", "completion")),
        (lambda: rm(str), ("chosen", "rejected")),
        (lambda: rm(**PAIR), ("prompt", "chosen", "rejected")),
        (lambda: dpo(str), ("prompt", "chosen", "rejected")),
        (lambda: dpo(**PAIR), ("prompt", "chosen", "rejected")),
    ],
)
def test_a_task_knows_its_columns(make, columns):
    """The columns follow from the kind of task and from whether a function or names define it."""
    assert make().columns == columns


def test_names_and_function_together_are_refused():
    """A task is defined in one way only."""
    with pytest.raises(
        fw.InvalidInput, match=r"`formatting_func` is already defined.*cannot also take prompt, response"
    ):
        sft(str, prompt="p", response="r")


def test_neither_names_nor_function_is_refused():
    """An empty definition says what it could hold."""
    with pytest.raises(
        fw.InvalidInput, match="needs a formatting_func, or all of prompt, responses, preference"
    ):
        dpo()


def test_a_missing_name_is_named():
    """Half a definition says which half is missing."""
    with pytest.raises(fw.InvalidInput, match="responses, preference are missing"):
        rm(prompt="p")


def test_what_cannot_be_called_is_refused():
    """A formatting_func is a function."""
    with pytest.raises(fw.InvalidInput, match="needs a function as formatting_func, got 'prompt'"):
        sft("prompt")


def test_field_and_question_objects_stand_for_their_names():
    """What `field_by_name` and `question_by_name` return can be passed on."""
    given = rm(prompt=fw.TextField(name="p"), responses=(fw.TextField(name="a"), "b"), preference="best")
    assert given.names == {"prompt": "p", "responses": ["a", "b"], "preference": "best"}


def test_a_task_prints_as_the_call_that_makes_it():
    """`repr` can be pasted."""
    assert (
        repr(sft(prompt="p", response="r"))
        == "TrainingTask.for_supervised_fine_tuning(prompt='p', response='r')"
    )


def test_a_task_with_a_function_prints_its_name():
    """`repr` says which function."""

    def best_first(row):
        return row

    assert repr(dpo(best_first)) == "TrainingTask.for_direct_preference_optimization(best_first)"


@pytest.mark.parametrize(
    ("given", "texts"),
    [
        (None, []),
        ("one", ["one"]),
        ("", [""]),
        (["one", None, "two"], ["one", "two"]),
        ([["one"], [["two"]]], ["one", "two"]),
        (iter(["one", "two"]), ["one", "two"]),
        (iter([["one", "two"], None]), ["one", "two"]),
        ([], []),
    ],
)
def test_a_function_may_give_none_one_or_many(given, texts):
    """None is dropped, and lists inside generators are flattened."""
    assert sft(lambda _: given).format({}, "r1") == [{"text": each} for each in texts]


def test_tuples_become_columns():
    """A preference function gives its columns in order."""
    assert dpo(lambda _: [("p", "c", "r")]).format({}, "r1") == [
        {"prompt": "p", "chosen": "c", "rejected": "r"}
    ]


@pytest.mark.parametrize(
    ("make", "given", "shown"),
    [
        (sft, 3, "3 \\(int\\)"),
        (sft, ("a",), "\\('a',\\) \\(tuple\\)"),
        (rm, {"test": "test"}, "{'test': 'test'} \\(dict\\)"),
        (rm, ("a", "b", "c"), "\\('a', 'b', 'c'\\) \\(tuple\\)"),
        (rm, ["a", "b"], "'a' \\(str\\)"),
        (rm, ("a", None), "\\('a', None\\) \\(tuple\\)"),
        (dpo, ("a", "b"), "\\('a', 'b'\\) \\(tuple\\)"),
    ],
)
def test_a_wrong_shape_names_the_record_and_what_came_back(make, given, shown):
    """The error says what was expected, for which record, and what it got."""
    with pytest.raises(ValueError, match=f"^formatting_func must return a.*for record r1 it gave {shown}"):
        make(lambda _: given).format({}, "r1")


def test_what_a_function_raises_keeps_its_type_and_names_the_record():
    """An IndexError stays one, with a note of the record it happened on."""
    with pytest.raises(IndexError) as caught:
        sft(lambda row: row["answer"][0]).format({"answer": []}, "r1")
    assert caught.value.__notes__ == [
        "raised by the formatting_func of TrainingTask.for_supervised_fine_tuning(<lambda>) on record r1"
    ]


def test_a_generator_that_raises_names_the_record_too():
    """What happens while a generator runs is noted like what happens in a function."""

    def late(row):
        yield "one"
        yield row["missing"]

    with pytest.raises(KeyError) as caught:
        sft(late).format({}, "r1")
    assert "on record r1" in caught.value.__notes__[0]
