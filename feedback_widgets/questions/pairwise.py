"""Which of several responses is better, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import Field as Setting
from pydantic import field_validator, model_validator

from feedback_widgets._form import Part
from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.questions.base import Question, unique

TIE, BOTH_BAD = "tie", "both_bad"


@dataclass(frozen=True, slots=True)
class PairwiseValue:
    """A preference: `choice` is the field of the better response, `"tie"` or `"both_bad"`; `strength` counts from 1.

    Answers to `.choice`, `.strength` and `["choice"]`, `["strength"]` alike.

    >>> PairwiseValue("response-1", 2)["choice"]
    'response-1'
    """

    choice: str
    strength: int | None = None

    def __getitem__(self, key: str) -> str | int | None:
        if key not in ("choice", "strength"):
            raise KeyError(key)
        return self.choice if key == "choice" else self.strength

    def keys(self) -> tuple[str, str]:
        """Let `dict(value)` give `{"choice": …, "strength": …}`."""
        return ("choice", "strength")


class PairwiseQuestion(Question):
    """Which response is better: shown side by side, without their names, in an order drawn per annotator and record.

    Args:
        fields: the names of the text fields with the responses, two or more.
        scale: how many steps of strength (1 to 5), with two responses; `None` asks for the better one alone.
        allow_tie: whether "equally good" is an answer.
        allow_both_bad: whether "all are bad" is an answer.

    >>> q = PairwiseQuestion(name="better", fields=["response-1", "response-2"], scale=3)
    >>> q.check({"choice": "response-2", "strength": 3})
    {'choice': 'response-2', 'strength': 3}
    """

    type: ClassVar[str] = "pairwise"

    fields: list[str]
    scale: int | None = Setting(default=None, ge=1, le=5)
    allow_tie: bool = True
    allow_both_bad: bool = True

    @field_validator("fields", mode="before")
    @classmethod
    def _at_least_two(cls, fields: Any) -> Any:
        if not isinstance(fields, list | tuple) or len(fields) < 2:
            raise ValueError(f"fields={fields!r} is not allowed: name at least two text fields")
        taken = next((name for name in fields if name in (TIE, BOTH_BAD)), None)
        if taken:
            raise ValueError(f"the field name {taken!r} is an answer of its own here: rename the field")
        return unique(list(fields), "field")

    @model_validator(mode="after")
    def _two_to_weigh(self) -> PairwiseQuestion:
        if self.scale is not None and len(self.fields) != 2:
            raise ValueError(
                f"scale={self.scale} of {self.name!r} compares two responses, and there are {len(self.fields)}: leave scale out"
            )
        return self

    @property
    def choices(self) -> list[str]:
        """What may be chosen: the fields, then `"tie"` and `"both_bad"` where they are allowed."""
        return [*self.fields, *[TIE] * self.allow_tie, *[BOTH_BAD] * self.allow_both_bad]

    def check(self, value: Any, *, draft: bool = False) -> dict[str, Any]:
        """Return `{"choice", "strength"}`; a bare name is a choice without strength."""
        choice, strength = self._parts(value)
        if not isinstance(choice, str) or choice not in self.choices:
            raise InvalidInput(
                f"{self.name!r} has no choice {choice!r}; it has {', '.join(self.choices)}."
                f"{near_miss(choice, self.choices)}"
            )
        if self.scale is None or choice in (TIE, BOTH_BAD):
            if strength is not None:
                raise InvalidInput(
                    f"{self.name!r} takes no strength for {choice!r}, got {strength!r}: leave it out"
                )
        elif not (draft and strength is None) and (
            isinstance(strength, bool) or not isinstance(strength, int) or not 1 <= strength <= self.scale
        ):
            raise InvalidInput(
                f"{self.name!r} needs how much better {choice!r} is, a strength from 1 to {self.scale}, got {strength!r}"
            )
        return {"choice": choice, "strength": strength}

    def check_place(self, fields: Sequence[Part], before: Sequence[Question]) -> None:
        super().check_place(fields, before)
        for name in self.fields:
            self._known_field(name, fields)

    def check_condition(self, value: Any) -> None:
        if value not in self.choices:
            raise InvalidInput(
                f"{self.name!r} has no choice {value!r}; it has {', '.join(self.choices)}.{near_miss(value, self.choices)}"
            )

    def present(self, stored: dict[str, Any]) -> PairwiseValue:
        """Return a value that answers to `.choice`, `.strength` and `["choice"]`, `["strength"]`."""
        return PairwiseValue(stored["choice"], stored["strength"])

    def _parts(self, value: Any) -> tuple[Any, Any]:
        if isinstance(value, str):
            return value, None
        if isinstance(value, PairwiseValue):
            return value.choice, value.strength
        if (
            not isinstance(value, Mapping)
            or "choice" not in value
            or not set(value) <= {"choice", "strength"}
        ):
            raise InvalidInput(
                f"{self.name!r} cannot read {value!r}: give {{'choice': {self.fields[0]!r}, 'strength': …}}"
            )
        return value["choice"], value.get("strength")
