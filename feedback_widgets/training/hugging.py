"""What the libraries built on the `transformers` Trainer have in common."""

from __future__ import annotations

import dataclasses
import inspect
import os
import warnings
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.library import Library
from feedback_widgets.training.preflight import check_machine
from feedback_widgets.training.progress import check_loss, plain_callback, quiet, say

# What older code calls a setting -> its name today; None: gone, and harmless to leave out.
RENAMED: dict[str, str | None] = {
    "evaluation_strategy": "eval_strategy",
    "gradient_checkpointing": "activation_checkpointing",
    "gradient_checkpointing_kwargs": "activation_checkpointing_kwargs",
    "no_cuda": "use_cpu",
    "warmup_ratio": "warmup_steps",  # a number below 1 is a share of the steps
    "per_gpu_train_batch_size": "per_device_train_batch_size",
    "per_gpu_eval_batch_size": "per_device_eval_batch_size",
    "processing_class": "tokenizer",
    "dispatch_batches": None,
    "fp16_backend": None,
    "group_by_length": None,
    "half_precision_backend": None,
    "include_inputs_for_metrics": None,
    "jit_mode_eval": None,
    "logging_dir": None,
    "overwrite_output_dir": None,
    "past_index": None,
    "ray_scope": None,
    "save_safetensors": None,
    "torchdynamo": None,
    "tpu_num_cores": None,
    "use_mps_device": None,
}


class HuggingFace(Library):
    """A library whose native trainer is a `transformers.Trainer`, with a config made of dataclass fields."""

    RENAMED: ClassVar[Mapping[str, str | None]] = RENAMED
    GONE_FROM = "transformers"
    # Arguments of the native trainer that we fill.
    OURS: ClassVar[tuple[str, ...]] = (
        "self", "model", "args", "train_dataset", "eval_dataset", "processing_class", "tokenizer",
    )  # fmt: skip

    @abstractmethod
    def config_class(self) -> Any:
        """Return the class of the native trainer's `args`."""

    @abstractmethod
    def trainer_class(self) -> Any:
        """Return the class of the native trainer."""

    def read_setting(self, name: str, value: Any) -> dict[str, Any]:
        if name == "group_by_length":
            return {"train_sampling_strategy": "group_by_length" if value else "random"}
        if name == "resume_from_checkpoint":
            raise InvalidInput(
                f"{name} has no effect among the settings: call train(output_dir, resume={value!r}) instead."
            )
        new, known = (
            self.RENAMED.get(name, name),
            [*self.config_fields(), *self.trainer_arguments(), "tokenizer"],
        )
        if new is None:
            warnings.warn(
                f"{name} no longer exists in {self.GONE_FROM}: {name}={value!r} has no effect.", stacklevel=4
            )
            return {}
        if new not in known and name not in known:
            classes = (self.config_class().__name__, self.trainer_class().__name__)
            raise InvalidInput(self.unknown(name, classes, [*known, *self.RENAMED]))
        return {new if new in known else name: value}

    def default_of(self, name: str) -> Any:
        found = self.config_fields().get(name)
        if found is None:
            return None
        return found.default_factory() if found.default is dataclasses.MISSING else found.default

    def config_fields(self) -> dict[str, Any]:
        """Return the settings of the config: name -> dataclass field."""
        return {each.name: each for each in dataclasses.fields(self.config_class()) if each.init}

    def trainer_arguments(self) -> list[str]:
        """Return the arguments of the native trainer that users may give as settings."""
        names = inspect.signature(self.trainer_class().__init__).parameters
        return [name for name in names if name not in self.OURS]

    def config(self, folder: Path, settings: dict[str, Any], **ours: Any) -> Any:
        """Make the config: our defaults, then what this library wants (`ours`), then what the user gave."""
        check_machine(settings)
        arguments = self.trainer_arguments()
        given = {name: value for name, value in settings.items() if name not in arguments}
        known = self.config_fields()
        own = {name: value for name, value in (self.defaults() | ours).items() if name in known}
        return self.config_class()(**{**own, **given, "output_dir": str(folder)})

    def extras(self, settings: dict[str, Any]) -> dict[str, Any]:
        """Return the settings that are arguments of the native trainer."""
        arguments = self.trainer_arguments()
        return {name: value for name, value in settings.items() if name in arguments}

    def defaults(self) -> dict[str, Any]:
        """Return where we differ: run on what this machine has, report to nobody, keep the final model only."""
        import torch

        found: dict[str, Any] = {
            "logging_first_step": True, "logging_steps": 10, "report_to": "none", "save_strategy": "no", "seed": 42,
            "disable_tqdm": True, "logging_nan_inf_filter": False,  # a loss that is no number shall show itself
        }  # fmt: skip
        if torch.cuda.is_available():
            return {**found, "bf16": torch.cuda.is_bf16_supported()}
        # Trading time for memory is a bad bargain on a CPU.
        known = self.config_fields()
        names = ("activation_checkpointing", "gradient_checkpointing")  # today's name, and the one before
        found |= {next((name for name in names if name in known), names[1]): False}
        return {**found, "bf16": False, "use_cpu": not torch.backends.mps.is_available()}

    def quiet(self) -> AbstractContextManager[None]:
        no_telemetry()
        return quiet()

    def train(self, native: Any) -> dict[str, float]:
        plain(native)
        return dict(native.train().metrics)

    def checkpoint(self, folder: Path, given: str | Path | None) -> str:
        from transformers.trainer_utils import get_last_checkpoint

        found = get_last_checkpoint(str(folder)) if given is None and folder.is_dir() else given
        if found is None:
            raise InvalidInput(
                f"there is no checkpoint in {str(folder)!r} to go on from: run with save_strategy='steps' and save_steps=… first, "
                "or leave resume= out."
            )
        if not (Path(found) / "trainer_state.json").is_file():
            raise InvalidInput(f"resume={str(found)!r} is no checkpoint: give a folder called checkpoint-….")
        return str(found)

    def resume(self, native: Any, checkpoint: str) -> dict[str, float]:
        plain(native)
        return dict(native.train(resume_from_checkpoint=checkpoint).metrics)

    def evaluate(self, native: Any) -> dict[str, float]:
        """Evaluate, unless the library's own schedule did so after the last step."""
        step, history = native.state.global_step, native.state.log_history
        done = [log for log in history if log["step"] == step and "eval_loss" in log]
        return dict(done[-1]) if done else dict(native.evaluate())

    def trained(self, native: Any) -> tuple[Any, Any]:
        return native.model, native.processing_class

    def save(self, native: Any, folder: Path) -> None:
        native.save_model(str(folder))

    def history(self, native: Any) -> list[dict[str, float]]:
        return list(native.state.log_history)

    def warn_about(self, native: Any) -> None:
        norms = [each["grad_norm"] for each in native.state.log_history if "grad_norm" in each]
        if norms and not any(norms):
            warnings.warn("every gradient was 0: this training has taught the model nothing.", stacklevel=4)


def check_kept(native: Any, train: Any, test: Any) -> None:
    """Say how many rows the library has dropped for their length; it does not say so itself."""
    if getattr(native.args, "packing", False):
        return  # several rows share one sequence, so the counts say nothing
    sides = [("training", train, native.train_dataset), ("held-out", test, native.eval_dataset)]
    for side, given, kept in sides:
        if given is None or len(kept) == len(given):
            continue
        lost = f"{len(given) - len(kept)} of {len(given)} {side} rows are longer than max_length={native.args.max_length} tokens"
        if not len(kept):
            raise InvalidInput(f"{lost}, so none is left: raise max_length.")
        say(f"{lost} and were dropped")


def plain(native: Any) -> None:
    """Replace every display of the library by plain lines."""
    from transformers import PrinterCallback, ProgressCallback
    from transformers.utils.notebook import NotebookProgressCallback

    for each in (PrinterCallback, ProgressCallback, NotebookProgressCallback):
        native.remove_callback(each)
    native.add_callback(plain_callback())
    native.add_callback(stop_at_nan())


def pipeline(kind: str, where: str, more: str = "") -> str:
    """Return lines of Python that load a model with `transformers.pipeline`.

    >>> print(pipeline("text-generation", "out"))
    from transformers import pipeline
    <BLANKLINE>
    model = pipeline("text-generation", model='out')
    """
    return f'from transformers import pipeline\n\nmodel = pipeline("{kind}", model={where!r}{more})'


def stop_at_nan() -> Any:
    """Return a `transformers` callback that ends a training which computes nothing any more."""
    from transformers import TrainerCallback

    class StopAtNan(TrainerCallback):  # type: ignore[misc, unused-ignore]
        def on_log(self, args: Any, state: Any, _control: Any, **_logs: Any) -> None:
            loss = (state.log_history or [{}])[-1].get("loss", 0.0)
            check_loss(loss, state.global_step, args.learning_rate)

    return StopAtNan()


def no_telemetry() -> None:
    """Keep trainers from reporting their use, unless the user asked for it with HF_HUB_DISABLE_TELEMETRY=0."""
    from huggingface_hub import constants

    if os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1") not in ("0", "false", "no"):
        constants.HF_HUB_DISABLE_TELEMETRY = True  # the variable was read when the hub was imported
