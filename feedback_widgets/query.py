"""A query: which records are wanted, and in which order. Plain data that can be printed, pasted, compared and sent.

>>> Query(text="refund", metadata={"lang": ["de"]}, sort="-metadata.length")
Query(text='refund', metadata={'lang': ['de']}, sort=['-metadata.length'])
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, near_miss

if TYPE_CHECKING:
    from feedback_widgets.settings import Settings

STATUSES = ("pending", "draft", "submitted", "discarded")
BOUNDS = ("ge", "le", "gt", "lt")
ABOUT = ("value", "score", "agent")  # what can be asked of a suggestion
ORDERS = ("added", "updated", "metadata.…", "suggestion.…", "suggestion.….score")
_UNSAID = re.compile(r'["\\\x00-\x1f\ud800-\udfff]')  # what no path into JSON can name on every engine
_UNHEARD = re.compile(
    "[\x00\ud800-\udfff]"
)  # what no database can be asked for: NUL and halves of surrogate pairs
_LARGEST = 2**63


class Fixed(dict[str, Any]):
    """A dict that stays as it is: a query may be held by several."""

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a query does not change: make another one with query.but(…)")

    __setitem__ = __delitem__ = __ior__ = update = setdefault = pop = popitem = clear = _refuse

    def __reduce__(self) -> Any:
        return Fixed, (dict(self),)


@dataclass(frozen=True, repr=False)
class Query:
    """What to look for. Everything given must hold; nothing given means every record, in the order of adding.

    A value to compare with is a text, a number or a truth value; a list of them, of which one must fit; or a range
    `{"ge": 1, "le": 5}` (also `gt`, `lt`). What is compared may be a list itself (labels, terms): then one of its elements
    must fit. Of a ranking the best-ranked values count, of a span its label.

    Args:
        text: words to find in the fields; see `feedback_widgets.words`.
        fields: the fields to look in, instead of all.
        status: `pending`, `draft`, `submitted`, `discarded`, or a list: the state of the record for `user`, or for the dataset
            as `progress()` counts it.
        user: the annotator whose status and answers are meant.
        answers: question name -> value; a current answer of `user`, or of anybody.
        suggestions: question name -> value, or `{"value": …, "score": …, "agent": …}`; one suggestion must fit in all of it.
        metadata: name -> value.
        sort: `added`, `updated`, `metadata.x`, `suggestion.q`, `suggestion.q.score`, one or several; a leading `-` turns the
            order round. Records without such a value come last either way.
        similar_to: id of a record; the most similar ones come first, itself left out, and those without a vector too.
        vector: the name of the vector that similarity goes by; may be left out where there is one only.
        limit: return at most so many.

    Raises:
        InvalidInput: a part that cannot be asked for.
    """

    text: str | None = None
    fields: Sequence[str] | None = None
    status: str | Sequence[str] | None = None
    user: str | None = None
    answers: Mapping[str, Any] | None = None
    suggestions: Mapping[str, Any] | None = None
    metadata: Mapping[str, Any] | None = None
    sort: str | Sequence[str] | None = None
    similar_to: str | None = None
    vector: str | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        for name in ("text", "user", "similar_to", "vector"):
            if (given := getattr(self, name)) is not None and not isinstance(given, str):
                raise InvalidInput(f"a query's {name} must be a text, got {given!r}")
            if name != "text" and given is not None:
                _scalar(f"a query's {name}", given)
        for name, allowed in (("fields", None), ("status", STATUSES), ("sort", None)):
            object.__setattr__(self, name, _texts(name, getattr(self, name), allowed))
        for each in self.sort or ():
            _check_order(each)
        for name, read in (("answers", condition), ("metadata", condition), ("suggestions", _suggested)):
            object.__setattr__(self, name, _named(name, getattr(self, name), read))
        limit = self.limit
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
            raise InvalidInput(f"a query's limit must be a whole number from 1, got {limit!r}")

    def __repr__(self) -> str:
        return f"Query({', '.join(f'{name}={value!r}' for name, value in self.to_dict().items())})"

    def __hash__(self) -> int:
        return hash(str(sorted(self.to_dict())))

    def to_dict(self) -> dict[str, Any]:
        """Return what was given, as JSON values."""
        given = {each.name: _plain(getattr(self, each.name)) for each in fields(self)}
        return {name: value for name, value in given.items() if value is not None}

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Query:
        """Rebuild a query from `to_dict()`.

        Raises:
            InvalidInput: a part that a query does not have.

        >>> Query.from_dict({"status": "draft"})
        Query(status=['draft'])
        """
        if not isinstance(given, Mapping):
            raise InvalidInput(f"a query must be a dict of its parts, got {given!r}")
        known = [each.name for each in fields(cls)]
        for name in given:
            if name not in known:
                raise InvalidInput(
                    f"a query has no part {name!r}: it takes {', '.join(known)}.{near_miss(name, known)}"
                )
        return cls(**given)

    def but(self, **parts: Any) -> Query:
        """Return the same query with some parts replaced.

        >>> Query(text="refund", limit=5).but(limit=None)
        Query(text='refund')
        """
        return Query.from_dict({**{each.name: getattr(self, each.name) for each in fields(self)}, **parts})

    def check(self, settings: Settings) -> None:
        """Check the names against a dataset's form.

        Raises:
            InvalidInput: there is no such field, question, metadata property or vector; the near miss is named.
        """
        questions = [each.name for each in settings.questions]
        metadata = (
            None if settings.allow_extra_metadata else [each.name for each in settings.metadata_properties]
        )
        sorted_by = [each.removeprefix("-").split(".", 1) for each in self.sort or ()]
        for word, names, known in (
            ("field", self.fields, [each.name for each in settings.fields]),
            ("question", self.answers, questions),
            ("question", self.suggestions, questions),
            (
                "question",
                [rest[0].removesuffix(".score") for kind, *rest in sorted_by if kind == "suggestion"],
                questions,
            ),
            ("metadata property", self.metadata, metadata),
            ("metadata property", [rest[0] for kind, *rest in sorted_by if kind == "metadata"], metadata),
        ):
            for name in names or ():
                if known is not None and name not in known:
                    raise InvalidInput(
                        f"there is no {word} {name!r}; there are {', '.join(known) or 'none'}.{near_miss(name, known)}"
                    )


# -- what Argilla's users know -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SortBy:
    """One key to sort by, in Argilla's words.

    Args:
        field: `inserted_at`, `updated_at` or `metadata.<name>`.
        order: `asc` or `desc`.

    >>> SortBy("metadata.length", "desc").key
    '-metadata.length'
    """

    field: str
    order: str = "asc"

    def __post_init__(self) -> None:
        if self.order not in ("asc", "desc"):
            raise InvalidInput(f"SortBy order {self.order!r} is not allowed: it is 'asc' or 'desc'")
        _check_order(self.key)

    @property
    def key(self) -> str:
        """The same as `Query(sort=…)` takes it."""
        names = {"inserted_at": "added", "updated_at": "updated"}
        return ("-" if self.order == "desc" else "") + names.get(self.field, self.field)


@dataclass(frozen=True)
class TermsMetadataFilter:
    """Metadata that holds one of some terms.

    >>> TermsMetadataFilter("lang", ["de", "en"]).query_string
    'lang:de,en'
    """

    name: str
    values: Sequence[str]

    def __post_init__(self) -> None:
        if isinstance(self.values, str) or not self.values:
            raise InvalidInput(
                f"TermsMetadataFilter {self.name!r} needs at least one term, got {self.values!r}"
            )
        condition(f"metadata {self.name!r}", list(self.values))

    @property
    def wanted(self) -> Any:
        """The same as `Query(metadata=…)` takes it."""
        return list(self.values)

    @property
    def query_string(self) -> str:
        """The filter as Argilla writes it."""
        return f"{self.name}:{','.join(self.values)}"


@dataclass(frozen=True)
class IntegerMetadataFilter:
    """Metadata within a range; both ends are included, one of them may be left out.

    >>> IntegerMetadataFilter("length", ge=5).query_string
    'length:{"ge": 5}'
    """

    name: str
    le: float | None = None
    ge: float | None = None

    def __post_init__(self) -> None:
        if self.le is None and self.ge is None:
            raise InvalidInput(f"{type(self).__name__} {self.name!r} needs ge=, le= or both")
        condition(f"metadata {self.name!r}", self.wanted)

    @property
    def wanted(self) -> Any:
        """The same as `Query(metadata=…)` takes it."""
        return {name: value for name, value in asdict(self).items() if name != "name" and value is not None}

    @property
    def query_string(self) -> str:
        """The filter as Argilla writes it."""
        return (
            f"{self.name}:{{{', '.join(f'{_quoted(name)}: {value}' for name, value in self.wanted.items())}}}"
        )


class FloatMetadataFilter(IntegerMetadataFilter):
    """The same for fractional numbers."""


MetadataFilter = TermsMetadataFilter | IntegerMetadataFilter


# -- checking ----------------------------------------------------------------------------------------------------------


def condition(what: str, given: Any) -> Any:
    """Return a value to compare with: a scalar, a tuple of scalars, or a range as a dict.

    Raises:
        InvalidInput: anything else.
    """
    if isinstance(given, Mapping):
        return _range(what, given)
    if isinstance(given, list | tuple | set | frozenset):
        many = sorted(given, key=repr) if isinstance(given, set | frozenset) else given
        if not many:
            raise InvalidInput(f"{what} is asked for one of no values: give at least one, or leave it out")
        return tuple(_scalar(what, each) for each in many)
    return _scalar(what, given)


def _range(what: str, given: Mapping[str, Any]) -> dict[str, Any]:
    if not given:
        raise InvalidInput(f"{what} has an empty range: give ge, le, gt or lt")
    for name, value in given.items():
        if name not in BOUNDS:
            raise InvalidInput(f"{what} has a range with {name!r}: a range takes {', '.join(BOUNDS)}")
        if isinstance(_scalar(what, value), bool):
            raise InvalidInput(f"{what} has a range with {value!r}: its ends are numbers or texts")
    if len({isinstance(value, str) for value in given.values()}) > 1:
        raise InvalidInput(
            f"{what} has a range from a number to a text, {dict(given)!r}: both ends must be alike"
        )
    low, high = given.get("ge", given.get("gt")), given.get("le", given.get("lt"))
    if low is not None and high is not None and low > high:
        raise InvalidInput(f"{what} has a range that holds nothing, {dict(given)!r}: swap its ends")
    return Fixed(given)


def _scalar(what: str, given: Any) -> Any:
    if hasattr(given, "item") and not isinstance(given, str | int | float):  # numpy's numbers
        given = given.item()
    if isinstance(given, float) and not math.isfinite(given):
        raise InvalidInput(f"{what} cannot be compared with {given!r}: give a finite number")
    if isinstance(given, int) and not -_LARGEST <= given < _LARGEST:
        return float(given)
    if isinstance(given, str) and _UNHEARD.search(given):
        raise InvalidInput(f"{what} cannot be {given!r}: it holds a NUL or half a character; leave that out")
    if not isinstance(given, str | int | float):
        raise InvalidInput(
            f"{what} cannot be compared with {given!r}: give a text, a number, a list or a range"
        )
    return given


def _suggested(what: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, Mapping) or (given and set(given) <= set(BOUNDS)):
        return Fixed(value=condition(what, given))
    for name in given:
        if name not in ABOUT:
            raise InvalidInput(f"{what} has no {name!r}: it has {', '.join(ABOUT)}.{near_miss(name, ABOUT)}")
    agents = given.get("agent", "")
    many = agents if isinstance(agents, list | tuple) else [agents]
    if not all(isinstance(each, str) for each in many):
        raise InvalidInput(f"{what}'s agent must be a name or a list of names, got {agents!r}")
    return Fixed({name: condition(f"{what}'s {name}", value) for name, value in given.items()})


def _named(part: str, given: Any, read: Callable[[str, Any], Any]) -> dict[str, Any] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise InvalidInput(f"a query's {part} must be a dict of name -> value, got {given!r}")
    for name in given:
        if not isinstance(name, str) or _UNSAID.search(name):
            raise InvalidInput(
                f"a query's {part} cannot name {name!r}: quotes and backslashes cannot be searched by"
            )
    return Fixed({name: read(f"{part} {name!r}", value) for name, value in given.items()}) or None


def _texts(part: str, given: Any, allowed: Sequence[str] | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    many = (given,) if isinstance(given, str | SortBy) else given
    if not isinstance(many, Sequence | set | frozenset):
        raise InvalidInput(f"a query's {part} must be a text or a list of texts, got {given!r}")
    said = tuple(each.key if isinstance(each, SortBy) else each for each in many)
    for each in said:
        if not isinstance(each, str):
            raise InvalidInput(f"a query's {part} must be texts, got {each!r}")
        if allowed and each not in allowed:
            raise InvalidInput(
                f"{part} {each!r} is not allowed: it is one of {', '.join(allowed)}.{near_miss(each, allowed)}"
            )
    return said or None


def _check_order(key: str) -> None:
    kind, dot, name = key.removeprefix("-").partition(".")
    named = kind in ("metadata", "suggestion") and name.removesuffix(".score") and not _UNSAID.search(name)
    if not named and (dot or kind not in ("added", "updated")):
        known = ["added", "updated", "metadata.", "suggestion."]
        raise InvalidInput(
            f"records cannot be sorted by {key!r}: keys are {', '.join(ORDERS)}.{near_miss(key, known)}"
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _quoted(name: str) -> str:
    return f'"{name}"'


__all__ = [
    "FloatMetadataFilter",
    "IntegerMetadataFilter",
    "MetadataFilter",
    "Query",
    "SortBy",
    "TermsMetadataFilter",
]
