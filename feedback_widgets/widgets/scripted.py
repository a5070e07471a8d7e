"""The desk from Python: the same walk through the queue as in the page, for notebooks that run without a browser."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, StoreError
from feedback_widgets.records import Response
from feedback_widgets.widgets import protocol
from feedback_widgets.widgets.hearing import Answered, Listeners

if TYPE_CHECKING:
    import pandas

    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.records import Record
    from feedback_widgets.widgets.turn import Turn

PYTHON = "python"  # the page that answers from code belong to


class Scripted:
    """What a cell can do with a desk. Every answer goes along the same path as one from the page."""

    dataset: FeedbackDataset
    user: str
    queue: str
    _turn: Turn
    _listeners: Listeners

    def _start_script(self) -> None:
        self._after = -1  # the position of the record finished last
        self._here: str | None = None  # a record that was gone back to
        self._skipped: dict[str, None] = {}

    @property
    def record(self) -> Record | None:
        """The record that waits for this annotator's answer; None when all are answered, or held by others.

        After `submit`, `discard` and `skip` it is the next one, after `undo` the one whose answer was taken back.
        """
        if self._here is not None:
            return self.dataset.record(self._here)
        found = self._next(self._after)
        if found is None and self.queue == "pending":
            found = self._next(-1)
        if found is None and self._skipped:
            self._skipped = {each: None for each in self._skipped if self._waits(each)}
            found = next(iter(self._skipped), None)
        return None if found is None else self.dataset.record(found)

    def submit(self, values: Mapping[str, Any], comment: str | None = None) -> Record | None:
        """Submit an answer to `desk.record`, and return the next record, None after the last.

        Raises:
            InvalidInput: the answer breaks a rule, or no record waits; nothing is written.
            StoreError: it could not be written.
        """
        return self._finish("submitted", values, comment)

    def discard(self, comment: str | None = None) -> Record | None:
        """Discard `desk.record`, and return the next one; otherwise as `submit`."""
        return self._finish("discarded", {}, comment)

    def skip(self) -> Record | None:
        """Put `desk.record` at the end of this desk's queue without an answer, and return the next one."""
        record = self._current()
        self._skipped.pop(record.id, None)
        self._skipped[record.id] = None
        self._move_on(record.id)
        return self.record

    def undo(self) -> Record | None:
        """Take back this annotator's newest answer, whoever's session gave it; return its record, None for nothing.

        Where many records were answered at once, in the page or by `group.accept()`, all of it is taken back, and
        `redo` brings all of it again; the record is the first of them.
        """
        reply = self._ask("undo")
        if reply is not None and reply["kind"] == "batch":
            reply = self._ask("undo", batch=reply["batch"])
        if reply is not None:
            self._here = reply["view"]["record"]
        return None if reply is None else self.record

    def redo(self) -> Record | None:
        """Take back the newest undo: the answer stands again; return its record, None for nothing."""
        reply = self._ask("redo")
        if reply is None:
            return None
        self._move_on(reply["view"]["record"])
        return self.dataset.record(reply["view"]["record"])

    def respond(
        self, record_id: str, values: Mapping[str, Any], status: str = "submitted", comment: str | None = None
    ) -> None:
        """Answer a record from code, along the same path as an answer from the page. Returns once it is committed.

        Args:
            record_id: `record.id`.
            values: question name -> answer.
            status: `"submitted"`, `"draft"` or `"discarded"`.
            comment: a remark on the record.

        Raises:
            InvalidInput: an unknown record, or an answer that breaks a rule: nothing is written; or others have completed
                the record meanwhile: the answer is kept as a draft.
            StoreError: it could not be written.
        """
        answers = Response(dict(values), None, status).to_json()
        event = {"event": str(uuid.uuid4()), "record": record_id, "status": status, "values": answers}
        reply = self._deliver("respond", events=[{**event, "comment": comment}])
        if reply["kind"] == "refused":
            raise StoreError(reply["reason"])
        if reply["refused"]:
            raise InvalidInput(reply["refused"][0]["reason"])

    def progress(self) -> dict[str, Any]:
        """Return this annotator's counts, over the records that the desk's filter leaves; see `FeedbackDataset.progress`."""
        return self._turn.progress()

    def answers(self) -> pandas.DataFrame:
        """Return this annotator's answers as they are now, one line per record, with the columns of `to_pandas`.

        `desk.revision` counts them: `desk.observe(lambda change: …, "revision")` hears of each.

        Raises:
            MissingExtra: pandas is not installed.
        """
        frame = self.dataset.to_pandas()
        return frame[frame["user_id"] == self.user].reset_index(drop=True)

    def on_response(self, function: Callable[[Answered], object]) -> Callable[[], None]:
        """Call `function` after each committed answer of this desk's annotator, drafts included.

        It runs after the page has been told that the answer is saved, on the thread that took it in. What it raises is
        logged, and breaks nothing.

        Args:
            function: takes one argument with `record`, `values`, `status` and `event`.

        Returns:
            A function that ends it.

        Raises:
            InvalidInput: it cannot be called.
        """
        return self._listeners.add(function)

    # -- inside -----------------------------------------------------------------------------------------------------

    def _next(self, after: int) -> str | None:
        while found := self._turn.window(PYTHON, self.queue, after, 1).indices:
            (after,) = found
            record_id = self._turn.id_at(after)
            if record_id not in self._skipped:
                return record_id
        return None

    def _waits(self, record_id: str) -> bool:
        answer = self.dataset.answer(self.user, record_id)
        return answer is None or answer.status == "draft"

    def _current(self) -> Record:
        record = self.record
        if record is None:
            raise InvalidInput(
                f"no record of the queue {self.queue!r} waits for {self.user!r}: desk.record is None"
            )
        return record

    def _finish(self, status: str, values: Mapping[str, Any], comment: str | None) -> Record | None:
        record = self._current()
        self.respond(record.id, values, status, comment)
        self._skipped.pop(record.id, None)
        self._move_on(record.id)
        return self.record

    def _move_on(self, record_id: str) -> None:
        self._here = None
        self._after = self._turn.order.position(self.dataset.index(record_id))

    def _ask(self, kind: str, **more: Any) -> dict[str, Any] | None:
        reply = self._deliver(kind, event=str(uuid.uuid4()), **more)
        if reply["kind"] != "refused":
            return reply
        if reply["again"]:
            raise StoreError(reply["reason"])
        return None

    def _deliver(self, kind: str, **more: Any) -> dict[str, Any]:
        envelope = {"v": protocol.VERSION, "client": PYTHON, "rid": str(uuid.uuid4())}
        reply: dict[str, Any] = self._reply({**envelope, "kind": kind, **more})  # type: ignore[attr-defined]
        self._tell_late()  # type: ignore[attr-defined]
        return reply
