"""Submitted answers in columns: read from the store in one go, and told apart by what one question was answered."""

from __future__ import annotations

import json
import warnings
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.agreement.distances import Array
from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.store import current

if TYPE_CHECKING:
    from feedback_widgets.live import Live
    from feedback_widgets.questions import Question

NOBODY = "(no name)"  # whoever answered without giving a name


@dataclass(eq=False)
class Answers:
    """The current submitted answers of a dataset, oldest first. All arrays have one entry per answer.

    Args:
        records, users: the ids and names that `record` and `user` count through.
        record, user: whose answer to what.
        texts: the different answers that occur, as JSON texts; `text` says which one each is.
        seconds: active time, NaN where nobody measured it.
        when: when it arrived, in seconds since 1970 (UTC).
        version: the version of the settings it was answered under.
        shown: the different `shown` texts, and `seen` which one each is.
    """

    records: list[str]
    users: list[str]
    record: Array
    user: Array
    texts: list[str]
    text: Array
    seconds: Array
    when: Array
    version: Array
    shown: list[str]
    seen: Array

    def __len__(self) -> int:
        return len(self.record)

    @cached_property
    def parsed(self) -> list[dict[str, Any]]:
        """The different answers: question name -> answer in stored form."""
        return [json.loads(each) for each in self.texts]

    @cached_property
    def seen_parsed(self) -> list[dict[str, Any]]:
        """What the different screens showed."""
        return [json.loads(each) for each in self.shown]

    def only(self, kept: Array) -> Answers:
        """Return the answers where `kept` is true, of the same records and users."""
        columns = (self.text, self.seconds, self.when, self.version, self.seen)
        text, seconds, when, version, seen = (each[kept] for each in columns)
        head = (self.records, self.users, self.record[kept], self.user[kept], self.texts, text)
        return Answers(*head, seconds, when, version, self.shown, seen)


class _Codes(dict[str, int]):
    """Numbers things as they come."""

    def __missing__(self, key: str) -> int:
        self[key] = found = len(self)
        return found


def read(dataset: Live, records: Collection[str] | None = None, *, repeats: bool = False) -> Answers:
    """Return the submitted answers, as the store holds them now.

    Args:
        dataset: the dataset.
        records: the ids of those that count; default all.
        repeats: keep the records that are asked a second time; they are no part of any other figure.

    Raises:
        StoreError: the store cannot be read.
    """
    dataset.sync()  # a form that is new
    wanted = None if records is None else set(records)
    left_out = set() if repeats else set(current.repeats(dataset.store, dataset.key))
    keys, users, texts, shown = _Codes(), _Codes(), _Codes(), _Codes()
    numbers: list[tuple[int, int, int, int, float | None, int]] = []
    times: list[str] = []
    for key, user, text, at, milliseconds, version, seen in current.submitted(dataset.store, dataset.key):
        if key in left_out or (wanted is not None and key not in wanted):
            continue
        numbers.append((keys[key], users[user], texts[text], shown[seen], milliseconds, version))
        times.append(at[:-1])
    columns = list(zip(*numbers, strict=True)) or [()] * 6
    record, user_, text_, seen_ = (np.array(each, np.int64) for each in columns[:4])
    return Answers(
        records=list(keys),
        users=[each or NOBODY for each in users],
        record=record,
        user=user_,
        texts=list(texts),
        text=text_,
        seconds=np.array(columns[4], float) / 1000,
        when=np.array(times, "datetime64[us]").astype("int64") / 1e6,
        version=np.array(columns[5], np.int64),
        shown=list(shown),
        seen=seen_,
    )


def known_question(dataset: Live, name: object) -> Question:
    """Return the question of that name.

    Raises:
        InvalidInput: there is none; the near miss is named.
    """
    found = dataset.settings.question(str(getattr(name, "name", name)))
    if found is None:
        names = [each.name for each in dataset.settings.questions]
        raise InvalidInput(
            f"there is no question {name!r}; the questions are {', '.join(names)}.{near_miss(name, names)}"
        )
    return found


def known_users(given: Iterable[str] | str | None, names: Sequence[str]) -> list[str] | None:
    """Return the annotators asked for, None for all.

    Raises:
        InvalidInput: one of them answered nothing; the near miss is named.
    """
    if given is None:
        return None
    wanted = [given] if isinstance(given, str) else list(given)
    for each in wanted:
        if each not in names:
            raise InvalidInput(
                f"there is no submitted answer of {each!r}; there are answers of {', '.join(names) or 'nobody'}."
                f"{near_miss(each, names)}"
            )
    return wanted


def values(answers: Answers, question: Question) -> tuple[list[Any], Array]:
    """Return the different answers to one question, and for each row which one it is: -1 where it was not answered.

    An answer that does not fit the question any more (a label that is gone) does not count, and a warning says how many.
    """
    found: list[Any] = []
    places: dict[str, int] = {}
    of_text = np.full(len(answers.texts), -1, np.int64)
    unfit: dict[int, Any] = {}
    for at, given in enumerate(answers.parsed):
        value = given.get(question.name)
        if value is None:
            continue
        key = json.dumps(value, sort_keys=True)
        if key not in places:
            places[key] = len(found) if question.keeps(value) else -1
            if places[key] >= 0:
                found.append(value)
        of_text[at] = places[key]
        if places[key] < 0:
            unfit[at] = value
    rows = of_text[answers.text] if len(answers) else np.zeros(0, np.int64)
    if unfit:
        lost = int(np.isin(answers.text, list(unfit)).sum())
        warnings.warn(
            f"{lost} answers to {question.name!r} are not counted: they do not fit the question as it is now, "
            f"for example {next(iter(unfit.values()))!r}",
            stacklevel=3,
        )
    return found, rows
