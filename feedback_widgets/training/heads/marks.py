"""Labels for parts of a text."""

from __future__ import annotations

from typing import Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.heads.base import (
    Encoded,
    Head,
    Measure,
    Window,
    dataset_of,
    logits,
    only_texts,
    windows,
)
from feedback_widgets.training.kinds.marking import OUTSIDE, WORDS
from feedback_widgets.training.measures import Judged, Span, label_of, macro_f1, span_measures, spans_of

UNSEEN = -100  # what the loss passes over


class MarkHead(Head):
    """Token classification: the first token of each word carries the word's tag, the others are passed over.

    Words are joined by single blanks for training and for predictions alike, so that the model reads the same both times.
    """

    LOADER, ENDING, PEFT = "AutoModelForTokenClassification", "ForTokenClassification", "TOKEN_CLS"

    def labelling(self, rows: Any) -> dict[str, Any]:
        names = _names(rows)
        if len(names) < 2:
            raise InvalidInput(
                "there is nothing to learn: no span is marked in any text. Mark some spans first."
            )
        return {
            "num_labels": len(names),
            "id2label": dict(enumerate(names)),
            "label2id": {name: at for at, name in enumerate(names)},
        }

    def encode(self, rows: Any, words: Any) -> Encoded:
        texts, tags = list(rows["tokens"]), list(rows["tags"])
        cut, places = self._windows(texts, words)
        encoded = [
            {**window.inputs, "labels": [UNSEEN if at is None else tags[window.row][at] for at in place]}
            for window, place in zip(cut, places, strict=True)
        ]
        return Encoded(
            dataset_of(encoded), [(window.row, place) for window, place in zip(cut, places, strict=True)]
        )

    def collator(self, words: Any) -> Any:
        from transformers import DataCollatorForTokenClassification

        return DataCollatorForTokenClassification(words)

    def reduce(self, outputs: Any, labels: Any) -> Any:
        del labels
        return outputs.argmax(-1)

    def measure(self, rows: Any, places: list[Any]) -> Measure:
        names, texts = _names(rows), list(rows["tokens"])

        def measures(found: Any) -> dict[str, float]:
            said = [[OUTSIDE] * len(each) for each in texts]
            for (row, place), best in zip(places, found.predictions, strict=True):
                for at, choice in zip(place, best, strict=False):
                    if at is not None:
                        said[row][at] = names[int(choice)]
            true = [[names[tag] for tag in each] for each in rows["tags"]]
            truth = [set(_in_characters(tags, tokens)) for tags, tokens in zip(true, texts, strict=True)]
            predicted = [set(_in_characters(tags, tokens)) for tags, tokens in zip(said, texts, strict=True)]
            self.judged = Judged(
                truth, predicted, list(dict.fromkeys(label_of(name) for name in names if name != OUTSIDE))
            )
            return {**span_measures(self.judged), "macro_f1": macro_f1(self.judged)}

        return measures

    def predict(self, model: Any, words: Any, texts: list[Any], **options: Any) -> list[Any]:
        """Return the spans of each text: dicts of `start`, `end`, `label`, with `scores=True` also `score`, the lowest of its words."""
        scores = options.pop("scores", False)
        if options:
            raise InvalidInput(
                f"predict of spans takes scores=True and nothing else, got {', '.join(options)}."
            )
        matches = [list(WORDS.finditer(text)) for text in only_texts(texts)]
        tokens = [[match.group() for match in each] for each in matches]
        tags, chances = self._tags(model, words, tokens)
        found = []
        for row, places in enumerate(matches):
            spans = []
            for first, after, label in spans_of(tags[row]):
                span = {"start": places[first].start(), "end": places[after - 1].end(), "label": label}
                spans.append({**span, "score": min(chances[row][first:after])} if scores else span)
            found.append(spans)
        return found

    def _tags(
        self, model: Any, words: Any, texts: list[list[str]]
    ) -> tuple[list[list[str]], list[list[float]]]:
        """Return the tag of each word, and its chance."""
        tags, chances = [[OUTSIDE] * len(each) for each in texts], [[1.0] * len(each) for each in texts]
        cut, places = self._windows(texts, words)
        outputs = (
            row for batch in logits(model, words, [each.inputs for each in cut]) for row in batch.logits
        )
        for window, place, row in zip(cut, places, outputs, strict=True):
            best = row.softmax(-1).max(-1)
            for at, choice, chance in zip(place, best.indices.tolist(), best.values.tolist(), strict=False):
                if at is not None:
                    tags[window.row][at] = model.config.id2label[choice]
                    chances[window.row][at] = chance
        return tags, chances

    def _windows(self, texts: list[list[str]], words: Any) -> tuple[list[Window], list[list[int | None]]]:
        """Cut texts into windows, and say for each token which word it stands for: the first token of a word, once."""
        cut = windows(words, [" ".join(each) for each in texts], self.max_length)
        owners = [
            [at for at, word in enumerate(each) for _ in range(len(word) + 1)] for each in texts
        ]  # character -> word; the blank behind a word counts to it, and no token begins there
        seen: list[set[int]] = [set() for _ in texts]
        places = list[list[int | None]]()
        for window in cut:
            place = list[int | None]()
            for offset in window.offsets:
                word = None if offset is None else owners[window.row][offset[0]]
                place.append(None if word is None or word in seen[window.row] else word)
                seen[window.row] |= set() if word is None else {word}
            places.append(place)
        return cut, places


def _in_characters(tags: list[str], tokens: list[str]) -> list[Span]:
    """Return spans in the characters of the joined words."""
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token) + 1)
    return [(starts[first], starts[after] - 1, label) for first, after, label in spans_of(tags)]


def _names(rows: Any) -> list[str]:
    return list(getattr(rows.features["tags"].feature, "names", []) or [OUTSIDE])
