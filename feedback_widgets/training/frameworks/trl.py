"""TRL: supervised fine-tuning, reward models and direct preference optimization."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training.arrow import file_backed
from feedback_widgets.training.hugging import RENAMED, HuggingFace, check_kept
from feedback_widgets.training.predict import generate, score
from feedback_widgets.training.seam import clean_seams, seam
from feedback_widgets.training.start import on_disk, tokenizer_of

# kind of task -> prefix of TRL's trainer and config, and the transformers class that holds the model
TASKS = {
    "supervised_fine_tuning": ("SFT", "AutoModelForCausalLM"),
    "reward_modeling": ("Reward", "AutoModelForSequenceClassification"),
    "direct_preference_optimization": ("DPO", "AutoModelForCausalLM"),
}


class Framework(HuggingFace):
    """TRL with one of its tasks."""

    name = "trl"
    TASKS = TASKS
    RENAMED: ClassVar[Mapping[str, str | None]] = {
        **RENAMED,
        "max_seq_length": "max_length",
        "max_prompt_length": None,
    }
    GONE_FROM = "TRL and transformers"

    def config_class(self) -> Any:
        return self._class("Config")

    def trainer_class(self) -> Any:
        return self._class("Trainer")

    def build(
        self, model: Any, tokenizer: Any, train: Any, test: Any, folder: Path, settings: dict[str, Any]
    ) -> Any:
        """Return a native TRL trainer whose start model comes from disk, with rows read from a file in `folder`.

        The file gives TRL's tokenization a place to be kept: a second run on the same rows does not repeat it.
        """
        import transformers

        start, words = on_disk(model, tokenizer, folder)
        if self._scores:
            check_head(start)
        config = self.config(
            folder,
            settings,
            per_device_train_batch_size=min(8, len(train)),
            max_length=min(1024, words.model_max_length),
        )
        transformers.set_seed(config.seed)  # a reward model's new head is drawn before TRL sets the seed

        def rows(dataset: Any, side: str) -> Any:
            if dataset is None:
                return None
            # Nothing but the columns of TRL's format: a stray `text` beside them would change what it trains on.
            kept = dataset.select_columns([name for name in dataset.column_names if name != "id"])
            clean = clean_seams(kept, join=self._join)
            return file_backed(clean, kept.features, folder / "data", side)

        native = self.trainer_class()(
            model=start, args=config, processing_class=words, **self.extras(settings),
            train_dataset=rows(train, "train"), eval_dataset=rows(test, "test"),
        )  # fmt: skip
        check_kept(native, train, test)
        return native

    def load(self, model: Any, tokenizer: Any) -> tuple[Any, Any]:
        import transformers

        words = tokenizer_of(model, tokenizer)
        if not isinstance(model, str | Path):
            return model, words
        loader = getattr(transformers, TASKS[self.task.kind.name][1])
        network = loader.from_pretrained(str(model), **({"num_labels": 1} if self._scores else {}))
        network.config.pad_token_id = words.pad_token_id
        return network, words

    def predict(self, model: Any, tokenizer: Any, texts: list[Any], **options: Any) -> list[Any]:
        """Continue each prompt; with a reward model, score each text or `(prompt, response)` tuple."""
        if not self._scores:
            return generate(model, tokenizer, texts, **options)
        joined = [
            "".join(seam(*each, join=self._join)) if isinstance(each, tuple) else each for each in texts
        ]
        # TRL closes every text with the end mark in training, so the score is read from there.
        mark = tokenizer.eos_token
        return score(model, tokenizer, [each if each.endswith(mark) else each + mark for each in joined])

    def warn_about(self, native: Any) -> None:
        super().warn_about(native)
        losses = [each["loss"] for each in native.state.log_history if "loss" in each]
        plain_dpo = (
            list(getattr(native.args, "loss_type", [])) == ["sigmoid"] and native.args.logging_first_step
        )
        if plain_dpo and losses and abs(losses[0] - math.log(2)) > 0.05:
            warnings.warn(
                f"the first DPO loss is {losses[0]:.3f} and not ln 2 = 0.693: the reference differs from the start model.",
                stacklevel=3,
            )

    @property
    def _scores(self) -> bool:
        return bool(TASKS[self.task.kind.name][0] == "Reward")

    @property
    def _join(self) -> str:
        """Fields come without a blank between them; a formatting_func writes its own."""
        return "" if self.task.formatting_func else " "

    def _class(self, ending: str) -> Any:
        return getattr(require("trl", "train"), TASKS[self.task.kind.name][0] + ending)


def check_head(start: Any) -> None:
    """Refuse a finished classifier, whose head does not fit; other models get a new head with one output."""
    from transformers import AutoConfig

    config = start.config if not isinstance(start, str) else AutoConfig.from_pretrained(start)
    finished = any("SequenceClassification" in each for each in config.architectures or [])
    if finished and config.num_labels != 1:
        raise InvalidInput(
            f"the start model is a classifier with {config.num_labels} labels, and a reward model has one output: "
            "take the model it was made from, or load it with num_labels=1."
        )
