"""spaCy pipelines: where one comes from, the one pipe in it that learns, and the loop that trains it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training.measures import Judged, label_measures, span_measures
from feedback_widgets.training.progress import check_loss, say

BLANK = "blank"
SEVERAL = "feedback_widgets: several labels"  # marks documents whose task allows more than one label
# What each pipe is judged by while it learns.
JUDGED_BY = {"textcat": "macro_f1", "textcat_multilabel": "macro_f1", "ner": "span_f1"}


def pipeline_of(model: Any, lang: str) -> Any:
    """Return a pipeline that is nobody else's: a blank one, one loaded, or a copy of the one given.

    Raises:
        InvalidInput: there is no such language or pipeline.
    """
    spacy = require("spacy", "spacy")
    if isinstance(model, spacy.language.Language):
        return _copy(model)
    if str(model) == BLANK:
        try:
            return spacy.blank(lang)
        except ImportError as error:
            raise InvalidInput(
                f"spaCy cannot read lang={lang!r}: take the code of a language it knows, such as 'en' or 'de'; "
                "some languages need a package of their own."
            ) from error
    try:
        return spacy.load(model)
    except OSError as error:
        raise InvalidInput(
            f"there is no spaCy pipeline {str(model)!r} here: install it (python -m spacy download {model}), give a folder "
            "that spaCy has saved, or leave model out to start from a blank pipeline."
        ) from error


def _copy(nlp: Any) -> Any:
    """Copy a pipeline with its weights, so that training leaves the user's own as it is."""
    return require("spacy.util", "spacy").load_model_from_config(nlp.config).from_bytes(nlp.to_bytes())


def examples_of(nlp: Any, docs: Any) -> list[Any]:
    """Return what spaCy learns from: the pipeline's own words of each text beside what annotators said."""
    example = require("spacy.training", "spacy").Example
    return [example(nlp.make_doc(doc.text), doc) for doc in docs.get_docs(nlp.vocab)]


def pipe_for(task: str, examples: list[Any]) -> tuple[str, list[str]]:
    """Return the name of the pipe that learns the task, and its labels.

    Raises:
        InvalidInput: the answers have nothing to tell apart.
    """
    references = [each.reference for each in examples]
    if task == "token_classification":
        labels = sorted({span.label_ for doc in references for span in doc.ents})
        if not labels:
            raise InvalidInput("no training row has a span in it: there is nothing to learn to find.")
        return "ner", labels
    labels = list(references[0].cats)
    if SEVERAL in references[0].user_data:
        return "textcat_multilabel", labels
    seen = {label for doc in references for label, value in doc.cats.items() if value}
    if len(seen) < 2:
        raise InvalidInput(
            f"every training row has the label {next(iter(seen))!r}: a classifier needs at least two different labels."
        )
    return "textcat", labels


def prepare_pipe(nlp: Any, name: str, labels: list[str], examples: list[Any], **config: Any) -> None:
    """Add the pipe that learns, or go on with the one that is there and knows the labels.

    Raises:
        InvalidInput: the pipeline has a pipe of that name with other labels. It is the user's, so it stays as it is.
    """
    if name not in nlp.pipe_names:
        nlp.add_pipe(name, **({"config": config} if config else {}))
    pipe = nlp.get_pipe(name)
    if not pipe.labels:
        pipe.initialize(lambda: examples, nlp=nlp, **({"labels": labels} if name != "ner" else {}))
    unknown = sorted(set(labels) - set(pipe.labels))
    if unknown:
        raise InvalidInput(
            f"this pipeline has a {name!r} that does not know {', '.join(map(repr, unknown))}: leave it out, as in "
            f"spacy.load(…, exclude=[{name!r}]), or start from a blank pipeline by leaving model out."
        )


@dataclass
class Run:
    """One training of one pipe in a pipeline."""

    nlp: Any
    pipe: str
    learning: list[str]
    """The pipes that change; all others stay as they are."""
    train: list[Any]
    test: list[Any] | None
    settings: dict[str, Any]
    history: list[dict[str, float]] = field(default_factory=list)

    def go(self) -> dict[str, float]:
        """Train to the end, with spaCy's own loop; where `patience` is set, the best pipe seen is kept."""
        loop, optimizer = require("spacy.training.loop", "spacy"), self._optimizer()
        wanted, before, best = self.settings, 0, dict[str, bytes]()
        steps = loop.train_while_improving(
            self.nlp, optimizer, self._batches(loop), self._judge,
            dropout=float(wanted["dropout"]), eval_frequency=self._often, accumulate_gradient=wanted["accumulate_gradient"],
            patience=wanted["patience"], max_steps=wanted["max_steps"], exclude=self._frozen,
            annotating_components=self._heard, before_update=wanted["before_update"],
        )  # fmt: skip
        for _, info, is_best in steps:
            if is_best is None:
                continue
            self._log(info, optimizer, info["step"] + 1 - before)
            before = info["step"] + 1
            if is_best and wanted["patience"]:
                best = {name: self.nlp.get_pipe(name).to_bytes() for name in self.learning}
        for name, weights in best.items():
            self.nlp.get_pipe(name).from_bytes(weights)
        return {"train_loss": self.history[-1]["loss"], "epochs": self.history[-1]["epoch"] + 1}

    def judge(self, examples: list[Any]) -> Judged:
        """Compare what the pipe says of these texts with what annotators said."""
        with self.nlp.select_pipes(enable=[*self._upstream, *self.learning]):
            docs = list(self.nlp.pipe([each.reference.text for each in examples]))
        truth = [_items(said(self.pipe, each.reference)) for each in examples]
        return Judged(
            truth, [_items(said(self.pipe, doc)) for doc in docs], list(self.nlp.get_pipe(self.pipe).labels)
        )

    def measures(self, judged: Judged) -> dict[str, float]:
        """Return what the pipe is measured by."""
        if self.pipe == "ner":
            return span_measures(judged)
        return label_measures(judged, several=self.pipe == "textcat_multilabel")

    @property
    def _upstream(self) -> list[str]:
        """The pipes whose output ours reads, such as a shared `tok2vec`."""
        return [
            name for name, pipe in self.nlp.pipeline if self.pipe in getattr(pipe, "listening_components", [])
        ]

    @property
    def _heard(self) -> list[str]:
        return [*self.settings["annotating_components"], *(set(self._upstream) - set(self.learning))]

    @property
    def _frozen(self) -> list[str]:
        others = [name for name in self.nlp.pipe_names if name not in self.learning]
        return [*others, *self.settings["frozen_components"]]

    @property
    def _often(self) -> int:
        """Every how many steps there is a line of progress: as asked for, else once in an epoch."""
        return self.settings["eval_frequency"] or max(1, sum(1 for _ in self._batcher()(self.train)))

    def _judge(self) -> tuple[float, dict[str, float]]:
        """Score the pipe for spaCy's loop: on the held-out rows, or where there are none and patience asks, on all."""
        examples = self.test or (self.train if self.settings["patience"] else None)
        if examples is None:
            return 0.0, {}
        name = JUDGED_BY[self.pipe]
        score = self.measures(self.judge(examples))[name]
        return score, {f"eval_{name}" if self.test else name: score}

    def _log(self, info: dict[str, Any], optimizer: Any, steps: int) -> None:
        loss = sum(float(info["losses"].get(name, 0.0)) for name in self.learning) / steps
        check_loss(loss, info["step"], optimizer.learn_rate)
        self.history.append(
            {"step": info["step"], "epoch": info["epoch"], "loss": loss, **info["other_scores"]}
        )
        shown = "".join(f"  {name} {score:.3f}" for name, score in info["other_scores"].items())
        say(f"step {info['step']}  epoch {info['epoch']}  loss {loss:.3f}{shown}")

    def _batches(self, loop: Any) -> Iterator[Any]:
        batches: Iterator[Any] = loop.create_train_batches(
            self.nlp, lambda _: self.train, self._batcher(), self.settings["max_epochs"]
        )
        return batches

    def _batcher(self) -> Any:
        batchers = require("spacy.training.batchers", "spacy")
        if self.settings["batch_size"]:
            return batchers.configure_minibatch(int(self.settings["batch_size"]))
        return self._made("batcher")

    def _optimizer(self) -> Any:
        optimizer = self._made("optimizer")
        if self.settings["learn_rate"] is not None:
            optimizer.learn_rate = float(self.settings["learn_rate"])
        return optimizer

    def _made(self, name: str) -> Any:
        """Return a part of spaCy's loop: the object given, or what its block of the configuration describes."""
        given = self.settings[name]
        if not isinstance(given, dict):
            return given
        return require("spacy", "spacy").registry.resolve({name: given})[name]


def said(pipe: str, doc: Any) -> Any:
    """Return what a document says: its label, its labels, or its spans as `{"start", "end", "label"}`."""
    if pipe == "ner":
        return [{"start": each.start_char, "end": each.end_char, "label": each.label_} for each in doc.ents]
    if pipe == "textcat_multilabel":
        return [label for label, score in doc.cats.items() if score >= 0.5]
    return max(doc.cats, key=doc.cats.get)


def _items(said: Any) -> set[Any]:
    """Put what a document says into the form that measures compare."""
    if isinstance(said, str):
        return {said}
    return {tuple(each.values()) if isinstance(each, dict) else each for each in said}


def training_block() -> dict[str, Any]:
    """Return spaCy's own settings of a training, with their defaults."""
    block = require("spacy.language", "spacy").DEFAULT_CONFIG.interpolate()["training"]
    return {name: value for name, value in block.items() if name not in ("logger", "score_weights")}


def write(nlp: Any, folder: Path, before: Any) -> None:
    """Save a pipeline, changed by the user's own `before_to_disk` where there is one."""
    (before(nlp) if before else nlp).to_disk(folder)
