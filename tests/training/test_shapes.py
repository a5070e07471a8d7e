"""From answers to rows: each question type, each reason to skip, and the split."""

import pytest

import feedback_widgets as fw

ASK = fw.TrainingTask.for_direct_preference_optimization
NAMES = ["response-1", "response-2", "response-3"]


def compared(question, answers, *, count=2, texts=None):
    """Return a dataset with one record per answer, and the task that learns from it."""
    responses = NAMES[:count]
    fields = [fw.TextField(name="prompt"), *(fw.TextField(name=each, required=False) for each in responses)]
    dataset = fw.FeedbackDataset(fields=fields, questions=[question])
    for number, answer in enumerate(answers):
        given = texts[number] if texts else [f"{number}{letter}" for letter in "abc"[:count]]
        dataset.add_records([{"prompt": f"p{number}", **dict(zip(responses, given, strict=True))}])
        if answer is not None:
            dataset.respond(dataset[number].id, {question.name: answer}, user="alice")
    return dataset, ASK(prompt="prompt", responses=responses, preference=question.name)


def pairs(dataset, task):
    """Return (chosen, rejected) of every row."""
    prepared = dataset.prepare_for_training("trl", task)
    return list(zip(prepared["chosen"], prepared["rejected"], strict=True))


def ranking(count=2, **options):
    return fw.RankingQuestion(name="best", values=NAMES[:count], **options)


def test_a_ranking_of_two_gives_one_pair():
    """The better response is chosen, whichever side it is on."""
    answers = [["response-1", "response-2"], ["response-2", "response-1"]]
    assert pairs(*compared(ranking(), answers)) == [("0a", "0b"), ("1b", "1a")]


def test_a_ranking_of_three_gives_every_pair():
    """Every better-worse pair is one row."""
    answers = [["response-2", "response-3", "response-1"]]
    assert sorted(pairs(*compared(ranking(3), answers, count=3))) == [
        ("0b", "0a"),
        ("0b", "0c"),
        ("0c", "0a"),
    ]


def test_ties_in_a_ranking_are_left_out_and_counted():
    """A pair of equal rank decides nothing; the others still do."""
    tied = [
        {"value": "response-1", "rank": 1},
        {"value": "response-2", "rank": 1},
        {"value": "response-3", "rank": 3},
    ]
    dataset, task = compared(ranking(3), [tied], count=3)
    assert pairs(dataset, task) == [("0a", "0c"), ("0b", "0c")]
    assert task.report.dropped == {"tie": 1}


@pytest.mark.parametrize(
    ("values", "answers", "expected"),
    [
        ([1, 2], [1, 2], [("0a", "0b"), ("1b", "1a")]),
        ([0, 1, 2], [0, 1, 2], [("1a", "1b"), ("2b", "2a")]),
        ([1, 2, 3], [3, 2, 1], [("1b", "1a"), ("2a", "2b")]),
    ],
)
def test_a_rating_names_the_better_response(values, answers, expected):
    """1 and 2 are the first and the second response; 0, or a third value, is a tie."""
    assert pairs(*compared(fw.RatingQuestion(name="best", values=values), answers)) == expected


@pytest.mark.parametrize(
    ("labels", "answers", "expected"),
    [
        (["response-1", "response-2"], ["response-2"], [("0b", "0a")]),
        (["response-2", "response-1"], ["response-2"], [("0b", "0a")]),
        (["response-1", "response-2", "tie"], ["tie", "response-1"], [("1a", "1b")]),
        (["left", "right"], ["right"], [("0b", "0a")]),
        ({"response-1": "The first", "response-2": "The second"}, ["response-1"], [("0a", "0b")]),
    ],
)
def test_a_label_names_the_better_response(labels, answers, expected):
    """Labels stand for responses by name, else in order; further labels decide nothing."""
    assert pairs(*compared(fw.LabelQuestion(name="best", labels=labels), answers)) == expected


def pairwise(count=2, **options):
    return fw.PairwiseQuestion(name="best", fields=NAMES[:count], **options)


def test_a_pairwise_answer_names_the_better_response():
    """Its choice beats the others, whichever side it was shown on; a tie and two bad ones teach nothing, and are counted."""
    answers = ["response-2", "tie", "both_bad", "response-1"]
    dataset, task = compared(pairwise(), answers)
    assert pairs(dataset, task) == [("0b", "0a"), ("3a", "3b")]
    assert task.report.skipped == {"tie": 2}


def test_a_pairwise_answer_with_strength_and_one_of_three():
    """Strength changes nothing about who is better; of three responses the chosen one beats both others."""
    strong = {"choice": "response-1", "strength": 3}
    assert pairs(*compared(pairwise(scale=3), [strong])) == [("0a", "0b")]
    assert pairs(*compared(pairwise(3), ["response-3"], count=3)) == [("0c", "0a"), ("0c", "0b")]


@pytest.mark.parametrize(
    ("question", "count", "says"),
    [
        (
            fw.RatingQuestion(name="best", values=[1, 2, 3, 4, 5]),
            2,
            "cannot compare 2 responses: it takes two responses and",
        ),
        (fw.RatingQuestion(name="best", values=[1, 2]), 3, "cannot compare 3 responses"),
        (fw.TextQuestion(name="best"), 2, "says nothing about which response is better"),
        (
            fw.LabelQuestion(name="best", labels=["response-1", "respose-2"]),
            2,
            "name the response 'response-2'. Did you mean 'respose-2'",
        ),
        (pairwise(2), 3, "compares response-1, response-2, not 'response-3'"),
        (fw.LabelQuestion(name="best", labels=["x", "y", "z"]), 2, "does not name the response 'response-1'"),
    ],
)
def test_a_question_that_cannot_compare_is_refused(question, count, says):
    """The error names the question and what it would need."""
    with pytest.raises(fw.InvalidInput, match=says):
        pairs(*compared(question, [None], count=count))


def test_the_report_says_why_records_are_skipped():
    """No answer, ties, equal texts and missing texts are counted apart."""
    tie = [{"value": each, "rank": 1} for each in NAMES[:2]]
    best = ["response-1", "response-2"]
    texts = [["a", "b"], ["a", "b"], ["a", "b"], ["same", "same"], ["a", None]]
    dataset, task = compared(ranking(), [best, None, tie, best, best], texts=texts)
    dataset.prepare_for_training("trl", task)
    assert task.report.skipped == {
        "no submitted answer": 1,
        "tie": 1,
        "chosen = rejected": 1,
        "missing text": 1,
    }
    assert str(task.report).startswith("1 of 5 records gave 1 training rows; skipped 4: 1 ")


def test_an_empty_reply_is_a_reply():
    """A response without words can be the worse one."""
    dataset, task = compared(ranking(), [["response-1", "response-2"]], texts=[["words", ""]])
    assert pairs(dataset, task) == [("words", "")]


def test_only_submitted_answers_count():
    """Drafts and discarded answers teach nothing."""
    dataset, task = compared(ranking(), [None, None])
    for number, status in enumerate(["draft", "discarded"]):
        dataset.respond(dataset[number].id, {"best": ["response-1", "response-2"]}, user="bob", status=status)
    assert pairs(dataset, task) == []
    assert task.report.skipped == {"no submitted answer": 2}


def test_every_annotator_counts():
    """Two people who disagree give two rows."""
    dataset, task = compared(ranking(), [["response-1", "response-2"]])
    dataset.respond(dataset[0].id, {"best": ["response-2", "response-1"]}, user="bob")
    assert sorted(pairs(dataset, task)) == [("0a", "0b"), ("0b", "0a")]


def answered():
    """Return a dataset of two questions, the first answered by two people, with a field that holds an older answer."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="prompt"), fw.TextField(name="old")],
        questions=[
            fw.TextQuestion(name="new"),
            fw.LabelQuestion(name="tone", labels=["a", "b"], required=False),
        ],
    )
    dataset.add_records([{"prompt": "p0", "old": "o0"}, {"prompt": "p1", "old": "o1"}])
    dataset.respond(dataset[0].id, {"new": "n0"}, user="alice")
    dataset.respond(dataset[0].id, {"new": "m0"}, user="bob")
    return dataset


def completions(dataset, response):
    task = fw.TrainingTask.for_supervised_fine_tuning(prompt="prompt", response=response)
    return dataset.prepare_for_training("trl", task).to_list()


def test_a_text_question_gives_one_row_per_answer():
    """Demonstrations of all annotators are learned from."""
    rows = [{"prompt": "p0", "completion": "n0"}, {"prompt": "p0", "completion": "m0"}]
    assert completions(answered(), "new") == rows


def test_a_field_gives_one_row_per_record_unless_discarded():
    """Responses that were there already need no answer, but what was thrown out is left out."""
    dataset = answered()
    dataset.respond(dataset[1].id, {}, user="alice", status="discarded")
    assert completions(dataset, "old") == [{"prompt": "p0", "completion": "o0"}]


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ({"prompt": "promt", "response": "new"}, "no 'promt'; it has prompt, old. Did you mean 'prompt'?"),
        ({"prompt": "prompt", "response": "nwe"}, "no 'nwe'"),
        ({"prompt": "prompt", "response": "tone"}, "'tone' is a question of type label_selection"),
        ({"prompt": "new", "response": "old"}, "the dataset has no 'new'; it has prompt, old"),
    ],
)
def test_a_wrong_name_is_named(names, says):
    """A misspelt or unfit name fails before anything is prepared, and the near miss is named."""
    with pytest.raises(fw.InvalidInput, match=says.replace("?", "\\?")):
        answered().prepare_for_training("trl", fw.TrainingTask.for_supervised_fine_tuning(**names))


def test_one_response_is_nothing_to_compare():
    """A preference needs two different fields."""
    dataset, _ = compared(ranking(), [None])
    with pytest.raises(fw.InvalidInput, match="at least two different fields"):
        dataset.prepare_for_training(
            "trl", ASK(prompt="prompt", responses=["response-1"] * 2, preference="best")
        )


def test_rows_of_a_function_are_numbered():
    """Texts carry an int32 `id` from 0, as they always did."""
    prepared = answered().prepare_for_training(
        "trl", fw.TrainingTask.for_supervised_fine_tuning(lambda row: row["old"])
    )
    assert prepared.to_list() == [{"id": 0, "text": "o0"}, {"id": 1, "text": "o1"}]
    assert str(prepared.features["id"].dtype) == "int32"


def test_an_unknown_framework_lists_the_known_ones():
    """Frameworks are the files in their folder."""
    with pytest.raises(fw.InvalidInput, match="no framework 'trll'; there is trl"):
        answered().prepare_for_training("trll", fw.TrainingTask.for_supervised_fine_tuning(str))


@pytest.mark.parametrize("size", [2, 3, 7, 10, 50, 51])
@pytest.mark.parametrize("share", [0.1, 0.7, 0.9, 0.99])
def test_every_train_size_works_for_every_number_of_records(size, share):
    """Both sides get at least one record, together they hold all, and the shares are right to one record."""
    dataset, task = compared(ranking(), [["response-1", "response-2"]] * size)
    both = dataset.prepare_for_training("trl", task, train_size=share, seed=1)
    train, test = set(both["train"]["prompt"]), set(both["test"]["prompt"])
    assert train | test == {f"p{number}" for number in range(size)}
    assert not train & test
    assert abs(len(train) - share * size) <= 1
    assert train
    assert test


def test_the_answers_on_one_record_stay_together():
    """Two annotators' answers on one record never fall on both sides, so nothing leaks into the test."""
    dataset, task = compared(ranking(), [["response-1", "response-2"]] * 20)
    for record in dataset.records:
        dataset.respond(record.id, {"best": ["response-2", "response-1"]}, user="bob")
    both = dataset.prepare_for_training("trl", task, train_size=0.5)
    assert not set(both["train"]["prompt"]) & set(both["test"]["prompt"])
    assert (len(both["train"]), len(both["test"])) == (20, 20)


def test_the_same_seed_gives_the_same_split():
    """A split is repeatable, and another seed draws another one."""
    dataset, task = compared(ranking(), [["response-1", "response-2"]] * 30)
    one, same, other = (
        dataset.prepare_for_training("trl", task, 0.5, seed=seed)["train"]["prompt"] for seed in (1, 1, 2)
    )
    assert list(one) == list(same)
    assert list(one) != list(other)


@pytest.mark.parametrize("share", [0, -0.5, 1.2])
def test_a_share_outside_0_to_1_is_refused(share):
    """train_size is a share of the records."""
    dataset, task = compared(ranking(), [None])
    with pytest.raises(fw.InvalidInput, match="is not a share of the records"):
        dataset.prepare_for_training("trl", task, train_size=share)


def test_a_split_of_one_record_is_refused():
    """There is no test side to give it to."""
    dataset, task = compared(ranking(), [["response-1", "response-2"]])
    with pytest.raises(
        fw.InvalidInput, match="needs at least two records with training rows, and there are 1"
    ):
        dataset.prepare_for_training("trl", task, train_size=0.5)


def test_equal_rows_have_equal_fingerprints():
    """What was computed from the same rows before is found again; other rows are other."""
    dataset, task = compared(ranking(), [["response-1", "response-2"], None])
    one, same = (dataset.prepare_for_training("trl", task)._fingerprint for _ in range(2))
    dataset.respond(dataset[1].id, {"best": ["response-1", "response-2"]}, user="alice")
    assert one == same
    assert one != dataset.prepare_for_training("trl", task)._fingerprint
