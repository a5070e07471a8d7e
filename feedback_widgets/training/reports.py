"""What a trainer can show of its model: reports by label, and texts from before and after."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from feedback_widgets.errors import InvalidInput, require
from feedback_widgets.training import floors, measures
from feedback_widgets.training.conversations import is_conversation

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.training.library import Library
    from feedback_widgets.training.task import TrainingTask


class Reports:
    """The part of `FeedbackTrainer` that looks back on a training."""

    dataset: FeedbackDataset
    task: TrainingTask
    model: Any
    tokenizer: Any
    trainer: Any
    predict: Callable[..., Any]
    _library: Library
    _rows_used: tuple[Any, Any]  # training and held-out rows of the latest run

    def classification_report(self) -> Any:
        """Return how well each label, or each label's spans, was found in the held-out records.

        Returns:
            A DataFrame with a row per label and one for `(all)` together: `precision`, `recall`, `f1`, and `support`, how many
            there were.

        Raises:
            InvalidInput: the task has no labels, or nothing was held out.
        """
        pandas = require("pandas", "data")
        return pandas.DataFrame(measures.report(self._judged())).set_index("label")

    def confusion_matrix(self) -> Any:
        """Return which labels the held-out records have (rows) and which the model gave them (columns), as a DataFrame of counts.

        Raises:
            InvalidInput: the records do not have one label each, or nothing was held out.
        """
        pandas, judged = require("pandas", "data"), self._judged()
        single = all(len(each) == 1 for side in (judged.truth, judged.predicted) for each in side)
        if self.task.kind.name != "text_classification" or not single:
            raise InvalidInput(
                "a confusion matrix needs one label per record: take classification_report() where there are several, or spans."
            )
        table = pandas.DataFrame(measures.confusion(judged), index=judged.labels, columns=judged.labels)
        return table.rename_axis(index="true", columns="predicted")

    def compare(self, prompts: Any, score: Any = None, **options: Any) -> Any:
        """Put what the start model writes beside what the trained one writes.

        Args:
            prompts: texts, as `predict` takes them.
            score: a reward model's `FeedbackTrainer`, or a function of `(prompt, text)`.
            options: for both generations, such as `max_new_tokens=32`.

        Returns:
            A DataFrame of `prompt`, `before` and `after`; with `score` also `score_before` and `score_after`.

        Example:
            >>> trainer.compare(["What colour is the sea?"], max_new_tokens=8)  # doctest: +SKIP
                                prompt     before               after
            0  What colour is the sea?  Obviously,  Gladly. It is blue.
        """
        if self.trainer is None:
            raise InvalidInput("there is no trained model to compare with yet: call train() first.")
        given = prompts if isinstance(prompts, list) and not is_conversation(prompts) else [prompts]
        after = self.predict(given, **options)
        with self._library.quiet():
            before = self._library.predict(*self._untrained(), given, **options)
        columns = {"prompt": given, "before": before, "after": after}
        if score is not None:
            columns |= {f"score_{side}": _scores(score, given, columns[side]) for side in ("before", "after")}
        return require("pandas", "data").DataFrame(columns)

    def _untrained(self) -> tuple[Any, Any]:
        if self._library.trained(self.trainer)[0] is self.model:
            raise InvalidInput(
                "the model given was itself trained, so what it was before is gone: give model= as a folder to compare."
            )
        return self._library.load(self.model, self.tokenizer)

    def _judged(self) -> measures.Judged:
        if self.trainer is None:
            raise InvalidInput(
                "there is nothing to report yet: call train() with a train_size below 1 first."
            )
        return self._library.judged(self.trainer)

    def _measured(self, native: Any) -> dict[str, float]:
        """Evaluate, and put beside a reward model's accuracy what it is to be judged by."""
        found = self._library.evaluate(native)
        if self.task.kind.name != "reward_modeling":
            return found
        model, tokenizer = self._library.trained(native)

        def score(texts: list[Any]) -> list[float]:
            return self._library.predict(model, tokenizer, texts)

        return found | floors.beside(self.task, self.dataset, *self._rows_used, score)


def _scores(score: Any, prompts: list[Any], texts: list[str]) -> list[Any]:
    pairs = list(zip(prompts, texts, strict=True))
    if hasattr(score, "predict"):
        return list(score.predict(pairs))
    return [score(prompt, text) for prompt, text in pairs]
