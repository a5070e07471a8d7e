"""Free text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from feedback_widgets._form import Part
from feedback_widgets.errors import InvalidInput
from feedback_widgets.questions.base import Question


class TextQuestion(Question):
    """Free text.

    Args:
        use_markdown: offer a preview of the text as markdown.
        prefill: begin with the text of `diff_with`, or with the suggestion where `diff_with` is not given.
        diff_with: the name of a text field, or `"suggestion"`: the desk shows word by word what was changed.

    >>> TextQuestion(name="better", prefill=True, diff_with="response").check("Paris.")
    'Paris.'
    """

    type: ClassVar[str] = "text"
    free: ClassVar[frozenset[str]] = Question.free | {"prefill", "diff_with"}
    LATER: ClassVar[tuple[str, ...]] = (*Question.LATER, "prefill", "diff_with")

    use_markdown: bool = False
    prefill: bool = False
    diff_with: str | None = None

    def check(self, value: Any, *, draft: bool = False) -> str:
        """Return the text. A required question refuses blank text on submission."""
        if not isinstance(value, str):
            raise InvalidInput(f"{self.name!r} needs text, got {value!r} ({type(value).__name__})")
        if self.required and not draft and not value.strip():
            raise InvalidInput(f"{self.name!r} needs an answer, got blank text")
        return value

    def check_place(self, fields: Sequence[Part], before: Sequence[Question]) -> None:
        super().check_place(fields, before)
        if self.diff_with not in (None, "suggestion"):
            self._known_field(str(self.diff_with), fields, ("text",))
