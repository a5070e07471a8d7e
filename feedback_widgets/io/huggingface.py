"""To and from Hugging Face `datasets`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.io.arrow import fingerprint
from feedback_widgets.io.rows import column_value, suggestion_for
from feedback_widgets.records import Suggestion, uncollected
from feedback_widgets.store import vectors
from feedback_widgets.vectors import from_bytes
from feedback_widgets.walking import Passing, passing, turning

if TYPE_CHECKING:
    import datasets

    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.questions import Question

PLAIN = ("text", "code")  # types of field whose content is its cell
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
    features = _features(dataset, hf)
    with uncollected():
        arrow = _table(dataset, features.arrow_schema)
    # A fingerprint of our own: `datasets` would write all of it out a second time to make one.
    result: datasets.Dataset = hf.Dataset(arrow, fingerprint=fingerprint(arrow))
    return result


def _table(dataset: FeedbackDataset, schema: Any) -> Any:
    """Return the rows as an Arrow table, put together column by column: no row is ever made."""
    pa = require("pyarrow", "data")
    fields: dict[str, list[Any]] = {each.name: [] for each in dataset.fields}
    types = [(each.name, each.type) for each in dataset.fields]
    turned = {each.name for each in turning(dataset.questions)}
    answers = [_Answers(each, turned=each.name in turned) for each in dataset.questions]
    external, metadata, identities = list[Any](), list[str](), list[str]()
    for record in passing(dataset):
        identities.append(record.id)
        contents = record.fields
        for name, kind in types:
            content = contents.get(name)
            fields[name].append(content if kind in PLAIN else _field_cell(kind, content))
        for each in answers:
            each.take(record)
        external.append(record.external_id)
        metadata.append(json.dumps(record.metadata) if record.metadata else "{}")
    arrays = {name: pa.array(column, schema.field(name).type) for name, column in fields.items()}
    for each in answers:
        arrays |= each.arrays(pa, schema)
    if "vectors" in schema.names:
        arrays["vectors"] = _struct(pa, schema.field("vectors").type, _vectors(dataset, identities))
    arrays |= {
        name: pa.array(c, pa.string()) for name, c in (("external_id", external), ("metadata", metadata))
    }
    return pa.Table.from_arrays([arrays[name] for name in schema.names], schema=schema)


def _vectors(dataset: FeedbackDataset, identities: list[str]) -> dict[str, list[Any]]:
    """Return name -> one vector per record, or None where it has none."""
    place = {identity: at for at, identity in enumerate(identities)}
    found: dict[str, list[Any]] = {}
    for each in dataset.settings.vectors_settings:
        column: list[Any] = [None] * len(identities)
        for _, block in vectors.since(dataset.store, dataset.key, each.name, vectors.Seen(0, 0)):
            for identity, value in block:
                if identity in place:
                    column[place[identity]] = list(from_bytes(value))
        found[each.name] = column
    return found


class _Answers:
    """The three columns of a question, as lists of their parts."""

    def __init__(self, question: Question, *, turned: bool) -> None:
        self._question, self._name, self._turned = question, question.name, turned
        self._ends = [0]  # of each record's answers
        self._users, self._values, self._statuses = list[Any](), list[Any](), list[str]()
        self._suggested: list[Any] = []
        self._given: list[Suggestion | None] = []

    def take(self, record: Passing) -> None:
        """Add what was said about one record."""
        name, question = self._name, self._question
        for user, status, answers, _ in record.said:
            if name in answers:
                value = answers[name]
                self._users.append(user)
                self._statuses.append(status)
                self._values.append(column_value(question, value, record.fields) if self._turned else value)
        self._ends.append(len(self._users))
        given = suggestion_for(record, name)
        self._given.append(given)
        self._suggested.append(given and column_value(question, given.value, record.fields, scores=True))

    def arrays(self, pa: Any, schema: Any) -> dict[str, Any]:
        """Return the columns by name."""
        name, about = self._name, f"{self._name}-suggestion-metadata"
        entry = schema.field(name).type.value_type
        parts = {"user_id": self._users, "value": self._values, "status": self._statuses}
        entries = _struct(pa, entry, parts)
        ends = pa.array(self._ends, pa.int32())
        given = {
            part: [each and getattr(each, part) for each in self._given]
            for part in ("type", "score", "agent")
        }
        return {
            name: pa.ListArray.from_arrays(ends, entries),
            f"{name}-suggestion": pa.array(self._suggested, schema.field(f"{name}-suggestion").type),
            about: _struct(pa, schema.field(about).type, given),
        }


def _struct(pa: Any, kind: Any, parts: dict[str, list[Any]]) -> Any:
    """Return an array of dicts, of one list for each of their parts."""
    return pa.StructArray.from_arrays(
        [pa.array(parts[each.name], each.type) for each in kind], fields=list(kind)
    )


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
    columns |= {"external_id": text, "metadata": text}
    if dataset.settings.vectors_settings:
        number = hf.Value("float32")
        columns["vectors"] = {each.name: hf.Sequence(number) for each in dataset.settings.vectors_settings}
    return hf.Features(columns)


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
