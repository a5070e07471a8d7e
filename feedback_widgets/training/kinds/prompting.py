"""Tasks that learn from what a reward model says of a model's own replies: all they need is prompts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from feedback_widgets.training.kinds.base import (
    DISCARDED,
    MISSING,
    TEXTS,
    Argument,
    Form,
    Found,
    Kind,
    Reader,
    texts,
    written,
)

if TYPE_CHECKING:
    from feedback_widgets.records import Record


def _prompts(column: str) -> Any:
    def reader(form: Form, names: dict[str, Any]) -> Reader:
        name, is_field = names["prompt"], names["prompt"] in form.fields

        def read(record: Record) -> Found:
            found = written(record, name, is_field=is_field)
            if found is None:
                return [], Counter([DISCARDED])
            kept = [{column: each} for each in found if each]
            return kept, Counter({MISSING: len(found) - len(kept)} if len(kept) < len(found) else {})

        return read

    return reader


# The column is called as Argilla's users know it.
PROXIMAL_POLICY_OPTIMIZATION = Kind(
    "proximal_policy_optimization",
    columns={"id": "int", "query": "text"},
    named_columns={"id": "int", "query": "text"},
    returns="a text",
    read=texts("query"),
    arguments=(Argument("prompt", field=TEXTS, question=("text",)),),
    reader=_prompts("query"),
)
GROUP_RELATIVE_POLICY_OPTIMIZATION = Kind(
    "group_relative_policy_optimization",
    columns={"prompt": "text"},
    named_columns={"prompt": "text"},
    returns="a text",
    read=texts("prompt"),
    arguments=(Argument("prompt", field=TEXTS, question=("text",)),),
    reader=_prompts("prompt"),
)
