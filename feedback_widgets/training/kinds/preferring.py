"""Tasks that learn what is preferred: reward models, direct preference optimization, and good or bad texts one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.kinds.base import (
    ANY,
    MISSING,
    NO_ANSWER,
    SAME,
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
    submitted,
    texts,
)
from feedback_widgets.training.preferences import check_preference, pairs

if TYPE_CHECKING:
    from feedback_widgets.records import Record

COMPARED = {"prompt": "text", "chosen": "text", "rejected": "text"}
ARGUMENTS = (
    Argument("prompt", field=TEXTS),
    Argument("responses", field=TEXTS),
    Argument("preference", question=ANY),
)


def _question(form: Form, names: Mapping[str, Any]) -> Any:
    question, responses = form.questions[names["preference"]], names["responses"]
    if not isinstance(responses, list) or len(set(responses)) < 2:
        raise InvalidInput(f"responses={responses!r} must name at least two different fields.")
    check_preference(question, responses)
    return question


def _compared(form: Form, names: dict[str, Any], *, weighed: bool = False) -> Reader:
    question, responses, asked = _question(form, names), names["responses"], names["prompt"]
    weighed = weighed and _has_strength(question)

    def read(record: Record) -> Found:
        rows, reasons = list[Row](), Counter[str]()
        text = record.fields.get
        for answer in submitted(record, question.name):
            more = {"margin": float(answer["strength"] or 0)} if weighed else {}
            for pair in pairs(question, answer, responses):
                if pair is None:
                    reasons[TIE] += 1
                    continue
                prompt, chosen, rejected = text(asked), text(pair[0]), text(pair[1])
                if prompt is None or chosen is None or rejected is None:
                    reasons[MISSING] += 1
                elif chosen == rejected:
                    reasons[SAME] += 1
                else:
                    rows.append({"prompt": prompt, "chosen": chosen, "rejected": rejected, **more})
        return rows, reasons

    return read


def _weighed(form: Form, names: dict[str, Any]) -> Reader:
    """As `_compared`, and where the question asks how much better, that is the margin of every row."""
    return _compared(form, names, weighed=True)


def _has_strength(question: Any) -> bool:
    return question.type == "pairwise" and question.scale is not None


def _with_margin(groups: Groups, columns: Mapping[str, str], form: Form, names: Mapping[str, Any]) -> Table:
    more = {"margin": "number"} if names and _has_strength(form.questions[names["preference"]]) else {}
    return Table(groups, {**columns, **more}, [])


def _judged(form: Form, names: dict[str, Any]) -> Reader:
    prompt, response, question = names["prompt"], names["response"], form.questions[names["label"]]
    good = _desirable(question, names["desirable"])

    def read(record: Record) -> Found:
        asked, said = record.fields.get(prompt), record.fields.get(response)
        answers = submitted(record, question.name)
        if asked is None or said is None:
            return [], Counter([MISSING if answers else NO_ANSWER])
        return [{"prompt": asked, "completion": said, "label": each in good} for each in answers], Counter()

    return read


def _desirable(question: Any, given: Any) -> list[Any]:
    """Return the answers that make a text a good one: some of the question's own, but not all."""
    values = list(question.values) if question.type == "rating" else list(question.option_values)
    good = list(given) if isinstance(given, list | tuple | set | range) else [given]
    odd = [each for each in good if each not in values]
    if odd or not good or len(set(good)) == len(values):
        shown = ", ".join(map(str, values))
        raise InvalidInput(
            f"desirable={given!r} does not part the answers of {question.name!r} into good and bad ones: "
            f"name some of {shown}, but not all."
        )
    return good


def _read_judged(given: Any) -> Row | None:
    """Read `(prompt, completion, good or not)`."""
    if not isinstance(given, tuple) or [type(each) for each in given] != [str, str, bool]:
        return None
    return dict(zip(("prompt", "completion", "label"), given, strict=True))


REWARD_MODELING = Kind(
    "reward_modeling",
    columns={"chosen": "text", "rejected": "text"},
    named_columns=COMPARED,
    returns="a tuple (chosen, rejected) of two texts",
    read=texts("chosen", "rejected"),
    arguments=ARGUMENTS,
    reader=_weighed,
    finish=_with_margin,
)
DIRECT_PREFERENCE_OPTIMIZATION = Kind(
    "direct_preference_optimization",
    columns=COMPARED,
    returns="a tuple (prompt, chosen, rejected) of three texts",
    read=texts("prompt", "chosen", "rejected"),
    arguments=ARGUMENTS,
    reader=_compared,
)
KAHNEMAN_TVERSKY_OPTIMIZATION = Kind(
    "kahneman_tversky_optimization",
    columns={"prompt": "text", "completion": "text", "label": "bool"},
    returns="a tuple (prompt, completion, label) of two texts and True or False",
    read=_read_judged,
    arguments=(
        Argument("prompt", field=TEXTS),
        Argument("response", field=TEXTS),
        Argument("label", question=("label_selection", "rating")),
        Argument("desirable"),
    ),
    reader=_judged,
)
