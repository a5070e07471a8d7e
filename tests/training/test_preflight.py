"""What is refused, left out or said before a training takes its first step."""

import subprocess
import sys
import warnings

import pytest

import feedback_widgets as fw
from feedback_widgets.training import preflight
from feedback_widgets.training.preflight import RUNNING, check_machine, check_rows, claimed

Task = fw.TrainingTask


def trainer(dataset, task, base, **settings):
    """Return a trainer that makes one step on TRL."""
    return fw.FeedbackTrainer(dataset, task, framework="trl", model=base, max_steps=1, **settings)


def texts(*rows, question=None):
    """Return a dataset of texts that alice answered."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[question or fw.LabelQuestion(name="label", labels=["good", "bad"])],
    )
    dataset.add_records([{"text": text} for text, _ in rows])
    for record, (_, value) in zip(dataset.records, rows, strict=True):
        dataset.respond(record.id, {"label": value}, user="alice")
    return dataset


def rows(**columns):
    """Return a table of these columns."""
    import datasets

    return datasets.Dataset.from_dict(columns)


def stored(dataset):
    """Return everything that a dataset holds of records and answers."""
    return [
        (
            record.id,
            dict(record.fields),
            [(each.user_id, each.status, each.values) for each in record.responses],
        )
        for record in dataset
    ]


# --- the folder


def test_a_folder_that_cannot_be_made_is_refused(writing, tmp_path):
    """A file in the way is named before anything is read, with what to do."""
    (tmp_path / "out").write_text("mine")
    with pytest.raises(fw.InvalidInput, match=r"cannot be saved in '.*out' \(.*\): give output_dir a folder"):
        writing.train(output_dir=tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"
    assert writing.trainer is None


def test_a_folder_in_use_is_refused(writing, tmp_path):
    """Two runs never write to one folder, and a refused one leaves the other's mark alone."""
    with claimed(tmp_path):
        with pytest.raises(
            fw.InvalidInput, match=r"another run is writing to .*give output_dir another folder"
        ):
            writing.train(output_dir=tmp_path)
        assert (tmp_path / RUNNING).exists()
    assert not (tmp_path / RUNNING).exists()


def test_a_killed_run_does_not_keep_its_folder(tmp_path):
    """The mark of a process that is gone keeps nobody out."""
    code = (
        "import os, pathlib, sys; from feedback_widgets.training.preflight import claimed\n"
        "with claimed(pathlib.Path(sys.argv[1])): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 9
    assert (tmp_path / RUNNING).exists()
    with claimed(tmp_path):
        pass
    assert not (tmp_path / RUNNING).exists()


def test_a_mark_that_was_just_removed_holds_nobody(tmp_path, monkeypatch):
    """Whoever locks a mark that its owner takes away at that moment holds nothing, and takes the next one."""
    lock, first = preflight._lock, []

    def late(mark):
        if not first:
            first.append(mark)
            (tmp_path / RUNNING).unlink()
        return lock(mark)

    monkeypatch.setattr(preflight, "_lock", late)
    with claimed(tmp_path), pytest.raises(fw.InvalidInput, match="another run is writing"), claimed(tmp_path):
        pass
    assert first


def test_a_folder_is_given_back_at_once(tmp_path):
    """Its mark is closed, and not left to whatever sweeps up later."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with claimed(tmp_path):
            pass
    assert said == []


def test_a_run_that_fails_gives_its_folder_back(writing, tmp_path):
    """After an error the same folder can be used."""
    with pytest.raises(fw.InvalidInput, match="max_length"):
        writing.update_config(max_length=1).train(output_dir=tmp_path)
    assert not (tmp_path / RUNNING).exists()
    writing.update_config(max_length=64, max_steps=1).train(output_dir=tmp_path)
    assert (tmp_path / "model.safetensors").exists()


# --- the rows


def test_one_class_is_nothing_to_tell_apart(tmp_path):
    """A single label among the training rows is refused by its name, before the model is read."""
    dataset = texts(("a", "bad"), ("b", "bad"))
    task = Task.for_text_classification(text="text", label="label")
    given = fw.FeedbackTrainer(dataset, task, framework="transformers", model="no-such-model")
    with pytest.raises(
        fw.InvalidInput, match="all 2 training rows have the label bad, so there is nothing to tell"
    ):
        given.train(output_dir=tmp_path)
    (run,) = dataset.runs()
    assert run.status == "failed"


def test_one_set_of_labels_is_nothing_to_tell_apart():
    """The same holds where a text may have several labels, or none."""
    topics = fw.MultiLabelQuestion(name="label", labels=["a", "b", "c"])
    task = Task.for_text_classification(text="text", label="label")
    table = texts(("1", ["a", "c"]), ("2", ["a", "c"]), question=topics).prepare_for_training(
        "transformers", task
    )
    with pytest.raises(fw.InvalidInput, match="all 2 training rows have the label a, c,"):
        check_rows("text_classification", table, None)


def test_texts_without_any_label_are_nothing_to_tell_apart():
    """Where each text may have several labels and none has any, the error says so."""
    with pytest.raises(fw.InvalidInput, match="all 2 training rows have the label none, so"):
        check_rows("text_classification", rows(text=["a", "b"], label=[[], []]), None)


def test_two_classes_pass():
    """What can be told apart is handed on as it is."""
    table = rows(text=["a", "b"], label=[0, 1])
    assert check_rows("text_classification", table, None) == (table, None)
    chats = [{"messages": []}]
    assert check_rows("chat_completion", chats, chats) == (chats, chats)  # no table: looked at elsewhere


def test_verdicts_are_compared_with_others():
    """KTO refuses a single row, and warns where all are good."""
    kind = "kahneman_tversky_optimization"
    with pytest.raises(
        fw.InvalidInput, match="KTO compares rows with each other, and there is 1 training row"
    ):
        check_rows(kind, rows(prompt=["p"], completion=["c"], label=[True]), None)
    with pytest.warns(UserWarning, match="all 2 training rows are bad ones"):
        check_rows(kind, rows(prompt=["p", "q"], completion=["c", "d"], label=[False, False]), None)
    with pytest.warns(UserWarning, match="all 2 training rows are good ones"):
        check_rows(kind, rows(prompt=["p", "q"], completion=["c", "d"], label=[True, True]), None)


def test_equal_pairs_are_left_out_and_counted(capsys):
    """A pair of one text with itself teaches nothing, on either side."""
    train = rows(chosen=["a", "b", "c"], rejected=["a", "x", "c"])
    test = rows(chosen=["d", "e"], rejected=["d", "f"])
    kept, held = check_rows("reward_modeling", train, test)
    assert (kept["chosen"][:], held["chosen"][:]) == (["b"], ["e"])
    told = capsys.readouterr().out
    assert "in 2 of 3 training rows the chosen text is the rejected one: they were left out" in told
    assert "in 1 of 2 held-out rows" in told


def test_equal_pairs_alone_are_refused(comparisons, base, tmp_path):
    """A function that confuses its columns does not train for nothing."""
    task = Task.for_reward_modeling(lambda row: (row["response-1"], row["response-1"]))
    with pytest.raises(fw.InvalidInput, match="the chosen text is the rejected one, so none is left"):
        trainer(comparisons, task, base).train(output_dir=tmp_path)


@pytest.mark.parametrize(
    ("train", "test", "known"),
    [
        ({"prompt": ["p"], "completion": ["1"]}, {"prompt": ["p", "q"], "completion": ["2", "3"]}, 1),
        ({"text": ["t"], "label": [0]}, {"text": ["t"], "label": [1]}, 1),
        ({"sentence-1": ["a"], "sentence-2": ["b"]}, {"sentence-1": ["a"], "sentence-2": ["c"]}, 0),
        ({"chosen": ["a"], "rejected": ["b"]}, {"chosen": ["b"], "rejected": ["a"]}, 0),
        ({"other": ["a"]}, {"other": ["a"]}, 0),
    ],
)
def test_what_stands_on_both_sides_is_said(train, test, known):
    """A prompt that is learned and measured on is a warning, since what is measured may be memory."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_rows("any", rows(**train), rows(**test))
    assert [
        f"{known} of {len(next(iter(test.values())))} held-out rows" in str(each.message) for each in caught
    ] == ([True] if known else [])


def test_conversations_are_compared_without_their_reply():
    """Two replies to one conversation are the same question."""
    asked = {"role": "user", "content": "Hi"}
    said = [[asked, {"role": "assistant", "content": each}] for each in ("Hello", "Ho")]
    with pytest.warns(UserWarning, match="1 of 1 held-out rows have the messages of a training row"):
        check_rows("chat_completion", rows(messages=said[:1]), rows(messages=said[1:]))


def test_the_answers_on_a_record_never_part(base, tmp_path):
    """Whatever several people wrote on one record is learned or held out together."""
    dataset = fw.FeedbackDataset(fields=[fw.TextField(name="ask")], questions=[fw.TextQuestion(name="say")])
    dataset.add_records([{"ask": f"What is {at}?"} for at in range(8)])
    for record in dataset.records:
        for user in ("alice", "bob", "carol"):
            dataset.respond(record.id, {"say": f"{user} says {record.fields['ask']}"}, user=user)
    given = trainer(
        dataset, Task.for_supervised_fine_tuning(prompt="ask", response="say"), base, train_size=0.5
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # no leak to warn of
        given.train(output_dir=tmp_path)
    train, test = given._rows_used
    assert (len(train), len(test)) == (12, 12)
    assert not set(train["prompt"]) & set(test["prompt"])


# --- the machine


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"fsdp": "full_shard"}, "fsdp='full_shard' shares a model out among GPUs, and there is none"),
        ({"fp16": True}, "fp16=True needs a GPU, and there is none: leave fp16 out, or take bf16"),
        ({"bf16": True, "use_cpu": False}, "bf16=True with use_cpu=False needs a GPU"),
    ],
)
def test_what_needs_a_gpu_is_refused_without_one(settings, says, monkeypatch):
    """Settings for a device that is not there are named with what to do, and taken where there is one."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(fw.InvalidInput, match=says):
        check_machine(settings)
    check_machine({"bf16": True})  # a processor can do that
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    check_machine(settings)


def test_apples_processors_take_bf16(monkeypatch):
    """A Mac's own graphics stand for a GPU there."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    check_machine({"bf16": True, "use_cpu": False})
    with pytest.raises(fw.InvalidInput, match="fp16=True needs a GPU"):
        check_machine({"fp16": True})


def test_the_machine_is_looked_at_before_the_first_step(writing, tmp_path, monkeypatch):
    """A trainer asks, too."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(fw.InvalidInput, match="fp16=True needs a GPU"):
        writing.update_config(fp16=True).train(output_dir=tmp_path)
    assert writing.trainer is None


# --- the function


def test_a_function_that_raises_starts_no_run(comparisons, base, tmp_path):
    """Its error arrives as it is, with the record's id; no step was taken, and nothing in the dataset changed."""
    before = stored(comparisons)
    given = trainer(comparisons, Task.for_supervised_fine_tuning(lambda row: row["answer"]), base)
    with pytest.raises(KeyError, match="answer") as caught:
        given.train(output_dir=tmp_path)
    assert f"on record {comparisons[0].id}" in caught.value.__notes__[0]
    assert given.trainer is None
    assert list(tmp_path.iterdir()) == []
    assert stored(comparisons) == before
    assert comparisons.runs()[-1].error.startswith("KeyError")


def test_a_function_of_a_wrong_shape_starts_no_run(comparisons, base, tmp_path):
    """What came back is shown with the record's id."""
    given = trainer(comparisons, Task.for_direct_preference_optimization(lambda row: row["prompt"]), base)
    with pytest.raises(
        fw.InvalidInput, match=rf"must return a tuple .*for record {comparisons[0].id} it gave '"
    ):
        given.train(output_dir=tmp_path)
    assert given.trainer is None


def test_a_function_may_spoil_its_row():
    """A row belongs to the function: whatever it does to it, the dataset and the next preparation are as before."""
    dataset = fw.FeedbackDataset(
        fields=[fw.ChatField(name="chat"), fw.TextField(name="text")],
        questions=[
            fw.MultiLabelQuestion(name="many", labels=["a", "b"]),
            fw.RankingQuestion(name="order", values=["a", "b"]),
        ],
    )
    record = fw.Record(
        {"chat": [{"role": "user", "content": "Hi"}], "text": "t"},
        suggestions=[fw.Suggestion("many", ["a"], agent="m")],
    )
    dataset.add_records([record])
    dataset.respond(dataset[0].id, {"many": ["b"], "order": ["a", "b"]}, user="alice")

    def spoil(row):
        text = f"{row}"
        row["chat"][0]["content"] = "spoilt"
        row["chat"].append({})
        row["many"][0]["value"].append("spoilt")
        row["order"][0]["value"]["value"].clear()
        row["many-suggestion"].append("spoilt")
        row.clear()
        return text

    task, before = Task.for_supervised_fine_tuning(spoil), (stored(dataset), dataset.rows())
    first = dataset.prepare_for_training("trl", task).to_list()
    assert "spoilt" not in str(first)
    assert dataset.prepare_for_training("trl", task).to_list() == first
    assert (stored(dataset), dataset.rows()) == before
    assert dataset[0].suggestions[0].value == ["a"]


# --- what there is


@pytest.mark.parametrize(
    ("framework", "says"),
    [
        ("openia", "there is no framework 'openia'"),
        ("setfit", "framework 'setfit' has no task reward_modeling"),
    ],
)
def test_what_a_library_does_not_learn_is_shown_as_a_table(comparisons, framework, says):
    """Who takes a wrong pair of task and library sees every right one, a line for each task."""
    task = Task.for_reward_modeling(
        prompt="prompt", responses=["response-1", "response-2"], preference="ranking"
    )
    with pytest.raises(fw.InvalidInput, match=says) as caught:
        fw.FeedbackTrainer(comparisons, task, framework=framework)
    lines = str(caught.value).splitlines()[1:]
    assert lines[0].split() == ["task", "frameworks"]
    table = {line.split(maxsplit=1)[0]: line.split(maxsplit=1)[1].split(", ") for line in lines}
    assert table["reward_modeling"] == ["trl"]
    assert {"transformers", "peft", "setfit", "spacy"} <= set(table["text_classification"])


def test_what_a_library_is_not_given_is_shown_as_a_table(comparisons):
    """`prepare_for_training` shows whom it prepares what for."""
    task = Task.for_reward_modeling(lambda _: None)
    with pytest.raises(fw.InvalidInput, match="framework 'spark-nlp' has no task reward_modeling") as caught:
        comparisons.prepare_for_training("spark-nlp", task)
    assert "\ntext_classification " in str(caught.value)
    assert "spark-nlp" in str(caught.value).partition("\ntext_classification ")[2].splitlines()[0]


# --- marks


def test_a_tokenizer_without_any_end_is_refused(writing, base, tmp_path):
    """Without an end mark a model never learns to stop."""
    import transformers

    words = transformers.AutoTokenizer.from_pretrained(base)
    words.eos_token = words.pad_token = words.sep_token = None
    with pytest.raises(fw.InvalidInput, match=r"has no end mark.*set its eos_token"):
        writing.update_config(tokenizer=words).train(output_dir=tmp_path)
    assert writing.trainer is None


# --- while it runs


@pytest.mark.parametrize("framework", ["trl", "transformers"])
def test_a_loss_that_is_no_number_ends_the_run(framework, demonstrations, base, tmp_path):
    """The run stops at once with a sentence, saves nothing, and nothing in the dataset changes."""
    before = stored(demonstrations)
    task = Task.for_pre_training(text="prompt")
    given = fw.FeedbackTrainer(
        demonstrations,
        task,
        framework=framework,
        model=base,
        max_steps=20,
        learning_rate=1e30,
        logging_steps=1,
    )
    with pytest.raises(
        fw.FeedbackError, match=r"the loss is nan at step \d, .*nothing was saved: lower learning_rate"
    ):
        given.train(output_dir=tmp_path)
    assert not (tmp_path / "model.safetensors").exists()
    assert given.trainer.state.global_step < 20
    assert stored(demonstrations) == before
    assert demonstrations.runs()[-1].status == "failed"
