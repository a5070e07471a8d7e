"""Ready-made forms for frequent tasks: `FeedbackDataset.for_…`. Names, types and settings are those that Argilla's users know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, TypeVar

from feedback_widgets.fields import TextField
from feedback_widgets.questions import (
    LabelQuestion,
    MultiLabelQuestion,
    Question,
    RankingQuestion,
    RatingQuestion,
    TextQuestion,
)

T = TypeVar("T")


class Templates:
    """The recipes of `FeedbackDataset`.

    Every recipe also takes `use_markdown` (of its texts), and the dataset's own `guidelines`, `metadata_properties`,
    `vectors_settings`, `allow_extra_metadata` and `distribution`.

    >>> import feedback_widgets as fw
    >>> ds = fw.FeedbackDataset.for_text_classification(labels=["polite", "rude"])
    >>> ds.questions[0].name, ds.questions[0].type
    ('label', 'label_selection')
    """

    @classmethod
    def for_text_classification(
        cls, labels: Any, multi_label: bool = False, use_markdown: bool = False, **form: Any
    ) -> Self:
        """Give a text its label, or with `multi_label` its labels. Fields: text. Question: label."""
        told = "Choose every label that fits the text." if multi_label else "Choose the label of the text."
        return _made(
            cls, _texts("text", markdown=use_markdown), [_label(labels, told, multi_label)], told, form
        )

    @classmethod
    def for_question_answering(cls, use_markdown: bool = False, **form: Any) -> Self:
        """Answer a question out of a text. Fields: question, context. Question: answer."""
        told = "Answer the question with words that stand in the context just so."
        answer = TextQuestion(name="answer", description=told, use_markdown=use_markdown)
        return _made(cls, _texts("question", "context", markdown=use_markdown), [answer], told, form)

    @classmethod
    def for_summarization(cls, use_markdown: bool = False, **form: Any) -> Self:
        """Say in short what a text says. Fields: text. Question: summary."""
        told = "Write down in a few sentences what the text says."
        summary = TextQuestion(name="summary", description=told, use_markdown=use_markdown)
        return _made(cls, _texts("text", markdown=use_markdown), [summary], told, form)

    @classmethod
    def for_translation(cls, use_markdown: bool = False, **form: Any) -> Self:
        """Translate a text. Fields: source. Question: target."""
        told = "Write the translation of the source."
        target = TextQuestion(name="target", description=told, use_markdown=use_markdown)
        return _made(cls, _texts("source", markdown=use_markdown), [target], told, form)

    @classmethod
    def for_sentence_similarity(cls, rating_scale: int = 7, use_markdown: bool = False, **form: Any) -> Self:
        """Rate how alike two sentences are, from 1 to `rating_scale`. Fields: sentence-1, sentence-2. Question: similarity."""
        told = f"How alike are the sentences in meaning? 1 is not at all, {rating_scale} is the same."
        rating = RatingQuestion(name="similarity", description=told, values=_scale(rating_scale))
        return _made(cls, _texts("sentence-1", "sentence-2", markdown=use_markdown), [rating], told, form)

    @classmethod
    def for_natural_language_inference(
        cls, labels: Any = None, use_markdown: bool = False, **form: Any
    ) -> Self:
        """Say what follows from a premise. Fields: premise, hypothesis. Question: label."""
        told = "Say how the hypothesis stands to the premise."
        given = labels if labels is not None else ["entailment", "neutral", "contradiction"]
        fields = _texts("premise", "hypothesis", markdown=use_markdown)
        return _made(cls, fields, [_label(given, told)], told, form)

    @classmethod
    def for_supervised_fine_tuning(
        cls, context: bool = False, use_markdown: bool = False, **form: Any
    ) -> Self:
        """Write the response to a prompt. Fields: prompt, with `context` also context. Question: response."""
        told = "Write a response to the prompt" + (", with the context in mind." if context else ".")
        response = TextQuestion(name="response", description=told, use_markdown=use_markdown)
        return _made(cls, _prompt(context, use_markdown), [response], told, form)

    @classmethod
    def for_preference_modeling(
        cls, number_of_responses: int = 2, context: bool = False, use_markdown: bool = False, **form: Any
    ) -> Self:
        """Rank responses. Fields: prompt, perhaps context, response1, response2 … (all but the first optional). Question: preference."""
        names = {f"response{at}": f"Response {at}" for at in range(1, number_of_responses + 1)}
        told = f"Rank the responses: 1 is the best, {number_of_responses} the worst, and equal ranks are allowed."
        fields = [
            TextField(name=name, title=title, required=name == "response1", use_markdown=use_markdown)
            for name, title in names.items()
        ]
        ranking = RankingQuestion(
            name="preference", title="Rank the responses", description=told, values=names
        )
        return _made(cls, [*_prompt(context, use_markdown), *fields], [ranking], told, form)

    @classmethod
    def for_direct_preference_optimization(
        cls, number_of_responses: int = 2, context: bool = False, use_markdown: bool = False, **form: Any
    ) -> Self:
        """Rank responses to learn from the ranks directly. The same form as `for_preference_modeling`."""
        return cls.for_preference_modeling(number_of_responses, context, use_markdown, **form)

    @classmethod
    def for_proximal_policy_optimization(
        cls, rating_scale: int = 7, context: bool = False, use_markdown: bool = False, **form: Any
    ) -> Self:
        """Rate prompts from 1 to `rating_scale`. Fields: prompt, perhaps context. Question: rating.

        Argilla calls the question `prompt` like the field; here the columns of the two would collide.
        """
        told = f"How good is the prompt to learn from? 1 is useless, {rating_scale} is excellent."
        rating = RatingQuestion(name="rating", description=told, values=_scale(rating_scale))
        return _made(cls, _prompt(context, use_markdown), [rating], told, form)

    @classmethod
    def for_retrieval_augmented_generation(
        cls, number_of_retrievals: int = 1, rating_scale: int = 7, use_markdown: bool = False, **form: Any
    ) -> Self:
        """Rate retrieved documents and write a response. Fields: query, retrieved_document_1 … (all but the first optional).

        Questions: rating_retrieved_document_1 … from 1 to `rating_scale` (all but the first optional), response (optional).
        """
        told = "Rate how much each document helps with the query, then write a response to it."
        numbers = range(1, number_of_retrievals + 1)
        fields = [
            TextField(
                name=f"retrieved_document_{at}",
                title=f"Retrieved document {at}",
                required=at == 1,
                use_markdown=use_markdown,
            )
            for at in numbers
        ]
        ratings = [
            RatingQuestion(
                name=f"rating_retrieved_document_{at}",
                title=f"How much does document {at} help?",
                values=_scale(rating_scale),
                required=at == 1,
            )
            for at in numbers
        ]
        response = TextQuestion(name="response", required=False)
        return _made(
            cls, [*_texts("query", markdown=use_markdown), *fields], [*ratings, response], told, form
        )

    @classmethod
    def for_multi_modal_classification(cls, labels: Any, multi_label: bool = False, **form: Any) -> Self:
        """Give a picture, sound or film its label, or labels. Fields: content (markdown). Question: label."""
        told = "Choose every label that fits." if multi_label else "Choose the label that fits."
        return _made(cls, _texts("content", markdown=True), [_label(labels, told, multi_label)], told, form)

    @classmethod
    def for_multi_modal_transcription(cls, **form: Any) -> Self:
        """Write down what a picture, sound or film shows or says. Fields: content (markdown). Question: description."""
        told = "Write down what is shown or said."
        question = TextQuestion(name="description", description=told)
        return _made(cls, _texts("content", markdown=True), [question], told, form)


def _made(
    cls: type[T],
    fields: Sequence[TextField],
    questions: Sequence[Question],
    guidelines: str,
    form: dict[str, Any],
) -> T:
    """Make the dataset; what the caller gave goes before the recipe's own guidelines."""
    given = {name: value for name, value in form.items() if value is not None}
    maker: Any = cls
    made: T = maker(**{"fields": fields, "questions": questions, "guidelines": guidelines, **given})
    return made


def _texts(*names: str, markdown: bool) -> list[TextField]:
    return [TextField(name=name, use_markdown=markdown) for name in names]


def _prompt(context: bool, markdown: bool) -> list[TextField]:
    more = [TextField(name="context", required=False, use_markdown=markdown)] if context else []
    return [TextField(name="prompt", use_markdown=markdown), *more]


def _label(labels: Any, told: str, several: bool = False) -> Question:
    made = MultiLabelQuestion if several else LabelQuestion
    return made(name="label", description=told, labels=labels)


def _scale(last: int) -> list[int]:
    return list(range(1, last + 1))
