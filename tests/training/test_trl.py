"""TRL: settings, start models, seams, plain progress, and the mistakes that it would make in silence."""

import json
import logging
import os
import re
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import feedback_widgets as fw
from feedback_widgets.training import frameworks
from feedback_widgets.training.frameworks import trl
from feedback_widgets.training.seam import clean_seams, seam

PAIR = {"prompt": "prompt", "responses": ["response-1", "response-2"], "preference": "ranking"}


@pytest.fixture
def rewarding(comparisons, base):
    """A reward model trainer that makes two steps."""
    task = fw.TrainingTask.for_reward_modeling(**PAIR)
    return fw.FeedbackTrainer(comparisons, task, framework="trl", model=base, train_size=0.8, max_steps=2)


@pytest.fixture
def writing(demonstrations, base):
    """A fine-tuning trainer that makes two steps."""
    task = fw.TrainingTask.for_supervised_fine_tuning(prompt="prompt", response="answer")
    return fw.FeedbackTrainer(demonstrations, task, framework="trl", model=base, max_steps=2)


# -- settings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "kept"),
    [
        ({"evaluation_strategy": "no"}, {"eval_strategy": "no"}),
        ({"max_seq_length": 64}, {"max_length": 64}),
        ({"no_cuda": True}, {"use_cpu": True}),
        ({"warmup_ratio": 0.1}, {"warmup_steps": 0.1}),
        ({"group_by_length": True}, {"train_sampling_strategy": "group_by_length"}),
        ({"gradient_checkpointing": True}, {"activation_checkpointing": True}),
        ({"learning_rate": 1e-3, "peft_config": None}, {"learning_rate": 1e-3, "peft_config": None}),
    ],
)
def test_renamed_settings_are_understood(writing, old, kept):
    """Code written for earlier versions keeps its meaning."""
    writing.config.clear()
    writing.update_config(**old)
    assert writing.config == kept


def test_an_unknown_setting_is_refused_with_the_nearest_ones(writing):
    """No setting is ignored in silence."""
    with pytest.raises(
        fw.InvalidInput,
        match=r"SFTConfig and SFTTrainer have no setting 'learning_rte'\. The nearest are learning_rate",
    ):
        writing.update_config(learning_rte=1)
    assert "learning_rte" not in writing.config


def test_a_setting_that_is_gone_says_so(writing):
    """What no longer has an effect is left out with a warning."""
    with pytest.warns(UserWarning, match="save_safetensors no longer exists in TRL and transformers"):
        writing.update_config(save_safetensors=True)
    assert "save_safetensors" not in writing.config


def test_the_settings_printed_in_the_guide_are_accepted(writing):
    """Every training argument of the original guide is understood."""
    writing.update_config(
        per_device_train_batch_size=8, per_device_eval_batch_size=8, gradient_accumulation_steps=1, learning_rate=5e-5,
        weight_decay=0, adam_beta1=0.9, adam_beta2=0.9, adam_epsilon=1e-8, max_grad_norm=1, num_train_epochs=3,
        max_steps=0, log_level="passive", logging_strategy="steps", save_strategy="steps", save_steps=500, seed=42,
        push_to_hub=False, hub_model_id="user_name/output_dir_name", hub_strategy="every_save", hub_token="1234",
        hub_private_repo=False,
    )  # fmt: skip
    assert writing.config["adam_beta2"] == 0.9


def test_the_trainer_prints_what_differs(writing):
    """`repr` lists the settings changed, with the library's defaults beside them."""
    text = repr(writing.update_config(max_steps=7))
    assert "task=TrainingTask.for_supervised_fine_tuning(prompt='prompt', response='answer')" in text
    assert "\n  max_steps = 7  (default -1)" in text


def test_framework_kwargs_and_keywords_are_settings(comparisons):
    """All three ways to give settings lead to the same place."""
    task = fw.TrainingTask.for_reward_modeling(**PAIR)
    trainer = fw.FeedbackTrainer(
        comparisons, task, framework_kwargs={"max_steps": 1}, learning_rate=0.1, seed=7
    )
    assert trainer.config == {"seed": 7, "max_steps": 1, "learning_rate": 0.1}


# -- a run ----------------------------------------------------------------------------------------------------------


def test_a_run_prints_plain_lines_and_leaves_a_model(rewarding, comparisons, tmp_path, capfd):
    """A run says which records it used, its steps, the held-out result and where the model is; nothing else."""
    import transformers

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metrics = rewarding.train(output_dir=tmp_path / "rm")
    out, err = capfd.readouterr()
    lines = out.splitlines()
    count = len(comparisons)
    assert lines[0] == f"{count} of {count} records gave {count} training rows"
    assert re.match(r"step 1/2  loss 0\.[67]\d\d  accuracy", lines[1])
    assert lines[-2].startswith("held-out  loss")
    assert lines[-1] == f"saved to {tmp_path / 'rm'}"
    assert len(lines) == 4
    assert err == ""
    assert {"train_loss", "eval_accuracy"} <= set(metrics)
    loaded = transformers.AutoModelForSequenceClassification.from_pretrained(tmp_path / "rm")
    assert loaded.config.num_labels == 1


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


# -- start models and predictions -------------------------------------------------------------------------------------


def test_without_a_model_the_remedy_is_named(comparisons, tmp_path):
    """A trainer needs a start, and says where one comes from."""
    trainer = fw.FeedbackTrainer(comparisons, fw.TrainingTask.for_reward_modeling(**PAIR))
    with pytest.raises(fw.InvalidInput, match=r"model= takes a folder.*fw\.tiny\.model"):
        trainer.train(output_dir=tmp_path)


def test_a_model_in_memory_is_handed_over_by_path(comparisons, base, tmp_path):
    """The weights that TRL reads as its reference are those of the model given, not of the folder it came from."""
    import torch
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(base)
    with torch.no_grad():
        model.lm_head.weight.mul_(0.5)
    task = fw.TrainingTask.for_direct_preference_optimization(**PAIR)
    trainer = fw.FeedbackTrainer(comparisons, task, model=model, max_steps=1)
    trainer.train(output_dir=tmp_path)
    start = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "start")
    assert torch.equal(start.lm_head.weight, model.lm_head.weight)
    assert trainer.trainer.ref_model.config._name_or_path == str(tmp_path / "start")


def test_a_model_that_was_never_saved_needs_a_tokenizer(comparisons, base, tmp_path):
    """The tokenizer cannot be guessed from weights."""
    import transformers

    model = transformers.AutoModelForCausalLM.from_config(transformers.AutoConfig.from_pretrained(base))
    model.config._name_or_path = ""
    trainer = fw.FeedbackTrainer(
        comparisons, fw.TrainingTask.for_direct_preference_optimization(**PAIR), model=model
    )
    with pytest.raises(fw.InvalidInput, match="its tokenizer cannot be found: pass tokenizer="):
        trainer.train(output_dir=tmp_path)


def test_predictions_before_and_after_training(writing, tmp_path):
    """The start model answers before training, the trained one after; one text in, one out, a list in, a list out."""
    before = writing.predict("What colour is the sea?", max_new_tokens=4)
    writing.update_config(max_steps=40, learning_rate=3e-3).train(output_dir=tmp_path)
    after = writing.predict(["What colour is the sea?", "Tell me the colour of the sun. "], max_new_tokens=4)
    assert isinstance(before, str)
    assert [type(each) for each in after] == [str, str]
    assert after[0] != before


def test_a_padded_prompt_continues_as_it_does_alone(writing, tmp_path):
    """Predictions in a batch are those of each prompt by itself."""
    writing.update_config(max_steps=60, learning_rate=3e-3).train(output_dir=tmp_path)
    prompts = ["What colour is the sea?", "Tell me the colour of the sun and of nothing else, please."]
    assert writing.predict(prompts) == [writing.predict(each) for each in prompts]


def test_a_reward_model_gives_floats(rewarding, tmp_path):
    """A score is the model's only logit, for a text and for a (prompt, response) tuple alike."""
    rewarding.train(output_dir=tmp_path)
    text, pair = rewarding.predict(["Why? Because.", ("Why?", "Because.")])
    assert isinstance(text, float)
    assert text == pytest.approx(pair, abs=1e-5)
    assert rewarding.predict("Why? Because.") == pytest.approx(text, abs=1e-5)


def test_an_empty_prompt_is_refused(writing):
    """There is nothing to continue."""
    with pytest.raises(fw.InvalidInput, match="needs prompts with some text in them, got ' '"):
        writing.predict(" ")


def test_save_and_evaluate_need_a_run(writing, tmp_path):
    """What is not there yet is named."""
    with pytest.raises(fw.InvalidInput, match="no trained model to save yet"):
        writing.save(tmp_path)
    with pytest.raises(fw.InvalidInput, match="give a train_size below 1"):
        writing.evaluate()


def test_save_writes_a_second_copy(rewarding, tmp_path):
    """The trained model can be put elsewhere too, with its tokenizer."""
    rewarding.train(output_dir=tmp_path / "one")
    rewarding.save(tmp_path / "two")
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {
        path.name for path in (tmp_path / "two").iterdir()
    }


def test_a_tokenizer_without_padding_gets_one(rewarding, base, tmp_path):
    """Models like GPT-2 come without a padding token; batches of them train and score all the same."""
    import transformers

    words = transformers.AutoTokenizer.from_pretrained(base)
    words.pad_token = None
    rewarding.update_config(tokenizer=words).train(output_dir=tmp_path)
    texts = ["Why? Because.", "What colour is the sea? Gladly. The sea is blue."]
    assert rewarding.predict(texts) == pytest.approx([rewarding.predict(each) for each in texts], abs=1e-4)


def test_an_encoder_can_be_a_reward_model(rewarding, base, tmp_path):
    """Models like BERT have no end mark but a separator, and learn to score too."""
    import transformers

    words = transformers.AutoTokenizer.from_pretrained(base)
    words.sep_token, words.eos_token = "<eos>", None
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    config = transformers.BertConfig(vocab_size=len(words), num_labels=1, **sizes)
    model = transformers.BertForSequenceClassification(config)
    rewarding.update_config(model=model, tokenizer=words).train(output_dir=tmp_path)
    assert isinstance(rewarding.predict("Why? Because."), float)


def test_a_classifier_with_labels_is_no_start_for_a_reward_model(rewarding, base, tmp_path):
    """A head with two outputs is refused with a remedy instead of failing among the weights."""
    import transformers

    config = transformers.AutoConfig.from_pretrained(base, num_labels=2)
    model = transformers.AutoModelForSequenceClassification.from_config(config)
    rewarding.update_config(model=model, tokenizer=base)
    with pytest.raises(
        fw.InvalidInput, match="a classifier with 2 labels, and a reward model has one output"
    ):
        rewarding.train(output_dir=tmp_path)


def test_a_missing_library_is_named_with_its_remedy(writing, tmp_path, monkeypatch):
    """Where TRL is not installed, the error holds the command that installs it."""
    monkeypatch.setitem(sys.modules, "trl", None)
    with pytest.raises(
        fw.MissingExtra, match=r"'trl', which is not installed: pip install 'feedback_widgets\[train\]'"
    ):
        writing.train(output_dir=tmp_path)


# -- silent mistakes ------------------------------------------------------------------------------------------------


def test_rows_that_trl_drops_are_counted(rewarding, comparisons, tmp_path, capsys):
    """TRL leaves out pairs beyond max_length without a word; the run says how many."""
    rewarding.update_config(max_length=21)
    rewarding.train(output_dir=tmp_path)
    given, kept = round(0.8 * len(comparisons)), len(rewarding.trainer.train_dataset)
    assert 0 < kept < given
    assert (
        f"{given - kept} of {given} training rows are longer than max_length=21 tokens and were"
        in capsys.readouterr().out
    )


def test_dropping_every_row_is_an_error(rewarding, tmp_path):
    """With nothing left, the remedy is named."""
    rewarding.update_config(max_length=3)
    with pytest.raises(
        fw.InvalidInput,
        match=r"(\d+) of \1 training rows are longer than max_length=3 tokens, so none is left",
    ):
        rewarding.train(output_dir=tmp_path)


@pytest.mark.parametrize(
    ("prompt", "text", "join", "expected"),
    [
        ("Response: ", "Yes.", "", ("Response:", " Yes.")),
        ("Response:\n\n", "Yes.", " ", ("Response:", "\n\nYes.")),
        ("Why?", "Yes.", " ", ("Why?", " Yes.")),
        ("Why?", "Yes.", "", ("Why?", "Yes.")),
        ("Why?", " Yes.", " ", ("Why?", " Yes.")),
        ("Why?", "", " ", ("Why?", "")),
        ("  ", "Yes.", " ", ("  ", "Yes.")),
    ],
)
def test_blanks_move_from_the_prompt_to_what_follows(prompt, text, join, expected):
    """No blank is lost or doubled, and a missing one is put in where fields are joined."""
    assert seam(prompt, text, join=join) == expected


@given(st.text(), st.text())
def test_a_seam_loses_nothing(prompt, text):
    """Whatever the texts, prompt and continuation put together are what they were."""
    assert "".join(seam(prompt, text)) == prompt + text


def test_no_prompt_token_is_lost_at_the_seam(comparisons, base, tmp_path):
    """A prompt that ends in a blank keeps all its tokens in training."""
    task = fw.TrainingTask.for_direct_preference_optimization(
        lambda row: (f"### {row['prompt']}\n\n### Response: ", row["response-1"], row["response-2"])
    )
    trainer = fw.FeedbackTrainer(comparisons, task, model=base, max_steps=1)
    trainer.train(output_dir=tmp_path)
    words, rows = trainer.trainer.processing_class, trainer.trainer.train_dataset
    assert {words.decode(row["prompt_ids"])[-9:] for row in rows} == {"Response:"}
    assert {words.decode(row["chosen_ids"])[0] for row in rows} == {" "}


def test_texts_are_trained_on_with_their_end(comparisons, base, tmp_path):
    """A formatting_func's texts reach TRL without stray columns, each closed by the end mark."""
    task = fw.TrainingTask.for_supervised_fine_tuning(lambda row: row["prompt"])
    trainer = fw.FeedbackTrainer(comparisons, task, model=base, max_steps=1)
    trainer.train(output_dir=tmp_path)
    rows = trainer.trainer.train_dataset
    assert {row["input_ids"][-1] for row in rows} == {trainer.trainer.processing_class.eos_token_id}
    assert "id" not in rows.column_names


def test_clean_seams_leave_rows_without_a_prompt_alone():
    """Chosen and rejected texts of a formatting_func are whole already."""
    rows = [{"chosen": "a ", "rejected": " b"}]
    assert clean_seams(rows, join=" ") == rows


def test_a_reference_that_differs_is_reported():
    """A first DPO loss far from ln 2 means that the reference is another model."""

    class Native:
        class state:  # noqa: N801 - stands in for the library's own attribute
            log_history = ({"loss": 0.001, "grad_norm": 1.0},)

        class args:  # noqa: N801
            loss_type = ("sigmoid",)
            logging_first_step = True

    with pytest.warns(UserWarning, match=r"the first DPO loss is 0.001 and not ln 2 = 0.693"):
        trl.warn_about(Native)


def test_a_training_without_gradients_is_reported(writing, tmp_path):
    """A run that cannot have taught anything says so."""
    writing.update_config(learning_rate=0.0).train(output_dir=tmp_path)
    for log in writing.trainer.state.log_history:
        log.update({"grad_norm": 0.0} if "grad_norm" in log else {})
    with pytest.warns(UserWarning, match="every gradient was 0"):
        trl.warn_about(writing.trainer)


def test_every_framework_file_keeps_the_same_promises():
    """A framework is one file with the functions that the trainer calls."""
    wanted = {"check_task", "read_setting", "default_of", "build", "load", "predict", "warn_about"}
    for name in frameworks.available():
        assert wanted <= set(dir(frameworks.load(name)))
