"""One label, or any number of them."""

from __future__ import annotations

from collections import Counter
from typing import Any, ClassVar, Literal

from feedback_widgets.errors import InvalidInput
from feedback_widgets.questions.choice import Labels


class LabelQuestion(Labels):
    """Exactly one of the labels.

    Args:
        labels: at least two, as a list or as `{value: text shown}`.
        visible_labels: how many to show before folding (at least 3); default 20 where there are more; `None` shows all.
        allow_new_labels: let annotators add a label from the desk.
    """

    type: ClassVar[str] = "label_selection"
    LATER: ClassVar[tuple[str, ...]] = (*Labels.LATER, "allow_new_labels")

    allow_new_labels: bool = False

    def check(self, value: Any, *, draft: bool = False) -> str:  # noqa: ARG002 - a label has no unfinished form
        """Return the chosen label's value."""
        return self.known(value, "label")


class MultiLabelQuestion(Labels):
    """Any number of labels (at least one on submission). Stored in the order of the question's labels."""

    type: ClassVar[str] = "multi_label_selection"
    LATER: ClassVar[tuple[str, ...]] = (*Labels.LATER, "allow_new_labels")

    labels_order: Literal["natural", "suggestion"] = "natural"
    allow_new_labels: bool = False

    def check(self, value: Any, *, draft: bool = False) -> list[str]:
        """Return the chosen values, each once, in the order of the question's labels."""
        if isinstance(value, str) or not hasattr(value, "__iter__"):
            raise InvalidInput(f"{self.name!r} needs a list of labels, got {value!r}")
        chosen = [self.known(each, "label") for each in value]
        twice = [each for each, count in Counter(chosen).items() if count > 1]
        if twice:
            raise InvalidInput(f"{self.name!r} names the label {twice[0]!r} twice: choose each label once")
        if self.required and not draft and not chosen:
            raise InvalidInput(
                f"{self.name!r} needs at least one label out of {', '.join(self.option_values[:12])}"
            )
        return sorted(chosen, key=self.option_values.index)
