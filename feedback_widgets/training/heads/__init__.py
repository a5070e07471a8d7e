"""What stands on top of an encoder for each kind of task: its labels, how rows become tokens, and what its numbers mean."""

from __future__ import annotations

from feedback_widgets.training.heads.answers import AnswerHead
from feedback_widgets.training.heads.base import Head
from feedback_widgets.training.heads.labels import LabelHead
from feedback_widgets.training.heads.marks import MarkHead
from feedback_widgets.training.heads.texts import TextHead

# kind of task -> its head
HEADS: dict[str, type[Head]] = {
    "text_classification": LabelHead,
    "token_classification": MarkHead,
    "question_answering": AnswerHead,
    "pre_training": TextHead,
}
__all__ = ["HEADS", "Head"]
