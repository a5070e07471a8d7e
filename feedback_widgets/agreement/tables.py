"""How figures look in a report: numbers, plain tables, and tables for a notebook in which no name is markup."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import require

if TYPE_CHECKING:
    import pandas

CELL = "padding: 0.2em 0.7em; line-height: 1.4; vertical-align: top; text-align: "
WORDS, NUMBERS = f"{CELL}left", f"{CELL}right; white-space: nowrap"


def figure(value: float) -> str:
    """Return a coefficient as people read it.

    >>> figure(0.85586), figure(float("nan"))
    ('0.856', '-')
    """
    return "-" if value != value else f"{value:.3f}"  # noqa: PLR0124 - NaN is not itself


def interval(ends: tuple[float, float]) -> str:
    """Return an interval as people read it.

    >>> interval((0.82306, 0.88767))
    '0.823 … 0.888'
    """
    return "-" if ends[0] != ends[0] else f"{ends[0]:.3f} … {ends[1]:.3f}"


def share(value: float) -> str:
    """Return a share as a percentage.

    >>> share(0.918)
    '91.8 %'
    """
    return "-" if value != value else f"{100 * value:.1f} %"  # noqa: PLR0124


def text_table(head: Sequence[str], lines: Sequence[Sequence[str]], words: Collection[int] = (0,)) -> str:
    """Return a table in plain text, columns of `words` to the left, all others to the right.

    >>> print(text_table(["who", "n"], [["ann", "12"]]))
    who   n
    ann  12
    """
    rows = [list(head), *[[each.replace("\n", " ") for each in line] for line in lines]]
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]

    def put(cell: str, at: int) -> str:
        return cell.ljust(widths[at]) if at in words else cell.rjust(widths[at])

    return "\n".join("  ".join(put(cell, at) for at, cell in enumerate(row)).rstrip() for row in rows)


def html_table(head: Sequence[str], lines: Sequence[Sequence[str]], words: Collection[int] = (0,)) -> str:
    """Return a table as HTML in which nothing given is markup; columns of `words` to the left, where long ones may wrap.

    Hosts style tables differently, and inside a widget not at all: so each cell carries its own style.
    """

    def row(cells: Sequence[str], tag: str) -> str:
        put = (
            f'<{tag} style="{WORDS if at in words else NUMBERS}">{html.escape(cell)}</{tag}>'
            for at, cell in enumerate(cells)
        )
        return f"<tr>{''.join(put)}</tr>"

    rows = "".join(row(line, "td") for line in lines)
    return f"<table><thead>{row(head, 'th')}</thead><tbody>{rows}</tbody></table>"


def html_notes(notes: Sequence[str], elsewhere: Sequence[str] = ()) -> str:
    """Return remarks, and what others reach, as HTML in which nothing given is markup."""
    said = "".join(f"<p>{html.escape(each)}</p>" for each in notes)
    if not elsewhere:
        return said
    items = "".join(f"<li>{html.escape(each)}</li>" for each in elsewhere)
    return f"{said}<p>what people reach elsewhere:</p><ul>{items}</ul>"


def frame(lines: Sequence[dict[str, Any]], columns: Sequence[str] | None = None) -> pandas.DataFrame:
    """Return lines as a DataFrame.

    Raises:
        MissingExtra: pandas is not installed.
    """
    found: pandas.DataFrame = require("pandas", "data").DataFrame(lines, columns=columns)
    return found
