"""Which of TRL's trainers learns which task in which way."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from feedback_widgets.errors import require

WRITES, SCORES = "AutoModelForCausalLM", "AutoModelForSequenceClassification"


@dataclass(frozen=True)
class Recipe:
    """One way to learn a task.

    Args:
        prefix: of the names of TRL's trainer and its config.
        experimental: its folder in `trl.experimental`, where it stands there.
        head: the transformers class that holds the model.
        explores: it learns from replies of its own, which a reward model judges.
    """

    prefix: str
    experimental: str | None = None
    head: str = WRITES
    explores: bool = False

    def native(self, ending: str) -> Any:
        """Return TRL's class, `"Trainer"` or `"Config"`."""
        if self.experimental is None:
            return getattr(require("trl", "train"), self.prefix + ending)
        os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")  # that it may change is said in our own docs
        return getattr(require(f"trl.experimental.{self.experimental}", "train"), self.prefix + ending)


SFT = {"sft": Recipe("SFT")}
RLOO, GRPO, PPO = Recipe("RLOO", explores=True), Recipe("GRPO", explores=True), Recipe("PPO", explores=True)

# kind of task -> name of the way -> recipe; the first is the default
RECIPES: dict[str, dict[str, Recipe]] = {
    "supervised_fine_tuning": SFT,
    "pre_training": SFT,
    "chat_completion": SFT,
    "reward_modeling": {"reward": Recipe("Reward", head=SCORES)},
    "direct_preference_optimization": {
        "dpo": Recipe("DPO"),
        "orpo": Recipe("ORPO", experimental="orpo"),
        "cpo": Recipe("CPO", experimental="cpo"),
    },
    "kahneman_tversky_optimization": {"kto": Recipe("KTO")},
    # TRL has no PPO any more: what takes the same prompts and reward model stands in for it, unless asked otherwise.
    "proximal_policy_optimization": {"rloo": RLOO, "grpo": GRPO, "ppo": PPO},
    "group_relative_policy_optimization": {"grpo": GRPO, "rloo": RLOO, "ppo": PPO},
}
