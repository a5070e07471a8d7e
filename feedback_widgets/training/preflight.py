"""What is looked at before a training takes its first step: the folder, the rows, the machine."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.progress import say

RUNNING = ".running"  # lies in the output folder while a run writes there
# What a row is asked by: the first of these columns that all stand in a table.
ASKED = (("prompt",), ("query",), ("messages",), ("question", "context"), ("sentence-1", "sentence-2"), ("tokens",),
         ("text",), ("chosen",))  # fmt: skip


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Make the output folder, and keep other runs out of it for a while.

    Raises:
        InvalidInput: the folder cannot be made or written, or another run is writing there; the remedy is named.
    """
    path = folder / RUNNING
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark = _held(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidInput(
            f"the model cannot be saved in {str(folder)!r} ({reason}): give output_dir a folder that you may write."
        ) from error
    if mark is None:
        raise InvalidInput(
            f"another run is writing to {str(folder)!r}: wait for its end, or give output_dir another folder."
        )
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        mark.close()


def check_rows(kind: str, train: Any, test: Any) -> tuple[Any, Any]:
    """Look at prepared rows, and return them without those that nothing can be learned from.

    Args:
        kind: of task.
        train: what `prepare_for_training` gave for training; only tables of named columns are looked at.
        test: the same of what was held out, or None.

    Raises:
        InvalidInput: nothing can be learned from them: one class alone, or pairs of equal texts alone.
    """
    if not hasattr(train, "column_names"):
        return train, test
    if kind == "text_classification":
        _check_classes(train)
    if kind == "kahneman_tversky_optimization":
        _check_judgements(train)
    train, test = _unequal(train, "training"), _unequal(test, "held-out")
    if test is not None:
        _warn_of_leaks(train, test)
    return train, test


def check_machine(settings: Mapping[str, Any]) -> None:
    """Refuse settings that need a device which this machine lacks; the libraries say so in riddles, or not at all.

    Args:
        settings: what the user changed, by the names of `transformers.TrainingArguments`.
    """
    import torch

    if torch.cuda.is_available():
        return
    if settings.get("fsdp"):
        raise InvalidInput(
            f"fsdp={settings['fsdp']!r} shares a model out among GPUs, and there is none: without one every process would hold "
            "a whole copy. Leave fsdp out."
        )
    if settings.get("fp16"):
        raise InvalidInput("fp16=True needs a GPU, and there is none: leave fp16 out, or take bf16=True.")
    if settings.get("bf16") and settings.get("use_cpu") is False and not torch.backends.mps.is_available():
        raise InvalidInput(
            "bf16=True with use_cpu=False needs a GPU, and there is none: leave use_cpu out, and bf16 runs on the CPU."
        )


def _held(path: Path) -> IO[str] | None:
    """Return the file, open and locked; None where somebody else has it. The lock ends with the process, however it ends."""
    while True:
        mark = path.open("a", encoding="utf-8")
        if not _lock(mark):
            mark.close()
            return None
        if path.exists() and path.stat().st_ino == os.fstat(mark.fileno()).st_ino:
            return mark
        mark.close()  # its owner removed it between our opening and our locking: take the next one


def _lock(mark: IO[str]) -> bool:
    """Lock an open file for this process, and tell whether it was free."""
    try:
        import fcntl
    except ImportError:  # Windows locks files of its own accord, byte by byte
        return _lock_on_windows(mark)
    try:
        fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lock_on_windows(mark: IO[str]) -> bool:
    import msvcrt

    try:
        msvcrt.locking(mark.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
    except PermissionError:
        return False
    return True


def _check_classes(train: Any) -> None:
    found = {tuple(each) if isinstance(each, list) else each for each in train["label"]}
    if len(found) > 1:
        return
    only, feature = next(iter(found)), getattr(train.features["label"], "feature", train.features["label"])
    numbers = only if isinstance(only, tuple) else (only,)
    names = [feature.int2str(each) if hasattr(feature, "int2str") else str(each) for each in numbers]
    raise InvalidInput(
        f"all {len(train)} training rows have the label {', '.join(names) or 'none'}, so there is nothing to tell apart: "
        "label some records otherwise, or give a larger train_size."
    )


def _check_judgements(train: Any) -> None:
    if len(train) < 2:
        raise InvalidInput(
            "KTO compares rows with each other, and there is 1 training row: label more records."
        )
    if len(found := set(train["label"])) == 1:
        word = "good" if found == {True} else "bad"
        warnings.warn(
            f"all {len(train)} training rows are {word} ones: KTO learns from good and bad ones together.",
            stacklevel=4,
        )


def _unequal(rows: Any, side: str) -> Any:
    """Leave out pairs whose two texts are the same: they teach nothing, and count as errors of the model."""
    if rows is None or not {"chosen", "rejected"} <= set(rows.column_names):
        return rows
    kept = [at for at, row in enumerate(rows) if row["chosen"] != row["rejected"]]
    if len(kept) == len(rows):
        return rows
    lost = f"in {len(rows) - len(kept)} of {len(rows)} {side} rows the chosen text is the rejected one"
    if not kept:
        raise InvalidInput(f"{lost}, so none is left: give pairs of different texts.")
    say(f"{lost}: they were left out")
    return rows.select(kept)


def _warn_of_leaks(train: Any, test: Any) -> None:
    columns = next((each for each in ASKED if set(each) <= set(train.column_names)), None)
    if columns is None:
        return
    seen = set(_asked(train, columns))
    known = sum(each in seen for each in _asked(test, columns))
    if known:
        warnings.warn(
            f"{known} of {len(test)} held-out rows have the {' and '.join(columns)} of a training row, in another record: what is "
            "measured on them may be memory. Put what belongs together into one record, whose rows are never parted.",
            stacklevel=4,
        )


def _asked(rows: Any, columns: tuple[str, ...]) -> Iterator[str]:
    """Yield what each row is asked, as text: of a conversation all but its last message."""
    for row in rows.select_columns(list(columns)):
        parts = [row[name][:-1] if name == "messages" else row[name] for name in columns]
        yield repr(parts)
