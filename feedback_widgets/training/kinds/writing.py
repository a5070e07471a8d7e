"""Tasks that learn to write: from whole texts, from prompts and their completions, from conversations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from feedback_widgets.training.kinds.base import (
    DISCARDED,
    MISSING,
    TEXTS,
    Argument,
    Form,
    Found,
    Groups,
    Kind,
    Reader,
    Row,
    Table,
    alone,
    as_it_is,
    texts,
    written,
)

if TYPE_CHECKING:
    from feedback_widgets.records import Record

ROLES = ("system", "user", "assistant")


def _pairs(form: Form, names: dict[str, Any]) -> Reader:
    prompt, response = names["prompt"], names["response"]
    is_field = response in form.fields

    def read(record: Record) -> Found:
        rows, reasons = list[Row](), Counter[str]()
        found = written(record, response, is_field=is_field)
        if found is None:
            return [], Counter([DISCARDED])
        asked = record.fields.get(prompt)
        for text in found:
            if asked is None or text is None:
                reasons[MISSING] += 1
            else:
                rows.append({"prompt": asked, "completion": text})
        return rows, reasons

    return read


def _conversations(form: Form, names: dict[str, Any]) -> Reader:
    """A prompt and its response; where the prompt is a conversation, the response is its last message."""
    pairs = _pairs(form, names)

    def read(record: Record) -> Found:
        rows, reasons = pairs(record)
        return [{"messages": _messages(row["prompt"], row["completion"])} for row in rows], reasons

    return read


def _messages(prompt: Any, response: str) -> list[dict[str, str]]:
    before = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
    told = [{"role": each["role"], "content": each["content"]} for each in before]
    return [*told, {"role": "assistant", "content": response}]


def _read_turn(given: Any) -> Row | None:
    """Read `(chat, turn, role, content)`."""
    if not isinstance(given, tuple) or len(given) != 4:
        return None
    chat, turn, role, content = given
    if role not in ROLES or not isinstance(content, str) or isinstance(turn, bool):
        return None
    if not isinstance(turn, int) and not (isinstance(turn, str) and turn.strip().isdecimal()):
        return None
    return {"chat": str(chat), "turn": int(turn), "role": role, "content": content}


def _gather(groups: Groups, columns: Mapping[str, str], form: Form, names: Mapping[str, Any]) -> Table:
    """Put the turns of a conversation together, in the order of their numbers, whichever records they come from."""
    if names:
        return as_it_is(groups, columns, form, names)
    chats: dict[str, list[Row]] = {}
    for row in (row for rows in groups for row in rows):
        chats.setdefault(row["chat"], []).append(row)
    ordered = [sorted(turns, key=lambda row: row["turn"]) for turns in chats.values()]
    told = [[{"role": each["role"], "content": each["content"]} for each in turns] for turns in ordered]
    return Table([[{"messages": messages}] for messages in told], dict(columns), [])


SUPERVISED_FINE_TUNING = Kind(
    "supervised_fine_tuning",
    columns={"id": "int", "text": "text"},
    named_columns={"prompt": "text", "completion": "text"},
    returns="a text",
    read=texts("text"),
    arguments=(Argument("prompt", field=TEXTS), Argument("response", field=TEXTS, question=("text",))),
    reader=_pairs,
)
PRE_TRAINING = Kind(
    "pre_training",
    columns={"id": "int", "text": "text"},
    returns="a text",
    read=texts("text"),
    arguments=(Argument("text", field=TEXTS, question=("text",)),),
    reader=alone("text", "text"),
)
CHAT_COMPLETION = Kind(
    "chat_completion",
    columns={"messages": "messages"},
    returns=f"a tuple (chat, turn, role, content): turn is a whole number, role one of {', '.join(ROLES)}, content a text",
    read=_read_turn,
    arguments=(
        Argument("prompt", field=(*TEXTS, "chat")),
        Argument("response", field=TEXTS, question=("text",)),
    ),
    reader=_conversations,
    finish=_gather,
)
