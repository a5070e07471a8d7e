"""Writing and reading the log within one transaction: the statements, and the rules about which answer may follow which."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import Select, Text, bindparam, cast, exists, select
from sqlalchemy.sql import ClauseElement

from feedback_widgets.store import tables
from feedback_widgets.store.dialects import insert_on, to_json
from feedback_widgets.store.event import Event
from feedback_widgets.store.quick import Row, Session, Statement

Insert = Callable[[list[Event]], list[Event | None]]
FINAL = ("submitted", "discarded")
PAGE = 500  # events, or ids, per query
_t = tables.response_event.c
_mine = _t.dataset_id == bindparam("dataset")
_COLUMNS = (
    *("id", "dataset_id", "record_id", "user_id", "status", "answers", "undoes", "received_at"),
    *("started_at", "duration_ms", "shown", "settings_version", "client", "comment"),
)


def event_query() -> Select[Any]:
    """Return the query of all events, with the columns that `read` expects."""
    answers, shown = cast(_t.answers, Text), cast(_t.shown, Text)
    first = (_t.id, _t.record_id, _t.user_id, _t.status, answers, _t.undoes, _t.started_at, _t.duration_ms)
    return select(*first, shown, _t.settings_version, _t.client, _t.received_at, _t.seq, _t.comment)


RECORD_ID, ANSWERS, SEQ = 1, 4, 12  # their places in a row


def read(row: Sequence[Any]) -> Event:
    """Return the event of a row of `event_query`."""
    r = row
    shown = {} if r[8] == "{}" else json.loads(r[8])
    first = (r[0], r[1], r[2], r[3], json.loads(r[4]), r[5], r[6], r[7], shown)
    return Event(*first, r[9], r[10], r[11], r[12], r[13])


def _insert(dialect: str) -> ClauseElement:
    adding = insert_on(dialect, tables.response_event)
    adding = adding.on_conflict_do_nothing(index_elements=["dataset_id", "id"])
    return adding.returning(_t.seq) if dialect == "postgresql" else adding


def _standing() -> Select[Any]:
    """Return the query of everybody's newest status on one record."""
    newer = tables.response_event.alias("newer").c
    same = (newer.dataset_id == _t.dataset_id, newer.record_id == _t.record_id, newer.user_id == _t.user_id)
    return select(_t.user_id, _t.status).where(
        _mine, _t.record_id == bindparam("record"), ~exists().where(*same, newer.seq > _t.seq)
    )


def _returned() -> Select[Any]:
    """Return the query of those to whom reviewers sent an answer to one record back."""
    return returned(bindparam("dataset")).where(tables.review_event.c.record_id == bindparam("record"))


def returned(dataset: Any) -> Select[Any]:
    """Return the query of annotators to whom an answer was sent back, unless that was taken back."""
    sent, later = tables.review_event.c, tables.review_event.alias("later").c
    taken_back = exists().where(later.dataset_id == sent.dataset_id, later.undoes == sent.id)
    return select(sent.about).where(sent.dataset_id == dataset, sent.kind == "sent_back", ~taken_back)


_on_record = (_mine, _t.record_id == bindparam("record"), _t.user_id == bindparam("user"))
INSERT = Statement(_insert, _COLUMNS)
SINCE = Statement(lambda _: event_query().where(_mine, _t.seq > bindparam("seq")).order_by(_t.seq))
BY_ID = Statement(lambda _: event_query().where(_mine, _t.id == bindparam("event")))
NEWEST = Statement(lambda _: event_query().where(*_on_record).order_by(_t.seq.desc()).limit(1))
BEFORE = Statement(
    lambda _: event_query().where(*_on_record, _t.seq < bindparam("seq")).order_by(_t.seq.desc()).limit(1)
)
STANDING = Statement(lambda _: _standing())
RETURNED = Statement(lambda _: _returned())
PAGE_BACK = Statement(
    lambda _: (
        event_query()
        .where(_mine, _t.user_id == bindparam("user"), _t.seq < bindparam("seq"))
        .order_by(_t.seq.desc())
        .limit(bindparam("size", type_=_t.seq.type))
    )
)


@cache
def _by_ids(size: int) -> Statement:
    marks: list[Any] = [bindparam(f"id{number}") for number in range(size)]
    return Statement(lambda _: event_query().where(_mine, _t.id.in_(marks)))


def by_ids(session: Session, dataset: str, ids: Sequence[str]) -> dict[str, Event]:
    """Return those of these events that are stored: id -> event."""
    found: dict[str, Event] = {}
    for start in range(0, len(ids), PAGE):
        part = ids[start : start + PAGE]
        size = 1 if len(part) == 1 else PAGE  # two statements for any number: the last id fills what is left
        values = {f"id{at}": part[min(at, len(part) - 1)] for at in range(size)}
        rows = session.rows(_by_ids(size), dataset=dataset, **values)
        found.update((event.id, event) for event in map(read, rows))
    return found


def one(session: Session, statement: Statement, **values: Any) -> Event | None:
    """Return the event that a query finds, or None."""
    rows = session.rows(statement, **values)
    return read(rows[0]) if rows else None


def newest(session: Session, dataset: str, event: Event) -> Event | None:
    """Return the newest event of the same person on the same record, or None."""
    return one(session, NEWEST, dataset=dataset, record=event.record_id, user=event.user_id)


def before(session: Session, dataset: str, event: Event) -> Event | None:
    """Return the event that decided this record for this person before `event`, or None."""
    return one(session, BEFORE, dataset=dataset, record=event.record_id, user=event.user_id, seq=event.seq)


def page_back(session: Session, dataset: str, user: str, seq: int, size: int) -> list[Event]:
    """Return a person's events before `seq`, the newest first, at most `size`."""
    return [read(row) for row in session.rows(PAGE_BACK, dataset=dataset, user=user, seq=seq, size=size)]


def back(session: Session, dataset: str, user: str) -> Iterator[Event]:
    """Yield a person's events from the newest back, in pages that grow: most readers want the first one only."""
    seq, size = 2**62, 2
    while page := page_back(session, dataset, user, seq, size):
        yield from page
        if len(page) < size:
            return
        seq, size = page[-1].seq, min(4 * size, PAGE)


def insert(session: Session, dataset: str, events: Sequence[Event], stamp: str) -> list[Event | None]:
    """Write events in one go, and return each as stored, None where its id is taken.

    What comes back is read from what was written, so that it shares no list with whoever gave it.
    """
    if not events:
        return []
    rows = [_row(event, dataset, stamp) for event in events]
    numbers = session.add(INSERT, rows)
    return [
        None if seq is None else _as_stored(event, row, seq)
        for event, row, seq in zip(events, rows, numbers, strict=True)
    ]


def add(session: Session, dataset: str, events: Sequence[Event], stamp: str) -> None:
    """Write events that need not be compared with what is there; one whose id is taken is left out."""
    session.many(INSERT, (_row(event, dataset, stamp) for event in events))


def _row(event: Event, dataset: str, stamp: str) -> Row:
    """Return the values of an event in the order of the table."""
    e = event
    received = e.received_at or stamp
    named = (e.id, dataset, e.record_id, e.user_id, e.status, to_json(e.answers), e.undoes, received)
    return (
        *named,
        e.started_at,
        e.duration_ms,
        to_json(e.shown) if e.shown else "{}",
        e.settings_version,
        e.client,
        e.comment,
    )


def _as_stored(event: Event, row: Row, seq: int) -> Event:
    e = event
    # Nothing shares a list or dict with whoever gave it; most answers hold none.
    plain = all(type(each) is str or type(each) is int for each in e.answers.values())
    answers = dict(e.answers) if plain else json.loads(row[5])
    first = (e.id, e.record_id, e.user_id, e.status, answers, e.undoes, e.started_at)
    shown = json.loads(row[10]) if e.shown else {}
    return Event(*first, e.duration_ms, shown, e.settings_version, e.client, row[7], seq, e.comment)


def write(
    session: Session,
    dataset: str,
    given: Sequence[Event],
    limit: int | None,
    insert: Insert,
) -> list[Event]:
    """Write events as far as the rules allow, and return what is stored for each; see `Store.append`.

    Args:
        session: the transaction, in the dataset's turn.
        dataset: its id.
        given: the events.
        limit: how many people may have submitted an answer to one record.
        insert: writes events, and returns each as stored, None where its id is taken.
    """
    judged = limit is not None or any(event.status == "draft" for event in given)
    stored = _one_by_one(session, dataset, given, limit, insert) if judged else insert(list(given))
    taken = [event.id for event, found in zip(given, stored, strict=True) if found is None]
    known = by_ids(session, dataset, taken) if taken else {}
    return [found or known[event.id] for event, found in zip(given, stored, strict=True)]


def _one_by_one(
    session: Session, dataset: str, given: Sequence[Event], limit: int | None, insert: Insert
) -> list[Event | None]:
    """Write events where some must see what came before them: in as few statements as that leaves."""
    stored: list[Event | None] = [None] * len(given)
    waiting: list[tuple[int, Event]] = []

    def flush() -> None:
        written = insert([event for _, event in waiting])
        for (at, _), event in zip(waiting, written, strict=True):
            stored[at] = event
        waiting.clear()

    for at, event in enumerate(given):
        may_be_draft = event.status == "draft" or (limit is not None and event.status == "submitted")
        if may_be_draft:
            flush()
        admitted, stored[at] = _judge(session, dataset, event, limit) if may_be_draft else (event, None)
        if stored[at] is None:
            waiting.append((at, admitted))
    flush()
    return stored


def _judge(session: Session, dataset: str, event: Event, limit: int | None) -> tuple[Event, Event | None]:
    """Return the event as it may be written, and the stored one that stands in its place, if one does."""
    if event.status == "submitted" and limit is not None:
        if not _full(session, dataset, event, limit):
            return event, None
        if known := one(session, BY_ID, dataset=dataset, event=event.id):
            return event, known
        event = replace(event, status="draft")  # what was typed is kept, and so is the overlap
    if event.undoes:
        return event, None
    standing = newest(session, dataset, event)
    return event, standing if standing is not None and standing.status in FINAL else None


def _full(session: Session, dataset: str, event: Event, limit: int) -> bool:
    """Tell whether all places at a record are others' by now: of those who submitted it, or are asked for it again."""
    people: dict[str, str] = dict(session.rows(STANDING, dataset=dataset, record=event.record_id))
    mine = people.pop(event.user_id, None)
    if mine == "submitted":
        return False
    taken = list(people.values()).count("submitted")
    open_ones = [user for user, status in people.items() if status not in FINAL]
    if taken + len(open_ones) < limit:
        return False
    again = {user for (user,) in session.rows(RETURNED, dataset=dataset, record=event.record_id)}
    if event.user_id in again and mine not in FINAL:
        return False
    return taken + sum(user in again for user in open_ones) >= limit
