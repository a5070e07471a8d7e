"""Finding records: by their words, metadata, suggestions, answers and status, and by their likeness to another record."""

from __future__ import annotations

from feedback_widgets.search.found import Found, search
from feedback_widgets.search.similar import find_similar

__all__ = ["Found", "find_similar", "search"]
