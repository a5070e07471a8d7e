"""The form of a dataset: which fields are shown, which questions are asked, and every rule between them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from feedback_widgets._form import Part
from feedback_widgets.distribution import Distribution
from feedback_widgets.errors import InvalidInput, near_miss
from feedback_widgets.fields import Field
from feedback_widgets.metadata import MetadataProperty
from feedback_widgets.questions import Question
from feedback_widgets.records import Record, Response, Suggestion, as_records, uncollected
from feedback_widgets.vectors import VectorSettings, to_bytes

COLUMNS = ("record_id", "user_id", "status", "external_id", "metadata")  # of the tables in io/


class Given(NamedTuple):
    """An answer that came with its record, and its values as they are stored."""

    record: Record
    response: Response
    answers: dict[str, Any]


@dataclass(frozen=True)
class Settings:
    """Fields, questions, metadata properties and guidelines of a dataset, checked together.

    Raises:
        InvalidInput: names that clash, no required field, no required question, blank guidelines.
    """

    fields: Sequence[Field]
    questions: Sequence[Question]
    metadata_properties: Sequence[MetadataProperty] = field(default_factory=list)
    guidelines: str | None = None
    allow_extra_metadata: bool = True
    distribution: Distribution | None = None  # None: everybody is asked about everything
    vectors_settings: Sequence[VectorSettings] = field(default_factory=list)
    reviewers: Sequence[str] | None = None  # who may review; None: everybody

    def __post_init__(self) -> None:
        for word, parts, family in (
            ("fields", self.fields, Field),
            ("questions", self.questions, Question),
            ("metadata_properties", self.metadata_properties, MetadataProperty),
            ("vectors_settings", self.vectors_settings, VectorSettings),
        ):
            _check_family(word, parts, family)
        self._check_columns()
        check_reviewers(self.reviewers)
        if self.distribution is not None and not isinstance(self.distribution, Distribution):
            raise InvalidInput(
                f"distribution={self.distribution!r} is not allowed: give Distribution(min_submitted=…) or None"
            )
        for word, parts in (("field", self.fields), ("question", self.questions)):
            if not any(part.required for part in parts):
                raise InvalidInput(f"at least one {word} must be required: give a {word} with required=True")
        for at, question in enumerate(self.questions):
            question.check_place(self.fields, self.questions[:at])
        if self.guidelines is not None and (not isinstance(self.guidelines, str) or not self.guidelines):
            raise InvalidInput(f"guidelines must be a non-empty text or None, got {self.guidelines!r}")

    def _check_columns(self) -> None:
        """Refuse names that would share a column where the dataset becomes a table."""
        taken = dict.fromkeys(COLUMNS, "a column that every table has")
        for question in self.questions:
            for name in (f"{question.name}-suggestion", f"{question.name}-suggestion-metadata"):
                taken[name] = f"the column of a suggestion for {question.name!r}"
        for part in (*self.fields, *self.questions, *self.metadata_properties):
            if part.name in taken:
                raise InvalidInput(
                    f"{part.name!r} names a {part.noun} and {taken[part.name]}: their columns would collide; "
                    f"rename the {part.noun}"
                )
            taken[part.name] = f"a {part.noun}"

    # Asked for every record that comes in.
    @cached_property
    def _field_names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.fields)

    @cached_property
    def _question_names(self) -> frozenset[str]:
        return frozenset(each.name for each in self.questions)

    def field(self, name: str) -> Field | None:
        """Return the field of that name, or None."""
        return next((each for each in self.fields if each.name == name), None)

    def question(self, name: str) -> Question | None:
        """Return the question of that name, or None."""
        # Once for every answer that is read: a generator would take twice as long.
        for each in self.questions:
            if each.name == name:
                return each
        return None

    # -- what may be written ----------------------------------------------------------------------------------------

    def read_records(self, given: Any) -> tuple[list[Record], list[Given]]:
        """Return what people have (see `as_records`) as checked records, and the answers that came with them.

        Raises:
            InvalidInput: the first record that breaks a rule, by its position.
        """
        names, properties = (
            [each.name for each in self.fields],
            [each.name for each in self.metadata_properties],
        )
        records: list[Record] = []
        answers: list[Given] = []
        with uncollected():
            for record in as_records(given, names, properties):
                try:
                    checked = self.check_record(record)
                except InvalidInput as error:
                    raise InvalidInput(f"record {len(records)}: {error}") from None
                records.append(record)
                if checked:
                    answers += map(Given, [record] * len(checked), record.responses, checked)
        if not records:
            raise InvalidInput("records must be a non-empty list of records or dicts, got an empty one")
        return records, answers

    def check_record(self, record: Record) -> Sequence[dict[str, Any]]:
        """Check a record's fields, metadata, suggestions and responses, and return the latter's answers as they are stored.

        Raises:
            InvalidInput: the first rule broken, with the near miss of a wrong name.
        """
        self._check_fields(record)
        if record.metadata:
            self._check_metadata(record.metadata)
        if record.vectors:
            self._check_vectors(record)
        for suggestion in record.suggestions:
            self.check_suggestion(suggestion, record.fields)
        return self._check_responses(record) if record.responses else ()

    def _check_fields(self, record: Record) -> None:
        fields = record.fields
        if not self._field_names.issuperset(fields):
            names = [each.name for each in self.fields]
            unknown = next(name for name in fields if name not in names)
            raise InvalidInput(
                f"a record has no field {unknown!r}; the fields are {', '.join(names)}.{near_miss(unknown, names)}"
            )
        for each in self.fields:
            given = fields.get(each.name)
            if given is None and each.required:
                raise InvalidInput(
                    f"a record leaves the required field {each.name!r} empty: it has {fields!r}"
                )
            stored = each.check(given)
            if each.converts and stored is not given:
                record.put_field(each.name, stored)

    def _check_responses(self, record: Record) -> list[dict[str, Any]]:
        given = record.responses
        authors = [response.user_id for response in given]
        if len(set(authors)) < len(authors):
            twice = next(author for author, count in Counter(authors).items() if count > 1)
            raise InvalidInput(
                f"a record holds two responses of {twice or 'nobody named'}: give each annotator's answer once, with user_id"
            )
        return [self.check_answers(each.to_json(), each.status, record.fields) for each in given]

    def check_answers(
        self, answers: Mapping[str, Any], status: str, fields: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the answers in their stored form.

        Args:
            answers: question name -> answer.
            status: `"submitted"` demands every required question and finished answers; `"draft"` and
                `"discarded"` take what there is.
            fields: the record's fields, where the answers must fit them (a span ends within its text).

        An answer to a question that `show_if` hides is left out: nobody was asked.

        Raises:
            InvalidInput: an unknown question, an answer against its question's rule, or a required one missing.
        """
        unfinished = status != "submitted"
        for name in answers:
            if name not in self._question_names:
                self._known_question(name)
        checked: dict[str, Any] = {}
        missing = []
        for each in self.questions:  # show_if looks back, so one pass in this order settles who is asked
            if each.show_if and not each.asked(checked):
                continue
            if (value := answers.get(each.name)) is None:
                missing += [each.name] * each.required
                continue
            checked[each.name] = each.check(value, draft=unfinished)
            if fields is not None:
                each.check_against(checked[each.name], fields)
        if missing and not unfinished:
            raise InvalidInput(
                f"the answer leaves {', '.join(map(repr, missing))} open: answer every required question, or keep a draft"
            )
        return checked

    def check_suggestion(self, suggestion: Suggestion, fields: Mapping[str, Any] | None = None) -> Any:
        """Return the suggestion's value in its stored form.

        Args:
            suggestion: what a model proposes.
            fields: the record's fields, which the value must fit; None for a suggestion that was accepted before. Such a
                one may be unfinished by now: a ranking that has got another option since.

        Raises:
            InvalidInput: an unknown question, or a value that could not be an answer to it.
        """
        question = self._known_question(suggestion.question_name)
        value = question.check(suggestion.value, draft=fields is None)
        if fields is not None:
            question.check_against(value, fields)
        return value

    def suggestion_rows(self, records: Iterable[Record]) -> list[dict[str, Any]]:
        """Return what the store keeps of the records' suggestions."""
        return [
            {
                "record_id": record.id,
                "question": each.question_name,
                "agent": each.agent or "",
                "value": self.check_suggestion(each),
                "score": each.score,
                "type": each.type,
            }
            for record in records
            for each in record.suggestions
        ]

    def vector_rows(self, records: Iterable[Record]) -> list[dict[str, Any]]:
        """Return what the store keeps of the records' vectors."""
        return [
            {"record_id": record.id, "name": name, "value": to_bytes(vector)}
            for record in records
            for name, vector in record.vectors.items()
        ]

    def _check_vectors(self, record: Record) -> None:
        known = {each.name: each for each in self.vectors_settings}
        for name, vector in record.vectors.items():
            if name not in known:
                raise InvalidInput(
                    f"this dataset has no vector {name!r}; it has {', '.join(known) or 'none'}.{near_miss(name, known)}"
                )
            record.vectors[name] = known[name].check(vector)

    def _known_question(self, name: str) -> Question:
        question = self.question(name)
        if question is None:
            names = [each.name for each in self.questions]
            raise InvalidInput(
                f"there is no question {name!r}; the questions are {', '.join(names)}.{near_miss(name, names)}"
            )
        return question

    def _check_metadata(self, metadata: Mapping[str, Any]) -> None:
        known = {each.name: each for each in self.metadata_properties}
        for name, value in metadata.items():
            if name in known:
                known[name].check(value)
            elif not self.allow_extra_metadata:
                raise InvalidInput(
                    f"metadata {name!r} is not a property of this dataset.{near_miss(name, known)} "
                    "Add the property, or set allow_extra_metadata=True."
                )
            elif not _is_json(value):
                raise InvalidInput(
                    f"metadata {name!r} holds {value!r}, which JSON cannot carry: convert it, for example with str(...)"
                )

    # -- keeping and comparing --------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON values: what the store keeps as one version."""
        vectors = [each.to_dict() for each in self.vectors_settings]
        return {
            "fields": [each.to_dict() for each in self.fields],
            "questions": [each.to_dict() for each in self.questions],
            "metadata_properties": [each.to_dict() for each in self.metadata_properties],
            "guidelines": self.guidelines,
            "allow_extra_metadata": self.allow_extra_metadata,
            # Only where there is one: forms of earlier versions stay equal to themselves.
            **({"distribution": self.distribution.to_dict()} if self.distribution else {}),
            **({"vectors_settings": vectors} if vectors else {}),
            **({"reviewers": list(self.reviewers)} if self.reviewers is not None else {}),
        }

    @classmethod
    def from_dict(cls, form: Mapping[str, Any]) -> Settings:
        """Rebuild settings from `to_dict()`."""
        return cls(
            fields=[Field.from_dict(each) for each in form["fields"]],
            questions=[Question.from_dict(each) for each in form["questions"]],
            metadata_properties=[MetadataProperty.from_dict(each) for each in form["metadata_properties"]],
            guidelines=form["guidelines"],
            allow_extra_metadata=form["allow_extra_metadata"],
            distribution=Distribution.from_dict(given) if (given := form.get("distribution")) else None,
            vectors_settings=[VectorSettings.from_dict(each) for each in form.get("vectors_settings", ())],
            reviewers=form.get("reviewers"),
        )

    def spec(self) -> dict[str, Any]:
        """Return what the desk draws (docs/wire.md)."""
        return {
            "guidelines": self.guidelines,
            "fields": [each.spec() for each in self.fields],
            "questions": [each.spec() for each in self.questions],
            "distribution": self.distribution.to_dict() if self.distribution else None,
        }


def check_reviewers(given: Any) -> None:
    """Refuse what is no list of names.

    Raises:
        InvalidInput: not a list, not a name, or one name twice.
    """
    if given is None:
        return
    names = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else None
    if names is None or not all(isinstance(each, str) and each.strip() for each in names):
        raise InvalidInput(f"reviewers={given!r} is not allowed: give a list of names, or None for everybody")
    if len(set(names)) < len(names):
        raise InvalidInput(f"reviewers={given!r} is not allowed: give each reviewer's name once")


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        return False
    return True


def _check_family(word: str, parts: Any, family: type[Part]) -> None:
    if not isinstance(parts, Sequence) or isinstance(parts, str):
        raise InvalidInput(f"{word} must be a list, got {parts!r}")
    for each in parts:
        if not isinstance(each, family):
            raise InvalidInput(f"{word} must hold {family.__name__} objects, got {each!r}")
    twice = [name for name, count in Counter(each.name for each in parts).items() if count > 1]
    if twice:
        raise InvalidInput(f"{word} must have unique names: {twice[0]!r} is there twice; rename one of them")
