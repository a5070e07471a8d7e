"""TRL: fine-tuning, reward models, preference optimization, and learning from what a reward model says."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training import trl_rows, trl_settings
from feedback_widgets.training.adapters import fitting, is_adapter, merged
from feedback_widgets.training.conversations import as_prompts, give_template
from feedback_widgets.training.hugging import RENAMED, HuggingFace, check_kept, pipeline
from feedback_widgets.training.ppo import PPOConfig, PPOTrainer
from feedback_widgets.training.predict import generate, score_closed
from feedback_widgets.training.rewards import reward_functions
from feedback_widgets.training.seam import seam
from feedback_widgets.training.start import on_disk, tokenizer_of
from feedback_widgets.training.trl_recipes import PPO, RECIPES, SCORES, Recipe


class Framework(HuggingFace):
    """TRL with one of its tasks."""

    name = "trl"
    TASKS = RECIPES
    ALGORITHMS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        kind: tuple(ways) for kind, ways in RECIPES.items()
    }
    RENAMED: ClassVar[Mapping[str, str | None]] = {**RENAMED, **trl_settings.RENAMED}
    GONE_FROM = "TRL and transformers"
    OURS: ClassVar[tuple[str, ...]] = (*HuggingFace.OURS, "reward_funcs", "formatting_func")

    @property
    def recipe(self) -> Recipe:
        """The way in which this task is learned."""
        return RECIPES[self.task.kind.name][str(self.algorithm)]

    def config_class(self) -> Any:
        return PPOConfig if self.recipe is PPO else self.recipe.native("Config")

    def trainer_class(self) -> Any:
        return PPOTrainer if self.recipe is PPO else self.recipe.native("Trainer")

    def read_setting(self, name: str, value: Any) -> dict[str, Any]:
        return trl_settings.read(self, name, value, super().read_setting)

    def build(
        self, model: Any, tokenizer: Any, train: Any, test: Any, folder: Path, settings: dict[str, Any]
    ) -> Any:
        """Return a native TRL trainer whose start model comes from disk, with rows read from a file in `folder`.

        The file gives TRL's tokenization a place to be kept: a second run on the same rows does not repeat it.
        """
        import transformers

        judges = reward_functions(settings.get("reward_model")) if self.recipe.explores else None
        settings = {name: value for name, value in settings.items() if name != "reward_model"}
        if is_adapter(model):
            model, tokenizer = merged(model, folder), tokenizer or model
        start, words = on_disk(model, tokenizer, folder)
        if self.task.kind.name == "chat_completion":
            give_template(words)
        if self._scores:
            check_head(start)
        config = self.config(
            folder, settings, **trl_settings.fitting(self.recipe, settings, start, words, train)
        )
        transformers.set_seed(config.seed)  # a reward model's new head is drawn before TRL sets the seed
        extras = self.extras(settings)
        if extras.get("peft_config") is not None:
            extras["peft_config"] = fitting(extras["peft_config"], scores=self._scores)
        rows = [trl_rows.written(each, self.task.kind.name, folder, side, join=self._join)
                for each, side in ((train, "train"), (test, "test"))]  # fmt: skip
        native = self.trainer_class()(
            model=start, args=config, processing_class=words, train_dataset=rows[0], eval_dataset=rows[1],
            **({"reward_funcs": judges} if judges else {}), **extras,
        )  # fmt: skip
        check_kept(native, *rows)
        return native

    def load(self, model: Any, tokenizer: Any) -> tuple[Any, Any]:
        import transformers

        words = tokenizer_of(model, tokenizer)
        if self.task.kind.name == "chat_completion":
            give_template(words)
        if not isinstance(model, str | Path):
            return model, words
        loader = getattr(transformers, self.recipe.head)
        network = loader.from_pretrained(str(model), **({"num_labels": 1} if self._scores else {}))
        network.config.pad_token_id = words.pad_token_id
        return network, words

    def train(self, native: Any) -> dict[str, float]:
        return dict(native.train().metrics) if self.recipe is PPO else super().train(native)

    def checkpoint(self, folder: Path, given: str | Path | None) -> str:
        if self.recipe is PPO:
            raise InvalidInput(
                "algorithm='ppo' writes no checkpoints: leave resume= out, or take 'rloo' or 'grpo'."
            )
        return super().checkpoint(folder, given)

    def evaluate(self, native: Any) -> dict[str, float]:
        return dict(native.evaluate()) if self.recipe is PPO else super().evaluate(native)

    def usage(self, where: str) -> str:
        if self._scores:
            return pipeline("text-classification", where, ', function_to_apply="none"')
        return pipeline("text-generation", where)

    def predict(self, model: Any, tokenizer: Any, texts: list[Any], **options: Any) -> list[Any]:
        """Continue each prompt or conversation; with a reward model, score each text or `(prompt, response)` tuple."""
        if self.task.kind.name == "chat_completion":
            return generate(model, tokenizer, as_prompts(tokenizer, texts), finished=True, **options)
        if not self._scores:
            return generate(model, tokenizer, texts, **options)
        joined = [
            "".join(seam(*each, join=self._join)) if isinstance(each, tuple) else each for each in texts
        ]
        return score_closed(model, tokenizer, joined)

    def warn_about(self, native: Any) -> None:
        super().warn_about(native)
        history = native.state.log_history
        losses = [each["loss"] for each in history if "loss" in each]
        plain_dpo = (
            list(getattr(native.args, "loss_type", None) or []) == ["sigmoid"]
            and native.args.logging_first_step
        )
        if plain_dpo and losses and abs(losses[0] - math.log(2)) > 0.05:
            warnings.warn(
                f"the first DPO loss is {losses[0]:.3f} and not ln 2 = 0.693: the reference differs from the start model.",
                stacklevel=3,
            )
        clipped = [
            each["completions/clipped_ratio"] for each in history if "completions/clipped_ratio" in each
        ]
        if clipped and min(clipped) == 1:
            warnings.warn(
                f"no reply came to its end within max_completion_length={native.args.max_completion_length} tokens, so the reward "
                "model judged fragments: raise it, or start from a model that was tuned on whole replies.",
                stacklevel=3,
            )

    @property
    def _scores(self) -> bool:
        return self.recipe.head == SCORES

    @property
    def _join(self) -> str:
        """Fields come without a blank between them; a formatting_func writes its own."""
        return "" if self.task.formatting_func else " "


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
