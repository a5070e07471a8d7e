"""The base of everything a dataset's form is made of: fields, questions, metadata properties.

Pydantic checks the shape; this file turns what it finds into one sentence, and keeps the table of kinds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from feedback_widgets.errors import InvalidInput, near_miss

NAME = re.compile(r"(?=.*[a-z0-9])[a-z0-9_-]+")  # of the whole name: `$` would let a last newline pass


class Loss(NamedTuple):
    """What a part of a form can no longer hold once it has changed.

    Args:
        said: what is lost, as the rest of a sentence: `"loses the label 'rude'"`.
        harms: whether a stored value (None where there is none) is among what is lost.
    """

    said: str
    harms: Callable[[Any], bool]


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
    # How a form may change once there are answers. Arguments that no stored value depends on:
    free: ClassVar[frozenset[str]] = frozenset({"title", "description", "required", "use_markdown"})
    grows: ClassVar[str] = ""  # the argument that lists what may be chosen: more may be added to it
    choice: ClassVar[str] = "value"  # what one of these is called
    elastic: ClassVar[frozenset[str]] = (
        frozenset()
    )  # other arguments of which `lost_to` knows what they exclude

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

    def check(self, value: Any) -> Any:
        """Return the value as it is stored; each type has its own rule.

        Raises:
            InvalidInput: the value does not fit.
        """
        raise InvalidInput(f"{self.noun} {self.name!r} of type {self.type!r} cannot hold {value!r}")

    # -- changing, once there are answers -----------------------------------------------------------------------------

    def keeps(self, stored: Any) -> bool:
        """Tell whether a stored value could stay if it had been stored under another form of this part."""
        try:
            self.check(stored)
        except InvalidInput:
            return False
        return True

    def choosable(self) -> list[Any] | None:
        """Return the values that may be chosen, or None where anything may."""
        return None

    def lost_to(self, new: Self) -> list[str]:
        """Say which values this part holds and `new`, of the same type, does not: one part of a sentence each."""
        before, after = self.choosable(), new.choosable()
        if after is None:
            return []
        if before is None:
            return [f"takes nothing but {', '.join(map(str, after))} any more"]
        return [f"loses the {self.choice} {each!r}" for each in before if each not in after]

    def loses(self, new: Part) -> Loss | None:
        """Say what is lost when `new` takes the place of this part, or None where `new` only extends it."""
        if new.type != self.type or not isinstance(new, type(self)):
            return Loss(f"becomes {new.type!r} and was {self.type!r}", lambda stored: stored is not None)
        here, there = self.to_dict(), new.to_dict()
        open_to_change = self.free | self.elastic | {self.grows}
        said = [
            f"has {key}={there.get(key)!r} instead of {here.get(key)!r}"
            for key in {**here, **there}
            if key not in open_to_change and here.get(key) != there.get(key)
        ]
        if said:
            return Loss(" and ".join(said), lambda stored: stored is not None)
        if said := self.lost_to(new):
            return Loss(" and ".join(said), lambda stored: stored is not None and not new.keeps(stored))
        return None

    def grown(self, more: Any) -> Self:
        """Return this part with more to choose from; what is there already stays as it is.

        Raises:
            InvalidInput: nothing can be added to this type, or `more` is no list (or dict value -> text).
        """
        if not self.grows:
            raise InvalidInput(f"{self.noun} {self.name!r} of type {self.type!r} has no choices to add to")
        if isinstance(more, str) or not hasattr(more, "__iter__"):
            raise InvalidInput(
                f"{self.noun} {self.name!r} cannot take {more!r}: give a list of {self.choice}s, or a dict value -> text"
            )
        here = getattr(self, self.grows)
        fresh = [each for each in more if each not in here]
        merged: Any = [*here, *fresh]
        if isinstance(here, dict) or isinstance(more, dict):
            texts = {**(more if isinstance(more, dict) else {}), **(here if isinstance(here, dict) else {})}
            merged = {each: texts.get(each, each) for each in merged}
        return self.from_dict({**self.to_dict(), self.grows: merged})

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
