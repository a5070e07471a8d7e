"""What a search returns: the ids of the records in order, and the records themselves when somebody looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from itertools import islice
from typing import TYPE_CHECKING, Any, overload

from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.query import MetadataFilter, Query
from feedback_widgets.search.similar import ranking, vector_settings
from feedback_widgets.statuses import CODES
from feedback_widgets.store.search import find, glance
from feedback_widgets.words import Term, parse, spans

if TYPE_CHECKING:
    from feedback_widgets.live import Live
    from feedback_widgets.records import Record

PAGE = 100  # records read at once while somebody walks over them
IN_MEMORY = (None, ("added",), ("-added",))  # orders that need no store


class Found(Sequence["Record"]):
    """The records that a query wants, as they were when it was asked, in its order.

    Only ids are held; records are read when somebody looks, and are the dataset's own. It can be refined further with
    `filter_by` and `sort_by`, which search again.

    Args:
        dataset: where it was searched.
        query: what was asked.
        first: the ids of the first records found, in order; all of them where `rest` is None.
        total: how many there are without the limit.
        groups: the words that were searched.
        rest: finds all ids, when somebody looks beyond the first.
    """

    def __init__(
        self,
        dataset: Live,
        query: Query,
        first: list[str],
        total: int,
        groups: Sequence[Sequence[Term]] = (),
        rest: Callable[[], list[str]] | None = None,
    ) -> None:
        self.dataset, self.query, self.total = dataset, query, total
        self._first, self._groups, self._rest = first[: query.limit], groups, rest

    def __repr__(self) -> str:
        return f"Found({len(self)} of {len(self.dataset)} records, {self.query!r})"

    def __len__(self) -> int:
        return self.total if self.query.limit is None else min(self.total, self.query.limit)

    @property
    def ids(self) -> list[str]:
        """The ids of the records found, in order, `query.limit` of them at most."""
        if self._rest is not None and len(self._first) < len(self):
            self._first, self._rest = self._rest()[: self.query.limit], None
        return self._first

    def page(self, after: int, number: int) -> list[Record]:
        """Return some records: `number` of them from place `after` (counted from 0) on. The first page comes quickest."""
        near = self._first if after + number <= len(self._first) else self.ids
        return list(self._look(near[after : after + number]))

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> list[Record]: ...
    def __getitem__(self, at: int | slice) -> Record | list[Record]:
        if isinstance(at, slice):
            start, stop, step = at.indices(len(self))
            return (
                self.page(start, max(0, stop - start))[::step] if step > 0 else list(self._look(self.ids[at]))
            )
        return self.page(at, 1)[0] if 0 <= at < len(self) else self._look([self.ids[at]])[0]

    def __iter__(self) -> Iterator[Record]:
        yield from self._look(self._first[:PAGE])
        walk = iter(self.ids[PAGE:])
        while page := list(islice(walk, PAGE)):
            yield from self._look(page)

    def __contains__(self, record: object) -> bool:
        return getattr(record, "id", record) in self.ids

    def _look(self, ids: Sequence[str]) -> Sequence[Record]:
        return self.dataset._memory.look(ids)  # noqa: SLF001 - the dataset's own door leads here

    @property
    def records(self) -> list[Record]:
        """The records, in order."""
        return list(self)

    @property
    def places(self) -> list[int]:
        """The records' places in the order of adding, counted from 0."""
        return [self.dataset._memory.index(each) for each in self.ids]  # noqa: SLF001

    @property
    def marks(self) -> list[str]:
        """What to highlight: folded words, phrases (`big red`) and beginnings (`pre*`), each once."""
        wanted = [term.mark for group in self._groups for term in group if not term.negative]
        return list(dict.fromkeys(wanted))

    def spans(self, record: Record) -> dict[str, list[tuple[int, int]]]:
        """Return where a record's text fields hold what was searched: field name -> (start, end) in code points."""
        scope = self.query.fields
        found = {
            name: spans(self._groups, content, name)
            for name, content in record.fields.items()
            if isinstance(content, str) and (scope is None or name in scope)
        }
        return {name: hits for name, hits in found.items() if hits}

    def filter_by(self, **wanted: Any) -> Found:
        """Search again, with more conditions; see `FeedbackDataset.filter_by`.

        A condition on the same part (the same metadata, the same question) replaces the earlier one.
        """
        return search(self.dataset, refined(self.query, wanted))

    def sort_by(self, *keys: Any) -> Found:
        """Search again, in another order; see `FeedbackDataset.sort_by`."""
        return search(self.dataset, self.query.but(sort=sort_keys(keys)))


def search(dataset: Live, query: Query | str | None = None, user: str | None = None) -> Found:
    """Return the records that a query wants; see `FeedbackDataset.search`."""
    asked = query if isinstance(query, Query) else Query(text=query)
    if user is not None:
        asked = asked.but(user=user)
    dataset.sync()
    asked.check(dataset.settings)
    if asked.vector is not None or asked.similar_to is not None:
        vector_settings(dataset, asked.vector)
    groups = parse(asked.text or "", [each.name for each in dataset.settings.fields])
    memory = dataset._memory  # noqa: SLF001 - the dataset's own door leads here
    place, upto = (dataset.store, dataset.key, asked, groups), memory.last_record
    of_values = asked.metadata or asked.suggestions or asked.answers
    if groups and not (of_values or asked.sort or asked.status or asked.similar_to):
        total, first = glance(*place, upto, PAGE)
        return Found(dataset, asked, first, total, groups, lambda: find(*place, upto))
    if groups or of_values or asked.sort not in IN_MEMORY:
        ids = find(*place, upto)
    else:
        ids = [memory.id_at(at) for at in range(len(memory))][:: -1 if asked.sort == ("-added",) else 1]
    if asked.status:
        codes, wanted = _codes(dataset, asked.user), {CODES[each] for each in asked.status}
        index, known = memory.index, len(codes)
        ids = [each for each in ids if (at := index(each)) < known and codes[at] in wanted]
    if asked.similar_to is not None:
        there = set(ids)
        ids = [each for each, _ in ranking(dataset, asked.similar_to, asked.vector) if each in there]
    return Found(dataset, asked, ids, len(ids), groups)


def _codes(dataset: Live, user: str | None) -> bytes:
    """Return the status of every record as a byte: for one annotator, or the best that anybody gave it."""
    memory = dataset._memory  # noqa: SLF001
    if user is not None:
        return memory.codes(user)
    union = reduce(
        lambda one, other: one | int.from_bytes(other, "little"), map(memory.codes, memory.annotators()), 0
    )
    # One bit for each status: submitted counts before discarded, discarded before draft.
    best = bytes(4 if each & 4 else 2 if each & 2 else each & 1 for each in range(256))
    return union.to_bytes(max(len(memory), (union.bit_length() + 7) // 8), "little").translate(best)


# -- in Argilla's words ------------------------------------------------------------------------------------------------


def refined(query: Query, wanted: dict[str, Any]) -> Query:
    """Return the query with more conditions, given as parts of a query or in Argilla's words.

    Raises:
        InvalidInput: a condition that there is not.

    >>> refined(Query(metadata={"lang": "de"}), {"response_status": "draft"})
    Query(status=['draft'], metadata={'lang': 'de'})
    """
    given = dict(wanted)
    if (status := given.pop("response_status", None)) is not None:
        given["status"] = status
    filters = given.pop("metadata_filters", None)
    metadata = {**(given.get("metadata") or {})}
    for each in [filters] if isinstance(filters, MetadataFilter) else filters or []:
        if not isinstance(each, MetadataFilter):
            raise InvalidInput(
                f"metadata_filters must hold metadata filters, got {each!r}: give TermsMetadataFilter(…) or the like"
            )
        metadata[each.name] = each.wanted
    if metadata:
        given["metadata"] = metadata
    known = [*Query.__dataclass_fields__, "response_status", "metadata_filters"]
    for name, value in given.items():
        if name not in known:
            raise InvalidInput(
                f"records cannot be filtered by {name!r}: there are {', '.join(known)}.{near_miss(name, known)}"
            )
        before = getattr(query, name)
        if isinstance(before, dict) and isinstance(value, dict):
            given[name] = {**before, **value}
    return query.but(**given)


def sort_keys(keys: Sequence[Any]) -> list[Any]:
    """Return the keys given one by one or as a list."""
    return [each for key in keys for each in (key if isinstance(key, list | tuple) else [key])]
