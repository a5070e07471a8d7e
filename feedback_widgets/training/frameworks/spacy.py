"""spaCy: the label or labels of a text, and spans with labels, learned by one pipe of a pipeline."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training.library import Library
from feedback_widgets.training.measures import Judged
from feedback_widgets.training.pipelines import (
    BLANK,
    Run,
    examples_of,
    pipe_for,
    pipeline_of,
    prepare_pipe,
    said,
    training_block,
    write,
)

# kind of task -> the pipes that know it
TASKS = {
    "text_classification": ("textcat", "textcat_multilabel"),
    "token_classification": ("ner",),
}
# Ours, beside spaCy's own.
OURS: dict[str, Any] = {"lang": "en", "gpu_id": -1, "batch_size": None, "learn_rate": None}
# Where we differ from spaCy: its defaults train for at least 1,600 steps, which a few hundred answers do not need.
DEFAULTS = {"max_epochs": 20, "patience": 0, "eval_frequency": 0, "seed": 42}
RENAMED = {
    "drop": "dropout",
    "learning_rate": "learn_rate",
    "num_train_epochs": "max_epochs",
    "num_epochs": "max_epochs",
    "pretrained_model_name_or_path": "model",
}
FIXED = ("train_corpus", "dev_corpus")  # the rows come from the dataset


class Framework(Library):
    """spaCy with one of its tasks; the native object is the pipeline."""

    name = "spacy"
    TASKS: ClassVar[Mapping[str, Any]] = TASKS
    DEFAULT_MODEL = BLANK
    lang = "en"
    run: Run | None = None

    def read_setting(self, name: str, value: Any) -> dict[str, Any]:
        new, known = RENAMED.get(name, name), self._known()
        if new == "model" or (new == "lang" and not isinstance(value, str)):
            return {"model": value}  # a pipeline as `lang` is a model to start from
        if new not in known:
            raise InvalidInput(self.unknown(name, ("spaCy's training",), [*known, *RENAMED]))
        if new in FIXED and value != known[new]:
            warnings.warn(
                f"{name}={value!r} has no effect: the rows come from the dataset, split by train_size.",
                stacklevel=4,
            )
            return {}
        if new == "lang":
            self.lang = value
        return {new: value}

    def default_of(self, name: str) -> Any:
        return self._known().get(name)

    def load(self, model: Any, tokenizer: Any) -> tuple[Any, Any]:
        del tokenizer  # part of the pipeline
        return pipeline_of(model, self.lang), None

    def build(
        self, model: Any, tokenizer: Any, train: Any, test: Any, folder: Path, settings: dict[str, Any]
    ) -> Any:
        del tokenizer, folder
        wanted = {**self._known(), **DEFAULTS, **settings}
        check_end(wanted)
        self._use(wanted["gpu_id"], wanted["gpu_allocator"])
        require("spacy.util", "spacy").fix_random_seed(wanted["seed"])
        nlp = pipeline_of(model, self.lang)
        examples = examples_of(nlp, train)
        pipe, labels = pipe_for(self.task.kind.name, examples)
        learning = self.add_pipe(nlp, pipe, labels, examples)
        held_out = None if test is None else examples_of(nlp, test)
        self.run = Run(nlp, pipe, learning, examples, held_out, wanted)
        return nlp

    def add_pipe(self, nlp: Any, pipe: str, labels: list[str], examples: list[Any]) -> list[str]:
        """Put the pipe that learns into the pipeline, and return the names of all pipes that are to change."""
        prepare_pipe(nlp, pipe, labels, examples)
        return [pipe]

    def train(self, native: Any) -> dict[str, float]:
        del native
        return self._run.go()

    def evaluate(self, native: Any) -> dict[str, float]:
        measures = self._run.measures(self.judged(native))
        return {f"eval_{name}": value for name, value in measures.items()}

    def judged(self, native: Any) -> Judged:
        """Compare what the pipe says of the held-out texts with what annotators said."""
        del native
        return self._run.judge(self._run.test or [])

    def trained(self, native: Any) -> tuple[Any, Any]:
        return native, None

    def save(self, native: Any, folder: Path) -> None:
        write(native, folder, self._run.settings["before_to_disk"])

    def usage(self, where: str) -> str:
        return f"import spacy\n\nnlp = spacy.load({where!r})"

    def predict(self, model: Any, tokenizer: Any, texts: list[Any], **options: Any) -> list[Any]:
        """Return each text's label, its labels, or its spans; with `scores=True` the score of every label."""
        del tokenizer
        scores = options.pop("scores", False)
        if options:
            raise InvalidInput(f"predict with spaCy takes scores=True, got {', '.join(options)}.")
        pipe = next((each for each in TASKS[self.task.kind.name] if each in model.pipe_names), None)
        if pipe is None:
            raise InvalidInput(
                f"this pipeline has no {TASKS[self.task.kind.name][0]!r} yet: call train() first."
            )
        if scores and pipe == "ner":
            raise InvalidInput("spaCy's spans carry no scores: leave scores=True out.")
        docs = model.pipe(texts)
        return [dict(doc.cats) if scores else said(pipe, doc) for doc in docs]

    def history(self, native: Any) -> list[dict[str, float]]:
        del native
        return list(self._run.history)

    def warn_about(self, native: Any) -> None:
        del native
        losses = [log["loss"] for log in self._run.history]
        if losses and not any(losses):
            warnings.warn("every loss was 0: this training has taught the pipeline nothing.", stacklevel=4)

    @property
    def _run(self) -> Run:
        if self.run is None:
            raise InvalidInput("there is no trained pipeline yet: call train() first.")
        return self.run

    def _known(self) -> dict[str, Any]:
        return {**training_block(), **OURS}

    @staticmethod
    def _use(gpu_id: int, allocator: Any) -> None:
        if gpu_id >= 0:
            require("spacy", "spacy").require_gpu(gpu_id)
        if allocator:
            require("spacy.util", "spacy").set_gpu_allocator(allocator)


def check_end(settings: dict[str, Any]) -> None:
    """Refuse a training that would never end."""
    if settings["max_epochs"] < 0:
        raise InvalidInput(
            f"max_epochs={settings['max_epochs']} is not a number of epochs: give 1 or more, or 0 for as many as max_steps allows."
        )
    if not settings["max_epochs"] and not settings["max_steps"] and not settings["patience"]:
        raise InvalidInput(
            "with max_epochs=0, max_steps=0 and patience=0 training would never end: give one of them."
        )
