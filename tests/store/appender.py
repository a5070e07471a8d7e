"""A process of its own that appends answers to a store: `python appender.py PLACE KEY RECORD USER COUNT`."""

from __future__ import annotations

import sys
import uuid

from feedback_widgets.store import Event, open_store


def main(place: str, key: str, record: str, user: str, count: str) -> None:
    """Append one event at a time and print each acknowledged id."""
    store = open_store(place, create=False)
    for number in range(int(count)):
        event = Event(str(uuid.uuid4()), record, user, "submitted", {"n": number})
        store.append(key, [event])
        sys.stdout.write(f"{event.id}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
