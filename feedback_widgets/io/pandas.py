"""To pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import require
from feedback_widgets.questions import PairwiseValue, SpanValue
from feedback_widgets.records import uncollected
from feedback_widgets.walking import Said, passing

if TYPE_CHECKING:
    import pandas

    from feedback_widgets.dataset import FeedbackDataset

NOBODY = Said(None, "pending", {}, None)


def to_pandas(dataset: FeedbackDataset) -> pandas.DataFrame:
    """Return one line per (record, annotator), and one with an empty annotator for a record nobody answered.

    Columns: `record_id`, the fields as the record stores them (conversations, tables and custom values as lists and
    dicts, so that they can go in again), `user_id`, `status`, one column per question (None where it was left open; a
    ranking is the list of its values, best first, ties in the order of the options; spans and pairwise answers are dicts),
    `comment` (what the annotator remarked), `external_id`, then the metadata properties.

    Raises:
        MissingExtra: pandas is not installed.
    """
    pd = require("pandas", "data")
    fields, questions = [each.name for each in dataset.fields], [each.name for each in dataset.questions]
    properties = [each.name for each in dataset.settings.metadata_properties]
    lines: list[dict[str, Any]] = []
    with uncollected():
        for record in passing(dataset):
            shared = {"record_id": record.id, **{name: record.fields.get(name) for name in fields}}
            rest = {name: record.metadata.get(name) for name in properties}
            rest["external_id"] = record.external_id
            for said in record.said or [NOBODY]:
                user, status, answers, comment = said
                who = {"user_id": user, "status": status, "comment": comment}
                lines.append(
                    {**shared, **who, **{name: _cell(answers.get(name)) for name in questions}, **rest}
                )
    columns = ["record_id", *fields, "user_id", "status", *questions, "comment", "external_id", *properties]
    frame: pandas.DataFrame = pd.DataFrame(lines, columns=columns)
    return frame


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return [dict(each) if isinstance(each, SpanValue) else getattr(each, "value", each) for each in value]
    return dict(value) if isinstance(value, PairwiseValue) else value
