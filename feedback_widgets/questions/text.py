"""Free text."""

from __future__ import annotations

from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput
from feedback_widgets.questions.base import Question


class TextQuestion(Question):
    """Free text."""

    type: ClassVar[str] = "text"

    use_markdown: bool = False

    def check(self, value: Any, *, draft: bool = False) -> str:
        """Return the text. A required question refuses blank text on submission."""
        if not isinstance(value, str):
            raise InvalidInput(f"{self.name!r} needs text, got {value!r} ({type(value).__name__})")
        if self.required and not draft and not value.strip():
            raise InvalidInput(f"{self.name!r} needs an answer, got blank text")
        return value
