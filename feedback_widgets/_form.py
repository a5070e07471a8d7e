"""The base of everything a dataset's form is made of: fields, questions, metadata properties.

Pydantic checks the shape; this file turns what it finds into one sentence, and keeps the table of kinds.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from feedback_widgets.errors import InvalidInput, near_miss

NAME = re.compile(r"(?=.*[a-z0-9])[a-z0-9_-]+")  # of the whole name: `$` would let a last newline pass


class Part(BaseModel):
    """One named part of a dataset's form. Frozen; unknown arguments are refused.

    A subclass that sets `type` enters the table of its family (`Family.kinds[type]`): the class is the registry.
    Running a notebook cell that defines such a class again replaces the entry; a different class that claims a
    taken type is refused.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    noun: ClassVar[str] = "part"
    type: ClassVar[str] = ""
    kinds: ClassVar[dict[str, Any]] = {}  # type -> class (`type` names the class attribute here)

    name: str
    title: str = ""

    def __init__(self, **settings: Any) -> None:
        try:
            super().__init__(**settings)
        except ValidationError as error:
            raise InvalidInput(_sentence(type(self), settings, error)) from None

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        if not cls.__dict__.get("type"):
            return
        taken = cls.kinds.get(cls.type)
        if taken is not None and (taken.__module__, taken.__qualname__) != (cls.__module__, cls.__qualname__):
            raise InvalidInput(
                f"the {cls.noun} type {cls.type!r} belongs to {taken.__module__}.{taken.__qualname__}: "
                f"give {cls.__qualname__} a type of its own"
            )
        cls.kinds[cls.type] = cls

    @field_validator("name")
    @classmethod
    def _name_rule(cls, name: str) -> str:
        if NAME.fullmatch(name):
            return name
        tidy = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")
        hint = f", for example {tidy!r}" if NAME.fullmatch(tidy) else ""
        raise ValueError(
            f"{cls.noun} name {name!r} is not allowed: use lower-case letters, digits, '-' and '_'{hint}"
        )

    @model_validator(mode="after")
    def _default_title(self) -> Self:
        if not self.title:
            object.__setattr__(self, "title", self.default_title())
        return self

    def default_title(self) -> str:
        """Return the title shown when none was given."""
        return self.name.capitalize()

    def to_dict(self) -> dict[str, Any]:
        """Return the type and the constructor's arguments as JSON values: what the store keeps."""
        return {"type": self.type, **self.model_dump(mode="json")}

    @classmethod
    def from_dict(cls, form: dict[str, Any]) -> Self:
        """Rebuild a part from `to_dict()`; `cls` is the family (`Field`, `Question`, …)."""
        kind = cls.kinds.get(form["type"])
        if kind is None:
            raise InvalidInput(
                f"unknown {cls.noun} type {form['type']!r}: known are {', '.join(sorted(cls.kinds))}"
                f"{near_miss(form['type'], cls.kinds) or '; a newer version of feedback_widgets may know it'}"
            )
        part: Self = kind(**{key: value for key, value in form.items() if key != "type"})
        return part

    def spec(self) -> dict[str, Any]:
        """Return what the desk needs to draw this part (docs/wire.md)."""
        return self.to_dict()


def _sentence(cls: type[Part], settings: dict[str, Any], error: ValidationError) -> str:
    """Turn the first problem pydantic found into one sentence that names the value, the rule and the remedy."""
    problem = error.errors()[0]
    where = ".".join(str(step) for step in problem["loc"])
    named = f" {settings['name']!r}" if isinstance(settings.get("name"), str) else ""
    match problem["type"]:
        case "value_error":
            return str(problem["ctx"]["error"])
        case "missing":
            return f"{cls.__name__}{named} needs {where}="
        case "extra_forbidden":
            known = list(cls.model_fields)
            return f"{cls.__name__}{named} has no argument {where!r}: it takes {', '.join(known)}.{near_miss(where, known)}"
        case _:
            return f"{cls.__name__}{named}: {where}={problem['input']!r} is not allowed: {problem['msg'].lower()}"
