"""A process that answers through a desk until it is killed: `python answering.py PLACE USER`.

It prints an answer only after `desk.respond` has returned: what is printed was acknowledged.
"""

from __future__ import annotations

import itertools
import sys

import feedback_widgets as fw


def main(place: str, user: str) -> None:
    """Answer record after record, round and round; each answer carries its own text."""
    dataset = fw.FeedbackDataset.load("tone", workspace="team", store=place)
    desk = dataset.annotate(user=user)
    for number in itertools.count():
        record = dataset[number % len(dataset)]
        desk.respond(record.id, {"why": f"{user} {number}"})
        sys.stdout.write(f"{user} {number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
