"""What every question shares."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar

from feedback_widgets._form import Part
from feedback_widgets.errors import InvalidInput


class Question(Part):
    """Base of all questions.

    Args:
        name: lower-case letters, digits, `-` and `_`; unique among the dataset's fields and questions.
        title: shown above the question; default `name.capitalize()`.
        description: help shown under the title.
        required: whether a submitted answer must hold it.
    """

    noun: ClassVar[str] = "question"
    kinds: ClassVar[dict[str, Any]] = {}  # type -> class (`type` names the class attribute here)

    description: str | None = None
    required: bool = True

    def check(self, value: Any, *, draft: bool = False) -> Any:
        """Return the answer as it is stored: plain JSON in its one canonical form.

        Args:
            value: what a person, a script or the desk answered.
            draft: allow an unfinished answer.

        Raises:
            InvalidInput: one sentence naming the question, the value and the rule.
        """
        raise InvalidInput(
            f"question {self.name!r} of type {self.type!r} cannot hold {value!r} (draft={draft})"
        )

    def keeps(self, stored: Any) -> bool:
        """Tell whether a stored answer, finished or not, could stay under this form of the question."""
        try:
            self.check(stored, draft=True)
        except InvalidInput:
            return False
        return True

    def present(self, stored: Any) -> Any:
        """Return a stored answer as Python users see it."""
        return stored


def unique(given: list[Any], word: str) -> list[Any]:
    twice = [each for each, count in Counter(map(str, given)).items() if count > 1]
    if twice:
        raise ValueError(f"{word} {twice[0]!r} is given twice: every {word} may appear once")
    return given
