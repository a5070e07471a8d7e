"""Going on: from checkpoints, from adapters, and what refuses to."""

import pytest

import feedback_widgets as fw
from feedback_widgets.training.adapters import fitting, is_adapter
from feedback_widgets.training.frameworks import load

Task = fw.TrainingTask


def weights(folder):
    """Return a saved model's tensors by name."""
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def test_a_run_that_was_stopped_ends_as_if_it_had_not_been(writing, tmp_path, capsys):
    """From the checkpoint in the middle come the very same weights, whether it is named or found; no step is taken twice."""
    import torch

    writing.update_config(
        max_steps=4, save_strategy="steps", save_steps=2, learning_rate=1e-3, logging_steps=1
    )
    writing.train(output_dir=tmp_path / "one")
    whole = weights(tmp_path / "one")
    named = tmp_path / "one" / "checkpoint-2"
    assert "step 2/4" in capsys.readouterr().out
    writing.train(output_dir=tmp_path / "two", resume=named)
    assert "step 2/4" not in capsys.readouterr().out
    assert all(torch.equal(whole[name], each) for name, each in weights(tmp_path / "two").items())
    assert (
        next(log["step"] for log in writing.history if "loss" in log) == 1
    )  # the earlier part is remembered
    (tmp_path / "three").mkdir()
    named.rename(tmp_path / "three" / "checkpoint-2")
    metrics = writing.train(output_dir=str(tmp_path / "three"), resume=True)
    assert "step 2/4" not in capsys.readouterr().out
    assert all(torch.equal(whole[name], each) for name, each in weights(tmp_path / "three").items())
    assert metrics["train_loss"] > 0


def test_without_a_checkpoint_there_is_nothing_to_go_on_from(writing, tmp_path):
    """The remedy is the setting that writes checkpoints; a folder that is none is named."""
    with pytest.raises(
        fw.InvalidInput, match=r"no checkpoint in .* to go on from: run with save_strategy='steps'"
    ):
        writing.train(output_dir=tmp_path, resume=True)
    with pytest.raises(fw.InvalidInput, match=r"no checkpoint in .*nowhere' to go on from"):
        writing.train(output_dir=tmp_path / "nowhere", resume=True)
    with pytest.raises(
        fw.InvalidInput, match=r"resume='.*' is no checkpoint: give a folder called checkpoint-"
    ):
        writing.train(output_dir=tmp_path, resume=tmp_path)
    assert writing.trainer is None


def test_resuming_is_no_setting(writing):
    """The library would ignore it there in silence."""
    with pytest.raises(
        fw.InvalidInput, match=r"no effect among the settings: call train\(output_dir, resume='out'\)"
    ):
        writing.update_config(resume_from_checkpoint="out")


@pytest.mark.parametrize(
    ("framework", "algorithm", "says"),
    [
        ("openai", None, "framework 'openai' cannot go on"),
        ("trl", "ppo", "algorithm='ppo' writes no checkpoints"),
        ("setfit", None, "framework 'setfit' cannot go on"),
        ("spacy", None, "framework 'spacy' cannot go on"),
    ],
)
def test_who_cannot_go_on_says_so(framework, algorithm, says, demonstrations, tmp_path):
    """Nothing is read, and nothing started anew, where a run cannot be taken up again."""
    task = Task.for_proximal_policy_optimization(prompt="prompt")
    if framework in ("setfit", "spacy"):
        pytest.importorskip(framework, reason=f"the {framework} extra is not installed")
        task = Task.for_text_classification(lambda _: None)
    if framework == "openai":
        task = Task.for_supervised_fine_tuning(prompt="prompt", response="answer")
    trainer = fw.FeedbackTrainer(demonstrations, task, framework=framework, model="m", algorithm=algorithm)
    with pytest.raises(fw.InvalidInput, match=says):
        trainer.train(output_dir=tmp_path, resume=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("task", ["writing", "rewarding"])
def test_an_adapter_goes_on_as_a_whole_model(task, request, tmp_path, capsys):
    """What starts from a saved adapter starts from base and adapter together, and learns: nothing stays frozen."""
    import torch

    peft = pytest.importorskip("peft", reason="the training extra is not installed")
    trainer = request.getfixturevalue(task)
    lora = peft.LoraConfig(r=4, target_modules="all-linear")
    trainer.update_config(peft_config=lora, learning_rate=1e-2).train(output_dir=tmp_path / "adapter")
    text = [("What colour is the sea?", "Gladly.")] if task == "rewarding" else ["What colour is the sea?"]
    said = trainer.predict(text)
    trainer.update_config(model=str(tmp_path / "adapter"), peft_config=None, learning_rate=1e-3)
    trainer.train(output_dir=tmp_path / "whole")
    assert "was put into its base model, and training starts from the whole" in capsys.readouterr().out
    start, end = weights(tmp_path / "whole" / "start"), weights(tmp_path / "whole")
    assert not any("lora" in name for name in start)
    changed = [name for name, each in end.items() if not torch.equal(each, start[name])]
    assert len(changed) > len(end) / 2
    untrained = fw.FeedbackTrainer(
        trainer.dataset,
        trainer.task,
        model=str(tmp_path / "whole" / "start"),
        tokenizer=str(tmp_path / "adapter"),
    )
    assert untrained.predict(text) == (pytest.approx(said, abs=1e-4) if task == "rewarding" else said)


def test_an_adapter_is_known_by_its_settings(tmp_path):
    """A folder with an adapter's settings is one, as text and as path; other folders and objects are none."""
    assert not is_adapter(tmp_path)
    (tmp_path / "adapter_config.json").write_text("{}")
    assert is_adapter(tmp_path)
    assert is_adapter(str(tmp_path))
    assert not is_adapter(object())


def test_a_peft_config_fits_the_task(capsys):
    """Its type of task becomes that of the model, which is said where it was another; the user's object stays as it is."""
    peft = pytest.importorskip("peft", reason="the training extra is not installed")
    for scores, wanted in ((True, "SEQ_CLS"), (False, "CAUSAL_LM")):
        for given in (None, wanted):
            assert fitting(peft.LoraConfig(task_type=given), scores=scores).task_type == wanted
    assert capsys.readouterr().out == ""
    writing = peft.LoraConfig(task_type="CAUSAL_LM")
    assert fitting(writing, scores=True).task_type == "SEQ_CLS"
    assert writing.task_type == "CAUSAL_LM"
    assert "task_type='SEQ_CLS' is used, since 'CAUSAL_LM' is for other models" in capsys.readouterr().out


def test_what_is_no_peft_config_is_refused():
    """A dict of settings is shown with what to give instead."""
    with pytest.raises(fw.InvalidInput, match=r"peft_config=\{'r': 4\} is none of PEFT's: give .*LoraConfig"):
        fitting({"r": 4}, scores=False)


def test_an_adapter_has_one_place_for_its_settings():
    """On `peft`, settings of LoRA beside a peft_config would be lost, and are refused."""
    peft = pytest.importorskip("peft", reason="the training extra is not installed")
    library = load("peft")(Task.for_pre_training(text="prompt"))
    config = peft.LoraConfig(r=4)
    assert library.adapter({"peft_config": config}) is config
    assert library.adapter({"lora_alpha": 32}).lora_alpha == 32
    with pytest.raises(fw.InvalidInput, match="peft_config is given, so lora_alpha cannot be set beside it"):
        library.adapter({"peft_config": config, "lora_alpha": 32})


def test_an_adapter_whose_base_is_gone_says_so(writing, tmp_path):
    """The base model is named, since without it the adapter is nothing."""
    peft = pytest.importorskip("peft", reason="the training extra is not installed")
    lora = peft.LoraConfig(r=2, target_modules="all-linear")
    writing.update_config(peft_config=lora, max_steps=1).train(output_dir=tmp_path / "adapter")
    config = tmp_path / "adapter" / "adapter_config.json"
    config.write_text(config.read_text().replace(str(writing.model), str(tmp_path / "gone")))
    writing.update_config(model=str(tmp_path / "adapter"), peft_config=None)
    with pytest.raises(fw.InvalidInput, match=r"is an adapter, and its base model '.*gone' cannot be read"):
        writing.train(output_dir=tmp_path / "whole")
