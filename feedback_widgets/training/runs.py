"""Training runs: each is written down in the store of its dataset, from its first step to its end."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import FeedbackError, StoreError, require
from feedback_widgets.store import new_id
from feedback_widgets.store import runs as stored
from feedback_widgets.training import processes

if TYPE_CHECKING:
    import pandas

    from feedback_widgets.dataset import FeedbackDataset

LOST = "its process is gone and said nothing: it was killed, or the machine stopped"
SECRETS = ("api_key", "token", "hub_token", "password", "secret")


class Cancelled(FeedbackError):
    """A training was cancelled; what it had learned is not kept."""


@dataclass
class Run:
    """One training of a dataset.

    Args:
        id: its name in the store.
        status: `running`, `done`, `failed` or `cancelled`.
        task, framework: what was trained, on which library.
        details: the model it started from, the settings, what became of the records, versions of the libraries.
        events: the numbers of the first and last answer that stood when it read them (`dataset.as_of(last)` brings them
            back); None where there was none.
        metrics: the final numbers.
        error: why it failed, in a sentence.
        folder: where the model is.
        process: machine and number of the process that does it.
        started_at, ended_at: in UTC.
    """

    id: str
    status: str
    task: str
    framework: str
    details: dict[str, Any] = field(default_factory=dict)
    events: tuple[int | None, int | None] = (None, None)
    metrics: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    folder: Path | None = None
    process: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Run:
        """Make a run of what the store holds. One whose process is gone has failed."""
        found = cls(
            row["id"], row["state"], row["task"], row["framework"], row["details"],
            (row["first_event_seq"], row["last_event_seq"]), row["metrics"], row["error"],
            Path(row["path"]) if row["path"] else None, row["process"], _moment(row["started_at"]), _moment(row["ended_at"]),
        )  # fmt: skip
        if found.status == "running" and not processes.lives(found.process):
            found.status, found.error = "failed", LOST
        return found

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs, and where nobody saw its end."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()

    def to_dict(self) -> dict[str, Any]:
        """Return it as one flat line of a table."""
        numbers = {f"metrics.{name}": value for name, value in self.metrics.items()}
        return {
            "id": self.id, "status": self.status, "task": self.task, "framework": self.framework,
            "model": self.details.get("model"), "first_event": self.events[0], "last_event": self.events[1],
            "records": self.details.get("records"), "folder": str(self.folder) if self.folder else None,
            "started_at": self.started_at, "seconds": self.seconds, "error": self.error, **numbers,
        }  # fmt: skip


class Runs(list[Run]):
    """The runs of a dataset, oldest first, shown as a table."""

    def __repr__(self) -> str:
        if not self:
            return "no training runs"
        head = ("started (UTC)", "status", "task", "framework", "answers", "seconds", "result")
        lines = [head, *(_cells(each) for each in self)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def to_pandas(self) -> pandas.DataFrame:
        """Return one line per run, its numbers in columns `metrics.…`.

        Raises:
            MissingExtra: pandas is not installed.
        """
        frame: pandas.DataFrame = require("pandas", "data").DataFrame([each.to_dict() for each in self])
        return frame


def runs(dataset: FeedbackDataset) -> Runs:
    """Return the training runs of a dataset; see `FeedbackDataset.runs`."""
    return Runs(Run.read(row) for row in stored.listed(dataset.store, dataset.key))


@contextmanager
def logged(
    dataset: FeedbackDataset, task: str, framework: str, folder: Path, details: Callable[[], dict[str, Any]]
) -> Iterator[Run]:
    """Write a run down while it lasts: that it began, and how it ended. Put the final numbers into its `metrics`.

    A store that cannot be written does not stop a training: a warning says why nothing is written down.

    Args:
        dataset: whose store it is written in.
        task: what is learned.
        framework: on which library.
        folder: where the model will be.
        details: asked at the beginning and again at the end, when more is known.
    """
    dataset.sync()
    answers = stored.standing(dataset.store, dataset.key)
    run = Run(
        new_id(), "running", task, framework, plain(details()), (answers.first, answers.last),
        folder=folder.absolute(), process=processes.name_of(),
    )  # fmt: skip
    run.details |= {"answers": answers.answers, "annotators": answers.annotators}
    known = _write(stored.begin, dataset, _row(run))
    try:
        yield run
    except BaseException as error:
        run.status = "cancelled" if isinstance(error, Cancelled) else "failed"
        run.error = _sentence(error)
        raise
    else:
        run.status = "done"
    finally:
        run.details |= plain(details())
        if known:
            columns = {"state": run.status, "metrics": plain(run.metrics), "error": run.error}
            _write(stored.note, dataset, run.id, details=run.details, **columns)


def _row(run: Run) -> dict[str, Any]:
    first, last = run.events
    return {
        "id": run.id, "task": run.task, "framework": run.framework, "details": run.details, "first_event_seq": first,
        "last_event_seq": last, "path": str(run.folder), "process": run.process,
    }  # fmt: skip


def _write(write: Callable[..., None], dataset: FeedbackDataset, *what: Any, **columns: Any) -> bool:
    try:
        write(dataset.store, dataset.key, *what, **columns)
    except StoreError as error:
        warnings.warn(f"this training is not written down in dataset.runs(): {error}", stacklevel=2)
        return False
    return True


def plain(given: Any) -> Any:
    """Return something that JSON can carry: numbers that are none become None, objects their description, secrets nothing.

    >>> plain({"loss": float("nan"), "steps": 3, "api_key": "sk-1", "at": Path("a")})
    {'loss': None, 'steps': 3, 'at': 'a'}
    """
    if isinstance(given, Mapping):
        return {str(name): plain(value) for name, value in given.items() if str(name).lower() not in SECRETS}
    if isinstance(given, list | tuple):
        return [plain(each) for each in given]
    if isinstance(given, bool | int | str) or given is None:
        return given
    if isinstance(given, float):
        return given if math.isfinite(given) else None
    if hasattr(given, "item") and getattr(given, "ndim", None) == 0:
        return plain(given.item())  # a number of numpy or torch
    return str(given) if isinstance(given, Path) else f"<{type(given).__name__}>"


def _sentence(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "it was interrupted"
    return str(error) if isinstance(error, FeedbackError) else f"{type(error).__name__}: {error}"


def _moment(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None


def _cells(run: Run) -> tuple[str, ...]:
    first, last = run.events
    result = run.error or "  ".join(
        f"{name} {value:.3f}"
        for name, value in run.metrics.items()
        if name in ("train_loss", "eval_loss", "eval_accuracy") and isinstance(value, float)
    )
    seconds = "" if run.seconds is None else f"{run.seconds:.1f}"
    began = f"{run.started_at:%Y-%m-%d %H:%M:%S}" if run.started_at else ""
    return (
        began,
        run.status,
        run.task,
        run.framework,
        f"{first}-{last}",
        seconds,
        " ".join(result.split())[:80],
    )
