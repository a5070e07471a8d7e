"""What a training library must offer, so that `FeedbackTrainer` can drive it; one file in `frameworks` each."""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from feedback_widgets.errors import InvalidInput, MissingExtra, near_miss
from feedback_widgets.training.kinds.base import Form
from feedback_widgets.training.measures import Judged
from feedback_widgets.training.pairings import table
from feedback_widgets.training.task import TrainingTask


class Library(ABC):
    """A training library with one task for it; each file in `frameworks` holds one subclass called `Framework`.

    The library itself is imported by the methods that need it, never with the file.
    """

    name: ClassVar[str]
    """As users write it: `framework="trl"`."""
    TASKS: ClassVar[Mapping[str, Any]]
    """Kind of task -> whatever the subclass wants to know about it."""
    READS: ClassVar[str] = ""
    """The name in `handover.GIVES` of what `build` is given, where it is not the framework's own."""
    DEFAULT_MODEL: ClassVar[Any] = None
    """Where to start from when the user names no model; None where one must be named."""
    ALGORITHMS: ClassVar[Mapping[str, Sequence[str]]] = {}
    """Kind of task -> names of the ways to learn it, the default first; kinds with a single way need not stand here."""

    def __init__(self, task: TrainingTask, algorithm: str | None = None) -> None:
        if task.kind.name not in self.TASKS:
            from feedback_widgets.training.frameworks import tasks  # which import this file

            raise InvalidInput(
                f"framework {self.name!r} has no task {task.kind.name}; it has {', '.join(self.TASKS)}.{table(tasks())}"
            )
        self.task = task
        self.algorithm = self._chosen(algorithm)

    def read_setting(self, name: str, value: Any) -> dict[str, Any]:
        """Return `{the library's name today: value}`, `{}` with a warning for what is gone; `InvalidInput` when unknown."""
        raise InvalidInput(self.unknown(name, (), {name: value}))

    @abstractmethod
    def default_of(self, name: str) -> Any:
        """Return the library's own default of a setting; None where it has none."""

    def look_at(self, form: Form) -> None:  # noqa: B027 - most need no more than their rows
        """Look at the form that the answers follow, before `build` is given its rows."""

    @abstractmethod
    def load(self, model: Any, tokenizer: Any) -> tuple[Any, Any]:
        """Return the start model as an object that `predict` takes, and its tokenizer (None where there is no such thing)."""

    @abstractmethod
    def build(
        self, model: Any, tokenizer: Any, train: Any, test: Any, folder: Path, settings: dict[str, Any]
    ) -> Any:
        """Return what will train: the library's native object where it has one.

        Everything that can be refused is refused here, before the first step.

        Args:
            model: a folder, a hub id or an object.
            tokenizer: a folder, a hub id, an object or None.
            train: what `prepare_for_training` gives this library.
            test: the same of the held-out records, or None.
            folder: where the model will be saved; the library's own files may stand there as well.
            settings: names as `read_setting` returned them.
        """

    @abstractmethod
    def train(self, native: Any) -> dict[str, float]:
        """Train to the end and return the final numbers, `train_loss` among them."""

    def checkpoint(self, folder: Path, given: str | Path | None) -> str:  # noqa: ARG002 - for those that keep any
        """Return where an earlier run in `folder` stopped: its latest checkpoint, or the one given."""
        raise InvalidInput(
            f"framework {self.name!r} cannot go on with a run that was stopped: leave resume= out, and train anew."
        )

    def resume(self, native: Any, checkpoint: str) -> dict[str, float]:
        """Do what `train` does, from a checkpoint on."""
        raise InvalidInput(f"{type(native).__name__} cannot go on from {checkpoint}.")

    def cancel(self, native: Any) -> None:  # noqa: ARG002 - for those that train elsewhere
        """End a training that runs at this moment, from another thread."""
        raise InvalidInput(
            f"framework {self.name!r} trains in this process: interrupt the cell (or the process) that trains."
        )

    @abstractmethod
    def evaluate(self, native: Any) -> dict[str, float]:
        """Measure on the held-out rows that `build` was given; names begin with `eval_`."""

    def judged(self, native: Any) -> Judged:  # noqa: ARG002 - for those that tell labels
        """Return what the latest evaluation compared, for reports by label."""
        raise InvalidInput(f"framework {self.name!r} has no report by label of {self.task.kind.name}.")

    @abstractmethod
    def trained(self, native: Any) -> tuple[Any, Any]:
        """Return the model as it is now and its tokenizer, for `predict`."""

    @abstractmethod
    def save(self, native: Any, folder: Path) -> None:
        """Write the trained model so that `load` and the library itself can read it from this folder."""

    def usage(self, where: str) -> str:  # noqa: ARG002 - for those whose models others can load
        """Return lines of Python that load a saved model without this package; "" where there is no such way."""
        return ""

    @abstractmethod
    def predict(self, model: Any, tokenizer: Any, texts: list[Any], **options: Any) -> list[Any]:
        """Return one result per text."""

    @abstractmethod
    def history(self, native: Any) -> list[dict[str, float]]:
        """Return what was logged so far, one dict per log with its `step`."""

    @abstractmethod
    def warn_about(self, native: Any) -> None:
        """Warn of the signs of a training that taught nothing."""

    def quiet(self) -> AbstractContextManager[None]:
        """Hide the library's own bars and notes for a while."""
        return nullcontext()

    def _chosen(self, algorithm: str | None) -> str | None:
        """Return the algorithm asked for, or the default of this kind of task."""
        known = self.ALGORITHMS.get(self.task.kind.name, ())
        if algorithm is None:
            return known[0] if known else None
        if algorithm not in known:
            there = f"it has {', '.join(known)}" if known else "there is nothing to choose"
            raise InvalidInput(
                f"framework {self.name!r} has no algorithm {algorithm!r} for {self.task.kind.name}; "
                f"{there}.{near_miss(algorithm, known)}"
            )
        return algorithm

    def unknown(self, name: str, where: Iterable[str], known: Iterable[str]) -> str:
        """Say that a setting does not exist, and name the nearest ones."""
        close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
        places = " and ".join(where) or self.name
        return (
            f"{places} {'have' if ' and ' in places else 'has'} no setting {name!r}. "
            f"The nearest are {', '.join(close) or 'none'}."
        )


def elsewhere(name: str, packages: str, instead: str) -> NoReturn:
    """Refuse a library that cannot be installed beside the others: name what takes its place, and how to train with it elsewhere."""
    raise MissingExtra(
        f"framework {name!r} cannot run beside the other libraries, since it needs transformers before version 5: {instead}. "
        f"To train with it all the same, take dataset.prepare_for_training({name!r}, task) to an environment of its own: "
        f"pip install feedback_widgets datasets {packages}"
    )
