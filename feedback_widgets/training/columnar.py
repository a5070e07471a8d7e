"""Training rows column by column, for the tasks that most large datasets are made for: no record is ever made an object.

What this file cannot do, `shapes` does record by record; a test holds the two to the same rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_widgets.errors import require
from feedback_widgets.store.texts import Block, blocks, log
from feedback_widgets.store.texts import answers as written
from feedback_widgets.training.arrow import Gathered
from feedback_widgets.training.kinds.base import MISSING, NO_ANSWER, SAME, TIE

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.training.shapes import Report
    from feedback_widgets.training.task import TrainingTask

ROW, REASONS = 0, {1: TIE, 2: MISSING, 3: SAME}  # what became of an answer; 4: nothing to say
NOTHING = 4
SUBMITTED, TAKEN_BACK = 1, 2
LETTERS = {"submitted": SUBMITTED, "pending": TAKEN_BACK}


class Reading(NamedTuple):
    """How a task reads its columns: the fields and the question's answers, and what is made of them."""

    fields: list[str]
    question: str
    answer: Any  # an Arrow type
    columns: dict[str, str]
    # (fields by name, one line per answer; answers) -> what became of each answer, and the columns of all of them
    read: Callable[[dict[str, Any], Any], tuple[Any, dict[str, Any]]]


def rows(dataset: FeedbackDataset, task: TrainingTask, report: Report) -> Gathered | None:
    """Return the rows of a task, or None where it has to be read record by record; `report` is filled in."""
    reading = _reading(dataset, task)
    if reading is None or dataset._reviews.records():  # noqa: SLF001
        return None
    pa, found = require("pyarrow", "train"), Gathered(reading.columns)
    upto = dataset._memory.last_record  # noqa: SLF001 - it knows which records there are
    try:
        said = Standing.of(dataset, upto)
        for block in blocks(dataset.store, dataset.key, upto):
            _take(block, said, dataset, reading, found, report)
    except pa.ArrowInvalid:  # an answer of another shape than its question has today
        return None
    return found


def _reading(dataset: FeedbackDataset, task: TrainingTask) -> Reading | None:
    pa, names = require("pyarrow", "train"), task.names
    if task.formatting_func is not None:
        return None
    questions = {each.name: each for each in dataset.questions}
    if task.kind.name == "supervised_fine_tuning" and names["response"] in questions:
        asked = names["prompt"]

        def demonstrated(fields: dict[str, Any], answers: Any) -> tuple[Any, dict[str, Any]]:
            return _codes(fields[asked].is_null()), {"prompt": fields[asked], "completion": answers}

        return Reading([asked], names["response"], pa.string(), task.typed_columns, demonstrated)
    if task.kind.name in ("reward_modeling", "direct_preference_optimization"):
        return _comparing(task, questions[names["preference"]])
    return None


def _comparing(task: TrainingTask, question: Any) -> Reading | None:
    pa, pc, np = require("pyarrow", "train"), require("pyarrow.compute", "train"), require("numpy", "train")
    asked, responses = task.names["prompt"], list(task.names["responses"])
    weighed = (
        question.type == "pairwise" and question.scale is not None and task.kind.name == "reward_modeling"
    )
    if question.type != "pairwise" or len(responses) != 2:
        return None
    told = pa.struct([("choice", pa.string()), ("strength", pa.int64())])
    others = [each for each in question.fields if each not in responses]

    def compared(fields: dict[str, Any], answers: Any) -> tuple[Any, dict[str, Any]]:
        choice = pc.struct_field(answers, "choice")
        first, second = (pc.equal(choice, name) for name in responses)
        one, other = (fields[name] for name in responses)
        columns = {
            "prompt": fields[asked],
            "chosen": pc.if_else(first, one, other),
            "rejected": pc.if_else(first, other, one),
        }
        codes = np.where(_true(first) | _true(second), ROW, 1)
        if others:
            codes[_true(pc.is_in(choice, pa.array(others)))] = NOTHING
        row = codes == ROW
        lost = ~_true(pc.and_(pc.and_(fields[asked].is_valid(), one.is_valid()), other.is_valid()))
        codes[row & ~lost & _true(pc.equal(one, other))] = 3
        codes[row & lost] = 2
        if weighed:
            strength = pc.fill_null(pc.struct_field(answers, "strength"), 0)
            columns["margin"] = pc.cast(strength, pa.float64())
        return codes, columns

    columns = {**task.typed_columns, **({"margin": "number"} if weighed else {})}
    return Reading([asked, *responses], question.name, told, columns, compared)


def _codes(missing: Any) -> Any:
    np = require("numpy", "train")
    return np.where(_true(missing), 2, ROW)


def _true(given: Any) -> Any:
    """Return an Arrow array of truth values as one of numpy; null is false."""
    return given.fill_null(False).to_numpy(zero_copy_only=False)


class Standing(NamedTuple):
    """The submitted answers that stand, by record, and there in the order of first answers: the numbers of record and event."""

    record: Any
    event: Any

    @classmethod
    def of(cls, dataset: FeedbackDataset, upto: int) -> Standing:
        """Read the log, and keep what decides."""
        np = require("numpy", "train")
        users: dict[str, int] = {}
        parts = []
        for page in log(dataset.store, dataset.key, upto):
            whole = [(r, e, users.setdefault(u, len(users)), LETTERS.get(s, 0)) for r, e, u, s in page]
            parts.append(np.array(whole, np.int64))
        record, event, user, status = (np.concatenate(parts) if parts else np.empty((0, 4), np.int64)).T
        first = np.ones(len(record), bool)  # of an annotator's events about a record
        first[1:] = (np.diff(record) != 0) | (np.diff(user) != 0)
        start = np.flatnonzero(first)
        last = np.append(start[1:], len(record))[: len(start)] - 1
        here = np.arange(len(record))
        taken_back = np.maximum.accumulate(np.where(status == TAKEN_BACK, here, -1))
        began = np.maximum(
            start, taken_back[last] + 1
        )  # what was said before it was taken back has no place any more
        stands = status[last] == SUBMITTED
        last, began = last[stands], began[stands]
        order = np.lexsort((event[began], record[last]))
        return cls(record[last][order], event[last][order])

    def between(self, first: int, last: int) -> Standing:
        """Return those about records with these numbers and all between them."""
        np = require("numpy", "train")
        ends = slice(*np.searchsorted(self.record, [first, last + 1]).tolist())
        return Standing(self.record[ends], self.event[ends])


def _take(
    block: Block, said: Standing, dataset: FeedbackDataset, reading: Reading, found: Gathered, report: Report
) -> None:
    pa, np = require("pyarrow", "train"), require("numpy", "train")
    numbers = np.array(block.numbers, np.int64)
    mine = said.between(block.numbers[0], block.numbers[-1])
    place = np.searchsorted(numbers, mine.record)
    known = numbers[place] == mine.record  # not of a record that is asked a second time
    place, events = place[known], mine.event[known]
    wanted = {reading.question: reading.answer}
    answers = _lines(written(dataset.store, events.tolist()), wanted)[reading.question]
    there = _true(answers.is_valid())
    answers, place = answers.filter(pa.array(there)), place[there]
    contents = _lines(block.contents, dict.fromkeys(reading.fields, pa.string()))
    fields = {name: contents[name].take(pa.array(place)) for name in reading.fields}
    codes, columns = reading.read(fields, answers)
    rows = codes == ROW
    used = _count(report, len(numbers), place, codes)
    order = np.cumsum(used) - 1 + found.used
    mask = pa.array(rows)
    found.add({name: each.filter(mask) for name, each in columns.items()}, order[place[rows]])
    found.used += int(used.sum())


def _lines(given: Sequence[str], wanted: dict[str, Any]) -> dict[str, Any]:
    """Read JSON objects into one Arrow array for each name that is wanted; what lacks it is null."""
    pa, js = require("pyarrow", "train"), require("pyarrow.json", "train")
    if not given:
        return {name: pa.array([], kind) for name, kind in wanted.items()}
    lines = "\n".join(given).encode()
    options = js.ParseOptions(
        explicit_schema=pa.schema(list(wanted.items())), unexpected_field_behavior="ignore"
    )
    whole = js.ReadOptions(use_threads=False, block_size=len(lines) + 1)
    table = js.read_json(pa.BufferReader(lines), read_options=whole, parse_options=options)
    return {name: table[name].combine_chunks() for name in wanted}


def _count(report: Report, records: int, place: Any, codes: Any) -> Any:
    """Write into the report what became of each record, and return which ones gave rows."""
    np = require("numpy", "train")
    counts = np.zeros((records, NOTHING + 1), np.int64)
    np.add.at(counts, (place, codes), 1)
    used, reasons = counts[:, ROW] > 0, counts[:, 1:NOTHING]
    report.records += records
    report.rows += int(counts[:, ROW].sum())
    report.used += int(used.sum())
    for code, name in REASONS.items():
        if left := int(counts[used, code].sum()):
            report.dropped[name] += left
    for at in np.flatnonzero(~used):
        if not reasons[at].any():
            report.skipped[NO_ANSWER] += 1
        else:
            said = Counter(REASONS[int(each)] for each in codes[place == at] if int(each) in REASONS)
            report.skipped[said.most_common(1)[0][0]] += 1
    return used
