"""What models suggest, and when an annotator sees it: shown, hidden, or shown once they have answered by themselves."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from feedback_widgets.errors import InvalidInput, near_miss

MODES = ("shown", "hidden", "after")


class Showing:
    """Decides for each record what one annotator sees of its suggestions. What is hidden is not even sent to the page.

    Args:
        user: the annotator.
        mode: `"shown"`, `"hidden"`, or `"after"`: once they have answered, to let them change it.
        unassisted: the share of records, 0 to 1, on which this annotator sees none, whatever the mode. Which ones follows
            from the two names alone: it is the same on every machine and every day, and another for others.

    Raises:
        InvalidInput: an unknown mode, or a share that is none.

    >>> Showing("ann", "hidden").how("r1")
    'hidden'
    >>> sum(Showing("ann", unassisted=0.1).how(f"r{at}") == "unassisted" for at in range(1000))
    85
    """

    def __init__(self, user: str, mode: str = "shown", unassisted: float = 0.0) -> None:
        if mode not in MODES:
            raise InvalidInput(
                f"suggestions={mode!r} is not allowed: it is one of {', '.join(MODES)}.{near_miss(str(mode), MODES)}"
            )
        if (
            isinstance(unassisted, bool)
            or not isinstance(unassisted, int | float)
            or not 0 <= unassisted <= 1
        ):
            raise InvalidInput(
                f"unassisted={unassisted!r} is not allowed: it is a share from 0 to 1, such as 0.1 for every tenth record"
            )
        self.user, self.mode, self.unassisted = user, mode, unassisted

    def how(self, record_id: str) -> str:
        """Return `"shown"`, `"hidden"`, `"after"`, or `"unassisted"` where the lot fell on this record."""
        if self.mode != "hidden" and self.unassisted and self._drawn(record_id) < self.unassisted:
            return "unassisted"
        return self.mode

    def view(self, view: dict[str, Any]) -> dict[str, Any]:
        """Return a record's view with the suggestions that may be sent, and in `later` those that wait for an answer."""
        how, suggestions = self.how(view["record"]), view["suggestions"]
        answered = (view["response"] or {}).get("before") is not None
        if how == "shown" or (how == "after" and answered):
            return {**view, "later": {}}
        return {**view, "suggestions": {}, "later": suggestions if how == "after" else {}}

    def truth(self, record_id: str, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a page says that it showed, without what was never sent to it."""
        how, said = self.how(record_id), dict(shown)
        if how in ("hidden", "unassisted"):
            said["suggestions"] = []
            said.pop("before", None)
        if how == "unassisted":
            said["unassisted"] = True
        else:
            said.pop("unassisted", None)
        return said

    def _drawn(self, record_id: str) -> float:
        name = f"unassisted/{record_id}/{self.user}".encode("utf-8", "surrogatepass")
        return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "big") / 2**64
