"""Conversations: how they become text, and which parts of them are learned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.progress import say

Message = dict[str, str]

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
    return [tokenizer.apply_chat_template(_messages(each), **options) for each in given]


def _messages(given: Any) -> list[Message]:
    if is_conversation(given):
        return list(given)
    if isinstance(given, str) and given.strip():
        return [{"role": "user", "content": given}]
    raise InvalidInput(
        f"predict needs a message with some text in it, or a list of messages with role and content, got {given!r}."
    )
