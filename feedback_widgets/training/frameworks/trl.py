"""TRL: supervised fine-tuning, reward models and direct preference optimization."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
import math
import os
import warnings
from pathlib import Path
from typing import Any

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training.arrow import file_backed
from feedback_widgets.training.predict import generate, score
from feedback_widgets.training.seam import clean_seams, seam
from feedback_widgets.training.start import on_disk, tokenizer_of
from feedback_widgets.training.task import TrainingTask

# kind of task -> prefix of TRL's trainer and config, and the transformers class that holds the model
TASKS = {
    "supervised_fine_tuning": ("SFT", "AutoModelForCausalLM"),
    "reward_modeling": ("Reward", "AutoModelForSequenceClassification"),
    "direct_preference_optimization": ("DPO", "AutoModelForCausalLM"),
}
# What older code calls a setting -> its name today; None: gone, and harmless to leave out.
RENAMED = {
    "evaluation_strategy": "eval_strategy",
    "gradient_checkpointing": "activation_checkpointing",
    "gradient_checkpointing_kwargs": "activation_checkpointing_kwargs",
    "max_seq_length": "max_length",
    "no_cuda": "use_cpu",
    "warmup_ratio": "warmup_steps",  # a number below 1 is a share of the steps
    "per_gpu_train_batch_size": "per_device_train_batch_size",
    "per_gpu_eval_batch_size": "per_device_eval_batch_size",
    "processing_class": "tokenizer",
    "fp16_backend": None,
    "group_by_length": None,
    "half_precision_backend": None,
    "logging_dir": None,
    "max_prompt_length": None,
    "overwrite_output_dir": None,
    "save_safetensors": None,
    "use_mps_device": None,
}
# Arguments of TRL's trainers that we fill.
OURS = ("self", "model", "args", "train_dataset", "eval_dataset", "processing_class")


def check_task(task: TrainingTask) -> None:
    """Refuse a task that TRL is not used for here."""
    if task.kind.name not in TASKS:
        raise InvalidInput(f"framework 'trl' has no task {task.kind.name}; it has {', '.join(TASKS)}.")


def read_setting(task: TrainingTask, name: str, value: Any) -> dict[str, Any]:
    """Return `{TRL's name: value}`, or `{}` with a warning for a setting that no longer exists."""
    if name == "group_by_length":
        return {"train_sampling_strategy": "group_by_length" if value else "random"}
    new, known = RENAMED.get(name, name), [*_config_fields(task), *_trainer_arguments(task), "tokenizer"]
    if new is None:
        warnings.warn(
            f"{name} no longer exists in TRL and transformers: {name}={value!r} has no effect.", stacklevel=4
        )
        return {}
    if new not in known and name not in known:
        close = difflib.get_close_matches(name, [*known, *RENAMED], n=3, cutoff=0.5)
        raise InvalidInput(
            f"{_class(task, 'Config').__name__} and {_class(task, 'Trainer').__name__} have no setting {name!r}. "
            f"The nearest are {', '.join(close) or 'none'}."
        )
    return {new if new in known else name: value}


def default_of(task: TrainingTask, name: str) -> Any:
    """Return TRL's default of a setting; None for arguments of its trainer."""
    found = _config_fields(task).get(name)
    if found is None:
        return None
    return found.default_factory() if found.default is dataclasses.MISSING else found.default


def build(
    task: TrainingTask,
    model: Any,
    tokenizer: Any,
    train: Any,
    test: Any,
    folder: Path,
    settings: dict[str, Any],
) -> Any:
    """Return a native TRL trainer whose start model comes from disk, with rows read from a file in `folder`.

    The file gives TRL's tokenization a place to be kept: a second run on the same rows does not repeat it.
    """
    import transformers

    _no_telemetry()
    start, words = on_disk(model, tokenizer, folder)
    if _scores(task):
        _check_head(start)
    arguments = _trainer_arguments(task)
    extra = {name: settings[name] for name in settings if name in arguments}
    given = {name: settings[name] for name in settings if name not in arguments}
    config = _class(task, "Config")(
        **{**_defaults(task, words, len(train)), **given, "output_dir": str(folder)}
    )
    transformers.set_seed(config.seed)  # a reward model's new head is drawn before TRL sets the seed

    def rows(dataset: Any, side: str) -> Any:
        if dataset is None:
            return None
        # Nothing but the columns of TRL's format: a stray `text` beside them would change what it trains on.
        kept = dataset.select_columns([name for name in dataset.column_names if name != "id"])
        clean = clean_seams(kept, join=_join(task))
        return file_backed(clean, kept.features, folder / "data", side)

    return _class(task, "Trainer")(
        model=start, args=config, processing_class=words, **extra,
        train_dataset=rows(train, "train"), eval_dataset=rows(test, "test"),
    )  # fmt: skip


def load(task: TrainingTask, model: Any, tokenizer: Any) -> tuple[Any, Any]:
    """Return the model as an object that can predict, and its tokenizer."""
    import transformers

    words = tokenizer_of(model, tokenizer)
    if not isinstance(model, str | Path):
        return model, words
    loader = getattr(transformers, TASKS[task.kind.name][1])
    network = loader.from_pretrained(str(model), **({"num_labels": 1} if _scores(task) else {}))
    network.config.pad_token_id = words.pad_token_id
    return network, words


def predict(task: TrainingTask, model: Any, tokenizer: Any, texts: list[Any], **options: Any) -> list[Any]:
    """Continue each prompt; with a reward model, score each text or `(prompt, response)` tuple."""
    if not _scores(task):
        return generate(model, tokenizer, texts, **options)
    joined = ["".join(seam(*each, join=_join(task))) if isinstance(each, tuple) else each for each in texts]
    # TRL closes every text with the end mark in training, so the score is read from there.
    mark = tokenizer.eos_token
    return score(model, tokenizer, [each if each.endswith(mark) else each + mark for each in joined])


def warn_about(native: Any) -> None:
    """Warn when a finished training shows the signs of one that taught nothing, or started from the wrong place."""
    history = native.state.log_history
    norms = [each["grad_norm"] for each in history if "grad_norm" in each]
    if norms and not any(norms):
        warnings.warn("every gradient was 0: this training has taught the model nothing.", stacklevel=3)
    losses = [each["loss"] for each in history if "loss" in each]
    plain_dpo = list(getattr(native.args, "loss_type", [])) == ["sigmoid"] and native.args.logging_first_step
    if plain_dpo and losses and abs(losses[0] - math.log(2)) > 0.05:
        warnings.warn(
            f"the first DPO loss is {losses[0]:.3f} and not ln 2 = 0.693: the reference differs from the start model.",
            stacklevel=3,
        )


def _check_head(start: Any) -> None:
    """Refuse a finished classifier, whose head does not fit; other models get a new head with one output."""
    from transformers import AutoConfig

    config = start.config if not isinstance(start, str) else AutoConfig.from_pretrained(start)
    finished = any("SequenceClassification" in each for each in config.architectures or [])
    if finished and config.num_labels != 1:
        raise InvalidInput(
            f"the start model is a classifier with {config.num_labels} labels, and a reward model has one output: "
            "take the model it was made from, or load it with num_labels=1."
        )


def _scores(task: TrainingTask) -> bool:
    return TASKS[task.kind.name][0] == "Reward"


def _join(task: TrainingTask) -> str:
    """Fields come without a blank between them; a formatting_func writes its own."""
    return "" if task.formatting_func else " "


def _defaults(task: TrainingTask, tokenizer: Any, rows: int) -> dict[str, Any]:
    """Return where we differ from TRL: run on what this machine has, report to nobody, keep the final model only."""
    import torch

    found: dict[str, Any] = {
        "logging_first_step": True, "report_to": "none", "save_strategy": "no", "seed": 42, "disable_tqdm": True,
        "per_device_train_batch_size": min(8, rows), "max_length": min(1024, tokenizer.model_max_length),
    }  # fmt: skip
    if torch.cuda.is_available():
        return {**found, "bf16": torch.cuda.is_bf16_supported()}
    found |= read_setting(
        task, "gradient_checkpointing", False
    )  # saves memory for time: a bad bargain on a CPU
    return {**found, "bf16": False, "use_cpu": not torch.backends.mps.is_available()}


def _class(task: TrainingTask, ending: str) -> Any:
    return getattr(require("trl", "train"), TASKS[task.kind.name][0] + ending)


def _config_fields(task: TrainingTask) -> dict[str, Any]:
    return {each.name: each for each in dataclasses.fields(_class(task, "Config")) if each.init}


def _trainer_arguments(task: TrainingTask) -> list[str]:
    return [
        name for name in inspect.signature(_class(task, "Trainer").__init__).parameters if name not in OURS
    ]


def _no_telemetry() -> None:
    """Keep TRL's trainers from reporting their use, unless the user asked for it with HF_HUB_DISABLE_TELEMETRY=0."""
    from huggingface_hub import constants

    if os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1") not in ("0", "false", "no"):
        constants.HF_HUB_DISABLE_TELEMETRY = True  # the variable was read when the hub was imported
