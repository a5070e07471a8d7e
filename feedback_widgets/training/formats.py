"""Training rows as libraries read them that train elsewhere: AutoTrain, trlX, Lightning, MosaicML, KerasNLP, Alpaca and Dolly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.training.arrow import Row
from feedback_widgets.training.conversations import as_chats
from feedback_widgets.training.kinds.base import Table, thrown_out
from feedback_widgets.walking import passing

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset

# style -> its columns of instruction, context, response, category
STYLES = {
    "alpaca": ("instruction", "input", "output", "category"),
    "dolly": ("instruction", "context", "response", "category"),
}


def by_name(rows: list[Row], table: Table) -> list[Row]:
    """Give rows with their labels or tags by name, fit for JSONL.

    >>> by_name([{"text": "Ugh.", "label": 1}], Table([], {"text": "text", "label": "class"}, ["polite", "rude"]))
    [{'text': 'Ugh.', 'label': 'rude'}]
    """
    if not table.classes:
        return rows

    def named(value: Any) -> Any:
        return [named(each) for each in value] if isinstance(value, list) else table.classes[value]

    numbers = [name for name in ("label", "tags") if rows and name in rows[0]]
    kept = [{name: row[name] for name in table.columns if name != "binarized_label"} for row in rows]
    return [{**row, **{name: named(row[name]) for name in numbers}} for row in kept]


def as_texts(rows: list[Row], _table: Table) -> list[Row]:
    """Give `{"text"}` for AutoTrain's fine-tuning where rows are whole texts, and `{"messages"}` for prompts and responses.

    >>> as_texts([{"prompt": "Why?", "completion": "Because."}], Table([], {}, []))[0]["messages"][1]
    {'role': 'assistant', 'content': 'Because.'}
    """
    return rows if rows and "text" in rows[0] else as_chats(rows, _table)


def as_samples(rows: list[Row], _table: Table) -> list[Any]:
    """Give what `trlx.train(samples=…)` takes: `[prompt, completion]` each, or whole texts.

    >>> as_samples([{"prompt": "Why?", "completion": "Because."}], Table([], {}, []))
    [['Why?', 'Because.']]
    """
    return [row["text"] if "text" in row else [row["prompt"], row["completion"]] for row in rows]


def as_rewarded(rows: list[Row], _table: Table) -> tuple[list[list[str]], list[float]]:
    """Give what `trlx.train(samples=…, rewards=…)` takes: 1 for what is wanted, 0 for what is not.

    >>> as_rewarded([{"prompt": "Why?", "chosen": "So.", "rejected": "Ugh."}], Table([], {}, []))
    ([['Why?', 'So.'], ['Why?', 'Ugh.']], [1.0, 0.0])
    """
    found = list[tuple[list[str], float]]()
    for row in rows:
        if "completion" in row:
            found.append(([row["prompt"], row["completion"]], float(row["label"])))
        else:
            before = [row["prompt"]] if "prompt" in row else []
            found += [([*before, row["chosen"]], 1.0), ([*before, row["rejected"]], 0.0)]
    return [sample for sample, _ in found], [reward for _, reward in found]


def as_prompts(rows: list[Row], _table: Table) -> list[str]:
    """Give the prompts alone, as `trlx.train(prompts=…)` takes them.

    >>> as_prompts([{"id": 0, "query": "Why?"}], Table([], {}, []))
    ['Why?']
    """
    return [row["query"] for row in rows]


def as_responses(rows: list[Row], _table: Table) -> list[Row]:
    """Give `{"prompt", "response"}`, as MosaicML's LLM Foundry reads JSONL; whole texts stay `{"text"}`.

    >>> as_responses([{"prompt": "Why?", "completion": "Because."}], Table([], {}, []))
    [{'prompt': 'Why?', 'response': 'Because.'}]
    """
    return [
        {"text": row["text"]} if "text" in row else {"prompt": row["prompt"], "response": row["completion"]}
        for row in rows
    ]


def as_instructions(rows: list[Row], _table: Table) -> list[Row]:
    """Give `{"instruction", "input", "output"}`, as Lightning's LitGPT reads JSON, after Alpaca; the input is empty.

    >>> as_instructions([{"prompt": "Why?", "completion": "Because."}], Table([], {}, []))
    [{'instruction': 'Why?', 'input': '', 'output': 'Because.'}]

    Raises:
        InvalidInput: the rows are whole texts.
    """
    if rows and "prompt" not in rows[0]:
        raise InvalidInput(
            "instructions need a prompt and its response, and this formatting_func gives whole texts: name them with prompt= and "
            "response=."
        )
    return [{"instruction": row["prompt"], "input": "", "output": row["completion"]} for row in rows]


def as_lists(rows: list[Row], _table: Table) -> Any:
    """Give what `fit` of KerasNLP's language models takes: lists of `prompts` and `responses`, or a list of texts.

    >>> as_lists([{"prompt": "Why?", "completion": "Because."}], Table([], {}, []))
    {'prompts': ['Why?'], 'responses': ['Because.']}
    """
    if rows and "text" in rows[0]:
        return [row["text"] for row in rows]
    return {"prompts": [row["prompt"] for row in rows], "responses": [row["completion"] for row in rows]}


def as_xy(rows: list[Row], table: Table) -> tuple[list[str], list[Any]]:
    """Give what `fit` of KerasNLP's classifiers takes: texts, and the number of each one's label, or 0 and 1 for each label.

    >>> as_xy([{"text": "Ugh.", "label": 1}], Table([], {"label": "class"}, ["polite", "rude"]))
    (['Ugh.'], [1])
    """
    label = "binarized_label" if "binarized_label" in table.columns else "label"
    return [row["text"] for row in rows], [row[label] for row in rows]


def instructions(
    dataset: FeedbackDataset,
    instruction: str,
    response: str,
    context: str | None = None,
    category: str | None = None,
    style: str = "alpaca",
) -> list[Row]:
    """Return instruction data after Alpaca or Dolly; see `FeedbackDataset.instructions`."""
    if style not in STYLES:
        raise InvalidInput(
            f"style={style!r} is not known; there is {', '.join(STYLES)}.{near_miss(style, STYLES)}"
        )
    asked = dict(zip(STYLES[style], (instruction, context, response, category), strict=True))
    fields, questions = ({each.name for each in side} for side in (dataset.fields, dataset.questions))
    for name in asked.values():
        if name is not None and name not in fields | questions:
            raise InvalidInput(
                f"the dataset has no {name!r}; it has {', '.join([*fields, *questions])}.{near_miss(name, fields | questions)}"
            )
    sure, found = (STYLES[style][0], STYLES[style][2]), list[Row]()
    for record in passing(dataset):
        for answers in _answers(record, questions & {each for each in asked.values() if each}):
            row = {column: _told(record, answers, name) for column, name in asked.items()}
            if all(row[column] for column in sure):
                found.append(
                    {name: value for name, value in row.items() if asked[name] or name != "category"}
                )
    return found


def _answers(record: Any, wanted: set[str]) -> list[dict[str, Any]]:
    """Return each annotator's answers to these questions, or the one set that a reviewer decided on."""
    if not wanted:
        return [] if thrown_out(record) else [{}]
    said = [
        {name: given.value for name, given in each.values.items()}
        for each in record.responses
        if each.status == "submitted"
    ]
    decided = {name: value for name, value in record.adjudicated.items() if name in wanted}
    if decided:
        return [{**(said[0] if said else {}), **decided}]
    return said


def _told(record: Any, answers: dict[str, Any], name: str | None) -> str:
    """Return a text; empty where there is none."""
    value = None if name is None else answers.get(name, record.fields.get(name))
    return "" if value is None else str(value)
