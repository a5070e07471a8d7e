"""The base of all fields."""

from __future__ import annotations

from typing import Any, ClassVar

from feedback_widgets._form import Part
from feedback_widgets.errors import InvalidInput


class Field(Part):
    """Base of all fields.

    Args:
        name: lower-case letters, digits, `-` and `_`; unique among the dataset's fields and questions.
        title: shown above the field; default `name.capitalize()`.
        required: whether every record must fill it.
    """

    noun: ClassVar[str] = "field"
    kinds: ClassVar[dict[str, Any]] = {}  # type -> class (`type` names the class attribute here)
    # True where `check` may return another value than it was given: the record is then stored with what came back,
    # and its id is made of that. Fields that keep what they are given are spared the comparison.
    converts: ClassVar[bool] = False

    required: bool = True

    def check(self, value: Any) -> Any:
        """Return the value as it is stored: JSON, or None where an optional field is left empty.

        Raises:
            InvalidInput: the value does not fit the field.
        """
        if value is None and not self.required:
            return None
        return self.read(value)

    def read(self, value: Any) -> Any:
        """Return a value that is there in its stored form; the part of `check` that differs from type to type."""
        raise InvalidInput(f"field {self.name!r} of type {self.type!r} cannot hold {value!r}")

    def refuse(self, needs: str, value: Any, remedy: str) -> InvalidInput:
        """Return the sentence about a value that does not fit, to be raised.

        >>> Field(name="a").refuse("text", 3, "convert it with str(...)")
        InvalidInput("field 'a' needs text, got 3 (int): convert it with str(...)")
        """
        shown = repr(value)
        if len(shown) > MOST_SHOWN:
            shown = f"{shown[:MOST_SHOWN]}…"
        optional = "" if self.required else " or leave it out"
        return InvalidInput(
            f"field {self.name!r} needs {needs}, got {shown} ({type(value).__name__}): {remedy}{optional}"
        )


MOST_SHOWN = 200  # characters of a refused value: a picture would fill the screen
