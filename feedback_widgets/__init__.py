# ruff: noqa: F401 - the names under TYPE_CHECKING are for editors and type checkers; at run time __getattr__ brings them
"""Human feedback for language models, inside the notebook: describe, label, train.

Importing this package loads nothing heavy; each name brings its own room when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from feedback_widgets import tiny
    from feedback_widgets.aggregation import Unification
    from feedback_widgets.assignment import Assignment
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.distribution import Distribution
    from feedback_widgets.errors import FeedbackError, InvalidInput, MissingExtra, ServiceError, StoreError
    from feedback_widgets.fields import (
        ChatField,
        CodeField,
        CustomField,
        Field,
        ImageField,
        TableField,
        TextField,
    )
    from feedback_widgets.io.langchain import langchain_callback
    from feedback_widgets.metadata import (
        FloatMetadataProperty,
        IntegerMetadataProperty,
        TermsMetadataProperty,
    )
    from feedback_widgets.query import (
        FloatMetadataFilter,
        IntegerMetadataFilter,
        Query,
        SortBy,
        TermsMetadataFilter,
    )
    from feedback_widgets.questions import (
        LabelQuestion,
        MultiLabelQuestion,
        PairwiseQuestion,
        PairwiseValue,
        Question,
        RankingQuestion,
        RankingValue,
        RatingQuestion,
        SpanQuestion,
        SpanValue,
        TextQuestion,
    )
    from feedback_widgets.queue.orders import Shuffled
    from feedback_widgets.records import Record, Response, Suggestion, Value
    from feedback_widgets.settings import Settings
    from feedback_widgets.store.overview import list_datasets
    from feedback_widgets.training.ppo import PPOConfig
    from feedback_widgets.training.task import TrainingTask
    from feedback_widgets.training.trainer import FeedbackTrainer
    from feedback_widgets.vectors import VectorSettings
    from feedback_widgets.widgets.desk import Desk

_ROOMS = {
    "dataset": ["FeedbackDataset"],
    "distribution": ["Distribution"],
    "errors": ["FeedbackError", "InvalidInput", "MissingExtra", "ServiceError", "StoreError"],
    "fields": ["ChatField", "CodeField", "CustomField", "Field", "ImageField", "TableField", "TextField"],
    "io.langchain": ["langchain_callback"],
    "metadata": ["FloatMetadataProperty", "IntegerMetadataProperty", "TermsMetadataProperty"],
    "questions": [
        "LabelQuestion",
        "MultiLabelQuestion",
        "PairwiseQuestion",
        "PairwiseValue",
        "Question",
        "RankingQuestion",
        "RankingValue",
        "RatingQuestion",
        "SpanQuestion",
        "SpanValue",
        "TextQuestion",
    ],
    "aggregation": ["Unification"],
    "assignment": ["Assignment"],
    "queue.orders": ["Shuffled"],
    "query": ["FloatMetadataFilter", "IntegerMetadataFilter", "Query", "SortBy", "TermsMetadataFilter"],
    "records": ["Record", "Response", "Suggestion", "Value"],
    "settings": ["Settings"],
    "store.overview": ["list_datasets"],
    "training.ppo": ["PPOConfig"],
    "training.task": ["TrainingTask"],
    "training.trainer": ["FeedbackTrainer"],
    "vectors": ["VectorSettings"],
    "widgets.desk": ["Desk"],
}
# Names that Argilla's users know, for classes that have a shorter one here.
_ALIASES = {
    "ArgillaTrainer": "FeedbackTrainer",
    "FeedbackRecord": "Record",
    "LabelQuestionUnification": "Unification",
    "MultiLabelQuestionUnification": "Unification",
    "RankingQuestionUnification": "Unification",
    "RatingQuestionUnification": "Unification",
    "RankingValueSchema": "RankingValue",
    "ResponseSchema": "Response",
    "SpanValueSchema": "SpanValue",
    "SuggestionSchema": "Suggestion",
    "ValueSchema": "Value",
}
_WHERE = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [*_WHERE, *_ALIASES, "tiny"]  # noqa: PLE0604 - computed so that a name is written once


def __getattr__(name: str) -> Any:
    if name == "tiny":
        return import_module("feedback_widgets.tiny")
    target = _ALIASES.get(name, name)
    if target not in _WHERE:
        raise AttributeError(f"module 'feedback_widgets' has no attribute {name!r}")
    found = getattr(import_module(f"feedback_widgets.{_WHERE[target]}"), target)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
