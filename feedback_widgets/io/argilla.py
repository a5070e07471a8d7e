"""The form of a dataset as Argilla 1.x writes it: `argilla.yaml`, or `argilla.cfg` before version 1.13."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.settings import Settings

FILES = ("argilla.yaml", "argilla.cfg")  # newest first; the older one is JSON
PARTS = ("fields", "questions", "metadata_properties", "vectors_settings")
# What a server adds to each part, and the older nested form of its settings.
SERVERS = ("id", "inserted_at", "updated_at", "dataset_id", "settings")


def form_of(settings: Settings) -> dict[str, Any]:
    """Return a form as Argilla writes it down.

    Types that Argilla 1.x does not have keep our own arguments.
    """
    ours = settings.to_dict()
    return {
        "allow_extra_metadata": settings.allow_extra_metadata,
        "fields": [dict(each) for each in ours["fields"]],
        "guidelines": settings.guidelines,
        "metadata_properties": [dict(each) for each in ours["metadata_properties"]],
        "questions": [_question(each) for each in ours["questions"]],
        "vectors_settings": [_without(each, "type") for each in ours.get("vectors_settings", ())],
    }


def settings_of(form: Mapping[str, Any]) -> Settings:
    """Return the settings that a form describes.

    Raises:
        InvalidInput: it is none, or a part of it breaks a rule.

    >>> settings_of({"fields": [{"name": "text", "type": "text", "id": None}],
    ...              "questions": [{"name": "tone", "type": "label_selection", "labels": ["a", "b"]}]}).questions[0].name
    'tone'
    """
    if not isinstance(form, Mapping) or not form.get("fields") or not form.get("questions"):
        raise InvalidInput(
            "this is not the form of a dataset: it needs fields and questions, each a list with entries."
        )
    parts = {name: [_read(each, name) for each in form.get(name) or []] for name in PARTS}
    allowed = form.get("allow_extra_metadata")
    whole = {"guidelines": form.get("guidelines") or None, "allow_extra_metadata": allowed is not False}
    return Settings.from_dict({**parts, **whole})


def write_form(settings: Settings, folder: Path) -> None:
    """Write `argilla.yaml`, its names in alphabetical order."""
    yaml = require("yaml", "data")
    text = yaml.safe_dump(form_of(settings), sort_keys=True, allow_unicode=True)
    (folder / FILES[0]).write_text(text, "utf-8")


def read_form(folder: Path) -> Settings:
    """Read the form that lies in a folder.

    Raises:
        InvalidInput: there is none, or it cannot be read.
    """
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        raise InvalidInput(
            f"there is no {FILES[0]} in {str(folder)!r}: give a dataset that Argilla 1.x or push_to_huggingface wrote."
        )
    return settings_of(loaded(path.read_text("utf-8"), path.name))


def loaded(text: str, name: str = FILES[0]) -> Any:
    """Return what such a file says. Python objects in it, such as a server's ids, are passed over and never made."""
    yaml = require("yaml", "data")

    class Loader(yaml.SafeLoader):  # type: ignore[misc, name-defined, unused-ignore]
        """Reads plain values alone."""

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    try:
        return json.loads(text) if name.endswith(".cfg") else yaml.load(text, Loader)
    except (yaml.YAMLError, json.JSONDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InvalidInput(f"{name} cannot be read ({reason}): take the file as it was written.") from error


def _question(ours: Mapping[str, Any]) -> dict[str, Any]:
    if ours["type"] != "span":
        return dict(ours)
    given = ours["labels"]
    named = given.items() if isinstance(given, Mapping) else [(each, each) for each in given]
    return {**ours, "labels": [{"value": each, "text": text, "description": None} for each, text in named]}


def _read(given: Mapping[str, Any], family: str) -> dict[str, Any]:
    """Read one part: what a server added is left out, and what its older nested settings hold comes up."""
    nested = given.get("settings") or {}
    found = _without(given, *SERVERS)
    kind = found.setdefault("type", nested.get("type", "vector" if family == "vectors_settings" else "text"))
    options = nested.get("options")
    if options and "values" not in found and "labels" not in found:
        if kind in ("rating", "ranking"):
            found["values"] = [each["value"] for each in options]
        else:
            found["labels"] = {each["value"]: each.get("text", each["value"]) for each in options}
    if kind == "span":
        found["labels"] = _labels(found["labels"])
    return found


def _labels(given: Any) -> Any:
    """Read a span question's labels: texts, or dicts of value and text."""
    if not isinstance(given, list) or not all(isinstance(each, Mapping) for each in given):
        return given
    return {each["value"]: each.get("text") or each["value"] for each in given}


def _without(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in names}
