"""What every head offers to the framework that trains it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, NamedTuple

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training.measures import Judged

BATCH = 16
STRIDE = 32  # tokens that two windows over a long text share
Measure = Callable[[Any], dict[str, float]]


class Encoded(NamedTuple):
    """Rows as tokens, in windows where they are long."""

    dataset: Any
    """A `datasets.Dataset` of what the model takes, with its labels; one row per window."""
    places: list[Any]
    """Window -> where in which row it stands, as the head wants to know it."""


class Head(ABC):
    """One kind of task on a `transformers` model: its model class, its rows as tokens, its measures, its predictions.

    Args:
        max_length: tokens that the model reads at once.
    """

    LOADER: ClassVar[str]
    """The class of `transformers` that makes or loads the model."""
    ENDING: ClassVar[str]
    """How the classes of finished models of this kind end, such as `BertForSequenceClassification`."""
    PEFT: ClassVar[str]
    """What PEFT calls the kind."""

    def __init__(self, max_length: int) -> None:
        self.max_length = max_length
        self.judged: Judged | None = None  # what the latest evaluation compared

    @abstractmethod
    def labelling(self, rows: Any) -> dict[str, Any]:
        """Return what the model's config must hold for these rows: `num_labels`, `id2label` …; `{}` where there are no labels."""

    @abstractmethod
    def encode(self, rows: Any, words: Any) -> Encoded:
        """Turn rows into tokens with the tokenizer `words`."""

    @abstractmethod
    def collator(self, words: Any) -> Any:
        """Return what makes a batch of encoded rows."""

    @abstractmethod
    def predict(self, model: Any, words: Any, texts: list[Any], **options: Any) -> list[Any]:
        """Return one result per text."""

    def measure(self, rows: Any, places: list[Any]) -> Measure | None:  # noqa: ARG002 - for those that have any
        """Return what turns the model's outputs on encoded rows into measures, for `Trainer(compute_metrics=)`."""
        return None

    def reduce(self, outputs: Any, labels: Any) -> Any:  # noqa: ARG002 - as Trainer calls it
        """Keep of the outputs what `measure` needs, so that large ones are not held for a whole evaluation."""
        return outputs


def logits(model: Any, words: Any, encoded: list[dict[str, Any]]) -> Iterator[Any]:
    """Yield the model's outputs for one batch after another, without dropout and gradients."""
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            for start in range(0, len(encoded), BATCH):
                batch = words.pad(encoded[start : start + BATCH], return_tensors="pt").to(model.device)
                yield model(**batch)
    finally:
        model.train(was_training)


class Window(NamedTuple):
    """What the model reads at once of a text, or of a question and its context."""

    row: int
    inputs: dict[str, Any]
    offsets: list[tuple[int, int] | None]
    """Token -> its characters in the (second) text, without blanks around them; None for marks and for the question."""


def windows(words: Any, texts: list[Any], max_length: int) -> list[Window]:
    """Cut texts, or `(question, context)` pairs, into windows that share `STRIDE` tokens at most.

    Raises:
        InvalidInput: the tokenizer cannot tell where its tokens stand, or questions leave no room for a context.
    """
    if not words.is_fast:
        raise InvalidInput(
            f"{type(words).__name__} cannot tell where in a text its tokens stand: take a model with a fast tokenizer."
        )
    paired = bool(texts) and isinstance(texts[0], tuple)
    given = [list(each) for each in zip(*texts, strict=True)] if paired else [texts]
    room = max_length - (max(map(len, words(given[0])["input_ids"])) if paired else 0) - 4
    if room < 1:
        raise InvalidInput(
            f"max_length={max_length} tokens leave no room beside the longest question: raise max_length."
        )
    encoding = words(
        *given, truncation="only_second" if paired else True, max_length=max_length, stride=min(STRIDE, room // 2),
        return_overflowing_tokens=True, return_offsets_mapping=True,
    )  # fmt: skip
    found = list[Window]()
    for at, row in enumerate(encoding["overflow_to_sample_mapping"]):
        text = texts[row][1] if paired else texts[row]
        sides, offsets = encoding.sequence_ids(at), encoding["offset_mapping"][at]
        places = [
            _bare(text, *place) if side == int(paired) else None
            for side, place in zip(sides, offsets, strict=True)
        ]
        found.append(Window(row, inputs_of(encoding, at), places))
    return found


def _bare(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Leave out the blanks that some tokenizers count to the word behind them."""
    while start < end and text[start].isspace():
        start += 1
    return (start, end) if start < end else None


def only_texts(texts: list[Any]) -> list[str]:
    """Return the texts, and refuse what is none."""
    odd = [each for each in texts if not isinstance(each, str) or not each.strip()]
    if odd:
        raise InvalidInput(f"predict needs texts with something in them, got {odd[0]!r}.")
    return texts


def dataset_of(rows: list[dict[str, Any]]) -> Any:
    """Return encoded rows as a `datasets.Dataset`."""
    return require("datasets", "train").Dataset.from_list(rows)


def inputs_of(encoding: Any, at: int) -> dict[str, Any]:
    """Return what the model takes of one text in a batch of encodings."""
    kept = ("input_ids", "token_type_ids", "attention_mask")
    return {name: encoding[name][at] for name in kept if name in encoding}
