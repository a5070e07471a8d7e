"""What reviewers decided, folded from their log: the adjudicated values, and which answers wait with their annotators again."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from feedback_widgets.store import reviews as stored
from feedback_widgets.store.reviews import ADJUDICATED, FORGOTTEN, SENT_BACK, Review

if TYPE_CHECKING:
    from feedback_widgets.store import Store

WAITING = ("draft", "pending")


class Reviews:
    """The reviews of one dataset. Safe to use from any thread.

    Order and repetition do not matter: for each record and question the newest decision that stands is the one that counts.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._place: tuple[Store, str] | None = None
        self._newest = 0
        self._of: dict[str, dict[str, Review]] = {}  # record -> review id -> review, oldest first
        self._decided: dict[str, dict[str, Any]] = {}  # record -> question -> value in stored form
        self._returned: dict[str, set[str]] = {}  # record -> to whom an answer was sent back
        self.turns = 0  # changes with what was sent back to whom

    def refresh(self, store: Store, dataset: str, newest: int | None = None) -> list[str]:
        """Take in what is new, and return the records it is about; `newest` is the number of the newest one, where it is known."""
        with self._lock:
            if self._place != (store, dataset):
                self._place, self._newest = (store, dataset), 0
                self._of, self._decided, self._returned = {}, {}, {}
                self.turns += 1
            if newest is not None and newest <= self._newest:
                return []
            fresh = stored.since(store, dataset, self._newest)
            changed = dict.fromkeys(each.record_id for each in fresh)
            for each in fresh:
                self._take(each)
            for record_id in changed:
                self._decide(record_id)
            return list(changed)

    def _take(self, review: Review) -> None:
        of = self._of.setdefault(review.record_id, {})
        if review.kind == FORGOTTEN:
            of.pop(review.id, None)
        else:
            of[review.id] = review
        self._newest = max(self._newest, review.seq)

    def _decide(self, record_id: str) -> None:
        decided: dict[str, Any] = {}
        for each in self._standing(record_id, ADJUDICATED):
            decided |= each.answers
        if decided:
            self._decided[record_id] = decided
        else:
            self._decided.pop(record_id, None)
        asked = {each.about for each in self._standing(record_id, SENT_BACK) if each.about}
        if asked != self._returned.get(record_id, set()):
            self._returned[record_id] = asked
            self.turns += 1
        if not asked:
            self._returned.pop(record_id, None)

    def _standing(self, record_id: str, kind: str) -> list[Review]:
        """Return the reviews of this kind that were not taken back, oldest first."""
        of = self._of.get(record_id, {})
        undone = {each.undoes for each in of.values()}
        return [each for each in of.values() if each.kind == kind and each.id not in undone]

    # -- reading ----------------------------------------------------------------------------------------------------

    def decided(self, record_id: str) -> dict[str, Any]:
        """Return question -> the adjudicated value in stored form."""
        with self._lock:
            return dict(self._decided.get(record_id, ()))

    def values(self, question: str) -> dict[str, Any]:
        """Return record -> the adjudicated value of a question, in stored form."""
        with self._lock:
            return {
                record_id: decided[question]
                for record_id, decided in self._decided.items()
                if question in decided
            }

    def records(self) -> list[str]:
        """Return the records of which something is adjudicated."""
        with self._lock:
            return list(self._decided)

    def decisions(self, record_id: str) -> list[Review]:
        """Return the decisions about a record that stand, oldest first."""
        with self._lock:
            return self._standing(record_id, ADJUDICATED)

    def sent_back(self, record_id: str) -> dict[str, Review]:
        """Return annotator -> the newest review that sent an answer to this record back to them."""
        with self._lock:
            return {each.about: each for each in self._standing(record_id, SENT_BACK) if each.about}

    def asked(self, record_id: str) -> set[str]:
        """Return the annotators to whom an answer to this record was sent back at any time."""
        with self._lock:
            return set(self._returned.get(record_id, ()))

    def returned(self) -> dict[str, set[str]]:
        """Return record -> the annotators to whom an answer was sent back at any time."""
        with self._lock:
            return dict(self._returned)


def presented(settings: Any, decided: Mapping[str, Any]) -> dict[str, Any]:
    """Return question -> value as people see it; what the form does not ask any more is left out."""
    named: Iterable[tuple[Any, Any]] = ((settings.question(name), value) for name, value in decided.items())
    return {question.name: question.present(value) for question, value in named if question is not None}
