"""How a widget answers its pages: every message once, whatever it is, and never by an exception that nobody sees."""

from __future__ import annotations

import logging
import reprlib
import threading
from typing import Any

from feedback_widgets.errors import FeedbackError, StoreError
from feedback_widgets.widgets import protocol

log = logging.getLogger("feedback_widgets")
EVERYBODY = {"v": protocol.VERSION, "client": "*", "rid": ""}


class Replying:
    """Answers a message by the method that bears its kind, with `_` before it."""

    _serving: threading.local  # whose message is being answered

    def _read(self, content: Any) -> Any:
        """Return the request in a message, or raise `InvalidInput`."""
        return protocol.read_request(content)

    def _on_message(self, _: Any, content: Any, __: Any) -> None:
        self.send(protocol.sendable(self._reply(content)))  # type: ignore[attr-defined]
        self._tell_late()

    def _tell_late(self) -> None:
        """Do what waits until the reply is out."""

    def _reply(self, content: Any) -> dict[str, Any]:
        """Answer a message, whatever it is: this runs where nobody would see an exception."""
        given = content if isinstance(content, dict) else {}
        address = {
            "v": protocol.VERSION,
            "client": protocol.echoed(given.get("client")) or "",
            "rid": protocol.echoed(given.get("rid")) or "",
        }
        try:
            request = self._read(content)
            self._serving.client = request.client
            return {**address, **getattr(self, f"_{request.kind}")(request)}
        except FeedbackError as error:
            return {
                **address,
                "kind": "refused",
                "reason": protocol.reason(error),
                "again": isinstance(error, StoreError),
            }
        except Exception as error:  # told to the page and logged: the page keeps what it sent
            log.exception("the desk could not answer a %s message", reprlib.repr(given.get("kind")))
            reason = f"unexpected {type(error).__name__}: {error} (details in the kernel's log)"
            return {**address, "kind": "refused", "reason": reason, "again": True}
        finally:
            self._serving.client = None


def unpin(comm: Any) -> None:
    """Let messages reach the widget while a cell runs.

    ipykernel 7.4 sends a comm's messages to the shell that last published on it. The cell that shows the widget publishes from
    the main shell, so "Run all" with a long cell below would starve it. Without this attribute it routes as 7.3 does.
    """
    if hasattr(comm, "_reply_subshell_for"):
        comm._reply_subshell_for = None  # noqa: SLF001 - there is no public switch
