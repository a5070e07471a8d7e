"""SetFit: a few answers teach an encoder and a small head; nothing is fetched from the hub."""

import re

import pytest

import feedback_widgets as fw
from feedback_widgets.training.frameworks import load

pytest.importorskip("setfit", reason="the setfit extra is not installed")


def task():
    return fw.TrainingTask.for_text_classification(text="text", label="label")


def trained(dataset, folder, model, train_size=0.4, **settings):
    trainer = fw.FeedbackTrainer(
        dataset, task(), framework="setfit", model=model, train_size=train_size, **settings
    )
    return trainer, trainer.train(output_dir=folder)


@pytest.fixture(scope="module")
def classifier(reviews, minilm, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "reviews"
    return *trained(reviews, folder, minilm, num_iterations=4, body_learning_rate=3e-4), folder


def test_labels_are_learned_from_few_answers(classifier):
    """Thirty-two answers are enough to know more than nine in ten of the rest."""
    trainer, metrics, _ = classifier
    assert metrics["eval_accuracy"] > 0.9
    assert metrics["eval_macro_f1"] > 0.9
    assert trainer.predict("What a delightful garden.") == "good"
    assert trainer.history[-1]["train_loss"] < trainer.history[0]["loss"]


def test_several_labels_are_learned(remarks, minilm, tmp_path):
    """A text may have several labels, and more than nine in ten get exactly theirs."""
    trainer, metrics = trained(
        remarks, tmp_path, minilm, train_size=0.6, num_iterations=8, body_learning_rate=3e-4
    )
    assert metrics["eval_subset_accuracy"] > 0.9
    assert trainer.predict(["I remember the soup and the bed."]) == [["food", "room"]]
    assert set(trainer.predict("Nice soup.", scores=True)) == {"food", "room"}


def test_a_saved_model_is_setfits_own(classifier):
    """What was saved is read by SetFit alone, with its labels, and by a new trainer."""
    from setfit import SetFitModel

    trainer, _, folder = classifier
    text = "The chair was awful."
    assert SetFitModel.from_pretrained(str(folder)).predict([text]) == ["bad"]
    again = fw.FeedbackTrainer(trainer.dataset, task(), framework="setfit", model=folder)
    assert again.predict(text, scores=True) == pytest.approx(trainer.predict(text, scores=True), abs=1e-5)


def test_predict_takes_only_what_it_knows(classifier):
    """An option that means nothing here is refused."""
    with pytest.raises(fw.InvalidInput, match="takes scores=True and nothing else, got top_k"):
        classifier[0].predict("Fine.", top_k=2)


def test_no_training_text_is_written_beside_the_model(classifier):
    """SetFit's own card would quote records; none of its files does."""
    _, _, folder = classifier
    texts = [path.read_text("utf-8") for path in folder.rglob("*") if path.suffix in (".md", ".json")]
    assert len(texts) > 3
    assert not [text for text in texts if re.search(r"The \w+ was (great|awful)", text)]


def test_progress_is_plain_lines(classifier, reviews, minilm, tmp_path, capfd):
    """A training says its steps and losses, and nothing else."""
    trained(reviews, tmp_path, minilm, max_steps=1)
    said = capfd.readouterr()
    assert [line.split()[0] for line in said.out.splitlines()] == ["80", "step", "saved"]
    assert said.err == ""


def test_labels_never_seen_in_training_are_no_answer(answered, minilm, tmp_path):
    """Names stay with their labels, also where the first of the question's labels has no answer yet."""
    rows = [("The film was great.", "good"), ("The film was awful.", "bad")]
    dataset = answered(fw.LabelQuestion(name="label", labels=["unsure", "good", "bad"]), rows)
    trainer, _ = trained(dataset, tmp_path, minilm, train_size=None, max_steps=1)
    assert trainer.predict("The film was great.") == "good"
    assert set(trainer.predict("Well.", scores=True)) == {"good", "bad"}


def test_the_guides_settings_are_accepted(reviews):
    """Every setting of SetFit's model and trainer that the guide lists is understood with the guide's own value."""
    trainer = fw.FeedbackTrainer(reviews, task(), framework="setfit")
    trainer.update_config(
        pretrained_model_name_or_path="all-MiniLM-L6-v2", force_download=False, resume_download=False, proxies=None,
        token=None, cache_dir=None, local_files_only=False,
    )  # fmt: skip
    trainer.update_config(
        metric="accuracy", num_iterations=20, num_epochs=1, learning_rate=2e-5, batch_size=16, seed=42, use_amp=True,
        warmup_proportion=0.1, distance_metric="BatchHardTripletLossDistanceFunction.cosine_distance", margin=0.25,
        samples_per_label=2,
    )  # fmt: skip
    assert trainer.model == "all-MiniLM-L6-v2"
    assert trainer.config["body_learning_rate"] == 2e-5
    assert trainer.config["distance_metric"].__name__ == "cosine_distance"
    assert "resume_download" not in trainer.config


def test_the_guides_values_train(reviews, minilm, tmp_path, capsys):
    """The guide's own values run on this machine; what needs a GPU is left out, and said."""
    settings = {"metric": "accuracy", "learning_rate": 2e-5, "use_amp": True, "local_files_only": False}
    _, metrics = trained(reviews, tmp_path, minilm, max_steps=1, **settings)
    assert "use_amp=True needs a GPU" in capsys.readouterr().out
    assert 0 <= metrics["eval_accuracy"] <= 1


def test_a_metric_of_ones_own_is_used(reviews, minilm, tmp_path):
    """A function given as `metric` measures what was held out."""
    _, metrics = trained(
        reviews, tmp_path, minilm, max_steps=1, metric=lambda said, true: {"rows": len(said) + len(true)}
    )
    assert metrics["eval_rows"] == 96


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"num_iteration": 1}, r"TrainingArguments and Trainer have no setting 'num_iteration'\. The nearest are num_iterations"),
        ({"metric": "rouge"}, r"metric='rouge' would be fetched from the hub: give a function"),
        ({"distance_metric": "cosine"}, r"distance_metric='cosine' does not exist; there is .*cosine_distance"),
        ({"tokenizer": "x"}, r"takes the tokenizer from its model"),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_refused(reviews, settings, said):
    """No setting is ignored in silence."""
    trainer = fw.FeedbackTrainer(reviews, task(), framework="setfit")
    with pytest.raises(fw.InvalidInput, match=said):
        trainer.update_config(**settings)


def test_a_setting_that_is_gone_says_so(reviews):
    """What the hub's client no longer takes has no effect, and that is said."""
    with pytest.warns(UserWarning, match="proxies no longer exists in SetFit"):
        fw.FeedbackTrainer(reviews, task(), framework="setfit", proxies={"https": "there"})


def test_pairs_grow_with_the_texts_and_not_with_their_square(reviews, minilm, tmp_path):
    """Where nobody chose otherwise, each text makes the same number of pairs, however many texts there are."""
    config = load("setfit")(task()).config
    assert config(tmp_path, {}, num_iterations=20).num_iterations == 20
    trainer, _ = trained(reviews, tmp_path, minilm, max_steps=1)
    assert trainer.trainer.args.num_iterations is None  # `max_steps` bounds them already


def test_a_model_without_a_head_says_so(reviews, minilm):
    """An encoder alone predicts nothing yet; the remedy is named."""
    trainer = fw.FeedbackTrainer(reviews, task(), framework="setfit", model=minilm)
    with pytest.raises(fw.InvalidInput, match=r"no trained head yet.*call train\(\) first"):
        trainer.predict("Hello.")


@pytest.mark.parametrize(
    ("model", "said"),
    [("no/such-model", r"'no/such-model' is not here, and could not be fetched"), (object(), "got a object")],
)
def test_a_model_that_is_none_is_refused(reviews, tmp_path, monkeypatch, model, said):
    """Where a model cannot be found, or is something else, there is a sentence and a remedy."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    trainer = fw.FeedbackTrainer(reviews, task(), framework="setfit", model=model)
    with pytest.raises(fw.InvalidInput, match=said):
        trainer.train(output_dir=tmp_path)
