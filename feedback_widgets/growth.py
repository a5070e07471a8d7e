"""How the form of a dataset may change once people have answered: what is new, what would be lost, and for whom."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, NamedTuple, TypeVar

from feedback_widgets._form import Loss, Part
from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.fields import Field
from feedback_widgets.metadata import MetadataProperty
from feedback_widgets.questions import Question
from feedback_widgets.settings import Settings

P = TypeVar("P", bound=Part)
Kept = Literal["answers", "fields", "metadata"]  # where the values of a part are kept


class Changed(NamedTuple):
    """What a change of the form did: the version of the settings it led to, and what is different, in words.

    >>> Changed(2, ("question 'why' is new",))
    <settings version 2: question 'why' is new>
    """

    version: int
    said: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<settings version {self.version}: {'; '.join(self.said) or 'nothing changed'}>"


class Threat(NamedTuple):
    """Values that a change of the form would orphan, if there are any.

    Args:
        kept: where such values are kept.
        name: the part they belong to.
        said: the change, as a sentence without its end.
        harms: whether a value (None where there is none) is among them.
    """

    kept: Kept
    name: str
    said: str
    harms: Callable[[Any], bool]


# -- comparing --------------------------------------------------------------------------------------------------------


def changes(old: Settings, new: Settings) -> list[str]:
    """Say in words what is different in `new`, one part of a sentence per difference.

    >>> from feedback_widgets import LabelQuestion, TextField
    >>> old = Settings([TextField(name="text")], [LabelQuestion(name="tone", labels=["polite", "rude"])])
    >>> changes(old, extended(old, labels={"tone": ["neutral"]}))
    ["question 'tone' has labels=['polite', 'rude', 'neutral'] instead of ['polite', 'rude']"]
    """
    said = []
    for _, before, after in _families(old, new):
        here, there = _by_name(before), _by_name(after)
        said += [f"{here[name].noun} {name!r} is gone" for name in here if name not in there]
        said += [f"{there[name].noun} {name!r} is new" for name in there if name not in here]
        for name in here:
            if name in there:
                said += _part_changes(here[name], there[name])
        shared = [name for name in here if name in there]
        if shared != [name for name in there if name in here]:
            said.append(f"the {after[0].noun}s stand in another order")
    if old.guidelines != new.guidelines:
        said.append("the guidelines are new" if new.guidelines else "the guidelines are gone")
    for name in ("allow_extra_metadata", "distribution", "reviewers"):
        if getattr(old, name) != getattr(new, name):
            said.append(f"{name} is {getattr(new, name)} instead of {getattr(old, name)}")
    return said


def _part_changes(old: Part, new: Part) -> list[str]:
    here, there = old.to_dict(), new.to_dict()
    return [
        f"{old.noun} {old.name!r} has {key}={there.get(key)!r} instead of {here.get(key)!r}"
        for key in {**here, **there}
        if here.get(key) != there.get(key)
    ]


def threats(old: Settings, new: Settings) -> list[Threat]:
    """Return what `new` would orphan of the values kept under `old`; an empty list where it only extends."""
    return [
        threat for kept, before, after in _families(old, new) for threat in _losses(kept, before, after, new)
    ]


def _losses(kept: Kept, before: Sequence[Part], after: Sequence[Part], new: Settings) -> Iterator[Threat]:
    here, there = _by_name(before), _by_name(after)
    for name, part in here.items():
        loss = part.loses(there[name]) if name in there else _removed(kept, new)
        if loss:
            yield Threat(kept, name, f"{part.noun} {name!r} {loss.said}", loss.harms)
    if kept != "fields":
        return  # a new required question is open in the answers there are, and they stay as they were given
    for name, part in there.items():
        if _required(part) and not (name in here and _required(here[name])):
            said = "becomes required" if name in here else "is new and required"
            yield Threat(kept, name, f"{part.noun} {name!r} {said}", lambda stored: stored is None)


def _required(part: Part) -> bool:
    return isinstance(part, Field) and part.required


def _removed(kept: Kept, new: Settings) -> Loss | None:
    if kept == "metadata" and new.allow_extra_metadata:
        return None  # what it described stays, as extra metadata
    return Loss("is removed", lambda stored: stored is not None)


def _families(old: Settings, new: Settings) -> Iterator[tuple[Kept, Sequence[Part], Sequence[Part]]]:
    yield "fields", old.fields, new.fields
    yield "answers", old.questions, new.questions
    yield "metadata", old.metadata_properties, new.metadata_properties


def _by_name(parts: Iterable[P]) -> dict[str, P]:
    return {each.name: each for each in parts}


# -- extending --------------------------------------------------------------------------------------------------------


def extended(
    old: Settings,
    *,
    fields: Sequence[Field] = (),
    questions: Sequence[Question] = (),
    labels: Mapping[str, Any] | None = None,
    guidelines: str | None = None,
    metadata_properties: Sequence[MetadataProperty] = (),
) -> Settings:
    """Return the settings with more in them; see `FeedbackDataset.extend`.

    Raises:
        InvalidInput: a part of that name is there and is another one, an unknown question, or a broken rule.
    """
    asked = _grown([*old.questions], labels or {})
    return replace(
        old,
        fields=_joined(old.fields, fields),
        questions=_joined(asked, questions),
        metadata_properties=_joined(old.metadata_properties, metadata_properties),
        guidelines=old.guidelines if guidelines is None else guidelines,
    )


def _joined(here: Sequence[P], more: Sequence[P]) -> list[P]:
    known = _by_name(here)
    fresh = []
    for part in more:
        there = known.get(part.name)
        if there is None:
            fresh.append(part)
        elif loss := part.loses(there):  # else it is there, and may have grown since
            raise InvalidInput(
                f"there is a {part.noun} {part.name!r} already, and it is another one: yours {loss.said}; "
                "give the new one another name"
            )
    return [*here, *fresh]


def _grown(questions: list[Question], labels: Mapping[str, Any]) -> list[Question]:
    known = _by_name(questions)
    for name, more in labels.items():
        if name not in known:
            raise InvalidInput(
                f"there is no question {name!r}; the questions are {', '.join(known)}.{near_miss(name, known)}"
            )
        known[name] = known[name].grown(more)
    return list(known.values())
