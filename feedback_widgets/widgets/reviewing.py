"""The review desk: the kernel's side of it. What a page asks for and what a cell asks for go along the same path."""

from __future__ import annotations

import html
import threading
import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from feedback_widgets import review
from feedback_widgets.errors import InvalidInput, StoreError
from feedback_widgets.records import Response
from feedback_widgets.widgets import protocol, review_protocol
from feedback_widgets.widgets.bundle import STUB, code_name, source
from feedback_widgets.widgets.layout import filtered, read_layout
from feedback_widgets.widgets.pushing import Pushing
from feedback_widgets.widgets.replying import EVERYBODY, Replying, unpin
from feedback_widgets.widgets.review_view import FINISHED, answer_keys, review_view

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.memory import News
    from feedback_widgets.records import Record
    from feedback_widgets.review import Dispute
    from feedback_widgets.widgets.protocol import Source

PUSH_VIEWS = 20  # changed records that the pages are told of at once
PYTHON = "python"


class ReviewDesk(Replying, anywidget.AnyWidget):
    """A review desk for one reviewer. Make it with `dataset.review(user=…)`.

    Show it as a cell's last line, or work it from Python: `desk.record`, `desk.adopt(…)`, `desk.decide(…)`,
    `desk.send_back(…)`, `desk.undo()`.

    Args:
        dataset: the dataset to review.
        user: the reviewer's name. Decisions carry this name, whatever a page says.
        blind: pages learn neither who answered nor when.
        disputed: leave out records whose answers are all alike.
        filter: which records; see `FeedbackDataset.annotate`.
        height: of the desk, such as `"420px"`.
        language: what the desk itself speaks; None leaves it to the page.

    Raises:
        InvalidInput: this person is no reviewer, or an argument is not one of those above.
    """

    _esm = STUB
    _code = traitlets.Unicode().tag(sync=True)  # names the version of the bundle that a page must have
    _part = traitlets.Unicode("review").tag(sync=True)  # what the bundle opens

    def __init__(
        self,
        dataset: FeedbackDataset,
        user: str,
        *,
        blind: bool = False,
        disputed: bool = False,
        filter: Any = None,
        height: str | int | None = None,
        language: str | None = None,
    ) -> None:
        review.may_review(dataset, user)
        self.dataset, self.user, self.blind = dataset, user, bool(blind)
        layout = read_layout("pending", compact=False, height=height, language=language)
        self._layout = {"height": layout["height"], "language": layout["language"], "blind": self.blind}
        wanted = filtered(dataset, user, filter)
        self._disputed, self._wanted = bool(disputed), None if wanted is None else set(wanted)
        self._order: list[
            str
        ] = []  # ids, those in most dispute first; it stands, and what comes later comes last
        self._places: dict[str, int] = {}
        self._in_dispute: set[str] = set()
        self._seen: tuple[Any, int] = (None, -1)  # how much of what the memory went through is in the order
        self._at = -1  # the place of the record that a cell did something to last
        self._order_lock = threading.Lock()
        self._pages = False  # whether any page has opened
        self._news = Pushing(self._push, of=user)
        self._serving = threading.local()
        self._extend()
        super().__init__(_code=code_name(language))
        unpin(self.comm)
        self.on_msg(self._on_message)
        dataset.watch(self._on_news)

    def __repr__(self) -> str:
        return f"ReviewDesk({self.dataset!r}, user={self.user!r})"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add a summary for hosts that show no widget: an untrusted notebook, a saved page."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        counts, title = self.progress(), self.dataset.name or "unsaved dataset"
        said = (
            f"{counts['decided']} of {counts['total']} records decided when this cell ran. Run it to review."
        )
        data["text/html"] = f"<p><b>Review desk: {html.escape(title)}</b><br>{html.escape(said)}</p>"
        return data, metadata

    # -- from Python ------------------------------------------------------------------------------------------------

    @property
    def record(self) -> Record | None:
        """The record that waits for a decision, the most disputed one first; None when all are decided or sent back."""
        self._extend()
        found = next(self._open(self._at), None)
        found = next(self._open(-1), None) if found is None else found
        return None if found is None else self.dataset.record(self._order[found])

    def disputes(self) -> list[Dispute]:
        """Return the records of this desk in its order, each with how far the answers lie apart now."""
        self._extend()
        questions = self.dataset.settings.questions
        return [review.dispute(questions, self.dataset.record(each)) for each in self._order]

    def adopt(self, record: Record | str, user: str, comment: str | None = None) -> None:
        """Decide on what one annotator answered. Returns once it is committed.

        Raises:
            InvalidInput: no reviewer (any more), an unknown record, or no submitted answer of this annotator.
            StoreError: it could not be written.
        """
        self._act("adopt", record, answer=self._key_of(record, user), comment=comment)

    def decide(self, record: Record | str, values: Mapping[str, Any], comment: str | None = None) -> None:
        """Decide on other values, for all questions or some; otherwise as `adopt`.

        Raises:
            InvalidInput: an unknown question, or a value against its question's rule.
        """
        bare = Response(dict(values)).to_json()
        self._act("decide", record, values=bare, comment=comment)

    def send_back(self, record: Record | str, user: str, comment: str | None = None) -> None:
        """Give a record back to an annotator, whose desk shows the comment; otherwise as `adopt`."""
        self._act("send_back", record, answer=self._key_of(record, user), comment=comment)

    def undo(self) -> Record | None:
        """Take back this reviewer's newest act that still stands; return its record, None for nothing."""
        reply = self._deliver("undo", event=str(uuid.uuid4()))
        if reply["view"] is None:
            return None
        self._at = reply["view"]["index"] - 1
        return self.dataset.record(reply["view"]["record"])

    def progress(self) -> dict[str, int]:
        """Count this desk's records: `{total, disputed, decided, waiting}`.

        Disputed are those whose answers were not all alike when the desk met them; waiting those sent back to an annotator.
        """
        self._extend()
        reviews, here = self.dataset._reviews, self._places.keys()  # noqa: SLF001 - a widget shows what the dataset knows
        return {
            "total": len(self._order),
            "disputed": len(self._in_dispute),
            "decided": len(here & set(reviews.records())),
            "waiting": sum(map(self._waits, here & reviews.returned().keys())),
        }

    def _key_of(self, record: Record | str, user: str) -> str:
        found = self.dataset.record(_id(record))
        return answer_keys(found, blind=self.blind).get(user, user)

    def _act(self, kind: str, record: Record | str, **more: Any) -> None:
        record_id = _id(record)
        self._deliver(kind, event=str(uuid.uuid4()), record=record_id, **more)
        self._at = self._places.get(record_id, self._at)

    def _deliver(self, kind: str, **more: Any) -> dict[str, Any]:
        envelope = {"v": protocol.VERSION, "client": PYTHON, "rid": str(uuid.uuid4())}
        reply = self._reply({**envelope, "kind": kind, **more})
        if reply["kind"] == "refused":
            raise (StoreError if reply["again"] else InvalidInput)(reply["reason"])
        return reply

    # -- messages ---------------------------------------------------------------------------------------------------

    def _read(self, content: Any) -> Any:
        return review_protocol.read(content)

    def _hello(self, _: review_protocol.Hello) -> dict[str, Any]:
        self._pages = True
        dataset = self.dataset
        dataset.sync()
        self._extend()
        return {
            "kind": "welcome",
            "dataset": {"key": dataset.key, "name": dataset.name, "workspace": dataset.workspace},
            "user": self.user,
            "spec": {**dataset.settings.spec(), "version": dataset.settings_version},
            "store": {"place": dataset.store.place, "durable": dataset.store.durable},
            "desk": self._layout,
            "records": [self._view(each) for _, each in zip(range(3), self._open(-1), strict=False)],
            **self._counts(),
        }

    def _records(self, request: review_protocol.Records) -> dict[str, Any]:
        self._extend()
        if request.before is not None:
            places = list(
                range(max(0, request.before - request.limit), min(request.before, len(self._order)))
            )
        else:
            walk = (
                self._open(request.after)
                if request.open
                else iter(range(request.after + 1, len(self._order)))
            )
            places = [each for _, each in zip(range(request.limit), walk, strict=False)]
        return {"kind": "records", "records": [self._view(each) for each in places], **self._counts()}

    def _adopt(self, request: review_protocol.Adopt) -> dict[str, Any]:
        who = self._user_of(request)
        review.adopt(self.dataset, self.user, request.record, who, request.comment, event_id=request.event)
        return self._reviewed(request.record)

    def _send_back(self, request: review_protocol.SendBack) -> dict[str, Any]:
        who = self._user_of(request)
        review.send_back(
            self.dataset, self.user, request.record, who, request.comment, event_id=request.event
        )
        return self._reviewed(request.record)

    def _decide(self, request: review_protocol.Decide) -> dict[str, Any]:
        given = (self.user, request.record, request.values, request.comment)
        review.decide(self.dataset, *given, event_id=request.event)
        return self._reviewed(request.record)

    def _undo(self, request: review_protocol.Undo) -> dict[str, Any]:
        undone = review.take_back(self.dataset, self.user, event_id=request.event)
        view = None if undone is None else self._view_of(undone.record_id)
        return {"kind": "undone", "view": view, **self._counts()}

    def _source(self, request: Source) -> dict[str, Any]:
        return {"kind": "source", "esm": source(request.part)}

    def _user_of(self, request: review_protocol.Adopt | review_protocol.SendBack) -> str:
        """Return whose answer a message is about. A page that must not know the names hears none in a refusal either."""
        keys = answer_keys(self.dataset.record(request.record), blind=self.blind)
        who = next((user for user, each in keys.items() if each == request.answer), None)
        if not self.blind:
            return request.answer if who is None else who
        answer = None if who is None else self.dataset.answer(who, request.record)
        if who is None or answer is None or answer.status not in FINISHED:
            raise InvalidInput(f"there is no finished answer {request.answer!r} to this record now")
        if answer.status == "discarded" and request.kind == "adopt":
            raise InvalidInput(f"{request.answer!r} discarded this record: there is no answer to adopt")
        return who

    def _reviewed(self, record_id: str) -> dict[str, Any]:
        return {"kind": "reviewed", "view": self._view_of(record_id), **self._counts()}

    def _counts(self) -> dict[str, Any]:
        return {"progress": self.progress()}

    # -- the order --------------------------------------------------------------------------------------------------

    def _extend(self) -> None:
        """Put records that were answered since last time after those that were there."""
        with self._order_lock:
            memory = self.dataset._memory  # noqa: SLF001 - which records changed since
            known, seen = self._seen
            now, places = memory.changes(seen if known is memory else -1)
            if (memory, now) == (known, seen):
                return
            self._seen = memory, now
            touched = None if places is None else [memory.id_at(each) for each in dict.fromkeys(places)]
            for each in review.by_disagreement(self.dataset, self._among(touched)):
                if each.disagreement:
                    self._in_dispute.add(each.record_id)
                else:
                    self._in_dispute.discard(each.record_id)
                if each.record_id not in self._places and (each.disagreement or not self._disputed):
                    self._places[each.record_id] = len(self._order)
                    self._order.append(each.record_id)

    def _among(self, touched: list[str] | None) -> list[str] | None:
        """Return which of these records the desk is about; None is all of them."""
        if self._wanted is None or touched is None:
            return touched if self._wanted is None else list(self._wanted)
        return [each for each in touched if each in self._wanted]

    def _open(self, after: int) -> Iterator[int]:
        """Yield the places after `after` of the records that nobody decided on and that wait with no annotator."""
        decided, returned = self.dataset._reviews.decided, self.dataset._reviews.returned()  # noqa: SLF001
        for place in range(after + 1, len(self._order)):
            record_id = self._order[place]
            if not decided(record_id) and not (record_id in returned and self._waits(record_id)):
                yield place

    def _waits(self, record_id: str) -> bool:
        """Tell whether an answer that was sent back is not there again."""
        for user in self.dataset._reviews.sent_back(record_id):  # noqa: SLF001
            answer = self.dataset.answer(user, record_id)
            if answer is None or answer.status not in FINISHED:
                return True
        return False

    def _view(self, place: int) -> dict[str, Any]:
        return review_view(self.dataset, self.dataset.record(self._order[place]), place, blind=self.blind)

    def _view_of(self, record_id: str) -> dict[str, Any]:
        record = self.dataset.record(record_id)
        place = self._places.get(record_id, -1)  # -1 for one that this desk leaves out
        return review_view(self.dataset, record, place, blind=self.blind)

    # -- news from elsewhere ------------------------------------------------------------------------------------------

    def _on_news(self, news: News) -> None:
        if not self._pages:
            return
        if news.form is not None:
            spec = {**self.dataset.settings.spec(), "version": self.dataset.settings_version}
            self.send(protocol.sendable({**EVERYBODY, "kind": "form", "spec": spec}))
        touched = [*(each.record_id for each in news.events), *news.changed, *news.reviewed]
        if touched:
            self._news.add(touched)

    def _push(self, changed: list[str]) -> None:
        self._extend()
        known = [each for each in changed if each in self._places]
        views = [self._view_of(each) for each in known[-PUSH_VIEWS:]]
        said = {"kind": "progress", "views": views, "more": len(known) > PUSH_VIEWS, **self._counts()}
        self.send(protocol.sendable({**EVERYBODY, **said}))


def _id(record: Record | str) -> str:
    return record if isinstance(record, str) else record.id
