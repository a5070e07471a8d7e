"""Transformers: labels of texts, spans, answers within texts, and language models, on the library's own Trainer."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training.adapters import is_adapter
from feedback_widgets.training.heads import HEADS, Head
from feedback_widgets.training.hugging import RENAMED, HuggingFace, pipeline
from feedback_widgets.training.measures import Judged
from feedback_widgets.training.predict import NO_LIMIT
from feedback_widgets.training.progress import say
from feedback_widgets.training.start import on_disk, tokenizer_of

LONGEST = 512  # tokens read at once, where the model could read more
# Settings of `from_pretrained`, which loads the model.
LOADING = (
    "attn_implementation", "cache_dir", "dtype", "force_download", "ignore_mismatched_sizes", "local_files_only", "proxies",
    "revision", "token", "trust_remote_code",
)  # fmt: skip
# kind of task -> what `transformers.pipeline` calls it
PIPELINES = {
    "text_classification": "text-classification",
    "token_classification": "token-classification",
    "question_answering": "question-answering",
    "pre_training": "text-generation",
}
OURS = ("max_length", "peft_config")
ADAPTER_RATE = 5e-4  # few weights learn, and at the rate for whole models they would hardly move


class Framework(HuggingFace):
    """A `transformers.Trainer` with the head that the task needs."""

    name = "transformers"
    TASKS = HEADS
    RENAMED: ClassVar[Mapping[str, str | None]] = {
        **RENAMED,
        "pretrained_model_name_or_path": "model",
        "max_seq_length": "max_length",
        "resume_download": None,
    }
    _head: Head | None = None

    def config_class(self) -> Any:
        return require("transformers", "train").TrainingArguments

    def trainer_class(self) -> Any:
        return require("transformers", "train").Trainer

    def own(self) -> tuple[str, ...]:
        """Return the settings that are neither the config's nor the native trainer's."""
        return (*OURS, *LOADING)

    def read_setting(self, name: str, value: Any) -> dict[str, Any]:
        new = self.RENAMED.get(name, name)
        return {str(new): value} if new == "model" or new in self.own() else super().read_setting(name, value)

    def unknown(self, name: str, where: Iterable[str], known: Iterable[str]) -> str:
        return super().unknown(name, where, [*known, *self.own()])

    def build(
        self, model: Any, tokenizer: Any, train: Any, test: Any, folder: Path, settings: dict[str, Any]
    ) -> Any:
        """Return a native Trainer on the start model, with a new head where the model has none for the task."""
        import transformers

        own = {name: value for name, value in settings.items() if name in self.own()}
        theirs = {name: value for name, value in settings.items() if name not in self.own()}
        if is_adapter(model):  # trained as it is, it would stay frozen
            model, tokenizer = self.load(model, tokenizer)
            model = model.merge_and_unload()
        start, words = on_disk(model, tokenizer, folder)
        adapter = self.adapter(own)
        config = self.config(folder, theirs, **({"learning_rate": ADAPTER_RATE} if adapter else {}))
        transformers.set_seed(config.seed)  # a new head is drawn before the trainer sets the seed
        head = self._head = self._head_for(start, words, own.get("max_length"))
        loading = {name: value for name, value in own.items() if name in LOADING}
        network = start
        if isinstance(start, str):
            network = with_head(start, head, self.task.kind.name, train, loading)
            network.config.pad_token_id = words.pad_token_id
        network = network if adapter is None else adapted(network, adapter, head)
        rows = head.encode(train, words)
        held = None if test is None else head.encode(test, words)
        filled = {
            "data_collator": head.collator(words),
            "compute_metrics": None if held is None else head.measure(test, held.places),
            "preprocess_logits_for_metrics": head.reduce,
        }
        return transformers.Trainer(
            model=network, args=config, processing_class=words, **{**filled, **self.extras(theirs)},
            train_dataset=rows.dataset, eval_dataset=None if held is None else held.dataset,
        )  # fmt: skip

    def adapter(self, own: dict[str, Any]) -> Any:
        """Return the `peft_config` to train with, or None to train the whole model."""
        return own.get("peft_config")

    def load(self, model: Any, tokenizer: Any) -> tuple[Any, Any]:
        """Return a finished model; one without a head for the task has nothing to say yet."""
        import transformers

        words = tokenizer_of(model, tokenizer)
        if not isinstance(model, str | Path):
            _check_finished([type(model).__name__], self._ending, self.task.kind.name)
            return model, words
        config = transformers.AutoConfig.from_pretrained(str(model))
        _check_finished(config.architectures, self._ending, self.task.kind.name)
        loader = getattr(transformers, HEADS[self.task.kind.name].LOADER)
        if not is_adapter(model):
            return loader.from_pretrained(str(model), config=config), words
        peft = require("peft", "train")
        base = peft.PeftConfig.from_pretrained(str(model)).base_model_name_or_path
        return peft.PeftModel.from_pretrained(loader.from_pretrained(base, config=config), str(model)), words

    def save(self, native: Any, folder: Path) -> None:
        super().save(native, folder)
        if type(native.model).__name__.startswith("Peft"):  # an adapter is saved without its model's labels
            config = copy.copy(native.model.config)
            config.architectures = [type(native.model.get_base_model()).__name__]
            config.save_pretrained(str(folder))

    def usage(self, where: str) -> str:
        return pipeline(PIPELINES[self.task.kind.name], where)

    def predict(self, model: Any, tokenizer: Any, texts: list[Any], **options: Any) -> list[Any]:
        head = self._head or self._head_for(model, tokenizer, None)
        return head.predict(model, tokenizer, texts, **options)

    def judged(self, native: Any) -> Judged:
        del native
        found = None if self._head is None else self._head.judged
        if found is None:
            raise InvalidInput(
                f"there is no report by label of {self.task.kind.name}: it needs labels or spans, a train_size below 1 and train()."
            )
        return found

    @property
    def _ending(self) -> str:
        return HEADS[self.task.kind.name].ENDING

    def _head_for(self, model: Any, words: Any, given: Any) -> Head:
        return HEADS[self.task.kind.name](_length(model, words, given))


def with_head(start: str, head: Head, kind: str, train: Any, loading: dict[str, Any]) -> Any:
    """Load the start model with a head for these rows: its own where it fits, else a new one, and say so.

    Raises:
        InvalidInput: the model has a finished head with another number of labels.
    """
    import transformers

    config, wanted = transformers.AutoConfig.from_pretrained(start), head.labelling(train)
    finished = _finished(config.architectures, head.ENDING)
    count = wanted.get("num_labels")
    if finished and count not in (None, config.num_labels) and not loading.get("ignore_mismatched_sizes"):
        raise InvalidInput(
            f"the start model is a classifier with {config.num_labels} labels, and there are {count} to learn: take the model it was "
            "made from, or give it a new head with update_config(ignore_mismatched_sizes=True)."
        )
    if not finished:
        labels = f" for {count} labels" if count else ""
        say(f"this {config.model_type} has no head for {kind} yet: a new one{labels} was made")
    elif count and list(config.id2label.values()) != list(wanted["id2label"].values()):
        say(
            f"the start model's labels ({', '.join(config.id2label.values())}) go on as {', '.join(wanted['id2label'].values())}"
        )
    return getattr(transformers, head.LOADER).from_pretrained(start, **wanted, **loading)


def adapted(network: Any, settings: Any, head: Head) -> Any:
    """Put an adapter into the model; its head, where it has a new one, is trained and saved along with it."""
    peft = require("peft", "train")
    found = copy.copy(settings)  # the user's own object stays as it is
    found.task_type = head.PEFT
    known = peft.utils.constants.TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING
    if getattr(found, "target_modules", ()) is None and network.config.model_type not in known:
        found.target_modules = "all-linear"
    return peft.get_peft_model(network, found)


def _finished(classes: Iterable[str] | None, ending: str) -> bool:
    return any(each.endswith(ending) for each in classes or ())


def _check_finished(classes: Iterable[str] | None, ending: str, kind: str) -> None:
    found = list(classes or ())
    if not _finished(found, ending) and not any(each.startswith("Peft") for each in found):
        raise InvalidInput(
            f"the start model ({', '.join(found) or 'unknown'}) has no head for {kind} yet, so it can predict nothing: call train() first."
        )


def _length(model: Any, words: Any, given: Any) -> int:
    """Return how many tokens the model reads at once: what the user gave, within what the model can."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(model) if isinstance(model, str) else model.config
    limits = [words.model_max_length, getattr(config, "max_position_embeddings", None)]
    most = min([each for each in limits if each and each < NO_LIMIT], default=NO_LIMIT)
    if given is not None and not 8 <= given <= most:
        raise InvalidInput(
            f"max_length={given!r} tokens does not fit this model: give a number from 8 to {most}."
        )
    return given or min(most, LONGEST)
