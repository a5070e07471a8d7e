"""All submitted answers as columns of numbers, read from the store in one go: what counts many answers starts here."""

from __future__ import annotations

import json
import threading
import weakref
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_widgets.errors import InvalidInput, near_miss, require
from feedback_widgets.store import pages
from feedback_widgets.store.submitted import submitted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from feedback_widgets.live import Live
    from feedback_widgets.questions import Question

    Numbers = NDArray[np.int64]

KEPT = 50_000_000  # characters of different answers that are kept for the next question
_known: weakref.WeakKeyDictionary[Any, tuple[Any, Columns]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


class Columns(NamedTuple):
    """Everybody's current submitted answers, a line each: by record, and there in the order in which they were given.

    `record`, `user` and `text` are places in `records`, `users` and `texts`; a text is the JSON of all of somebody's answers
    to one record.
    """

    records: Sequence[str]
    users: Sequence[str]
    texts: Sequence[str]
    record: Numbers
    user: Numbers
    text: Numbers


class Answers(NamedTuple):
    """The answers to one question, a line each, in the order of `Columns`.

    `record`, `user` and `value` are places in `records` (all of the dataset), `users` and `values` (each different answer
    once, in the stored form).
    """

    records: Sequence[str]
    users: Sequence[str]
    values: Sequence[Any]
    record: Numbers
    user: Numbers
    value: Numbers


def question_of(dataset: Live, name: Any) -> Question:
    """Return a question, given itself or its name.

    Raises:
        InvalidInput: there is none; the near miss is named.
    """
    wanted = getattr(name, "name", name)
    found = dataset.settings.question(wanted) if isinstance(wanted, str) else None
    if found is None:
        names = [each.name for each in dataset.settings.questions]
        raise InvalidInput(
            f"there is no question {wanted!r}; there are {', '.join(names)}.{near_miss(wanted, names)}"
        )
    return found


def answers(dataset: Live, question: Any) -> Answers:
    """Return the submitted answers to one question; those of other kernels count.

    Args:
        dataset: whose answers.
        question: the question, or its name.

    Raises:
        InvalidInput: there is no such question.
        MissingExtra: numpy is not installed.
    """
    np = require("numpy", "data")
    name = question_of(dataset, question).name
    c = columns(dataset)
    values: list[Any] = []
    place: dict[str, int] = {}
    codes = np.empty(len(c.texts), np.int64)
    for at, text in enumerate(c.texts):
        found = json.loads(text)
        if found.get(name) is None:
            codes[at] = -1
            continue
        key = json.dumps(found[name], sort_keys=True)
        codes[at] = place.setdefault(key, len(values))
        if codes[at] == len(values):
            values.append(found[name])
    value = codes[c.text] if len(c.texts) else np.empty(0, np.int64)
    kept = value >= 0
    if not kept.all():
        return Answers(c.records, c.users, values, c.record[kept], c.user[kept], value[kept])
    return Answers(c.records, c.users, values, c.record, c.user, value)


def columns(dataset: Live) -> Columns:
    """Return all submitted answers. They are read once, and again after somebody answered."""
    require("numpy", "data")
    dataset.sync()
    store, key = dataset.store, dataset.key
    now = pages.newest(store, key)
    state = (id(store), key, now.event, now.record)
    with _lock:
        known = _known.get(dataset)
    if known is not None and known[0] == state:
        return known[1]
    found = _read(dataset)
    if sum(map(len, found.texts)) <= KEPT:
        with _lock:
            _known[dataset] = (state, found)
    return found


def _read(dataset: Live) -> Columns:
    import numpy as np

    memory = dataset._memory  # noqa: SLF001 - it knows the order of the records
    records = memory.ids()
    place = dict(zip(records, range(len(records)), strict=True))
    current: dict[tuple[str, str], str] = {}
    for record, user, text in submitted(dataset.store, dataset.key):
        if text is None:
            current.pop((record, user), None)
        elif record in place:
            current[record, user] = text
    count = len(current)
    users = _numbered(user for _, user in current)
    texts = _numbered(current.values())
    record_at = np.fromiter((place[record] for record, _ in current), np.int64, count)
    user_at = np.fromiter((users[user] for _, user in current), np.int64, count)
    text_at = np.fromiter(map(texts.__getitem__, current.values()), np.int64, count)
    order = np.argsort(record_at, kind="stable")
    return Columns(records, list(users), list(texts), record_at[order], user_at[order], text_at[order])


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: at for at, name in enumerate(dict.fromkeys(names))}
