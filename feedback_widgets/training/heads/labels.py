"""A label, or several, for a whole text."""

from __future__ import annotations

from typing import Any

from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.heads.base import (
    Encoded,
    Head,
    Measure,
    dataset_of,
    inputs_of,
    logits,
    only_texts,
)
from feedback_widgets.training.measures import Judged, label_measures
from feedback_widgets.training.progress import say

SINGLE, MULTI = "single_label_classification", "multi_label_classification"


class LabelHead(Head):
    """Sequence classification: one label per text, or any number where rows carry `binarized_label`."""

    LOADER, ENDING, PEFT = "AutoModelForSequenceClassification", "ForSequenceClassification", "SEQ_CLS"

    def labelling(self, rows: Any) -> dict[str, Any]:
        names, several = _names(rows), _several(rows)
        if len(names) < 2:
            raise InvalidInput(
                f"there is nothing to tell apart: every text has the label {', '.join(names) or 'none'}. Label some differently."
            )
        return {
            "num_labels": len(names),
            "id2label": dict(enumerate(names)),
            "label2id": {name: at for at, name in enumerate(names)},
            "problem_type": MULTI if several else SINGLE,
        }

    def encode(self, rows: Any, words: Any) -> Encoded:
        encoding = words(list(rows["text"]), truncation=True, max_length=self.max_length)
        cut = sum(len(each) == self.max_length for each in encoding["input_ids"])
        if cut:
            say(
                f"{cut} of {len(rows)} texts reach max_length={self.max_length} tokens; only their beginnings are read"
            )
        # The loss for several labels compares with numbers, the loss for one with its place.
        labels = (
            [[float(each) for each in row] for row in rows["binarized_label"]]
            if _several(rows)
            else list(rows["label"])
        )
        encoded = [{**inputs_of(encoding, at), "labels": label} for at, label in enumerate(labels)]
        return Encoded(dataset_of(encoded), list(range(len(rows))))

    def collator(self, words: Any) -> Any:
        from transformers import DataCollatorWithPadding

        return DataCollatorWithPadding(words)

    def measure(self, rows: Any, places: list[Any]) -> Measure:
        del places
        names, several = _names(rows), _several(rows)

        def measures(found: Any) -> dict[str, float]:
            truth = (
                [{names[at] for at, one in enumerate(row) if one} for row in found.label_ids]
                if several
                else [{names[int(each)]} for each in found.label_ids]
            )
            self.judged = Judged(
                truth, [set(_chosen(row, names, several)) for row in found.predictions], names
            )
            return label_measures(self.judged, several=several)

        return measures

    def predict(self, model: Any, words: Any, texts: list[Any], **options: Any) -> list[Any]:
        """Return the label of each text, a list of labels where it may have several; with `scores=True` every label's chance."""
        scores = options.pop("scores", False)
        if options:
            raise InvalidInput(
                f"predict of a classifier takes scores=True and nothing else, got {', '.join(options)}."
            )
        names = [model.config.id2label[at] for at in range(model.config.num_labels)]
        several = model.config.problem_type == MULTI
        encoding = words(only_texts(texts), truncation=True, max_length=self.max_length)
        encoded, found = [inputs_of(encoding, at) for at in range(len(texts))], list[Any]()
        for outputs in logits(model, words, encoded):
            chances = outputs.logits.sigmoid() if several else outputs.logits.softmax(-1)
            if scores:
                found += [dict(zip(names, row, strict=True)) for row in chances.tolist()]
            else:
                chosen = [_chosen(row, names, several) for row in outputs.logits.tolist()]
                found += chosen if several else [each[0] for each in chosen]
        return found


def _chosen(row: Any, names: list[str], several: bool) -> list[str]:
    """Return the labels that outputs stand for: those above a half, or the best one."""
    if several:
        return [
            name for name, value in zip(names, row, strict=True) if value > 0
        ]  # the chance is above a half
    return [names[max(range(len(names)), key=lambda at: float(row[at]))]]


def _several(rows: Any) -> bool:
    return "binarized_label" in rows.column_names


def _names(rows: Any) -> list[str]:
    feature = rows.features["label"]
    feature = feature.feature if _several(rows) else feature
    return list(getattr(feature, "names", []))
