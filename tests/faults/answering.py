"""A process that forks annotators, real processes that answer through a desk: `python answering.py`.

Libraries are loaded once, so that a life costs milliseconds. Each line on stdin is an order, each is answered by a line:
`{"place", "user", "outbox", "sizes"}` forks an annotator and says its process id, `{"wait": pid}` says how it ended.

As a page does, an annotator puts a message into its outbox before it sends it, and notes the reply when it has arrived.
Both are files, so they outlive the process: OUTBOX holds the messages, OUTBOX.replies the replies, a line each.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import sys
import traceback
import uuid
from pathlib import Path

from feedback_widgets import FeedbackDataset, TextField, TextQuestion
from feedback_widgets.widgets.desk import Desk

ENDLESS = 0  # no sizes were given: answer until killed, 1 … 50 answers in a message


def create(place: str) -> FeedbackDataset:
    """Run the cell that makes the dataset, or resumes it."""
    made = FeedbackDataset(fields=[TextField(name="text")], questions=[TextQuestion(name="why")])
    made.add_records([{"text": f"t{i}"} for i in range(50)])
    return made.save("tone", workspace="team", store=place)


def annotate(place: str, user: str, outbox: str, sizes: list[int]) -> None:
    """Answer record after record, a message of as many answers as each of `sizes` says; each answer has its own text."""
    dataset = create(place)
    desk = Desk(dataset, user)
    records = [each.id for each in dataset]
    count = itertools.count()
    chance = random.Random(user)
    endless = (chance.choice([1, 10, 50]) for _ in itertools.count())
    with Path(outbox).open("ab", 0) as sent, Path(f"{outbox}.replies").open("ab", 0) as replies:
        for size in sizes or endless:
            numbers = list(itertools.islice(count, size))
            events = [
                {
                    "event": str(uuid.uuid4()),
                    "record": records[number % len(records)],
                    "status": "submitted",
                    "values": {"why": f"{user} {number}"},
                }
                for number in numbers
            ]
            message = {"v": 1, "client": user, "rid": uuid.uuid4().hex, "kind": "respond", "events": events}
            sent.write(f"{json.dumps(message)}\n".encode())
            replies.write(f"{json.dumps(desk._reply(message))}\n".encode())


def fork(order: dict[str, object]) -> int:
    """Start an annotator and return its process id."""
    child = os.fork()
    if child:
        return child
    try:
        annotate(**order)
        os._exit(0)
    finally:  # it must not go on as a second nursery
        traceback.print_exc()
        os._exit(1)


def main() -> None:
    """Obey until stdin ends."""
    for line in sys.stdin:
        order = json.loads(line)
        said = os.waitpid(order["wait"], 0)[1] if "wait" in order else fork(order)
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
