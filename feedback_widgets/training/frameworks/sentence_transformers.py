"""Sentence Transformers: how alike texts are, by an encoder of sentences or by a cross-encoder of pairs."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput, near_miss, require
from feedback_widgets.training.encoders import OnEncoder, asked_scores, on_gpu, without_card
from feedback_widgets.training.hugging import RENAMED
from feedback_widgets.training.kinds.base import Form
from feedback_widgets.training.measures import Judged, label_measures
from feedback_widgets.training.progress import say
from feedback_widgets.training.similar import (
    ALIKE,
    CLASSES,
    GRADED,
    LABEL,
    PAIRS,
    TRIPLETS,
    Shape,
    agreement,
    auc,
    shape_of,
)

EXTRA = "sentence-transformers"
CROSS_MODEL = "cross-encoder/ms-marco-MiniLM-L-6-v2"  # the start of a cross-encoder, where no model is named
# Settings that load the model.
LOADING = (
    "cache_folder", "device", "local_files_only", "max_length", "model_kwargs", "processor_kwargs", "revision", "token",
    "trust_remote_code",
)  # fmt: skip
# What rows are -> the loss of an encoder, and of a cross-encoder.
LOSSES = {
    GRADED: ("CosineSimilarityLoss", "BinaryCrossEntropyLoss"),
    ALIKE: ("ContrastiveLoss", "BinaryCrossEntropyLoss"),
    CLASSES: ("SoftmaxLoss", "CrossEntropyLoss"),
    TRIPLETS: ("MultipleNegativesRankingLoss", "MultipleNegativesRankingLoss"),
    PAIRS: ("MultipleNegativesRankingLoss", "MultipleNegativesRankingLoss"),
}


LOSS_FILE = "loss.safetensors"  # in a checkpoint
HEAD_RATE = 2e-2  # of the head in `SoftmaxLoss`: at the encoder's own rate it would hardly move


class Framework(OnEncoder):
    """Sentence Transformers; the native object is a `SentenceTransformerTrainer`, or a `CrossEncoderTrainer`."""

    name = "sentence-transformers"
    TASKS: ClassVar[Mapping[str, Any]] = {"sentence_similarity": None}
    GONE_FROM = "Sentence Transformers"
    LOADING = LOADING
    RENAMED: ClassVar[Mapping[str, str | None]] = {
        **RENAMED,
        "batch_size": "per_device_train_batch_size",
        "checkpoint_save_steps": "save_steps",
        "checkpoint_save_total_limit": "save_total_limit",
        "epochs": "num_train_epochs",
        "evaluation_steps": "eval_steps",
        "model_name_or_path": "model",
        "pretrained_model_name_or_path": "model",
        "use_amp": "fp16",
        **dict.fromkeys(
            ("checkpoint_path", "output_path", "save_best_model", "show_progress_bar", "steps_per_epoch")
        ),
    }
    _cross = False
    _question: Any = None
    _shape = Shape(PAIRS)

    def config_class(self) -> Any:
        library = require("sentence_transformers", EXTRA)
        if self._cross:
            return require("sentence_transformers.cross_encoder", EXTRA).CrossEncoderTrainingArguments
        return library.SentenceTransformerTrainingArguments

    def trainer_class(self) -> Any:
        if self._cross:
            return require("sentence_transformers.cross_encoder", EXTRA).CrossEncoderTrainer
        return require("sentence_transformers", EXTRA).SentenceTransformerTrainer

    def read_setting(self, name: str, value: Any) -> dict[str, Any]:
        new = self.RENAMED.get(name, name)
        if new == "cross_encoder":
            self._cross = bool(value)
            return {name: self._cross}
        if new == "loss" and isinstance(value, str):
            self._loss_class(value)
        return super().read_setting(name, value)

    def look_at(self, form: Form) -> None:
        self._question = form.questions.get(self.task.names.get("label", ""))

    def load(self, model: Any, tokenizer: Any) -> tuple[Any, Any]:
        del tokenizer
        made = self._model(model, {}, None)
        if self._cross and _is_new(model):
            raise InvalidInput(
                "the start model compares no pairs yet, so it can predict nothing: call train() first, or take a cross-encoder."
            )
        return made, None

    def build(
        self, model: Any, tokenizer: Any, train: Any, test: Any, folder: Path, settings: dict[str, Any]
    ) -> Any:
        del tokenizer
        import transformers

        shape = self._shape = shape_of(train, self._question)
        theirs = {name: value for name, value in settings.items() if name not in (*LOADING, "cross_encoder")}
        head = theirs.get("loss", LOSSES[shape.kind][self._cross]) == "SoftmaxLoss"
        config = self.config(
            folder, theirs, **({"learning_rate_mapping": {"^classifier": HEAD_RATE}} if head else {})
        )
        transformers.set_seed(config.seed)  # a new head is drawn before the trainer sets the seed
        count = len(shape.names) if self._cross and shape.kind == CLASSES else (1 if self._cross else None)
        made = self._model(model, {name: settings[name] for name in LOADING if name in settings}, count)
        if count and count > 1:
            made.config.id2label = dict(enumerate(shape.names))
            made.config.label2id = {name: at for at, name in enumerate(shape.names)}
        extras = self.extras(theirs)
        extras["loss"] = self._loss(made, extras.get("loss"), shape)
        return _native(self.trainer_class())(
            model=made, args=config, **extras,
            train_dataset=_targets(train, shape), eval_dataset=None if test is None else _targets(test, shape),
        )  # fmt: skip

    def train(self, native: Any) -> dict[str, float]:
        with without_card(native.model):  # nor in checkpoints
            return super().train(native)

    def resume(self, native: Any, checkpoint: str) -> dict[str, float]:
        with without_card(native.model):
            return super().resume(native, checkpoint)

    def evaluate(self, native: Any) -> dict[str, float]:
        """Measure what fits the rows: correlation with degrees, how well alike and unlike pairs are told apart, or accuracy."""
        measured = super().evaluate(native)
        if self._shape.kind == CLASSES:
            found = label_measures(self.judged(native), several=False)
        else:
            found = self._told_apart(native.model, native.eval_dataset)
        return measured | {f"eval_{name}": value for name, value in found.items()}

    def judged(self, native: Any) -> Judged:
        """Compare the classes that the model gives the held-out pairs with what annotators said."""
        rows, names = native.eval_dataset, list(self._shape.names)
        if (
            self._shape.kind != CLASSES
            or rows is None
            or not (self._cross or hasattr(native.loss, "classifier"))
        ):
            raise InvalidInput(
                "there is no report by label: it needs labels of pairs that are classes, a train_size below 1 and train()."
            )
        pairs = _pairs(rows)
        said = self.predict(native.model, None, pairs) if self._cross else _classified(native, pairs, names)
        return Judged([{names[each]} for each in rows[LABEL]], [{each} for each in said], names)

    def usage(self, where: str) -> str:
        made = "CrossEncoder" if self._cross else "SentenceTransformer"
        return f"from sentence_transformers import {made}\n\nmodel = {made}({where!r})"

    def predict(self, model: Any, tokenizer: Any, texts: list[Any], **options: Any) -> list[Any]:
        """Return how alike the two texts of each pair are; of a text alone, its vector.

        A cross-encoder of classes returns the pair's class, with `scores=True` the chance of each.
        """
        del tokenizer
        scores = asked_scores(options)
        _check_texts(texts, alone=not hasattr(model, "rank"))
        if hasattr(model, "rank"):
            return _crossed(model, texts, scores=scores)
        flat = [text for each in texts for text in ([each] if isinstance(each, str) else each)]
        vectors = iter(model.encode(flat, convert_to_tensor=True, show_progress_bar=False))
        return [
            next(vectors).tolist()
            if isinstance(each, str)
            else float(model.similarity(next(vectors), next(vectors))[0, 0])
            for each in texts
        ]

    @contextmanager
    def quiet(self) -> Iterator[None]:
        log = logging.getLogger("sentence_transformers")
        before = log.level
        with super().quiet():
            log.setLevel(logging.ERROR)
            try:
                yield
            finally:
                log.setLevel(before)

    def _model(self, model: Any, loading: dict[str, Any], count: int | None) -> Any:
        if self._cross:
            made = require("sentence_transformers.cross_encoder", EXTRA).CrossEncoder
            model = CROSS_MODEL if model == self.DEFAULT_MODEL else model
            loading = {**loading, **({"num_labels": count} if count else {})}
        else:
            made = require("sentence_transformers", EXTRA).SentenceTransformer
        settings = {"device": None if on_gpu() else "cpu", **loading}
        length = settings.pop("max_length", None)

        def read(where: str) -> Any:
            found = made(where, **settings)
            if length is not None:
                found.max_seq_length = length
            return found

        return self.start(model, made, read)

    def _loss_class(self, name: str) -> Any:
        room = "cross_encoder" if self._cross else "sentence_transformer"
        losses = require(f"sentence_transformers.{room}.losses", EXTRA)
        names = [each for each in dir(losses) if each.endswith("Loss")]
        if name not in names:
            raise InvalidInput(
                f"loss={name!r} does not exist; there is {', '.join(names)}.{near_miss(name, names)}"
            )
        return getattr(losses, name)

    def _loss(self, model: Any, given: Any, shape: Shape) -> Any:
        """Return the loss that was asked for, or the one that fits the rows."""
        if given is not None and not isinstance(given, str | type):
            return given
        name = given or LOSSES[shape.kind][self._cross]
        made = self._loss_class(name) if isinstance(name, str) else name
        if given is None:
            say(f"rows are {shape.kind}: the loss is {name}")
        if made.__name__ == "SoftmaxLoss":
            return made(model, model.get_embedding_dimension(), max(len(shape.names), 2))
        return made(model)

    def _told_apart(self, model: Any, rows: Any) -> dict[str, float]:
        scores = self.predict(model, None, _pairs(rows))
        if self._shape.kind in (GRADED, ALIKE):
            labels = rows[LABEL]
            more = {"auc": auc(scores, labels)} if self._shape.kind == ALIKE else agreement(scores, labels)
            return dict(more)
        others = self._others(model, rows)
        right = sum(own > max(rest, default=own) for own, rest in zip(scores, others, strict=True))
        return {"accuracy": right / len(scores)}

    def _others(self, model: Any, rows: Any) -> list[list[float]]:
        """Return the scores that each row's own pair must beat: of its third text, or of all other rows' second texts."""
        first, second = rows["sentence-1"], rows["sentence-2"]
        if self._shape.kind == TRIPLETS:
            return [
                [each]
                for each in self.predict(model, None, list(zip(first, rows["sentence-3"], strict=True)))
            ]
        if not self._cross:
            both = [
                model.encode(list(side), convert_to_tensor=True, show_progress_bar=False)
                for side in (first, second)
            ]
            table = model.similarity(*both).tolist()
        else:
            table = [self.predict(model, None, [(one, each) for each in second]) for one in first]
        return [
            [score for score, text in zip(scores, second, strict=True) if text != own]
            for scores, own in zip(table, second, strict=True)
        ]


def _is_new(model: Any) -> bool:
    """Tell whether the model at a path or on the hub has no head that compares pairs."""
    if not isinstance(model, str | Path):
        return False
    config = require("transformers", "train").AutoConfig.from_pretrained(str(model))
    return not any(each.endswith("ForSequenceClassification") for each in config.architectures or ())


def _native(trainer: Any) -> Any:
    """Return the native class, but for two things.

    It collects no training texts for a card of its own. And what a loss has learned beside the model (the head of
    `SoftmaxLoss`) lies in each checkpoint: the library leaves it out, and a run that went on would begin with a new head.
    """

    class Trainer(trainer):  # type: ignore[misc, valid-type, unused-ignore]
        def add_model_card_callback(self, *_: Any) -> None:
            return

        def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
            super()._save(output_dir, state_dict)
            own = _own_weights(self.loss)
            if own:
                kept = {name: each.detach().cpu().contiguous() for name, each in own.items()}
                path = Path(output_dir or self.args.output_dir) / LOSS_FILE
                require("safetensors.torch", EXTRA).save_file(kept, path)

        def _load_from_checkpoint(self, checkpoint_path: str) -> None:
            super()._load_from_checkpoint(checkpoint_path)
            _take_up(self.loss, Path(checkpoint_path) / LOSS_FILE)

    Trainer.__name__ = trainer.__name__
    return Trainer


def _own_weights(loss: Any) -> dict[str, Any]:
    """Return the weights that a loss has beside those of the model in it."""
    models = {id(each) for each in loss.model.parameters()} if hasattr(loss, "model") else set()
    return {name: each for name, each in loss.named_parameters() if id(each) not in models}


def _take_up(loss: Any, path: Path) -> None:
    own = _own_weights(loss)
    if not own:
        return
    if not path.is_file():
        raise InvalidInput(
            f"the checkpoint {str(path.parent)!r} has no {LOSS_FILE}, so the head of {type(loss).__name__} would begin anew: "
            "leave resume= out, or set another loss."
        )
    found, torch = require("safetensors.torch", EXTRA).load_file(path), require("torch", EXTRA)
    with torch.no_grad():
        for name, each in own.items():
            each.copy_(found[name])


def _targets(rows: Any, shape: Shape) -> Any:
    """Return the rows with their labels as the loss takes them."""
    if LABEL not in rows.column_names:
        return rows
    targets = [shape.target(each) for each in rows[LABEL]]
    return rows.remove_columns(LABEL).add_column(LABEL, targets)


def _pairs(rows: Any) -> list[tuple[str, str]]:
    return list(zip(rows["sentence-1"], rows["sentence-2"], strict=True))


def _crossed(model: Any, pairs: list[Any], *, scores: bool) -> list[Any]:
    """Return a number per pair, or its class where the model has several."""
    several = model.num_labels > 1
    given = model.predict([tuple(each) for each in pairs], show_progress_bar=False, apply_softmax=several)
    if not several:
        return [float(each) for each in given]
    names = [model.config.id2label[at] for at in range(model.num_labels)]
    chances = [dict(zip(names, map(float, row), strict=True)) for row in given]
    return chances if scores else [max(each, key=each.__getitem__) for each in chances]


def _classified(native: Any, pairs: list[tuple[str, str]], names: list[str]) -> list[str]:
    """Return the classes by the head of `SoftmaxLoss`, which is trained along and not part of the model."""
    import torch

    sides = [
        native.model.encode(list(side), convert_to_tensor=True, show_progress_bar=False)
        for side in zip(*pairs, strict=True)
    ]
    loss = native.loss
    parts = list(sides) if loss.concatenation_sent_rep else []
    parts += [abs(sides[0] - sides[1])] if loss.concatenation_sent_difference else []
    parts += [sides[0] * sides[1]] if loss.concatenation_sent_multiplication else []
    with torch.no_grad():
        outputs = loss.classifier(torch.cat(parts, 1).clone())
    return [names[int(each)] for each in outputs.argmax(-1)]


def _check_texts(texts: list[Any], *, alone: bool) -> None:
    for each in texts:
        parts = [each] if isinstance(each, str) and alone else each
        if isinstance(parts, str) or len(parts) not in ((1, 2) if parts is not each else (2,)):
            raise InvalidInput(f"predict needs pairs of two texts, got {each!r}.")
        if not all(isinstance(part, str) and part.strip() for part in parts):
            raise InvalidInput(f"predict needs texts with something in them, got {each!r}.")
