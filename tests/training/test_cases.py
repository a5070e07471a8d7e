"""Facts measured on Argilla 1.29: the same datasets and functions give the same training rows, or the reason stands here.

The cases lie outside this repository, in `$FEEDBACK_WIDGETS_SHARED/cases` or in `../shared/cases` beside it.
"""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pytest

import feedback_widgets as fw

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[3] / "shared")
FILES = sorted((SHARED / "cases").glob("argilla_*.json")) if (SHARED / "cases").is_dir() else []
CASES = [case for file in FILES for case in json.loads(file.read_text("utf-8"))["cases"]]
KINDS = {
    "sft": fw.TrainingTask.for_supervised_fine_tuning,
    "rm": fw.TrainingTask.for_reward_modeling,
    "dpo": fw.TrainingTask.for_direct_preference_optimization,
}
PREPARE = [case for case in CASES if case["kind"] == "prepare" and case["input"].get("task") in KINDS]

# Where we differ: case -> (why, what we give instead).
DIFFERENT = {
    "prep-up-dpo-split": (
        "ids come from content, so the records that the case adds twice are there once; splits go by record",
        {"train": 1, "test": 2},
    ),
    "shape-rm-generator-of-lists": (
        "nothing is lost when a generator yields lists",
        [{"chosen": "c1", "rejected": "r1"}, {"chosen": "c2", "rejected": "r2"}],
    ),
}

TEMPLATE = "### Instruction: {}\n\n### Context: {}\n\n### Response: {}"


def submitted(row, question):
    return [each["value"] for each in row[question] if each["status"] == "submitted"]


def by_label(a, b, c):
    """Choose by the first submitted answer to question-3, as the cases describe."""

    def func(row):
        label = next(iter(submitted(row, "question-3")), None)
        return {"a": a, "b": b, "c": c}.get(label, lambda _: None)(row["text"])

    return func


def rated_one(row):
    ratings = Counter(submitted(row, "question-2")).most_common(1)
    if ratings and ratings[0][0] == 1 and "b" not in submitted(row, "question-3"):
        return f"### Text\n{row['text']}"
    return None


def curated_text(row):
    return TEMPLATE.format(
        *(row[name][0]["value"] for name in ("new-instruction", "new-context", "new-response"))
    )


def curated_pairs(row):
    old = TEMPLATE.format(row["original-instruction"], row["original-context"], row["original-response"])
    for instruction, context, response in zip(
        row["new-instruction"], row["new-context"], row["new-response"], strict=False
    ):
        new = TEMPLATE.format(instruction["value"], context["value"], response["value"])
        if response["status"] == "submitted" and new != old:
            yield new, old


def twice_or_nothing(row):
    if row["text"] != "A":
        yield from ("x" + row["text"], None, "y" + row["text"])


def no_text(row):
    """Give nothing: an empty dataset is refused before any function runs."""
    return row and None


# What the cases say in words -> the function. Matched by the beginning of the words.
FUNCTIONS = {
    "first submitted question-3 value: 'a' -> None; 'b' -> (text": by_label(
        lambda _: None, lambda t: (t, t[:5]), lambda t: [(t, t[5:10]), (t, t[:5])]
    ),
    "first submitted question-3 value: 'a' -> None; 'b' -> (reversed": by_label(
        lambda _: None, lambda t: (t[::-1], t, t[:5]), lambda t: [(t, t[::-1], t[:5]), (t[::-1], t, t[:5])]
    ),
    "return the dict": lambda _: {"test": "test"},
    "if the most common submitted question-2": rated_one,
    "generator: nothing for A": twice_or_nothing,
    "generator that yields ONE list": lambda _: iter([[("c1", "r1"), ("c2", "r2")]]),
    "the RM formatting_func printed": curated_pairs,
    "the SFT formatting_func printed": curated_text,
}


def function_of(case):
    given = case["input"].get("formatting_func")
    if given is None:
        return no_text
    if isinstance(given, dict):
        made = tuple if given["inner_lists_are"] == "tuples" else list
        return lambda row: made(found) if isinstance(found := given["by_text"][row["text"]], list) else found
    known = [func for words, func in FUNCTIONS.items() if given.startswith(words)]
    if not known:
        pytest.skip(f"no function is written down here for: {given}")
    return known[0]


def question_of(given):
    makers = {
        "text": fw.TextQuestion, "rating": fw.RatingQuestion, "label_selection": fw.LabelQuestion,
        "multi_label_selection": fw.MultiLabelQuestion, "ranking": fw.RankingQuestion,
    }  # fmt: skip
    return makers[given["type"]](**{name: value for name, value in given.items() if name != "type"})


def dataset_of(case):
    """Build the case's dataset. Spans have no question type here, and no preparation reads them."""
    form, records = case["input"]["dataset"], case["input"]["records"]
    questions = [question_of(each) for each in form["questions"] if each["type"] != "span"]
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(**each) for each in form["fields"]], questions=questions
    )
    known = {each.name for each in questions}
    for record in records:
        responses = [
            fw.Response(
                values={name: value for name, value in given["values"].items() if name in known},
                user_id=None if given["user"] is None else str(given["user"]),
                status=given.get("status", "submitted"),
            )
            for given in record.get("responses", [])
        ]
        parts = {name: record[name] for name in ("fields", "metadata", "external_id") if name in record}
        dataset.add_records([fw.Record(**parts, responses=responses)])
    return dataset


def prepare(case):
    given = case["input"]
    sizes = {name: given[name] for name in ("train_size", "test_size", "seed") if name in given}
    return dataset_of(case).prepare_for_training(
        given["framework"], KINDS[given["task"]](function_of(case)), **sizes
    )


def dtypes(features):
    """Return the column types, whichever way `datasets` spells them."""
    return {name: re.search(r"'(\w+)'", str(feature)).group(1) for name, feature in features.items()}


@pytest.mark.skipif(not FILES, reason=f"there are no cases in {SHARED / 'cases'}")
@pytest.mark.parametrize("case", PREPARE, ids=[case["id"] for case in PREPARE])
def test_the_same_rows_as_before(case):
    """Columns, types and rows, or the error, are those of the original, or a difference written down above."""
    expected = case["expected"]
    if "error" in expected:
        with pytest.raises({"IndexError": IndexError, "ValueError": ValueError}[expected["error"]]) as caught:
            prepare(case)
        start = "formatting_func must return"
        wanted = start if expected["message"].startswith(start) else expected["message"]
        assert str(caught.value).startswith(wanted)
    elif expected["type"] == "DatasetDict":
        sides = {name: len(side) for name, side in prepare(case).items()}
        upstream = {name: side["num_rows"] for name, side in expected["splits"].items()}
        assert sides == DIFFERENT.get(case["id"], ("", upstream))[1]
    else:
        found = prepare(case)
        assert found.column_names == expected["columns"]
        assert dtypes(found.features) == dtypes(expected["features"])
        assert found.to_list() == DIFFERENT.get(case["id"], ("", expected["rows"]))[1]


@pytest.mark.skipif(not FILES, reason=f"there are no cases in {SHARED / 'cases'}")
def test_every_difference_is_a_case():
    """The table of differences names no case that is gone."""
    assert set(DIFFERENT) <= {case["id"] for case in PREPARE}
