"""Where a training starts from: a model on disk, and a tokenizer that fits it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from feedback_widgets.errors import InvalidInput


def on_disk(model: Any, tokenizer: Any, folder: Path) -> tuple[Any, Any]:
    """Return the path or hub id of the start model, and its tokenizer.

    A model in memory is saved first. TRL reads the reference model from disk even when it is handed one in memory, so
    DPO would compare it with the weights that it once started from.
    """
    if type(model).__name__.startswith("Peft"):
        return model, tokenizer_of(model, tokenizer)  # its reference is itself without the adapter
    words = tokenizer_of(model, tokenizer)
    if isinstance(model, str | Path):
        return str(Path(model).absolute()) if Path(model).is_dir() else str(model), words
    start = str(folder / "start")
    model.save_pretrained(start)
    words.save_pretrained(start)
    return start, words


def tokenizer_of(model: Any, tokenizer: Any) -> Any:
    """Return the tokenizer given, or the one saved with the model, fit for batches and for closing a text."""
    from transformers import AutoTokenizer

    where = tokenizer if tokenizer is not None else model
    if not isinstance(where, str | Path):
        where = where if tokenizer is not None else getattr(model.config, "_name_or_path", "")
    if where == "":
        raise InvalidInput("this model was never saved, so its tokenizer cannot be found: pass tokenizer=.")
    words = AutoTokenizer.from_pretrained(str(where)) if isinstance(where, str | Path) else where
    if words.eos_token is None:
        words.eos_token = words.sep_token  # models like BERT close a text with their separator
    if words.eos_token is None:
        raise InvalidInput(
            f"the tokenizer ({type(words).__name__}) has no end mark, so no text would ever come to its end: set its eos_token "
            "to a token that it knows."
        )
    if words.pad_token is None:
        words.pad_token = words.eos_token
    return words
