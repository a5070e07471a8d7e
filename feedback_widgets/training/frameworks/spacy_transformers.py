"""spaCy on transformers: its rows are prepared here; it trains in an environment of its own, and this file says how to get there."""

from __future__ import annotations

from feedback_widgets.training.frameworks import spacy
from feedback_widgets.training.library import elsewhere
from feedback_widgets.training.task import TrainingTask


class Framework(spacy.Framework):
    """The package spacy-transformers asks for transformers before 5, and everything else here for transformers from 5 on."""

    name = "spacy-transformers"
    READS = "spacy-transformers"

    def __init__(self, task: TrainingTask, algorithm: str | None = None) -> None:
        super().__init__(task, algorithm)
        elsewhere(
            self.name,
            "spacy-transformers 'transformers<5'",
            "framework='transformers' learns the same on such a model, framework='spacy' without one",
        )
