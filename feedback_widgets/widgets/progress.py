"""Progress that follows the work: the same table as `dataset.progress()`, drawn anew when somebody answers."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from ipywidgets import HTML  # type: ignore[import-untyped] # it carries no types

from feedback_widgets.widgets.pushing import Pushing

if TYPE_CHECKING:
    from feedback_widgets.answering import Answering
    from feedback_widgets.memory import News
    from feedback_widgets.progress import Progress

SHARE = (
    0.1  # of the time may go into figures: in a large dataset they are worked out less often than the counts
)


class ProgressView(HTML):  # type: ignore[misc] # ipywidgets carries no types
    """Shows progress while it is on a page, other kernels' answers included.

    Args:
        dataset: whose.
    """

    def __init__(self, dataset: Answering) -> None:
        self._dataset = dataset
        self._timer: threading.Timer | None = None
        self._free = 0.0  # the time from which figures may be worked out again
        self._shown: Progress = dataset.progress()
        self._news = Pushing(self._push, of="progress")
        super().__init__(value=self._drawn(self._shown))
        dataset.watch(self._on_news)

    def __repr__(self) -> str:
        return repr(self._shown)

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Add the table for hosts that show no widget: an untrusted notebook, a saved page."""
        found = super()._repr_mimebundle_(**options)
        data, metadata = found if isinstance(found, tuple) else (found or {}, {})
        return {**data, "text/html": self.value}, metadata

    def _on_news(self, _: News) -> None:
        self._news.add(())

    def _push(self, _: list[str]) -> None:
        fresh = self._dataset.progress()
        wait = self._free - time.monotonic()
        if wait > 0:
            fresh.figures = self._shown.figures  # a little old: the counts above them are not
            self._again(wait)
        self.value, self._shown = self._drawn(fresh), fresh

    def _again(self, seconds: float) -> None:
        """Draw once more when figures may be worked out, unless that is planned already."""
        if self._timer is None or not self._timer.is_alive():
            self._timer = threading.Timer(seconds, self._news.add, [()])
            self._timer.daemon = True
            self._timer.start()

    def _drawn(self, progress: Progress) -> str:
        known = "figures" in vars(progress)
        begun = time.monotonic()
        drawn = progress._repr_html_()
        if not known:
            now = time.monotonic()
            self._free = now + (now - begun) / SHARE
        return drawn
