"""What a reviewer does: adopt an answer, decide on other values, send an answer back, take any of that back.

Every act is an event of its own, committed when the function returns, and none of them changes what an annotator answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.memory import News
from feedback_widgets.records import Response, Suggestion, comment_of
from feedback_widgets.store import Event, new_id, reviews
from feedback_widgets.store.reviews import ADJUDICATED, SENT_BACK, Done, Review

if TYPE_CHECKING:
    from feedback_widgets.live import Live

D = TypeVar("D", Done, Done | None)


def may_review(dataset: Live, user: str) -> None:
    """Let reviewers in.

    Raises:
        InvalidInput: `dataset.reviewers` does not name this person.
    """
    named = dataset.settings.reviewers
    if named is not None and user not in named:
        raise InvalidInput(
            f"{user!r} may not review this dataset: its reviewers are {', '.join(named) or 'nobody'}; "
            "whoever keeps it can add a name to dataset.reviewers"
        )


def decide(
    dataset: Live,
    user: str,
    record_id: str,
    values: Mapping[str, Any],
    comment: str | None = None,
    *,
    event_id: str | None = None,
) -> Review:
    """Write down what a reviewer decided on; questions that are left out keep their earlier decision, if there is one.

    Args:
        dataset: whose record.
        user: the reviewer.
        record_id: the record.
        values: question name -> answer, one at least, each of them finished.
        comment: a remark, at most 10,000 characters.
        event_id: the id of this act; repeated with the same id it changes nothing.

    Raises:
        InvalidInput: not a reviewer, an unknown record or question, or a value against its question's rule.
        StoreError: it could not be written.
    """
    may_review(dataset, user)
    fields = dataset.record(record_id).fields
    given = Response(dict(values)).to_json()
    checked = {
        name: dataset.settings.check_suggestion(Suggestion(name, value), fields)
        for name, value in given.items()
        if value is not None
    }
    if not checked:
        raise InvalidInput("the decision is empty: give a value for one question at least")
    return _written(dataset, _review(dataset, user, record_id, ADJUDICATED, event_id, checked, comment))


def adopt(
    dataset: Live,
    user: str,
    record_id: str,
    annotator: str,
    comment: str | None = None,
    *,
    event_id: str | None = None,
) -> Review:
    """Decide on what one annotator answered, all of it; otherwise as `decide`.

    Raises:
        InvalidInput: not a reviewer, an unknown record, or an annotator without a submitted answer to it.
    """
    may_review(dataset, user)
    answer = _finished(dataset, record_id, annotator)
    if answer.status != "submitted" or not answer.answers:
        raise InvalidInput(f"{annotator!r} discarded this record: there is no answer of theirs to adopt")
    review = _review(dataset, user, record_id, ADJUDICATED, event_id, answer.answers, comment, annotator)
    return _written(dataset, review)


def send_back(
    dataset: Live,
    user: str,
    record_id: str,
    annotator: str,
    comment: str | None = None,
    *,
    event_id: str | None = None,
) -> Review:
    """Give a record back to an annotator: it waits in their queue again, with what they had answered and the reviewer's words.

    Raises:
        InvalidInput: not a reviewer, an unknown record, or an annotator without a finished answer to it.
    """
    may_review(dataset, user)
    dataset.record(record_id)  # says that it is unknown
    review = _review(dataset, user, record_id, SENT_BACK, event_id, {}, comment, annotator)

    def write() -> Done:
        done = reviews.send_back(dataset.store, dataset.key, review)
        if done is None:
            raise _nothing_of(dataset, record_id, annotator)
        return done

    return _told(dataset, write).review


def take_back(dataset: Live, user: str, *, event_id: str | None = None) -> Review | None:
    """Take back this reviewer's newest act that still stands, and return it; None where there is none.

    An answer that was sent back is submitted again, unless its annotator has touched it since.
    """
    may_review(dataset, user)
    shared = dataset.settings.distribution
    limit = shared.min_submitted if shared else None
    found: list[Review] = []

    def write() -> Done | None:
        both = reviews.take_back(
            dataset.store, dataset.key, user, event_id or new_id(), dataset.settings_version, limit
        )
        if both is None:
            return None
        found.append(both[0])
        return both[1]

    _told(dataset, write)
    return found[0] if found else None


# -- inside ---------------------------------------------------------------------------------------------------------------


def _review(
    dataset: Live,
    user: str,
    record_id: str,
    kind: str,
    event_id: str | None,
    answers: dict[str, Any],
    comment: str | None,
    about: str | None = None,
) -> Review:
    return Review(
        id=event_id or new_id(),
        record_id=record_id,
        user_id=user,
        kind=kind,
        about=about,
        answers=answers,
        comment=comment_of(comment),
        settings_version=dataset.settings_version,
    )


def _finished(dataset: Live, record_id: str, annotator: str) -> Event:
    dataset.record(record_id)  # says which one is unknown
    answer = dataset.answer(annotator, record_id)
    if answer is None or answer.status == "draft":
        raise _nothing_of(dataset, record_id, annotator)
    return answer


def _nothing_of(dataset: Live, record_id: str, annotator: str) -> InvalidInput:
    who = [
        each.user_id
        for each in dataset.record(record_id).responses
        if each.status != "draft" and each.user_id is not None
    ]
    return InvalidInput(
        f"{annotator!r} has no finished answer to this record; {', '.join(who) or 'nobody'} has.{near_miss(annotator, who)}"
    )


def _written(dataset: Live, review: Review) -> Review:
    return _told(dataset, lambda: Done(reviews.write(dataset.store, dataset.key, [review])[0])).review


def _told(dataset: Live, write: Callable[[], D]) -> D:
    """Write, take in what was written, and tell whoever listens."""
    with dataset._lock:  # noqa: SLF001 - as `append` does: `save` moves the dataset to another store under this lock
        done = write()
        if done is None:
            return done
        changed = dataset._memory.take_own(done.events)  # noqa: SLF001
        reviewed = dataset._reviews.refresh(dataset.store, dataset.key)  # noqa: SLF001
    dataset._tell(News(changed, reviewed=reviewed))  # noqa: SLF001
    return done
