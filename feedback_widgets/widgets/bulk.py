"""Accepting what a model suggests for many records at once, after a spot check that is answered by hand."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.query import Query
from feedback_widgets.search import search
from feedback_widgets.store import Event
from feedback_widgets.store.checks import checked_by
from feedback_widgets.widgets import protocol

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.records import Record
    from feedback_widgets.widgets.showing import Showing

KINDS = ("label_selection", "rating")  # questions whose one value says everything
BATCH = 500  # answers written in one transaction
MOST_CHECKED = 50
REPLIES = 20  # acceptances whose reply is remembered, for a page that asks again
Value = str | int


class Standing(NamedTuple):
    """How far a group is: records to check by hand, those checked (and how many disagree), and those left to accept."""

    waiting: list[str]
    answered: list[str]
    disagreeing: list[str]
    left: list[str]


class Group:
    """The records for which a model suggests one value, surely enough, and which this annotator has not touched.

    Made by `desk.group(…)`. Some of them, drawn by lot, are answered by hand first, without the suggestion in sight. When no
    more than `allowed` of these answers disagree with the suggestion, `accept()` submits it for all others. What is done can
    be seen in the log: `shown` of such answers is `{"bulk": true, "group": {…}, "batch": …}`, that of a checked one `{"check": …}`.

    Args:
        dataset: the dataset.
        user: the annotator, in whose name it is accepted.
        question: the question; the only required one, a single choice or a rating.
        value: the suggested value.
        score: suggestions with a lower score, or none, do not belong to the group; None takes all.
        agent: the model's name; None takes every model's.
        check: how many records are checked by hand, 1 to 50.
        allowed: how many of them may disagree.
        apart: tells of a record that it stays out, because the annotator shall answer it unassisted.

    Raises:
        InvalidInput: a question that cannot be accepted in bulk, a value it does not have, or numbers out of range.
    """

    def __init__(
        self,
        dataset: FeedbackDataset,
        user: str,
        question: str,
        value: Value,
        *,
        score: float | None = None,
        agent: str | None = None,
        check: int = 10,
        allowed: int = 0,
        apart: Callable[[str], bool] | None = None,
    ) -> None:
        _check_numbers(check, allowed)
        _check_question(dataset, question, value)
        self._dataset, self.user = dataset, user
        self.question, self.value, self.score, self.agent = question, value, score, agent
        self.size, self.allowed, self._apart = check, allowed, apart or (lambda _: False)
        wanted = {"value": value, "score": None if score is None else {"ge": score}, "agent": agent}
        suggested = {name: each for name, each in wanted.items() if each is not None}
        self.query = Query(suggestions={question: suggested})
        self.query.check(dataset.settings)

    def __repr__(self) -> str:
        waiting, answered, disagreeing, left = self.standing()
        return (
            f"Group({self.question}={self.value!r}: {len(left)} records to accept, "
            f"{len(answered)} of {len(answered) + len(waiting)} checked, {len(disagreeing)} disagree)"
        )

    @property
    def about(self) -> dict[str, Any]:
        """What defines the group, as `shown["group"]` of the answers it gives."""
        return {"question": self.question, "value": self.value, "score": self.score, "agent": self.agent}

    @property
    def key(self) -> str:
        """The same as one short text, as `shown["check"]` of the answers to its spot check."""
        return json.dumps(list(self.about.values()), ensure_ascii=True)

    def standing(self) -> Standing:
        """Return the records to check, those checked, those of them that disagree, and those left, as ids."""
        dataset = self._dataset
        found = search(dataset, self.query).ids
        mine, free = set(found), self._free()
        done = [each for each in checked_by(dataset.store, dataset.key, self.user, self.key) if each in mine]
        answered = [each for each in done if self._is_final(each)][:MOST_CHECKED]
        open_ = [each for each in found if free(each) and not self._apart(each)]
        open_.sort(key=self._lot)
        draw = max(0, self.size - len(answered))
        disagreeing = [each for each in answered if self._disagrees(each)]
        return Standing(open_[:draw], answered, disagreeing, open_[draw:])

    @property
    def check(self) -> list[Record]:
        """The records that wait to be checked by hand, in the order drawn."""
        return [self._dataset.record(each) for each in self.standing().waiting]

    def respond(self, record_id: str, value: Value) -> None:
        """Answer one record of the spot check from code.

        Raises:
            InvalidInput: the record was not drawn, or the question does not have this value.
        """
        if record_id not in self.standing().waiting:
            raise InvalidInput(
                f"record {record_id!r} does not wait to be checked: group.check lists those that do"
            )
        event = self._event(str(uuid.uuid4()), record_id, value, {"suggestions": [], "check": self.key})
        self._dataset.append([self._dataset.checked(event)])

    def problem(self, standing: Standing | None = None) -> str | None:
        """Say what stands between the group and its acceptance; None when it may be accepted."""
        waiting, answered, disagreeing, left = standing or self.standing()
        if waiting:
            return f"{len(waiting)} of {len(waiting) + len(answered)} records wait to be checked by hand"
        if len(disagreeing) > self.allowed:
            return (
                f"{len(disagreeing)} of {len(answered)} checked records disagree with the suggestion, "
                f"at most {self.allowed} may: answer the others by hand, or ask for a higher score"
            )
        return None if left else "no record is left to accept"

    def accept(self, attempt: str | None = None) -> int:
        """Submit the suggestion for every record of the group that is left; return how many were submitted.

        Args:
            attempt: a UUID that names this acceptance; with the same one, what was written is not written again.

        Raises:
            InvalidInput: the spot check is not finished, or it disagrees too often; nothing is written.
            StoreError: it could not be written; what was written before stays, call again.
        """
        standing = self.standing()
        if said := self.problem(standing):
            raise InvalidInput(f"this group cannot be accepted: {said}")
        named = uuid.UUID(attempt) if attempt else uuid.uuid4()
        shown = {"suggestions": [], "bulk": True, "group": self.about, "batch": str(named)}
        accepted = 0
        for ids in _batched(standing.left, BATCH):
            events = [
                self._dataset.checked(self._event(str(uuid.uuid5(named, each)), each, self.value, shown))
                for each in ids
            ]
            accepted += sum(each.status == "submitted" for each in self._dataset.append(events))
        return accepted

    def _event(self, event: str, record_id: str, value: Value, shown: dict[str, Any]) -> Event:
        answers = {self.question: value}
        return Event(event, record_id, self.user, "submitted", answers, shown=shown)

    def _free(self) -> Callable[[str], bool]:
        """Return what tells whether a record is this annotator's to answer, and untouched by them."""
        memory, shares = self._dataset._memory, self._dataset._shares  # noqa: SLF001 - as the queue does
        untouched, asked = shares.flags(self.user, ("pending",)), shares.open(self.user)

        def free(record_id: str) -> bool:
            place = memory.index(record_id)
            return place < len(untouched) and bool(untouched[place] and (asked is None or asked[place]))

        return free

    def _is_final(self, record_id: str) -> bool:
        answer = self._dataset.answer(self.user, record_id)
        return answer is not None and answer.status in ("submitted", "discarded")

    def _disagrees(self, record_id: str) -> bool:
        """Tell whether the answer by hand is another one; a discarded record is no agreement."""
        answer = self._dataset.answer(self.user, record_id)
        return (
            answer is None or answer.status != "submitted" or answer.answers.get(self.question) != self.value
        )

    def _lot(self, record_id: str) -> bytes:
        """Return a number that cannot be chosen, and is the same in every kernel."""
        drawn = f"{self.key}/{record_id}/{self.user}"
        return hashlib.blake2b(drawn.encode("utf-8", "surrogatepass"), digest_size=8).digest()


class Grouping:
    """The part of a desk that accepts suggestions in bulk."""

    dataset: FeedbackDataset
    user: str
    _showing: Showing

    def _open_groups(self) -> None:
        self._accepted: dict[str, dict[str, Any]] = {}  # attempt -> its reply, the newest last
        self._accepting = threading.Lock()

    def group(
        self,
        question: str,
        value: Value,
        *,
        score: float | None = None,
        agent: str | None = None,
        check: int = 10,
        allowed: int = 0,
    ) -> Group:
        """Return the untouched records for which `value` is suggested, to be accepted together after a spot check.

        See `Group` for the arguments and errors.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(
        ...     fields=[fw.TextField(name="text")], questions=[fw.LabelQuestion(name="tone", labels=["kind", "rude"])]
        ... )
        >>> ds.add_records([
        ...     {"fields": {"text": f"Thanks {i}"}, "suggestions": [fw.Suggestion("tone", "kind", score=0.9)]}
        ...     for i in range(5)
        ... ])
        Added(new=5, known=0)
        >>> group = ds.annotate(user="ann").group("tone", "kind", score=0.8, check=2)
        >>> for record in group.check:
        ...     group.respond(record.id, "kind")
        >>> group.accept()
        3
        """
        return Group(
            self.dataset,
            self.user,
            question,
            value,
            score=score,
            agent=agent,
            check=check,
            allowed=allowed,
            apart=lambda record_id: self._showing.how(record_id) == "unassisted",
        )

    def _group(self, request: protocol.Group) -> dict[str, Any]:
        """Tell how far a group is, with the records to check as they are to be seen: without any suggestion."""
        group = self._asked(request)
        standing = group.standing()
        records = self.dataset._memory.look(standing.waiting)  # noqa: SLF001 - in one go
        views: Sequence[dict[str, Any]] = [self._view(each) for each in records]  # type: ignore[attr-defined]
        return {
            "kind": "group",
            "check": group.key,
            "records": [{**view, "suggestions": {}} for view in views],
            "answered": len(standing.answered),
            "disagree": len(standing.disagreeing),
            "left": len(standing.left),
            "problem": group.problem(standing),
        }

    def _accept(self, request: protocol.Accept) -> dict[str, Any]:
        """Accept a group; asked twice, do it once and say the same."""
        with self._accepting:
            if (attempt := str(request.event)) not in self._accepted:
                accepted = self._asked(request).accept(attempt)
                self._accepted[attempt] = {"kind": "accepted", "accepted": accepted}
                while len(self._accepted) > REPLIES:
                    del self._accepted[next(iter(self._accepted))]
            return {**self._accepted[attempt], **self._counts()}  # type: ignore[attr-defined]

    def _asked(self, request: protocol.Group | protocol.Accept) -> Group:
        if self._showing.mode != "shown":
            raise InvalidInput("this desk holds suggestions back: they cannot be accepted together here")
        return self.group(
            request.question,
            request.value,
            score=request.score,
            agent=request.agent,
            check=request.check,
            allowed=request.allowed,
        )


def _check_numbers(check: int, allowed: int) -> None:
    if isinstance(check, bool) or not isinstance(check, int) or not 1 <= check <= MOST_CHECKED:
        raise InvalidInput(f"a group's check must be from 1 to {MOST_CHECKED} records, got {check!r}")
    if isinstance(allowed, bool) or not isinstance(allowed, int) or not 0 <= allowed < check:
        raise InvalidInput(f"a group's allowed must be from 0 to below check={check}, got {allowed!r}")


def _check_question(dataset: FeedbackDataset, name: str, value: Any) -> None:
    """Refuse a question whose suggestion alone would not be a whole answer."""
    names = [each.name for each in dataset.settings.questions]
    question = dataset.settings.question(name)
    if question is None:
        raise InvalidInput(
            f"there is no question {name!r}; there are {', '.join(names)}.{near_miss(name, names)}"
        )
    if question.type not in KINDS:
        raise InvalidInput(
            f"suggestions for {name!r} cannot be accepted as a group: that takes a single choice or a rating"
        )
    others = [each.name for each in dataset.settings.questions if each.required and each.name != name]
    if others:
        raise InvalidInput(
            f"suggestions for {name!r} cannot be accepted as a group: {', '.join(others)} must be answered, too"
        )
    question.check(value)


def _batched(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
