"""What every kind of task says of itself: its columns, its arguments, and how a record becomes rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_widgets.aggregation.tables import stored_values
from feedback_widgets.errors import InvalidInput, near_miss

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.records import Record

Row = dict[str, Any]
Groups = list[list[Row]]  # one list of rows per record that gave any
Found = tuple[list[Row], Counter[str]]  # rows of one record, and why others were left out
Reader = Callable[["Record"], Found]

NO_ANSWER, TIE, SAME = "no submitted answer", "tie", "chosen = rejected"
DISCARDED, MISSING, NOTHING = "discarded", "missing text", "formatting_func gave nothing"
TEXTS = ("text", "code")  # types of field that hold a text
CHOICES = ("label_selection", "multi_label_selection", "rating", "ranking", "pairwise")
ANY = ("*",)  # any type: the kind itself says what fits


class Form(NamedTuple):
    """A dataset's fields and questions by name; and (question, strategy) -> the one value of each record, by its id."""

    fields: dict[str, Any]
    questions: dict[str, Any]
    unified: Callable[[str, str], dict[str, Any]]

    @classmethod
    def of(cls, dataset: FeedbackDataset) -> Form:
        """Read the form of a dataset as it is now."""
        return cls(
            {each.name: each for each in dataset.fields},
            {each.name: each for each in dataset.questions},
            partial(stored_values, dataset),
        )


class Table(NamedTuple):
    """Finished rows, still one list per record; their columns with types of `arrow.TYPES`; the names of the classes."""

    groups: Groups
    columns: dict[str, str]
    classes: list[str]


@dataclass(frozen=True)
class Argument:
    """One argument that stands for a formatting_func: the types of field or question it may name.

    An argument with neither is a setting and names nothing.
    """

    name: str
    field: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    required: bool = True

    @property
    def names_something(self) -> bool:
        """Whether its value is the name of a field or a question."""
        return bool(self.field or self.question)


def as_it_is(groups: Groups, columns: Mapping[str, str], _form: Form, _names: Mapping[str, Any]) -> Table:
    """Number the rows where they have an `id`, and leave them else as they are."""
    if "id" in columns:
        number(groups)
    return Table(groups, dict(columns), [])


@dataclass(frozen=True)
class Kind:
    """One kind of task. This object is all that the package knows about it.

    Args:
        name: completes `TrainingTask.for_…`.
        columns: of rows from a formatting_func, column -> type.
        returns: completes "formatting_func must return …".
        read: one result of a formatting_func -> a row, or the reason to leave it out; None for a wrong shape.
        arguments: what stands for a formatting_func.
        reader: (form, names) -> a function from a record to its rows. Raises `InvalidInput` where the names do not fit.
        finish: (groups, columns, form, names) -> the finished table; `names` is empty with a formatting_func.
        named_columns: of rows from fields and questions, where they are others.
    """

    name: str
    columns: dict[str, str]
    returns: str
    read: Callable[[Any], Row | str | None]
    arguments: tuple[Argument, ...]
    reader: Callable[[Form, dict[str, Any]], Reader]
    finish: Callable[[Groups, Mapping[str, str], Form, Mapping[str, Any]], Table] = as_it_is
    named_columns: dict[str, str] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The arguments that must be given where there is no formatting_func."""
        return tuple(each.name for each in self.arguments if each.required)


def number(groups: Groups, first: int = 0) -> None:
    """Give every row its number as `id`, from `first`."""
    for at, row in enumerate((row for rows in groups for row in rows), first):
        row["id"] = at


def texts(*columns: str) -> Callable[[Any], Row | None]:
    """Return a `Kind.read` for a text, or for a tuple of as many texts as there are columns.

    >>> texts("chosen", "rejected")(("yes", "no"))
    {'chosen': 'yes', 'rejected': 'no'}
    """

    def read(given: Any) -> Row | None:
        parts = given if len(columns) > 1 else (given,)
        if not isinstance(parts, tuple) or [type(each) for each in parts] != [str] * len(columns):
            return None
        return dict(zip(columns, parts, strict=True))

    return read


def check_argument(argument: Argument, given: Any, form: Form, where: str) -> None:
    """Refuse names that the form does not have, and fields or questions of a type that does not fit."""
    known: dict[str, Any] = {}
    if argument.field:
        known |= form.fields
    if argument.question:
        known |= form.questions
    for name in given if isinstance(given, list) else [given]:
        if name not in known:
            raise InvalidInput(
                f"{argument.name}= of {where}: the dataset has no {name!r}; it has {', '.join(known)}."
                f"{near_miss(name, known)}"
            )
        is_field = argument.field and name in form.fields
        allowed = argument.field if is_field else argument.question
        if known[name].type not in allowed and allowed != ANY:
            raise InvalidInput(_unfit(argument, known[name], is_field=bool(is_field)))


def _unfit(argument: Argument, part: Any, *, is_field: bool) -> str:
    start = f"{argument.name}={part.name!r} is a {'field' if is_field else 'question'} of type {part.type}"
    if is_field and argument.field == TEXTS:
        return (
            f"{start}, and training rows are text: take a text field, "
            f"or write a formatting_func that makes text of row[{part.name!r}]."
        )
    types = " or ".join(argument.field if is_field else argument.question)
    return f"{start}: take a {types} {'field' if is_field else 'question'}" + (
        " or a field." if not is_field and argument.field else "."
    )


def submitted(record: Record, question: str) -> list[Any]:
    """Return the submitted answers to a question, one per annotator; or the one value that a reviewer decided on."""
    decided = record.adjudicated
    if question in decided:
        return [decided[question]]
    answers = (each.values.get(question) for each in record.responses if each.status == "submitted")
    return [answer.value for answer in answers if answer is not None]


def thrown_out(record: Record) -> bool:
    """Tell whether people discarded a record and nobody answered it."""
    statuses = {each.status for each in record.responses}
    return not record.adjudicated and statuses in ({"discarded"}, {"discarded", "draft"})


def written(record: Record, name: str, *, is_field: bool) -> list[Any] | None:
    """Return the texts of a field (one) or of a text question (one per submitted answer); None where it was thrown out.

    A field needs no answer, but what people threw out is not learned from.
    """
    if not is_field:
        return submitted(record, name)
    return None if thrown_out(record) else [record.fields.get(name)]


def alone(argument: str, column: str) -> Callable[[Form, dict[str, Any]], Reader]:
    """Return a `Kind.reader` of one text after the other, from the field or the text question that an argument names."""

    def reader(form: Form, names: dict[str, Any]) -> Reader:
        name, is_field = names[argument], names[argument] in form.fields

        def read(record: Record) -> Found:
            found = written(record, name, is_field=is_field)
            if found is None:
                return [], Counter([DISCARDED])
            kept = [{column: text} for text in found if text]
            return kept, Counter({MISSING: len(found) - len(kept)} if len(kept) < len(found) else {})

        return read

    return reader


def distinct(rows: Iterable[Row]) -> list[Row]:
    """Return each row once, in order."""
    seen: dict[str, Row] = {repr(sorted(row.items())): row for row in rows}
    return list(seen.values())


def no_records_mixed(shapes: Sequence[Any], what: str) -> None:
    """Refuse rows of several shapes in one table."""
    kinds = list(dict.fromkeys(shapes))
    if len(kinds) > 1:
        raise InvalidInput(
            f"the formatting_func gave {what} of several shapes ({kinds[0]} and {kinds[1]}): give every row the same one."
        )
