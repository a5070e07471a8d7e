"""What an annotator answers. One class is one kind of question."""

from __future__ import annotations

from feedback_widgets.questions.base import Question
from feedback_widgets.questions.choice import Option
from feedback_widgets.questions.labels import LabelQuestion, MultiLabelQuestion
from feedback_widgets.questions.pairwise import PairwiseQuestion, PairwiseValue
from feedback_widgets.questions.ranking import RankingQuestion, RankingValue
from feedback_widgets.questions.rating import RatingQuestion
from feedback_widgets.questions.span import SpanQuestion, SpanValue
from feedback_widgets.questions.text import TextQuestion

__all__ = [
    "LabelQuestion",
    "MultiLabelQuestion",
    "Option",
    "PairwiseQuestion",
    "PairwiseValue",
    "Question",
    "RankingQuestion",
    "RankingValue",
    "RatingQuestion",
    "SpanQuestion",
    "SpanValue",
    "TextQuestion",
]
