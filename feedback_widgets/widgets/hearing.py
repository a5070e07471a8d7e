"""Who hears of an annotator's answers: functions from a notebook's cells, called once each answer is committed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.records import Record
    from feedback_widgets.store import Event

log = logging.getLogger("feedback_widgets")


@dataclass(frozen=True, slots=True)
class Answered:
    """One committed answer.

    Args:
        record: the record.
        values: question name -> answer, as `record.responses` shows it.
        status: `submitted`, `draft` or `discarded`.
        event: its entry in the log: `event.comment`, `event.duration_ms`, `event.seq` …
    """

    record: Record
    values: Mapping[str, Any]
    status: str
    event: Event


class Listeners:
    """Functions that are called after each answer. What they raise is logged with their name, and breaks nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._functions: list[Callable[[Answered], object]] = []

    def add(self, function: Callable[[Answered], object]) -> Callable[[], None]:
        """Call `function` after each answer from now on; return a function that ends it.

        Raises:
            InvalidInput: it cannot be called.
        """
        if not callable(function):
            raise InvalidInput(f"on_response takes a function of one argument, got {function!r}")
        with self._lock:
            self._functions.append(function)

        def stop() -> None:
            with self._lock:
                self._functions = [each for each in self._functions if each is not function]

        return stop

    def tell(self, dataset: FeedbackDataset, event: Event) -> None:
        """Tell all functions of an answer; it is read only where somebody listens."""
        with self._lock:
            functions = list(self._functions)
        if not functions:
            return
        questions = {each.name: each for each in dataset.settings.questions}
        values = {
            name: questions[name].present(stored) if name in questions else stored
            for name, stored in event.answers.items()
        }
        answered = Answered(dataset.record(event.record_id), values, event.status, event)
        for function in functions:
            try:
                function(answered)
            except Exception:  # theirs: logged, and everybody else is still told
                name = getattr(function, "__qualname__", repr(function))
                log.exception(
                    "the function %s, given to desk.on_response, failed on %s", name, event.record_id
                )
