"""OpenAI's fine-tuning, and every service that speaks its interface: `base_url=` names another one."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training import conversations
from feedback_widgets.training.library import Library
from feedback_widgets.training.service import Job, connect, explained, write_jsonl
from feedback_widgets.training.task import TrainingTask

SAVED = "openai.json"
# Settings and their defaults: of the service's client, of the job, of the way it learns, of our watching it.
CONNECTION: dict[str, Any] = {"base_url": None, "api_key": None, "timeout": 600, "max_retries": 2}
JOB: dict[str, Any] = {"suffix": None, "seed": None, "metadata": None}
LEARNING: dict[str, Any] = {"n_epochs": "auto", "batch_size": "auto", "learning_rate_multiplier": "auto"}
WATCHING: dict[str, Any] = {"poll_seconds": 10.0, "min_rows": 10, "job": None}
OURS = ("training_file", "validation_file")
GONE = (
    "prompt_loss_weight", "compute_classification_metrics", "classification_n_classes", "classification_positive_class",
    "classification_betas",
)  # fmt: skip


@dataclass
class Remote:
    """A model at a service: how to reach it, its name, and what it was told before each text."""

    client: Any
    name: str
    system: str | None = None
    several: bool = False


class Framework(Library):
    """Fine-tuning elsewhere: rows as JSONL go up, a model's name comes back."""

    name = "openai"
    READS = "openai-chat"
    # kind of task -> the service's method
    TASKS: ClassVar[Mapping[str, str]] = {
        "supervised_fine_tuning": "supervised",
        "chat_completion": "supervised",
        "text_classification": "supervised",
        "direct_preference_optimization": "dpo",
    }

    def __init__(self, task: TrainingTask, algorithm: str | None = None) -> None:
        super().__init__(task, algorithm)
        if task.kind.name == "supervised_fine_tuning" and task.formatting_func is not None:
            raise InvalidInput(conversations.NO_PROMPT)
        # Kept here, and not with the settings that are shown, printed and written down: a key is among them.
        self._connection: dict[str, Any] = {}

    def read_setting(self, name: str, value: Any) -> dict[str, Any]:
        known = self._settings()
        if name in CONNECTION:
            self._connection = {
                key: each for key, each in {**self._connection, name: value}.items() if each is not None
            }
            return {}
        if name in OURS:
            if value is not None:
                raise InvalidInput(
                    f"{name}={value!r} cannot be given: train() writes this file out of the dataset."
                )
            return {}
        if name in GONE:
            if value not in (None, False):
                warnings.warn(
                    f"{name} no longer exists at OpenAI: {name}={value!r} has no effect.", stacklevel=4
                )
            return {}
        if name not in known:
            raise InvalidInput(self.unknown(name, (), [*known, *CONNECTION]))
        return {name: value}

    def default_of(self, name: str) -> Any:
        return self._settings().get(name)

    def _settings(self) -> dict[str, Any]:
        beta = {"beta": "auto"} if self._method == "dpo" else {}
        return {**LEARNING, **beta, **JOB, **WATCHING}

    @property
    def _method(self) -> str:
        return self.TASKS[self.task.kind.name]

    def load(self, model: Any, tokenizer: Any) -> tuple[Any, Any]:  # noqa: ARG002 - there is none
        """Return a model by its name at the service, or by the folder that an earlier training has left."""
        client, saved = connect(self._connection), Path(str(model)) / SAVED
        if not saved.exists():
            return Remote(client, _name(model)), None
        found = json.loads(saved.read_text("utf-8"))
        return Remote(client, found["model"], found["system"], found["several"]), None

    def build(
        self, model: Any, tokenizer: Any, train: Any, test: Any, folder: Path, settings: dict[str, Any]
    ) -> Any:
        """Write the files, and return the job that will send them; nothing has left this machine yet."""
        chosen = {**WATCHING, **settings}
        if len(train) < chosen["min_rows"]:
            raise InvalidInput(
                f"fine-tuning takes at least {chosen['min_rows']} training rows, and there are {len(train)}: label more "
                "records, or set min_rows= for a service that takes fewer."
            )
        start, _ = self.load(model, tokenizer)
        given = {"training_file": (train, "train"), "validation_file": (test, "held-out")}
        files = {
            argument: write_jsonl(rows, folder / "data" / f"{side}.jsonl")
            for argument, (rows, side) in given.items()
            if rows is not None
        }
        job = Job(
            start.client, self._request(start.name, settings), files, folder, chosen["poll_seconds"], chosen["job"]
        )  # fmt: skip
        self._system = _system(train) if self.task.kind.name == "text_classification" else None
        return job

    def _request(self, model: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        names = [*LEARNING, "beta"]
        learning = {name: settings[name] for name in names if settings.get(name) is not None}
        method = {"type": self._method, self._method: {"hyperparameters": learning}}
        more = {name: settings[name] for name in JOB if settings.get(name) is not None}
        return {"model": model, "method": method, **more}

    def train(self, native: Any) -> dict[str, float]:
        return dict(native.run())

    def cancel(self, native: Any) -> None:
        native.cancel()

    def evaluate(self, native: Any) -> dict[str, float]:
        """Return what the service measured on the held-out rows; empty where it measured nothing."""
        return dict(native.evaluation())

    def trained(self, native: Any) -> tuple[Any, Any]:
        if native.model is None:
            raise InvalidInput("there is no trained model yet: the job has not succeeded.")
        return Remote(
            native.client, native.model, self._system, conversations.asks_for_several(self._system)
        ), None

    def save(self, native: Any, folder: Path) -> None:
        """Write down the model's name: `model=<this folder>` finds it again."""
        found, _ = self.trained(native)
        told = {
            "model": found.name, "start": native.request["model"], "job": native.id,
            "service": native.client.base_url.host, "system": found.system, "several": found.several,
        }  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        (folder / SAVED).write_text(json.dumps(told, indent=1, ensure_ascii=False), "utf-8")

    def predict(self, model: Any, tokenizer: Any, texts: list[Any], **options: Any) -> list[Any]:  # noqa: ARG002
        """Answer each text or list of messages; where the task is classification, with its label or list of labels.

        `options` are those of the service's chat completions, and `max_new_tokens`, as elsewhere.
        """
        if "max_new_tokens" in options:
            options["max_tokens"] = options.pop("max_new_tokens")
        found = []
        for text in texts:
            with explained(model.client):
                reply = model.client.chat.completions.create(
                    model=model.name, messages=conversations.asked(text, model.system), **options
                )
            answer = (reply.choices[0].message.content or "").strip()
            found.append(conversations.labels_in(answer) if model.several else answer)
        return found

    def history(self, native: Any) -> list[dict[str, float]]:
        return list(native.history)

    def warn_about(self, native: Any) -> None:
        losses = [each["loss"] for each in native.history if "loss" in each]
        if len(losses) > 1 and losses[-1] >= losses[0]:
            warnings.warn(
                f"the loss did not fall ({losses[0]:.3f} at first, {losses[-1]:.3f} at last): the model may have learned nothing.",
                stacklevel=3,
            )


def _name(model: Any) -> str:
    if not isinstance(model, str):
        raise InvalidInput(
            f"a service wants a model by its name, got {type(model).__name__}: for example model='gpt-4o-mini'."
        )
    return model


def _system(rows: Iterable[Mapping[str, Any]]) -> str | None:
    return next((row["messages"][0]["content"] for row in rows), None)
