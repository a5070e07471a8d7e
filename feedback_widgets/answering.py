"""What people do with a dataset: its methods for answering, taking back, looking back, counting, and sharing the work out."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Self, overload

from feedback_widgets.errors import InvalidInput
from feedback_widgets.finding import Finding
from feedback_widgets.records import Response
from feedback_widgets.store import Event, new_id

if TYPE_CHECKING:
    from datetime import datetime

    from feedback_widgets.assignment import Assignment
    from feedback_widgets.history import Happening
    from feedback_widgets.progress import Progress
    from feedback_widgets.records import Record
    from feedback_widgets.widgets.progress import ProgressView


def current_user() -> str:
    """Return who sits at this kernel: `$JUPYTERHUB_USER`, else the login name. The browser has no say in it."""
    return os.environ.get("JUPYTERHUB_USER") or getpass.getuser()


class Answering(Finding):
    """What people do with the records of `FeedbackDataset`."""

    # -- answers ----------------------------------------------------------------------------------------------------

    def respond(
        self,
        record_id: str,
        values: Mapping[str, Any],
        *,
        user: str | None = None,
        status: str = "submitted",
        comment: str | None = None,
    ) -> None:
        """Answer a record from code. Returns once the answer is committed.

        Args:
            record_id: `record.id`.
            values: question name -> answer.
            user: the annotator's name; default: `$JUPYTERHUB_USER`, else the login name.
            status: `"submitted"`, `"draft"` or `"discarded"`.
            comment: a remark on the record, at most 10,000 characters.

        Raises:
            InvalidInput: an unknown record, or an answer that breaks a rule: nothing is written; or others have completed
                the record meanwhile: the answer is kept as a draft.
            StoreError: it could not be written; what was there before is untouched.
        """
        answers = Response(dict(values), None, status).to_json()
        event = self._event(new_id(), record_id, str(user or current_user()), status, answers)
        event = self.checked(replace(event, comment=comment))
        (stored,) = self.append([event])
        if refusal := self.refusal(event, stored):
            raise InvalidInput(refusal)

    def refusal(self, given: Event, stored: Event) -> str | None:
        """Say why an answer was not stored as submitted: others had completed the record; None where it was."""
        distribution = self.settings.distribution
        stands = given.status != "submitted" or stored.status in ("submitted", "forgotten")
        return None if distribution is None or stands else distribution.refusal(kept=stored.id == given.id)

    def undo(self, *, user: str | None = None, event_id: str | None = None) -> Event | None:
        """Take back this user's newest submitted or discarded answer that still stands, whoever's session gave it.

        The record returns to what it was before that answer. Repeating a call with the same `event_id` changes nothing.

        Returns:
            The event that was taken back, or None when there is nothing left to undo.
        """
        from feedback_widgets.history import undo

        return undo(self, user or current_user(), event_id)

    def undoable(self, user: str) -> Event | None:
        """Return the answer that `undo` would take back, or None."""
        from feedback_widgets.history import undoable

        return undoable(self, user)

    def redo(self, *, user: str | None = None, event_id: str | None = None) -> Event | None:
        """Take back this user's newest undo: the answer stands again, unless they answered that record anew.

        Repeating a call with the same `event_id` changes nothing.

        Returns:
            The undo that was taken back, or None when there is none.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
        ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
        >>> ds.add_records([{"text": "Hi"}])
        Added(new=1, known=0)
        >>> ds.respond(ds[0].id, {"tone": "polite"}, user="ann")
        >>> _ = ds.undo(user="ann"), ds.redo(user="ann")
        >>> ds.answer("ann", ds[0].id).answers
        {'tone': 'polite'}
        """
        from feedback_widgets.history import redo

        return redo(self, user or current_user(), event_id)

    def redoable(self, user: str) -> Event | None:
        """Return the undo that `redo` would take back, or None; it is looked for among this user's newest 500 events."""
        from feedback_widgets.history import redoable

        return redoable(self, user)

    def history(self, record: Record | str) -> list[Happening]:
        """Return everything that happened to a record (given itself or its id), oldest first.

        Raises:
            InvalidInput: there is no such record.
        """
        from feedback_widgets.history import history

        return history(self, record)

    def as_of(self, moment: int | datetime | str) -> Self:
        """Return a copy, in memory, of the dataset as it stood at `moment`: its records, answers, suggestions and guidelines.

        Metadata is as it is today, and so is a suggestion that was replaced since; what was forgotten stays forgotten.

        Args:
            moment: an event's `seq` (right after it; 0 is before the first), a `datetime` (local time where it has no
                zone), or an ISO 8601 text.

        Raises:
            InvalidInput: the moment cannot be read, or the log has not come so far.
        """
        from feedback_widgets.history import as_of

        return as_of(self, moment)

    @overload
    def progress(self, user: str, *, live: Literal[False] = False) -> dict[str, Any]: ...
    @overload
    def progress(self, user: None = None, *, live: Literal[False] = False) -> Progress: ...
    @overload
    def progress(self, user: None = None, *, live: Literal[True]) -> ProgressView: ...
    def progress(self, user: str | None = None, *, live: bool = False) -> dict[str, Any] | ProgressView:
        """Count records by state.

        Args:
            user: one annotator; default: the whole dataset.
            live: return a widget instead, which follows the work while it is on the page.

        Returns:
            For one annotator `{total, pending, draft, submitted, discarded}`, adding up to total. Where the work is shared
            out there is `closed` too: records that this annotator has not touched and will not be asked for, because
            others have completed them or they are assigned to others; `pending` are those that may still come, and the
            six add up to total. Without `user` the same for the whole dataset (a record counts as submitted once anybody
            submitted it, else as discarded or draft; nothing is closed), with a distribution `complete`, the number of
            records with all the answers they need, and `annotators`: name -> that person's counts. This one is a dict that
            knows more: it prints a table of times, agreement and drift with what is left, and has `.to_pandas()` and `.plot()`.

        Raises:
            InvalidInput: `live` for one annotator: the desk shows that.
        """
        if live and user is not None:
            raise InvalidInput(
                f"progress({user!r}, live=True) is not there: leave the name out for the whole dataset; "
                "the desk shows each annotator's own"
            )
        if live:
            from feedback_widgets.widgets.progress import ProgressView

            return ProgressView(self)
        if user is not None:
            counts = dict(self._memory.counts(user))
            if (closed := self._shares.closed(user)) is not None:
                counts.update(pending=counts["pending"] - closed, closed=closed)
            return counts
        from feedback_widgets.progress import Progress

        complete = self._shares.complete()
        people = {name: self.progress(name) for name in self._memory.annotators()}
        whole = self._memory.counts() if complete is None else {**self._memory.counts(), "complete": complete}
        return Progress({**whole, "annotators": people}, self)

    # -- who answers what -------------------------------------------------------------------------------------------

    def assign(
        self,
        records: Iterable[Record | str] | None,
        users: Sequence[str] | Mapping[str, Sequence[str]],
        overlap: int = 1,
        seed: int | None = None,
        *,
        replace: bool = False,
    ) -> dict[str, list[str]]:
        """Assign records to annotators: from now on each of them is asked for their own records only, in every kernel.

        Whoever has no assignment is asked for the records that nobody has. Assigning the same again changes nothing.

        Args:
            records: records or their ids; None for all of them.
            users: names, dealt out in turn; or groups, name -> members: each group's records go to all its members.
            overlap: how many different annotators (or groups) get each record; 0 is taken as 1.
            seed: shuffle the records first, in the same way for the same seed; default: deal them out as they come.
            replace: take back everything that was assigned before.

        Returns:
            Annotator -> the ids of the records assigned to them by this call.

        Raises:
            InvalidInput: nobody is named, somebody twice, an unknown record, or a larger overlap than there are annotators.
            StoreError: it could not be written; what was assigned before stands.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
        ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
        >>> ds.add_records([{"text": "Could you help me?"}, {"text": "Go away."}])
        Added(new=2, known=0)
        >>> {name: len(ids) for name, ids in ds.assign(None, ["alice", "bob"]).items()}
        {'alice': 1, 'bob': 1}
        """
        from feedback_widgets.assignment import assign

        return assign(self, records, users, overlap, seed, replace=replace)

    def assignments(self) -> list[Assignment]:
        """Return who shall answer what, oldest first: a list that `pandas.DataFrame(…)` takes."""
        from feedback_widgets.assignment import assignments

        return assignments(self)
