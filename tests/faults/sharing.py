"""A process of annotators who share the records of one dataset: `python sharing.py PLACE USER…`.

Each annotator is a thread with a dataset and a desk of its own, and speaks to the desk as a page does. A user whose name
begins with "idle" takes records and does nothing until a line arrives on stdin; then it answers what it once took. The last
line on stdout is `{user: {"saved": [record …], "kept": [record …]}}`: answers that were stored, and those that came too late.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from typing import Any

from feedback_widgets import FeedbackDataset
from feedback_widgets.widgets.desk import Desk


class Annotator:
    """One annotator at a desk of their own."""

    def __init__(self, place: str, user: str) -> None:
        self.user = user
        self.done: dict[str, list[str]] = {"saved": [], "kept": []}
        self.dataset = FeedbackDataset.load("tone", workspace="team", store=place)
        self._desk = Desk(self.dataset, user)

    def ask(self, kind: str, **more: Any) -> dict[str, Any]:
        """Ask until answered, as the page does."""
        message = {"v": 1, "client": self.user, "rid": uuid.uuid4().hex, "kind": kind, **more}
        while (reply := self._desk._reply(message))["kind"] == "refused" and reply["again"]:
            time.sleep(0.1)
        return reply

    def answer(self, records: list[str]) -> None:
        """Submit answers in one message, and note what became of each."""
        given = {str(uuid.uuid4()): each for each in records}
        events = [
            {"event": event, "record": record, "status": "submitted", "values": {"why": self.user}}
            for event, record in given.items()
        ]
        reply = self.ask("respond", events=events) if events else {"saved": [], "refused": []}
        assert all(each["kept"] for each in reply["refused"]), reply
        assert len(reply["saved"]) + len(reply["refused"]) == len(events), reply
        for word, said in (("saved", reply["saved"]), ("kept", reply["refused"])):
            self.done[word] += [given[each["event"]] for each in said]

    def work(self) -> None:
        """Answer until nothing is left, waiting for what others hold."""
        reply = self.ask("hello", pending=[])
        while reply["records"] or reply["progress"]["pending"]:
            records = [view["record"] for view in reply["records"]]
            self.answer(records[:1])
            self.answer(records[1:])  # as a page does that was quicker than the store
            if not records:
                time.sleep(0.3)
                self.dataset.sync()
            reply = self.ask("records", queue="pending", after=-1, limit=5)


def main() -> None:
    """Let everybody work, then let the idle ones come back."""
    place, *users = sys.argv[1:]
    annotators = [Annotator(place, user) for user in users]
    idle = [each for each in annotators if each.user.startswith("idle")]
    taken = {each.user: each.ask("hello", pending=[])["records"] for each in idle}
    print("ready", flush=True)  # noqa: T201 - it speaks with the test through pipes
    threads = [threading.Thread(target=each.work) for each in annotators if each not in idle]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if idle:
        print("others are done", flush=True)  # noqa: T201
        sys.stdin.readline()
    for each in idle:
        each.answer([view["record"] for view in taken[each.user]])
    print(json.dumps({each.user: each.done for each in annotators}), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
