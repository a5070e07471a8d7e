"""Text, plain or markdown."""

from __future__ import annotations

from typing import Any, ClassVar

from feedback_widgets.fields.base import Field


class TextField(Field):
    r"""Text: plain, or markdown when `use_markdown=True` (rendered and sanitised by the desk).

    Markdown knows tables, fenced code with colours, and maths between `$…$`, `$$…$$`, `\(…\)` or `\[…\]`.

    >>> TextField(name="response-1").title
    'Response-1'
    """

    type: ClassVar[str] = "text"

    use_markdown: bool = False

    def check(self, value: Any) -> str | None:
        """Return the text; `None` means that the record leaves an optional field empty."""
        if isinstance(value, str):  # first, and without a further call: imports check every text
            return value
        if value is None and not self.required:
            return None
        raise self.refuse("text", value, "convert it with str(...)")
