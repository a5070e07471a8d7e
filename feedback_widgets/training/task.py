"""What to learn from the answers: a `TrainingTask` says how one record becomes training rows."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput

if TYPE_CHECKING:
    from feedback_widgets.training.shapes import Report

FormattingFunc = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True)
class Kind:
    """One kind of task: its name, the columns of its rows, and what a formatting_func returns for it."""

    name: str
    columns: tuple[str, ...]  # from a formatting_func
    named_columns: tuple[str, ...]  # from field and question names
    returns: str  # completes "formatting_func must return …"
    names: tuple[str, ...]  # the arguments that replace a formatting_func


SUPERVISED_FINE_TUNING = Kind(
    "supervised_fine_tuning",
    columns=("text",),
    named_columns=("prompt", "completion"),
    returns="a text",
    names=("prompt", "response"),
)
REWARD_MODELING = Kind(
    "reward_modeling",
    columns=("chosen", "rejected"),
    named_columns=("prompt", "chosen", "rejected"),
    returns="a tuple (chosen, rejected) of two texts",
    names=("prompt", "responses", "preference"),
)
DIRECT_PREFERENCE_OPTIMIZATION = Kind(
    "direct_preference_optimization",
    columns=("prompt", "chosen", "rejected"),
    named_columns=("prompt", "chosen", "rejected"),
    returns="a tuple (prompt, chosen, rejected) of three texts",
    names=("prompt", "responses", "preference"),
)


@dataclass
class TrainingTask:
    """How records and their answers become training rows.

    Make one with a `for_…` method: either from a `formatting_func`, or from the names of fields and questions.

    >>> TrainingTask.for_direct_preference_optimization(
    ...     prompt="prompt", responses=["response-1", "response-2"], preference="ranking"
    ... )
    TrainingTask.for_direct_preference_optimization(prompt='prompt', responses=['response-1', 'response-2'], preference='ranking')
    """

    kind: Kind
    formatting_func: FormattingFunc | None = None
    names: dict[str, Any] = field(default_factory=dict)
    # What the latest preparation used and skipped, and why.
    report: Report | None = field(default=None, compare=False)

    @classmethod
    def for_supervised_fine_tuning(
        cls, formatting_func: FormattingFunc | None = None, *, prompt: Any = None, response: Any = None
    ) -> TrainingTask:
        """Learn to write the response to a prompt.

        Args:
            formatting_func: gets one row of `dataset.rows()`, gives a text, several (list or generator), or None.
            prompt: the text field that is asked.
            response: a text question (one row per submitted answer) or a text field (one row per record).
        """
        return cls._make(SUPERVISED_FINE_TUNING, formatting_func, prompt=prompt, response=response)

    @classmethod
    def for_reward_modeling(
        cls,
        formatting_func: FormattingFunc | None = None,
        *,
        prompt: Any = None,
        responses: Sequence[Any] | None = None,
        preference: Any = None,
    ) -> TrainingTask:
        """Learn to score responses as annotators would.

        Args:
            formatting_func: gets one row of `dataset.rows()`, gives `(chosen, rejected)`, several, or None.
            prompt: the text field that is asked.
            responses: two or more text fields, the candidates.
            preference: the ranking, rating or label question that says which candidate is better.
        """
        names = {"prompt": prompt, "responses": responses, "preference": preference}
        return cls._make(REWARD_MODELING, formatting_func, **names)

    @classmethod
    def for_direct_preference_optimization(
        cls,
        formatting_func: FormattingFunc | None = None,
        *,
        prompt: Any = None,
        responses: Sequence[Any] | None = None,
        preference: Any = None,
    ) -> TrainingTask:
        """Learn to write what annotators preferred.

        Args:
            formatting_func: gets one row of `dataset.rows()`, gives `(prompt, chosen, rejected)`, several, or None.
            prompt: the text field that is asked.
            responses: two or more text fields, the candidates.
            preference: the ranking, rating or label question that says which candidate is better.
        """
        names = {"prompt": prompt, "responses": responses, "preference": preference}
        return cls._make(DIRECT_PREFERENCE_OPTIMIZATION, formatting_func, **names)

    @classmethod
    def _make(cls, kind: Kind, formatting_func: FormattingFunc | None, **names: Any) -> TrainingTask:
        given = {argument: _name(value) for argument, value in names.items() if value is not None}
        call, wanted = f"TrainingTask.for_{kind.name}", ", ".join(kind.names)
        if formatting_func is not None and given:
            raise InvalidInput(
                f"`formatting_func` is already defined, so {call} cannot also take {', '.join(given)}: give one or the other."
            )
        if formatting_func is None and (missing := [name for name in kind.names if name not in given]):
            raise InvalidInput(
                f"{call} needs a formatting_func, or all of {wanted}: {', '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} missing."
            )
        if formatting_func is not None and not callable(formatting_func):
            raise InvalidInput(
                f"{call} needs a function as formatting_func, got {reprlib.repr(formatting_func)}."
            )
        return cls(kind, formatting_func, given)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the training rows, without `id`."""
        return self.kind.columns if self.formatting_func else self.kind.named_columns

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.names.items())
        if self.formatting_func is not None:
            inside = getattr(self.formatting_func, "__name__", None) or repr(self.formatting_func)
        return f"TrainingTask.for_{self.kind.name}({inside})"

    def format(self, row: dict[str, Any], record_id: str) -> list[dict[str, str]]:
        """Run the formatting_func on one row of `dataset.rows()`.

        Returns:
            One dict of `columns` per training row; empty when the function gave None or nothing.

        Raises:
            InvalidInput: it gave something of the wrong shape. What it raises itself passes, with a note of the record.
        """
        if self.formatting_func is None:
            raise InvalidInput(
                f"{self!r} has no formatting_func: its rows come from field and question names."
            )
        try:
            given = list(_flat(self.formatting_func(row)))
        except Exception as error:
            error.add_note(f"raised by the formatting_func of {self!r} on record {record_id}")
            raise
        return [self._row(each, record_id) for each in given]

    def _row(self, given: Any, record_id: str) -> dict[str, str]:
        wants_tuple = len(self.columns) > 1
        texts = given if wants_tuple else (given,)
        fits = isinstance(texts, tuple) and [type(each) for each in texts] == [str] * len(self.columns)
        if not fits:
            raise InvalidInput(
                f"formatting_func must return {self.kind.returns}, or a list or generator of these, or None; "
                f"for record {record_id} it gave {reprlib.repr(given)} ({type(given).__name__})."
            )
        return dict(zip(self.columns, texts, strict=True))


def _flat(given: Any) -> Iterator[Any]:
    """Yield the single results in None, one result, a list, a generator, or these inside each other."""
    if isinstance(given, list | Iterator):
        for each in given:
            yield from _flat(each)
    elif given is not None:
        yield given


def _name(given: Any) -> Any:
    """Read a name, a field or question object, or a list of these."""
    if isinstance(given, list | tuple):
        return [_name(each) for each in given]
    return getattr(given, "name", given)
