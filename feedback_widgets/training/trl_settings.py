"""TRL's settings: what older code calls them, and defaults that fit the model and the rows."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.predict import NO_LIMIT

if TYPE_CHECKING:
    from feedback_widgets.training.frameworks.trl import Framework
    from feedback_widgets.training.trl_recipes import Recipe

# As `hugging.RENAMED`.
RENAMED: dict[str, str | None] = {
    "max_seq_length": "max_length",
    "max_new_tokens": "max_completion_length",
    "response_length": "max_completion_length",
    "init_kl_coef": "beta",
    "kl_coef": "beta",
    "cliprange": "epsilon",
    "ppo_epochs": "num_ppo_epochs",
    "batch_size": "per_device_train_batch_size",
    "label_pad_token_id": None,
    "max_prompt_length": None,
    "max_target_length": None,
    "mini_batch_size": None,
}
REPLIES = 8  # to judge in one step, where nothing else was said
LENGTH = 1024  # tokens of a row at most, where the model can hold as many
REPLY = 256  # tokens of a reply of its own


def read(
    library: Framework, name: str, value: Any, otherwise: Callable[[str, Any], dict[str, Any]]
) -> dict[str, Any]:
    """Understand the settings of TRL that need more than a new name; hand the others on."""
    if name == "formatting_func":
        raise InvalidInput(
            "formatting_func belongs to the task: TrainingTask.for_…(formatting_func=…), which hands TRL finished rows."
        )
    if not library.recipe.explores:
        return otherwise(name, value)
    if name in ("reward_model", "reward_funcs"):
        return {"reward_model": value}
    if name == "length_sampler_kwargs":
        return _longest(value)
    if name == "config" and dataclasses.is_dataclass(value):
        changed = {
            each.name: getattr(value, each.name)
            for each in dataclasses.fields(value)
            if _differs(value, each)
        }
        found: dict[str, Any] = {}
        for each, given in changed.items():
            found |= read(library, each, given, otherwise)
        return found
    if name == "generation_kwargs":
        return {name: _clean(value or {})}
    if library.algorithm == "ppo" and _only_elsewhere(library, name):
        warnings.warn(f"algorithm='ppo' has no {name}: {name}={value!r} has no effect.", stacklevel=4)
        return {}
    return otherwise(name, value)


def _only_elsewhere(library: Framework, name: str) -> bool:
    """Tell whether a setting is one of `transformers.TrainingArguments`, but none of our own PPO."""
    from transformers import TrainingArguments

    names = {name, library.RENAMED.get(name, name)}
    theirs = {each.name for each in dataclasses.fields(TrainingArguments)}
    return not names & set(library.config_fields()) and bool(names & theirs)


def fitting(
    recipe: Recipe, settings: Mapping[str, Any], start: Any, words: Any, train: Any
) -> dict[str, Any]:
    """Return defaults that fit this model and these rows; where the user's own cannot fit, refuse them.

    Args:
        recipe: how the task is learned.
        settings: what the user changed.
        start: the start model, a path or an object.
        words: its tokenizer.
        train: the training rows.
    """
    room = _room(start, words)
    if not recipe.explores:
        least = 2 if recipe.prefix == "KTO" else 1
        return {
            "per_device_train_batch_size": max(least, min(8, len(train))),
            "max_length": min(LENGTH, room),
        }
    found: dict[str, Any] = {"max_completion_length": min(REPLY, max(1, room // 2))}
    if recipe.prefix == "PPO":
        return {**found, "per_device_train_batch_size": min(32, len(train))}
    return {**found, **_groups(recipe, settings, len(train))}


def _groups(recipe: Recipe, settings: Mapping[str, Any], rows: int) -> dict[str, int]:
    """Return batches that hold whole groups of replies to one prompt, and no more prompts than there are."""
    each = int(settings.get("num_generations", REPLIES))
    if each < 2:
        raise InvalidInput(
            f"num_generations={each} leaves nothing to compare: {recipe.prefix} needs 2 replies or more to each prompt."
        )
    given = settings.get("per_device_train_batch_size")
    size = each * max(1, min(rows, 4)) if given is None else int(given)
    together = size * int(settings.get("gradient_accumulation_steps", 1))
    if together % each:
        raise InvalidInput(
            f"per_device_train_batch_size={size} cuts through a group of num_generations={each} replies: "
            f"take a multiple of {each}."
        )
    if together // each > rows:
        raise InvalidInput(
            f"a batch of {together} replies is {together // each} prompts with {each} replies each, and there are {rows}: "
            f"take per_device_train_batch_size={each * rows} or less."
        )
    return {"num_generations": each, "per_device_train_batch_size": size, "per_device_eval_batch_size": each}


def _room(start: Any, words: Any) -> int:
    """Return how many tokens the model can hold, as far as it says."""
    from transformers import AutoConfig

    config = start.config if not isinstance(start, str) else AutoConfig.from_pretrained(start)
    places = getattr(config, "max_position_embeddings", None) or NO_LIMIT
    return int(min(places, words.model_max_length))


def _longest(given: Mapping[str, Any]) -> dict[str, Any]:
    longest = given.get("max_value")
    if not isinstance(longest, int) or longest < 1:
        raise InvalidInput(f"length_sampler_kwargs={dict(given)!r} needs max_value, a number of tokens.")
    warnings.warn(
        f"lengths are no longer drawn: length_sampler_kwargs sets max_completion_length={longest}.",
        stacklevel=4,
    )
    return {"max_completion_length": longest}


def _clean(given: Mapping[str, Any]) -> dict[str, Any]:
    """Write what old code passed to `generate` as it is taken today: no `min_length` of -1, a whole `top_k`."""
    found = {name: value for name, value in given.items() if (name, value) != ("min_length", -1)}
    if isinstance(top := found.get("top_k"), float) and math.isclose(top, round(top)):
        found["top_k"] = round(top)
    return found


def _differs(config: Any, each: dataclasses.Field[Any]) -> bool:
    if not each.init:
        return False
    default = each.default_factory() if each.default_factory is not dataclasses.MISSING else each.default
    return bool(getattr(config, each.name) != default)
