"""Which library takes which task, and what it is given: the last step of `prepare_for_training`."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from feedback_widgets.errors import InvalidInput, near_miss, require
from feedback_widgets.training import conversations, formats, pairings
from feedback_widgets.training.arrow import Row, to_dataset
from feedback_widgets.training.kinds.base import Table
from feedback_widgets.training.measures import spans_of
from feedback_widgets.training.pipelines import SEVERAL

Give = Callable[[list[Row], Table], Any]


def as_dataset(rows: list[Row], table: Table) -> Any:
    """Give a `datasets.Dataset`."""
    return to_dataset(rows, table.columns, table.classes)


def as_dicts(rows: list[Row], _table: Table) -> list[Row]:
    """Give the rows as they are, for a JSONL file."""
    return rows


def as_completions(rows: list[Row], _table: Table) -> list[Row]:
    """Give `{"prompt", "completion"}` for OpenAI: the completion is the number of the class, or several."""
    return [
        {"prompt": f"{row['text']}\n\n###\n\n", "completion": f" {' '.join(map(str, _labels(row)))}"}
        for row in rows
    ]


def as_categories(rows: list[Row], table: Table) -> list[tuple[str, dict[str, int]]]:
    """Give `(text, {label: 0 or 1})` with every label, as spaCy's text classifiers learn from.

    >>> table = Table([], {}, ["neg", "pos"])
    >>> as_categories([{"text": "Fine.", "label": 1}], table)
    [('Fine.', {'neg': 0, 'pos': 1})]
    """
    return [
        (row["text"], {name: int(at in _labels(row)) for at, name in enumerate(table.classes)})
        for row in rows
    ]


def as_docs(rows: list[Row], table: Table) -> Any:
    """Give a `spacy.tokens.DocBin` of documents with `cats`, split into words by the blank English pipeline."""
    spacy, tokens = require("spacy", "spacy"), require("spacy.tokens", "spacy")
    pipeline, docs = spacy.blank("en"), tokens.DocBin(store_user_data=True)
    for text, cats in as_categories(rows, table):
        doc = pipeline.make_doc(text)
        doc.cats = cats
        if "binarized_label" in table.columns:
            doc.user_data[SEVERAL] = True
        docs.add(doc)
    return docs


def as_marked_docs(rows: list[Row], table: Table) -> Any:
    """Give a `spacy.tokens.DocBin` of documents with `ents`; rows from a formatting_func keep their own words.

    A span that does not begin and end where spaCy's words do cannot be learned: its words count as unknown, with a warning.
    """
    spacy, tokens = require("spacy", "spacy"), require("spacy.tokens", "spacy")
    pipeline, docs, spans, cut = spacy.blank("en"), tokens.DocBin(), 0, 0
    for row in rows:
        if "text" in row:
            doc = pipeline.make_doc(row["text"])
            whole = [doc.char_span(*span) for span in row["spans"]]
            unknown = [
                doc.char_span(*span, alignment_mode="expand")
                for span, found in zip(row["spans"], whole, strict=True)
                if found is None
            ]
            doc.set_ents([each for each in whole if each], missing=_apart(unknown, whole))
            spans, cut = spans + len(whole), cut + len(unknown)
        else:
            doc = tokens.Doc(pipeline.vocab, words=row["tokens"])
            doc.set_ents(
                [tokens.Span(doc, *span) for span in spans_of([table.classes[at] for at in row["tags"]])]
            )
        docs.add(doc)
    if cut:
        warnings.warn(
            f"{cut} of {spans} spans do not begin and end where spaCy's words do: their words count as unknown.",
            stacklevel=2,
        )
    return docs


def _apart(unknown: list[Any], whole: list[Any]) -> list[Any]:
    """Return the words of the unknown spans that no whole span has, each once."""
    taken = {word.i for span in whole if span for word in span}
    words = {word.i: word for span in unknown if span for word in span if word.i not in taken}
    return [word.doc[at : at + 1] for at, word in sorted(words.items())]


def as_frame(rows: list[Row], table: Table) -> Any:
    """Give a DataFrame of `text` and `label`, or `labels` where a text may have several, by name."""
    pandas, several = require("pandas", "data"), "binarized_label" in table.columns
    named = [[table.classes[at] for at in _labels(row)] for row in rows]
    texts, labels = [row["text"] for row in rows], named if several else [each[0] for each in named]
    return pandas.DataFrame({"text": texts, "labels" if several else "label": labels})


def _labels(row: Row) -> list[int]:
    return row["label"] if isinstance(row["label"], list) else [row["label"]]


_CLASSIFIER: dict[str, Give] = {"text_classification": as_dataset}
_ENCODER: dict[str, Give] = {
    **_CLASSIFIER,
    "question_answering": as_dataset,
    "token_classification": as_dataset,
}
_CHAT: dict[str, Give] = {
    "chat_completion": as_dicts,
    "supervised_fine_tuning": conversations.as_chats,
    "direct_preference_optimization": conversations.as_preferences,
}
_PIPELINE: dict[str, Give] = {"text_classification": as_docs, "token_classification": as_marked_docs}
_TRL = (
    "supervised_fine_tuning", "pre_training", "chat_completion", "reward_modeling", "direct_preference_optimization",
    "kahneman_tversky_optimization", "proximal_policy_optimization", "group_relative_policy_optimization",
)  # fmt: skip

_WRITING = ("supervised_fine_tuning", "pre_training")
_AUTOTRAIN = (
    "supervised_fine_tuning", "pre_training", "chat_completion", "reward_modeling", "direct_preference_optimization",
    "text_classification", "token_classification", "sentence_similarity",
)  # fmt: skip

# framework -> task -> what it is given; those at the end train elsewhere
GIVES: dict[str, dict[str, Give]] = {
    "trl": dict.fromkeys(_TRL, as_dataset),
    "transformers": {**_ENCODER, "pre_training": as_dataset},
    "peft": {**_ENCODER, "pre_training": as_dataset},
    "setfit": _CLASSIFIER,
    "spacy": _PIPELINE,
    "spacy-transformers": _PIPELINE,
    "span_marker": {"token_classification": as_dataset},
    "spark-nlp": {"text_classification": as_frame},
    "openai": {**_CHAT, "text_classification": as_completions},  # as of the service's first years
    "openai-chat": {**_CHAT, "text_classification": conversations.as_labelled_chats},
    "sentence-transformers": {"sentence_similarity": as_dataset},
    "autotrain": {**dict.fromkeys(_AUTOTRAIN, formats.by_name), "supervised_fine_tuning": formats.as_texts},
    "trlx": {
        **dict.fromkeys(_WRITING, formats.as_samples),
        **dict.fromkeys(
            ("reward_modeling", "direct_preference_optimization", "kahneman_tversky_optimization"),
            formats.as_rewarded,
        ),
        "proximal_policy_optimization": formats.as_prompts,
    },
    "mosaicml": dict.fromkeys(_WRITING, formats.as_responses),
    "lightning": {"supervised_fine_tuning": formats.as_instructions, "pre_training": as_dataset},
    "keras-nlp": {**dict.fromkeys(_WRITING, formats.as_lists), "text_classification": formats.as_xy},
    "jsonl": dict.fromkeys((*_TRL, *_ENCODER, "sentence_similarity"), formats.by_name),
}


def giver(framework: str, task: str) -> Give:
    """Return what makes the framework's data.

    Raises:
        InvalidInput: no such framework, or it has no such task; what there is is named.

    >>> giver("openai", "chat_completion").__name__
    'as_dicts'
    """
    if framework not in GIVES:
        raise InvalidInput(
            f"there is no framework {framework!r}; there is {', '.join(GIVES)}.{near_miss(framework, GIVES)}{pairings.table(GIVES)}"
        )
    if task not in GIVES[framework]:
        others = ", ".join(name for name, tasks in GIVES.items() if task in tasks)
        raise InvalidInput(
            f"framework {framework!r} has no task {task}; it has {', '.join(GIVES[framework])}. Take {others}."
            f"{pairings.table(GIVES)}"
        )
    return GIVES[framework][task]


def both(train: Any, test: Any) -> Any:
    """Return the two sides of a split together: a `DatasetDict` of datasets, a tuple of anything else."""
    if hasattr(train, "features"):
        datasets = require("datasets", "data")
        return datasets.DatasetDict(train=train, test=test)
    return train, test
