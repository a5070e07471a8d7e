"""Training data as files, for libraries that train elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training.shapes import prepare_for_training

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.training.task import TrainingTask

# kind of task -> AutoTrain's name of it, and what it calls which column
AUTOTRAIN: dict[str, tuple[str, dict[str, str]]] = {
    "supervised_fine_tuning": ("llm-sft", {"text_column": "text"}),
    "pre_training": ("llm", {"text_column": "text"}),
    "chat_completion": ("llm-sft", {"text_column": "messages"}),
    "reward_modeling": ("llm-reward", {"text_column": "chosen", "rejected_text_column": "rejected"}),
    "direct_preference_optimization": (
        "llm-dpo",
        {"prompt_text_column": "prompt", "text_column": "chosen", "rejected_text_column": "rejected"},
    ),
    "text_classification": ("text_classification", {"text_column": "text", "target_column": "label"}),
    "token_classification": ("token_classification", {"tokens_column": "tokens", "tags_column": "tags"}),
}
SENTENCES = {f"sentence{at}_column": f"sentence-{at}" for at in (1, 2, 3)}


def export_for_training(
    dataset: FeedbackDataset,
    folder: str | Path,
    framework: str,
    task: TrainingTask,
    train_size: float = 1,
    seed: int | None = None,
    **config: Any,
) -> list[Path]:
    """Write training data as files; see `FeedbackDataset.export_for_training`."""
    place = Path(folder)
    prepared = prepare_for_training(dataset, framework, task, train_size, seed=seed)
    both = [prepared] if train_size == 1 else _sides(prepared)
    if config and framework != "autotrain":
        raise InvalidInput(
            f"framework {framework!r} has no file of settings, so {', '.join(config)} cannot be written: leave them out."
        )
    place.mkdir(parents=True, exist_ok=True)
    written = [_write(side, place / name) for side, name in zip(both, ("train", "valid"), strict=False)]
    if framework == "autotrain":
        written.append(_autotrain(task.kind.name, both, place, config))
    return written


def _sides(prepared: Any) -> list[Any]:
    return list(prepared) if isinstance(prepared, tuple) else [prepared["train"], prepared["test"]]


def _write(data: Any, path: Path) -> Path:
    """Write one side in the form that its type has: rows as JSONL, anything else of JSON as JSON."""
    if isinstance(data, list) and all(isinstance(each, dict) for each in data):
        lines = [json.dumps(each, ensure_ascii=True) + "\n" for each in data]
        return _put(path.with_suffix(".jsonl"), "".join(lines))
    if isinstance(data, list | tuple | dict):
        return _put(path.with_suffix(".json"), json.dumps(data, ensure_ascii=True, indent=1) + "\n")
    for kind, ending, write in _WRITERS:
        if hasattr(data, kind):
            target = path.with_suffix(ending)
            write(data, target)
            return target
    raise InvalidInput(f"{type(data).__name__} cannot be written to a file.")


def _arrow(data: Any, path: Path) -> None:
    pa = require("pyarrow", "data")
    table = data.data.table
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)


# An attribute that tells what something is -> the ending of its file, and how it is written.
_WRITERS: list[tuple[str, str, Callable[[Any, Path], None]]] = [
    ("features", ".arrow", _arrow),
    ("get_docs", ".spacy", lambda docs, path: docs.to_disk(path)),
    ("to_csv", ".csv", lambda frame, path: frame.to_csv(path, index=False)),
]


def _put(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def _autotrain(kind: str, sides: list[Any], folder: Path, config: dict[str, Any]) -> Path:
    """Write AutoTrain's config. Its values are JSON, which YAML contains."""
    name, columns = AUTOTRAIN.get(kind) or _sentences(sides[0])
    if kind in ("supervised_fine_tuning", "chat_completion") and sides[0] and "messages" in sides[0][0]:
        columns = {"text_column": "messages"}
    own = {"base_model": "", "project_name": folder.absolute().name, "log": "none", "backend": "local"}
    settings = {"task": name, **own, **{key: config.pop(key) for key in list(config) if key in own}}
    chat = {"chat_template": "tokenizer" if columns.get("text_column") == "messages" else None}
    data: dict[str, Any] = {
        "path": str(folder.absolute()), "train_split": "train", "valid_split": "valid" if len(sides) > 1 else None,
        **(chat if name.startswith("llm") else {}), "column_mapping": columns,
    }  # fmt: skip
    return _put(folder / "config.yml", _yaml({**settings, "data": data, "params": config}) + "\n")


def _sentences(rows: list[dict[str, Any]]) -> tuple[str, dict[str, str]]:
    columns = {column: name for column, name in SENTENCES.items() if rows and name in rows[0]}
    labels = [row["label"] for row in rows if "label" in row]
    if not labels:
        return f"sentence-transformers:{'triplet' if len(columns) > 2 else 'pair'}", columns
    graded = isinstance(labels[0], float)  # a column of whole numbers holds no other
    return f"sentence-transformers:pair_{'score' if graded else 'class'}", {
        **columns,
        "target_column": "label",
    }


def _yaml(told: dict[str, Any], indent: str = "") -> str:
    """Write nested dicts as YAML, with JSON for every value.

    >>> print(_yaml({"task": "llm", "data": {"path": "a b", "valid_split": None}}))
    task: "llm"
    data:
      path: "a b"
      valid_split: null
    """
    lines = []
    for name, value in told.items():
        if isinstance(value, dict) and value:
            lines += [f"{indent}{name}:", _yaml(value, indent + "  ")]
        else:
            lines.append(f"{indent}{name}: {json.dumps(value)}")
    return "\n".join(lines)
