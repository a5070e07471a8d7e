"""What SetFit and Sentence Transformers have in common: both stand on a sentence encoder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from feedback_widgets.errors import InvalidInput

WRITERS = (
    "create_model_card",
    "generate_model_card",
    "_create_model_card",
)  # as each library calls what writes one


@contextmanager
def found(model: Any) -> Iterator[None]:
    """Say in a sentence that a model is neither here nor on the hub, or that the hub cannot be reached."""
    try:
        yield
    except OSError as error:
        raise InvalidInput(
            f"the model {str(model)!r} is not here, and could not be fetched from the hub: give model= a folder, or try again "
            "where the hub can be reached."
        ) from error


@contextmanager
def without_card(model: Any) -> Iterator[None]:
    """Keep a model from writing a card of its own for a while: it would quote training texts."""
    nothing = SimpleNamespace(save=lambda *_, **__: None)
    for name in WRITERS:
        setattr(model, name, lambda *_, **__: nothing)
    try:
        yield
    finally:
        for name in WRITERS:
            delattr(model, name)
