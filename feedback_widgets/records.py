"""Records, and what people and models say about them."""

from __future__ import annotations

import gc
import hashlib
import json
import math
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from feedback_widgets.errors import InvalidInput, near_miss

P = TypeVar("P", "Response", "Suggestion")
STATUSES = ("submitted", "draft", "discarded")
COMMENT = 10_000  # characters of a remark
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # no database takes these in a text
RESPONSE = ("values", "user_id", "status", "comment")
PARTS = ("fields", "metadata", "responses", "suggestions", "vectors", "external_id")
_PARTS = frozenset(PARTS)
KINDS = (dict, Mapping)  # a dict is told at once, any other mapping by asking around
_quoted = json.encoder.encode_basestring_ascii
_sorted = json.JSONEncoder(sort_keys=True).encode
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=repr).encode


@dataclass(slots=True)
class Value:
    """One answer inside a response: `response.values["quality"].value`."""

    value: Any


class Response:
    """What one annotator answered on one record.

    Args:
        values: question name -> answer, either bare (`{"quality": 3}`) or wrapped (`{"quality": {"value": 3}}`).
        user_id: the annotator's name; `None` for an answer that belongs to nobody known.
        status: `"submitted"`, `"draft"` or `"discarded"`.
        comment: what the annotator remarks on the record.

    >>> Response(values={"quality": {"value": 3}}, user_id="alice").values["quality"].value
    3
    """

    __slots__ = ("_bare", "_values", "comment", "status", "user_id")

    def __init__(
        self,
        values: Any = MappingProxyType({}),
        user_id: str | None = None,
        status: str = "submitted",
        comment: str | None = None,
    ) -> None:
        if status not in STATUSES:
            raise InvalidInput(
                f"response status {status!r} is not allowed: it is one of {', '.join(STATUSES)}."
                f"{near_miss(str(status).lower(), STATUSES)}"
            )
        given = values if type(values) is dict else _merged(values)
        self._bare = {name: _unwrap(value) for name, value in given.items()}
        # Made when somebody looks: an import of many answers wraps none of them.
        self._values: dict[str, Value] | None = None
        self.user_id = None if user_id is None else str(user_id)
        self.status, self.comment = status, comment

    @classmethod
    def stored(
        cls, answers: dict[str, Any], user_id: str | None, status: str, comment: str | None
    ) -> Response:
        """Return a response as it was checked before: bare answers, as Python users see them."""
        made = cls.__new__(cls)
        made._bare, made._values = answers, None  # noqa: SLF001 - its own class
        made.user_id, made.status, made.comment = user_id, status, comment
        return made

    @property
    def values(self) -> dict[str, Value]:
        """Question name -> answer, wrapped."""
        if self._values is None:
            self._values = {name: Value(value) for name, value in self._bare.items()}
        return self._values

    @values.setter
    def values(self, given: Any) -> None:
        self._values, self._bare = None, Response(given).to_json()

    def to_json(self) -> dict[str, Any]:
        """Return `{question: bare value}`."""
        if self._values is None:
            return self._bare.copy()
        return {name: value.value for name, value in self._values.items()}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Response):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in RESPONSE)

    # No hash: it may change.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Response({', '.join(f'{name}={getattr(self, name)!r}' for name in RESPONSE)})"


@dataclass(slots=True)
class Suggestion:
    """What a model (or another source) proposes as the answer to a question.

    Args:
        question_name: the question it answers.
        value: the proposed answer, in the question's own form.
        score: 0 to 1, or one score per element of a list value.
        type: `"model"`, `"human"` or `None`.
        agent: who says so, for example a model's name.
    """

    question_name: str
    value: Any
    score: float | list[float] | None = None
    type: str | None = None
    agent: str | None = None

    def __post_init__(self) -> None:
        if self.type not in (None, "model", "human"):
            raise InvalidInput(
                f"suggestion type {self.type!r} is not allowed: it is 'model', 'human' or None"
            )
        scores = self.score if isinstance(self.score, list) else [] if self.score is None else [self.score]
        wrong = [each for each in scores if not isinstance(each, int | float) or not 0 <= each <= 1]
        wrong += [each for each in scores if isinstance(each, bool)]
        if wrong:
            raise InvalidInput(
                f"suggestion score {wrong[0]!r} for {self.question_name!r} is not allowed: scores run from 0 to 1"
            )
        if isinstance(self.score, list) and (
            not isinstance(self.value, list) or len(self.score) != len(self.value)
        ):
            raise InvalidInput(
                f"the suggestion for {self.question_name!r} has {len(self.score)} scores for the value {self.value!r}: "
                "give one score, or one per element of the value"
            )


class Record:
    """One thing to look at and answer about.

    Args:
        fields: field name -> content.
        metadata: property name -> value.
        responses: answers already given, as `Response` objects or dicts.
        suggestions: proposals, as `Suggestion` objects or dicts.
        vectors: vector name -> numbers, to find similar records by. They are kept in the store; a record that is read again
            holds none.
        external_id: your own identifier; makes two records with equal fields different.

    `id` is derived from `fields` and `external_id`, so the same content is the same record wherever it is added.

    >>> Record(fields={"prompt": "Hi"}).id == Record(fields={"prompt": "Hi"}).id
    True
    """

    __slots__ = ("_fields", "external_id", "id", "metadata", "responses", "suggestions", "vectors")

    def __init__(
        self,
        fields: Mapping[str, Any],
        metadata: Mapping[str, Any] | None = None,
        responses: Iterable[Response | Mapping[str, Any]] = (),
        suggestions: Iterable[Suggestion | Mapping[str, Any]] = (),
        external_id: str | None = None,
        vectors: Mapping[str, Any] | None = None,
    ) -> None:
        if type(fields) is not dict and not isinstance(fields, Mapping):
            raise InvalidInput(f"a record's fields must be a dict of field name -> content, got {fields!r}")
        if metadata is not None and not isinstance(metadata, Mapping):
            raise InvalidInput(f"a record's metadata must be a dict of name -> value, got {metadata!r}")
        self._fields: dict[str, Any] | str = dict(fields)
        # Most records have none of these: a million of them are imported in one go.
        self.metadata = _filled(metadata) if metadata else {}
        self.responses = [_part(Response, each) for each in responses] if responses else []
        self.suggestions = [_part(Suggestion, each) for each in suggestions] if suggestions else []
        if vectors is not None and not isinstance(vectors, Mapping):
            raise InvalidInput(f"a record's vectors must be a dict of name -> numbers, got {vectors!r}")
        self.vectors = _filled(vectors) if vectors else {}
        self.external_id = None if external_id is None else str(external_id)
        self.id = record_id(self._fields, self.external_id)

    @classmethod
    def stored(cls, id: str, fields: str, metadata: str, external_id: str | None) -> Record:
        """Return a record as the store keeps it. Its fields stay JSON until somebody looks, so that loading is quick."""
        made = cls.__new__(cls)
        made.id, made._fields, made.external_id = id, fields, external_id
        made.metadata = {} if metadata == "{}" else json.loads(metadata)
        made.responses, made.suggestions, made.vectors = [], [], {}
        return made

    @property
    def fields(self) -> dict[str, Any]:
        """Field name -> content."""
        if isinstance(self._fields, str):
            self._fields = json.loads(self._fields)
        return self._fields  # type: ignore[return-value]

    @fields.setter
    def fields(self, given: dict[str, Any]) -> None:
        self._fields = given

    @property
    def unified_responses(self) -> dict[str, list[Any]]:
        """Question -> what `dataset.compute_unified_responses` made of the answers; empty before, and outside a dataset."""
        return {}

    def put_field(self, name: str, stored: Any) -> None:
        """Put a field's stored form in the place of what was given; the id follows the content."""
        self.fields = {**self.fields, name: stored}
        self.id = record_id(self.fields, self.external_id)

    @property
    def adjudicated(self) -> dict[str, Any]:
        """Question name -> the value that a reviewer decided on; empty for a record that stands in no dataset."""
        return {}

    def __repr__(self) -> str:
        return f"Record(id={self.id[:8]}…, fields={self.fields!r}, {len(self.responses)} responses)"

    def to_row(self) -> dict[str, Any]:
        """Return what the store keeps of the record itself."""
        return {
            "id": self.id,
            "fields": self.fields,
            "metadata": self.metadata,
            "external_id": self.external_id,
        }

    def update(
        self, suggestions: Suggestion | Mapping[str, Any] | Iterable[Suggestion | Mapping[str, Any]]
    ) -> None:
        """Add suggestions; one for the same question and agent replaces the earlier one, with a warning."""
        given = [suggestions] if isinstance(suggestions, Suggestion | Mapping) else list(suggestions)
        for each in given:
            new = _part(Suggestion, each)
            same = [
                old
                for old in self.suggestions
                if (old.question_name, old.agent) == (new.question_name, new.agent)
            ]
            if same:
                warnings.warn(
                    f"a suggestion for question {new.question_name!r} by agent {new.agent!r} was there already: it is replaced",
                    stacklevel=2,
                )
            self.suggestions = [old for old in self.suggestions if old not in same] + [new]


def record_id(fields: Mapping[str, Any], external_id: str | None = None) -> str:
    """Return the record's identity: 32 hex digits of the BLAKE2b hash of its content. Empty fields do not count."""
    return hashlib.blake2b(_content(fields, external_id).encode(), digest_size=16).hexdigest()


def _content(fields: Mapping[str, Any], external_id: str | None) -> str:
    """Return the content as JSON, the same for ever: every id hangs on it. Names and texts are put together by hand."""
    try:
        names = sorted(fields) if len(fields) > 1 else fields
        parts = ",".join([f"{_quoted(name)}:{_quoted(fields[name])}" for name in names])
    except TypeError:  # something else than a text
        return _canonical([_filled(fields), external_id])
    return f"[{{{parts}}},{'null' if external_id is None else _quoted(external_id)}]"


def _filled(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def response_id(record: str, response: Response, answers: Mapping[str, Any]) -> str:
    """Return the identity of an answer that came with its record: the hash of its content, so that it is added once."""
    try:  # as with the content of a record
        parts = ", ".join([f"{_quoted(name)}: {_quoted(answers[name])}" for name in sorted(answers)])
        user = "null" if response.user_id is None else _quoted(response.user_id)
        content = f'["{record}", {user}, "{response.status}", {{{parts}}}]'
    except TypeError:
        content = _sorted([record, response.user_id, response.status, answers])
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()


def comment_of(given: Any) -> str | None:
    """Return a remark as it is kept, None where it says nothing.

    Raises:
        InvalidInput: it is no text, or a very long one.

    >>> comment_of("  a duplicate? ")
    'a duplicate?'
    """
    if given is None:
        return None
    if not isinstance(given, str) or len(given) > COMMENT or UNSTORABLE.search(given):
        raise InvalidInput(
            f"a comment must be a text of at most {COMMENT} characters without NUL and half surrogate pairs, got {_shortened(given)}"
        )
    return given.strip() or None


def _shortened(given: Any) -> str:
    return f"{len(given)} characters" if isinstance(given, str) and len(given) > COMMENT else repr(given)


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep Python from looking for garbage: a hundred thousand new records are none, and it would look at them again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


class Added(NamedTuple):
    """What `add_records` did: how many records are new, and how many were known already."""

    new: int
    known: int


def as_records(given: Any, field_names: list[str], metadata_names: list[str]) -> Iterator[Record]:
    """Read what people have: records, dicts, DataFrames, a `datasets.Dataset`, or a list of any of the first two.

    A dict with a `fields` dict is a record's own form. Any other dict (a table's row) is flat: its keys are field names,
    metadata names, `external_id`, `responses` or `suggestions`; what is left over becomes metadata, unless it looks like
    a misspelt field.
    """
    for each in _rows(given):
        if isinstance(each, Record):
            yield each
        elif isinstance(each, KINDS) and isinstance(each.get("fields"), KINDS):
            if not _PARTS.issuperset(each):
                unknown = each.keys() - PARTS
                raise InvalidInput(
                    f"a record has no part {min(unknown)!r}: it takes {', '.join(PARTS)}.{near_miss(min(unknown), PARTS)}"
                )
            yield Record(**each)
        elif isinstance(each, Mapping):
            yield _from_row(each, field_names, metadata_names)
        else:
            raise InvalidInput(f"cannot make a record of {each!r}: give Record(fields={{…}}) or a dict")


def _rows(given: Any) -> Iterable[Any]:
    if isinstance(given, Record | Mapping):
        return [given]
    if given is None or isinstance(given, str | bytes) or not hasattr(given, "__iter__"):
        raise InvalidInput(
            f"records must be a list of records or dicts, a DataFrame or a datasets.Dataset, got {given!r}"
        )
    if type(given).__module__.startswith("pandas"):
        return given.to_dict("records")  # type: ignore[no-any-return]
    return given  # type: ignore[no-any-return]


def _from_row(row: Mapping[str, Any], field_names: list[str], metadata_names: list[str]) -> Record:
    clean = {
        str(key): None if isinstance(value, float) and math.isnan(value) else value
        for key, value in row.items()
    }
    fields = {name: clean.pop(name) for name in field_names if name in clean}
    parts: dict[str, Any] = {
        name: clean.pop(name)
        for name in ("external_id", "responses", "suggestions", "vectors")
        if clean.get(name) is not None
    }
    for name in clean:
        if name not in metadata_names and (hint := near_miss(name, set(field_names) - set(fields))):
            raise InvalidInput(f"the column {name!r} is not a field.{hint} Rename the column, or drop it.")
    return Record(
        fields=fields, metadata={name: value for name, value in clean.items() if value is not None}, **parts
    )


def _part(kind: type[P], given: Any) -> P:
    """Return a response or suggestion, made of a dict where one was given."""
    if isinstance(given, kind):
        return given
    word, known = kind.__name__.lower(), _KNOWN[kind.__name__]
    if not isinstance(given, dict | Mapping):
        raise InvalidInput(f"cannot make a {word} of {given!r}: give {kind.__name__}(…) or a dict, in a list")
    if unknown := [name for name in given if name not in known]:
        raise InvalidInput(
            f"a {word} has no part {unknown[0]!r}: it takes {', '.join(known)}.{near_miss(unknown[0], known)}"
        )
    if kind is Suggestion and (needed := [name for name in known[:2] if name not in given]):
        raise InvalidInput(f"a {word} needs {needed[0]!r}, got {dict(given)!r}")
    return kind(**given)


_KNOWN = {"Response": RESPONSE, "Suggestion": tuple(each.name for each in dataclass_fields(Suggestion))}


def _merged(given: Any) -> dict[str, Any]:
    """Return a response's values: a dict, or a list of them, as Argilla allowed."""
    merged: dict[str, Any] = {}
    for part in given if isinstance(given, list) else [given]:
        if not isinstance(part, Mapping):
            raise InvalidInput(f"a response's values must be a dict of question -> answer, got {part!r}")
        merged.update(part)
    return merged


def _unwrap(value: Any) -> Any:
    if type(value) is str or type(value) is int:
        return value
    if isinstance(value, Value):
        return value.value
    if isinstance(value, dict) and len(value) == 1 and "value" in value:
        return value["value"]
    return value
