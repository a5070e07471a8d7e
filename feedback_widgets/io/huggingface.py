"""To and from Hugging Face `datasets`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.io.rows import rows
from feedback_widgets.records import uncollected

if TYPE_CHECKING:
    import datasets

    from feedback_widgets.dataset import FeedbackDataset

# What a message has in a column where it has no such part.
EVERY_PART: dict[str, Any] = {"name": None, "images": [], "tool_calls": []}


def format_as(dataset: FeedbackDataset, format: str = "datasets") -> datasets.Dataset:
    """Return the rows of `io.rows` as a `datasets.Dataset` with fixed features, also where no record has an answer yet.

    Text and program text are strings, a picture is its address, a conversation is a list of messages that all have
    `role`, `content`, `name`, `images` and `tool_calls`, and a table or a custom field's value is a JSON text.

    Raises:
        InvalidInput: another format than `"datasets"`.
        MissingExtra: `datasets` is not installed.
    """
    if format != "datasets":
        raise InvalidInput(
            f"format {format!r} is not known: use format_as('datasets'), or to_pandas() for a DataFrame"
        )
    hf = require("datasets", "data")
    columns = _features(dataset, hf)
    with uncollected():
        table = rows(dataset)
    for field in dataset.fields:
        for row in table:
            row[field.name] = _field_cell(field.type, row[field.name])
    pa = require("pyarrow", "data")
    # Straight into Arrow: `Dataset.from_dict` would look at every single value first.
    arrow = pa.Table.from_pydict(
        {name: [row[name] for row in table] for name in columns}, schema=columns.arrow_schema
    )
    result: datasets.Dataset = hf.Dataset(arrow)
    return result


def _features(dataset: FeedbackDataset, hf: Any) -> Any:
    text = hf.Value("string")
    columns: dict[str, Any] = {field.name: _field_feature(field.type, hf) for field in dataset.fields}
    for question in dataset.questions:
        value = _value_feature(question.type, hf)
        many = question.type in ("multi_label_selection", "ranking", "span")
        score = hf.Sequence(hf.Value("float32")) if many else hf.Value("float32")
        columns[question.name] = [{"user_id": text, "value": value, "status": text}]
        columns[f"{question.name}-suggestion"] = _value_feature(question.type, hf, scores=True)
        columns[f"{question.name}-suggestion-metadata"] = {"type": text, "score": score, "agent": text}
    return hf.Features({**columns, "external_id": text, "metadata": text})


def _field_feature(kind: str, hf: Any) -> Any:
    text = hf.Value("string")
    if kind != "chat":
        return text
    call = {"name": text, "arguments": text}
    return [{"role": text, "content": text, "name": text, "images": [text], "tool_calls": [call]}]


def _field_cell(kind: str, value: Any) -> Any:
    """Return a field's value as its column holds it. A column has one type, and a table's cells or a custom value have any."""
    match kind:
        case _ if value is None:
            return None
        case "text" | "code":
            return value
        case "image":
            return value["url"] if isinstance(value, dict) else value
        case "chat":
            return [{**EVERY_PART, **message} for message in value]
        case _:
            return json.dumps(value, ensure_ascii=False)


def _value_feature(kind: str, hf: Any, *, scores: bool = False) -> Any:
    match kind:
        case "rating":
            return hf.Value("int32")
        case "multi_label_selection":
            return hf.Sequence(hf.Value("string"))
        case "ranking":
            return hf.Sequence({"rank": hf.Value("uint8"), "value": hf.Value("string")})
        case "span":
            parts = {"start": hf.Value("int32"), "end": hf.Value("int32")}
            parts |= {"label": hf.Value("string"), "text": hf.Value("string")}
            return hf.Sequence({**parts, "score": hf.Value("float32")} if scores else parts)
        case "pairwise":
            return {"choice": hf.Value("string"), "strength": hf.Value("int32")}
        case _:
            return hf.Value("string")
