"""Time: what happened to a record, taking answers back, and a dataset as it stood at an earlier moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from typing import TYPE_CHECKING, Any, TypeVar

from feedback_widgets.memory import News
from feedback_widgets.records import Record
from feedback_widgets.settings import Settings
from feedback_widgets.store import Event, batches, new_id, open_store, reviews, undoing
from feedback_widgets.store.copying import copy
from feedback_widgets.store.past import Past, events_of
from feedback_widgets.store.reviews import Review

if TYPE_CHECKING:
    from feedback_widgets.live import Live

D = TypeVar("D", bound="Live")


@dataclass(frozen=True, slots=True, repr=False)
class Happening:
    """One thing that happened to a record. A list of them makes a table: `pandas.DataFrame(dataset.history(record))`.

    Args:
        at: when it was written, in UTC.
        user: the annotator, or the reviewer; None where nobody is named.
        status: `submitted`, `draft` or `discarded`; an undo has the status that it returned to, which is `pending` when
            no answer was left. What a reviewer did is `adjudicated`, `sent_back` or `taken_back`.
        answers: question name -> answer, as `record.responses` shows it; or what was decided.
        undoes: the `seq` of what was taken back, None for anything but an undo.
        seq: its number in the log of answers, a moment for `dataset.as_of`; None for a review, which is no answer.
        duration_ms: active time on the record, in milliseconds, None where it was not measured.
        client: the page it came from, None for an answer from code.
        settings_version: the settings, guidelines included, it was answered under.
        comment: what the annotator, or the reviewer, remarked, None for nothing.
        about: the annotator whose answer a reviewer adopted or sent back.
    """

    at: datetime
    user: str | None
    status: str
    answers: dict[str, Any]
    undoes: int | None
    seq: int | None
    duration_ms: int | None
    client: str | None
    settings_version: int
    comment: str | None = None
    about: str | None = None

    def __repr__(self) -> str:
        when = f"{self.at:%Y-%m-%d %H:%M:%S}"
        what = self.status if self.undoes is None else f"undid {self.undoes}: {self.status}"
        what += "" if self.about is None else f" ({self.about})"
        answers = ", ".join(f"{name}={value!r}" for name, value in self.answers.items())
        return f"<{'review' if self.seq is None else self.seq} · {when} · {self.user or 'nobody named'} · {what}{answers and ' · '}{answers}>"


def history(dataset: Live, record: Record | str) -> list[Happening]:
    """Return everything that happened to a record, oldest first."""
    record_id = record.id if isinstance(record, Record) else record
    dataset.sync()
    dataset.record(record_id)
    events = events_of(dataset.store, dataset.key, record_id)
    numbers = {event.id: event.seq for event in events}
    answered = [_happening(dataset.settings, event, numbers) for event in events]
    reviewed = [
        _reviewed(dataset.settings, each) for each in reviews.of_record(dataset.store, dataset.key, record_id)
    ]
    # Each log keeps its own order, whatever a clock did meanwhile.
    return list(merge(answered, reviewed, key=lambda each: each.at))


def _happening(settings: Settings, event: Event, numbers: dict[str, int]) -> Happening:
    return Happening(
        at=datetime.fromisoformat(event.received_at),
        user=event.user_id or None,
        status=event.status,
        answers=_presented(settings, event.answers),
        undoes=numbers.get(event.undoes) if event.undoes else None,
        seq=event.seq,
        duration_ms=event.duration_ms,
        client=event.client,
        settings_version=event.settings_version,
        comment=event.comment,
    )


def _reviewed(settings: Settings, review: Review) -> Happening:
    return Happening(
        at=datetime.fromisoformat(review.received_at),
        user=review.user_id,
        status=review.kind,
        answers=_presented(settings, review.answers),
        undoes=None,
        seq=None,
        duration_ms=None,
        client=None,
        settings_version=review.settings_version,
        comment=review.comment,
        about=review.about,
    )


def _presented(settings: Settings, answers: dict[str, Any]) -> dict[str, Any]:
    questions = {each.name: each for each in settings.questions}
    return {
        name: questions[name].present(stored) if name in questions else stored
        for name, stored in answers.items()
    }


def as_of(dataset: D, moment: object) -> D:
    """Return a copy in memory of the dataset as it stood at `moment`."""
    past = Past(dataset.store, dataset.key, moment)
    store, key = open_store(":memory:"), new_id()
    store.create(key, "", "", *past.forms)
    copy(dataset.store, dataset.key, store, key, past.which)
    return type(dataset)._opened(store, key, None, None)  # noqa: SLF001 - made like a loaded one


def undo(dataset: Live, user: str, event_id: str | None) -> Event | None:
    """Take back this user's newest answer that still stands; see `FeedbackDataset.undo`."""
    return next(iter(_take_back(dataset, undoing.undo, user, event_id)), None)


def redo(dataset: Live, user: str, event_id: str | None) -> Event | None:
    """Take back this user's newest undo; see `FeedbackDataset.redo`."""
    return next(iter(_take_back(dataset, undoing.redo, user, event_id)), None)


def undo_batch(dataset: Live, user: str, event_id: str | None) -> list[Event]:
    """Take back this user's newest answer that still stands, and all that was given together with it, the newest first."""
    return _take_back(dataset, undoing.undo, user, event_id, whole=True)


def redo_batch(dataset: Live, user: str, event_id: str | None) -> list[Event]:
    """Take back this user's newest undo, and those made together with it; return the undos."""
    return _take_back(dataset, undoing.redo, user, event_id, whole=True)


def newest_batch(dataset: Live, user: str) -> tuple[str | None, int]:
    """Return what the batch is called that `undo_batch` would take back, None for a single answer, and how many answers it has."""
    newest = undoable(dataset, user)
    name = batches.batch_of(newest) if newest else None
    if name is None:
        return None, int(newest is not None)
    return name, len(undoing.undoable(dataset.store, dataset.key, user, whole=True))


def _take_back(
    dataset: Live,
    verb: Callable[..., list[undoing.Change]],
    user: str,
    event_id: str | None,
    *,
    whole: bool = False,
) -> list[Event]:
    with dataset._lock:  # noqa: SLF001 - as `append` does: `save` moves the dataset to another store under this lock
        done = verb(
            dataset.store,
            dataset.key,
            user,
            event_id=event_id,
            settings_version=dataset.settings_version,
            limit=dataset.settings.distribution and dataset.settings.distribution.min_submitted,
            whole=whole,
        )
        changed = dataset._memory.take_own([each.written for each in done])  # noqa: SLF001
    dataset._tell(News(changed))  # noqa: SLF001
    return [each.target for each in done]


def undoable(dataset: Live, user: str) -> Event | None:
    """Return the answer that `undo` would take back, or None."""
    return next(iter(undoing.undoable(dataset.store, dataset.key, user)), None)


def redoable(dataset: Live, user: str) -> Event | None:
    """Return the undo that `redo` would take back, or None."""
    return undoing.redoable(dataset.store, dataset.key, user)
