"""Taking an answer back, and taking that back: each finds its target and writes in one transaction.

Both are events whose `undoes` names what they take back: an undo names an answer, a redo names an undo.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import bindparam, select

from feedback_widgets.store import answers, batches, tables
from feedback_widgets.store.answers import FINAL
from feedback_widgets.store.event import Event, new_id
from feedback_widgets.store.log import Store
from feedback_widgets.store.quick import Session, Statement

REACH = 500  # how many of a person's newest events are looked through for an undo that may be taken back

_t = tables.response_event.c


class How(NamedTuple):
    """How something is taken back: what `undo` was given."""

    dataset: str
    event_id: str
    settings_version: int
    limit: int | None
    whole: bool


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
    whole: bool = False,
) -> list[Change]:
    """Take back a person's newest submitted or discarded answer that still stands.

    The record returns to what it was before: to a draft where that was a submitted answer and `limit` others have
    submitted the record meanwhile.

    Args:
        store: where the dataset is kept.
        dataset: its id.
        user: the person.
        event_id: the id of the (newest) undo; a repeated call with the same id changes nothing and returns the same.
        settings_version: the settings it is done under.
        limit: as for `Store.append`.
        whole: and all answers that were given together with it; one that was replaced from outside its batch stays.

    Returns:
        What was done, the newest answer first; empty where there is nothing to take back.

    Raises:
        StoreError: nothing was written; the same call may be made again.
    """
    how = How(dataset, event_id or new_id(), settings_version, limit, whole)
    return _done(store, user, how, _undoable)


def redo(
    store: Store,
    dataset: str,
    user: str,
    *,
    event_id: str | None = None,
    settings_version: int = 1,
    limit: int | None = None,
    whole: bool = False,
) -> list[Change]:
    """Take back a person's newest undo, unless they answered that record anew; otherwise as `undo`."""
    how = How(dataset, event_id or new_id(), settings_version, limit, whole)
    return _done(store, user, how, _redoable)


def _done(
    store: Store, user: str, how: How, find: Callable[[Session, str, str], Event | None]
) -> list[Change]:
    """Take back what `find` says, in the turn in which it says so."""

    def work(session: Session) -> list[Change]:
        if known := _known(session, how.dataset, how.event_id):
            return _outcome(session, how.dataset, known)
        first = find(session, how.dataset, user)
        targets = batches.together(session, how.dataset, first) if first and how.whole else [first]
        return _take_back(store, session, [each for each in targets if each], how)

    return store._in_turn(how.dataset, work)  # noqa: SLF001 - the same room


def undoable(store: Store, dataset: str, user: str, *, whole: bool = False) -> list[Event]:
    """Return the answers that `undo` would take back, the newest first."""
    with store._quickly() as session:  # noqa: SLF001
        first = _undoable(session, dataset, user)
        if first and whole:
            return batches.together(session, dataset, first)
        return [first] if first else []


def redoable(store: Store, dataset: str, user: str) -> Event | None:
    """Return the undo that `redo` would take back, or None. It reaches back over a person's newest 500 events."""
    with store._quickly() as session:  # noqa: SLF001
        return _redoable(session, dataset, user)


def _known(session: Session, dataset: str, event_id: str | None) -> Event | None:
    """Return what an earlier call with this id wrote."""
    return answers.one(session, answers.BY_ID, dataset=dataset, event=event_id) if event_id else None


def _outcome(session: Session, dataset: str, known: Event) -> list[Change]:
    """Return what a call did whose first event this is; nothing where it is no undo (any more)."""
    written = batches.undone_with(session, dataset, known)
    targets = answers.by_ids(session, dataset, [each.undoes for each in written if each.undoes])
    return [Change(targets[each.undoes], each) for each in written if each.undoes in targets]


def _take_back(store: Store, session: Session, targets: list[Event], how: How) -> list[Change]:
    shown = {"batch": how.event_id} if len(targets) > 1 else {}
    written = []
    for at, target in enumerate(targets):
        before = answers.before(session, how.dataset, target)
        written.append(
            Event(
                id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{how.event_id}/{target.id}")) if at else how.event_id,
                record_id=target.record_id,
                user_id=target.user_id,
                status=before.status if before else "pending",
                answers=before.answers if before else {},
                comment=before.comment if before else None,
                undoes=target.id,
                shown=shown,
                settings_version=how.settings_version,
            )
        )
    stored = store._append(session, how.dataset, written, how.limit)  # noqa: SLF001
    return [Change(*each) for each in zip(targets, stored, strict=True)]


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
        if found and "review" in found.shown:
            continue  # a reviewer asks for the answer again: that is not theirs to take back
        named = batches.batch_of(found) if found else None
        if batch is not None and named != batch:
            return None
        if not session.rows(ANSWERED_SINCE, dataset=dataset, record=record, user=user, seq=seq):
            return found
        if named is None:
            return None
        batch = named
    return None
