"""FeedbackTrainer: what a run prints, leaves behind and refuses."""

import json
import logging
import os
import re
import warnings
from pathlib import Path

import pytest

import feedback_widgets as fw

PAIR = {"prompt": "prompt", "responses": ["response-1", "response-2"], "preference": "ranking"}


def test_a_run_prints_plain_lines_and_leaves_a_model(rewarding, comparisons, tmp_path, capfd):
    """A run says which records it used, its steps, the held-out result and what stands beside it, and where the model is."""
    import transformers

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metrics = rewarding.train(output_dir=tmp_path / "rm")
    out, err = capfd.readouterr()
    lines = out.splitlines()
    count = len(comparisons)
    assert lines[0] == f"{count} of {count} records gave {count} training rows"
    assert re.match(r"step 1/2  loss 0\.[67]\d\d  accuracy", lines[1])
    assert lines[-3].startswith("held-out  loss")
    assert lines[-2].startswith("beside it  longest answer")
    assert lines[-1] == f"saved to {tmp_path / 'rm'}"
    assert len(lines) == 5
    assert err == ""
    assert {"train_loss", "eval_accuracy"} <= set(metrics)
    loaded = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "rm")
    assert loaded.config.num_labels == 1


def test_what_is_held_out_is_measured_once(rewarding, tmp_path, capsys):
    """A schedule of the user's own that ends with an evaluation is not followed by another one."""
    rewarding.update_config(eval_strategy="steps", eval_steps=2)
    assert "eval_accuracy" in rewarding.train(output_dir=tmp_path)
    assert capsys.readouterr().out.count("held-out") == 1


def test_a_run_leaves_the_displays_of_other_libraries_as_they_were(rewarding, tmp_path):
    """Bars and log levels that were hidden during a run come back."""
    import datasets
    from transformers.utils import logging as their_logging

    datasets.enable_progress_bars()
    their_logging.set_verbosity(logging.INFO)
    try:
        rewarding.train(output_dir=tmp_path)
        assert not datasets.are_progress_bars_disabled()
        assert their_logging.is_progress_bar_enabled()
        assert their_logging.get_verbosity() == logging.INFO
    finally:
        their_logging.set_verbosity_warning()


def test_the_same_seed_trains_the_same_model(rewarding, tmp_path):
    """Two runs on the same answers log the same numbers, head of the reward model included."""
    rewarding.train(output_dir=tmp_path / "one")
    one = [log.get("loss") for log in rewarding.history]
    rewarding.train(output_dir=tmp_path / "two")
    assert [log.get("loss") for log in rewarding.history] == one


def test_answers_given_after_the_trainer_was_made_count(base, tmp_path):
    """The answers are read when training starts."""
    dataset = fw.FeedbackDataset(fields=[fw.TextField(name="ask")], questions=[fw.TextQuestion(name="say")])
    dataset.add_records([{"ask": "one?"}, {"ask": "two?"}])
    task = fw.TrainingTask.for_supervised_fine_tuning(prompt="ask", response="say")
    trainer = fw.FeedbackTrainer(dataset, task, model=base, max_steps=1)
    dataset.annotate(user="alice").respond(dataset[0].id, {"say": "1"})
    trainer.train(output_dir=tmp_path)
    assert str(trainer.report) == "1 of 2 records gave 1 training rows; skipped 1: 1 no submitted answer"


def test_nothing_labelled_is_nothing_to_train_on(base, tmp_path):
    """Training without answers says what is missing instead of failing inside the library."""
    dataset = fw.FeedbackDataset(fields=[fw.TextField(name="ask")], questions=[fw.TextQuestion(name="say")])
    dataset.add_records([{"ask": "one?"}])
    task = fw.TrainingTask.for_supervised_fine_tuning(prompt="ask", response="say")
    with pytest.raises(
        fw.InvalidInput, match=r"nothing to train on: 0 of 1 records.*Label some records first"
    ):
        fw.FeedbackTrainer(dataset, task, model=base).train(output_dir=tmp_path)


def test_a_second_run_tokenizes_nothing(rewarding, tmp_path):
    """The rows lie in a file whose name is their fingerprint, and what was computed from it is found again."""
    rewarding.train(output_dir=tmp_path)
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "data").iterdir()}
    rewarding.train(output_dir=tmp_path)
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "data").iterdir()} == before
    assert any(name.startswith("cache-") for name in before)


def test_no_telemetry_is_sent(rewarding, tmp_path):
    """TRL's ping is off, also where the hub was imported before."""
    from huggingface_hub import constants

    rewarding.train(output_dir=tmp_path)
    assert constants.HF_HUB_DISABLE_TELEMETRY
    assert os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1"


def test_lora_trains_an_adapter(rewarding, tmp_path):
    """A peft_config is handed on, and what is saved is the adapter with the absolute path of its base."""
    peft = pytest.importorskip("peft", reason="the training extra is not installed")
    lora = peft.LoraConfig(r=4, target_modules="all-linear", task_type="SEQ_CLS", modules_to_save=["score"])
    rewarding.update_config(peft_config=lora).train(output_dir=tmp_path)
    saved = json.loads((tmp_path / "adapter_config.json").read_text("utf-8"))
    assert Path(saved["base_model_name_or_path"]).is_absolute()
