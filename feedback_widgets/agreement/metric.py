"""Agreement under the names that Argilla's users know."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.agreement import coefficients
from feedback_widgets.agreement.building import build, measure_of
from feedback_widgets.agreement.reading import Answers, known_question, read
from feedback_widgets.errors import InvalidInput, near_miss

if TYPE_CHECKING:
    from feedback_widgets.finding import Finding

ALLOWED = ("alpha",)
ITEMS = ("record", "field")


@dataclass(frozen=True)
class AgreementMetricResult:
    """One figure on agreement.

    Args:
        metric_name: `"alpha"`.
        result: Krippendorff's alpha; NaN where nobody can be compared.
        count: how many submitted answers the question has.
    """

    metric_name: str
    result: float
    count: int


def compute_agreement_metrics(
    dataset: Finding,
    metric_names: str | Sequence[str],
    question_name: str,
    field_name: str | Sequence[str] | None,
    records: Sequence[str] | None,
    items: str,
) -> AgreementMetricResult | list[AgreementMetricResult]:
    """Return agreement on one question; see `FeedbackDataset.compute_agreement_metrics`."""
    question = known_question(dataset, question_name)
    measure_of(question, None)
    names = checked_metrics(metric_names, ALLOWED, question.name)
    fields = _known_fields(dataset, field_name, items)
    answers = read(dataset, records)
    judged, count = build(
        dataset, _by_content(dataset, answers, fields) if items == "field" else answers, question
    )
    if not judged.units:
        warnings.warn(
            f"no record of {question.name!r} has answers of two annotators: there is no agreement to measure, the result is nan",
            stacklevel=3,
        )
    results = [AgreementMetricResult(each, coefficients.alpha(judged), count) for each in names]
    return results[0] if isinstance(metric_names, str) else results


def _known_fields(dataset: Finding, given: str | Sequence[str] | None, items: str) -> list[str]:
    fields = [each.name for each in dataset.settings.fields]
    named = [given] if isinstance(given, str) else list(given or ())
    for each in named:
        if each not in fields:
            raise InvalidInput(
                f"there is no field {each!r}; the fields are {', '.join(fields)}.{near_miss(each, fields)}"
            )
    if items not in ITEMS or (items == "field" and not named):
        raise InvalidInput(
            f"items={items!r} with field_name={given!r} is not allowed: items is 'record', or 'field' with the name of a field"
        )
    return named


def _by_content(dataset: Finding, answers: Answers, fields: Sequence[str]) -> Answers:
    """Return the answers as if records with the same content were one, each answer by somebody of their own."""
    items: dict[str, int] = {}
    place = [
        items.setdefault(repr([record.fields.get(name) for name in fields]), len(items))
        for record in dataset._memory.look(answers.records)  # noqa: SLF001 - its own door leads here
    ]
    record = np.array(place, np.int64)[answers.record] if place else answers.record
    people = [str(at) for at in range(len(answers))]
    return replace(answers, records=list(items), record=record, users=people, user=np.arange(len(answers)))


def checked_metrics(given: str | Sequence[str], allowed: Sequence[str], question: str) -> list[str]:
    """Return the names of metrics as a list.

    Raises:
        InvalidInput: one that the question has not; the near miss is named.
    """
    names = [given] if isinstance(given, str) else list(given)
    for each in names or [""]:
        if each not in allowed:
            raise InvalidInput(
                f"there is no metric {each!r} for question {question!r}; metrics allowed: {', '.join(allowed)}."
                f"{near_miss(each, allowed)}"
            )
    return names


def chosen_records(
    dataset: Finding, filter_by: Mapping[str, Any] | None, sort_by: Any, max_records: int | None
) -> list[str] | None:
    """Return the ids of the records asked for, None for all.

    Raises:
        InvalidInput: a condition, an order or a number that there is not.
    """
    if max_records is not None and (
        isinstance(max_records, bool) or not isinstance(max_records, int) or max_records < 1
    ):
        raise InvalidInput(f"max_records={max_records!r} is not allowed: give a whole number from 1, or None")
    if not filter_by and not sort_by and max_records is None:
        return None
    found = dataset.filter_by(**dict(filter_by or {}))
    return (found.sort_by(sort_by) if sort_by else found).ids[:max_records]
