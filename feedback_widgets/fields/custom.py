"""A field drawn by your own HTML."""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar

from pydantic import model_validator

from feedback_widgets.errors import near_miss
from feedback_widgets.fields.base import Field

BLOCKS = ("if", "unless", "each")
TAG = re.compile(r"\{\{\{?\s*(.*?)\s*\}?\}\}", re.DOTALL)
PATH = re.compile(r"(?:@index|@key|@first|@last|this|[\w-]+)(?:\.[\w-]+)*")


class CustomField(Field):
    """A field drawn by HTML of your own, in a frame that reaches neither the notebook nor the network.

    Args:
        template: HTML with CSS. `{{record.fields.NAME.KEY}}` puts a value there, as text: its HTML is escaped, always.
            `{{#if PATH}} … {{else}} … {{/if}}`, `{{#unless PATH}}` and `{{#each PATH}} {{this.KEY}} {{@index}} {{/each}}`
            choose and repeat. `record.metadata.NAME` and `record.id` are there too.
        advanced_mode: the template is not filled in; its own `<script>` finds the record in the variable `record`.

    A record's value is anything that JSON can carry, usually a dict.

    >>> CustomField(name="card", template="<b>{{record.fields.card.title}}</b>").check({"title": "Hi"})
    {'title': 'Hi'}
    """

    type: ClassVar[str] = "custom"

    template: str
    advanced_mode: bool = False

    @model_validator(mode="after")
    def _template_rule(self) -> CustomField:
        if not self.template.strip():
            raise ValueError(f"CustomField {self.name!r} has a blank template: give HTML")
        if not self.advanced_mode:
            _check_template(f"the template of {self.name!r}", self.template)
        return self

    def read(self, value: Any) -> Any:
        """Return the value; what JSON would change or cannot carry is refused."""
        try:
            kept = json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError):
            kept = None
        if value is None or kept != value:
            raise self.refuse(
                "a value that JSON can carry", value, "use dicts with text keys, lists, text, numbers,"
            )
        return value


def _check_template(where: str, template: str) -> None:
    """Refuse what the desk could not fill in, while the dataset is being described."""
    opened: list[str] = []
    for tag in TAG.findall(template):
        word, _, path = tag.lstrip("#/").partition(" ")
        if tag.startswith("#"):
            if word not in BLOCKS:
                raise ValueError(
                    f"{where} has a block {{{{#{word}}}}}: known are {', '.join(BLOCKS)}.{near_miss(word, BLOCKS)}"
                )
            opened.append(word)
            _check_path(where, tag, path.strip())
        elif tag.startswith("/"):
            if [word] != opened[-1:]:
                raise ValueError(
                    f"{where} closes {{{{/{word}}}}} where that block is not open: close blocks in order"
                )
            opened.pop()
        else:
            _check_path(where, tag, tag)
    if opened:
        raise ValueError(f"{where} never closes {{{{#{opened[-1]}}}}}: add {{{{/{opened[-1]}}}}}")


def _check_path(where: str, tag: str, path: str) -> None:
    if not PATH.fullmatch(path):
        raise ValueError(
            f"{where} has {{{{{tag}}}}}, which is no path such as record.fields.NAME.KEY: use advanced_mode=True for more"
        )
