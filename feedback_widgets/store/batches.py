"""Taking back what was given in one go: one undo for all answers of a batch, and one redo that brings all of them again.

Answers given together carry the same `shown["batch"]`; so do the undos, and the redos, that were made of them together.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from feedback_widgets.store import answers, undoing
from feedback_widgets.store.event import Event, new_id
from feedback_widgets.store.log import Store
from feedback_widgets.store.quick import Session
from feedback_widgets.store.undoing import Change

# Answers of other batches among which one is still looked for: some may have arrived late, the others behind them.
STRAYS = 500
How = tuple[str, str, int, int | None]  # dataset, event_id, settings_version, limit


def batch_of(event: Event) -> str | None:
    """Return the name of the batch that an event belongs to, or None."""
    named = event.shown.get("batch")
    return named if isinstance(named, str) and named else None


def undo(
    store: Store,
    dataset: str,
    user: str,
    *,
    event_id: str | None = None,
    settings_version: int = 1,
    limit: int | None = None,
) -> list[Change]:
    """Take back a person's newest answer that still stands, and all answers that were given together with it.

    Everything is written in one transaction. An answer that was replaced by one outside the batch stays as it is.

    Args:
        store: where the dataset is kept.
        dataset: its id.
        user: the person.
        event_id: names the call: repeated, it changes nothing and returns the same.
        settings_version: the settings it is done under.
        limit: as for `Store.append`.

    Returns:
        What was done, the newest answer first; empty where there is nothing to take back.

    Raises:
        StoreError: nothing was written; the same call may be made again.
    """
    how = (dataset, event_id or new_id(), settings_version, limit)
    return _done(store, user, how, _undoable)


def redo(
    store: Store,
    dataset: str,
    user: str,
    *,
    event_id: str | None = None,
    settings_version: int = 1,
    limit: int | None = None,
) -> list[Change]:
    """Take back a person's newest undo, and those made together with it; otherwise as `undo`.

    Of records that were answered anew since, the new answer stays.
    """
    how = (dataset, event_id or new_id(), settings_version, limit)
    return _done(store, user, how, _redoable)


def undoable(store: Store, dataset: str, user: str) -> list[Event]:
    """Return the answers that `undo` would take back, the newest first."""
    with store._quickly() as session:  # noqa: SLF001
        return _undoable(session, dataset, user)


def _done(
    store: Store, user: str, how: How, find: Callable[[Session, str, str], list[Event]]
) -> list[Change]:
    """Take back what `find` says, in the turn in which it says so."""
    dataset, event_id, *_ = how

    def work(session: Session) -> list[Change]:
        if known := undoing._known(session, dataset, event_id):  # noqa: SLF001
            return _outcomes(session, dataset, known)
        return _take_back(store, session, find(session, dataset, user), how)

    return store._in_turn(dataset, work)  # noqa: SLF001 - the same room


def _redoable(session: Session, dataset: str, user: str) -> list[Event]:
    first = undoing._redoable(session, dataset, user)  # noqa: SLF001
    return _together(session, dataset, first) if first else []


def _undoable(session: Session, dataset: str, user: str) -> list[Event]:
    first = undoing._undoable(session, dataset, user)  # noqa: SLF001
    return _together(session, dataset, first) if first else []


def _together(session: Session, dataset: str, first: Event) -> list[Event]:
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


def _take_back(store: Store, session: Session, targets: list[Event], how: How) -> list[Change]:
    dataset, event_id, settings_version, limit = how
    shown = {"batch": event_id} if len(targets) > 1 else {}
    written = []
    for at, target in enumerate(targets):
        before = answers.before(session, dataset, target)
        written.append(
            Event(
                id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{event_id}/{target.id}")) if at else event_id,
                record_id=target.record_id,
                user_id=target.user_id,
                status=before.status if before else "pending",
                answers=before.answers if before else {},
                comment=before.comment if before else None,
                undoes=target.id,
                shown=shown,
                settings_version=settings_version,
            )
        )
    stored = store._append(session, dataset, written, limit)  # noqa: SLF001
    return [Change(*each) for each in zip(targets, stored, strict=True)]


def _outcomes(session: Session, dataset: str, known: Event) -> list[Change]:
    """Return what a call did whose first event this is."""
    name, written, strays = batch_of(known), [known], 0
    if name is not None:
        written = []
        for event in answers.back(session, dataset, known.user_id):
            if batch_of(event) == name and event.undoes:
                written.append(event)
            else:
                strays += bool(written)
            if strays > STRAYS:
                break
    targets = answers.by_ids(session, dataset, [each.undoes for each in written if each.undoes])
    return [Change(targets[each.undoes], each) for each in reversed(written) if each.undoes in targets]
