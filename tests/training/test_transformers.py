"""Transformers and PEFT: labels and spans are learned from answers, measured on held-out records, saved and loaded again."""

import pytest

import feedback_widgets as fw

NAMES = ["Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Tony", "Leslie", "Robin", "John"]
CITIES = ["London", "Paris", "Vienna", "Oslo", "Rome", "Lisbon", "Athens", "Dublin", "Prague", "Warsaw"]


def words_of(dataset):
    """Make an encoder that knows the dataset's words."""
    return fw.tiny.encoder([record.fields["text"] for record in dataset])


def labels_task():
    return fw.TrainingTask.for_text_classification(text="text", label="label")


@pytest.fixture(scope="module")
def travels(answered):
    """Sentences with a person and a place marked in each."""
    rows = []
    for at, name in enumerate(NAMES):
        for step in range(6):
            city = CITIES[(at + step) % len(CITIES)]
            text = [f"{name} went to {city}.", f"In {city} lives {name}."][step % 2]
            marks = [(name, "person"), (city, "place")]
            spans = [
                {"start": text.index(word), "end": text.index(word) + len(word), "label": label}
                for word, label in marks
            ]
            rows.append((text, spans))
    return answered(fw.SpanQuestion(name="label", field="text", labels=["person", "place"]), rows)


@pytest.fixture(scope="module")
def classifier(reviews, tmp_path_factory):
    trainer = fw.FeedbackTrainer(
        reviews, labels_task(), framework="transformers", model=words_of(reviews), train_size=0.7
    )
    trainer.update_config(max_steps=80, per_device_train_batch_size=16, learning_rate=1e-3)
    folder = tmp_path_factory.mktemp("models") / "labels"
    return trainer, trainer.train(output_dir=folder), folder


def test_labels_are_learned(classifier):
    """More than nine in ten held-out texts get the label that people gave them."""
    trainer, metrics, _ = classifier
    assert metrics["eval_accuracy"] > 0.9
    assert trainer.predict("The garden was lovely.") == "good"
    assert set(trainer.predict("The garden was lovely.", scores=True)) == {"good", "bad"}


def test_a_saved_classifier_is_transformers_own(classifier):
    """What was saved is read by transformers alone, with the names of the labels in the question's order."""
    from transformers import pipeline

    _, _, folder = classifier
    found = pipeline("text-classification", model=str(folder), device="cpu")
    assert found("The song was dreadful.")[0]["label"] == "bad"
    assert found.model.config.id2label == {0: "good", 1: "bad"}


def test_several_labels_are_learned(remarks, tmp_path):
    """A text may have several labels, and more than nine in ten held-out ones get exactly theirs."""
    trainer = fw.FeedbackTrainer(
        remarks, labels_task(), framework="transformers", model=words_of(remarks), train_size=0.75
    )
    trainer.update_config(max_steps=120, per_device_train_batch_size=16, learning_rate=2e-3)
    metrics = trainer.train(output_dir=tmp_path)
    assert metrics["eval_subset_accuracy"] > 0.9
    assert trainer.predict("I remember the soup and the bed.") == ["food", "room"]


def test_spans_are_learned(travels, tmp_path):
    """More than nine in ten held-out spans are found with exactly their ends and labels."""
    task = fw.TrainingTask.for_token_classification(text="text", label="label")
    trainer = fw.FeedbackTrainer(
        travels, task, framework="transformers", model=words_of(travels), train_size=0.75
    )
    trainer.update_config(max_steps=100, per_device_train_batch_size=16, learning_rate=2e-3)
    metrics = trainer.train(output_dir=tmp_path)
    assert metrics["eval_span_f1"] > 0.9


def test_an_adapter_is_learned_saved_and_loaded(reviews, tmp_path):
    """PEFT learns the same with a few weights, and its folder answers again as it did."""
    trainer = fw.FeedbackTrainer(
        reviews, labels_task(), framework="peft", model=words_of(reviews), train_size=0.7
    )
    from peft import LoraConfig

    trainer.update_config(
        max_steps=100, per_device_train_batch_size=16, learning_rate=1e-2,
        peft_config=LoraConfig(r=8, target_modules="all-linear"),
    )  # fmt: skip
    metrics = trainer.train(output_dir=tmp_path)
    assert metrics["eval_accuracy"] > 0.9
    assert (tmp_path / "adapter_config.json").is_file()
    again = fw.FeedbackTrainer(reviews, labels_task(), framework="peft", model=tmp_path)
    assert again.predict("The phone was awful.") == trainer.predict("The phone was awful.") == "bad"
