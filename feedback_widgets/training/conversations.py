"""Conversations: rows as messages, how they become text, which parts of them are learned, and what is asked of a model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.arrow import Row
from feedback_widgets.training.kinds.base import Table
from feedback_widgets.training.progress import say

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
    return list(prompt) if is_conversation(prompt) else [user(prompt)]


def _answer(label: Any, classes: list[str]) -> str:
    if not isinstance(label, list):
        return str(classes[label])
    return "\n".join(classes[at] for at in label) or NONE


# One line per message. Separators stand before a message, so that a reply ends with the end mark and nothing behind it,
# and the blank belongs to the reply, as at every seam.
TEMPLATE = """\
{%- for message in messages -%}
{{- '' if loop.first else '\\n' -}}
{{- message['role'] | capitalize + ':' -}}
{%- if message['role'] == 'assistant' -%}
{%- generation -%}{{- ' ' + message['content'] | trim + eos_token -}}{%- endgeneration -%}
{%- else -%}
{{- ' ' + message['content'] | trim -}}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '\\nAssistant:' -}}{%- endif -%}
"""


def give_template(tokenizer: Any) -> None:
    """Give a tokenizer without a chat template a plain one, and say so; it is saved with the model."""
    if tokenizer.chat_template is None:
        tokenizer.chat_template = TEMPLATE
        say(
            "the tokenizer has no chat template: a plain one, 'User: … Assistant: …', is used and saved with the model"
        )


def replies(conversations: Iterable[list[Message]]) -> list[dict[str, list[Message]]]:
    """Return one row per message of the assistant: what was said before it, and the message itself, which is learned.

    >>> replies([[{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]])
    [{'prompt': [{'role': 'user', 'content': 'Hi'}], 'completion': [{'role': 'assistant', 'content': 'Hello.'}]}]
    """
    return [
        {"prompt": messages[:at], "completion": [messages[at]]}
        for messages in conversations
        for at in range(1, len(messages))
        if messages[at]["role"] == "assistant"
    ]


def is_conversation(given: Any) -> bool:
    """Tell whether something is one conversation: a list of messages.

    >>> is_conversation([{"role": "user", "content": "Hi"}]), is_conversation(["Hi"])
    (True, False)
    """
    if not isinstance(given, list) or not given:
        return False
    return all(isinstance(each, dict) and "role" in each for each in given)


def as_prompts(tokenizer: Any, given: list[Any]) -> list[str]:
    """Write conversations, or single messages of a user, as the model is to go on with them."""
    options = {"tokenize": False, "add_generation_prompt": True}
    return [tokenizer.apply_chat_template(asked(each), **options) for each in given]


def asked(given: Any, system: str | None = None) -> list[Message]:
    """Return what a model is asked: a conversation, or a single message of a user, behind what the system says.

    >>> asked("Hi", system="Be brief.")
    [{'role': 'system', 'content': 'Be brief.'}, {'role': 'user', 'content': 'Hi'}]

    Raises:
        InvalidInput: it is neither.
    """
    before = [] if system is None else [{"role": "system", "content": system}]
    if is_conversation(given) or (isinstance(given, str) and given.strip()):
        return [*before, *_said(given)]
    raise InvalidInput(
        f"predict needs a message with some text in it, or a list of messages with role and content, got {given!r}."
    )
