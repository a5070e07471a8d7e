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
from feedback_widgets.aggregation import unify
from feedback_widgets.training.handover import GIVES, as_categories
from feedback_widgets.training.shapes import rows_by_record

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[3] / "shared")
FILES = sorted((SHARED / "cases").glob("argilla_*.json")) if (SHARED / "cases").is_dir() else []
CASES = [case for file in FILES for case in json.loads(file.read_text("utf-8"))["cases"]]
KINDS = {
    "sft": fw.TrainingTask.for_supervised_fine_tuning,
    "rm": fw.TrainingTask.for_reward_modeling,
    "dpo": fw.TrainingTask.for_direct_preference_optimization,
    "ppo": fw.TrainingTask.for_proximal_policy_optimization,
    "chat": fw.TrainingTask.for_chat_completion,
}

# Where we differ: case -> (why, what we give instead).
DIFFERENT = {
    "tc-multilabel-transformers": (
        "the vector has a place for every label of the question, seen or not, so that its length never changes",
        [
            {"id": 0, "text": "t1", "label": [0], "binarized_label": [1, 0, 0]},
            {"id": 1, "text": "t2", "label": [2], "binarized_label": [0, 0, 1]},
        ],
    ),
    "tc-ranking-None": (
        "a ranking stands for its best, as documented there; it crashed",
        [{"id": 0, "text": "t1", "label": 0}, {"id": 1, "text": "t2", "label": 1}],
    ),
    "qa-defaults": (
        "every annotator's answer is learned from, not the last one's alone",
        [
            {
                "question": "Where?",
                "context": "I live in Istanbul now.",
                "answer": {"text": ["Istanbul"], "answer_start": [10]},
                "id": 0,
            },
            {
                "question": "Where?",
                "context": "I live in Istanbul now.",
                "answer": {"text": ["in Istanbul"], "answer_start": [7]},
                "id": 1,
            },
        ],
    ),
    "ss-no-label": (
        "records that are told apart give a row each",
        [{"sentence-1": "some text", "sentence-2": "retrieved"}] * 3,
    ),
    "unify-rating-bad-strategy": ("ratings know `disagreement`, as the guides say", [1]),
    "unify-label-disagreement-twice": ("unifying again adds nothing", ["a", "b"]),
    "unify-multilabel-duplicate": ("an annotator counts once for each label", [["b"]]),
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


def turns(row):
    for each in submitted(row, "response")[:1]:
        yield [
            ("chat", "0", "system", "S"),
            ("chat", "1", "user", row["user-message"]),
            ("chat", "2", "assistant", each),
        ]


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
    "return text": lambda row: row["text"],
    "per record with a response: [(chat": turns,
    "returns a dict": lambda _: {"test": "test"},
    "one (question, context, answer)": lambda row: [
        (row["question"], row["context"], each) for each in submitted(row, "answer")
    ],
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
        pytest.fail(f"no function is written down here for: {given}")
    return known[0]


def question_of(given):
    makers = {
        "text": fw.TextQuestion, "rating": fw.RatingQuestion, "label_selection": fw.LabelQuestion,
        "multi_label_selection": fw.MultiLabelQuestion, "ranking": fw.RankingQuestion,
    }  # fmt: skip
    return makers[given["type"]](**{name: value for name, value in given.items() if name != "type"})


def dataset_of(case):
    """Build the case's dataset. Spans are left out: no preparation here reads them, and some cases hold faulty ones.

    A record's id is its content; records that a case holds twice are told apart by an external_id.
    """
    form, records = case["input"]["dataset"], case["input"]["records"]
    questions = [question_of(each) for each in form["questions"] if each["type"] != "span"]
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(**each) for each in form["fields"]], questions=questions
    )
    known, seen = {each.name for each in questions}, set()
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
        content = json.dumps([parts["fields"], parts.get("external_id")], sort_keys=True)
        if content in seen:
            parts["external_id"] = f"{parts.get('external_id')} again, {len(dataset)}"
        seen.add(content)
        dataset.add_records([fw.Record(**parts, responses=responses)])
    return dataset


def prepare(case):
    given = case["input"]
    sizes = {name: given[name] for name in ("train_size", "test_size", "seed") if name in given}
    return dataset_of(case).prepare_for_training(
        given["framework"], KINDS[given["task"]](function_of(case)), **sizes
    )


def dtypes(features):
    """Return the column types, whichever way `datasets` spells them; those of nested columns are in the rows."""
    found = {}
    for name, feature in features.items():
        if isinstance(feature, dict) and "ClassLabel" in feature:  # a case writes them so
            found[name] = [str(each) for each in feature["ClassLabel"]]
        elif hasattr(feature, "names"):
            found[name] = list(feature.names)
        elif match := re.match(r"Value\(.*?'(\w+)'", str(feature)):
            found[name] = match.group(1)
    return found


needs_cases = pytest.mark.skipif(not FILES, reason=f"there are no cases in {SHARED / 'cases'}")


def cases(*kinds):
    return [pytest.param(each, id=each["id"]) for each in CASES if each["kind"] in kinds]


def check(case, run):
    """Compare what `run` gives, or raises, with what the case expects or the table of differences says instead."""
    expected, (why, instead) = case["expected"], DIFFERENT.get(case["id"], ("", None))
    assert bool(why) == (case["id"] in DIFFERENT)
    if instead is None and "error" in expected:
        errors = {"IndexError": IndexError, "NotImplementedError": fw.InvalidInput}
        with pytest.raises(errors.get(expected["error"], ValueError)) as caught:
            run()
        start = "formatting_func must return"
        # Whatever is refused says why in words of ours; these sentences are kept.
        kept = [
            start,
            "`train_size` and",
            "No records found",
            "`formatting_func` is already",
            "label_strategy is already",
        ]
        assert [each for each in kept if expected["message"].startswith(each)] == [
            each for each in kept if str(caught.value).startswith(each)
        ]
        return
    found = run()
    wanted = [expected, *expected.get("one_of", [])]
    if expected.get("type") == "DatasetDict" or hasattr(found, "keys"):
        sides = {name: len(side) for name, side in found.items()}
        assert sides == (instead or {name: side["num_rows"] for name, side in expected["splits"].items()})
        return
    if hasattr(found, "column_names"):
        if instead is None:
            assert found.column_names == expected["columns"]
            assert dtypes(found.features) == dtypes(expected["features"])
        found = found.to_list()
    assert found == instead if why else found in [each["rows"] for each in wanted if "rows" in each]


@needs_cases
@pytest.mark.parametrize("case", cases("prepare"))
def test_the_same_rows_as_before(case):
    """Columns, types and rows, or the error, are those of the original, or a difference written down above."""
    if case["input"]["task"] not in KINDS:
        pytest.fail(f"there is no task for {case['input']['task']!r}")
    check(case, lambda: prepare(case))


def classify(case):
    given = case["input"]
    if "formatting_func" in given:
        task = fw.TrainingTask.for_text_classification(function_of(case))
    else:
        task = fw.TrainingTask.for_text_classification(
            text=given["text"], label=given["label"], label_strategy=given.get("label_strategy")
        )
    return dataset_of(case), task, given["framework"]


@needs_cases
@pytest.mark.parametrize("case", cases("prepare_text_classification"))
def test_the_same_classes_as_before(case):
    """Labels become the same class numbers, in the form that each library takes."""
    dataset, task, framework = classify(case)
    if case["expected"].get("type") == "DocBin":
        # What spaCy's documents hold, without spaCy.
        table = rows_by_record(dataset, task)
        rows = [row for group in table.groups for row in group]
        docs = [{"text": text, "cats": cats} for text, cats in as_categories(rows, table)]
        assert framework in GIVES
        assert docs == case["expected"]["docs"]
        return
    check(case, lambda: dataset.prepare_for_training(framework, task))


@needs_cases
@pytest.mark.parametrize("case", cases("prepare_question_answering"))
def test_the_same_answers_in_their_contexts(case):
    """Answers stand beside the place where their context holds them."""
    names = {"question": "question", "context": "context", "answer": "answer"}
    given = {"formatting_func": function_of(case)} if "formatting_func" in case["input"] else names
    task = fw.TrainingTask.for_question_answering(**given)
    check(case, lambda: dataset_of(case).prepare_for_training(case["input"]["framework"], task))


@needs_cases
@pytest.mark.parametrize("case", cases("format_sentence_similarity"))
def test_the_same_pairs_of_sentences(case):
    """Sentences and their labels are those of the original."""
    given = case["input"]
    task = fw.TrainingTask.for_sentence_similarity(texts=given["texts"], label=given["label"])
    rows = dataset_of(case).prepare_for_training("sentence-transformers", task).to_list()
    assert rows == DIFFERENT.get(case["id"], ("", case["expected"].get("ok")))[1]


@needs_cases
@pytest.mark.parametrize("case", cases("task_args"))
def test_the_same_arguments_are_refused(case):
    """A task is defined once: by a function or by names, and its rule in one place."""
    given = {
        "formatting_func": str,
        "text": "text",
        "label": fw.LabelQuestionUnification("label", "majority"),
        "label_strategy": "majority",
    }
    arguments = {name: given[name] for name in case["input"]["args"]}
    assert "error" in case["expected"]
    with pytest.raises(ValueError, match=case["expected"]["message"].split(",")[0].split(" Uni")[0]):
        getattr(fw.TrainingTask, case["input"]["task"])(**arguments)


@needs_cases
@pytest.mark.parametrize("case", cases("prepare_size_check"))
def test_every_share_splits(case):
    """Shares that failed there for a rounding error split here."""
    dataset = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="q")])
    dataset.add_records([{"text": str(at)} for at in range(50)])
    task, share = fw.TrainingTask.for_pre_training(text="text"), case["input"]["train_size"]
    both = dataset.prepare_for_training("trl", task, train_size=share)
    assert {name: len(side) for name, side in both.items()} == {
        "train": round(50 * share),
        "test": 50 - round(50 * share),
    }


@needs_cases
@pytest.mark.parametrize("case", cases("seed_access"))
def test_what_the_guides_read_can_be_read(case):
    """A ranking's places answer to names and to keys alike."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="prompt")],
        questions=[fw.RankingQuestion(name="response_ranking", values=["response-1", "response-2"])],
    )
    dataset.add_records([{"prompt": "p"}])
    dataset.respond(dataset[0].id, {"response_ranking": ["response-2", "response-1"]}, user="alice")
    assert eval(case["input"]["expr"], {"response": dataset[0].responses[0]}) in ("response-2", 1)


RULED = ("label_selection", "multi_label_selection", "rating")


@needs_cases
@pytest.mark.parametrize(
    "case", [each for each in cases("unify") if each.values[0]["input"]["question"]["type"] in RULED]
)
def test_answers_become_one_as_before(case):
    """Labels, several labels and ratings: the same answer, numbers as numbers, or one of those that chance gave there."""
    given, expected = case["input"], case["expected"]
    question = question_of(given["question"])
    is_rating = question.type == "rating"
    options = question.values if is_rating else question.option_values
    answers = [
        int(each["value"]) if is_rating else each["value"]
        for each in given["responses"]
        if "value" in each and each.get("status", "submitted") == "submitted"
    ]

    def run():
        return unify(answers, options, question.type, given["strategy"])

    if "error" in expected and case["id"] not in DIFFERENT:
        with pytest.raises(fw.InvalidInput, match="have no rule"):
            run()
        return
    outcomes = [
        [float(each["value"]) if is_rating else each["value"] for each in outcome["unified"] or []]
        for outcome in expected.get("one_of", [expected])
        if "unified" in outcome
    ]
    assert run() == DIFFERENT[case["id"]][1] if case["id"] in DIFFERENT else run() in outcomes


@needs_cases
def test_every_difference_is_a_case():
    """The table of differences names no case that is gone."""
    assert set(DIFFERENT) <= {case["id"] for case in CASES}
