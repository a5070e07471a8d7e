"""The log of reviews: what reviewers decide about the answers to a record, and what they send back.

It stands beside the log of answers, and never changes one. Sending an answer back, and taking that back, writes to both logs in
one transaction: the annotator's record becomes a draft that holds what they had answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.engine import Connection

from feedback_widgets.store import answers, tables
from feedback_widgets.store.dialects import insert, take_turn
from feedback_widgets.store.event import Event, new_id, now
from feedback_widgets.store.log import Store
from feedback_widgets.store.quick import Session

ADJUDICATED, SENT_BACK, TAKEN_BACK, FORGOTTEN = "adjudicated", "sent_back", "taken_back", "forgotten"
PAGE = 500  # rows written in one statement
_t = tables.review_event
COLUMNS = tuple(each for each in _t.c if each.name != "dataset_id")


@dataclass(frozen=True, slots=True)
class Review:
    """One thing a reviewer did to one record.

    Args:
        id: made where it happened; the same id is the same review for ever.
        record_id: the record.
        user_id: the reviewer's name.
        kind: `adjudicated`, `sent_back`, or `taken_back` when it takes a review back; `forgotten` says nothing any more.
        about: the annotator whose answer was adopted or sent back.
        answers: question -> what was decided, in stored form.
        comment: what the reviewer remarks.
        undoes: the review this one takes back.
        settings_version: the settings, guidelines included, it was done under.
        received_at, seq: given by the store.
    """

    id: str
    record_id: str
    user_id: str
    kind: str
    about: str | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    comment: str | None = None
    undoes: str | None = None
    settings_version: int = 1
    received_at: str = ""
    seq: int = 0


class Done(NamedTuple):
    """A review as stored, and the annotator's event that was written with it."""

    review: Review
    events: Sequence[Event] = ()


def since(store: Store, dataset: str, seq: int = 0) -> list[Review]:
    """Return every review after `seq`, oldest first."""
    query = select(*COLUMNS).where(_t.c.dataset_id == dataset, _t.c.seq > seq).order_by(_t.c.seq)
    with store._reading() as connection:  # noqa: SLF001 - the same room
        return [_read(row) for row in connection.execute(query)]


def of_record(store: Store, dataset: str, record: str) -> list[Review]:
    """Return every review of one record, oldest first; what was forgotten is left out."""
    mine = (_t.c.dataset_id == dataset, _t.c.record_id == record, _t.c.kind != FORGOTTEN)
    with store._reading() as connection:  # noqa: SLF001
        return [_read(row) for row in connection.execute(select(*COLUMNS).where(*mine).order_by(_t.c.seq))]


def write(store: Store, dataset: str, reviews: Sequence[Review]) -> list[Review]:
    """Write reviews in one transaction, and return them as stored; one whose id is there comes back as it was written first.

    Raises:
        StoreError: nothing was written; the same call may be made again.
    """
    with store._writing() as connection:  # noqa: SLF001
        take_turn(connection, dataset)
        return [_put(connection, dataset, each) for each in reviews]


def send_back(store: Store, dataset: str, review: Review) -> Done | None:
    """Write a review that sends an annotator's answer back: the record waits for them again, with what they had answered.

    Returns:
        What was done, also where it was done before; None where this annotator has no finished answer here.
    """
    with store._writing() as connection:  # noqa: SLF001
        take_turn(connection, dataset)
        session = Session.of(connection)
        if known := _known(connection, dataset, review.id):
            return Done(known)
        answer = _newest(session, dataset, review)
        if answer is None or answer.status not in answers.FINAL:
            return None
        reopened = _event(review, answer, "draft", undoes=answer.id)
        return Done(
            _put(connection, dataset, review),
            store._append(session, dataset, [reopened]),  # noqa: SLF001
        )


def take_back(
    store: Store, dataset: str, user: str, identity: str, version: int, limit: int | None
) -> tuple[Review, Done] | None:
    """Take back a reviewer's newest review that still stands.

    An answer that was sent back is submitted again, unless its annotator has touched it since.

    Args:
        store: where the dataset is kept.
        dataset: its id.
        user: the reviewer.
        identity: the id of this act; repeated with the same id it changes nothing and returns the same.
        version: the settings it is done under.
        limit: as for `Store.append`.

    Returns:
        The review that was taken back and what was written; None where there is nothing to take back.
    """
    with store._writing() as connection:  # noqa: SLF001
        take_turn(connection, dataset)
        session = Session.of(connection)
        if known := _known(connection, dataset, identity):
            target = _known(connection, dataset, known.undoes or "")
            return None if target is None else (target, Done(known))
        target = _standing(connection, dataset, user)
        if target is None:
            return None
        review = Review(
            identity,
            target.record_id,
            user,
            TAKEN_BACK,
            target.about,
            undoes=target.id,
            settings_version=version,
        )
        again = _again(session, dataset, target)
        events = store._append(session, dataset, again, limit) if again else []  # noqa: SLF001
        return target, Done(_put(connection, dataset, review), events)


def erase(connection: Connection, dataset: str, user: str, pseudonym: str) -> int:
    """Erase every review by a person, or of their answers, within a transaction in the dataset's turn; return how many.

    A fresh number lets every other kernel hear of it.
    """
    theirs = (_t.c.dataset_id == dataset, (_t.c.user_id == user) | (_t.c.about == user))
    rows = [_read(row) for row in connection.execute(select(*COLUMNS).where(*theirs).order_by(_t.c.seq))]
    connection.execute(delete(_t).where(*theirs))
    for row in rows:
        _put(
            connection,
            dataset,
            Review(row.id, row.record_id, pseudonym, FORGOTTEN, settings_version=row.settings_version),
            row.received_at,
        )
    return len(rows)


# -- inside ---------------------------------------------------------------------------------------------------------------


def _read(row: Any) -> Review:
    return Review(**{each.name: value for each, value in zip(COLUMNS, row, strict=True)})


def _known(connection: Connection, dataset: str, identity: str) -> Review | None:
    row = connection.execute(select(*COLUMNS).where(_t.c.dataset_id == dataset, _t.c.id == identity)).first()
    return None if row is None else _read(row)


def _put(connection: Connection, dataset: str, review: Review, at: str = "") -> Review:
    values = {each.name: getattr(review, each.name) for each in COLUMNS if each.name != "seq"}
    values |= {"dataset_id": dataset, "received_at": review.received_at or at or now()}
    adding = insert(connection, _t).values(values)
    connection.execute(adding.on_conflict_do_nothing(index_elements=["dataset_id", "id"]))
    stored = _known(connection, dataset, review.id)
    assert stored is not None  # noqa: S101 - just written, in this transaction
    return stored


def _newest(session: Session, dataset: str, review: Review) -> Event | None:
    """Return the newest event of the annotator whom a review is about, on its record."""
    of = {"record": review.record_id, "user": review.about}
    return answers.one(session, answers.NEWEST, dataset=dataset, **of)


def _event(review: Review, answer: Event, status: str, undoes: str) -> Event:
    return Event(
        id=new_id(),
        record_id=answer.record_id,
        user_id=answer.user_id,
        status=status,
        answers=answer.answers,
        undoes=undoes,
        shown={"review": review.id},
        settings_version=review.settings_version,
        comment=answer.comment,
    )


def _again(session: Session, dataset: str, target: Review) -> list[Event]:
    """Return the event by which an answer that was sent back stands again; none where its annotator did something since."""
    if target.kind != SENT_BACK:
        return []
    draft = _newest(session, dataset, target)
    if draft is None or draft.shown.get("review") != target.id or draft.undoes is None:
        return []
    before = answers.one(session, answers.BY_ID, dataset=dataset, event=draft.undoes)
    return [] if before is None else [_event(target, before, before.status, undoes=draft.id)]


def _standing(connection: Connection, dataset: str, user: str) -> Review | None:
    """Return a reviewer's newest review that was not taken back."""
    mine = (_t.c.dataset_id == dataset, _t.c.user_id == user)
    undone = select(_t.c.undoes).where(*mine, _t.c.undoes.is_not(None))
    query = select(*COLUMNS).where(*mine, _t.c.undoes.is_(None), _t.c.id.not_in(undone))
    row = connection.execute(query.order_by(_t.c.seq.desc()).limit(1)).first()
    return None if row is None else _read(row)
