"""Facts about a record that are not shown as fields: where it came from, how long it is, a score."""

from __future__ import annotations

import math
from typing import Any, ClassVar, Self

from pydantic import model_validator

from feedback_widgets._form import Part
from feedback_widgets.errors import InvalidInput, near_miss


class MetadataProperty(Part):
    """Base of all metadata properties."""

    noun: ClassVar[str] = "metadata property"
    kinds: ClassVar[dict[str, Any]] = {}  # type -> class (`type` names the class attribute here)

    free: ClassVar[frozenset[str]] = Part.free | {"visible_for_annotators"}

    visible_for_annotators: bool = True

    def default_title(self) -> str:
        """Return the name unchanged."""
        return self.name

    def check(self, value: Any) -> Any:
        """Return the value as it is stored.

        Raises:
            InvalidInput: the value does not fit the property.
        """
        raise InvalidInput(f"metadata {self.name!r} cannot hold {value!r}")


class TermsMetadataProperty(MetadataProperty):
    """One term or a list of terms; `values` lists the allowed ones (default: any)."""

    type: ClassVar[str] = "terms"
    grows: ClassVar[str] = "values"
    choice: ClassVar[str] = "term"

    values: list[str] | None = None

    @model_validator(mode="after")
    def _values_rule(self) -> Self:
        if self.values is not None and (not self.values or len(set(self.values)) < len(self.values)):
            raise ValueError(
                f"values={self.values!r} of {self.name!r} is not allowed: give at least one term, each once"
            )
        return self

    def choosable(self) -> list[str] | None:
        """Return the allowed terms, or None where any is."""
        return self.values

    def grown(self, more: Any) -> Self:
        """Allow more terms; where any term is allowed there is nothing to add."""
        return self if self.values is None else super().grown(more)

    def check(self, value: Any) -> str | list[str]:
        """Return the term, or the list of terms."""
        terms = value if isinstance(value, list) else [value]
        for term in terms:
            if not isinstance(term, str):
                raise InvalidInput(f"metadata {self.name!r} needs text or a list of texts, got {value!r}")
            if self.values is not None and term not in self.values:
                raise InvalidInput(
                    f"metadata {self.name!r} does not allow {term!r}; it allows {', '.join(self.values)}."
                    f"{near_miss(term, self.values)}"
                )
        return value  # type: ignore[no-any-return]


class _Number(MetadataProperty):
    """What whole and fractional numbers share: a range whose ends are included."""

    elastic: ClassVar[frozenset[str]] = frozenset({"min", "max"})

    min: float | None = None
    max: float | None = None

    def lost_to(self, new: Self) -> list[str]:
        """Say which end of the range has come nearer."""
        higher = new.min is not None and (self.min is None or new.min > self.min)
        lower = new.max is not None and (self.max is None or new.max < self.max)
        ends = [f"min={new.min}"] * higher + [f"max={new.max}"] * lower
        return [f"is narrowed to {' and '.join(ends)}"] if ends else []

    @model_validator(mode="after")
    def _range_rule(self) -> Self:
        if self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError(
                f"min={self.min} and max={self.max} of {self.name!r} are not allowed: min must be below max"
            )
        return self

    def _in_range(self, value: float) -> None:
        if not math.isfinite(value):
            raise InvalidInput(f"metadata {self.name!r} needs a finite number, got {value!r}: leave it out")
        if (self.min is not None and value < self.min) or (self.max is not None and value > self.max):
            raise InvalidInput(f"metadata {self.name!r} must lie in {self.min} … {self.max}, got {value!r}")


class IntegerMetadataProperty(_Number):
    """A whole number, optionally within `min` … `max` (both included)."""

    type: ClassVar[str] = "integer"

    min: int | None = None
    max: int | None = None

    def check(self, value: Any) -> int:
        """Return the whole number."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidInput(f"metadata {self.name!r} needs a whole number, got {value!r}")
        self._in_range(value)
        return value


class FloatMetadataProperty(_Number):
    """A number, optionally within `min` … `max` (both included). Whole numbers are accepted."""

    type: ClassVar[str] = "float"

    def check(self, value: Any) -> float:
        """Return the number."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidInput(f"metadata {self.name!r} needs a number, got {value!r}")
        self._in_range(value)
        return value
