"""What is learned from a dataset: its methods for training runs and for handing its answers over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from feedback_widgets.answering import Answering

if TYPE_CHECKING:
    from pathlib import Path

    from feedback_widgets.training.runs import Runs
    from feedback_widgets.training.task import TrainingTask


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

    def export_for_training(
        self,
        folder: str | Path,
        framework: str,
        task: TrainingTask,
        train_size: float = 1,
        seed: int | None = None,
        **config: Any,
    ) -> list[Path]:
        """Write what `prepare_for_training` gives as files, for a library that trains elsewhere.

        Args:
            folder: where `train` and, with `train_size` below 1, `valid` come to stand: `.jsonl` for rows, `.json` for other
                lists, `.csv` for Spark NLP, `.spacy` for spaCy, `.arrow` for what takes a `datasets.Dataset`.
            framework: as in `prepare_for_training`; `autotrain`, `trlx`, `lightning`, `mosaicml`, `keras-nlp` and `jsonl` among them.
            task: how a record becomes rows; its `report` says afterwards what was used.
            train_size: above 0 to 1, the share of records to train on.
            seed: of the draw that splits.
            config: for `autotrain`, which gets a `config.yml` beside its data: `base_model`, `project_name`, and its own `params`
                such as `epochs` or `lr`.

        Returns:
            The files.

        Example:
            >>> dataset.export_for_training("out", "autotrain", task, base_model="gpt2", epochs=3)  # doctest: +SKIP
            [PosixPath('out/train.jsonl'), PosixPath('out/config.yml')]
        """
        from feedback_widgets.training.export import export_for_training

        return export_for_training(self, folder, framework, task, train_size, seed, **config)  # type: ignore[arg-type]

    def instructions(
        self,
        instruction: str,
        response: str,
        context: str | None = None,
        category: str | None = None,
        style: str = "alpaca",
    ) -> list[dict[str, str]]:
        """Return instruction data after Alpaca (`instruction`, `input`, `output`) or Dolly (`instruction`, `context`, `response`).

        Args:
            instruction: the field or question that asks.
            response: the field or question that answers.
            context: what the answer is to be taken from.
            category: what kind of instruction it is.
            style: `"alpaca"` or `"dolly"`.

        Where any of them is a question there is a row for each annotator who submitted an answer, all its parts from the same one; a
        reviewer's decision takes their place. Records without an instruction or a response give none.

        >>> import feedback_widgets as fw
        >>> dataset = fw.FeedbackDataset(fields=[fw.TextField(name="ask")], questions=[fw.TextQuestion(name="reply")])
        >>> dataset.add_records([{"ask": "Is a toad a frog?"}])
        Added(new=1, known=0)
        >>> dataset.respond(dataset[0].id, {"reply": "Yes."}, user="alice")
        >>> dataset.instructions(instruction="ask", response="reply")
        [{'instruction': 'Is a toad a frog?', 'input': '', 'output': 'Yes.'}]
        """
        from feedback_widgets.training.formats import instructions

        return instructions(self, instruction, response, context, category, style)  # type: ignore[arg-type]
