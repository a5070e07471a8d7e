"""Several datasets made one: the work of several workspaces or stores, with who answered what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from feedback_widgets.errors import InvalidInput
from feedback_widgets.growth import extended
from feedback_widgets.live import Live
from feedback_widgets.store import merging
from feedback_widgets.store.forms import change_settings

if TYPE_CHECKING:
    from feedback_widgets._form import Part
    from feedback_widgets.fields import Field
    from feedback_widgets.settings import Settings

P = TypeVar("P", bound="Part")


class Merged(NamedTuple):
    """What `merge` did: records that are new, records that were known, and events of the log that are new."""

    new: int
    known: int
    events: int


def merge(dataset: Live, others: Sequence[Live]) -> Merged:
    """Take in other datasets; see `FeedbackDataset.merge`."""
    for other in others:
        if not isinstance(other, Live):
            raise InvalidInput(f"merge takes datasets, got {other!r}: load it with FeedbackDataset.load(…)")
        if (other.store.place, other.key) == (dataset.store.place, dataset.key):
            raise InvalidInput(f"{other!r} is the dataset itself: merge takes others")
    total = Merged(0, 0, 0)
    for other in others:
        done = _taken_in(dataset, other)
        total = Merged(*(one + more for one, more in zip(total, done, strict=True)))
    return total


def _taken_in(dataset: Live, other: Live) -> Merged:
    other.sync()
    theirs = other.settings
    change_settings(dataset.store, dataset.key, lambda ours: joined(ours, theirs, repr(other)))
    dataset.sync()
    before, records = len(dataset), other._memory.ids()  # noqa: SLF001 - ids alone
    known = sum(map(dataset._memory.__contains__, records))  # noqa: SLF001
    with dataset._lock:  # noqa: SLF001 - `save` moves the dataset to another store under this lock
        events = merging.merge(other.store, other.key, dataset.store, dataset.key)
    dataset.sync()
    return Merged(len(dataset) - before, known, events)


# -- forms ------------------------------------------------------------------------------------------------------------


def joined(ours: Settings, theirs: Settings, name: str) -> Settings:
    """Return our settings with what theirs have more, so that all their records and answers fit.

    Args:
        ours: what holds here.
        theirs: what holds there.
        name: of the other dataset, for the refusal.

    Raises:
        InvalidInput: a part of the same name is another one there, or their records may lack what is required here.
    """
    here = {each.name: each for each in theirs.fields}
    for field in ours.fields:
        if field.required and not (field.name in here and here[field.name].required):
            raise InvalidInput(
                f"records of {name} may lack the field {field.name!r}, which is required here: merge into a dataset where it is "
                "optional"
            )
    try:
        grown = replace(
            ours,
            fields=_grown(ours.fields, theirs.fields),
            questions=_grown(ours.questions, theirs.questions),
            metadata_properties=_grown(ours.metadata_properties, theirs.metadata_properties),
            allow_extra_metadata=ours.allow_extra_metadata or theirs.allow_extra_metadata,
            vectors_settings=_vectors(ours, theirs),
        )
        more = [_optional(each) for each in theirs.fields if ours.field(each.name) is None]
        return extended(
            grown,
            fields=more,
            questions=theirs.questions,
            metadata_properties=theirs.metadata_properties,
        )
    except InvalidInput as error:
        raise InvalidInput(f"{name} does not fit into this dataset: {error}") from error


def _grown(ours: Sequence[P], theirs: Sequence[P]) -> list[P]:
    """Return our parts, those that can be chosen from with what theirs have more."""
    there = {each.name: each for each in theirs}
    found = []
    for part in ours:
        other = there.get(part.name)
        alike = other is not None and type(other) is type(part) and part.grows
        more = getattr(other, part.grows) if alike and getattr(part, part.grows) is not None else None
        found.append(part if more is None else part.grown(more))
    return found


def _optional(field: Field) -> Field:
    """Return a field that our records lack: it is required of nobody here."""
    return type(field).from_dict({**field.to_dict(), "required": False})


def _vectors(ours: Settings, theirs: Settings) -> list[Any]:
    here = {each.name: each for each in ours.vectors_settings}
    for each in theirs.vectors_settings:
        if each != here.setdefault(each.name, each):
            raise InvalidInput(
                f"its vector {each.name!r} has {each.dimensions} dimensions and is another one here: give one of them another name"
            )
    return list(here.values())
