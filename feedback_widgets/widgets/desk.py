"""The labelling desk: the kernel's side of it. It answers every message, names the annotator, and writes before it says saved."""

from __future__ import annotations

import html
import logging
import threading
from itertools import count
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from feedback_widgets.errors import InvalidInput
from feedback_widgets.history import newest_batch, redo_batch, undo_batch
from feedback_widgets.store import Event
from feedback_widgets.widgets import protocol
from feedback_widgets.widgets.bulk import Grouping
from feedback_widgets.widgets.bundle import STUB, code_name, source
from feedback_widgets.widgets.finding import Searching
from feedback_widgets.widgets.hearing import Listeners
from feedback_widgets.widgets.keys import read_keys
from feedback_widgets.widgets.layout import filtered, read_layout
from feedback_widgets.widgets.pushing import Pushing
from feedback_widgets.widgets.replying import EVERYBODY, Replying, unpin
from feedback_widgets.widgets.scripted import Scripted
from feedback_widgets.widgets.showing import Showing
from feedback_widgets.widgets.turn import Turn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.memory import News
    from feedback_widgets.records import Record

log = logging.getLogger("feedback_widgets")
CLIENTS = 100  # pages that are remembered, to know whether somebody listens
PUSH_VIEWS = 100  # changed records that the pages are told of at once


class Desk(Searching, Grouping, Scripted, Replying, anywidget.AnyWidget):
    """A labelling desk for one annotator. Make it with `dataset.annotate(user=…)` and show it as a cell's last line.

    Args:
        dataset: the dataset to answer about.
        user: the annotator's name. Answers carry this name, whatever a page says.
        order: the order in which this annotator meets the records; see `order_for`.
        keys: keys that lie elsewhere on this desk.
        filter: which records this desk asks for; see `FeedbackDataset.annotate`.
        queue: where its pages, and `desk.record`, begin.
        suggestions: when the annotator sees what models suggest; see `Showing`.
        unassisted: the share of records on which they never do.
        compact: leave out what is not needed to answer.
        height: of the part with record and form, such as `"420px"`.
        language: what the desk itself speaks; None leaves it to the page.
    """

    revision = traitlets.Int(0, help="Changes whenever an answer of this annotator does; observe it.")

    _esm = STUB
    _code = traitlets.Unicode().tag(sync=True)  # names the version of the bundle that a page must have
    _key = traitlets.Unicode().tag(sync=True)  # names the page's outbox: dataset and annotator

    def __init__(
        self,
        dataset: FeedbackDataset,
        user: str,
        order: Any = "added",
        keys: Mapping[str, Any] | None = None,
        *,
        filter: Any = None,
        queue: str = "pending",
        suggestions: str = "shown",
        unassisted: float = 0.0,
        compact: bool = False,
        height: str | int | None = None,
        language: str | None = None,
    ) -> None:
        self.dataset, self.user, self.queue = dataset, user, queue
        self._keys = read_keys(keys)
        self._layout = read_layout(queue, compact=compact, height=height, language=language)
        self._showing = Showing(user, suggestions, unassisted)
        self._listeners, self._revisions = Listeners(), count(1)
        self._turn = Turn(dataset, user, order, filtered(dataset, user, filter))
        self._redoable: bool | None = None  # None where it must be asked for
        self._start_script()
        self._open_search()
        self._open_groups()
        self._clients: dict[str, None] = {}  # newest last
        self._news = Pushing(self._push, of=user)
        self._serving = threading.local()
        super().__init__(_code=code_name(language), _key=f"{dataset.key}/{user}")
        unpin(self.comm)
        self.on_msg(self._on_message)
        dataset.watch(self._on_news)

    def __repr__(self) -> str:
        return f"Desk({self.dataset!r}, user={self.user!r})"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add a summary for hosts that show no widget: an untrusted notebook, a saved page."""
        data, metadata = super()._repr_mimebundle_(**options) or ({}, {})
        counts = self.progress()
        title = self.dataset.name or "unsaved dataset"
        said = f"{counts['submitted']} of {counts['total']} records submitted by {self.user} when this cell ran. Run it to label."
        done = round(20 * counts["submitted"] / counts["total"]) if counts["total"] else 0
        bar = "▰" * done + "▱" * (
            20 - done
        )  # a host that trusts nothing strips styles and <progress>, never characters
        data["text/html"] = (
            f"<p><b>Labelling desk: {html.escape(title)}</b><br><span aria-hidden='true'>{bar}</span><br>{html.escape(said)}</p>"
        )
        return data, metadata

    # -- from Python ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Take the desk away, and let others have the records that wait in it."""
        if "_turn" in vars(self):  # else an argument was refused, and there is nothing to end
            self._turn.end()
        super().close()

    # -- messages ---------------------------------------------------------------------------------------------------

    def _hello(self, request: protocol.Hello) -> dict[str, Any]:
        self._remember(request.client)
        dataset = self.dataset
        dataset.sync()
        return {
            "kind": "welcome",
            "dataset": {"key": dataset.key, "name": dataset.name, "workspace": dataset.workspace},
            "user": self.user,
            "spec": self._spec(),
            "store": {"place": dataset.store.place, "durable": dataset.store.durable},
            "lease": protocol.lease(dataset),
            "desk": self._layout,
            "finding": self._facets(),
            "known": sorted(dataset.store.known(dataset.key, request.pending)),
            **self._window(request.client, "pending", -1, 20),
        }

    def _spec(self) -> dict[str, Any]:
        """Return the form, and the keys that lie elsewhere on this desk."""
        dataset = self.dataset
        keys = {} if self._keys is None else {"keys": self._keys}
        return {**dataset.settings.spec(), "version": dataset.settings_version, **keys}

    def _label(self, request: protocol.Label) -> dict[str, Any]:
        """Add a label that the annotator misses, where the question lets them."""
        question = self.dataset.settings.question(request.question)
        if not getattr(question, "allow_new_labels", False):
            raise InvalidInput(
                f"question {request.question!r} takes no new labels from a desk: make it with allow_new_labels=True"
            )
        label = request.label.strip()
        # A race of two people for one label is no error: it is there.
        if label not in question.option_values:  # type: ignore[union-attr]
            self.dataset.extend(labels={request.question: {label: label}})
        return {"kind": "labelled", "question": request.question, "label": label, "spec": self._spec()}

    def _remember(self, client: str) -> None:
        self._clients.pop(client, None)
        self._clients[client] = None
        # Each reload of a page is a new one, and a page can claim to be many.
        while len(self._clients) > CLIENTS:
            del self._clients[next(iter(self._clients))]

    def _records(self, request: protocol.Records) -> dict[str, Any]:
        if request.token is not None:
            hits = self._walk(request.token)
            stretch = (request.queue, request.after, request.limit, request.before)
            window = self._hits_window(request.client, hits, *stretch)
        else:
            window = self._window(request.client, request.queue, request.after, request.limit, request.before)
        return {"kind": "records", **window}

    def _renew(self, request: protocol.Renew) -> dict[str, Any]:
        return {"kind": "renewed", "lost": self._turn.renew(request.client, request.records)}

    def _release(self, request: protocol.Release) -> dict[str, Any]:
        self._turn.give_back(request.client, request.records)
        return {"kind": "released"}

    def _respond(self, request: protocol.Respond) -> dict[str, Any]:
        good: list[Event] = []
        refused: list[dict[str, Any]] = []
        for given in request.events:
            try:
                good.append(self._checked(protocol.read_event(given), request.client))
            except InvalidInput as error:
                named = given if isinstance(given, dict) else {}
                refused.append(
                    {
                        "event": protocol.echoed(named.get("event")),
                        "record": protocol.echoed(named.get("record")),
                        "reason": protocol.reason(error),
                        "kept": False,
                    }
                )
        stored = self.dataset.append(good) if good else []
        saved: list[dict[str, Any]] = []
        for event, kept in zip(good, stored, strict=True):
            if said := self.dataset.refusal(event, kept):
                refused.append({"event": event.id, "record": event.record_id, "reason": said, "kept": True})
            else:
                saved.append({"event": event.id, "seq": kept.seq})
        finished = {
            word: [each.record_id for each in good if each.status == word]
            for word in ("submitted", "discarded")
        }
        self._turn.answered(request.client, **finished)
        self._turn.renew(request.client)
        return {"kind": "saved", "saved": saved, "refused": refused, **self._counts()}

    def _undo(self, request: protocol.Undo) -> dict[str, Any]:
        """Take back the newest answer, or all of a batch: of one that the page does not name, tell it first."""
        dataset = self.dataset
        if not dataset.store.known(dataset.key, [request.event]):
            name, count = newest_batch(dataset, self.user)
            if count > 1 and request.batch != name:
                return {"kind": "batch", "batch": name, "count": count, **self._counts()}
        undone = undo_batch(dataset, self.user, request.event)
        if not undone:
            raise InvalidInput("there is nothing to undo")
        view = self._taken_back(request.event, undone)
        self._turn.renew(request.client, self._turn.lent(request.client, view["view"]["record"]))
        first = undone[0]
        alone = len(undone) == 1
        what = {"values": first.answers if alone else {}, "comment": first.comment if alone else None}
        return {"kind": "undone", **view, **what, **self._counts()}

    def _redo(self, request: protocol.Redo) -> dict[str, Any]:
        undone = redo_batch(self.dataset, self.user, request.event)
        if not undone:
            raise InvalidInput("there is nothing to redo")
        return {"kind": "redone", **self._taken_back(request.event, undone), **self._counts()}

    def _taken_back(self, event: str, targets: Sequence[Event]) -> dict[str, Any]:
        """Tell what was taken back, with the record of it that this annotator meets first."""
        self._redoable = None
        place, dataset = self._turn.order.position, self.dataset
        target = min(targets, key=lambda each: place(dataset.index(each.record_id)))
        view = self._view(dataset.record(target.record_id))
        return {"event": event, "undoes": target.id, "view": view, "count": len(targets)}

    def _goto(self, request: protocol.Goto) -> dict[str, Any]:
        """Return one record, by its place in the annotator's order or by its id."""
        record_id = request.record
        if record_id is None:
            total = self.progress()["total"]
            if request.index is None or request.index >= total:
                raise InvalidInput(f"there is no record {(request.index or 0) + 1}: the last one is {total}")
            record_id = self._turn.id_at(request.index)
        record = self.dataset.record(record_id)
        self._turn.show([record_id])
        lost = self._turn.renew(request.client, self._turn.lent(request.client, record_id))
        view = self._view(record)
        return {"kind": "went", "view": {**view, "closed": view["closed"] or record_id in lost}}

    def _source(self, request: protocol.Source) -> dict[str, Any]:
        return {"kind": "source", "esm": source(request.part)}

    def _checked(self, given: protocol.EventIn, client: str) -> Event:
        event = Event(
            id=given.event,
            record_id=given.record,
            user_id=self.user,
            status=given.status,
            answers=given.values,
            started_at=given.started,
            duration_ms=None if given.duration_ms is None else min(given.duration_ms, protocol.MAX_DURATION),
            shown=self._showing.truth(given.record, given.shown),
            client=client,
            comment=given.comment,
        )
        return self.dataset.checked(event)

    def _window(
        self, client: str, queue: str, after: int, limit: int, before: int | None = None
    ) -> dict[str, Any]:
        if before is None:
            found = self._turn.window(client, queue, after, limit)
        else:
            found = self._turn.window_before(client, queue, before, limit)
        records = self.dataset._memory.look([self._turn.id_at(each) for each in found.indices])  # noqa: SLF001 - in one go
        views = [self._view(each) for each in records]
        return {"records": views, "end": found.end, "held": found.held, **self._counts()}

    def _view(self, record: Record) -> dict[str, Any]:
        return self._showing.view(protocol.record_view(self.dataset, self.user, record, self._turn.order))

    def _counts(self) -> dict[str, Any]:
        # An answer makes nothing redoable: while there is nothing, nobody need ask.
        if self._redoable is not False:
            self._redoable = self.dataset.redoable(self.user) is not None
        undoable = self.dataset.undoable(self.user) is not None
        return {"progress": self.progress(), "undoable": undoable, "redoable": self._redoable}

    # -- news from elsewhere ------------------------------------------------------------------------------------------

    def _on_news(self, news: News) -> None:
        """Tell the pages what they did not do themselves: answers and records from code, another page, another kernel."""
        self._hear([event for event in news.events if event.user_id == self.user])
        if news.form is not None and self._clients:
            self.send(protocol.sendable({**EVERYBODY, "kind": "form", "spec": self._spec()}))
        elsewhere = self._clients.keys() - {getattr(self._serving, "client", None)}
        mine = [
            event.record_id
            for event in news.events
            if event.user_id == self.user or self._turn.touches(event.record_id)
        ] + [*news.changed]
        if not elsewhere or not (mine or news.records):
            return  # of new records the counts are enough: a page that sees more of them asks
        self._news.add(mine)

    def _push(self, changed: list[str]) -> None:
        views = [self._view(self.dataset.record(each)) for each in changed[-PUSH_VIEWS:]]
        said = {"kind": "progress", "views": views, "more": len(changed) > PUSH_VIEWS, **self._counts()}
        self.send(protocol.sendable({**EVERYBODY, **said}))

    def _hear(self, events: Sequence[Event]) -> None:
        """Take in this annotator's news, for whoever listens: at once, or when the page that made them has its reply."""
        if not events:
            return
        if any(event.undoes for event in events):
            self._redoable = None
        self._late().extend(events)
        if getattr(self._serving, "client", None) is None:
            self._tell_late()

    def _late(self) -> list[Event]:
        if not hasattr(self._serving, "late"):
            self._serving.late = []
        late: list[Event] = self._serving.late
        return late

    def _tell_late(self) -> None:
        """Tell cells of this annotator's news: those who observe `revision`, and those who gave a function."""
        late = self._late()
        events, late[:] = list(late), []
        if not events:
            return
        try:
            self.revision = next(self._revisions)
        except Exception:  # an observer's: it must not keep anybody else from hearing
            log.exception("an observer of desk.revision failed")
        for event in events:
            if event.undoes is None and event.status != "pending":
                self._listeners.tell(self.dataset, event)
