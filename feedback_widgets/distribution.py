"""How the work is shared out: how many annotators' answers each record needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from feedback_widgets.errors import InvalidInput

MOST = 200  # the memory counts a record's answers in a byte


@dataclass(frozen=True)
class Distribution:
    """How many annotators answer each record.

    With it a record is complete, and asked of nobody else, once that many annotators have submitted an answer. Without it
    everybody is asked about everything.

    Args:
        min_submitted: annotators whose submitted answers complete a record, 1 to 200. This is the overlap.

    Raises:
        InvalidInput: `min_submitted` is not a whole number in this range.

    >>> Distribution(min_submitted=3)
    Distribution(min_submitted=3)
    """

    min_submitted: int

    def __post_init__(self) -> None:
        given = self.min_submitted
        if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= MOST:
            raise InvalidInput(
                f"min_submitted={given!r} is not allowed: give how many annotators answer each record, 1 to {MOST}"
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

    def refusal(self, *, kept: bool) -> str:
        """Say to an annotator why an answer to a complete record is not submitted, and what became of it.

        >>> Distribution(min_submitted=3).refusal(kept=True)
        '3 others have answered this record meanwhile: yours is kept as a draft'
        """
        others = self.min_submitted
        who = "1 other has" if others == 1 else f"{others} others have"
        what = "yours is kept as a draft" if kept else "what you answered before stands"
        return f"{who} answered this record meanwhile: {what}"
