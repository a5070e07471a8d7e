"""SpanMarker: its rows are prepared here; it trains in an environment of its own, and this file says how to get there."""

from __future__ import annotations

from typing import ClassVar

from feedback_widgets.training.frameworks import transformers
from feedback_widgets.training.heads import HEADS, Head
from feedback_widgets.training.library import elsewhere
from feedback_widgets.training.task import TrainingTask


class Framework(transformers.Framework):
    """SpanMarker asks for transformers before 5, and everything else here for transformers from 5 on."""

    name = "span-marker"
    READS = "span_marker"
    TASKS: ClassVar[dict[str, type[Head]]] = {"token_classification": HEADS["token_classification"]}

    def __init__(self, task: TrainingTask, algorithm: str | None = None) -> None:
        super().__init__(task, algorithm)
        elsewhere(
            self.READS,
            "span-marker 'transformers<5'",
            "framework='transformers' learns the same spans, and in less time",
        )
