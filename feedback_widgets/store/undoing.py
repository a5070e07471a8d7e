"""Taking an answer back, and taking that back: each finds its target and writes in one transaction.

Both are events whose `undoes` names what they take back: an undo names an answer, a redo names an undo.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import bindparam, select

from feedback_widgets.store import answers, tables
from feedback_widgets.store.answers import FINAL
from feedback_widgets.store.event import Event, new_id
from feedback_widgets.store.log import Store
from feedback_widgets.store.quick import Session, Statement

REACH = 500  # how many of a person's newest events are looked through for an undo that may be taken back

_t = tables.response_event.c
How = tuple[str, str | None, int, int | None]  # dataset, event_id, settings_version, limit


class Change(NamedTuple):
    """What an undo or redo did: the event that it took back, and the event that it wrote."""

    target: Event
    written: Event


def undo(
    store: Store,
    dataset: str,
    user: str,
    *,
    event_id: str | None = None,
    settings_version: int = 1,
    limit: int | None = None,
) -> Change | None:
    """Take back a person's newest submitted or discarded answer that still stands.

    The record returns to what it was before: to a draft where that was a submitted answer and `limit` others have
    submitted the record meanwhile.

    Args:
        store: where the dataset is kept.
        dataset: its id.
        user: the person.
        event_id: the id of the undo; a repeated call with the same id changes nothing and returns the same.
        settings_version: the settings it is done under.
        limit: as for `Store.append`.

    Returns:
        What was done, or None where there is nothing to take back.

    Raises:
        StoreError: nothing was written; the same call may be made again.
    """
    how = (dataset, event_id, settings_version, limit)
    return _done(store, user, how, _undoable)


def redo(
    store: Store,
    dataset: str,
    user: str,
    *,
    event_id: str | None = None,
    settings_version: int = 1,
    limit: int | None = None,
) -> Change | None:
    """Take back a person's newest undo, unless they answered that record anew; otherwise as `undo`."""
    how = (dataset, event_id, settings_version, limit)
    return _done(store, user, how, _redoable)


def _done(
    store: Store, user: str, how: How, find: Callable[[Session, str, str], Event | None]
) -> Change | None:
    """Take back what `find` says, in the turn in which it says so."""
    dataset, event_id, *_ = how

    def work(session: Session) -> Change | None:
        if known := _known(session, dataset, event_id):
            return _outcome(session, dataset, known)
        target = find(session, dataset, user)
        return None if target is None else _take_back(store, session, target, how)

    return store._in_turn(dataset, work)  # noqa: SLF001 - the same room


def undoable(store: Store, dataset: str, user: str) -> Event | None:
    """Return the answer that `undo` would take back, or None."""
    with store._quickly() as session:  # noqa: SLF001
        return _undoable(session, dataset, user)


def redoable(store: Store, dataset: str, user: str) -> Event | None:
    """Return the undo that `redo` would take back, or None. It reaches back over a person's newest 500 events."""
    with store._quickly() as session:  # noqa: SLF001
        return _redoable(session, dataset, user)


def _known(session: Session, dataset: str, event_id: str | None) -> Event | None:
    """Return what an earlier call with this id wrote."""
    return answers.one(session, answers.BY_ID, dataset=dataset, event=event_id) if event_id else None


def _outcome(session: Session, dataset: str, written: Event) -> Change | None:
    """Return what a call did that wrote this event; None where it is no undo (any more)."""
    target = _known(session, dataset, written.undoes)
    return None if target is None else Change(target, written)


def _take_back(store: Store, session: Session, target: Event, how: How) -> Change:
    dataset, event_id, settings_version, limit = how
    before = answers.before(session, dataset, target)
    event = Event(
        id=event_id or new_id(),
        record_id=target.record_id,
        user_id=target.user_id,
        status=before.status if before else "pending",
        answers=before.answers if before else {},
        comment=before.comment if before else None,
        undoes=target.id,
        settings_version=settings_version,
    )
    (written,) = store._append(session, dataset, [event], limit)  # noqa: SLF001
    return Change(target, written)


def _undoable(session: Session, dataset: str, user: str) -> Event | None:
    undone: set[str] = set()
    for event in answers.back(session, dataset, user):
        if event.id in undone:
            continue  # an undo that was taken back takes nothing back
        if event.undoes:
            undone.add(event.undoes)
        elif event.status in FINAL:
            return event
    return None


def _newest_undoes(reach: int) -> Statement:
    newest = (
        select(_t.id, _t.record_id, _t.undoes, _t.seq)
        .where(_t.dataset_id == bindparam("dataset"), _t.user_id == bindparam("user"))
        .order_by(_t.seq.desc())
        .limit(reach)
        .subquery()
    )
    return Statement(
        lambda _: select(newest).where(newest.c.undoes.is_not(None)).order_by(newest.c.seq.desc())
    )


UNDOES = _newest_undoes(REACH)
ANSWERED_SINCE = Statement(
    lambda _: (
        select(_t.seq)
        .where(
            _t.dataset_id == bindparam("dataset"),
            _t.record_id == bindparam("record"),
            _t.user_id == bindparam("user"),
            _t.seq > bindparam("seq"),
            _t.undoes.is_(None),
        )
        .limit(1)
    )
)


def _redoable(session: Session, dataset: str, user: str) -> Event | None:
    undone: set[str] = set()
    batch = None  # that of an undo whose record was answered anew: another one of it will do
    for event_id, record, undoes, seq in session.rows(UNDOES, dataset=dataset, user=user):
        if event_id in undone:
            continue
        target = answers.one(session, answers.BY_ID, dataset=dataset, event=undoes)
        if target is None or target.undoes:  # a redo
            undone.add(undoes)
            continue
        found = answers.one(session, answers.BY_ID, dataset=dataset, event=event_id)
        named = found.shown.get("batch") if found else None
        if batch is not None and named != batch:
            return None
        if not session.rows(ANSWERED_SINCE, dataset=dataset, record=record, user=user, seq=seq):
            return found
        if named is None:
            return None
        batch = named
    return None
