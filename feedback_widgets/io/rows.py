"""The row that every `formatting_func` receives: one dict per record, laid out as Argilla's users know it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_widgets.records import Record, Suggestion, uncollected
from feedback_widgets.walking import Passing, passing, turning

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.questions import Question


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
    with uncollected():
        return [row for _, row in each_row(dataset)]


def each_row(dataset: FeedbackDataset) -> Iterator[tuple[Passing, dict[str, Any]]]:
    """Yield every record with its row, one piece of the dataset in memory at a time."""
    names = [each.name for each in dataset.fields]
    turned = {each.name for each in turning(dataset.questions)}
    columns = [
        _Columns(
            each,
            each.name,
            f"{each.name}-suggestion",
            f"{each.name}-suggestion-metadata",
            each.name in turned,
        )
        for each in dataset.questions
    ]
    for record in passing(dataset):
        fields = record.fields
        row: dict[str, Any] = {name: fields.get(name) for name in names}
        for question in columns:
            _put(row, question, record, fields)
        row["external_id"] = record.external_id
        row["metadata"] = json.dumps(record.metadata) if record.metadata else "{}"
        yield record, row


class _Columns(NamedTuple):
    """A question, and the names of its three columns; whether its answers look otherwise in a column."""

    question: Question
    answers: str
    suggestion: str
    about: str
    turned: bool


def _put(row: dict[str, Any], columns: _Columns, record: Passing, fields: dict[str, Any]) -> None:
    question, name, suggestion, about, turned = columns
    row[name] = [
        Entry(
            user_id=user,
            value=column_value(question, answers[name], fields) if turned else answers[name],
            status=status,
        )
        for user, status, answers, _ in record.said
        if name in answers
    ]
    given = suggestion_for(record, name)
    if given is None:
        row[suggestion], row[about] = None, {"type": None, "score": None, "agent": None}
        return
    row[suggestion] = column_value(question, given.value, fields, scores=True)
    row[about] = {"type": given.type, "score": given.score, "agent": given.agent}


def suggestion_for(record: Record, question: str) -> Suggestion | None:
    """Return the first suggestion for a question, or None."""
    if not record.suggestions:  # as most are
        return None
    return next((each for each in record.suggestions if each.question_name == question), None)


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
