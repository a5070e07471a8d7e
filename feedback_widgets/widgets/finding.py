"""Finding in the desk: a page searches, walks over what was found, and Python sees and sets the same query."""

from __future__ import annotations

import json
import reprlib
import threading
import uuid
from array import array
from collections.abc import Collection, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.metadata import TermsMetadataProperty
from feedback_widgets.query import Query
from feedback_widgets.queue import Order
from feedback_widgets.queue.filtered import Filtered
from feedback_widgets.queue.window import candidates
from feedback_widgets.search import Found, search
from feedback_widgets.widgets import protocol

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.widgets.showing import Showing
    from feedback_widgets.widgets.turn import Turn

KEPT = 20  # searches that pages may still be walking over; an older one is searched anew
LONGEST = 20_000  # characters of a query, as JSON


class Hits(Order):
    """What a search found, as an order: a position counts the hits from 0.

    Args:
        found: what was found; its further ids are read when somebody goes beyond the first.
        among: the places of the records that the desk asks for at all; None for every record.
    """

    def __init__(self, found: Found, among: Collection[int] | None = None) -> None:
        self.found = found
        self._index = found.dataset._memory.index  # noqa: SLF001 - as the queue's own orders do
        self._lock = threading.Lock()
        first = found._first if among is None else found.ids  # noqa: SLF001 - all of them would be read otherwise
        self._places = array("q", map(self._index, first))
        if among is not None:
            self._places = array("q", filter(frozenset(among).__contains__, self._places))
        self.total = len(found) if among is None else len(self._places)

    def place(self, position: int) -> int:
        """Return the place of a hit's record."""
        self._reach(position)
        return self._places[position]

    def matching(self, flags: bytes, after: int) -> Iterator[int]:
        """Yield the positions greater than `after` of the hits that are flagged with 1."""
        for position in range(max(after, -1) + 1, self.total):
            place = self.place(position)
            if place < len(flags) and flags[place]:
                yield position

    def _reach(self, position: int) -> None:
        if position < len(self._places):
            return
        with self._lock:
            self._places = array("q", map(self._index, self.found.ids))


class Searching:
    """The part of a desk that finds records. Every answer to a page is about this desk's annotator alone."""

    dataset: FeedbackDataset
    user: str
    _turn: Turn
    _showing: Showing

    def _open_search(self) -> None:
        self._query: Query | None = None
        self._hits: dict[str, Hits] = {}  # token -> what a page walks over, the newest last
        self._search_lock = threading.Lock()

    # -- from Python ------------------------------------------------------------------------------------------------

    @property
    def query(self) -> Query | None:
        """What this desk's pages look for: the newest query, made in a page or set here; None where everything is asked.

        Printed, it is the Python that makes it. Setting it (a `Query`, words as in the search bar, or None) makes every
        page of the desk follow.

        Raises:
            InvalidInput: what is set names what is not there, or what this annotator must not see.
        """
        return self._query

    @query.setter
    def query(self, wanted: Query | str | None) -> None:
        query = Query(text=wanted) if isinstance(wanted, str) else wanted
        if query is not None and not isinstance(query, Query):
            raise InvalidInput(f"desk.query takes a Query, words or None, got {wanted!r}")
        if query is not None:
            self._found(query)
        self._query = query
        address = {"v": protocol.VERSION, "client": "*", "rid": "", "kind": "query"}
        self.send(protocol.sendable({**address, "query": query and query.to_dict()}))  # type: ignore[attr-defined]

    # -- messages ---------------------------------------------------------------------------------------------------

    def _search(self, request: protocol.Search) -> dict[str, Any]:
        """Search, and return the first hits of a queue."""
        if len(json.dumps(request.query)) > LONGEST:
            raise InvalidInput(f"a query has at most {LONGEST} characters: search for less at a time")
        query = Query.from_dict(request.query or {})
        hits = self._found(query)
        token = uuid.uuid4().hex[:16]
        with self._search_lock:
            self._hits[token] = hits
            while len(self._hits) > KEPT:
                del self._hits[next(iter(self._hits))]
        asked = query.to_dict()
        self._query = query if asked else None
        return {
            "kind": "found",
            "token": token,
            "query": asked,
            "python": repr(query),
            "marks": hits.found.marks,
            "total": hits.total,
            **self._hits_window(request.client, hits, request.queue, -1, request.limit),
        }

    def _found(self, query: Query) -> Hits:
        """Search among what this desk asks for.

        Raises:
            InvalidInput: the query names what is not there, or what this annotator must not see.
        """
        if self._showing.mode != "shown" or self._showing.unassisted:
            _check_unsuggested(query)
        order = self._turn.order
        among = order.places() if isinstance(order, Filtered) else None
        return Hits(search(self.dataset, allowed(self.dataset, query, self.user)), among)

    def _walk(self, token: str) -> Hits:
        with self._search_lock:
            hits = self._hits.get(token)
        if hits is None:
            raise InvalidInput(f"the search {reprlib.repr(token)} is no longer held: search again")
        return hits

    def _hits_window(
        self, client: str, hits: Hits, queue: str, after: int, limit: int, before: int | None = None
    ) -> dict[str, Any]:
        """Return a stretch of the hits; `places` are their positions among all hits."""
        if before is None:
            found = self._turn.window(client, queue, after, limit, hits)
        else:
            found = self._turn.window_before(client, queue, before, limit, hits)
        ids = [self._turn.id_at(each, hits) for each in found.indices]
        views = [self._view(each) for each in self.dataset._memory.look(ids)]  # type: ignore[attr-defined] # noqa: SLF001
        window = {"records": views, "places": found.indices, "end": found.end, "held": found.held}
        return {**window, **self._counts()}  # type: ignore[attr-defined]

    def _ids(self, request: protocol.Ids) -> dict[str, Any]:
        """Name the records of a queue without their contents: for an answer to all of them."""
        dataset, order = self.dataset, self._turn.order
        if dataset.distribution is not None:
            raise InvalidInput(
                "these records are shared out between annotators: select those that are on the page"
            )
        walk = order if request.token is None else self._walk(request.token)
        found = list(
            islice(candidates(dataset, self.user, request.queue, request.after, walk), request.limit + 1)
        )
        places = [walk.place(each) for each in found[: request.limit]]
        return {
            "kind": "ids",
            "ids": [dataset._memory.id_at(each) for each in places],  # noqa: SLF001
            "indices": [order.position(each) for each in places],
            "last": found[len(places) - 1] if places else request.after,
            "end": len(found) <= request.limit,
        }

    def _facets(self) -> dict[str, Any]:
        """Return what can be looked for here besides words, and what the desk looks for now."""
        settings = self.dataset.settings
        return {
            "metadata": [
                {
                    "name": each.name,
                    "title": each.title,
                    "type": each.type,
                    "values": each.values if isinstance(each, TermsMetadataProperty) else None,
                }
                for each in settings.metadata_properties
                if each.visible_for_annotators
            ],
            "vectors": [each.name for each in settings.vectors_settings],
            "suggestions": self._showing.mode == "shown" and not self._showing.unassisted,
            "query": self._query and self._query.to_dict(),
        }


def _check_unsuggested(query: Query) -> None:
    if query.suggestions or any("suggestion." in each for each in query.sort or ()):
        raise InvalidInput("this desk holds suggestions back: records cannot be looked for by them here")


def allowed(dataset: FeedbackDataset, query: Query, user: str) -> Query:
    """Return the query as it is asked for one annotator: about their own status and answers.

    Raises:
        InvalidInput: it asks for what they must not see.

    >>> import feedback_widgets as fw
    >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    >>> allowed(ds, Query(status="draft"), "ann")
    Query(status=['draft'], user='ann')
    """
    if query.user not in (None, user):
        raise InvalidInput(
            f"a desk of {user!r} cannot ask for the answers of {query.user!r}: use dataset.search"
        )
    hidden = {each.name for each in dataset.settings.metadata_properties if not each.visible_for_annotators}
    sorted_by = [each.removeprefix("-").partition(".")[2] for each in query.sort or ()]
    for name in (*(query.metadata or ()), *sorted_by):
        if name in hidden:
            raise InvalidInput(f"annotators do not see the metadata property {name!r}: use dataset.search")
    return query.but(user=user) if query.status or query.answers else query
