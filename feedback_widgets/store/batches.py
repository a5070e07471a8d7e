"""Answers that were given in one go carry the same `shown["batch"]`; so do the undos, and the redos, made of them together."""

from __future__ import annotations

from feedback_widgets.store import answers
from feedback_widgets.store.event import Event
from feedback_widgets.store.quick import Session

# Answers of other batches among which one is still looked for: some may have arrived late, the others behind them.
STRAYS = 500


def batch_of(event: Event) -> str | None:
    """Return the name of the batch that an event belongs to, or None."""
    named = event.shown.get("batch")
    return named if isinstance(named, str) and named else None


def together(session: Session, dataset: str, first: Event) -> list[Event]:
    """Return an answer, or an undo, and those of its batch that still stand, the newest first."""
    name = batch_of(first)
    if name is None:
        return [first]
    found: list[Event] = []
    taken: set[str] = set()
    answered: set[str] = set()  # records with a newer answer from outside the batch
    strays = 0
    for event in answers.back(session, dataset, first.user_id):
        if event.id in taken:
            continue
        if event.undoes:
            taken.add(event.undoes)
        if batch_of(event) == name and bool(event.undoes) == bool(first.undoes):
            if event.record_id not in answered:
                found.append(event)
        elif not event.undoes:
            answered.add(event.record_id)
            strays += bool(found)
        if strays > STRAYS:
            break
    return found


def undone_with(session: Session, dataset: str, known: Event) -> list[Event]:
    """Return the undos, or redos, that were made together with one, itself included, the first first."""
    name, found, strays = batch_of(known), [known], 0
    if name is None:
        return found
    found = []
    for event in answers.back(session, dataset, known.user_id):
        if batch_of(event) == name and event.undoes:
            found.append(event)
        else:
            strays += bool(found)
        if strays > STRAYS:
            break
    return found[::-1]
