"""A conversation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.fields.base import Field
from feedback_widgets.fields.image import picture_address

MOST_MESSAGES = 500
LONGEST_MESSAGE = 20_000  # characters
LONGEST_ROLE = 40
KNOWN = ("role", "content", "name", "tool_calls")
IGNORED = (
    "tool_call_id",
    "refusal",
    "annotations",
    "audio",
    "function_call",
)  # of OpenAI's messages, when empty


class ChatField(Field):
    """A conversation: a list of `{"role", "content"}`, oldest message first.

    OpenAI's messages fit as they come: `name` and `tool_calls` are kept, a content made of parts becomes its text, and
    its pictures are kept beside it. Up to 500 messages of up to 20,000 characters each.

    Args:
        use_markdown: whether each message is markdown (rendered and sanitised by the desk) or plain text.

    >>> ChatField(name="chat").check([{"role": "user", "content": [{"type": "text", "text": "Hi"}]}])
    [{'role': 'user', 'content': 'Hi'}]
    """

    type: ClassVar[str] = "chat"
    converts: ClassVar[bool] = True

    use_markdown: bool = True

    def read(self, value: Any) -> list[dict[str, Any]]:
        """Return the messages: `role` and `content` each, then `name`, `images` and `tool_calls` where there are any."""
        if isinstance(value, str | bytes | Mapping) or not isinstance(value, Sequence):
            raise self.refuse("a list of messages", value, "give [{'role': …, 'content': …}, …]")
        if not value:
            raise self.refuse("at least one message", value, "give [{'role': …, 'content': …}, …]")
        if len(value) > MOST_MESSAGES:
            raise InvalidInput(
                f"field {self.name!r} takes up to {MOST_MESSAGES} messages, got {len(value)}: keep the last ones"
            )
        return [self._message(at, each) for at, each in enumerate(value)]

    def _message(self, at: int, given: Any) -> dict[str, Any]:
        where = f"message {at} of field {self.name!r}"
        if not isinstance(given, Mapping):
            raise InvalidInput(f"{where} must be a dict with 'role' and 'content', got {given!r}")
        if "role" not in given or not ({"content", "tool_calls"} & set(given)):
            lacks = "role" if "role" not in given else "content"
            raise InvalidInput(
                f"{where} has no {lacks!r}: it has {', '.join(map(repr, given)) or 'nothing'}."
                f"{near_miss(lacks, map(str, given))}"
            )
        unknown = [
            each
            for each in given
            if each not in (*KNOWN, "images") and not (each in IGNORED or given[each] is None)
        ]
        if unknown:
            raise InvalidInput(
                f"{where} has a part {unknown[0]!r} that a message does not have: it takes {', '.join(KNOWN)}."
                f"{near_miss(unknown[0], KNOWN)}"
            )
        text, images = self._content(where, given.get("content"))
        message: dict[str, Any] = {"role": self._role(where, given["role"]), "content": text}
        if given.get("name") is not None:
            message["name"] = str(given["name"])
        images += [picture_address(self, each) for each in _listed(where, given, "images")]
        calls = [_call(where, each) for each in _listed(where, given, "tool_calls")]
        return message | ({"images": images} if images else {}) | ({"tool_calls": calls} if calls else {})

    def _role(self, where: str, role: Any) -> str:
        if isinstance(role, str) and role.strip() and len(role) <= LONGEST_ROLE:
            return role
        raise InvalidInput(
            f"{where} has the role {role!r}: give a word of up to {LONGEST_ROLE} characters, such as 'user'"
        )

    def _content(self, where: str, content: Any) -> tuple[str, list[str]]:
        """Return the text and the pictures of a content, which is a text or OpenAI's list of parts."""
        texts: list[str] = []
        images: list[str] = []
        for part in content if isinstance(content, list | tuple) else [] if content is None else [content]:
            if isinstance(part, str):
                texts.append(part)
            elif isinstance(part, Mapping) and isinstance(part.get("text"), str):
                texts.append(part["text"])
            elif isinstance(part, Mapping) and part.get("type") == "image_url":
                address = part.get("image_url")
                images.append(
                    picture_address(self, address["url"] if isinstance(address, Mapping) else address)
                )
            else:
                raise InvalidInput(
                    f"{where} has a content that is neither text nor a picture: {str(part)[:200]!r}; "
                    "give text, or parts of type 'text' and 'image_url'"
                )
        text = "\n\n".join(texts)
        if len(text) > LONGEST_MESSAGE:
            raise InvalidInput(
                f"{where} has {len(text):,} characters, at most {LONGEST_MESSAGE:,} are shown: "
                "shorten it, or show it in a TextField"
            )
        return text, images


def _listed(where: str, given: Mapping[str, Any], part: str) -> list[Any]:
    found = given.get(part)
    if isinstance(found, list | tuple | None):
        return list(found or ())
    raise InvalidInput(f"{where} has {part!r} that are no list: {found!r}")


def _call(where: str, given: Any) -> dict[str, str]:
    """Return a tool call as `{"name", "arguments"}`, out of that or of OpenAI's form."""
    call = given.get("function", given) if isinstance(given, Mapping) else None
    if not isinstance(call, Mapping) or not isinstance(call.get("name"), str):
        raise InvalidInput(
            f"{where} has a tool call without a name: {given!r}; give {{'name': …, 'arguments': …}}"
        )
    arguments = call.get("arguments", "")
    return {
        "name": call["name"],
        "arguments": arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False),
    }
