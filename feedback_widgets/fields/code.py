"""Program text."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pydantic import field_validator

from feedback_widgets.fields.base import Field

LANGUAGE = re.compile(r"[a-z0-9+#.-]{1,24}")


class CodeField(Field):
    """Program text: monospaced, with line numbers, and with colours where the desk knows the language.

    Args:
        language: for example `"python"`, `"javascript"`, `"sql"`, `"json"`, `"bash"`; an unknown one is shown without colours.

    >>> CodeField(name="patch", language="python").check("print(1)")
    'print(1)'
    """

    type: ClassVar[str] = "code"

    language: str | None = None

    @field_validator("language")
    @classmethod
    def _language_rule(cls, language: str | None) -> str | None:
        if language is None or LANGUAGE.fullmatch(language.lower()):
            return language and language.lower()
        raise ValueError(f"language {language!r} is not a language's name: give one word, such as 'python'")

    def read(self, value: Any) -> str:
        """Return the program text as it is."""
        if isinstance(value, str):
            return value
        raise self.refuse("program text", value, "give it as one str, lines ended by '\\n',")
