"""From records and answers to training rows: which columns, from which records, and what was left out and why."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, filterfalse
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.io.rows import each_row
from feedback_widgets.records import Record, uncollected
from feedback_widgets.store.current import REPEAT
from feedback_widgets.training import columnar, handover
from feedback_widgets.training.arrow import Gathered, Row
from feedback_widgets.training.kinds.base import (
    NO_ANSWER,
    NOTHING,
    Form,
    Found,
    Table,
    as_it_is,
    check_argument,
    number,
)
from feedback_widgets.training.task import TrainingTask
from feedback_widgets.walking import passing

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset

AT_ONCE = 2_000  # rows that become Arrow's together


@dataclass
class Report:
    """How many records a preparation used, how many rows they gave, and why the others were skipped.

    >>> print(Report(records=3, used=2, rows=2, skipped=Counter({"tie": 1})))
    2 of 3 records gave 2 training rows; skipped 1: 1 tie
    """

    records: int = 0
    used: int = 0
    rows: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    """Reason -> records that gave no row at all."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Reason -> answers and pairs left out of records that gave other rows."""

    def add(self, rows: list[Row], reasons: Counter[str]) -> None:
        """Count one record."""
        self.records += 1
        self.rows += len(rows)
        if rows:
            self.used += 1
            if reasons:
                self.dropped.update(reasons)
        else:
            self.skipped[reasons.most_common(1)[0][0] if reasons else NO_ANSWER] += 1

    def __str__(self) -> str:
        text = f"{self.used} of {self.records} records gave {self.rows} training rows"
        if self.skipped:
            text += f"; skipped {self.skipped.total()}: {_listed(self.skipped)}"
        if self.dropped:
            text += f"; left out of used records: {_listed(self.dropped)}"
        return text


def prepare_for_training(
    dataset: FeedbackDataset,
    framework: str,
    task: TrainingTask,
    train_size: float | None = 1,
    test_size: float | None = None,
    seed: int | None = None,
) -> Any:
    """Turn the answers into training data.

    Args:
        dataset: whose records and submitted answers are read.
        framework: a library that has this task; `handover.GIVES` lists them all.
        task: how a record becomes rows; its `report` says afterwards what was used and what was skipped.
        train_size: above 0 to 1, the share of records to train on. The answers on one record never fall on both sides.
        test_size: the rest; when given, the two must sum to 1.
        seed: of the draw that splits; the same seed gives the same split.

    Returns:
        What the framework takes, mostly a `datasets.Dataset`; with `train_size` below 1 a `datasets.DatasetDict` of
        `train` and `test`, or a tuple of the two where the framework takes something else.

    Raises:
        InvalidInput: the dataset is empty, a name is wrong, the framework has no such task, or a share is none.
    """
    give = handover.giver(framework, task.kind.name)
    share = _train_share(train_size, test_size)
    if give is handover.as_dataset:
        found = _by_columns(dataset, task) or _by_record(dataset, task)
        if found is not None:
            return found.whole() if share == 1 else handover.both(*found.parted(share, seed))
    table = rows_by_record(dataset, task)
    if share == 1:
        return give(list(chain.from_iterable(table.groups)), table)
    train, test = (give(side, table) for side in split(table.groups, share, seed))
    return handover.both(train, test)


def rows_by_record(dataset: FeedbackDataset, task: TrainingTask) -> Table:
    """Return one list of rows per record that gave any, and leave the count of all records in `task.report`."""
    check_names(dataset, task)
    form, report, found = Form.of(dataset), Report(), []
    with uncollected():
        for rows, reasons in _each_record(dataset, task, form):
            report.add(rows, reasons)
            if rows:
                found.append(rows)
    task.report = report
    return task.kind.finish(found, task.typed_columns, form, task.names)


def _by_record(dataset: FeedbackDataset, task: TrainingTask) -> Gathered | None:
    """Return the rows gathered record by record, where nobody has to see them all before their table is known."""
    if task.kind.finish is not as_it_is:
        return None
    check_names(dataset, task)
    report, found = Report(), Gathered(task.typed_columns)
    waiting, records, numbered = list[Row](), list[int](), "id" in task.typed_columns

    def flush() -> None:
        found.add_rows(waiting, records)
        waiting.clear()
        records.clear()

    with uncollected():
        for rows, reasons in _each_record(dataset, task, Form.of(dataset)):
            if numbered:
                number([rows], report.rows)
            report.add(rows, reasons)
            if rows:
                waiting += rows
                records += [found.used] * len(rows)
                found.used += 1
            if len(waiting) >= AT_ONCE:
                flush()
        flush()
    task.report = report
    return found


def _by_columns(dataset: FeedbackDataset, task: TrainingTask) -> Gathered | None:
    """Return the rows where they can be read column by column; the report is then that of all records."""
    check_names(dataset, task)
    report = Report()
    found = columnar.rows(dataset, task, report)
    if found is not None:
        task.report = report
    return found


def check_names(dataset: FeedbackDataset, task: TrainingTask) -> None:
    """Refuse an empty dataset, and a task whose names or question do not fit the dataset."""
    if not len(dataset):
        raise InvalidInput(
            "No records found in the dataset. Make sure you add records to the dataset via "
            "the `FeedbackDataset.add_records()` method first."
        )
    form = Form.of(dataset)
    for argument in task.kind.arguments:
        if argument.names_something and argument.name in task.names:
            check_argument(argument, task.names[argument.name], form, repr(task))
    if task.formatting_func is None:
        task.kind.reader(form, task.names)


def split(by_record: list[list[Row]], share: float, seed: int | None) -> tuple[list[Row], list[Row]]:
    """Draw `share` of the records for training and give the rest for testing, each at least one record."""
    count = len(by_record)
    if count < 2:
        raise InvalidInput(
            f"train_size={share:g} needs at least two records with training rows, and there are {count}."
        )
    size = min(max(int(share * count + 0.5), 1), count - 1)
    chosen = set(random.Random(42 if seed is None else seed).sample(range(count), size))
    sides: tuple[list[Row], list[Row]] = ([], [])
    for at, rows in enumerate(by_record):
        sides[at not in chosen].extend(rows)
    return sides


def _each_record(dataset: FeedbackDataset, task: TrainingTask, form: Form) -> Iterator[Found]:
    if task.formatting_func is None:
        yield from map(task.kind.reader(form, task.names), filterfalse(_again, passing(dataset)))
        return
    for record, row in each_row(dataset):
        if _again(record):
            continue
        rows, reasons = task.read(row, record.id)
        yield rows, reasons if rows or reasons else Counter([NOTHING])


def _again(record: Record) -> bool:
    """Tell a record that is asked a second time: a model learns from the first one alone."""
    return (record.external_id or "").startswith(REPEAT)


def _train_share(train_size: float | None, test_size: float | None) -> float:
    share = 1 if train_size is None else train_size
    if not 0 < share <= 1:
        raise InvalidInput(
            f"train_size={train_size!r} is not a share of the records: give a number above 0, up to 1."
        )
    if test_size is not None and abs(share + test_size - 1) > 1e-9:
        raise InvalidInput("`train_size` and `test_size` must sum to 1.")
    return share


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in counts.most_common())
