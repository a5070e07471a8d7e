"""What a reward model says of replies, whatever it was given as: a folder, a model, a pipeline, a trainer, a function."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.adapters import is_adapter
from feedback_widgets.training.predict import score_closed
from feedback_widgets.training.start import tokenizer_of

Texts = Sequence[str]
Scorer = Callable[[Texts, Texts], Sequence[Any]]  # (prompts, replies) -> a number per reply

REMEDY = (
    "reward_model= takes the folder or hub id of a reward model, the model itself, its text-classification pipeline, the "
    "FeedbackTrainer that trained it, or a function of (prompts, completions) or of one text"
)


def reward_functions(given: Any) -> list[Callable[..., list[float | None]]]:
    """Return functions `(prompts=[…], completions=[…]) -> [score]`, one for each reward model given.

    Every form of the same model gives the same scores: its only logit, read at the end mark that closed each text in
    training. A pipeline would put it through a sigmoid, which makes good and very good replies alike; this is undone.

    Args:
        given: see `REMEDY`; a list of such is added up by the library.

    Raises:
        InvalidInput: nothing was given, or something that gives no scores.
    """
    several = given if isinstance(given, list | tuple) else [given]
    if given is None or not several:
        raise InvalidInput(f"this task learns from what a reward model says, and none was given: {REMEDY}.")
    return [_checked(_scorer(each), _named(each)) for each in several]


def _scorer(given: Any) -> Scorer:
    if isinstance(given, str | Path):
        return _model_scorer(*_loaded(str(given)))
    if hasattr(given, "config") and hasattr(given, "forward"):
        return _model_scorer(given, tokenizer_of(given, None))
    if isinstance(getattr(given, "task", None), str) and hasattr(given, "model"):  # a pipeline
        return _model_scorer(given.model, tokenizer_of(given.model, given.tokenizer))
    if hasattr(given, "predict") and hasattr(given, "task"):
        return _trainer_scorer(given)
    if callable(given):
        return _function_scorer(given)
    raise InvalidInput(f"reward_model={given!r} gives no scores: {REMEDY}.")


def _loaded(where: str) -> tuple[Any, Any]:
    from transformers import AutoModelForSequenceClassification

    words = tokenizer_of(where, None)
    # An adapter's base knows nothing of the one output that the adapter's head has.
    head = {"num_labels": 1} if is_adapter(where) else {}
    model = AutoModelForSequenceClassification.from_pretrained(where, **head)
    model.config.pad_token_id = words.pad_token_id
    return model, words


def _model_scorer(model: Any, words: Any) -> Scorer:
    labels = getattr(model.config, "num_labels", None)
    finished = any("SequenceClassification" in each for each in _kinds(model))
    if labels != 1 or not finished:
        what = f"a classifier with {labels} labels" if finished else f"a {type(model).__name__}"
        raise InvalidInput(f"the reward model must have one output, and this is {what}: {REMEDY}.")

    def scores(prompts: Texts, replies: Texts) -> list[float]:
        return score_closed(model, words, [a + b for a, b in zip(prompts, replies, strict=True)])

    return scores


def _kinds(model: Any) -> list[str]:
    """Return the names of a model's classes, and of what an adapter is wrapped around."""
    inner = getattr(model, "get_base_model", None)
    return [each.__name__ for each in [*type(model).__mro__, *([type(inner())] if inner else [])]]


def _trainer_scorer(trainer: Any) -> Scorer:
    if trainer.task.kind.name != "reward_modeling":
        raise InvalidInput(
            f"this FeedbackTrainer learns {trainer.task.kind.name} and gives no scores: {REMEDY}."
        )
    return lambda prompts, replies: trainer.predict(list(zip(prompts, replies, strict=True)))


def _function_scorer(function: Callable[..., Any]) -> Scorer:
    needed = [
        each
        for each in inspect.signature(function).parameters.values()
        if each.default is each.empty and each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]
    if len(needed) == 1:
        return lambda prompts, replies: [function(a + b) for a, b in zip(prompts, replies, strict=True)]
    return lambda prompts, replies: list(function(list(prompts), list(replies)))


def _checked(scorer: Scorer, name: str) -> Callable[..., list[float | None]]:
    def reward(prompts: Texts, completions: Texts, **_more: Any) -> list[float | None]:
        found = list(scorer(prompts, completions))
        if len(found) != len(prompts):
            raise InvalidInput(
                f"reward_model {name} gave {len(found)} scores for {len(prompts)} replies: give one number per reply."
            )
        return [_number(each, name) for each in found]

    reward.__name__ = name
    return reward


def _number(given: Any, name: str) -> float | None:
    """Read a score; None says that this model has nothing to say about this reply."""
    if given is None:
        return None
    try:
        number = float(given)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise InvalidInput(f"reward_model {name} gave {given!r} as a score: give a finite number, or None.")
    return number


def _named(given: Any) -> str:
    if isinstance(given, str | Path):
        return Path(given).name
    return str(getattr(given, "__name__", type(given).__name__))
