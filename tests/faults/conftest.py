"""Stores to hurt, and real processes that answer into them."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import uuid
import weakref
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.store import log
from feedback_widgets.widgets import bundle

ANSWERING = Path(__file__).parent / "answering.py"
RECORDS = 50


@pytest.fixture(autouse=True)
def _desk_is_built():
    if not bundle.SOURCE.is_file():
        pytest.skip("the desk's front end is not built: run 'make setup'")


@pytest.fixture
def make(tmp_path):
    """Return a function that makes a store with the dataset team/tone and returns its path: `make("other.db")`."""

    def made(name="feedback.db", folder=tmp_path):
        dataset = fw.FeedbackDataset(
            fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")]
        )
        dataset.add_records([{"text": f"t{i}"} for i in range(RECORDS)])
        dataset.save("tone", workspace="team", store=folder / name).store.close()
        return folder / name

    return made


@pytest.fixture
def place(make):
    """Return the path of a store with the dataset team/tone."""
    return make()


@pytest.fixture
def load(monkeypatch):
    """Return a function that opens team/tone as a new kernel would: with a `Store` and connections of its own."""

    def opened(place):
        monkeypatch.setattr(log, "_open", weakref.WeakValueDictionary())
        return fw.FeedbackDataset.load("tone", workspace="team", store=place)

    return opened


@pytest.fixture
def desk(place):
    """Return alice's desk on the store."""
    dataset = fw.FeedbackDataset.load("tone", workspace="team", store=place)
    yield dataset.annotate(user="alice")
    dataset.store.close()


@pytest.fixture
def message():
    """Return a function that makes a page's message of answers: `message(desk, "first", "second")`."""

    def made(desk, *texts, kind="respond", **more):
        events = [
            {
                "event": str(uuid.uuid4()),
                "record": desk.dataset[at % len(desk.dataset)].id,
                "status": "submitted",
                "values": {"why": text},
            }
            for at, text in enumerate(texts)
        ]
        answers = {"events": events} if events else {}
        return {"v": 1, "client": "page", "rid": uuid.uuid4().hex, "kind": kind, **answers, **more}

    return made


@pytest.fixture
def logged():
    """Return a function that reads the texts of a store's log in order, as a foreign program would."""

    def read(place):
        connection = sqlite3.connect(place)
        try:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            return [
                json.loads(row[0])["why"]
                for row in connection.execute("SELECT answers FROM response_event ORDER BY seq")
            ]
        finally:
            connection.close()

    return read


class Annotators:
    """Real processes that answer; see `answering.py`."""

    def __init__(self) -> None:
        self._nursery = subprocess.Popen(
            [sys.executable, str(ANSWERING)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def _order(self, **order):
        self._nursery.stdin.write(f"{json.dumps(order)}\n")
        self._nursery.stdin.flush()
        return int(self._nursery.stdout.readline())

    def start(self, place, user, outbox, sizes=()):
        """Let `user` answer in a process of its own, and return the process id; without `sizes` it never ends."""
        return self._order(place=str(place), user=user, outbox=str(outbox), sizes=list(sizes))

    def wait(self, pid):
        """Return how the process ended: 0, or minus the signal that ended it."""
        return os.waitstatus_to_exitcode(self._order(wait=pid))

    def kill(self, pid):
        """`kill -9`."""
        os.kill(pid, signal.SIGKILL)
        assert self.wait(pid) == -signal.SIGKILL, "the process ended by itself"

    def close(self):
        """End the nursery."""
        self._nursery.stdin.close()
        self._nursery.wait()
        self._nursery.stdout.close()


@pytest.fixture(scope="module")
def annotators():
    """Return the processes that answer."""
    if not hasattr(os, "fork"):
        pytest.skip("this system cannot fork")
    made = Annotators()
    yield made
    made.close()


@pytest.fixture
def lines():
    """Return a function that reads a file of JSON lines; a last line that was cut off by a kill never was."""

    def read(path):
        found = Path(path).read_text().split("\n")[:-1] if Path(path).exists() else []
        return [json.loads(each) for each in found]

    return read
