"""Training rows as TRL reads them: the columns of its format and no others, with clean seams, in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training.arrow import TYPES, file_backed
from feedback_widgets.training.conversations import replies
from feedback_widgets.training.progress import say
from feedback_widgets.training.seam import clean_seams


def written(dataset: Any, kind: str, folder: Path, side: str, *, join: str) -> Any:
    """Return the rows of one side as TRL takes them, or None where there are none.

    A stray `text` beside a prompt and its completion would change what TRL trains on, so it gets nothing but its own columns.

    Args:
        dataset: what `prepare_for_training` gave, or None.
        kind: of task.
        folder: where the run's files lie; the rows come into `data` below it.
        side: `train` or `test`.
        join: what stands between a prompt and its completion where neither has a blank.
    """
    if dataset is None:
        return None
    if kind == "chat_completion":
        return _chats(dataset, folder, side)
    kept = dataset.select_columns([name for name in dataset.column_names if name != "id"])
    if "query" in kept.column_names:
        kept = kept.rename_column("query", "prompt")
    return file_backed(clean_seams(kept, join=join), kept.features, folder / "data", side)


def _chats(dataset: Any, folder: Path, side: str) -> Any:
    """Make every message of the assistant a row of its own, so that nothing else is learned, whatever the chat template."""
    hf = require("datasets", "train")
    rows = replies(dataset["messages"])
    if not rows:
        raise InvalidInput(
            f"none of the {len(dataset)} conversations holds a message of the assistant behind another one: there is nothing "
            "to learn."
        )
    say(f"{len(dataset)} conversations hold {len(rows)} messages of the assistant to learn from ({side})")
    messages = TYPES["messages"](hf, [])
    return file_backed(rows, hf.Features(prompt=messages, completion=messages), folder / "data", side)
