"""Submitted answers in columns: read from the store in one go, and told apart by what one question was answered."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.agreement.distances import Array
from feedback_widgets.columns import Details, columns, details, question_of, told_apart
from feedback_widgets.errors import InvalidInput, near_miss

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
        line: the place of each answer among those that `late` tells about.
        late: returns how the answers came about; asked when somebody wants to know.
    """

    records: list[str]
    users: list[str]
    record: Array
    user: Array
    texts: list[str]
    text: Array
    line: Array
    late: Callable[[], Details]

    def __len__(self) -> int:
        return len(self.record)

    @cached_property
    def parsed(self) -> list[dict[str, Any]]:
        """The different answers: question name -> answer in stored form."""
        return [json.loads(each) for each in self.texts]

    @cached_property
    def seconds(self) -> Array:
        """Active time, NaN where nobody measured it."""
        return self.late().seconds[self.line]

    @cached_property
    def when(self) -> Array:
        """When each answer arrived, in seconds since 1970 (UTC)."""
        return self.late().when[self.line]

    @cached_property
    def version(self) -> Array:
        """The version of the settings that each was answered under."""
        return self.late().version[self.line]

    @cached_property
    def seen(self) -> Array:
        """Which of the texts in `shown` each annotator saw."""
        return self.late().seen[self.line]

    @cached_property
    def shown(self) -> list[str]:
        """The different `shown` texts."""
        return list(self.late().shown)

    @cached_property
    def seen_parsed(self) -> list[dict[str, Any]]:
        """What the different screens showed."""
        return [json.loads(each) for each in self.shown]

    def only(self, kept: Array) -> Answers:
        """Return the answers where `kept` is true, of the same records and users."""
        columns = {name: getattr(self, name)[kept] for name in ("record", "user", "text", "line")}
        return replace(self, **columns)


def read(dataset: Live, records: Collection[str] | None = None, *, repeats: bool = False) -> Answers:
    """Return the submitted answers, as the store holds them now.

    Args:
        dataset: the dataset.
        records: the ids of those that count; default all.
        repeats: keep the records that are asked a second time; they are no part of any other figure.

    Raises:
        StoreError: the store cannot be read.
    """
    found = columns(dataset)
    kept = np.ones(len(found.record), bool)
    if len(found.again) and not repeats:
        kept &= ~np.isin(found.record, found.again)
    if records is not None:
        wanted = set(records)
        kept &= np.array([each in wanted for each in found.records], bool)[found.record]
    line = np.flatnonzero(kept)
    line = line[np.argsort(found.number[line], kind="stable")]
    record_ids, record = _renumbered(found.record[line], found.records)
    names, user = _renumbered(found.user[line], found.users)
    texts, text = _renumbered(found.text[line], found.texts)
    names = [each or NOBODY for each in names]
    return Answers(record_ids, names, record, user, texts, text, line, lambda: details(dataset, found))


def _renumbered(codes: Array, names: Sequence[str]) -> tuple[list[str], Array]:
    """Return the names that occur, in the order in which they come, and the codes counted anew."""
    old, first, new = np.unique(codes, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(old), np.int64)
    place[order] = np.arange(len(old))
    return [names[at] for at in old[order].tolist()], place[new.reshape(-1)]


known_question = question_of


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
    every, codes = told_apart(answers.parsed, question.name)
    keeps = np.array([question.keeps(each) for each in every], bool)
    rows = codes[answers.text]
    lost = int((rows >= 0).sum() - keeps[rows[rows >= 0]].sum())
    if lost:
        unfit = next(each for each, kept in zip(every, keeps, strict=True) if not kept)
        warnings.warn(
            f"{lost} answers to {question.name!r} are not counted: they do not fit the question as it is now, "
            f"for example {unfit!r}",
            stacklevel=3,
        )
    place = np.append(np.where(keeps, np.cumsum(keeps) - 1, -1), -1)  # the last for what was not answered
    return [each for each, kept in zip(every, keeps, strict=True) if kept], place[rows]
