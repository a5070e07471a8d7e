"""What every question shares that offers options."""

from __future__ import annotations

import warnings
from typing import Any, ClassVar, NamedTuple

from pydantic import Field as Setting
from pydantic import field_validator, model_validator

from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.questions.base import Question, unique


class Option(NamedTuple):
    """One choice: `value` is stored, `text` is shown."""

    value: str
    text: str


class Choice(Question):
    """What label questions and rankings share: a list of options, given as a list or as `{value: text}`."""

    argument: ClassVar[str]  # the constructor argument that lists the options

    @property
    def options(self) -> tuple[Option, ...]:
        """The choices in the order given."""
        given: list[str] | dict[str, str] = getattr(self, self.argument)
        pairs = given.items() if isinstance(given, dict) else ((value, value) for value in given)
        return tuple(Option(value, text) for value, text in pairs)

    @property
    def option_values(self) -> list[str]:
        """The stored values of the choices, in order."""
        return [option.value for option in self.options]

    def choosable(self) -> list[Any]:
        """Return the values that may be chosen."""
        return self.option_values

    def spec(self) -> dict[str, Any]:
        return {**self.to_dict(), "options": [option._asdict() for option in self.options]}

    def known(self, value: Any, word: str) -> str:
        if isinstance(value, str) and value in self.option_values:
            return value
        shown = self.option_values if len(self.option_values) <= 12 else [*self.option_values[:12], "…"]
        raise InvalidInput(
            f"{self.name!r} has no {word} {value!r}; it has {', '.join(shown)}.{near_miss(value, self.option_values)}"
        )


class Labels(Choice):
    """Settings shared by single- and multi-label questions."""

    argument: ClassVar[str] = "labels"
    grows: ClassVar[str] = "labels"
    choice: ClassVar[str] = "label"
    free: ClassVar[frozenset[str]] = Choice.free | {"visible_labels", "labels_order", "allow_new_labels"}

    labels: list[str] | dict[str, str]
    visible_labels: int | None = Setting(default=-1, ge=-1)

    def check_condition(self, value: Any) -> None:
        self.known(value, "label")

    @field_validator("labels", mode="before")
    @classmethod
    def _at_least_two(cls, labels: Any) -> Any:
        return read_options(labels, "labels", "label")

    @model_validator(mode="after")
    def _visible(self) -> Labels:
        object.__setattr__(
            self, "visible_labels", settle_visible(self.visible_labels, len(self.labels), self.name)
        )
        return self

    def spec(self) -> dict[str, Any]:
        return {**super().spec(), "visible": self.visible_labels}


def read_options(given: Any, argument: str, word: str, least: int = 2) -> Any:
    """Check a list or dict of options: at least `least`, texts, all different."""
    if not isinstance(given, list | tuple | dict) or len(given) < least:
        raise ValueError(
            f"{argument}={given!r} is not allowed: give a list (or a dict value -> text) of at least "
            f"{'two' if least == 2 else 'one'} {word}{'s' if least == 2 else ''}"
        )
    if isinstance(given, dict):
        unique(list(given.values()), f"text of a {word}")
    texts = given.values() if isinstance(given, dict) else ()
    odd = [each for each in (*given, *texts) if not isinstance(each, str) or not each]
    if odd:
        raise ValueError(f"{word} {odd[0]!r} is not allowed: every {word} is a non-empty text")
    return given if isinstance(given, dict) else unique(list(given), word)


def settle_visible(asked: int | None, count: int, name: str) -> int | None:
    """Settle how many labels to show before folding: -1 stands for "not given"."""
    if asked is None:
        return None
    if asked == -1:
        return 20 if count > 20 else None
    if asked < 3:
        raise ValueError(
            f"visible_labels={asked} of {name!r} is not allowed: show at least 3, or None for all"
        )
    if asked > count:
        shown = count if count >= 3 else None
        warnings.warn(
            f"visible_labels={asked} of {name!r} is more than its {count} labels: all are shown", stacklevel=2
        )
        return shown
    return asked
