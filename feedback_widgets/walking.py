"""Every record with its answers, once, from the first to the last: quicker than looking at them, and nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_widgets.questions import Question
from feedback_widgets.records import Record, Response, Suggestion
from feedback_widgets.reviews import presented
from feedback_widgets.store.walking import Piece, walk

if TYPE_CHECKING:
    from feedback_widgets.live import Live
    from feedback_widgets.settings import Settings


class Said(NamedTuple):
    """One annotator's current answer, as Python users see it."""

    user_id: str | None
    status: str
    answers: dict[str, Any]
    comment: str | None


class Passing(Record):
    """A record as it stood when it was read. It hears no news."""

    __slots__ = ("_dataset", "_made", "said")

    said: list[Said]
    _dataset: Live
    _made: list[Response] | None

    @property
    def responses(self) -> list[Response]:
        """Everybody's answers, made of `said` when somebody asks for them."""
        if self._made is None:
            self._made = [
                Response.stored(each.answers, each.user_id, each.status, each.comment) for each in self.said
            ]
        return self._made

    @responses.setter
    def responses(self, given: list[Response]) -> None:
        self._made = given

    @property
    def adjudicated(self) -> dict[str, Any]:
        """Question name -> the value that a reviewer decided on, which wins over all answers."""
        dataset = self._dataset
        return presented(dataset.settings, dataset._reviews.decided(self.id))  # noqa: SLF001 - one dataset


def passing(dataset: Live) -> Iterator[Passing]:
    """Yield the records of a dataset in the order of adding, with what the store holds of them now.

    Args:
        dataset: which. Records that another kernel added, and that are not taken in yet, are left out.

    Raises:
        StoreError: it cannot be read.
    """
    upto, form = dataset._memory.last_record, dataset.settings  # noqa: SLF001 - it knows which records there are
    for piece in walk(dataset.store, dataset.key, upto):
        yield from _made(piece, dataset, form)


def _made(piece: Piece, dataset: Live, form: Settings) -> Iterator[Passing]:
    said, suggested = _said(piece, form), _suggestions(piece, form)
    nothing: list[Any] = []
    # One text for all of them is read in half the time.
    contents = json.loads(f"[{','.join([row[2] for row in piece.records])}]")
    for (_, identity, _, metadata, external_id), fields in zip(piece.records, contents, strict=True):
        record = Passing.__new__(Passing)
        record.id, record._fields, record.external_id = identity, fields, external_id
        record.metadata = {} if metadata == "{}" else json.loads(metadata)
        record.suggestions = suggested.get(identity) or nothing.copy()
        record.vectors, record._made, record._dataset = {}, None, dataset  # noqa: SLF001
        record.said = said.get(identity) or nothing.copy()
        yield record


def _said(piece: Piece, form: Settings) -> dict[str, list[Said]]:
    """Return record -> answers."""
    turned = turning(form.questions)
    found: dict[str, list[Said]] = {}
    texts = json.loads(f"[{','.join([row[4] for row in piece.answers])}]")
    for (_, record, user, status, _, comment), answers in zip(piece.answers, texts, strict=True):
        for question in turned:
            if question.name in answers:
                answers[question.name] = question.present(answers[question.name])
        found.setdefault(record, []).append(Said(user or None, status, answers, comment))
    return found


def turning(questions: Sequence[Question]) -> list[Question]:
    """Return the questions whose answers people see otherwise than they are stored."""
    return [each for each in questions if type(each).present is not Question.present]


def _suggestions(piece: Piece, form: Settings) -> dict[str, list[Suggestion]]:
    found: dict[str, list[Suggestion]] = {}
    for row in piece.suggestions:
        question = form.question(row.question)
        if question is not None:
            given = Suggestion(
                row.question, question.present(row.value), row.score, row.type, row.agent or None
            )
            found.setdefault(row.record_id, []).append(given)
    return found
