"""What is learned from a dataset: its methods for training runs and for handing its answers over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from feedback_widgets.answering import Answering

if TYPE_CHECKING:
    from pathlib import Path

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

    def push_to_huggingface(
        self,
        repo_id: str,
        *,
        token: str | None = None,
        private: bool | None = None,
        generate_card: bool = True,
    ) -> str:
        """Send records, answers and form to a repository on the Hugging Face hub, and return its address.

        The layout is Argilla's: the table of `format_as("datasets")` as Parquet, and `argilla.yaml`. The answers name their
        annotators; the card quotes no record.

        Args:
            repo_id: `"owner/name"`; it is made where it does not exist.
            token: default the one that this machine is logged in with.
            private: whether a new repository is private; default the owner's own setting.
            generate_card: write a README there.

        Raises:
            MissingExtra: `datasets` is not installed.
        """
        from feedback_widgets.io.hub import push

        return push(self, repo_id, token=token, private=private, card=generate_card)  # type: ignore[arg-type]

    @classmethod
    def from_huggingface(
        cls,
        repo_id: str | Path,
        *,
        split: str | None = None,
        token: str | None = None,
        revision: str | None = None,
    ) -> Self:
        """Make a dataset of what `push_to_huggingface`, or Argilla 1.x, put on the Hugging Face hub or into a folder.

        Args:
            repo_id: `"owner/name"`, or a folder on this machine.
            split: needed where there are several.
            token: default the one that this machine is logged in with.
            revision: a branch, tag or commit there.

        Raises:
            InvalidInput: it holds no dataset of this kind, or no such split.
            MissingExtra: `datasets` is not installed.
        """
        from feedback_widgets.io.hub import pull

        return pull(cls, repo_id, split=split, token=token, revision=revision)  # type: ignore[arg-type, return-value]
