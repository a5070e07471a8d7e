"""What an annotator sees. One class is one kind of field."""

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

    required: bool = True

    def check(self, value: Any) -> Any:
        """Return the value as it is stored.

        Raises:
            InvalidInput: the value does not fit the field.
        """
        raise InvalidInput(f"field {self.name!r} of type {self.type!r} cannot hold {value!r}")


class TextField(Field):
    """Text: plain, or markdown when `use_markdown=True` (rendered and sanitised by the desk).

    >>> TextField(name="response-1").title
    'Response-1'
    """

    type: ClassVar[str] = "text"

    use_markdown: bool = False

    def check(self, value: Any) -> str | None:
        """Return the text; `None` means that the record leaves an optional field empty."""
        if value is None and not self.required:
            return None
        if isinstance(value, str):
            return value
        raise InvalidInput(
            f"field {self.name!r} needs text, got {value!r} ({type(value).__name__}): convert it with str(...)"
            + ("" if self.required else " or leave it out")
        )
