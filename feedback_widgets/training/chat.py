"""Training rows as a chat: what OpenAI's fine-tuning reads, and the services that took over its format."""

from __future__ import annotations

from typing import Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.arrow import Row
from feedback_widgets.training.kinds.base import Table

Message = dict[str, str]
NONE = "none"  # the answer where a text has no label: an empty one is refused by the services
ONE_LABEL = "Answer with the label of the text, one of:\n{}"
SEVERAL_LABELS = (
    "Answer with the labels of the text, one on each line, out of:\n{}\nWhere none fits, answer: none"
)


def user(text: str) -> Message:
    """Return what a person says."""
    return {"role": "user", "content": text}


def assistant(text: str) -> Message:
    """Return what the model says."""
    return {"role": "assistant", "content": text}


def as_chats(rows: list[Row], _table: Table) -> list[Row]:
    """Give `{"messages": [user, assistant]}` for each prompt and its completion.

    >>> as_chats([{"prompt": "Why?", "completion": "Because."}], Table([], {}, []))
    [{'messages': [{'role': 'user', 'content': 'Why?'}, {'role': 'assistant', 'content': 'Because.'}]}]
    """
    if rows and "prompt" not in rows[0]:
        raise InvalidInput(NO_PROMPT)
    return [{"messages": [*_said(row["prompt"]), assistant(row["completion"])]} for row in rows]


NO_PROMPT = (
    "a chat needs a prompt and its response, and this formatting_func gives whole texts: name them with prompt= and "
    "response=, or take TrainingTask.for_chat_completion."
)


def as_labelled_chats(rows: list[Row], table: Table) -> list[Row]:
    r"""Give `{"messages": [system, user, assistant]}` for each text: the system names the labels, the assistant answers.

    >>> given = as_labelled_chats([{"text": "Ugh.", "label": 1}], Table([], {}, ["polite", "rude"]))
    >>> [each["content"] for each in given[0]["messages"]]
    ['Answer with the label of the text, one of:\npolite\nrude', 'Ugh.', 'rude']
    """
    asked = SEVERAL_LABELS if "binarized_label" in table.columns else ONE_LABEL
    system = {"role": "system", "content": asked.format("\n".join(table.classes))}
    return [
        {"messages": [system, user(row["text"]), assistant(_answer(row["label"], table.classes))]}
        for row in rows
    ]


def asks_for_several(system: str | None) -> bool:
    """Tell whether a model that was told this answers with a list of labels."""
    return system is not None and system.startswith(SEVERAL_LABELS.partition("{")[0])


def labels_in(answer: str) -> list[str]:
    r"""Return the labels in an answer of several, one on each line.

    >>> labels_in("kind\nshort"), labels_in("none")
    (['kind', 'short'], [])
    """
    found = [each.strip() for each in answer.splitlines() if each.strip()]
    return [] if found == [NONE] else found


def as_preferences(rows: list[Row], _table: Table) -> list[Row]:
    """Give `input`, `preferred_output` and `non_preferred_output` for each pair, as messages.

    >>> given = as_preferences([{"prompt": "Why?", "chosen": "So.", "rejected": "Ugh."}], Table([], {}, []))
    >>> given[0]["preferred_output"]
    [{'role': 'assistant', 'content': 'So.'}]
    """
    return [
        {
            "input": {"messages": _said(row["prompt"]), "tools": [], "parallel_tool_calls": True},
            "preferred_output": [assistant(row["chosen"].strip())],
            "non_preferred_output": [assistant(row["rejected"].strip())],
        }
        for row in rows
    ]


def _said(prompt: Any) -> list[Message]:
    return list(prompt) if isinstance(prompt, list) else [user(prompt)]


def _answer(label: Any, classes: list[str]) -> str:
    if not isinstance(label, list):
        return str(classes[label])
    return "\n".join(classes[at] for at in label) or NONE
