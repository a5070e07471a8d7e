"""Data handed over to libraries that train elsewhere: the rows they read, and the files."""

import json

import pytest

import feedback_widgets as fw
from feedback_widgets.training import frameworks
from feedback_widgets.training.export import _write

PAIRED = {"prompt": "prompt", "response": "answer"}


@pytest.fixture(scope="module")
def answers():
    """Two questions; the first answered by alice and bob, the second by alice alone."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="prompt"), fw.TextField(name="other")],
        questions=[
            fw.TextQuestion(name="answer"),
            fw.TextQuestion(name="why", required=False),
            fw.LabelQuestion(name="mood", labels=["good", "bad"], required=False),
        ],
    )
    dataset.add_records([{"prompt": "Is a toad a frog?", "other": "A"}, {"prompt": "Why?", "other": "B"}])
    first, second = dataset.records
    dataset.respond(first.id, {"answer": "Yes.", "why": "Look.", "mood": "good"}, user="alice")
    dataset.respond(first.id, {"answer": "It is.", "mood": "good"}, user="bob")
    dataset.respond(second.id, {"answer": "Because.", "mood": "bad"}, user="alice")
    return dataset


@pytest.fixture
def tuning():
    return fw.TrainingTask.for_supervised_fine_tuning(**PAIRED)


@pytest.fixture
def moods():
    return fw.TrainingTask.for_text_classification(text="prompt", label="mood")


@pytest.mark.parametrize(
    ("framework", "given"),
    [
        ("trlx", ["Is a toad a frog?", "Yes."]),
        ("mosaicml", {"prompt": "Is a toad a frog?", "response": "Yes."}),
        ("lightning", {"instruction": "Is a toad a frog?", "input": "", "output": "Yes."}),
        ("jsonl", {"prompt": "Is a toad a frog?", "completion": "Yes."}),
        (
            "autotrain",
            {
                "messages": [
                    {"role": "user", "content": "Is a toad a frog?"},
                    {"role": "assistant", "content": "Yes."},
                ]
            },
        ),
    ],
)
def test_prompts_and_their_responses(answers, tuning, framework, given):
    """Each library gets prompts and responses in its own words, one for every answer."""
    rows = answers.prepare_for_training(framework, tuning)
    assert len(rows) == 3
    assert rows[0] == given


def test_keras_gets_lists(answers, tuning, moods):
    """Keras fits on lists: prompts beside responses, texts beside numbers of labels."""
    assert answers.prepare_for_training("keras-nlp", tuning)["responses"] == ["Yes.", "It is.", "Because."]
    texts, numbers = answers.prepare_for_training("keras-nlp", moods)
    assert (texts, numbers) == (["Is a toad a frog?", "Why?"], [0, 1])


def test_whole_texts_stay_whole(answers):
    """What a formatting_func wrote is handed over as it is; instructions, which need two parts, refuse it."""
    task = fw.TrainingTask.for_supervised_fine_tuning(lambda row: row["prompt"])
    assert answers.prepare_for_training("trlx", task) == ["Is a toad a frog?", "Why?"]
    assert answers.prepare_for_training("mosaicml", task)[1] == {"text": "Why?"}
    assert answers.prepare_for_training("keras-nlp", task) == ["Is a toad a frog?", "Why?"]
    assert answers.prepare_for_training("autotrain", task)[1]["text"] == "Why?"
    with pytest.raises(fw.InvalidInput, match="need a prompt and its response"):
        answers.prepare_for_training("lightning", task)


def test_preferences_are_samples_with_rewards(comparisons):
    """The better response of a pair earns 1 and the worse one 0, each behind its prompt."""
    task = fw.TrainingTask.for_direct_preference_optimization(
        prompt="prompt", responses=["response-1", "response-2"], preference="ranking"
    )
    samples, rewards = comparisons.prepare_for_training("trlx", task)
    assert rewards[:2] == [1.0, 0.0]
    assert len(samples) == len(rewards) == 2 * len(comparisons)
    assert samples[0][0] == samples[1][0] == comparisons[0].fields["prompt"]
    assert comparisons.prepare_for_training("autotrain", task)[0].keys() == {"prompt", "chosen", "rejected"}


def test_good_and_bad_replies_are_samples_with_rewards(answers):
    """A label that says whether a reply is wanted becomes its reward."""
    task = fw.TrainingTask.for_kahneman_tversky_optimization(
        lambda row: (row["prompt"], " " + row["other"], row["other"] == "A")
    )
    samples, rewards = answers.prepare_for_training("trlx", task)
    assert (samples[1], rewards) == (["Why?", " B"], [1.0, 0.0])


def test_prompts_alone(answers):
    """What explores by itself gets the prompts."""
    task = fw.TrainingTask.for_proximal_policy_optimization(prompt="prompt")
    assert answers.prepare_for_training("trlx", task) == ["Is a toad a frog?", "Why?"]


def test_labels_are_handed_over_by_name(answers, moods, reviews, remarks):
    """A file that leaves the house holds names, not numbers: one label, several, and tags."""
    rows = answers.prepare_for_training("jsonl", moods)
    assert rows[1] == {"id": 1, "text": "Why?", "label": "bad"}
    several = fw.TrainingTask.for_text_classification(text="text", label="label")
    assert remarks.prepare_for_training("jsonl", several)[0]["label"] == ["food", "room"]
    tagged = fw.TrainingTask.for_token_classification(lambda _: (["New", "York"], ["B-city", "I-city"]))
    assert reviews.prepare_for_training("autotrain", tagged)[0]["tags"] == ["B-city", "I-city"]


def test_autotrain_gets_files_and_a_config(answers, moods, tmp_path):
    """Rows as JSONL, and a config that maps its columns and carries the user's own settings."""
    yaml = pytest.importorskip("yaml", reason="the data extra is not installed")
    files = answers.export_for_training(
        tmp_path / "out", "autotrain", moods, train_size=0.5, base_model='bert: "base"', epochs=3
    )
    assert [path.name for path in files] == ["train.jsonl", "valid.jsonl", "config.yml"]
    found = yaml.safe_load(files[2].read_text("utf-8"))
    assert found["task"] == "text_classification"
    assert found["base_model"] == 'bert: "base"'
    assert found["params"] == {"epochs": 3}
    assert found["data"]["column_mapping"] == {"text_column": "text", "target_column": "label"}
    assert found["data"]["valid_split"] == "valid"
    row = json.loads(files[0].read_text("utf-8"))
    assert set(found["data"]["column_mapping"].values()) <= set(row)


@pytest.mark.parametrize(
    ("given", "task", "columns"),
    [
        (("a", "b"), "sentence-transformers:pair", 2),
        (("a", "b", "c"), "sentence-transformers:triplet", 3),
        (("a", "b", 0.5), "sentence-transformers:pair_score", 3),
        (("a", "b", 1), "sentence-transformers:pair_class", 3),
    ],
)
def test_autotrain_is_told_what_pairs_are(answers, tmp_path, given, task, columns):
    """Pairs, triplets, degrees and classes are tasks of their own there."""
    yaml = pytest.importorskip("yaml", reason="the data extra is not installed")
    made = fw.TrainingTask.for_sentence_similarity(lambda _: given)
    found = yaml.safe_load(answers.export_for_training(tmp_path, "autotrain", made)[-1].read_text("utf-8"))
    assert found["task"] == task
    assert len(found["data"]["column_mapping"]) == columns


def test_autotrain_tunes_on_messages(answers, tuning, tmp_path):
    """Prompts and responses go as messages, which the tokenizer's own template writes out."""
    text = answers.export_for_training(tmp_path, "autotrain", tuning)[-1].read_text("utf-8")
    assert 'text_column: "messages"' in text
    assert 'chat_template: "tokenizer"' in text


def test_autotrain_is_told_no_more_than_there_is(answers, moods, tmp_path, monkeypatch):
    """Without a split there is no validation, without messages no template, without settings an empty dict; paths are whole."""
    yaml = pytest.importorskip("yaml", reason="the data extra is not installed")
    monkeypatch.chdir(tmp_path)

    def told(task, dataset=answers):
        return yaml.safe_load(dataset.export_for_training(".", "autotrain", task)[-1].read_text("utf-8"))

    found = told(moods)
    assert (found["project_name"], found["data"]["path"]) == (tmp_path.name, str(tmp_path))
    assert found["params"] == {}
    assert found["data"]["valid_split"] is None
    assert "chat_template" not in found["data"]
    texts = told(fw.TrainingTask.for_supervised_fine_tuning(lambda row: row["prompt"]))
    assert texts["data"]["chat_template"] is None
    assert texts["data"]["column_mapping"] == {"text_column": "text"}
    empty = fw.FeedbackDataset(
        fields=[fw.TextField(name="prompt")], questions=[fw.TextQuestion(name="answer")]
    )
    empty.add_records([{"prompt": "Why?"}])
    assert told(fw.TrainingTask.for_supervised_fine_tuning(**PAIRED), empty)["task"] == "llm-sft"


@pytest.mark.parametrize(
    ("framework", "ending"),
    [("transformers", ".arrow"), ("spark-nlp", ".csv"), ("spacy", ".spacy"), ("keras-nlp", ".json")],
)
def test_every_form_has_its_file(answers, moods, tmp_path, framework, ending):
    """A dataset, a frame, documents and lists are each written so that they can be read again."""
    import pandas
    from datasets import Dataset

    if framework == "spacy":
        pytest.importorskip("spacy", reason="the spacy extra is not installed")
    (path,) = answers.export_for_training(tmp_path, framework, moods)
    assert path.suffix == ending
    texts = {
        ".arrow": lambda: Dataset.from_file(str(path))["text"][:],
        ".csv": lambda: list(pandas.read_csv(path)["text"]),
        ".spacy": lambda: [doc.text for doc in documents(path)],
        ".json": lambda: json.loads(path.read_text("utf-8"))[0],
    }[ending]()
    assert list(texts) == ["Is a toad a frog?", "Why?"]


def test_both_sides_are_written(answers, moods, tmp_path):
    """A split of a `datasets.DatasetDict` gives two files, and another seed another split."""
    from datasets import Dataset

    def texts(name, **more):
        paths = answers.export_for_training(tmp_path / name, "transformers", moods, train_size=0.5, **more)
        assert [path.name for path in paths] == ["train.arrow", "valid.arrow"]
        return [Dataset.from_file(str(path))["text"][:] for path in paths]

    assert sorted(text for side in texts("one", seed=1) for text in side) == ["Is a toad a frog?", "Why?"]
    assert len({str(texts("one", seed=seed)) for seed in range(8)}) == 2


def test_files_hold_no_letter_that_ends_a_line_elsewhere(tmp_path):
    """JSON files are ASCII: a line separator of Unicode would end a row for some readers. A frame has no column of numbers."""
    import pandas

    dataset = fw.FeedbackDataset.for_text_classification(labels=["good", "bad"])
    odd = "Sch\u00f6n.\u2028Really."
    dataset.add_records([{"text": odd}])
    dataset.respond(dataset[0].id, {"label": "good"}, user="alice")
    task = fw.TrainingTask.for_text_classification(text="text", label="label")
    for framework in ("jsonl", "keras-nlp"):
        (path,) = dataset.export_for_training(tmp_path, framework, task)
        assert path.read_bytes().isascii()
        assert json.dumps(odd) in path.read_text("utf-8")
    (path,) = dataset.export_for_training(tmp_path, "spark-nlp", task)
    assert list(pandas.read_csv(path).columns) == ["text", "label"]


def test_prompts_alone_are_a_list(answers, tmp_path):
    """Rows that are texts, and no dicts, are one list in a JSON file."""
    task = fw.TrainingTask.for_proximal_policy_optimization(prompt="prompt")
    (path,) = answers.export_for_training(tmp_path, "trlx", task)
    assert path.name == "train.json"
    assert json.loads(path.read_text("utf-8")) == ["Is a toad a frog?", "Why?"]


def test_what_has_no_form_of_file_is_refused(tmp_path):
    """Something that nobody knows how to write is named, and nothing is written."""
    with pytest.raises(fw.InvalidInput, match="object cannot be written to a file"):
        _write(object(), tmp_path / "train")
    assert list(tmp_path.iterdir()) == []


def documents(path):
    import spacy
    from spacy.tokens import DocBin

    return DocBin().from_disk(path).get_docs(spacy.blank("en").vocab)


def test_settings_that_go_nowhere_are_refused(answers, tuning, tmp_path):
    """Only AutoTrain has a file of settings, and nothing is written when others are given any."""
    with pytest.raises(fw.InvalidInput, match="'trlx' has no file of settings, so epochs cannot be written"):
        answers.export_for_training(tmp_path / "out", "trlx", tuning, epochs=3)
    assert not (tmp_path / "out").exists()


def test_instructions_after_alpaca_and_dolly(answers):
    """One row for each annotator, all its parts from the same one; a context that nobody gave is empty."""
    rows = answers.instructions(instruction="prompt", response="answer", context="why")
    assert rows == [
        {"instruction": "Is a toad a frog?", "input": "Look.", "output": "Yes."},
        {"instruction": "Is a toad a frog?", "input": "", "output": "It is."},
        {"instruction": "Why?", "input": "", "output": "Because."},
    ]
    rows = answers.instructions("prompt", "answer", category="mood", style="dolly")
    assert rows[2] == {"instruction": "Why?", "context": "", "response": "Because.", "category": "bad"}
    assert len(answers.instructions("prompt", "other")) == 2


def test_a_reviewers_decision_takes_the_answers_place():
    """Where a reviewer decided, there is one row, with the decision."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="prompt")], questions=[fw.TextQuestion(name="answer")]
    )
    dataset.add_records([{"prompt": "Why?"}])
    for user, said in (("alice", "So."), ("bob", "Thus.")):
        dataset.respond(dataset[0].id, {"answer": said}, user=user)
    assert len(dataset.instructions("prompt", "answer")) == 2
    dataset.review(user="carol").decide(dataset[0], {"answer": "Hence."})
    assert [row["output"] for row in dataset.instructions("prompt", "answer")] == ["Hence."]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"style": "aplaca"}, "style='aplaca' is not known; .* Did you mean 'alpaca'"),
        ({"context": "wy"}, "the dataset has no 'wy'"),
    ],
)
def test_wrong_names_are_refused(answers, asked, said):
    """The error names what there is."""
    with pytest.raises(fw.InvalidInput, match=said):
        answers.instructions("prompt", "answer", **asked)


@pytest.mark.parametrize(
    ("framework", "said"),
    [
        (
            "span_marker",
            r"'span_marker' .*before version 5: framework='transformers' .*pip install .* span-marker",
        ),
        (
            "spacy-transformers",
            r"'spacy-transformers' .*framework='spacy' .*pip install .* spacy-transformers",
        ),
    ],
)
def test_what_cannot_train_here_names_its_successor(reviews, framework, said):
    """Two libraries that need an older transformers say so, what does the same here, and how to train with them elsewhere."""
    task = fw.TrainingTask.for_token_classification(lambda row: ([row["text"]], ["B-x"]))
    with pytest.raises(fw.MissingExtra, match=said):
        fw.FeedbackTrainer(reviews, task, framework=framework)
    assert len(reviews.prepare_for_training(framework, task)) == len(reviews)
    assert framework == frameworks.load(framework).READS
