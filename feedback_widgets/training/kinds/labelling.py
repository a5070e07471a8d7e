"""Tasks that learn a label of a text, or how alike texts are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from feedback_widgets.aggregation import ALIASES, rule_of, unify
from feedback_widgets.aggregation.rules import CROWD
from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.kinds.base import (
    CHOICES,
    MISSING,
    NO_ANSWER,
    TEXTS,
    TIE,
    Argument,
    Form,
    Found,
    Groups,
    Kind,
    Reader,
    Row,
    Table,
    distinct,
    no_records_mixed,
    number,
    submitted,
    thrown_out,
)

if TYPE_CHECKING:
    from feedback_widgets.records import Record

SENTENCES = ("sentence-1", "sentence-2", "sentence-3")


def _best_ranked(answer: Any) -> Any:
    best = [place["value"] for place in answer if place["rank"] == min(each["rank"] for each in answer)]
    return best[0] if len(best) == 1 else None


# A question that orders things names the best of them as its label.
BEST: dict[str, Callable[[Any], Any]] = {"ranking": _best_ranked, "pairwise": lambda answer: answer["choice"]}


def _classes(question: Any) -> list[Any]:
    """Return what may be the label, in the question's own order."""
    if question.type == "rating":
        return list(question.values)
    return list(question.fields if question.type == "pairwise" else question.option_values)


def _crowd_voter(form: Form, question: Any, strategy: str) -> Any:
    """Return a function from a record to its label under a model of the crowd, which looks at all records once."""
    best, classes = BEST.get(question.type), _classes(question)
    found = cache(lambda: form.unified(question.name, strategy))

    def vote(record: Record) -> tuple[list[Any], Counter[str]]:
        values = found()
        if record.id not in values:
            return [], Counter()
        label = best(values[record.id]) if best else values[record.id]
        return ([], Counter({TIE: 1})) if best and label not in classes else ([label], Counter())

    return vote


def _voter(form: Form, question: Any, strategy: str | None) -> Any:
    """Return a function from a record to its labels under the rule, and the answers that named none."""
    if strategy is not None and ALIASES.get(strategy, strategy) in CROWD.get(question.type, ()):
        return _crowd_voter(form, question, strategy)
    classes, best = _classes(question), BEST.get(question.type)
    kind = "label_selection" if best else question.type
    wanted = strategy or ("mean" if question.type == "rating" else "majority")
    rule_of(kind, wanted)

    def vote(record: Record) -> tuple[list[Any], Counter[str]]:
        answers = submitted(record, question.name)
        named = [best(each) for each in answers] if best else answers
        kept = [each for each in named if not best or each in classes]
        ties = len(named) - len(kept)
        return unify(kept, classes, kind, wanted), Counter({TIE: ties} if ties else {})

    return vote


def _labels(form: Form, names: dict[str, Any]) -> Reader:
    text, question = names["text"], form.questions[names["label"]]
    vote, classes = _voter(form, question, names.get("label_strategy")), _classes(question)

    def read(record: Record) -> Found:
        labels, reasons = vote(record)
        if record.fields.get(text) is None:
            return [], Counter([MISSING if labels else NO_ANSWER])
        if question.type == "rating":
            labels = [_nearest(each, classes) for each in labels]
        return distinct({"text": record.fields[text], "label": each} for each in labels), reasons

    return read


def _nearest(value: float, classes: list[int]) -> int:
    """Return the class nearest to a mean; of two equally near ones the lower."""
    return min(classes, key=lambda each: (abs(each - value), each))


def _read_label(given: Any) -> Row | None:
    """Read `(text, label)` or `(text, [labels])`."""
    if not isinstance(given, tuple) or len(given) != 2 or not isinstance(given[0], str):
        return None
    labels = given[1] if isinstance(given[1], list) else [given[1]]
    if any(isinstance(each, bool) or not isinstance(each, str | int) for each in labels):
        return None
    return {"text": given[0], "label": given[1]}


def _encode(groups: Groups, columns: Mapping[str, str], form: Form, names: Mapping[str, Any]) -> Table:
    """Replace labels by the numbers of their classes: the question's order, else sorted as seen."""
    rows = [row for group in groups for row in group]
    question = form.questions[names["label"]] if names else None
    many = question.type == "multi_label_selection" if question else bool(rows) and _is_list(rows[0])
    if not question:
        no_records_mixed(["a list of labels" if _is_list(row) else "one label" for row in rows], "labels")
    classes = _classes(question) if question else _seen(rows, many=many)
    place = {label: at for at, label in enumerate(classes)}
    for row in rows:
        if many:
            row["binarized_label"] = [int(label in row["label"]) for label in classes]
            row["label"] = [place[each] for each in row["label"]]
        else:
            row["label"] = place[row["label"]]
    number(groups)
    kept: dict[str, str] = (
        {**columns, "label": "classes", "binarized_label": "ints"} if many else dict(columns)
    )
    return Table(groups, kept, [str(each) for each in classes])


def _is_list(row: Row) -> bool:
    return isinstance(row["label"], list)


def _seen(rows: list[Row], *, many: bool) -> list[Any]:
    labels = {each for row in rows for each in (row["label"] if many else [row["label"]])}
    return sorted(labels, key=lambda each: (isinstance(each, str), each))


def _similar(form: Form, names: dict[str, Any]) -> Reader:
    fields, labelled = names["texts"], names.get("label")
    if not isinstance(fields, list) or not 2 <= len(set(fields)) == len(fields) <= 3:
        raise InvalidInput(f"texts={fields!r} must name two or three different fields.")
    question = form.questions[labelled] if labelled else None
    vote = _voter(form, question, names.get("label_strategy")) if question else None
    values = _numbers(question) if question else {}

    def read(record: Record) -> Found:
        sentences = {name: record.fields.get(field) for name, field in zip(SENTENCES, fields, strict=False)}
        if None in sentences.values():
            return [], Counter([MISSING])
        if vote is None:
            return ([], Counter(["discarded"])) if thrown_out(record) else ([sentences], Counter())
        labels, reasons = vote(record)
        return distinct({**sentences, "label": values.get(each, each)} for each in labels), reasons

    return read


def _numbers(question: Any) -> dict[Any, int]:
    """Return the number of each label: the label itself where all are numbers, else its place."""
    classes = _classes(question)
    if all(str(each).isdecimal() for each in classes):
        return {each: int(each) for each in classes}
    return {each: at for at, each in enumerate(classes)}


def _read_similar(given: Any) -> Row | None:
    """Read `(text, text[, text][, number])`, or the same as a dict of sentence-1, sentence-2, sentence-3, label."""
    if isinstance(given, dict):
        row: Row = dict(given)
    elif isinstance(given, tuple):
        labelled = len(given) > 2 and not isinstance(given[-1], str)
        sentences = given[:-1] if labelled else given
        if len(sentences) > len(SENTENCES):
            return None
        row = dict(zip(SENTENCES, sentences, strict=False)) | ({"label": given[-1]} if labelled else {})
    else:
        return None
    label = row.get("label", 0)
    whole = {*SENTENCES[:2]} <= set(row) <= {*SENTENCES, "label"}
    fits = all(isinstance(row[each], str) for each in row if each != "label")
    return row if whole and fits and isinstance(label, int | float) and not isinstance(label, bool) else None


def _sized(groups: Groups, _columns: Mapping[str, str], form: Form, names: Mapping[str, Any]) -> Table:
    """Give the table the columns that its rows have; labels are whole numbers where all are."""
    del form, names
    rows = [row for group in groups for row in group]
    no_records_mixed([", ".join(sorted(row)) for row in rows], "rows")
    first = rows[0] if rows else dict.fromkeys((*SENTENCES[:2], "label"), 0)
    columns = {name: "text" for name in SENTENCES if name in first}
    if "label" in first:
        whole = all(float(row["label"]).is_integer() for row in rows)
        columns["label"] = "int" if whole else "number"
        for row in rows:
            row["label"] = int(row["label"]) if whole else float(row["label"])
    return Table(groups, columns, [])


TEXT_CLASSIFICATION = Kind(
    "text_classification",
    columns={"id": "int", "text": "text", "label": "class"},
    returns="a tuple (text, label) or (text, [labels])",
    read=_read_label,
    arguments=(
        Argument("text", field=TEXTS),
        Argument("label", question=CHOICES),
        Argument("label_strategy", required=False),
    ),
    reader=_labels,
    finish=_encode,
)
SENTENCE_SIMILARITY = Kind(
    "sentence_similarity",
    columns={"sentence-1": "text", "sentence-2": "text", "label": "number"},
    returns="a tuple (text, text[, text][, number]), or a dict of sentence-1, sentence-2[, sentence-3][, label]",
    read=_read_similar,
    arguments=(
        Argument("texts", field=TEXTS),
        Argument("label", question=("label_selection", "rating"), required=False),
        Argument("label_strategy", required=False),
    ),
    reader=_similar,
    finish=_sized,
)
