"""How the work is shared out: how many annotators' answers each record needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feedback_widgets.errors import InvalidInput


@dataclass(frozen=True)
class Distribution:
    """How many annotators answer each record.

    With it a record is complete, and asked of nobody else, once that many annotators have submitted an answer. Without it
    everybody is asked about everything.

    Args:
        min_submitted: annotators whose submitted answers complete a record, 1 or more. This is the overlap.

    Raises:
        InvalidInput: `min_submitted` is not a whole number above 0.

    >>> Distribution(min_submitted=3)
    Distribution(min_submitted=3)
    """

    min_submitted: int

    def __post_init__(self) -> None:
        given = self.min_submitted
        if not isinstance(given, int) or isinstance(given, bool) or given < 1:
            raise InvalidInput(
                f"min_submitted={given!r} is not allowed: give how many annotators answer each record, 1 or more"
            )

    def to_dict(self) -> dict[str, Any]:
        """Return the distribution as JSON values.

        >>> Distribution(min_submitted=2).to_dict()
        {'min_submitted': 2}
        """
        return {"min_submitted": self.min_submitted}

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Distribution:
        """Rebuild a distribution from `to_dict()`."""
        return cls(form["min_submitted"])

    @property
    def refusal(self) -> str:
        """Say to an annotator why an answer to a complete record was kept as a draft."""
        others = self.min_submitted
        who = "1 other has" if others == 1 else f"{others} others have"
        return f"{who} answered this record meanwhile: yours is kept as a draft"
