"""A table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput
from feedback_widgets.fields.base import Field

Cell = str | int | float | bool | None
REMEDY = "give {'columns': […], 'rows': [[…], …]}, a list of dicts, a dict of columns or a DataFrame"


class TableField(Field):
    """A table: `{"columns": […], "rows": [[…], …]}`, a list of dicts, a dict of columns, or a DataFrame (without its index).

    Cells are text, numbers, booleans or None; not-a-number becomes None, and other values (dates, say) become their text.

    >>> TableField(name="sales").check([{"city": "Oslo", "sold": 3}, {"city": "Rome"}])
    {'columns': ['city', 'sold'], 'rows': [['Oslo', 3], ['Rome', None]]}
    """

    type: ClassVar[str] = "table"
    converts: ClassVar[bool] = True

    def read(self, value: Any) -> dict[str, Any]:
        """Return `{"columns": [str, …], "rows": [[cell, …], …]}`, every row as long as the columns."""
        columns, rows = self._parts(value)
        if not columns:
            raise self.refuse("a table with at least one column", value, REMEDY)
        return {
            "columns": [str(each) for each in columns],
            "rows": [self._row(at, row, len(columns)) for at, row in enumerate(rows)],
        }

    def _parts(self, value: Any) -> tuple[list[Any], Iterable[Any]]:
        if any(each.__module__.startswith("pandas") for each in type(value).__mro__) and hasattr(
            value, "columns"
        ):
            return list(value.columns), value.itertuples(index=False, name=None)
        if isinstance(value, Mapping) and set(value) == {"columns", "rows"}:
            return self._listed(value["columns"]), self._listed(value["rows"])
        if isinstance(value, Mapping):
            columns = {key: self._listed(each) for key, each in value.items()}
            if len({len(each) for each in columns.values()}) > 1:
                lengths = ", ".join(f"{key!r} {len(each)}" for key, each in columns.items())
                raise InvalidInput(
                    f"field {self.name!r} has columns of different lengths ({lengths}): fill them with None"
                )
            return list(columns), zip(*columns.values(), strict=True)
        rows = self._listed(value)
        if not all(isinstance(each, Mapping) for each in rows):
            raise self.refuse("a table", value, REMEDY)
        names = list(dict.fromkeys(key for row in rows for key in row))
        return names, [[row.get(name) for name in names] for row in rows]

    def _listed(self, value: Any) -> list[Any]:
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
            raise self.refuse("a table", value, REMEDY)
        return list(value)

    def _row(self, at: int, row: Any, width: int) -> list[Cell]:
        if isinstance(row, str | bytes) or not isinstance(row, Sequence) or len(row) != width:
            raise InvalidInput(
                f"row {at} of field {self.name!r} must be a list of {width} cells, one per column, got {row!r}"
            )
        return [_cell(each) for each in row]


def _cell(value: Any) -> Cell:
    """Return a cell as JSON has it. Numpy's numbers become Python's, and pandas' missing values None."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None if math.isnan(value) else str(value)
    if type(value).__module__.startswith("numpy") and hasattr(value, "item"):
        return _cell(value.item())
    text = str(value)
    return None if text in ("<NA>", "NaT") else text
