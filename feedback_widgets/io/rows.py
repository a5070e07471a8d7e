"""The row that every `formatting_func` receives: one dict per record, laid out as Argilla's users know it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.questions import Question
    from feedback_widgets.records import Record


class Entry(dict[str, Any]):
    """One annotator's answer within a row: `user_id`, `value`, `status`. Answers to `user-id` too, as the seeds print it.

    >>> Entry(user_id="alice", value=3, status="submitted")["user-id"]
    'alice'
    """

    def __missing__(self, key: str) -> Any:
        if key == "user-id":
            return self["user_id"]
        raise KeyError(key)


def rows(dataset: FeedbackDataset) -> list[dict[str, Any]]:
    """Return one row per record, in order.

    Columns: every field as the record stores it (text, a picture's address, a list of messages, a table's
    `{"columns", "rows"}`, a custom field's value); for every question `q` the list of answers `q`
    (`{"user_id", "value", "status"}` each, drafts and discarded ones included), `q-suggestion` (value or None) and
    `q-suggestion-metadata` (`{"type", "score", "agent"}`); then `external_id` and `metadata` (a JSON text). A ranking's value is `{"rank": […], "value": […]}`, best first;
    spans are `{"start": […], "end": […], "label": […], "text": […]}`, suggested ones with `"score": […]` too; a pairwise
    answer is `{"choice", "strength"}`.
    """
    return [_row(record, dataset) for record in dataset.records]


def each_row(dataset: FeedbackDataset) -> Iterator[tuple[Record, dict[str, Any]]]:
    """Yield every record with its row, one page of records in memory at a time."""
    for record in dataset:
        yield record, _row(record, dataset)


def _row(record: Record, dataset: FeedbackDataset) -> dict[str, Any]:
    row: dict[str, Any] = {field.name: record.fields.get(field.name) for field in dataset.fields}
    for question in dataset.questions:
        row[question.name] = [
            Entry(
                user_id=response.user_id,
                value=column_value(question, response.values[question.name].value, record.fields),
                status=response.status,
            )
            for response in record.responses
            if question.name in response.values
        ]
        given = next((each for each in record.suggestions if each.question_name == question.name), None)
        row[f"{question.name}-suggestion"] = (
            column_value(question, given.value, record.fields, scores=True) if given else None
        )
        row[f"{question.name}-suggestion-metadata"] = {
            "type": given.type if given else None,
            "score": given.score if given else None,
            "agent": given.agent if given else None,
        }
    row["external_id"] = record.external_id
    row["metadata"] = json.dumps(record.metadata) if record.metadata else "{}"
    return row


def column_value(question: Question, value: Any, fields: Mapping[str, Any], *, scores: bool = False) -> Any:
    """Return an answer as it stands in a column: a list of places or spans becomes parallel lists.

    Args:
        question: what is answered.
        value: the answer as Python users see it.
        fields: the record's fields, out of which spans take their text.
        scores: add the scores of suggested spans.
    """
    if question.type == "ranking":
        return {"rank": [place.rank for place in value], "value": [place.value for place in value]}
    if question.type == "pairwise":
        return dict(value)
    if question.type != "span":
        return value
    text = fields.get(question.field) or ""  # type: ignore[attr-defined]
    columns = {part: [getattr(span, part) for span in value] for part in ("start", "end", "label")}
    columns["text"] = [text[span.start : span.end] for span in value]
    return {**columns, "score": [span.score for span in value]} if scores else columns
