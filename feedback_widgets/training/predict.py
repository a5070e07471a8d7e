"""What a model says: continuations of prompts, and scores of texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from feedback_widgets.errors import InvalidInput

BATCH = 16
NO_LIMIT = 1_000_000  # tokenizers that know no maximum length give a number beyond this


def generate(
    model: Any, tokenizer: Any, prompts: list[str], *, finished: bool = False, **options: Any
) -> list[str]:
    """Continue each prompt: by default 64 new tokens at most, always the most likely one.

    Args:
        model: a causal language model.
        tokenizer: its tokenizer.
        prompts: texts.
        finished: the prompts come out of a chat template, with every blank and mark that they need.
        options: for the model's own `generate`.
    """
    odd = [each for each in prompts if not isinstance(each, str) or not each.strip()]
    if odd:
        raise InvalidInput(f"predict needs prompts with some text in them, got {odd[0]!r}.")
    chosen = {"max_new_tokens": 64, "do_sample": False, "pad_token_id": tokenizer.pad_token_id, **options}
    found: list[str] = []
    with _at_rest(model):
        for batch in _batches(prompts):
            # As in training, a prompt ends without a blank and the continuation begins with it.
            bare = batch if finished else [each.rstrip() for each in batch]
            marks = {"add_special_tokens": not finished, "padding": True, "padding_side": "left"}
            inputs = tokenizer(bare, return_tensors="pt", **marks).to(model.device)
            inputs.pop("token_type_ids", None)
            tokens = model.generate(**inputs, **chosen)[:, inputs["input_ids"].shape[1] :]
            found += [each.strip() for each in tokenizer.batch_decode(tokens, skip_special_tokens=True)]
    return found


def score(model: Any, tokenizer: Any, texts: list[str]) -> list[float]:
    """Return the reward model's score of each text; only their order means something."""
    found: list[float] = []
    limited = tokenizer.model_max_length < NO_LIMIT
    with _at_rest(model):
        for batch in _batches(texts):
            inputs = tokenizer(batch, return_tensors="pt", padding=True, truncation=limited).to(model.device)
            found += [float(each) for each in model(**inputs).logits[:, 0]]
    return found


def score_closed(model: Any, tokenizer: Any, texts: list[str]) -> list[float]:
    """Score texts with the end mark behind each, as TRL closes them in training: the score is read from there."""
    mark = tokenizer.eos_token
    return score(model, tokenizer, [each if each.endswith(mark) else each + mark for each in texts])


@contextmanager
def _at_rest(model: Any) -> Iterator[None]:
    """Switch off dropout and gradients, and put the model back as it was."""
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        model.train(was_training)


def _batches(texts: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(texts), BATCH):
        yield texts[start : start + BATCH]
