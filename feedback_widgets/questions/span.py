"""Parts of a text, marked with labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

from pydantic import field_validator

from feedback_widgets._form import Part
from feedback_widgets.errors import InvalidInput
from feedback_widgets.questions.base import Question
from feedback_widgets.questions.choice import Labels, read_options

MOST = 10_000  # spans in one answer


@dataclass(frozen=True, slots=True)
class SpanValue:
    """One marked part of a text: Unicode code points, from `start`, before `end`, so that `text[start:end]` is the part.

    Answers to `.start` and `["start"]` alike.

    Args:
        label: one of the question's labels.
        start: the first code point, from 0.
        end: the code point after the last.
        score: 0 to 1, of a model's suggestion.

    >>> span = SpanValue("city", 0, 5)
    >>> "Paris is big"[span.start : span["end"]]
    'Paris'
    """

    label: str
    start: int
    end: int
    score: float | None = None

    def __post_init__(self) -> None:
        for name, place in (("start", self.start), ("end", self.end)):
            if isinstance(place, bool) or not isinstance(place, int) or place < 0:
                raise InvalidInput(f"{name}={place!r} of a span is not allowed: it is a whole number from 0")
        if self.end <= self.start:
            raise InvalidInput(f"a span ends after its start, got start={self.start} and end={self.end}")
        if self.score is not None and (
            isinstance(self.score, bool)
            or not isinstance(self.score, int | float)
            or not 0 <= self.score <= 1
        ):
            raise InvalidInput(f"score={self.score!r} of a span is not allowed: scores run from 0 to 1")

    def __getitem__(self, key: str) -> Any:
        if key not in self.keys():
            raise KeyError(key)
        return getattr(self, key)

    def keys(self) -> tuple[str, ...]:
        """Let `dict(span)` give `{"start": …, "end": …, "label": …}`, and `score` where there is one."""
        return ("start", "end", "label") if self.score is None else ("start", "end", "label", "score")


class SpanQuestion(Labels):
    """Parts of a text field, each marked with a label. An empty list says that there is nothing to mark.

    Args:
        field: the text field whose text is marked.
        labels: at least one, as a list or as `{value: text shown}`.
        visible_labels: how many to show before folding (at least 3); default 20 where there are more; `None` shows all.
        allow_overlapping: whether spans may share text.

    >>> q = SpanQuestion(name="places", field="text", labels=["city", "river"])
    >>> q.check([{"start": 0, "end": 5, "label": "city"}])
    [{'start': 0, 'end': 5, 'label': 'city'}]
    """

    type: ClassVar[str] = "span"

    field: str
    allow_overlapping: bool = False

    @field_validator("labels", mode="before")
    @classmethod
    def _at_least_two(cls, labels: Any) -> Any:
        return read_options(labels, "labels", "label", least=1)

    def check(self, value: Any, *, draft: bool = False) -> list[dict[str, Any]]:  # noqa: ARG002 - a list of spans is never unfinished
        """Return `[{"start", "end", "label"}, …]` (and `score` where given) in the order of the text."""
        if isinstance(value, str | dict) or not hasattr(value, "__iter__"):
            raise InvalidInput(f"{self.name!r} needs a list of spans, got {value!r}")
        spans = [self._span(each) for each in value]
        if len(spans) > MOST:
            raise InvalidInput(
                f"{self.name!r} takes at most {MOST} spans, got {len(spans)}: split the record"
            )
        spans.sort(key=lambda span: (span.start, span.end, self.option_values.index(span.label)))
        for one, other in pairwise(spans):
            if (one.start, one.end, one.label) == (other.start, other.end, other.label):
                raise InvalidInput(
                    f"{self.name!r} marks {one.start} to {one.end} as {one.label!r} twice: mark it once"
                )
            if other.start < one.end and not self.allow_overlapping:
                raise InvalidInput(
                    f"{self.name!r} has spans that overlap, {one.start} to {one.end} and {other.start} to {other.end}: "
                    "keep one, or make the question with allow_overlapping=True"
                )
        return [dict(span) for span in spans]

    def check_against(self, stored: Any, fields: Mapping[str, Any]) -> None:
        text = fields.get(self.field) or ""
        for span in stored:
            if span["end"] > len(text):
                raise InvalidInput(
                    f"{self.name!r} marks {span['start']} to {span['end']}, but {self.field!r} has {len(text)} characters: "
                    "count Unicode code points, end exclusive"
                )

    def check_place(self, fields: Sequence[Part], before: Sequence[Question]) -> None:
        super().check_place(fields, before)
        self._known_field(self.field, fields, ("text",))

    def check_condition(self, value: Any) -> None:
        Question.check_condition(self, value)

    def present(self, stored: list[dict[str, Any]]) -> list[SpanValue]:
        """Return spans that answer to `.start`, `.end`, `.label` and `["start"]`, `["end"]`, `["label"]`."""
        return [SpanValue(span["label"], span["start"], span["end"], span.get("score")) for span in stored]

    def _span(self, given: Any) -> SpanValue:
        if isinstance(given, SpanValue):
            given = dict(given)
        parts = {"start", "end", "label"}
        if not isinstance(given, Mapping) or not parts <= set(given) <= {*parts, "score", "text"}:
            raise InvalidInput(
                f"{self.name!r} cannot read the span {given!r}: give {{'start': 0, 'end': 5, 'label': …}}"
            )
        self.known(given["label"], "label")
        try:
            return SpanValue(given["label"], given["start"], given["end"], given.get("score"))
        except InvalidInput as error:
            raise InvalidInput(f"{self.name!r} cannot take the span {given!r}: {error}") from None
