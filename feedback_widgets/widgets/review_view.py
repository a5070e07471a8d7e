"""A record as the review desk draws it: all finished answers, what was decided, and what waits with its annotator again."""

from __future__ import annotations

import hashlib
from string import ascii_uppercase
from typing import TYPE_CHECKING, Any

from feedback_widgets.review import dispute

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.records import Record
    from feedback_widgets.store import Event
    from feedback_widgets.store.reviews import Review

FINISHED = ("submitted", "discarded")


def answer_keys(record: Record, *, blind: bool) -> dict[str, str]:
    """Return annotator -> the key of their answer: the name, or where the desk is blind a letter.

    Letters follow an order drawn for each record, so that the same person is not always A.
    """
    users = [each.user_id or "" for each in record.responses]
    if not blind:
        return {each: each for each in users}
    drawn = sorted(users, key=lambda each: hashlib.blake2b(f"{record.id}/{each}".encode()).digest())
    return {user: _letter(at) for at, user in enumerate(drawn)}


def _letter(at: int) -> str:
    more, letter = divmod(at, len(ascii_uppercase))
    return (_letter(more - 1) if more else "") + ascii_uppercase[letter]


def review_view(dataset: FeedbackDataset, record: Record, index: int, *, blind: bool) -> dict[str, Any]:
    """Return what a page needs to draw one record for review."""
    hidden = {each.name for each in dataset.settings.metadata_properties if not each.visible_for_annotators}
    keys, measured = answer_keys(record, blind=blind), dispute(dataset.settings.questions, record)
    reviews = dataset._reviews  # noqa: SLF001 - a widget shows what the dataset knows
    held = {user: dataset.answer(user, record.id) for user in keys}
    shown = [(user, event) for user, event in held.items() if event is not None and event.status in FINISHED]
    if blind:
        shown.sort(key=lambda each: keys[each[0]])
    decisions = reviews.decisions(record.id)
    return {
        "record": record.id,
        "index": index,
        "fields": record.fields,
        "metadata": {name: value for name, value in record.metadata.items() if name not in hidden},
        "disagreement": measured.disagreement,
        "disputes": measured.questions,
        "answers": [_answer(keys[user], user, event, blind=blind) for user, event in shown],
        "decided": reviews.decided(record.id),
        "decision": _act(decisions[-1], keys, blind=blind) if decisions else None,
        "waiting": [
            _act(each, keys, blind=blind)
            for user, each in reviews.sent_back(record.id).items()
            if (event := held.get(user)) is None or event.status not in FINISHED
        ],
    }


def _answer(key: str, user: str, event: Event, *, blind: bool) -> dict[str, Any]:
    return {
        "key": key,
        "user": None if blind else user,
        "at": None if blind else event.received_at,
        "status": event.status,
        "values": event.answers,
        "comment": event.comment,
        "version": event.settings_version,
    }


def _act(review: Review, keys: dict[str, str], *, blind: bool) -> dict[str, Any]:
    """Return who did what; `about` is the key of the answer it is about."""
    about = None if review.about is None else keys.get(review.about, None if blind else review.about)
    return {"by": review.user_id, "at": review.received_at, "about": about, "comment": review.comment}
