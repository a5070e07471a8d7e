"""A number out of a few."""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field as Setting
from pydantic import field_validator, model_validator

from feedback_widgets.errors import InvalidInput
from feedback_widgets.questions.base import Question, unique


class RatingQuestion(Question):
    """A whole number out of `values`: at least two different ones, each 0 to 10.

    Args:
        values: the numbers, in the order shown.
        labels: what some or all of them mean, for example `{1: "strongly disagree", 5: "strongly agree"}`.

    >>> RatingQuestion(name="quality", values=[1, 2, 3]).check(2)
    2
    """

    type: ClassVar[str] = "rating"
    grows: ClassVar[str] = "values"
    free: ClassVar[frozenset[str]] = Question.free | {"labels"}
    LATER: ClassVar[tuple[str, ...]] = (*Question.LATER, "labels")

    values: list[int] = Setting(strict=False)
    labels: dict[int, str] | None = None

    @field_validator("values", mode="before")
    @classmethod
    def _whole_numbers(cls, values: Any) -> Any:
        if isinstance(values, range | tuple | set):
            values = list(values)
        if not isinstance(values, list) or len(values) < 2:
            raise ValueError(
                f"rating values {values!r} are not allowed: give a list of at least two whole numbers, 0 to 10"
            )
        outside = [
            value for value in values if isinstance(value, bool) or str(value) not in map(str, range(11))
        ]
        if outside:
            raise ValueError(
                f"rating value {outside[0]!r} is not allowed: rating values are whole numbers from 0 to 10"
            )
        return unique(values, "rating value")

    @model_validator(mode="after")
    def _labels_of_values(self) -> RatingQuestion:
        odd = [value for value in self.labels or {} if value not in self.values]
        if odd:
            raise ValueError(
                f"labels of {self.name!r} name {odd[0]!r}, which is none of its values {', '.join(map(str, self.values))}"
            )
        return self

    def check_condition(self, value: Any) -> None:
        self.check(value)

    def choosable(self) -> list[Any]:
        """Return the numbers that may be chosen."""
        return self.values

    def check(self, value: Any, *, draft: bool = False) -> int:  # noqa: ARG002 - a rating has no unfinished form
        """Return the rating, an int out of `values`."""
        if isinstance(value, bool) or not isinstance(value, int) or value not in self.values:
            raise InvalidInput(
                f"{self.name!r} must be one of {', '.join(map(str, self.values))}, got {value!r}"
            )
        return value
