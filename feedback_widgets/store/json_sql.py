"""Comparing what is kept as JSON, inside the database: the same meaning on SQLite, on PostgreSQL and in Python.

A value to compare with is a scalar, a tuple of which one must fit, or a range. What is compared is a scalar, a list or a
dict; `parts` says which of its elements count.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

OPERATORS = {"ge": ">=", "le": "<=", "gt": ">", "lt": "<"}
# PostgreSQL refuses to look into JSON that holds these, wherever they stand: NUL and halves of surrogate pairs.
_READABLE = r"(strpos({0}, '\u') = 0 OR {0} !~* '\\u(0000|d[89a-f])')"


def parts(value: Any) -> Iterator[Any]:
    """Yield what of a JSON value can be compared: itself, or the scalars in it; of a span its label, of ranks the first.

    >>> list(parts(["a", {"label": "PER", "start": 0}, {"value": "x", "rank": 1}, {"value": "y", "rank": 2}]))
    ['a', 'PER', 'x']
    """
    members = value if isinstance(value, list) else value.values() if isinstance(value, dict) else [value]
    for each in members:
        if isinstance(each, dict):
            first = each.get("rank")
            found = [
                each.get("label"),
                each.get("value") if first == 1 and not isinstance(first, bool) else None,
            ]
        else:
            found = [each]
        yield from (one for one in found if isinstance(one, str | int | float))


def fits(wanted: Any, value: Any) -> bool:
    """Tell whether a JSON value fits: the plain meaning that the two databases are tested against."""
    return any(_fits(wanted, each) for each in parts(value))


def _fits(wanted: Any, value: Any) -> bool:
    if isinstance(wanted, tuple):
        return any(_fits(each, value) for each in wanted)
    if isinstance(wanted, dict):
        tests: dict[str, Callable[[Any, Any], bool]] = {
            "ge": lambda a, b: a >= b, "le": lambda a, b: a <= b, "gt": lambda a, b: a > b, "lt": lambda a, b: a < b
        }  # fmt: skip
        return all(
            _kind(value) == _kind(bound) and tests[name](value, bound) for name, bound in wanted.items()
        )
    return _kind(wanted) == _kind(value) and bool(wanted == value)


def _kind(value: Any) -> str:
    return "truth" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


class Values:
    """The values of a statement: each gets a name, so that none is ever written into it."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}

    def __call__(self, value: Any) -> str:
        name = f"v{len(self.given)}"
        self.given[name] = value
        return f":{name}"


class SqliteJson:
    """How SQLite compares JSON."""

    def __init__(self, values: Values) -> None:
        self.values = values

    def fits(self, column: str, wanted: Any, name: str | None = None) -> str:
        """Return the condition that `column`, or what it holds under `name`, fits."""
        at = f", {self.values(_path(name))}" if name is not None else ""
        itself = self._one("e.type", "e.atom", wanted)
        label = self._one(*_inner("label"), wanted)
        best = self._one(*_inner("value"), wanted)
        first = "json_extract(e.value, '$.rank') = 1 AND json_type(e.value, '$.rank') IN ('integer', 'real')"
        return (
            f"EXISTS (SELECT 1 FROM json_each({column}{at}) AS e WHERE CASE WHEN e.type = 'object'"  # noqa: S608
            f" THEN ({label}) OR ({first} AND ({best})) ELSE {itself} END)"
        )

    def _one(self, kind: str, value: str, wanted: Any) -> str:
        if isinstance(wanted, tuple):
            return "(" + " OR ".join(self._one(kind, value, each) for each in wanted) + ")"
        if isinstance(wanted, dict):
            ends = [self._bound(kind, value, OPERATORS[name], end) for name, end in wanted.items()]
            return "(" + " AND ".join(ends) + ")"
        if isinstance(wanted, bool):
            return f"{kind} = '{str(wanted).lower()}'"
        return self._bound(kind, value, "=", wanted)

    def _bound(self, kind: str, value: str, operator: str, end: Any) -> str:
        kinds = "('text')" if isinstance(end, str) else "('integer', 'real')"
        return f"({kind} IN {kinds} AND {value} {operator} {self.values(end)})"

    def order(self, column: str, name: str | None) -> tuple[str, str]:
        """Return what to sort by: numbers, then texts, of what `column` holds under `name`."""
        path = self.values("$" if name is None else _path(name))
        kind, value = f"json_type({column}, {path})", f"json_extract({column}, {path})"
        number = f"CASE WHEN {kind} IN ('integer', 'real') THEN {value} END"
        words = f"CASE WHEN {kind} = 'text' THEN {value} END"
        return number, words


class PostgresqlJson:
    """How PostgreSQL compares JSON."""

    def __init__(self, values: Values) -> None:
        self.values = values

    def fits(self, column: str, wanted: Any, name: str | None = None) -> str:
        """Return the condition that `column`, or what it holds under `name`, fits."""
        itself, label = self._one("e.v", wanted), self._one("(e.v -> 'label')", wanted)
        best = self._one("(e.v -> 'value')", wanted)
        return (
            "EXISTS (SELECT 1 FROM (SELECT " + self._at(column, name) + " AS j) AS w,"  # noqa: S608
            " LATERAL jsonb_array_elements(CASE jsonb_typeof(w.j) WHEN 'array' THEN w.j"
            " WHEN 'object' THEN jsonb_path_query_array(w.j, 'strict $.*') ELSE jsonb_build_array(w.j) END) AS e(v)"
            f" WHERE w.j IS NOT NULL AND CASE WHEN jsonb_typeof(e.v) = 'object'"
            f" THEN ({label}) OR (e.v -> 'rank' = '1' AND ({best})) ELSE {itself} END)"
        )

    def _at(self, column: str, name: str | None) -> str:
        readable = _READABLE.format(f"CAST({column} AS TEXT)")
        inside = f" -> CAST({self.values(name)} AS TEXT)" if name is not None else ""
        return f"CASE WHEN {readable} THEN CAST({column} AS jsonb){inside} END"

    def _one(self, value: str, wanted: Any) -> str:
        if isinstance(wanted, tuple):
            return "(" + " OR ".join(self._one(value, each) for each in wanted) + ")"
        if isinstance(wanted, dict):
            ends = [self._bound(value, OPERATORS[name], end) for name, end in wanted.items()]
            return "(" + " AND ".join(ends) + ")"
        if isinstance(wanted, str):
            return self._bound(value, "=", wanted)
        return f"{value} = CAST({self.values(json.dumps(wanted))} AS jsonb)"

    def _bound(self, value: str, operator: str, end: Any) -> str:
        bare = f"({value} #>> '{{}}')"
        if isinstance(end, str):
            right = f'CAST({self.values(end)} AS TEXT) COLLATE "C"'
            return f"(CASE WHEN jsonb_typeof({value}) = 'string' THEN {bare} COLLATE \"C\" {operator} {right} END)"
        right = f"CAST({self.values(json.dumps(end))} AS numeric)"
        return f"(CASE WHEN jsonb_typeof({value}) = 'number' THEN CAST({bare} AS numeric) {operator} {right} END)"

    def order(self, column: str, name: str | None) -> tuple[str, str]:
        """Return what to sort by: numbers, then texts, of what `column` holds under `name`."""
        value = f"({self._at(column, name)})"
        number = f"CASE WHEN jsonb_typeof({value}) = 'number' THEN CAST({value} #>> '{{}}' AS numeric) END"
        words = f"CASE WHEN jsonb_typeof({value}) = 'string' THEN ({value} #>> '{{}}') COLLATE \"C\" END"
        return number, words


def _path(name: str) -> str:
    return f'$."{name}"'


def _inner(name: str) -> tuple[str, str]:
    return f"json_type(e.value, '$.{name}')", f"json_extract(e.value, '$.{name}')"
