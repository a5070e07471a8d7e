"""News for the pages that show a widget: told by the kernel without being asked, and not for each answer by itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable

from feedback_widgets.errors import StoreError

log = logging.getLogger("feedback_widgets")
PUSH_SECONDS = 0.2  # what happens elsewhere is told to the pages at most this often


class Pushing:
    """Gathers which records changed, and tells of them together a moment later. Safe to use from any thread.

    Args:
        tell: is given the ids of the records, those that changed last at the end. A `StoreError` of it delays the news.
        of: whose pages they are, for the log.

    >>> told = []
    >>> news = Pushing(told.append, of="ann")
    >>> news.add(["r1", "r2"])
    >>> news.add(["r2"])
    >>> news.push()
    >>> told[0]
    ['r1', 'r2']
    """

    def __init__(self, tell: Callable[[list[str]], None], of: str) -> None:
        self._tell, self._of = tell, of
        self._lock = threading.Lock()
        self._changed: dict[str, None] = {}
        self._timer: threading.Timer | None = None

    def add(self, records: Iterable[str]) -> None:
        """Tell of these records soon; without any there is still something to tell: the counts."""
        with self._lock:
            self._changed.update(dict.fromkeys(records))
            if self._timer is None:
                self._timer = threading.Timer(PUSH_SECONDS, self.push)
                self._timer.daemon = True
                self._timer.start()

    def push(self) -> None:
        """Tell now what was gathered."""
        with self._lock:
            changed, self._changed, self._timer = list(self._changed), {}, None
        try:
            self._tell(changed)
        except StoreError:  # nobody waits for this message: the next one tells it
            log.warning("the pages of %r could not be told of news yet", self._of, exc_info=True)
            with self._lock:
                self._changed = {**dict.fromkeys(changed), **self._changed}
