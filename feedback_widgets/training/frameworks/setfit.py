"""SetFit: labels of texts from few answers, by a sentence encoder tuned on pairs and a small head upon it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput, near_miss, require
from feedback_widgets.training.encoders import OnEncoder, asked_scores, on_gpu
from feedback_widgets.training.library import Library
from feedback_widgets.training.measures import Judged, label_measures
from feedback_widgets.training.progress import check_loss, line, say

# Settings of `SetFitModel.from_pretrained`, which loads the model.
LOADING: dict[str, Any] = {
    "cache_dir": None, "device": None, "force_download": False, "local_files_only": False, "multi_target_strategy": None,
    "revision": None, "token": None, "trust_remote_code": False, "use_differentiable_head": False,
}  # fmt: skip
GONE = ("proxies", "resume_download")  # the hub's client takes them no more
METRICS = ("accuracy", "f1")  # what `evaluate` measures in any case, without asking the hub
PAIRS = 20  # per text: SetFit's own default makes pairs of all texts with each other, so their number grows with the square


class Framework(OnEncoder):
    """SetFit; the native object is a `setfit.Trainer`."""

    name = "setfit"
    TASKS: ClassVar[Mapping[str, Any]] = {"text_classification": None}
    GONE_FROM = "SetFit"
    LOADING = LOADING
    RENAMED: ClassVar[Mapping[str, str | None]] = {
        "evaluation_strategy": "eval_strategy",
        "learning_rate": "body_learning_rate",
        "loss_class": "loss",
        "num_train_epochs": "num_epochs",
        "per_device_train_batch_size": "batch_size",
        "pretrained_model_name_or_path": "model",
        **dict.fromkeys(GONE),
    }

    def config_class(self) -> Any:
        return require("setfit", "setfit").TrainingArguments

    def trainer_class(self) -> Any:
        return require("setfit", "setfit").Trainer

    def read_setting(self, name: str, value: Any) -> dict[str, Any]:
        new = self.RENAMED.get(name, name)
        if name in GONE and not value:
            return {}
        if new == "metric":
            check_metric(value)
        if new == "distance_metric" and isinstance(value, str):
            value = distance(value)
        return super().read_setting(name, value)

    def default_of(self, name: str) -> Any:
        return LOADING[name] if name in LOADING else super().default_of(name)

    def load(self, model: Any, tokenizer: Any) -> tuple[Any, Any]:
        del tokenizer
        return self._model(model, {}), None

    def build(
        self, model: Any, tokenizer: Any, train: Any, test: Any, folder: Path, settings: dict[str, Any]
    ) -> Any:
        del tokenizer
        import transformers

        loading = {name: value for name, value in settings.items() if name in LOADING}
        theirs = {name: value for name, value in settings.items() if name not in LOADING}
        ours = {} if {"sampling_strategy", "max_steps"} & set(theirs) else {"num_iterations": PAIRS}
        config = self.config(folder, theirs, show_progress_bar=False, **ours)
        if config.use_amp and not on_gpu():
            say("use_amp=True needs a GPU, and there is none: training goes on without it")
            config.use_amp = False
        transformers.set_seed(config.seed)
        several, names = "binarized_label" in train.column_names, _names(train)
        wanted = {**({"multi_target_strategy": "one-vs-rest"} if several else {}), **loading, "labels": names}
        extras = {name: value for name, value in self.extras(theirs).items() if name != "metric"}
        given = theirs.get("metric")
        native = self.trainer_class()(
            model=self._model(model, wanted), args=config, **extras,
            metric=given if callable(given) else _Measures(names, several),
            train_dataset=_columns(train), eval_dataset=None if test is None else _columns(test),
        )  # fmt: skip
        native.st_trainer.args.dataloader_pin_memory = on_gpu()  # elsewhere it only makes a warning
        native.model.labels = names  # those of a model object may be others
        return native

    def train(self, native: Any) -> dict[str, float]:
        callbacks = native.st_trainer.callback_handler.callbacks
        for each in list(callbacks):
            # Displays give way to plain lines. The card would quote training texts, and has the model judge them first.
            if type(each).__name__.endswith(("ProgressCallback", "PrinterCallback", "ModelCardCallback")):
                native.remove_callback(each)
        native.add_callback(_plain_pairs())
        native.train()
        last = native.st_trainer.state.log_history[-1]
        return {name: value for name, value in last.items() if name.startswith("train_")}

    def checkpoint(self, folder: Path, given: str | Path | None) -> str:
        return Library.checkpoint(self, folder, given)  # its trainer begins anew, whatever it is given

    def evaluate(self, native: Any) -> dict[str, float]:
        return {f"eval_{name}": float(value) for name, value in native.evaluate().items()}

    def judged(self, native: Any) -> Judged:
        """Compare what the model says of the held-out texts with what annotators said."""
        rows = native.eval_dataset
        measures = _Measures(native.model.labels, native.model.multi_target_strategy is not None)
        return measures.judged(
            native.model.predict(list(rows["text"]), use_labels=False), list(rows["label"])
        )

    def trained(self, native: Any) -> tuple[Any, Any]:
        return native.model, None

    def usage(self, where: str) -> str:
        return f"from setfit import SetFitModel\n\nmodel = SetFitModel.from_pretrained({where!r})"

    def predict(self, model: Any, tokenizer: Any, texts: list[Any], **options: Any) -> list[Any]:
        """Return each text's label, or its labels where it may have several; with `scores=True` every label's chance."""
        del tokenizer
        scores = asked_scores(options)
        if not (model.has_differentiable_head or hasattr(model.model_head, "classes_")):
            raise InvalidInput(
                "this model has no trained head yet, so it can predict nothing: call train() first."
            )
        chances = model.predict_proba(texts, as_numpy=True, show_progress_bar=False)
        places = getattr(model.model_head, "classes_", range(len(model.labels or chances[0])))
        names = [model.labels[int(at)] if model.labels else str(at) for at in places]
        named = [{name: float(chance) for name, chance in zip(names, row, strict=True)} for row in chances]
        if scores:
            return named
        if model.multi_target_strategy is not None:
            return [[name for name, chance in each.items() if chance >= 0.5] for each in named]
        return [max(each, key=each.__getitem__) for each in named]

    def history(self, native: Any) -> list[dict[str, float]]:
        return [_plainly(log) for log in native.st_trainer.state.log_history]

    def warn_about(self, native: Any) -> None:
        super().warn_about(native.st_trainer)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        logging = require("setfit", "setfit").logging
        with super().quiet():
            before = logging.get_verbosity()
            logging.set_verbosity_error()
            try:
                yield
            finally:
                logging.set_verbosity(before)

    def _model(self, model: Any, wanted: dict[str, Any]) -> Any:
        made = require("setfit", "setfit").SetFitModel
        return self.start(model, made, lambda where: made.from_pretrained(where, **wanted))


class _Measures:
    """What SetFit calls to evaluate, in place of the metrics that it would fetch from the hub."""

    def __init__(self, names: list[str], several: bool) -> None:
        self.names, self.several = names, several

    def judged(self, predicted: Any, truth: Any) -> Judged:
        return Judged(self._sets(truth), self._sets(predicted), self.names)

    def __call__(self, predicted: Any, truth: Any) -> dict[str, float]:
        return label_measures(self.judged(predicted, truth), several=self.several)

    def _sets(self, rows: Any) -> list[set[str]]:
        if self.several:
            return [{name for name, one in zip(self.names, row, strict=True) if one} for row in rows]
        return [{self.names[int(at)]} for at in rows]


def check_metric(metric: Any) -> None:
    """Refuse a metric that SetFit would fetch from the hub."""
    if not callable(metric) and metric not in METRICS:
        raise InvalidInput(
            f"metric={metric!r} would be fetched from the hub: give a function (predicted, truth) that returns a dict; accuracy and "
            f"F1 are measured in any case.{near_miss(metric, METRICS)}"
        )


def distance(name: str) -> Any:
    """Return a distance by the name that older code gives it, such as "BatchHardTripletLossDistanceFunction.cosine_distance"."""
    known = require(
        "sentence_transformers.sentence_transformer.losses", "setfit"
    ).BatchHardTripletLossDistanceFunction
    last = name.rpartition(".")[2]
    names = [each for each in vars(known) if each.endswith("_distance")]
    if last not in names:
        raise InvalidInput(
            f"distance_metric={name!r} does not exist; there is {', '.join(names)}.{near_miss(last, names)}"
        )
    return getattr(known, last)


def _names(rows: Any) -> list[str]:
    feature = rows.features["label"]
    return list(getattr(feature, "feature", feature).names)


def _columns(rows: Any) -> Any:
    """Return `text` and `label`, a number or the vector of all labels, as SetFit reads them."""
    label = "binarized_label" if "binarized_label" in rows.column_names else "label"
    return rows.select_columns(["text", label]).rename_columns({label: "label"} if label != "label" else {})


def _plainly(log: dict[str, float]) -> dict[str, float]:
    return {name.removeprefix("embedding_"): value for name, value in log.items()}


def _plain_pairs() -> Any:
    from transformers import TrainerCallback

    class PlainPairs(TrainerCallback):  # type: ignore[misc, unused-ignore]
        def on_log(self, args: Any, state: Any, _control: Any, **_logs: Any) -> None:
            latest = _plainly(state.log_history[-1] if state.log_history else {})
            if "loss" in latest:
                check_loss(latest["loss"], state.global_step, args.body_embedding_learning_rate)
                say(line(state.global_step, state.max_steps, latest))

    return PlainPairs()
