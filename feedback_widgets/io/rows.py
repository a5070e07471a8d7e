"""The row that every `formatting_func` receives: one dict per record, laid out as Argilla's users know it."""

from __future__ import annotations

import json
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

    Columns: every field; for every question `q` the list of answers `q` (`{"user_id", "value", "status"}` each, drafts and
    discarded ones included), `q-suggestion` (value or None) and `q-suggestion-metadata` (`{"type", "score", "agent"}`);
    then `external_id` and `metadata` (a JSON text). A ranking's value is `{"rank": […], "value": […]}`, best first.
    """
    return [_row(record, dataset) for record in dataset.records]


def _row(record: Record, dataset: FeedbackDataset) -> dict[str, Any]:
    row: dict[str, Any] = {field.name: record.fields.get(field.name) for field in dataset.fields}
    for question in dataset.questions:
        row[question.name] = [
            Entry(
                user_id=response.user_id,
                value=column_value(question, response.values[question.name].value),
                status=response.status,
            )
            for response in record.responses
            if question.name in response.values
        ]
        given = next((each for each in record.suggestions if each.question_name == question.name), None)
        row[f"{question.name}-suggestion"] = column_value(question, given.value) if given else None
        row[f"{question.name}-suggestion-metadata"] = {
            "type": given.type if given else None,
            "score": given.score if given else None,
            "agent": given.agent if given else None,
        }
    row["external_id"] = record.external_id
    row["metadata"] = json.dumps(record.metadata)
    return row


def column_value(question: Question, value: Any) -> Any:
    """Return an answer as it stands in a column; a ranking becomes two parallel lists."""
    if question.type == "ranking":
        return {"rank": [place.rank for place in value], "value": [place.value for place in value]}
    return value
