"""From records and answers to training rows: which columns, from which records, and what was left out and why."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, near_miss, require
from feedback_widgets.training.arrow import Row, to_dataset
from feedback_widgets.training.preferences import check_preference, pairs
from feedback_widgets.training.task import SUPERVISED_FINE_TUNING, TrainingTask

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.fields import Field
    from feedback_widgets.records import Record

NO_ANSWER, TIE, SAME = "no submitted answer", "tie", "chosen = rejected"
DISCARDED, MISSING, NOTHING = "discarded", "missing text", "formatting_func gave nothing"


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
        framework: the name of a file in `training/frameworks`, for example `"trl"`.
        task: how a record becomes rows; its `report` says afterwards what was used and what was skipped.
        train_size: above 0 to 1, the share of records to train on. The answers on one record never fall on both sides.
        test_size: the rest; when given, the two must sum to 1.
        seed: of the draw that splits; the same seed gives the same split.

    Returns:
        A `datasets.Dataset`, or with `train_size` below 1 a `datasets.DatasetDict` of `train` and `test`.
    """
    from feedback_widgets.training.frameworks import load

    load(framework).check_task(task)
    share = _train_share(train_size, test_size)
    by_record = rows_by_record(dataset, task)
    columns = (["id"] if "text" in task.columns else []) + list(task.columns)
    if share == 1:
        return to_dataset(chain.from_iterable(by_record), columns)
    train, test = split(by_record, share, seed)
    datasets = require("datasets", "train")
    return datasets.DatasetDict(train=to_dataset(train, columns), test=to_dataset(test, columns))


def rows_by_record(dataset: FeedbackDataset, task: TrainingTask) -> list[list[Row]]:
    """Return one list of rows per record that gave any, and leave the count of all records in `task.report`."""
    check_names(dataset, task)
    report, found = Report(), []
    for rows, reasons in _each_record(dataset, task):
        report.add(rows, reasons)
        if rows:
            found.append(rows)
    if "text" in task.columns:
        for number, row in enumerate(chain.from_iterable(found)):
            row["id"] = number
    task.report = report
    return found


def check_names(dataset: FeedbackDataset, task: TrainingTask) -> None:
    """Refuse an empty dataset, and a task whose names or question do not fit the dataset."""
    if not len(dataset):
        raise InvalidInput(
            "No records found in the dataset. Make sure you add records to the dataset via "
            "the `FeedbackDataset.add_records()` method first."
        )
    fields = {each.name: each for each in dataset.fields}
    questions = {each.name: each for each in dataset.questions}
    for argument, given in task.names.items():
        known: dict[str, Any] = questions if argument == "preference" else fields
        if argument == "response":
            known = {**fields, **questions}
        for name in given if isinstance(given, list) else [given]:
            _check_known(name, known, f"{argument}= of {task!r}")
            if name not in questions:
                _check_holds_text(fields[name], argument)
    if task.names and task.kind is SUPERVISED_FINE_TUNING:
        if (question := questions.get(task.names["response"])) and question.type != "text":
            raise InvalidInput(
                f"response={question.name!r} is a question of type {question.type}: take a text question or a field."
            )
    elif task.names:
        if len(set(task.names["responses"])) < 2:
            raise InvalidInput(
                f"responses={task.names['responses']!r} of {task!r} must name at least two different fields."
            )
        check_preference(questions[task.names["preference"]], task.names["responses"])


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
    for number, rows in enumerate(by_record):
        sides[number not in chosen].extend(rows)
    return sides


def _each_record(dataset: FeedbackDataset, task: TrainingTask) -> Iterator[tuple[list[Row], Counter[str]]]:
    if task.formatting_func is not None:
        seen = dataset.rows()  # before the records: a record that arrives in between has no row yet
        for record, row in zip(dataset.records, seen, strict=False):
            rows = task.format(row, record.id)
            yield rows, Counter() if rows else Counter([NOTHING])
        return
    if task.kind is SUPERVISED_FINE_TUNING:
        from_field = task.names["response"] in {each.name for each in dataset.fields}
        for record in dataset.records:
            yield _demonstrations(record, task.names, from_field=from_field)
        return
    question = next(each for each in dataset.questions if each.name == task.names["preference"])
    for record in dataset.records:
        yield _preferences(record, task.names, question)


def _demonstrations(
    record: Record, names: dict[str, Any], *, from_field: bool
) -> tuple[list[Row], Counter[str]]:
    rows, reasons = [], Counter[str]()
    if not from_field:
        texts = _submitted(record, names["response"])
    elif {each.status for each in record.responses} in ({"discarded"}, {"discarded", "draft"}):
        # A field needs no answer, but what people threw out is not learned from.
        return [], Counter([DISCARDED])
    else:
        texts = [record.fields.get(names["response"])]
    for text in texts:
        if (prompt := record.fields.get(names["prompt"])) is None or text is None:
            reasons[MISSING] += 1
        else:
            rows.append({"prompt": prompt, "completion": text})
    return rows, reasons


def _preferences(record: Record, names: dict[str, Any], question: Any) -> tuple[list[Row], Counter[str]]:
    rows, reasons = [], Counter[str]()
    text = record.fields.get
    for answer in _submitted(record, question.name):
        for pair in pairs(question, answer, names["responses"]):
            if pair is None:
                reasons[TIE] += 1
                continue
            prompt, chosen, rejected = text(names["prompt"]), text(pair[0]), text(pair[1])
            if None in (prompt, chosen, rejected):
                reasons[MISSING] += 1
            elif chosen == rejected:
                reasons[SAME] += 1
            else:
                rows.append({"prompt": prompt, "chosen": chosen, "rejected": rejected})
    return rows, reasons


def _submitted(record: Record, question: str) -> list[Any]:
    answers = (each.values.get(question) for each in record.responses if each.status == "submitted")
    return [answer.value for answer in answers if answer is not None]


def _check_known(name: Any, known: dict[str, Any], where: str) -> None:
    if name not in known:
        raise InvalidInput(
            f"{where}: the dataset has no {name!r}; it has {', '.join(known)}.{near_miss(name, known)}"
        )


def _check_holds_text(field: Field, argument: str) -> None:
    if field.type not in ("text", "code"):
        raise InvalidInput(
            f"{argument}={field.name!r} is a field of type {field.type}, and training rows are text: take a text field, "
            f"or write a formatting_func that makes text of row[{field.name!r}]."
        )


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
