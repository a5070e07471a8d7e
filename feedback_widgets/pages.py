"""Records as somebody looks at them: read from the store in pages, kept while they are used, one object for each record."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakValueDictionary

from feedback_widgets.errors import StoreError
from feedback_widgets.records import Record, Response, Suggestion
from feedback_widgets.reviews import presented
from feedback_widgets.store.answers import ANSWERS, RECORD_ID, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from feedback_widgets.settings import Settings
    from feedback_widgets.store import Event
    from feedback_widgets.store.pages import Page
    from feedback_widgets.store.quick import Row

RECORDS = 20_000  # kept, and so many characters: a small dataset stays in memory as a whole
CHARACTERS = 50_000_000
PAGE = 200  # records read at a time, fewer where they are long
PAGE_CHARACTERS = 2_000_000
FIRST_PAGE = 20  # before it is known how long they are
PART = 200  # characters that a response or a suggestion costs beside its texts, about

Change = Callable[["Kept"], None]
Decided = Callable[[str], dict[str, Any]]  # record id -> what reviewers decided, in stored form
Unified = dict[
    str, Callable[[str], list[Any]]
]  # question -> record id -> what became of the answers, a live dict
_reading = threading.Lock()


class Kept(Record):
    """A record that stands in a store, with the events behind its responses. While anybody holds it, it hears all news.

    Its answers stay as they were read until somebody looks: who walks over a million records looks at few of them.
    """

    __slots__ = (
        "__weakref__",
        "_answers",
        "_decided",
        "_given",
        "_responses",
        "_settings",
        "_unified",
        "size",
    )

    size: int
    _decided: Decided

    def begin(
        self,
        settings: Settings,
        decided: Decided,
        unified: Unified,
        answers: Sequence[Row],
        suggestions: list[Suggestion],
        size: int,
    ) -> None:
        """Set up what a record has that is kept; answers as the store holds them, one for each annotator at most."""
        self._decided, self._unified = decided, unified
        self._settings, self._given, self.suggestions, self.size = settings, answers, suggestions, size
        self._answers: dict[str, Event] = {}

    @property
    def adjudicated(self) -> dict[str, Any]:
        """Question name -> the value that a reviewer decided on, which wins over all answers."""
        return presented(self._settings, self._decided(self.id))

    @property
    def unified_responses(self) -> dict[str, list[Any]]:
        """Question -> what `dataset.compute_unified_responses` made of the answers."""
        found = ((name, of(self.id)) for name, of in self._unified.items())
        return {name: made for name, made in found if made}

    @property
    def answers(self) -> dict[str, Event]:
        """Annotator -> the event that holds the current answer."""
        if self._given:
            self._read()
        return self._answers

    @property
    def responses(self) -> list[Response]:
        """Everybody's current answers."""
        if self._given:
            self._read()
        return self._responses

    @responses.setter
    def responses(self, given: list[Response]) -> None:
        self._responses = given

    def _read(self) -> None:
        with _reading:  # nobody sees half of them, and nobody reads them twice
            for event in map(read, self._given):
                self._answers[event.user_id] = event
                self._responses.append(_response(event, self._settings))
            self._given = ()

    def show(self, event: Event, settings: Settings) -> None:
        """Show an answer, in the place of the annotator's earlier one; take that out where the answer was taken back."""
        user, answers, responses = event.user_id or None, self.answers, self.responses
        at = next((i for i, each in enumerate(responses) if each.user_id == user), len(responses))
        if event.status == "pending":
            answers.pop(event.user_id, None)
            responses[at : at + 1] = []
        else:
            answers[event.user_id] = event
            responses[at : at + 1] = [_response(event, settings)]

    def describe(self, metadata: Mapping[str, Any]) -> None:
        """Take other metadata."""
        self.metadata = dict(metadata)

    def suggest(self, suggestions: Sequence[Suggestion]) -> None:
        """Take other suggestions."""
        self.suggestions = list(suggestions)


class Pages:
    """The records that somebody looked at. Those looked at last are kept, all others as long as anybody holds them.

    A page is read without the lock, so that nobody waits for it. What is folded meanwhile may be missing from what was read;
    so it is written down for every reading under way, and done to the page when that arrives.

    Args:
        settings: how answers and suggestions are presented.
        lock: the memory's own.
    """

    def __init__(self, settings: Settings, lock: AbstractContextManager[Any]) -> None:
        self.settings = settings
        self.decided: Decided = lambda _: {}
        self.unified: Unified = {}
        self.size = FIRST_PAGE  # how many records are worth reading at once
        self._lock = lock
        self._alive: WeakValueDictionary[str, Kept] = WeakValueDictionary()
        self._used: OrderedDict[str, Kept] = OrderedDict()
        self._characters = 0
        self._journeys: list[list[tuple[str, Change]]] = []

    def get(self, record_id: str) -> Kept | None:
        """Return a record that somebody holds or that was looked at lately, or None."""
        with self._lock:
            found = self._alive.get(record_id)
            if found is not None:
                self._use(found)
            return found

    def held(self) -> bool:
        """Tell whether a change could matter to anybody."""
        return bool(self._alive or self._journeys)

    def change(self, record_id: str, change: Change) -> None:
        """Change a record, also where it is just being read."""
        found = self._alive.get(record_id)
        if found is not None:
            change(found)
        for journey in self._journeys:
            journey.append((record_id, change))

    @contextmanager
    def journey(self) -> Iterator[list[tuple[str, Change]]]:
        """Write down every change from now on, for a page that is being read."""
        changes: list[tuple[str, Change]] = []
        with self._lock:
            self._journeys.append(changes)
        try:
            yield changes
        finally:
            with self._lock:
                self._journeys = [each for each in self._journeys if each is not changes]

    def arrive(
        self, page: Page, ahead: Iterable[Event], changes: Iterable[tuple[str, Change]]
    ) -> dict[str, Kept]:
        """Take in a page: what was read, the answers that ran ahead of it, and the changes made meanwhile."""
        fresh = {each.id: each for each in _made(page, self.settings, self.decided, self.unified)}
        for event in ahead:
            if event.record_id in fresh:
                fresh[event.record_id].show(event, self.settings)
        for record_id, change in changes:
            if record_id in fresh:
                change(fresh[record_id])
        if fresh:
            average = sum(each.size for each in fresh.values()) // len(fresh)
            self.size = max(1, min(PAGE, PAGE_CHARACTERS // (average + 1)))
        # Another thread may have been quicker: there is one object for a record, and that one is up to date.
        found = {each: self._alive.setdefault(each, kept) for each, kept in fresh.items()}
        for kept in found.values():
            self._use(kept)
        return found

    def _use(self, kept: Kept) -> None:
        """Count a record as used just now, and let go of those that were not for the longest time."""
        if kept.id in self._used:
            self._used.move_to_end(kept.id)
            return
        self._used[kept.id] = kept
        self._characters += kept.size
        while len(self._used) > RECORDS or (self._characters > CHARACTERS and len(self._used) > 1):
            _, oldest = self._used.popitem(last=False)
            self._characters -= oldest.size


def _made(page: Page, settings: Settings, decided: Decided, unified: Unified) -> Iterator[Kept]:
    """Make the records of a page, without responses."""
    suggested: dict[str, list[Suggestion]] = {}
    for record_id, found in suggestions_of(page.suggestions, settings):
        suggested.setdefault(record_id, []).append(found)
    given: dict[str, list[Row]] = {}
    for row in page.answers:
        given.setdefault(row[RECORD_ID], []).append(row)
    for record_id, fields, metadata, external_id in page.records:
        kept = cast("Kept", Kept.stored(record_id, fields, metadata, external_id))
        answers, suggestions = given.get(record_id, ()), suggested.get(record_id, [])
        size = len(fields) + len(metadata) + sum([PART + len(row[ANSWERS]) for row in answers])
        size += sum([PART + _length({"": each.value}) for each in suggestions])
        kept.begin(settings, decided, unified, answers, suggestions, size)
        yield kept


def suggestions_of(rows: Iterable[Any], settings: Settings) -> Iterator[tuple[str, Suggestion]]:
    """Yield (record, suggestion) of rows of the store: `record_id, question, agent, value, score, type`."""
    for row in rows:
        question = settings.question(row.question)
        if question is not None:
            value = question.present(row.value)
            yield row.record_id, Suggestion(row.question, value, row.score, row.type, row.agent or None)


def _response(event: Event, settings: Settings) -> Response:
    shown = {}
    for name, stored in event.answers.items():
        question = settings.question(name)
        shown[name] = stored if question is None else question.present(stored)
    return Response.stored(shown, event.user_id or None, event.status, event.comment)


def _length(values: Mapping[str, Any]) -> int:
    return sum(len(each) for each in values.values() if isinstance(each, str))


def lost(place: str, record_id: str) -> StoreError:
    """Return the error for a record that the memory knows and the store does not hold."""
    return StoreError(
        f"the store {place!r} does not hold the record {record_id!r} any more: load the dataset again"
    )
