"""Saving a dataset and finding it again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.settings import Settings
from feedback_widgets.store import Store, new_id, open_store
from feedback_widgets.store.overview import place_or_default

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset

D = TypeVar("D", bound="FeedbackDataset")


def save(dataset: FeedbackDataset, name: str, workspace: str, store: str | os.PathLike[str] | None) -> None:
    """Keep the dataset in a store; see `FeedbackDataset.save`."""
    for word, given in (("name", name), ("workspace", workspace)):
        if not isinstance(given, str) or not given.strip():
            raise InvalidInput(f"the dataset's {word} must be a non-empty text, got {given!r}")
    target = open_store(place_or_default(store))
    form = dataset.settings.to_dict()
    key = target.create(new_id() if dataset.name else dataset.key, workspace, name, form)
    if key == dataset.key and target is dataset.store:
        return
    differences = Settings.from_dict(target.settings(key)[1]).differences(dataset.settings)
    if differences:
        raise InvalidInput(
            f"{workspace}/{name} in {target.place!r} has another form: {'; '.join(differences)}. "
            "Save under another name, or FeedbackDataset.load(...) the one that is there."
        )
    target.put_settings(key, form)
    with dataset._lock:  # noqa: SLF001 - an answer given meanwhile waits, and is written to the new place
        _copy(dataset, target, key)
        dataset._attach(target, key, name, workspace)  # noqa: SLF001 - a dataset's own door leads here


def _copy(dataset: FeedbackDataset, target: Store, key: str) -> None:
    records = dataset.records
    rows, events = [each.to_row() for each in records], dataset.store.since(dataset.key)
    target.put_records(key, rows, dataset.settings.suggestion_rows(records), events)


def load(kind: type[D], name: str, workspace: str, store: str | os.PathLike[str] | None) -> D:
    """Open a dataset that was saved; see `FeedbackDataset.load`."""
    source = open_store(place_or_default(store), create=False)
    key = source.find(workspace, name)
    if key is None:
        known = [f"{shelf}/{each}" for shelf, each in source.names()]
        raise InvalidInput(
            f"there is no dataset {workspace}/{name} in {source.place!r}; it holds {', '.join(known) or 'none'}."
            f"{near_miss(f'{workspace}/{name}', known)}"
        )
    dataset = kind.__new__(kind)  # without __init__: its form and its records come from the store
    dataset._start(Settings.from_dict(source.settings(key)[1]))  # noqa: SLF001
    dataset._attach(source, key, name, workspace)  # noqa: SLF001
    return dataset
