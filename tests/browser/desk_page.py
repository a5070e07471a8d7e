"""The desk as its user sees it: what it shows, and keys to press. Nothing here knows how it is built."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Route

from lab import Notebook, until

READER = """
import json, sqlite3, sys
store = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
rows = store.execute("select record_id, status, answers from response order by seq")
print(json.dumps({record: [status, json.loads(answers)] for record, status, answers in rows}))
"""


class DeskPage:
    """One view of a desk in a notebook's page.

    Args:
        notebook: where the desk is shown.
        nth: which of the desks on the page, from 0.
    """

    def __init__(self, notebook: Notebook, nth: int = 0) -> None:
        self.notebook, self.page = notebook, notebook.page
        self.root = self.page.locator(".fw-desk").nth(nth)

    def part(self, name: str) -> Locator:
        """Return a part of the desk by its `data-fw` name."""
        return self.root.locator(f"[data-fw={name}]")

    def question(self, name: str) -> Locator:
        """Return the box of one question."""
        return self.root.locator(f"[data-fw=question][data-name={name}]")

    def option(self, question: str, value: str) -> Locator:
        """Return one option of one question."""
        return self.question(question).locator(f"[data-fw=option][data-value='{value}']")

    def ready(self) -> DeskPage:
        """Wait until a record is shown, and give the desk the focus."""
        self.part("record").wait_for(timeout=60_000)
        self.root.focus()
        return self

    @property
    def record(self) -> str:
        """Return the id of the record on show."""
        return str(self.part("record").get_attribute("data-record"))

    @property
    def index(self) -> int:
        """Return the place of the record on show, from 0."""
        return int(str(self.part("record").get_attribute("data-index")))

    @property
    def finished(self) -> bool:
        """Tell whether the desk says that nothing is left to do."""
        return self.part("done").count() > 0

    @property
    def badge(self) -> str:
        """Return the badge's state: saved, waiting, refused, memory or connecting."""
        return str(self.part("badge").get_attribute("data-state"))

    def press(self, *keys: str) -> DeskPage:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def type(self, text: str) -> DeskPage:
        """Type text, key by key."""
        self.page.keyboard.type(text)
        return self

    def saved(self, timeout: float = 20) -> DeskPage:
        """Wait until the desk says that everything is saved."""
        until(lambda: self.badge == "saved", f"the badge says saved (it says {self.badge})", timeout)
        return self

    def at(self, index: int) -> DeskPage:
        """Wait until the record in this place is on show."""
        until(lambda: self.index == index, f"record {index} is on show")
        return self

    def screenshot(self, path: Path) -> bytes:
        """Photograph the desk alone."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return self.root.screenshot(path=str(path))


def canary(notebook: Notebook) -> list[str]:
    """Return a list that fills with what any frame really sends to the canary host, and send nothing there.

    A page's "request" events would not do: Chromium reports a picture that a policy has stopped as a request, too.
    """
    sent: list[str] = []

    def stop(route: Route) -> None:
        sent.append(route.request.url)
        route.abort()

    notebook.page.context.route(lambda url: "canary.invalid" in url, stop)
    return sent


def on_disk(store: Path) -> dict[str, list[Any]]:
    """Return `{record: [status, answers]}` as a second process reads it from the file."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", READER, str(store)], capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def events_on_disk(store: Path) -> int:
    """Return how many events the log holds."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
        return int(connection.execute("select count(*) from response_event").fetchone()[0])
