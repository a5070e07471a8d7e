"""Tasks that learn to find parts of a text: spans with labels, and the answer to a question within its context."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from feedback_widgets.aggregation.spans import majority
from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.kinds.base import (
    MISSING,
    NO_ANSWER,
    TEXTS,
    Argument,
    Form,
    Found,
    Groups,
    Kind,
    Reader,
    Row,
    Table,
    distinct,
    number,
    submitted,
)

if TYPE_CHECKING:
    from feedback_widgets.records import Record

OUTSIDE, OVERLAP, NOT_THERE = "O", "overlapping spans", "answer not in its context"
WORDS = re.compile(r"\w+|[^\w\s]")
STRATEGIES = ("majority", "disagreement")


def tags_of(text: str, spans: list[tuple[int, int, str]]) -> tuple[list[str], list[str]]:
    """Split a text into words and marks, cut also where spans begin and end, and tag each: `B-x` begins a span, `I-x` goes on.

    >>> tags_of("New York!", [(0, 8, "city")])
    (['New', 'York', '!'], ['B-city', 'I-city', 'O'])
    """
    edges = sorted({0, len(text), *(place for start, end, _ in spans for place in (start, end))})
    words, tags, begun = list[str](), list[str](), set[Any]()
    for start, end in pairwise(edges):
        span = next((each for each in spans if each[0] <= start < each[1]), None)
        for word in WORDS.finditer(text, start, end):
            words.append(word.group())
            tags.append(OUTSIDE if span is None else f"{'I' if span in begun else 'B'}-{span[2]}")
            begun.add(span)
    return words, tags


def _spans(form: Form, names: dict[str, Any]) -> Reader:
    question = form.questions[names["label"]]
    field, strategy = question.field, names.get("label_strategy") or "majority"
    if names.get("text") not in (None, field):
        raise InvalidInput(
            f"text={names['text']!r} is not what {question.name!r} marks: that is {field!r}; leave text out."
        )
    if strategy not in STRATEGIES:
        raise InvalidInput(
            f"label_strategy={strategy!r} does not fit spans: it is one of {', '.join(STRATEGIES)}."
        )

    def read(record: Record) -> Found:
        answers = [
            [(span["start"], span["end"], span["label"]) for span in answer]
            for answer in submitted(record, question.name)
        ]
        text = record.fields.get(field)
        if not answers or text is None:
            return [], Counter([NO_ANSWER if not answers else MISSING])
        chosen = [_agreed(answers)] if strategy == "majority" else answers
        flat = [spans for spans in chosen if not _overlap(spans)]
        rows = [_row(text, spans) for spans in flat]
        lost = len(chosen) - len(flat)
        return distinct(rows), Counter({OVERLAP: lost} if lost else {})

    return read


def _row(text: str, spans: list[tuple[int, int, str]]) -> Row:
    """Return words and tags; beside the columns also what they came from, for libraries that split texts themselves."""
    tokens, tags = tags_of(text, spans)
    return {"tokens": tokens, "tags": tags, "text": text, "spans": spans}


def _agreed(answers: list[list[tuple[int, int, str]]]) -> list[tuple[int, int, str]]:
    """Return the spans that more than half of the annotators marked, give or take a few characters."""
    named = [
        [dict(zip(("start", "end", "label"), span, strict=True)) for span in answer] for answer in answers
    ]
    return [(each["start"], each["end"], each["label"]) for each in majority(named)]


def _overlap(spans: list[tuple[int, int, str]]) -> bool:
    return any(other[0] < one[1] for one, other in pairwise(sorted(spans)))


def _read_tags(given: Any) -> Row | None:
    """Read `([words], [tags])`, as many of one as of the other."""
    if not isinstance(given, tuple) or len(given) != 2 or not all(isinstance(each, list) for each in given):
        return None
    if len(given[0]) != len(given[1]) or not all(isinstance(each, str) for part in given for each in part):
        return None
    return {"tokens": given[0], "tags": given[1]}


def _encode(groups: Groups, columns: Mapping[str, str], form: Form, names: Mapping[str, Any]) -> Table:
    """Replace tags by their numbers: `O` is 0, then `B-` and `I-` of each label in the question's order."""
    rows = [row for group in groups for row in group]
    if names:
        labels = form.questions[names["label"]].option_values
        classes = [OUTSIDE, *(f"{part}-{label}" for label in labels for part in "BI")]
    else:
        seen = {tag for row in rows for tag in row["tags"]}
        classes = [OUTSIDE, *sorted(seen - {OUTSIDE})]
    place = {tag: at for at, tag in enumerate(classes)}
    for row in rows:
        row["tags"] = [place[tag] for tag in row["tags"]]
    number(groups)
    return Table(groups, dict(columns), classes)


def _found_answer(question: str, context: str, answer: str) -> Row | str:
    """Return the row of an answer that stands in its context, else why it is left out."""
    start = context.find(answer)
    if start < 0 or not answer:
        return NOT_THERE
    place = {"text": [answer], "answer_start": [start]}
    return {"question": question, "context": context, "answer": place}


def _read_answer(given: Any) -> Row | str | None:
    """Read `(question, context, answer)`."""
    if not isinstance(given, tuple) or [type(each) for each in given] != [str] * 3:
        return None
    return _found_answer(*given)


def _answers(form: Form, names: dict[str, Any]) -> Reader:
    del form

    def read(record: Record) -> Found:
        rows, reasons = list[Row](), Counter[str]()
        question, context = record.fields.get(names["question"]), record.fields.get(names["context"])
        for answer in submitted(record, names["answer"]):
            found = MISSING if None in (question, context) else _found_answer(question, context, answer)  # type: ignore[arg-type]
            if isinstance(found, str):
                reasons[found] += 1
            else:
                rows.append(found)
        return distinct(rows), reasons

    return read


TOKEN_CLASSIFICATION = Kind(
    "token_classification",
    columns={"id": "int", "tokens": "texts", "tags": "classes"},
    returns="a tuple ([words], [tags]) of two lists of texts, equally long",
    read=_read_tags,
    arguments=(
        Argument("text", field=TEXTS, required=False),
        Argument("label", question=("span",)),
        Argument("label_strategy", required=False),
    ),
    reader=_spans,
    finish=_encode,
)
QUESTION_ANSWERING = Kind(
    "question_answering",
    columns={"question": "text", "context": "text", "answer": "answer", "id": "int"},
    returns="a tuple (question, context, answer) of three texts",
    read=_read_answer,
    arguments=(
        Argument("question", field=TEXTS),
        Argument("context", field=TEXTS),
        Argument("answer", question=("text",)),
    ),
    reader=_answers,
)
