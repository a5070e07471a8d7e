"""A fine-tuning job at a service that speaks OpenAI's interface: files up, job made, polled to its end."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from feedback_widgets.errors import InvalidInput, ServiceError, require
from feedback_widgets.training.progress import line, say
from feedback_widgets.training.runs import Cancelled

ENDED = ("succeeded", "failed", "cancelled")
# What the service calls a number -> what the other libraries call it.
NUMBERS = {"train_loss": "loss", "valid_loss": "eval_loss", "full_valid_loss": "eval_loss"}


def connect(settings: Mapping[str, Any]) -> Any:
    """Return a client of the `openai` library.

    Args:
        settings: of `base_url`, `api_key`, `timeout` (seconds) and `max_retries` those that were given.

    Raises:
        InvalidInput: there is no key for OpenAI itself. Other services are asked without one.
    """
    openai, given = require("openai", "openai"), dict(settings)
    if given.get("base_url"):
        given.setdefault("api_key", "none")
    try:
        return openai.OpenAI(**given)
    except openai.OpenAIError as error:
        raise InvalidInput(
            "OpenAI wants a key: give api_key=, or set $OPENAI_API_KEY; base_url= names another service."
        ) from error


@contextmanager
def explained(client: Any) -> Iterator[None]:
    """Turn what goes wrong at the service into one sentence."""
    openai = require("openai", "openai")
    where = client.base_url.host  # an address may hold a password
    try:
        yield
    except openai.AuthenticationError as error:
        raise ServiceError(
            f"{where} does not take this key (401): give api_key=, or set $OPENAI_API_KEY."
        ) from error
    except openai.RateLimitError as error:
        raise ServiceError(
            f"{where} takes no more for now (429): {_told(error)}. Wait, look at your quota, or raise max_retries."
        ) from error
    except openai.APIStatusError as error:
        raise ServiceError(f"{where} refused ({error.status_code}): {_told(error)}") from error
    except openai.APIConnectionError as error:
        raise ServiceError(
            f"{where} cannot be reached ({_told(error)}): check base_url and the network."
        ) from error
    except openai.APIError as error:
        raise ServiceError(f"{where} answered something strange: {_told(error)}") from error


def _told(error: Any) -> str:
    body = error.body if isinstance(getattr(error, "body", None), dict) else {}
    inner = body.get("error", body)
    message = inner.get("message") if isinstance(inner, dict) else None
    return " ".join(str(message or error.message).split())[:500]


def write_jsonl(rows: list[dict[str, Any]], path: Path) -> Path:
    """Write one JSON object per line, in UTF-8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=True) + "\n" for row in rows)
    return path


@dataclass
class Job:
    """One job. `cancel()` may be called from another thread while `run()` waits for its end.

    Args:
        client: of the `openai` library.
        request: the arguments of `fine_tuning.jobs.create`, files apart.
        files: `training_file` and perhaps `validation_file` -> JSONL on this machine.
        folder: where the job's number is written down as soon as it has one.
        every: seconds between two looks at it.
        id: of a job that runs already, to wait for that one and send nothing.
    """

    client: Any
    request: dict[str, Any]
    files: dict[str, Path]
    folder: Path
    every: float = 10.0
    id: str | None = None
    model: str | None = None
    """The trained model's name, once there is one."""
    history: list[dict[str, float]] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _wake: threading.Event = field(default_factory=threading.Event)
    _cancelled: bool = False

    def run(self) -> dict[str, float]:
        """Do everything, and return the final numbers.

        Raises:
            ServiceError: the service refused, could not be reached, or the job failed there.
            Cancelled: somebody cancelled it, here or elsewhere.
        """
        began = time.monotonic()
        if self.id is None:
            self._create()
        try:
            job = self._wait()
        except BaseException as error:
            if not isinstance(error, Cancelled):
                say(f"job {self.id} goes on at {self.client.base_url.host}: trainer.cancel() ends it, "
                    f"trainer.update_config(job={self.id!r}).train(…) waits for it")  # fmt: skip
            raise
        self._check(job)
        self.model = job.fine_tuned_model
        say(f"job {self.id} has succeeded: {self.model}")
        numbers = {"train_loss": self._latest("loss"), "trained_tokens": job.trained_tokens}
        numbers["train_runtime"] = round(time.monotonic() - began, 3)
        return {name: value for name, value in numbers.items() if value is not None}

    def cancel(self) -> None:
        """End the job at the service. What it has learned is lost."""
        self._cancelled = True
        if self.id is not None:
            with explained(self.client):
                self.client.fine_tuning.jobs.cancel(self.id)
        self._wake.set()

    def evaluation(self) -> dict[str, float]:
        """Return what the service measured on the held-out rows; empty where it measured nothing."""
        loss = self._latest("eval_loss")
        return {} if loss is None else {"eval_loss": loss}

    def _create(self) -> None:
        with explained(self.client):
            sent = {name: self._upload(path) for name, path in self.files.items()}
            self._stop_if_cancelled()
            job = self.client.fine_tuning.jobs.create(**self.request, **sent)
        self.id = job.id
        note = {"job": job.id, "model": self.request["model"], "service": self.client.base_url.host}
        (self.folder / "job.json").write_text(json.dumps(note, indent=1), "utf-8")
        say(f"job {job.id} at {self.client.base_url.host} is {job.status}")

    def _stop_if_cancelled(self) -> None:
        if self._cancelled:
            raise Cancelled("the training was cancelled before its job was made.")

    def _upload(self, path: Path) -> str:
        with path.open("rb") as file:
            found: str = self.client.files.create(file=(path.name, file), purpose="fine-tune").id
        say(f"{path.name} is uploaded as {found}")
        return found

    def _wait(self) -> Any:
        status = ""
        while True:
            with explained(self.client):
                if self._cancelled and not status:  # while the job was being made
                    self.client.fine_tuning.jobs.cancel(self.id)
                job = self.client.fine_tuning.jobs.retrieve(self.id)
                self._tell()
            if job.status in ENDED:
                return job
            if job.status != status:
                status = job.status
                say(f"job {self.id} is {status}")
            if self._wake.wait(self.every):
                self._wake.clear()

    def _tell(self) -> None:
        """Say what is new, oldest first."""
        new = []
        for event in self.client.fine_tuning.jobs.list_events(self.id, limit=100):
            if event.id in self._seen:
                break  # the newest come first
            new.append(event)
        for event in reversed(new):
            self._seen.add(event.id)
            if event.type == "metrics":
                self._measure(event.data)
            else:
                say(f"  {event.message}")

    def _measure(self, data: Any) -> None:
        numbers = {name: value for name, value in (data or {}).items() if isinstance(value, int | float)}
        step, steps = int(numbers.pop("step", 0)), int(numbers.pop("total_steps", 0))
        log = {NUMBERS.get(name, name): float(value) for name, value in numbers.items()}
        self.history.append({**log, "step": step})
        # In one log there may be both sides.
        train = {name: value for name, value in log.items() if not name.startswith("eval_")}
        held_out = {name: value for name, value in log.items() if name not in train}
        for each in (train, held_out):
            if each:
                say(line(step, steps or step, each))

    def _latest(self, name: str) -> float | None:
        return next((log[name] for log in reversed(self.history) if name in log), None)

    def _check(self, job: Any) -> None:
        if job.status == "cancelled":
            raise Cancelled(f"the job {self.id} was cancelled.")
        if job.status == "failed":
            reason = getattr(job.error, "message", None) or "it gives no reason"
            raise ServiceError(f"the job {self.id} failed at {self.client.base_url.host}: {reason}")
