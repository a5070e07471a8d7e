"""What every question shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import field_validator

from feedback_widgets._form import Part
from feedback_widgets.errors import InvalidInput, near_miss


class Question(Part):
    """Base of all questions.

    Args:
        name: lower-case letters, digits, `-` and `_`; unique among the dataset's fields and questions.
        title: shown above the question; default `name.capitalize()`.
        description: markdown help: short ones stand under the title, long ones behind a "?".
        required: whether a submitted answer must hold it.
        show_if: ask only if earlier questions were answered so: `{"question": value}` or `{"question": [values]}`;
            with several questions, all of them. A question that is not asked is not required and its answer not stored.
    """

    noun: ClassVar[str] = "question"
    kinds: ClassVar[dict[str, Any]] = {}  # type -> class (`type` names the class attribute here)
    free: ClassVar[frozenset[str]] = Part.free | {"show_if"}
    LATER: ClassVar[tuple[str, ...]] = ("show_if",)
    """Settings that came after the first version. Left out of `to_dict` where they say nothing, so that a form
    from before stays the same form, and an older version reads what does not use them."""

    description: str | None = None
    required: bool = True
    show_if: dict[str, list[Any]] | None = None

    @field_validator("show_if", mode="before")
    @classmethod
    def _conditions(cls, given: Any) -> Any:
        if given is None:
            return None
        if not isinstance(given, dict) or not given or not all(isinstance(name, str) for name in given):
            raise ValueError(
                f"show_if={given!r} is not allowed: give {{'question': value}} or {{'question': [values]}}"
            )
        wanted = {
            name: list(value) if isinstance(value, list | tuple | set) else [value]
            for name, value in given.items()
        }
        empty = next((name for name, values in wanted.items() if not values), None)
        if empty:
            raise ValueError(f"show_if={given!r} names no value of {empty!r}: give at least one")
        return wanted

    def to_dict(self) -> dict[str, Any]:
        form = super().to_dict()
        defaults = {name: type(self).model_fields[name].default for name in self.LATER}
        return {key: value for key, value in form.items() if key not in defaults or value != defaults[key]}

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

    def check_against(self, stored: Any, fields: Mapping[str, Any]) -> None:
        """Check an answer in stored form against the record it is about.

        Args:
            stored: what `check` gave.
            fields: the record's fields.

        Raises:
            InvalidInput: the answer does not fit the record, for example a span beyond the end of its text.
        """

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

    # -- among the other parts of the form --------------------------------------------------------------------------

    def check_place(self, fields: Sequence[Part], before: Sequence[Question]) -> None:  # noqa: ARG002 - for subclasses
        """Check what this question says about other parts of the form.

        Args:
            fields: the dataset's fields.
            before: the questions that come before this one.

        Raises:
            InvalidInput: it refers to a field or an earlier question that is not there, or to an impossible answer.
        """
        known = {each.name: each for each in before}
        for name, wanted in (self.show_if or {}).items():
            if name not in known:
                raise InvalidInput(
                    f"show_if of question {self.name!r} names {name!r}, which is no question before it: "
                    f"refer to an earlier one.{near_miss(name, known)}"
                )
            for value in wanted:
                known[name].check_condition(value)

    def check_condition(self, value: Any) -> None:
        """Check a value that another question's `show_if` waits for.

        Raises:
            InvalidInput: no answer to this question could hold it.
        """
        raise InvalidInput(
            f"question {self.name!r} of type {self.type!r} decides nothing about {value!r}: show_if may refer to ratings, "
            "labels and pairwise questions"
        )

    def asked(self, answers: Mapping[str, Any]) -> bool:
        """Tell whether this question is asked, given the stored answers to the questions before it.

        Answers of questions that are not asked themselves must not be among them.
        """
        return all(
            name in answers and _meets(answers[name], wanted) for name, wanted in (self.show_if or {}).items()
        )

    def _known_field(self, name: str, fields: Sequence[Part], types: tuple[str, ...] = ()) -> None:
        known = {each.name: each for each in fields}
        if name not in known:
            raise InvalidInput(
                f"question {self.name!r} is about the field {name!r}, which is not there; "
                f"the fields are {', '.join(known)}.{near_miss(name, known)}"
            )
        if types and known[name].type not in types:
            raise InvalidInput(
                f"question {self.name!r} cannot be about the field {name!r} of type {known[name].type!r}: "
                f"it takes a field of type {', '.join(types)}"
            )


def _meets(answer: Any, wanted: list[Any]) -> bool:
    if isinstance(answer, list):
        return any(each in wanted for each in answer)
    return (answer["choice"] if isinstance(answer, dict) else answer) in wanted


def unique(given: list[Any], word: str) -> list[Any]:
    twice = [each for each, count in Counter(map(str, given)).items() if count > 1]
    if twice:
        raise ValueError(f"{word} {twice[0]!r} is given twice: every {word} may appear once")
    return given
