"""All submitted answers as columns of numbers, read from the store in one go: what counts many answers starts here."""

from __future__ import annotations

import json
import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_widgets.errors import InvalidInput, near_miss, require
from feedback_widgets.store import current, pages

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from feedback_widgets.live import Live
    from feedback_widgets.questions import Question

    Numbers = NDArray[np.int64]
    Floats = NDArray[np.float64]

KEPT = 50_000_000  # characters of different answers that are kept for the next question
_known: weakref.WeakKeyDictionary[Any, tuple[Any, Columns, Details | None]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


class Columns(NamedTuple):
    """Everybody's current submitted answers, a line each: by record, and there in the order in which they were first given.

    `record`, `user` and `text` are places in `records`, `users` and `texts`; a text is the JSON of all of somebody's answers
    to one record. `number` is the answer's place in the log, and `again` the places of records that repeat another.
    """

    records: Sequence[str]
    users: Sequence[str]
    texts: Sequence[str]
    record: Numbers
    user: Numbers
    text: Numbers
    number: Numbers
    again: Numbers


class Details(NamedTuple):
    """How the answers came about, line by line as in `Columns`.

    `seconds` of work are nan where nobody measured them; `when` they arrived is in seconds since 1970 (UTC); `version` is the
    form's; `seen` is a place in `shown`, the JSON texts of what the page showed.
    """

    seconds: Floats
    when: Floats
    version: Numbers
    seen: Numbers
    shown: Sequence[str]


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
    require("numpy", "data")
    name = question_of(dataset, question).name
    c = columns(dataset)
    values, codes = told_apart([json.loads(text) for text in c.texts], name)
    value = codes[c.text]
    kept = value >= 0
    if len(c.again):
        kept &= ~_among(c.record, c.again)  # a record that is asked a second time counts once
    if kept.all():
        return Answers(c.records, c.users, values, c.record, c.user, value)
    return Answers(c.records, c.users, values, c.record[kept], c.user[kept], value[kept])


def told_apart(given: Sequence[dict[str, Any]], question: str) -> tuple[list[Any], Numbers]:
    """Return the different answers to one question, and for each of the given which one it is: -1 where there is none."""
    import numpy as np

    values: list[Any] = []
    place: dict[str, int] = {}
    codes = np.full(len(given), -1, np.int64)
    for at, each in enumerate(given):
        if (value := each.get(question)) is None:
            continue
        codes[at] = place.setdefault(json.dumps(value, sort_keys=True), len(values))
        if codes[at] == len(values):
            values.append(value)
    return values, codes


def _among(numbers: Numbers, some: Numbers) -> NDArray[np.bool_]:
    import numpy as np

    return np.isin(numbers, some)


def columns(dataset: Live) -> Columns:
    """Return all submitted answers. They are read once, and again after somebody answered.

    Raises:
        StoreError: the store cannot be read.
    """
    require("numpy", "data")
    dataset.sync()
    now = pages.newest(dataset.store, dataset.key)
    state = (id(dataset.store), dataset.key, now.event, now.record)
    with _lock:
        known = _known.get(dataset)
    if known is not None and known[0] == state:
        return known[1]
    found = _read(dataset)
    if sum(map(len, found.texts)) <= KEPT:
        with _lock:
            _known[dataset] = (state, found, None)
    return found


def details(dataset: Live, lines: Columns) -> Details:
    """Return how the answers came about; read once for the same `lines`.

    Raises:
        StoreError: the store cannot be read.
    """
    with _lock:
        known = _known.get(dataset)
    if known is None or known[1] is not lines:
        return _details(dataset, lines)
    if known[2] is not None:
        return known[2]
    found = _details(dataset, lines)
    with _lock:
        if (now := _known.get(dataset)) is not None and now[1] is lines:
            _known[dataset] = (*now[:2], found)
    return found


def _read(dataset: Live) -> Columns:
    import numpy as np

    records: list[str] = dataset._memory.ids()  # noqa: SLF001 - it knows the order of the records
    place = dict(zip(records, range(len(records)), strict=True))
    users, texts = Codes(), Codes()
    parts: list[Numbers] = []
    for page in current.submitted(dataset.store, dataset.key):
        number, record, user, text = zip(*page, strict=True)
        said = [-1 if each is None else texts[each] for each in text]
        at = [place.get(each, -1) for each in record]
        parts.append(np.array([number, at, [users[each] for each in user], said], np.int64))
    lines = np.concatenate(parts, axis=1) if parts else np.empty((4, 0), np.int64)
    number, record, user, text = lines[:, _standing(lines, len(users))]
    twice = current.repeats(dataset.store, dataset.key)
    again = np.array([place[each] for each in twice if each in place], np.int64)
    return Columns(records, list(users), list(texts), record, user, text, number, again)


def _standing(lines: Numbers, users: int) -> Numbers:
    """Return which lines (number, record, user, text) stand: the newest of each person and record, if it is an answer.

    They come by record, and there in the order in which people first answered it.
    """
    import numpy as np

    _, record, user, text = lines
    whose = record * max(users, 1) + user
    order = np.argsort(whose, kind="stable")
    order = order[record[order] >= 0]  # of a record that is not there any more
    last = np.diff(whose[order], append=-1) != 0
    newest = order[last]
    first = np.where(text[order] >= 0, order, len(whose))  # a draft is no answer yet
    first = (
        np.minimum.reduceat(first, np.flatnonzero(np.diff(whose[order], prepend=-1))) if len(order) else first
    )
    stands = text[newest] >= 0
    newest, first = newest[stands], first[stands]
    found: Numbers = newest[np.lexsort((first, record[newest]))]
    return found


def _details(dataset: Live, lines: Columns) -> Details:
    import numpy as np

    shown = Codes()
    parts: list[tuple[Any, ...]] = []
    for page in current.circumstances(dataset.store, dataset.key):
        number, when, milliseconds, version, seen = zip(*page, strict=True)
        times = np.array([each[:-1] for each in when], "datetime64[us]").astype(np.int64) / 1e6
        work = np.array(milliseconds, np.float64) / 1000  # None becomes nan
        whole = ([*number], [*version], [shown[each] for each in seen])
        counted, form, code = (np.array(each, np.int64) for each in whole)
        parts.append((counted, work, times, form, code))
    if not parts:
        nothing, none = np.empty(0), np.empty(0, np.int64)
        return Details(nothing, nothing, none, none, [])
    numbers, seconds, times, versions, screens = (np.concatenate(each) for each in zip(*parts, strict=True))
    at = np.minimum(np.searchsorted(numbers, lines.number), len(numbers) - 1)  # the log is in order
    gone = numbers[at] != lines.number  # forgotten since the answers were read
    seconds, times = np.where(gone, np.nan, seconds[at]), np.where(gone, np.nan, times[at])
    return Details(seconds, times, versions[at], screens[at], list(shown))


class Codes(dict[str, int]):
    """Numbers things as they come."""

    def __missing__(self, key: str) -> int:
        self[key] = found = len(self)
        return found
