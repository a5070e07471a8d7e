"""TRL: settings old and new, and the mistakes that it would make in silence."""

import pytest

import feedback_widgets as fw
from feedback_widgets.training import frameworks, handover
from feedback_widgets.training.frameworks import trl
from feedback_widgets.training.library import Library

PAIR = {"prompt": "prompt", "responses": ["response-1", "response-2"], "preference": "ranking"}


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


def test_a_reference_that_differs_is_reported():
    """A first DPO loss far from ln 2 means that the reference is another model."""

    class Native:
        class state:  # noqa: N801 - stands in for the library's own attribute
            log_history = ({"loss": 0.001, "grad_norm": 1.0},)

        class args:  # noqa: N801
            loss_type = ("sigmoid",)
            logging_first_step = True

    with pytest.warns(UserWarning, match=r"the first DPO loss is 0.001 and not ln 2 = 0.693"):
        trl.Framework(fw.TrainingTask.for_direct_preference_optimization(**PAIR)).warn_about(Native)


def test_a_training_without_gradients_is_reported(writing, tmp_path):
    """A run that cannot have taught anything says so."""
    writing.update_config(learning_rate=0.0).train(output_dir=tmp_path)
    for log in writing.trainer.state.log_history:
        log.update({"grad_norm": 0.0} if "grad_norm" in log else {})
    with pytest.warns(UserWarning, match="every gradient was 0"):
        trl.Framework(writing.task).warn_about(writing.trainer)


def test_every_framework_file_keeps_the_same_promises():
    """A framework is one file with one whole Library, named as the file is."""
    for name in frameworks.available():
        found = frameworks.load(name)
        assert issubclass(found, Library)
        assert not found.__abstractmethods__
        assert found.name == name
        assert set(found.TASKS) <= set(handover.GIVES[found.READS or name])
