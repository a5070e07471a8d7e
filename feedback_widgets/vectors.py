"""Vectors: what a model made of a record, so that similar records can be found."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self

from pydantic import model_validator

from feedback_widgets._form import Part
from feedback_widgets.errors import InvalidInput


class VectorSettings(Part):
    """One vector that records may carry.

    Args:
        name: lower-case letters, digits, `-` and `_`.
        dimensions: how many numbers it has.

    Raises:
        InvalidInput: fewer than one dimension.

    >>> VectorSettings(name="sentence", dimensions=3).check([1, 0.5, 0])
    [1.0, 0.5, 0.0]
    """

    noun: ClassVar[str] = "vector"
    type: ClassVar[str] = "vector"
    kinds: ClassVar[dict[str, Any]] = {}  # type -> class (`type` names the class attribute here)

    dimensions: int

    @model_validator(mode="after")
    def _dimensions_rule(self) -> Self:
        if self.dimensions < 1:
            raise ValueError(f"dimensions={self.dimensions} of {self.name!r} is not allowed: give at least 1")
        return self

    def check(self, given: Any) -> list[float]:
        """Return the vector as a list of numbers.

        Raises:
            InvalidInput: another number of dimensions, or something in it that is no finite number.
        """
        values = as_numbers(self.name, given)
        if len(values) != self.dimensions:
            raise InvalidInput(f"vector {self.name!r} has {self.dimensions} dimensions, got {len(values)}")
        return values


def as_numbers(name: str, given: Any) -> list[float]:
    """Return a list, tuple or array of numbers as a list of floats.

    Raises:
        InvalidInput: it is none, or holds something that is no finite number.
    """
    values = given.tolist() if hasattr(given, "tolist") else given
    if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
        raise InvalidInput(f"vector {name!r} must be a list of numbers, got {given!r}")
    numbers = list(values)
    for each in numbers:
        if (
            isinstance(each, bool)
            or not isinstance(each, int | float)
            or not math.isfinite(each)
            or abs(each) > 3.4e38
        ):
            raise InvalidInput(f"vector {name!r} needs finite numbers, got {each!r}")
    return [float(each) for each in numbers]


def to_bytes(vector: Iterable[float]) -> bytes:
    """Return the vector as the store keeps it: little-endian float32.

    >>> to_bytes([1.0]).hex()
    '0000803f'
    """
    import sys

    packed = array("f", vector)
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def from_bytes(value: bytes) -> array[float]:
    """Return the numbers of a vector that the store keeps.

    >>> from_bytes(to_bytes([1.0, 0.5])).tolist()
    [1.0, 0.5]
    """
    import sys

    numbers = array("f", value)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
