"""PEFT: the tasks of Transformers, where only a small adapter learns and is saved."""

from __future__ import annotations

import inspect
from typing import Any

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training.frameworks import transformers

# What we give LoRA unless told otherwise.
LORA: dict[str, Any] = {"r": 8, "lora_alpha": 16, "lora_dropout": 0.1}


class Framework(transformers.Framework):
    """A `transformers.Trainer` on a model with a LoRA adapter, or with the adapter of `peft_config=`."""

    name = "peft"

    def own(self) -> tuple[str, ...]:
        return (*super().own(), *self._lora())

    def read_setting(self, name: str, value: Any) -> dict[str, Any]:
        return {name: value} if name in self._lora() else super().read_setting(name, value)

    def default_of(self, name: str) -> Any:
        if name in self._lora():
            return self._lora()[name]
        return transformers.ADAPTER_RATE if name == "learning_rate" else super().default_of(name)

    def adapter(self, own: dict[str, Any]) -> Any:
        given = {name: value for name, value in own.items() if name in self._lora()}
        config = own.get("peft_config")
        if config is None:
            return require("peft", "train").LoraConfig(**{**LORA, **given})
        if given:
            raise InvalidInput(
                f"peft_config is given, so {', '.join(given)} cannot be set beside it: put it into the peft_config."
            )
        return config

    def _lora(self) -> dict[str, Any]:
        """Return LoRA's settings with their defaults; `revision` and the like load the model."""
        names = inspect.signature(require("peft", "train").LoraConfig).parameters
        kept = {
            name: each
            for name, each in names.items()
            if name not in (*transformers.LOADING, "task_type", "peft_type")
        }
        plain = {name: each.default for name, each in kept.items() if not callable(each.default)}
        return {**dict.fromkeys(kept), **plain, **LORA}
