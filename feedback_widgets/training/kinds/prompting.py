"""Tasks that learn from what a reward model says of a model's own replies: all they need is prompts."""

from __future__ import annotations

from feedback_widgets.training.kinds.base import TEXTS, Argument, Kind, alone, texts

ARGUMENTS = (Argument("prompt", field=TEXTS, question=("text",)),)

# The column is called as Argilla's users know it.
PROXIMAL_POLICY_OPTIMIZATION = Kind(
    "proximal_policy_optimization",
    columns={"id": "int", "query": "text"},
    returns="a text",
    read=texts("query"),
    arguments=ARGUMENTS,
    reader=alone("prompt", "query"),
)
GROUP_RELATIVE_POLICY_OPTIMIZATION = Kind(
    "group_relative_policy_optimization",
    columns={"prompt": "text"},
    returns="a text",
    read=texts("prompt"),
    arguments=ARGUMENTS,
    reader=alone("prompt", "prompt"),
)
