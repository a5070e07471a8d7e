"""What is learned from a dataset: its methods for training runs and for handing its answers over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from feedback_widgets.answering import Answering

if TYPE_CHECKING:
    from feedback_widgets.training.runs import Runs


class Learning(Answering):
    """How `FeedbackDataset` is trained on, and handed over to others who train."""

    def runs(self) -> Runs:
        """Return the training runs of this dataset, oldest first, from all kernels; in a notebook they show as a table.

        Each says which answers it read (`run.events`), with which settings, how it ended and what it measured. A run that
        broke off has the status `failed` and a sentence in `run.error`.

        >>> import feedback_widgets as fw
        >>> fw.FeedbackDataset.for_text_classification(labels=["polite", "rude"]).runs()
        no training runs
        """
        from feedback_widgets.training.runs import runs

        return runs(self)  # type: ignore[arg-type] # every dataset is a FeedbackDataset
