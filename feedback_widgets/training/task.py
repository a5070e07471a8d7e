"""What to learn from the answers: a `TrainingTask` says how one record becomes training rows."""

from __future__ import annotations

import reprlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from feedback_widgets.aggregation import Unification
from feedback_widgets.errors import InvalidInput
from feedback_widgets.training.kinds import labelling, marking, preferring, prompting, writing
from feedback_widgets.training.kinds.base import Kind, Row

if TYPE_CHECKING:
    from feedback_widgets.training.shapes import Report

NONE: Counter[str] = Counter()  # for most rows, and never added to
FormattingFunc = Callable[[dict[str, Any]], Any]


@dataclass
class TrainingTask:
    """How records and their answers become training rows.

    Make one with a `for_…` method: either from a `formatting_func`, or from the names of fields and questions.

    >>> TrainingTask.for_direct_preference_optimization(
    ...     prompt="prompt", responses=["response-1", "response-2"], preference="ranking"
    ... )
    TrainingTask.for_direct_preference_optimization(prompt='prompt', responses=['response-1', 'response-2'], preference='ranking')
    """

    kind: Kind
    formatting_func: FormattingFunc | None = None
    names: dict[str, Any] = field(default_factory=dict)
    # What the latest preparation used and skipped, and why.
    report: Report | None = field(default=None, compare=False)

    @classmethod
    def for_supervised_fine_tuning(
        cls, formatting_func: FormattingFunc | None = None, *, prompt: Any = None, response: Any = None
    ) -> TrainingTask:
        """Learn to write the response to a prompt.

        Args:
            formatting_func: gets one row of `dataset.rows()`, gives a text, several (list or generator), or None.
            prompt: the text field that is asked.
            response: a text question (one row per submitted answer) or a text field (one row per record).
        """
        return cls._make(writing.SUPERVISED_FINE_TUNING, formatting_func, prompt=prompt, response=response)

    @classmethod
    def for_reward_modeling(
        cls,
        formatting_func: FormattingFunc | None = None,
        *,
        prompt: Any = None,
        responses: Sequence[Any] | None = None,
        preference: Any = None,
    ) -> TrainingTask:
        """Learn to score responses as annotators would.

        Args:
            formatting_func: gets one row of `dataset.rows()`, gives `(chosen, rejected)`, several, or None.
            prompt: the text field that is asked.
            responses: two or more text fields, the candidates.
            preference: the pairwise, ranking, rating or label question that says which candidate is better. A pairwise
                question's strength becomes the column `margin`, from 1.0.
        """
        names = {"prompt": prompt, "responses": responses, "preference": preference}
        return cls._make(preferring.REWARD_MODELING, formatting_func, **names)

    @classmethod
    def for_direct_preference_optimization(
        cls,
        formatting_func: FormattingFunc | None = None,
        *,
        prompt: Any = None,
        responses: Sequence[Any] | None = None,
        preference: Any = None,
    ) -> TrainingTask:
        """Learn to write what annotators preferred.

        Args:
            formatting_func: gets one row of `dataset.rows()`, gives `(prompt, chosen, rejected)`, several, or None.
            prompt: the text field that is asked.
            responses: two or more text fields, the candidates.
            preference: the ranking, rating or label question that says which candidate is better.
        """
        names = {"prompt": prompt, "responses": responses, "preference": preference}
        return cls._make(preferring.DIRECT_PREFERENCE_OPTIMIZATION, formatting_func, **names)

    @classmethod
    def for_kahneman_tversky_optimization(
        cls,
        formatting_func: FormattingFunc | None = None,
        *,
        prompt: Any = None,
        response: Any = None,
        label: Any = None,
        desirable: Any = None,
    ) -> TrainingTask:
        """Learn from single responses that annotators found good or bad.

        Args:
            formatting_func: gives `(prompt, completion, good)` with True or False, several, or None.
            prompt: the text field that is asked.
            response: the text field that is judged.
            label: the label or rating question that judges it; one row per submitted answer.
            desirable: the answers that call the response good, for example `["helpful"]` or `[4, 5]`.
        """
        names = {"prompt": prompt, "response": response, "label": label, "desirable": desirable}
        return cls._make(preferring.KAHNEMAN_TVERSKY_OPTIMIZATION, formatting_func, **names)

    @classmethod
    def for_proximal_policy_optimization(
        cls, formatting_func: FormattingFunc | None = None, *, prompt: Any = None
    ) -> TrainingTask:
        """Learn to write what a reward model scores highly. The rows are `id` and `query`.

        Args:
            formatting_func: gives a prompt, several, or None.
            prompt: the text field, or the text question, that holds the prompt.
        """
        return cls._make(prompting.PROXIMAL_POLICY_OPTIMIZATION, formatting_func, prompt=prompt)

    @classmethod
    def for_group_relative_policy_optimization(
        cls, formatting_func: FormattingFunc | None = None, *, prompt: Any = None
    ) -> TrainingTask:
        """Learn from the scores of several replies to each prompt. The rows are `prompt`; arguments as for PPO."""
        return cls._make(prompting.GROUP_RELATIVE_POLICY_OPTIMIZATION, formatting_func, prompt=prompt)

    @classmethod
    def for_pre_training(
        cls, formatting_func: FormattingFunc | None = None, *, text: Any = None
    ) -> TrainingTask:
        """Go on training a language model on plain texts.

        Args:
            formatting_func: gives a text, several, or None.
            text: the text field or text question that holds the text.
        """
        return cls._make(writing.PRE_TRAINING, formatting_func, text=text)

    @classmethod
    def for_chat_completion(
        cls, formatting_func: FormattingFunc | None = None, *, prompt: Any = None, response: Any = None
    ) -> TrainingTask:
        """Learn to go on with a conversation. The rows are `messages`, each with `role` and `content`.

        Args:
            formatting_func: gives turns `(chat, turn, role, content)`; those of one chat are put in the order of `turn`.
            prompt: the chat field, or the text field, that is answered.
            response: the text question (one row per submitted answer) or text field with the last message.
        """
        return cls._make(writing.CHAT_COMPLETION, formatting_func, prompt=prompt, response=response)

    @classmethod
    def for_text_classification(
        cls,
        formatting_func: FormattingFunc | None = None,
        text: Any = None,
        label: Any = None,
        label_strategy: str | None = None,
    ) -> TrainingTask:
        """Learn which label, or which labels, a text has.

        Args:
            formatting_func: gives `(text, label)` or `(text, [labels])`, several, or None.
            text: the text field.
            label: a label, multi-label, rating, ranking or pairwise question, or a `Unification` of one. The classes are in
                the question's own order; a ranking or a pairwise answer stands for its best.
            label_strategy: how the annotators' answers become one; default `"majority"`, of ratings `"mean"` (the nearest
                rating, of two the lower). `"disagreement"` gives a row for each different answer; `"dawid_skene"` and the other
                models of docs/aggregation.md weigh people by all their answers.

        >>> TrainingTask.for_text_classification(text="text", label="tone")
        TrainingTask.for_text_classification(text='text', label='tone')
        """
        names = {"text": text, "label": label, "label_strategy": label_strategy}
        return cls._make(labelling.TEXT_CLASSIFICATION, formatting_func, **names)

    @classmethod
    def for_sentence_similarity(
        cls,
        formatting_func: FormattingFunc | None = None,
        texts: Sequence[Any] | None = None,
        label: Any = None,
        label_strategy: str | None = None,
    ) -> TrainingTask:
        """Learn how alike texts are. The rows are `sentence-1`, `sentence-2`, perhaps `sentence-3`, and `label`.

        Args:
            formatting_func: gives `(text, text)`, `(text, text, text)`, either with a number at the end, or such a dict.
            texts: two or three text fields.
            label: a rating or label question; labels count by themselves where they are numbers, else by their place.
            label_strategy: as for text classification; a rating's mean stays as it is.
        """
        names = {"texts": texts, "label": label, "label_strategy": label_strategy}
        return cls._make(labelling.SENTENCE_SIMILARITY, formatting_func, **names)

    @classmethod
    def for_token_classification(
        cls,
        formatting_func: FormattingFunc | None = None,
        text: Any = None,
        label: Any = None,
        label_strategy: str | None = None,
    ) -> TrainingTask:
        """Learn to mark parts of a text. The rows are `tokens` and `tags` (`O`, then `B-` and `I-` of each label).

        Args:
            formatting_func: gives `([words], [tags])`, several, or None.
            text: the field that is marked; the question knows it.
            label: the span question.
            label_strategy: `"majority"` (the default) keeps the spans that more than half of the annotators marked, where two
                marks are one if they share half of their characters; `"disagreement"` gives a row for each different answer.
        """
        names = {"text": text, "label": label, "label_strategy": label_strategy}
        return cls._make(marking.TOKEN_CLASSIFICATION, formatting_func, **names)

    @classmethod
    def for_question_answering(
        cls,
        formatting_func: FormattingFunc | None = None,
        question: Any = None,
        context: Any = None,
        answer: Any = None,
    ) -> TrainingTask:
        """Learn to find the answer to a question in a text.

        Args:
            formatting_func: gives `(question, context, answer)`, several, or None.
            question: the text field with the question.
            context: the text field with the text.
            answer: the text question; every different submitted answer is a row, and those that the context does not hold
                are left out and counted.
        """
        names = {"question": question, "context": context, "answer": answer}
        return cls._make(marking.QUESTION_ANSWERING, formatting_func, **names)

    @classmethod
    def _make(cls, kind: Kind, formatting_func: FormattingFunc | None, **names: Any) -> TrainingTask:
        names = _without_unification(names)
        given = {argument: _name(value) for argument, value in names.items() if value is not None}
        call, wanted = f"TrainingTask.for_{kind.name}", ", ".join(kind.names)
        if formatting_func is not None and given:
            raise InvalidInput(
                f"`formatting_func` is already defined, so {call} cannot also take {', '.join(given)}: give one or the other."
            )
        if formatting_func is None and (missing := [name for name in kind.names if name not in given]):
            raise InvalidInput(
                f"{call} needs a formatting_func, or all of {wanted}: {', '.join(missing)} "
                f"{'is' if len(missing) == 1 else 'are'} missing."
            )
        if formatting_func is not None and not callable(formatting_func):
            raise InvalidInput(
                f"{call} needs a function as formatting_func, got {reprlib.repr(formatting_func)}."
            )
        return cls(kind, formatting_func, given)

    @property
    def typed_columns(self) -> dict[str, str]:
        """Column -> type, one of `arrow.TYPES`, with `id` where rows are numbered."""
        return self.kind.columns if self.formatting_func else self.kind.named_columns or self.kind.columns

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the training rows, without `id`."""
        return tuple(name for name in self.typed_columns if name != "id")

    def __repr__(self) -> str:
        inside = ", ".join(f"{name}={value!r}" for name, value in self.names.items())
        if self.formatting_func is not None:
            inside = getattr(self.formatting_func, "__name__", None) or repr(self.formatting_func)
        return f"TrainingTask.for_{self.kind.name}({inside})"

    def format(self, row: dict[str, Any], record_id: str) -> list[Row]:
        """Run the formatting_func on one row of `dataset.rows()`.

        Returns:
            One dict of `columns` per training row; empty when the function gave None or nothing.

        Raises:
            InvalidInput: it gave something of the wrong shape. What it raises itself passes, with a note of the record.
        """
        return self.read(row, record_id)[0]

    def read(self, row: dict[str, Any], record_id: str) -> tuple[list[Row], Counter[str]]:
        """Do what `format` does, and say why results of the function were left out."""
        if self.formatting_func is None:
            raise InvalidInput(
                f"{self!r} has no formatting_func: its rows come from field and question names."
            )
        try:
            given = self.formatting_func(row)
            # As most are; to ask what an Iterator is takes longer.
            plain = type(given) is tuple or type(given) is str
            given = [given] if plain else list(_flat(given))
        except Exception as error:
            error.add_note(f"raised by the formatting_func of {self!r} on record {record_id}")
            raise
        rows, reasons = list[Row](), NONE
        for each in given:
            found = self.kind.read(each)
            if found is None:
                raise InvalidInput(
                    f"formatting_func must return {self.kind.returns}, or a list or generator of these, or None; "
                    f"for record {record_id} it gave {reprlib.repr(each)} ({type(each).__name__})."
                )
            if isinstance(found, str):
                reasons = reasons + Counter([found])
            else:
                rows.append(found)
        return rows, reasons


def _flat(given: Any) -> Iterator[Any]:
    """Yield the single results in None, one result, a list, a generator, or these inside each other."""
    if isinstance(given, list | Iterator):
        for each in given:
            yield from _flat(each)
    elif given is not None:
        yield given


def _name(given: Any) -> Any:
    """Read a name, a field or question object, or a list of these."""
    if isinstance(given, list | tuple):
        return [_name(each) for each in given]
    return getattr(given, "name", given)


def _without_unification(names: dict[str, Any]) -> dict[str, Any]:
    """Put the question and the strategy of a `Unification` in the place of the two arguments."""
    label = names.get("label")
    if not isinstance(label, Unification):
        return names
    if names.get("label_strategy") is not None:
        raise InvalidInput(
            f"label_strategy is already defined via Unification class ({label.strategy!r}): leave label_strategy out."
        )
    return {**names, "label": label.question, "label_strategy": label.strategy}
