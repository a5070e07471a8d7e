"""What SetFit and Sentence Transformers have in common: both stand on a sentence encoder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training.hugging import HuggingFace

# As each library calls what writes a card.
WRITERS = ("create_model_card", "generate_model_card", "_create_model_card")


class OnEncoder(HuggingFace):
    """A library whose model holds its own tokenizer, is one object with its head, and writes cards of its own."""

    DEFAULT_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
    LOADING: ClassVar[Collection[str]] = ()
    """Settings that load the model."""

    def read_setting(self, name: str, value: Any) -> dict[str, Any]:
        new = self.RENAMED.get(name, name)
        if new == "tokenizer":
            raise InvalidInput(f"{self.GONE_FROM} takes the tokenizer from its model: leave tokenizer out.")
        return (
            {str(new): value} if new == "model" or new in self.LOADING else super().read_setting(name, value)
        )

    def start(self, model: Any, made: Any, read: Callable[[str], Any]) -> Any:
        """Return a model of the class `made`: the object given, or what `read` makes of its folder or hub id.

        Raises:
            InvalidInput: it is something else, or neither here nor on the hub.
        """
        if isinstance(model, made):
            return model
        if not isinstance(model, str | Path):
            raise InvalidInput(
                f"{self.GONE_FROM} starts from a folder, a hub id or a {made.__name__}, got a {type(model).__name__}."
            )
        try:
            return read(str(model))
        except OSError as error:
            raise InvalidInput(
                f"the model {str(model)!r} is not here, and could not be fetched from the hub: give model= a folder, or try again "
                "where the hub can be reached."
            ) from error

    def save(self, native: Any, folder: Path) -> None:
        with without_card(native.model):
            native.model.save_pretrained(str(folder))


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


def on_gpu() -> bool:
    """Tell whether there is a CUDA device."""
    return bool(require("torch", "train").cuda.is_available())


def asked_scores(options: dict[str, Any]) -> bool:
    """Return whether `predict` was asked for scores, the only thing that it can be asked for."""
    more = {name: value for name, value in options.items() if name != "scores"}
    if more:
        raise InvalidInput(f"predict takes scores=True and nothing else, got {', '.join(more)}.")
    return bool(options.get("scores", False))
