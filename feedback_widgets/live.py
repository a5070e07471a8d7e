"""What keeps a dataset alive: its form, its memory and its store, held equal, and told to whoever listens."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Self

from feedback_widgets.errors import InvalidInput
from feedback_widgets.memory import Memory, News
from feedback_widgets.records import Record, comment_of
from feedback_widgets.reviews import Reviews
from feedback_widgets.settings import Settings
from feedback_widgets.shares import Shares
from feedback_widgets.store import Event, Store, pages

log = logging.getLogger("feedback_widgets")


class Live:
    """A form, the records and answers in memory, and the store behind them. Safe to use from any thread."""

    settings: Settings
    settings_version: int
    store: Store
    key: str
    name: str | None
    workspace: str | None

    @classmethod
    def _opened(cls, store: Store, key: str, name: str | None, workspace: str | None) -> Self:
        """Return a dataset whose form and records come from a store, without `__init__`."""
        dataset = cls.__new__(cls)
        dataset._start(Settings.from_dict(store.settings(key)[1]))  # noqa: SLF001 - its own class
        dataset._attach(store, key, name, workspace)  # noqa: SLF001
        return dataset

    def _start(self, settings: Settings) -> None:
        self._lock = threading.RLock()
        self._watchers: list[weakref.WeakMethod[Callable[[News], None]]] = []
        self.settings = settings
        self._shares = Shares(self)
        self._reviews = Reviews()

    def _attach(self, store: Store, key: str, name: str | None, workspace: str | None) -> None:
        """Make `store` the truth and rebuild the memory from it."""
        with self._lock:
            if before := vars(self).get("store"):
                before.leave(self)
            earlier: Memory | None = vars(self).get("_memory")
            self.store, self.key, self.name, self.workspace = store, key, name, workspace
            store.follow(self)  # before the first sync, so that nothing falls between the two
            self.settings_version = self._newest_form = store.settings(key)[0]
            self._memory = Memory(self.settings, store, key)
            self._memory.judged_by(self._reviews.decided)
            if earlier is not None:
                self._memory.unified = earlier.unified
            self._memory.load()
            self._shares.refresh()
            self._reviews.refresh(store, key)
            if earlier is not None and self._watchers:
                self._tell(self._memory.unlike(earlier))

    def __len__(self) -> int:
        return len(self._memory)

    def record(self, record_id: str) -> Record:
        """Return the record with this id.

        Raises:
            InvalidInput: there is none.
        """
        found = self._memory.record(record_id)
        if found is None:
            raise _unknown(record_id)
        return found

    def index(self, record_id: str) -> int:
        """Return the record's place in the order of adding, counted from 0."""
        if record_id not in self._memory:
            raise _unknown(record_id)
        return self._memory.index(record_id)

    def _event(self, identity: str, record_id: str, user: str, status: str, answers: dict[str, Any]) -> Event:
        return Event(identity, record_id, user, status, answers, settings_version=self.settings_version)

    def checked(self, event: Event) -> Event:
        """Return the event with its answers in stored form.

        Raises:
            InvalidInput: an unknown record, or an answer that breaks a rule.
        """
        record = self.record(event.record_id)
        answers = self.settings.check_answers(event.answers, event.status, record.fields)
        return replace(
            event,
            answers=answers,
            comment=comment_of(event.comment),
            settings_version=self.settings_version,
        )

    def append(self, events: Sequence[Event]) -> list[Event]:
        """Commit checked events, fold them into the memory, and return them as stored."""
        with (
            self._lock
        ):  # `save` moves the dataset to another store under this lock: no answer falls between the two
            shared = self.settings.distribution
            stored = self.store.append(self.key, events, limit=shared.min_submitted if shared else None)
            changed = self._memory.take_own(stored)
        self._tell(News(changed))
        return stored

    def answer(self, user: str, record_id: str) -> Event | None:
        """Return the event that holds this user's current answer (draft, submitted or discarded), or None."""
        return self._memory.answer(user, record_id)

    def first_open(self, user: str) -> int:
        """Return the place of the first record that waits for this annotator, or `len(self)`."""
        return self._memory.first_open(user)

    def sync(self) -> None:
        """Take in what other kernels wrote: records and answers. A saved dataset does so by itself, within a second."""
        with self._lock:
            newest = pages.newest(self.store, self.key)
            # First: what comes next may answer a question that is new.
            form = self._take_settings() if newest.settings != self._newest_form else None
            before = self._memory.last_change
            news = self._memory.catch_up(newest, told=bool(self._watchers))
            self._shares.refresh(newest.assignment)
            # After the answers: who hears that one was sent back finds the reviewer's words.
            reviewed = self._reviews.refresh(self.store, self.key, newest.review)
            if news.changed and (later := self._take_settings()):
                form, self._memory.last_change = later, before  # suggestions for it are read again, next time
        self._tell(news._replace(form=form, reviewed=reviewed))

    def _take_settings(self) -> int | None:
        """Take over a new form and return its version; None where there is none. It orphans nothing that is stored.

        One that cannot be read here, with a question type of somebody's notebook, is told once; what is open keeps its own.
        """
        if self.store.settings_version(self.key) == self._newest_form:
            return None
        self._newest_form, form = self.store.settings(self.key)
        try:
            newest = Settings.from_dict(form)
        except InvalidInput as error:
            log.warning("%r has got another form, which cannot be read here (%s): load it again", self, error)
            return None
        self.settings, self.settings_version = newest, self._newest_form
        self._memory.settings = newest
        return self._newest_form

    def watch(self, told: Callable[[News], None]) -> None:
        """Call the bound method `told` with all news: events that changed an answer, new records; held weakly."""
        with self._lock:
            self._watchers.append(weakref.WeakMethod(told))

    def _tell(self, news: News) -> None:
        if any(news):
            with self._lock:
                heard = [told for reference in self._watchers if (told := reference()) is not None]
                self._watchers = [weakref.WeakMethod(told) for told in heard]
            for told in heard:
                told(news)


def _unknown(record_id: str) -> InvalidInput:
    return InvalidInput(f"there is no record {record_id!r} in this dataset: take the id from dataset.records")
