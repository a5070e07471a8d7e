"""FeedbackDataset: a form, its records, and everybody's current answers, in memory and in the store at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from feedback_widgets.answering import current_user
from feedback_widgets.checking import Checking
from feedback_widgets.errors import found_or_warn
from feedback_widgets.judging import Judging
from feedback_widgets.measuring import Measuring
from feedback_widgets.records import Added, Record, comment_of, response_id, uncollected
from feedback_widgets.reviewing import Reviewing
from feedback_widgets.saving import Saving
from feedback_widgets.settings import Given, Settings
from feedback_widgets.store import Event, new_id, open_store
from feedback_widgets.templates import Templates

if TYPE_CHECKING:
    import datasets
    import pandas

    from feedback_widgets.distribution import Distribution
    from feedback_widgets.fields import Field
    from feedback_widgets.growth import Changed
    from feedback_widgets.metadata import MetadataProperty
    from feedback_widgets.questions import Question
    from feedback_widgets.training.task import TrainingTask
    from feedback_widgets.vectors import VectorSettings
    from feedback_widgets.widgets.desk import Desk


class FeedbackDataset(Reviewing, Measuring, Checking, Judging, Saving, Templates):
    """Records to answer questions about.

    A dataset is kept in memory until `save()` gives it a place; from then on every answer is committed there before it
    counts. Safe to use from any thread.

    Args:
        fields: what an annotator sees, at least one of them required.
        questions: what an annotator answers, at least one of them required.
        guidelines: markdown shown beside the records.
        metadata_properties: facts about records, checked when records are added.
        allow_extra_metadata: accept metadata without a property.
        distribution: how many annotators answer each record; default: everybody is asked about everything.

    Raises:
        InvalidInput: settings that break a rule.

    >>> import feedback_widgets as fw
    >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
    ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
    >>> ds.add_records([{"text": "Could you help me?"}])
    Added(new=1, known=0)
    >>> ds.respond(ds[0].id, {"tone": "polite"}, user="alice")
    >>> ds[0].responses[0].values["tone"].value
    'polite'
    """

    def __init__(
        self,
        *,
        fields: Sequence[Field],
        questions: Sequence[Question],
        guidelines: str | None = None,
        metadata_properties: Sequence[MetadataProperty] | None = None,
        allow_extra_metadata: bool = True,
        distribution: Distribution | None = None,
        vectors_settings: Sequence[VectorSettings] = (),
    ) -> None:
        settings = Settings(
            fields,
            questions,
            metadata_properties or [],
            guidelines,
            allow_extra_metadata,
            distribution,
            vectors_settings or [],
        )
        store, key = open_store(":memory:"), new_id()
        store.create(key, "", "", settings.to_dict())
        self._start(settings)
        self._attach(store, key, None, None)

    def __repr__(self) -> str:
        where = f"{self.workspace}/{self.name} in {self.store.place}" if self.name else "in memory only"
        return f"FeedbackDataset({len(self)} records, {len(self.settings.questions)} questions, {where})"

    # -- the form ---------------------------------------------------------------------------------------------------

    @property
    def fields(self) -> list[Field]:
        """The fields, in the order given."""
        return list(self.settings.fields)

    @property
    def questions(self) -> list[Question]:
        """The questions, in the order given."""
        return list(self.settings.questions)

    @property
    def guidelines(self) -> str | None:
        """What annotators should know, as markdown."""
        return self.settings.guidelines

    @property
    def distribution(self) -> Distribution | None:
        """How many annotators answer each record, or None where everybody is asked about everything."""
        return self.settings.distribution

    def extend(
        self,
        *,
        fields: Sequence[Field] = (),
        questions: Sequence[Question] = (),
        labels: Mapping[str, Any] | None = None,
        guidelines: str | None = None,
        metadata_properties: Sequence[MetadataProperty] = (),
    ) -> Changed:
        """Add to the form while people answer. Their answers stay, and other kernels and open desks take it over.

        Running it again changes nothing. A submitted answer stays submitted, though a new question is required: it is asked
        of whoever answers from now on. A new field must be optional once there are records.

        Args:
            fields: new fields, shown below those that are there.
            questions: new questions, asked after those that are there.
            labels: question name -> more to choose from: labels or ranking options (a list, or a dict value -> text),
                or rating values.
            guidelines: new guidelines.
            metadata_properties: new facts about records.

        Returns:
            The version of the settings that holds from now on, and what is different.

        Raises:
            InvalidInput: a part of that name is another one, a question is unknown, or records lack a required new field.
            StoreError: it could not be written.

        >>> import feedback_widgets as fw
        >>> ds = fw.FeedbackDataset(fields=[fw.TextField(name="text")],
        ...                         questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])])
        >>> ds.extend(questions=[fw.TextQuestion(name="why", required=False)])
        <settings version 2: question 'why' is new>
        """
        from feedback_widgets.keeping import extend

        parts: dict[str, Any] = {"fields": fields, "questions": questions, "labels": labels}
        return extend(self, **parts, guidelines=guidelines, metadata_properties=metadata_properties)

    def field_by_name(self, name: str) -> Field | None:
        """Return the field, or None with a warning that names the near miss."""
        return found_or_warn(self.settings.field(name), "field", name, [each.name for each in self.fields])

    @property
    def vectors_settings(self) -> list[VectorSettings]:
        """The vectors that records may carry."""
        return list(self.settings.vectors_settings)

    def vector_settings_by_name(self, name: str) -> VectorSettings | None:
        """Return the vector's settings, or None with a warning that names the near miss."""
        found = {each.name: each for each in self.vectors_settings}
        return found_or_warn(found.get(name), "vector", name, found)

    def question_by_name(self, name: str) -> Question | None:
        """Return the question, or None with a warning that names the near miss."""
        return found_or_warn(
            self.settings.question(name), "question", name, [each.name for each in self.questions]
        )

    # -- records ----------------------------------------------------------------------------------------------------

    @property
    def records(self) -> list[Record]:
        """The records in the order they were added, each with everybody's current answers."""
        return self._memory.records()

    def __iter__(self) -> Iterator[Record]:
        return self._memory.each()

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> list[Record]: ...
    def __getitem__(self, at: int | slice) -> Record | list[Record]:
        if not len(self):
            raise RuntimeError("the dataset has no records yet: add some with add_records(...)")
        return self._memory.records(at) if isinstance(at, slice) else self._memory.record_at(at)

    def add_records(self, records: Any) -> Added:
        """Add records; those whose content is known already are not added again, but take new metadata and suggestions.

        Args:
            records: records or dicts (one or a list), a DataFrame, or a `datasets.Dataset`. A dict is a record's own form
                (`{"fields": {…}, "responses": […]}`) or a flat row whose keys are field names.

        Raises:
            InvalidInput: the first record that breaks a rule, by its position; nothing is added then.
        """
        given, answered = self.settings.read_records(records)
        self.sync()
        ids = {each.id for each in given}
        known = sum(map(self._memory.__contains__, ids))
        with uncollected():
            rows, answers = map(Record.to_row, given), list(map(self._imported, answered))
            more = (self.settings.suggestion_rows(given), answers, self.settings.vector_rows(given))
            self.store.put_records(self.key, rows, *more)
            self.sync()
        return Added(new=len(ids) - known, known=known)

    def _imported(self, given: Given) -> Event:
        """Make the event of an answer that came with its record. Its id is its content: adding it again adds nothing."""
        record, response, answers = given
        identity, comment = response_id(record.id, response, answers), comment_of(response.comment)
        more: dict[str, Any] = {"settings_version": self.settings_version, "comment": comment}
        return Event(identity, record.id, response.user_id or "", response.status, answers, **more)

    # -- doors to the rooms on the right: each loads its libraries when it is first opened ----------------------------

    def annotate(
        self,
        user: str | None = None,
        order: Any = "added",
        keys: Mapping[str, Any] | None = None,
        *,
        filter: Any = None,
        queue: str = "pending",
        suggestions: str = "shown",
        unassisted: float = 0.0,
        compact: bool = False,
        height: str | int | None = None,
        language: str | None = None,
    ) -> Desk:
        """Return a labelling desk.

        Args:
            user: the annotator's name; default: `$JUPYTERHUB_USER`, else the login name.
            order: in which order they meet the records: `"added"`; `"shuffled"` or `Shuffled(seed=…)`, each annotator
                differently; `"metadata.NAME"` or `"suggestion.QUESTION"` (its score), lowest first, with `-` before it
                highest first; or a function of a record that returns a sort key. It stands while the desk is open:
                records that come meanwhile come last.
            keys: keys that lie elsewhere: row of the sheet of keys -> one key or several, for example
                `{"discard": "x", "submit": ["Enter", "Ctrl+d"]}`.
            filter: ask for some records only: a `Query` or words, what `search` and `filter_by` return, records or their ids,
                or a function of a record. It stands: records that come meanwhile do not join.
            queue: where the desk opens: `"pending"`, `"draft"`, `"submitted"` or `"discarded"`.
            suggestions: `"shown"`; `"hidden"`, where they are not even sent to the page; or `"after"`: once the annotator has
                answered, who may then change the answer (what was answered before is kept in the event's `shown`).
            unassisted: the share of records, 0 to 1, on which this annotator never sees any, drawn by a stable hash.
            compact: leave out what is not needed to answer.
            height: of the record and the form, in pixels or as a length such as `"60vh"`.
            language: what the desk itself speaks: `"en"`, `"de"`, `"es"` or `"zh"`; default: as the page around it does.

        Raises:
            InvalidInput: an unknown order, property, question, row or key, or an argument that is not one of those above.
        """
        from feedback_widgets.widgets.desk import Desk

        more: dict[str, Any] = {"filter": filter, "queue": queue, "suggestions": suggestions}
        more |= {"unassisted": unassisted, "compact": compact, "height": height, "language": language}
        return Desk(self, str(user or current_user()), order, keys, **more)

    def rows(self) -> list[dict[str, Any]]:
        """Return the records as the rows that a `formatting_func` receives."""
        from feedback_widgets.io.rows import rows

        return rows(self)

    def format_as(self, format: str) -> datasets.Dataset:
        """Return the records as a `datasets.Dataset`; `"datasets"` is the one format."""
        from feedback_widgets.io.huggingface import format_as

        return format_as(self, format)

    def to_pandas(self) -> pandas.DataFrame:
        """Return one line per (record, annotator): the fields, the answers, the status."""
        from feedback_widgets.io.pandas import to_pandas

        return to_pandas(self)

    def prepare_for_training(
        self,
        framework: str,
        task: TrainingTask,
        train_size: float = 1,
        test_size: float | None = None,
        seed: int | None = None,
    ) -> Any:
        """Return the training rows of `task` as `framework` wants them; see `feedback_widgets.training.shapes`."""
        from feedback_widgets.training.shapes import prepare_for_training

        return prepare_for_training(
            self, framework, task, train_size=train_size, test_size=test_size, seed=seed
        )
