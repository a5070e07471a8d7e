"""Plain texts to go on training a language model on."""

from __future__ import annotations

from typing import Any

from feedback_widgets.training.heads.base import Encoded, Head, dataset_of
from feedback_widgets.training.predict import generate


class TextHead(Head):
    """Causal language modelling: every token is learned from those before it, each text up to its end mark."""

    LOADER, ENDING, PEFT = "AutoModelForCausalLM", "ForCausalLM", "CAUSAL_LM"

    def labelling(self, rows: Any) -> dict[str, Any]:
        del rows
        return {}

    def encode(self, rows: Any, words: Any) -> Encoded:
        """Cut long texts into blocks, so that no token is lost."""
        found = [_closed(tokens, words.eos_token_id) for tokens in words(list(rows["text"]))["input_ids"]]
        blocks = [
            (row, tokens[at : at + self.max_length])
            for row, tokens in enumerate(found)
            for at in range(0, len(tokens), self.max_length)
        ]
        kept = [(row, block) for row, block in blocks if len(block) > 1]  # one token alone predicts nothing
        encoded = [{"input_ids": block, "labels": block} for _, block in kept]
        return Encoded(dataset_of(encoded), [row for row, _ in kept])

    def collator(self, words: Any) -> Any:
        from transformers import DataCollatorForSeq2Seq

        # Pads labels with what the loss passes over. The collator made for language models would take every end mark
        # for padding where the two are the same token, and the model would never learn to stop.
        return DataCollatorForSeq2Seq(words, label_pad_token_id=-100)

    def predict(self, model: Any, words: Any, texts: list[Any], **options: Any) -> list[Any]:
        """Continue each text."""
        return generate(model, words, texts, **options)


def _closed(tokens: list[int], end: int | None) -> list[int]:
    return tokens if end is None or tokens[-1:] == [end] else [*tokens, end]
