"""Trained models leave the notebook: saved with a card, sent to the Hugging Face hub."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from feedback_widgets.errors import InvalidInput, ServiceError, require
from feedback_widgets.training import card as cards
from feedback_widgets.training.reports import Reports
from feedback_widgets.training.runs import Run, plain
from feedback_widgets.training.shapes import Report

# Files that libraries save beside a model and that are nobody else's business: settings with paths and tokens in them.
PRIVATE = ("training_args.bin",)
PACKAGES = (
    "feedback_widgets",
    "torch",
    "transformers",
    "trl",
    "peft",
    "setfit",
    "sentence-transformers",
    "spacy",
    "openai",
    "datasets",
)
UNIFYING = ("text_classification", "token_classification", "sentence_similarity")


class Publishing(Reports):
    """The part of `FeedbackTrainer` that hands its model on."""

    config: dict[str, Any]
    framework: str
    train_size: float | None
    card_metadata: dict[str, Any]
    report: Report | None
    _run: Run | None

    def card(self, examples: int = 0, *, public: bool = False) -> str:
        """Return the model's card, in Markdown: which answers it was made from, its settings, its measures.

        Args:
            examples: how many training rows to show. They are texts of records; by default a card holds none.
            public: leave out where on this machine the store and the start model lie.

        Raises:
            InvalidInput: nothing was trained yet.
        """
        return cards.written(self._facts(examples, public=public))

    def save(self, output_dir: str | Path, generate_card: bool = True) -> None:
        """Save the trained model, its tokenizer and its card (`README.md`) in another folder."""
        self._must_be_trained()
        folder = Path(output_dir)
        with self._library.quiet():
            self._library.save(self.trainer, folder)
        if generate_card:
            self._write_card(folder, self._facts(0, public=False))

    def push_to_huggingface(
        self,
        repo_id: str,
        token: str | None = None,
        private: bool | None = None,
        generate_card: bool = True,
    ) -> str:
        """Send the trained model and its card to the Hugging Face hub, and nothing else of the output folder.

        Args:
            repo_id: such as `"ann/polite"`; it is made where it does not exist.
            token: of the hub; default the one you are logged in with.
            private: whether only you can see it; default as your account says.
            generate_card: whether a card goes along.

        Returns:
            The address of the model.

        Raises:
            InvalidInput: nothing was trained yet, or the hub takes no such name.
            ServiceError: the hub refused, or cannot be reached.
        """
        self._must_be_trained()
        hub, errors = require("huggingface_hub", "data"), require("huggingface_hub.errors", "data")
        # The folder that was trained in holds records, so the model is saved anew in one that holds nothing.
        with TemporaryDirectory() as made:
            folder = Path(made)
            with self._library.quiet():
                self._library.save(self.trainer, folder)
            for name in PRIVATE:
                (folder / name).unlink(missing_ok=True)
            (folder / "README.md").unlink(missing_ok=True)  # a library's own card may quote texts
            if generate_card:
                self._write_card(folder, self._facts(0, public=True))
            try:
                api = hub.HfApi(token=token)
                where = api.create_repo(repo_id, private=private, exist_ok=True)
                api.upload_folder(
                    repo_id=repo_id, folder_path=made, commit_message="Model trained on human feedback"
                )
            except errors.HFValidationError as error:
                raise InvalidInput(f"the hub takes no repository called {repo_id!r}: {error}") from error
            except (OSError, *_faults(errors.HfHubHTTPError)) as error:
                raise ServiceError(f"the model was not sent to {repo_id!r}: {_first_line(error)}") from error
        return str(where)

    def _must_be_trained(self) -> None:
        if self.trainer is None:
            raise InvalidInput("there is no trained model yet: call train() first.")

    def _write_card(self, folder: Path, facts: cards.Facts) -> None:
        (folder / "README.md").write_text(cards.written(facts), "utf-8")
        drawn = cards.picture(facts.history)
        if drawn:
            (folder / cards.PICTURE).write_text(drawn, "utf-8")

    def _facts(self, examples: int, *, public: bool) -> cards.Facts:
        self._must_be_trained()
        run = self._run or Run("", "done", self.task.kind.name, self.framework)
        model = str(run.details.get("model", ""))
        if public and Path(model).exists():
            model = cards.shortened(model)
        settings = [
            (name, value, plain({name: self._library.default_of(name)}).get(name))
            for name, value in plain(self.config).items()
            if name != "output_dir"
        ]
        return cards.Facts(
            model, self.task.kind.name, self.framework, self._data(run, public=public),
            [each for each in settings if each[1] != each[2]], plain(run.metrics), self._library.history(self.trainer),
            self._library.usage("." if not public else "the name of this repository"), _versions(),
            _first_rows(self._rows_used[0], examples),
            plain(self.card_metadata),
        )  # fmt: skip

    def _data(self, run: Run, *, public: bool) -> dict[str, str]:
        dataset, (first, last) = self.dataset, run.events
        place = dataset.store.place
        told = {
            "dataset": f"{dataset.workspace}/{dataset.name}" if dataset.name else "not saved",
            "store": cards.shortened(place) if public else place,
            "answers": f"{run.details.get('answers', 0)} of {run.details.get('annotators', 0)} annotators",
            "events": f"{first} to {last}; dataset.as_of({last}) brings them back"
            if last is not None
            else "none",
            "task": repr(self.task),
            "several answers to one record": _aggregation(self.task),
            "records": str(self.report or ""),
            "share trained on": f"{self.train_size or 1:g}, drawn with seed {self.config.get('seed', 42)}",
        }
        return {name: text for name, text in told.items() if text}


def _aggregation(task: Any) -> str:
    if task.formatting_func is not None:
        return "as its formatting_func takes them"
    if task.kind.name in UNIFYING and task.names.get("label"):
        return task.names.get("label_strategy") or "mean of ratings, else majority"
    return "each gives a row of its own"


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue  # not installed, so not used
    return found


def _faults(refusal: Any) -> list[Any]:
    """Return what the hub's client raises where it reaches nobody: the error that its refusals are a kind of."""
    return [each for each in refusal.__mro__ if each.__name__ in ("HTTPError", "RequestException")]


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _first_rows(rows: Any, count: int) -> list[Any]:
    """Return the first rows as a card shows them: of a `datasets.Dataset`, a spaCy `DocBin`, or a list."""
    if hasattr(rows, "get_docs"):
        from spacy.vocab import Vocab

        return [doc.to_json() for doc in islice(rows.get_docs(Vocab()), count)]
    return [dict(each) if hasattr(rows, "column_names") else each for each in islice(rows, count)]
