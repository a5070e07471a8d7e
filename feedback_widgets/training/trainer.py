"""FeedbackTrainer: from a dataset and a task to a trained model, on whichever library."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training import frameworks
from feedback_widgets.training.conversations import is_conversation
from feedback_widgets.training.kinds.base import Form
from feedback_widgets.training.preflight import check_rows, claimed
from feedback_widgets.training.progress import say
from feedback_widgets.training.publishing import Publishing
from feedback_widgets.training.runs import Run, logged
from feedback_widgets.training.shapes import Report, check_names, prepare_for_training

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.training.task import TrainingTask


class FeedbackTrainer(Publishing):
    """Train a model on the answers in a dataset, in this process, with plain lines of progress.

    Args:
        dataset: the records and their answers; they are read when `train()` starts, so later answers count.
        task: what to learn.
        framework: a library by the name of its file in `training/frameworks`.
        model: where to start from: a folder, a hub id, or a model object; default the library's, where it has one.
        tokenizer: a folder, a hub id or an object; default the one saved with the model.
        train_size: above 0 to 1, the share of records to train on; the rest is held out and evaluated at the end.
        seed: of the split and of the training; default 42.
        framework_kwargs: the same as `settings`, as a dict.
        algorithm: where a framework has several ways to learn a task, which one: with TRL `"orpo"` or `"cpo"` instead of DPO,
            and `"grpo"` or `"ppo"` instead of RLOO.
        settings: the library's own settings, checked as `update_config` does.

    `trainer` is the library's native object once training has started; `report` says which records were used.

    Example:
        >>> trainer = FeedbackTrainer(dataset, task, framework="trl", model="my-model")  # doctest: +SKIP
        >>> trainer.update_config(max_steps=80)  # doctest: +SKIP
        >>> trainer.train(output_dir="out")["train_loss"]  # doctest: +SKIP
        0.21
    """

    def __init__(
        self,
        dataset: FeedbackDataset,
        task: TrainingTask,
        framework: str = "trl",
        model: Any = None,
        tokenizer: Any = None,
        train_size: float | None = None,
        seed: int | None = None,
        framework_kwargs: dict[str, Any] | None = None,
        algorithm: str | None = None,
        **settings: Any,
    ) -> None:
        self._library = frameworks.load(framework)(task, algorithm)
        check_names(dataset, task)
        if train_size is not None and not 0 < train_size <= 1:
            raise InvalidInput(
                f"train_size={train_size!r} is not a share of the records: give a number above 0, up to 1."
            )
        self.dataset, self.task, self.framework = dataset, task, framework
        self.model = self._library.DEFAULT_MODEL if model is None else model
        self.tokenizer, self.train_size = tokenizer, train_size
        self.config: dict[str, Any] = {} if seed is None else {"seed": seed}
        self.trainer: Any = None
        self._held_out = False
        self._run: Run | None = None
        self.card_metadata: dict[str, Any] = {}
        self.report: Report | None = None
        self._start: tuple[Any, Any] | None = None  # for predictions before training
        self.update_config(**(framework_kwargs or {}), **settings)

    def update_config(self, **settings: Any) -> FeedbackTrainer:
        """Change settings of the library's config or trainer; also `model`, `tokenizer` and `model_card_kwargs`.

        `model_card_kwargs={"license": "mit", "language": "en"}` goes into the head of the model's card.

        Settings that were renamed since they were written down are understood.

        Raises:
            InvalidInput: the library has no such setting; the nearest ones are named.
        """
        checked: dict[str, Any] = {}
        for name, value in settings.items():
            ours = name in ("model", "model_card_kwargs")
            checked |= {name: value} if ours else self._library.read_setting(name, value)
        if {"model", "tokenizer"} & set(checked):
            self._start = None
        self.card_metadata |= checked.pop("model_card_kwargs", None) or {}
        self.model = checked.pop("model", self.model)
        self.tokenizer = checked.pop("tokenizer", self.tokenizer)
        self.config |= checked
        return self

    def train(
        self, output_dir: str | Path | None = None, resume: bool | str | Path = False
    ) -> dict[str, float]:
        """Train, evaluate on what was held out, and save the model and its tokenizer in `output_dir`.

        Args:
            output_dir: the folder to write; default the setting of this name.
            resume: go on with a run that was stopped: True takes the latest checkpoint in `output_dir`, a path takes that one.
                Checkpoints are written with `save_strategy="steps"`.

        Returns:
            The library's final numbers: `train_loss`, `train_runtime` (seconds), with a held-out part also `eval_loss` …
        """
        folder = self._folder(output_dir)
        self._check_model()
        library = self._library
        checkpoint = library.checkpoint(folder, None if resume is True else resume) if resume else None
        with library.quiet(), claimed(folder), self._logged(folder) as run:
            train, test = self._rows_used = check_rows(self.task.kind.name, *self._rows())
            settings = {name: value for name, value in self.config.items() if name != "output_dir"}
            native = library.build(self.model, self.tokenizer, train, test, folder, settings)
            self.trainer, self._held_out = native, test is not None
            metrics = library.resume(native, checkpoint) if checkpoint else library.train(native)
            metrics |= self._measured(native) if test is not None else {}
            library.save(native, folder)
            run.metrics, self._run = metrics, run
            self._write_card(folder, self._facts(0, public=False))
        library.warn_about(native)
        say(f"saved to {folder}")
        return metrics

    def cancel(self) -> None:
        """End a training that runs elsewhere, at OpenAI for example: from another cell's thread, or after an interrupt."""
        if self.trainer is None:
            raise InvalidInput("there is nothing to cancel: no training has started.")
        self._library.cancel(self.trainer)

    def evaluate(self) -> dict[str, float]:
        """Measure the trained model on the records held out by `train_size`."""
        if self.trainer is None or not self._held_out:
            raise InvalidInput(
                "there is nothing to evaluate on: give a train_size below 1, for example 0.8, and call train()."
            )
        with self._library.quiet():
            return self._measured(self.trainer)

    def predict(self, texts: Any, **options: Any) -> Any:
        """Continue a prompt; or score a text, where the task is a reward model.

        Before `train()` this asks the start model, so the two can be compared.

        Args:
            texts: one text or a list of them; one conversation, a list of messages, or a list of those. A reward model also scores `(prompt, response)` tuples.
            options: for the generation, such as `max_new_tokens=32` or `do_sample=True`.

        Returns:
            A text (or a float) for one text, a list for a list.
        """
        many = isinstance(texts, list) and not is_conversation(texts)
        with self._library.quiet():
            model, tokenizer = self._current()
            results = self._library.predict(model, tokenizer, texts if many else [texts], **options)
        return results if many else results[0]

    @property
    def history(self) -> list[dict[str, float]]:
        """The library's logs so far, one dict per log, with `step` and what was measured."""
        return self._library.history(self.trainer) if self.trainer is not None else []

    def __repr__(self) -> str:
        lines = [
            f"FeedbackTrainer(framework={self.framework!r}, model={_short(self.model)}, task={self.task!r})"
        ]
        for name, value in self.config.items():
            default = self._library.default_of(name)
            lines.append(f"  {name} = {value!r}" + (f"  (default {default!r})" if default != value else ""))
        return "\n".join([*lines, *([f"  {self.report}"] if self.report else [])])

    def _logged(self, folder: Path) -> AbstractContextManager[Run]:
        self.report = None  # that of an earlier run is not this one's
        return logged(self.dataset, self.task.kind.name, self.framework, folder, self._told)

    def _told(self) -> dict[str, Any]:
        """Return what a run's entry in the store says of it."""
        told: dict[str, Any] = {
            "model": _short(self.model).strip("'"), "task": repr(self.task), "train_size": self.train_size or 1,
            "settings": self.config,
        }  # fmt: skip
        return told | ({"records": str(self.report)} if self.report else {})

    def _folder(self, output_dir: str | Path | None) -> Path:
        given = output_dir or self.config.get("output_dir")
        if given is None:
            raise InvalidInput("train needs a folder for the model: train(output_dir='out').")
        return Path(given)

    def _check_model(self) -> None:
        if self.model is None:
            raise InvalidInput(
                "the trainer needs a model to start from: model= takes a folder, a hub id or a model object; "
                "fw.tiny.model(texts) makes a small one offline."
            )

    def _rows(self) -> tuple[Any, Any]:
        """Read the answers as they are now."""
        share = self.train_size or 1
        self._library.look_at(Form.of(self.dataset))
        prepared = prepare_for_training(
            self.dataset,
            self._library.READS or self.framework,
            self.task,
            share,
            seed=self.config.get("seed"),
        )
        self.report = self.task.report
        say(str(self.report))
        if self.report is not None and not self.report.rows:
            raise InvalidInput(f"there is nothing to train on: {self.report}. Label some records first.")
        if share == 1:
            return prepared, None
        return prepared if isinstance(prepared, tuple) else (prepared["train"], prepared["test"])

    def _current(self) -> tuple[Any, Any]:
        if self.trainer is not None:
            return self._library.trained(self.trainer)
        self._check_model()
        self._start = self._start or self._library.load(self.model, self.tokenizer)
        return self._start


def _short(model: Any) -> str:
    return repr(str(model)) if isinstance(model, str | Path) else type(model).__name__
