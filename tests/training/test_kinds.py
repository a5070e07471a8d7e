"""Each kind of task by the names of fields and questions, and what its function may give."""

import pytest

import feedback_widgets as fw
from feedback_widgets.aggregation import unify
from feedback_widgets.training.handover import as_frame
from feedback_widgets.training.kinds.marking import tags_of
from feedback_widgets.training.shapes import check_names, rows_by_record

Task = fw.TrainingTask


def made(questions, answers, fields=("text",), rows=None):
    """Return a dataset with one record per list of answers, each given by another annotator."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name=each, required=False) for each in fields[1:]]
        + [fw.TextField(name=fields[0])],
        questions=questions,
    )
    given = rows or [{each: f"{each} {at}" for each in fields} for at in range(len(answers))]
    dataset.add_records(given)
    for record, values in zip(list(dataset), answers, strict=True):
        for user, value in enumerate(values):
            dataset.respond(record.id, value, user=f"user-{user}")
    return dataset


def rows(dataset, task, framework="transformers"):
    return dataset.prepare_for_training(framework, task).to_list()


def label(**options):
    return fw.LabelQuestion(name="label", labels=["pos", "neg"], **options)


def labelled(*answers):
    return made([label()], [[{"label": each} for each in record] for record in answers])


def classes(dataset, question="label", strategy=None):
    task = Task.for_text_classification(text="text", label=question, label_strategy=strategy)
    found = rows(dataset, task)
    return [(each["text"], each["label"]) for each in found], task.report


def test_class_numbers_follow_the_question():
    """The first label of the question is class 0, whatever was answered first; records without answers are counted."""
    found, report = classes(labelled(["neg"], ["pos"], []))
    assert found == [("text 0", 1), ("text 1", 0)]
    assert report.skipped == {"no submitted answer": 1}
    features = labelled(["neg"]).prepare_for_training(
        "setfit", Task.for_text_classification(text="text", label="label")
    )
    assert features.features["label"].names == ["pos", "neg"]


def test_a_majority_decides_and_a_draw_takes_the_first_label():
    """Two against one win; one against one gives the label that the question names first, every time."""
    assert classes(labelled(["neg", "pos", "neg"], ["neg", "pos"]))[0] == [("text 0", 1), ("text 1", 0)]


def test_disagreement_gives_each_label_once():
    """Every different answer of a record is a row, all on one side of a split."""
    dataset = labelled(*[["neg", "pos", "neg"]] * 6)
    assert classes(dataset, strategy="disagreement")[0][:2] == [("text 0", 1), ("text 0", 0)]
    both = dataset.prepare_for_training(
        "setfit", Task.for_text_classification(text="text", label="label", label_strategy="disagreement"), 0.5
    )
    assert not set(both["train"]["text"]) & set(both["test"]["text"])
    assert len(both["train"]) == len(both["test"]) == 6


def test_a_mean_is_its_nearest_rating():
    """Ratings become classes by their values; a mean in the middle takes the lower one."""
    stars = fw.RatingQuestion(name="label", values=[1, 2, 4])
    answers = [[1, 2], [2, 4, 4], [4]]
    dataset = made([stars], [[{"label": each} for each in record] for record in answers])
    assert [each for _, each in classes(dataset)[0]] == [0, 2, 2]
    assert [each for _, each in classes(dataset, strategy="min")[0]] == [0, 1, 2]


def test_several_labels_become_a_vector_over_all():
    """The vector has a place for each label of the question, also for those nobody chose."""
    topics = fw.MultiLabelQuestion(name="label", labels=["a", "b", "c"])
    dataset = made([topics], [[{"label": ["a", "c"]}, {"label": ["c"]}], [{"label": ["a"]}]])
    task = Task.for_text_classification(text="text", label=topics)
    found = rows(dataset, task)
    assert [each["label"] for each in found] == [[2], [0]]
    assert [each["binarized_label"] for each in found] == [[0, 0, 1], [1, 0, 0]]
    table = rows_by_record(dataset, task)
    frame = as_frame([row for group in table.groups for row in group], table)
    assert frame.to_dict("list") == {"text": ["text 0", "text 1"], "labels": [["c"], ["a"]]}


def test_a_pair_stands_for_its_better_response():
    """Of a pairwise question the chosen field is the label, and ties are counted."""
    better = fw.PairwiseQuestion(name="label", fields=["a", "b"])
    answers = [[{"label": "b"}, {"label": "tie"}], [{"label": "tie"}]]
    found, report = classes(made([better], answers, fields=("text", "a", "b")))
    assert found == [("text 0", 1)]
    assert (report.skipped, report.dropped) == ({"tie": 1}, {"tie": 1})


def test_labels_of_a_function_are_sorted():
    """Class numbers never depend on chance: labels that a function gives are sorted."""
    dataset = labelled(["neg"], ["pos"], ["neg"])
    task = Task.for_text_classification(lambda row: (row["text"], row["label"][0]["value"]))
    assert [each["label"] for each in rows(dataset, task)] == [0, 1, 0]


def test_one_label_and_lists_do_not_mix():
    """A function gives one label throughout, or lists throughout."""
    dataset = labelled(["neg"], ["pos"])
    task = Task.for_text_classification(
        lambda row: (row["text"], "a" if row["text"].endswith("0") else ["a"])
    )
    with pytest.raises(fw.InvalidInput, match="labels of several shapes"):
        rows(dataset, task)


@pytest.mark.parametrize(
    ("strategy", "says"),
    [("mean", "have no rule 'mean'.*majority.*disagreement"), ("majorty", "Did you mean 'majority'")],
)
def test_an_unknown_rule_is_refused(strategy, says):
    """The rules that the question has are named."""
    with pytest.raises(fw.InvalidInput, match=says):
        classes(labelled([]), strategy=strategy)


def test_an_unknown_rule_is_refused_before_any_record_is_read():
    """A trainer learns of a wrong rule when it is made, not when it trains."""
    with pytest.raises(fw.InvalidInput, match="have no rule 'mean'"):
        check_names(
            labelled([]), Task.for_text_classification(text="text", label="label", label_strategy="mean")
        )


def test_a_unification_carries_its_rule():
    """Argilla's way to name question and rule together works."""
    task = Task.for_text_classification(
        text="text", label=fw.LabelQuestionUnification(label(), strategy="disagreement")
    )
    assert task.names == {"text": "text", "label": "label", "label_strategy": "disagreement"}
    assert len(rows(labelled(["neg", "pos"]), task)) == 2


def test_a_text_question_is_no_label():
    """What cannot be a class is refused with the types that can."""
    dataset = made([fw.TextQuestion(name="why")], [[]])
    with pytest.raises(
        fw.InvalidInput, match="label='why' is a question of type text: take a label_selection"
    ):
        rows(dataset, Task.for_text_classification(text="text", label="why"))


PAIR = {"prompt": "text", "responses": ["a", "b"], "preference": "better"}


def weighed(scale):
    better = fw.PairwiseQuestion(name="better", fields=["a", "b"], scale=scale)
    said = [("a", 3), ("tie", None), ("b", 1)]
    answers = [
        [{"better": {"choice": choice, "strength": strength if scale else None}}] for choice, strength in said
    ]
    return made([better], answers, fields=("text", "a", "b"))


def test_strength_becomes_the_margin_of_a_reward_model():
    """How much better a response is stands beside each pair, as TRL's reward trainer reads it."""
    found = weighed(3).prepare_for_training("trl", Task.for_reward_modeling(**PAIR))
    assert found.column_names == ["prompt", "chosen", "rejected", "margin"]
    assert [(each["chosen"], each["margin"]) for each in found] == [("a 0", 3.0), ("b 2", 1.0)]


def test_no_strength_and_dpo_have_no_margin():
    """Without a scale there is no margin, and DPO, which reads none, gets none."""
    plain = weighed(None).prepare_for_training("trl", Task.for_reward_modeling(**PAIR))
    direct = weighed(3).prepare_for_training("trl", Task.for_direct_preference_optimization(**PAIR))
    assert plain.column_names == direct.column_names == ["prompt", "chosen", "rejected"]


def test_margins_survive_the_seam():
    """Cleaning where prompt and response meet leaves numbers and truth values alone."""
    from feedback_widgets.training.seam import clean_seams

    row = {"prompt": "Why? ", "chosen": "So.", "rejected": "No.", "margin": 2.0, "label": True}
    assert clean_seams([row], join=" ") == [
        {"prompt": "Why?", "chosen": " So.", "rejected": " No.", "margin": 2.0, "label": True}
    ]
    assert clean_seams([{"prompt": "Why? "}], join=" ") == [{"prompt": "Why? "}]


def test_good_and_bad_responses_one_by_one():
    """Each submitted answer says whether the response is a good one."""
    stars = fw.RatingQuestion(name="stars", values=[1, 2, 3])
    dataset = made([stars], [[{"stars": 3}, {"stars": 1}], []], fields=("text", "said"))
    task = Task.for_kahneman_tversky_optimization(
        prompt="text", response="said", label="stars", desirable=[3]
    )
    assert rows(dataset, task, "trl") == [
        {"prompt": "text 0", "completion": "said 0", "label": True},
        {"prompt": "text 0", "completion": "said 0", "label": False},
    ]
    assert task.report.skipped == {"no submitted answer": 1}


@pytest.mark.parametrize("desirable", [[9], [1, 2, 3], []])
def test_good_answers_part_the_answers(desirable):
    """Some answers are good and some are not."""
    dataset = made([fw.RatingQuestion(name="stars", values=[1, 2, 3])], [[]], fields=("text", "said"))
    task = Task.for_kahneman_tversky_optimization(
        prompt="text", response="said", label="stars", desirable=desirable
    )
    with pytest.raises(fw.InvalidInput, match="name some of 1, 2, 3, but not all"):
        rows(dataset, task, "trl")


@pytest.mark.parametrize(
    ("make", "column"),
    [
        (Task.for_proximal_policy_optimization, "query"),
        (Task.for_group_relative_policy_optimization, "prompt"),
    ],
)
def test_prompts_need_no_answer_but_may_be_thrown_out(make, column):
    """Every record's prompt is a row, unless people discarded it."""
    dataset = made([fw.TextQuestion(name="why")], [[], []])
    dataset.respond(dataset[0].id, {}, user="alice", status="discarded")
    task = make(prompt="text")
    assert [each[column] for each in rows(dataset, task, "trl")] == ["text 1"]
    assert task.report.skipped == {"discarded": 1}


def test_plain_texts_to_go_on_training():
    """A field gives one text per record, a question one per answer, and nothing is learned from empty texts."""
    dataset = made([fw.TextQuestion(name="why")], [[{"why": "So."}], []])
    assert rows(dataset, Task.for_pre_training(text="why"), "trl") == [{"id": 0, "text": "So."}]
    assert [each["text"] for each in rows(dataset, Task.for_pre_training(text="text"), "trl")] == [
        "text 0",
        "text 1",
    ]


def test_a_conversation_ends_with_its_response():
    """A text field becomes a user's message, a chat field stays what it is, and the answer is the last message."""
    dataset = fw.FeedbackDataset(
        fields=[fw.ChatField(name="chat"), fw.TextField(name="text")],
        questions=[fw.TextQuestion(name="reply")],
    )
    dataset.add_records(
        [{"chat": [{"role": "system", "content": "S"}, {"role": "user", "content": "Hi"}], "text": "Ho"}]
    )
    dataset.respond(dataset[0].id, {"reply": "Hello"}, user="alice")
    last = {"role": "assistant", "content": "Hello"}
    expected = {
        "chat": [{"role": "system", "content": "S"}, {"role": "user", "content": "Hi"}, last],
        "text": [{"role": "user", "content": "Ho"}, last],
    }
    for field, messages in expected.items():
        task = Task.for_chat_completion(prompt=field, response="reply")
        assert rows(dataset, task, "trl") == [{"messages": messages}]
        assert dataset.prepare_for_training("openai", task) == [{"messages": messages}]


def test_turns_are_ordered_as_numbers():
    """Turn 10 comes after turn 2, also where turns are texts."""
    dataset = made([fw.TextQuestion(name="why")], [[]])
    task = Task.for_chat_completion(lambda _: [("c", str(at), "user", f"m{at}") for at in (10, 2, 1)])
    (chat,) = dataset.prepare_for_training("openai", task)
    assert [each["content"] for each in chat["messages"]] == ["m1", "m2", "m10"]


@pytest.mark.parametrize("turn", [("c", "1", "robot", "m"), ("c", "x", "user", "m"), ("c", 1, "user"), "c"])
def test_a_turn_of_another_shape_is_refused(turn):
    """Roles and numbers are checked."""
    dataset = made([fw.TextQuestion(name="why")], [[]])
    with pytest.raises(fw.InvalidInput, match="formatting_func must return a tuple \\(chat, turn"):
        dataset.prepare_for_training("openai", Task.for_chat_completion(lambda _: turn))


def test_openai_gets_two_lists():
    """What is no dataset is split into a tuple."""
    dataset = labelled(*[["neg"]] * 4)
    task = Task.for_text_classification(text="text", label="label")
    train, test = dataset.prepare_for_training("openai", task, 0.5, seed=1)
    assert len(train) == len(test) == 2
    assert train[0]["completion"] == " 1"


def spans(*answers, overlapping=False):
    question = fw.SpanQuestion(
        name="places", field="text", labels=["city", "river"], allow_overlapping=overlapping
    )
    text = {"text": "New York, on the Hudson."}
    dataset = made([question], [[]], rows=[text])
    for user, answer in enumerate(answers):
        marks = [dict(zip(("start", "end", "label"), each, strict=True)) for each in answer]
        dataset.respond(dataset[0].id, {"places": marks}, user=f"user-{user}")
    return dataset


CITY, RIVER = (0, 8, "city"), (17, 23, "river")


def test_spans_become_tags():
    """Words carry B- and I- tags in the question's order of labels; O is 0."""
    task = Task.for_token_classification(label="places")
    found = spans([CITY, RIVER]).prepare_for_training("transformers", task)
    assert found[0]["tokens"] == ["New", "York", ",", "on", "the", "Hudson", "."]
    assert found[0]["tags"] == [1, 2, 0, 0, 0, 3, 0]
    tags = getattr(found.features["tags"], "feature", None)
    assert tags.names == ["O", "B-city", "I-city", "B-river", "I-river"]


def test_spans_of_most_annotators_are_kept():
    """A span that more than half marked just so stays; by wish each different answer is a row."""
    dataset = spans([CITY, RIVER], [CITY], [CITY])
    assert rows(dataset, Task.for_token_classification(label="places"))[0]["tags"] == [1, 2, 0, 0, 0, 0, 0]
    every = Task.for_token_classification(label="places", label_strategy="disagreement")
    assert len(rows(dataset, every)) == 2


def test_spans_that_overlap_are_counted():
    """One word has one tag, so overlapping spans are left out and said so."""
    task = Task.for_token_classification(label="places")
    assert rows(spans([CITY, (4, 8, "river")], overlapping=True), task) == []
    assert task.report.skipped == {"overlapping spans": 1}


def test_a_word_is_cut_where_a_span_ends():
    """Tags fit the spans exactly, also inside a word, and neighbours of one label begin anew."""
    assert tags_of("notebook", [(0, 4, "x"), (4, 8, "x")]) == (["note", "book"], ["B-x", "B-x"])
    assert tags_of("a bc", [(1, 4, "x")]) == (["a", "bc"], ["O", "B-x"])


def test_the_text_of_spans_is_the_questions():
    """Another field than the one that is marked is refused."""
    with pytest.raises(fw.InvalidInput, match="the dataset has no 'txt'"):
        rows(spans([CITY]), Task.for_token_classification(text="txt", label="places"))


def test_answers_outside_their_context_are_counted():
    """Every different answer that stands in the context is a row, where it begins."""
    dataset = made(
        [fw.TextQuestion(name="answer")],
        [[{"answer": "blue"}, {"answer": "blue"}, {"answer": "red"}]],
        fields=("question", "context"),
        rows=[{"question": "Colour?", "context": "It is blue."}],
    )
    task = Task.for_question_answering(question="question", context="context", answer="answer")
    (row,) = rows(dataset, task)
    assert row["answer"] == {"text": ["blue"], "answer_start": [6]}
    assert task.report.dropped == {"answer not in its context": 1}


def similar(task, question=None, answers=()):
    dataset = made(
        [question or fw.RatingQuestion(name="like", values=[1, 2, 3])], [answers], fields=("text", "other")
    )
    return rows(dataset, task, "sentence-transformers")


def test_a_mean_of_ratings_is_how_alike_texts_are():
    """Means stay numbers; whole ones are whole."""
    task = Task.for_sentence_similarity(texts=["text", "other"], label="like")
    base = {"sentence-1": "text 0", "sentence-2": "other 0"}
    assert similar(task, answers=[{"like": 2}, {"like": 3}]) == [{**base, "label": 2.5}]
    assert similar(task, answers=[{"like": 2}]) == [{**base, "label": 2}]


def test_labels_without_numbers_count_by_their_place():
    """The first label of the question is 0."""
    question = fw.LabelQuestion(name="like", labels=["same", "other"])
    task = Task.for_sentence_similarity(texts=["text", "other"], label="like")
    assert similar(task, question, [{"like": "other"}])[0]["label"] == 1


@pytest.mark.parametrize(
    ("given", "row"),
    [
        (("a", "b"), {"sentence-1": "a", "sentence-2": "b"}),
        (("a", "b", "c"), {"sentence-1": "a", "sentence-2": "b", "sentence-3": "c"}),
        (("a", "b", 0.5), {"sentence-1": "a", "sentence-2": "b", "label": 0.5}),
        (
            {"label": 1, "sentence-1": "a", "sentence-2": "b"},
            {"sentence-1": "a", "sentence-2": "b", "label": 1},
        ),
    ],
)
def test_a_function_gives_sentences(given, row):
    """Tuples and dicts of two or three sentences, with or without a number."""
    assert similar(Task.for_sentence_similarity(lambda _: given)) == [row]


@pytest.mark.parametrize(
    "given", [("a",), ("a", "b", "c", "d"), ("a", 1), {"sentence-1": "a"}, ("a", "b", True)]
)
def test_other_shapes_of_sentences_are_refused(given):
    """The error says what a function gives."""
    with pytest.raises(fw.InvalidInput, match="formatting_func must return a tuple \\(text, text"):
        similar(Task.for_sentence_similarity(lambda _: given))


@pytest.mark.parametrize(
    ("framework", "says"),
    [
        ("trl", "'trl' has no task text_classification; .* Take transformers, peft, setfit"),
        ("openia", "Did you mean 'openai'"),
    ],
)
def test_a_library_without_the_task_names_others(framework, says):
    """Who takes the wrong library learns which ones have the task."""
    with pytest.raises(fw.InvalidInput, match=says):
        rows(labelled([]), Task.for_text_classification(text="text", label="label"), framework)


def test_nothing_becomes_of_no_answers():
    """Without answers there is no answer, whatever the rule."""
    assert unify([], ["a", "b"], "label_selection") == []
    assert unify([[]], ["a", "b"], "multi_label_selection") == [[]]
