"""Which records an annotator answered in a spot check, as the log tells it."""

from __future__ import annotations

import json

from sqlalchemy import Text, cast, select

from feedback_widgets.store import tables
from feedback_widgets.store.log import Store


def checked_by(store: Store, dataset: str, user: str, check: str) -> list[str]:
    """Return the ids of the records that `user` answered while they were drawn for this check, in the order of answering.

    Args:
        store: where the dataset is kept.
        dataset: its id.
        user: the annotator.
        check: what `shown["check"]` of such an answer is.

    Raises:
        StoreError: the store cannot be read.
    """
    t = tables.response_event.c
    # The text is looked at first: only few answers belong to a check, and every engine can look for it.
    query = (
        select(t.record_id, t.shown)
        .where(t.dataset_id == dataset, t.user_id == user, cast(t.shown, Text).like('%"check"%'))
        .order_by(t.seq)
    )
    with store._reading() as connection:  # noqa: SLF001 - the same room
        rows = [(row[0], row[1]) for row in connection.execute(query)]
    found = [(key, json.loads(shown) if isinstance(shown, str) else shown) for key, shown in rows]
    return list(dict.fromkeys(key for key, shown in found if shown.get("check") == check))
