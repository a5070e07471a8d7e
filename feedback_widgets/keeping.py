"""Saving a dataset, finding it again, and changing its form."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.growth import Changed, extended
from feedback_widgets.settings import Settings
from feedback_widgets.store import new_id, open_store, runs
from feedback_widgets.store.copying import copy
from feedback_widgets.store.forms import change_settings, versions
from feedback_widgets.store.overview import place_or_default

if TYPE_CHECKING:
    from feedback_widgets.live import Live

D = TypeVar("D", bound="Live")
log = logging.getLogger("feedback_widgets")


def save(dataset: Live, name: str, workspace: str, store: str | os.PathLike[str] | None) -> None:
    """Keep the dataset in a store; see `FeedbackDataset.save`."""
    for word, given in (("name", name), ("workspace", workspace)):
        if not isinstance(given, str) or not given.strip():
            raise InvalidInput(f"the dataset's {word} must be a non-empty text, got {given!r}")
    target = open_store(place_or_default(store))
    asked = new_id() if dataset.name else dataset.key
    with dataset._lock:  # noqa: SLF001 - an answer given meanwhile waits, and is written to the new place
        forms = versions(dataset.store, dataset.key)
        # Should it break off between this and the copy, an empty dataset is left, which the next run fills.
        key = target.create(asked, workspace, name, *forms)
        if key == dataset.key and target is dataset.store:
            return
        kept = Settings.from_dict(target.settings(key)[1]).reviewers
        if dataset.settings.reviewers is None and kept is not None:
            # Roles belong to the dataset that is kept: running its cell again must not let everybody in.
            dataset.settings = replace(dataset.settings, reviewers=kept)
        if versions(target, key)[-1] != dataset.settings.to_dict():
            _say(f"{workspace}/{name}", change_settings(target, key, lambda _: dataset.settings))
        copy(dataset.store, dataset.key, target, key)
        runs.copy(dataset.store, dataset.key, target, key)
        dataset._attach(target, key, name, workspace)  # noqa: SLF001 - a dataset's own door leads here


def extend(dataset: Live, **more: Any) -> Changed:
    """Add to the form of a dataset; see `FeedbackDataset.extend`."""
    changed = change_settings(dataset.store, dataset.key, lambda newest: extended(newest, **more))
    dataset.sync()
    _say(repr(dataset), changed)
    return changed


def set_reviewers(dataset: Live, names: Sequence[str] | None) -> None:
    """Say who may review; see `FeedbackDataset.reviewers`."""
    kept = None if names is None else list(names)
    changed = change_settings(dataset.store, dataset.key, lambda newest: replace(newest, reviewers=kept))
    dataset.sync()
    _say(repr(dataset), changed)


def _say(dataset: str, changed: Changed) -> None:
    if changed.said:
        log.info("%s: %r", dataset, changed)


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
    return kind._opened(source, key, name, workspace)  # noqa: SLF001
