"""What an annotator answers. One class is one kind of question."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import Field as Setting
from pydantic import field_validator, model_validator

from feedback_widgets._form import Part
from feedback_widgets.errors import InvalidInput, near_miss


class Option(NamedTuple):
    """One choice: `value` is stored, `text` is shown."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class RankingValue:
    """One place in a ranking: `rank` counts from 1 (best); equal ranks are a tie.

    Answers to `.value`, `.rank` and `["value"]`, `["rank"]` alike.

    >>> RankingValue("response-1", 1)["value"]
    'response-1'
    """

    value: str
    rank: int | None = None

    def __post_init__(self) -> None:
        if self.rank is not None and (
            not isinstance(self.rank, int) or isinstance(self.rank, bool) or self.rank < 1
        ):
            raise InvalidInput(
                f"rank {self.rank!r} of {self.value!r} is not allowed: ranks are whole numbers from 1"
            )

    def __getitem__(self, key: str) -> str | int | None:
        if key not in ("value", "rank"):
            raise KeyError(key)
        return self.value if key == "value" else self.rank

    def keys(self) -> tuple[str, str]:
        """Let `dict(entry)` give `{"value": …, "rank": …}`."""
        return ("value", "rank")


class Question(Part):
    """Base of all questions.

    Args:
        name: lower-case letters, digits, `-` and `_`; unique among the dataset's fields and questions.
        title: shown above the question; default `name.capitalize()`.
        description: help shown under the title.
        required: whether a submitted answer must hold it.
    """

    noun: ClassVar[str] = "question"
    kinds: ClassVar[dict[str, Any]] = {}  # type -> class (`type` names the class attribute here)

    description: str | None = None
    required: bool = True

    def check(self, value: Any, *, draft: bool = False) -> Any:
        """Return the answer as it is stored: plain JSON in its one canonical form.

        Args:
            value: what a person, a script or the desk answered.
            draft: allow an unfinished answer.

        Raises:
            InvalidInput: one sentence naming the question, the value and the rule.
        """
        raise InvalidInput(
            f"question {self.name!r} of type {self.type!r} cannot hold {value!r} (draft={draft})"
        )

    def present(self, stored: Any) -> Any:
        """Return a stored answer as Python users see it."""
        return stored


class TextQuestion(Question):
    """Free text."""

    type: ClassVar[str] = "text"

    use_markdown: bool = False

    def check(self, value: Any, *, draft: bool = False) -> str:
        """Return the text. A required question refuses blank text on submission."""
        if not isinstance(value, str):
            raise InvalidInput(f"{self.name!r} needs text, got {value!r} ({type(value).__name__})")
        if self.required and not draft and not value.strip():
            raise InvalidInput(f"{self.name!r} needs an answer, got blank text")
        return value


class RatingQuestion(Question):
    """A whole number out of `values`: at least two different ones, each 0 to 10.

    >>> RatingQuestion(name="quality", values=[1, 2, 3]).check(2)
    2
    """

    type: ClassVar[str] = "rating"

    values: list[int] = Setting(strict=False)

    @field_validator("values", mode="before")
    @classmethod
    def _whole_numbers(cls, values: Any) -> Any:
        if isinstance(values, range | tuple | set):
            values = list(values)
        if not isinstance(values, list) or len(values) < 2:
            raise ValueError(
                f"rating values {values!r} are not allowed: give a list of at least two whole numbers, 0 to 10"
            )
        outside = [
            value for value in values if isinstance(value, bool) or str(value) not in map(str, range(11))
        ]
        if outside:
            raise ValueError(
                f"rating value {outside[0]!r} is not allowed: rating values are whole numbers from 0 to 10"
            )
        return _unique(values, "rating value")

    def check(self, value: Any, *, draft: bool = False) -> int:  # noqa: ARG002 - a rating has no unfinished form
        """Return the rating, an int out of `values`."""
        if isinstance(value, bool) or not isinstance(value, int) or value not in self.values:
            raise InvalidInput(
                f"{self.name!r} must be one of {', '.join(map(str, self.values))}, got {value!r}"
            )
        return value


class _Choice(Question):
    """What label questions and rankings share: a list of options, given as a list or as `{value: text}`."""

    argument: ClassVar[str]  # the constructor argument that lists the options

    @property
    def options(self) -> tuple[Option, ...]:
        """The choices in the order given."""
        given: list[str] | dict[str, str] = getattr(self, self.argument)
        pairs = given.items() if isinstance(given, dict) else ((value, value) for value in given)
        return tuple(Option(value, text) for value, text in pairs)

    @property
    def option_values(self) -> list[str]:
        """The stored values of the choices, in order."""
        return [option.value for option in self.options]

    def spec(self) -> dict[str, Any]:
        return {**self.to_dict(), "options": [option._asdict() for option in self.options]}

    def _known(self, value: Any, word: str) -> str:
        if isinstance(value, str) and value in self.option_values:
            return value
        shown = self.option_values if len(self.option_values) <= 12 else [*self.option_values[:12], "…"]
        raise InvalidInput(
            f"{self.name!r} has no {word} {value!r}; it has {', '.join(shown)}.{near_miss(value, self.option_values)}"
        )


class _Labels(_Choice):
    """Settings shared by single- and multi-label questions."""

    argument: ClassVar[str] = "labels"

    labels: list[str] | dict[str, str]
    visible_labels: int | None = Setting(default=-1, ge=-1)

    @field_validator("labels", mode="before")
    @classmethod
    def _at_least_two(cls, labels: Any) -> Any:
        return _options(labels, "labels", "label")

    @model_validator(mode="after")
    def _visible(self) -> _Labels:
        object.__setattr__(self, "visible_labels", _visible(self.visible_labels, len(self.labels), self.name))
        return self

    def spec(self) -> dict[str, Any]:
        return {**super().spec(), "visible": self.visible_labels}


class LabelQuestion(_Labels):
    """Exactly one of the labels.

    Args:
        labels: at least two, as a list or as `{value: text shown}`.
        visible_labels: how many to show before folding (at least 3); default 20 where there are more; `None` shows all.
    """

    type: ClassVar[str] = "label_selection"

    def check(self, value: Any, *, draft: bool = False) -> str:  # noqa: ARG002 - a label has no unfinished form
        """Return the chosen label's value."""
        return self._known(value, "label")


class MultiLabelQuestion(_Labels):
    """Any number of labels (at least one on submission). Stored in the order of the question's labels."""

    type: ClassVar[str] = "multi_label_selection"

    labels_order: Literal["natural", "suggestion"] = "natural"

    def check(self, value: Any, *, draft: bool = False) -> list[str]:
        """Return the chosen values, each once, in the order of the question's labels."""
        if isinstance(value, str) or not hasattr(value, "__iter__"):
            raise InvalidInput(f"{self.name!r} needs a list of labels, got {value!r}")
        chosen = [self._known(each, "label") for each in value]
        twice = [each for each, count in Counter(chosen).items() if count > 1]
        if twice:
            raise InvalidInput(f"{self.name!r} names the label {twice[0]!r} twice: choose each label once")
        if self.required and not draft and not chosen:
            raise InvalidInput(
                f"{self.name!r} needs at least one label out of {', '.join(self.option_values[:12])}"
            )
        return sorted(chosen, key=self.option_values.index)


class RankingQuestion(_Choice):
    """All options put in order; ties are allowed.

    An answer may be given as a list of values, best first, or with explicit ranks.

    >>> q = RankingQuestion(name="ranking", values=["response-1", "response-2"])
    >>> q.check(["response-2", "response-1"])
    [{'value': 'response-2', 'rank': 1}, {'value': 'response-1', 'rank': 2}]
    """

    type: ClassVar[str] = "ranking"
    argument: ClassVar[str] = "values"

    values: list[str] | dict[str, str]

    @field_validator("values", mode="before")
    @classmethod
    def _at_least_two(cls, values: Any) -> Any:
        return _options(values, "values", "value")

    def check(self, value: Any, *, draft: bool = False) -> list[dict[str, Any]]:
        """Return `[{"value", "rank"}, …]`, best first; on submission every option is there exactly once."""
        places = [(self._known(each, "option"), rank) for each, rank in self._places(value)]
        twice = [each for each, count in Counter(each for each, _ in places).items() if count > 1]
        if twice:
            raise InvalidInput(f"{self.name!r} ranks {twice[0]!r} twice: give every option one rank")
        missing = [each for each in self.option_values if each not in dict(places)]
        unranked = missing + [each for each, rank in places if rank is None]
        if unranked and not draft:
            raise InvalidInput(
                f"{self.name!r} leaves {', '.join(unranked)} without a rank: rank every option"
            )
        for each, rank in places:
            if rank is not None and not 1 <= rank <= len(self.values):
                raise InvalidInput(
                    f"{self.name!r} gives {each!r} the rank {rank}: ranks run from 1 to {len(self.values)}"
                )
        ranked = [(each, rank) for each, rank in places if rank is not None]
        ranked.sort(key=lambda place: (place[1], self.option_values.index(place[0])))
        return [{"value": each, "rank": rank} for each, rank in ranked]

    def _places(self, value: Any) -> list[tuple[Any, int | None]]:
        """Read the accepted spellings: best-first list, list of places, `{"rank": […], "value": […]}` (Arrow)."""
        if isinstance(value, dict) and set(value) == {"rank", "value"}:
            value = self._zipped(value["value"], value["rank"])
        if isinstance(value, str | dict) or not hasattr(value, "__iter__"):
            raise InvalidInput(f"{self.name!r} needs a list of options, best first, got {value!r}")
        given = list(value)
        if all(isinstance(each, str) for each in given):
            return [(each, rank) for rank, each in enumerate(given, start=1)]
        return [self._place(each) for each in given]

    def _zipped(self, values: Any, ranks: Any) -> list[dict[str, Any]]:
        if not isinstance(values, list) or not isinstance(ranks, list) or len(values) != len(ranks):
            raise InvalidInput(
                f"{self.name!r} needs two lists with as many ranks as values, got {values!r} and {ranks!r}"
            )
        return [{"value": value, "rank": rank} for value, rank in zip(values, ranks, strict=True)]

    def _place(self, given: Any) -> tuple[Any, int | None]:
        if isinstance(given, RankingValue):
            return given.value, given.rank
        if not isinstance(given, dict) or "value" not in given or not set(given) <= {"value", "rank"}:
            raise InvalidInput(
                f"{self.name!r} cannot read the place {given!r}: give {{'value': …, 'rank': 1}}"
            )
        try:
            place = RankingValue(given["value"], given.get("rank"))
        except InvalidInput as error:
            raise InvalidInput(f"{self.name!r} cannot take the place {given!r}: {error}") from None
        return place.value, place.rank

    def present(self, stored: list[dict[str, Any]]) -> list[RankingValue]:
        """Return places that answer to `.value`, `.rank`, `["value"]` and `["rank"]`."""
        return [RankingValue(place["value"], place["rank"]) for place in stored]


def _options(given: Any, argument: str, word: str) -> Any:
    """Check a list or dict of options: at least two, texts, all different."""
    if not isinstance(given, list | tuple | dict) or len(given) < 2:
        raise ValueError(
            f"{argument}={given!r} is not allowed: give a list (or a dict value -> text) of at least two {word}s"
        )
    if isinstance(given, dict):
        _unique(list(given.values()), f"text of a {word}")
    texts = given.values() if isinstance(given, dict) else ()
    odd = [each for each in (*given, *texts) if not isinstance(each, str) or not each]
    if odd:
        raise ValueError(f"{word} {odd[0]!r} is not allowed: every {word} is a non-empty text")
    return given if isinstance(given, dict) else _unique(list(given), word)


def _unique(given: list[Any], word: str) -> list[Any]:
    twice = [each for each, count in Counter(map(str, given)).items() if count > 1]
    if twice:
        raise ValueError(f"{word} {twice[0]!r} is given twice: every {word} may appear once")
    return given


def _visible(asked: int | None, count: int, name: str) -> int | None:
    """Settle how many labels to show before folding: -1 stands for "not given"."""
    if asked is None:
        return None
    if asked == -1:
        return 20 if count > 20 else None
    if asked < 3:
        raise ValueError(
            f"visible_labels={asked} of {name!r} is not allowed: show at least 3, or None for all"
        )
    if asked > count:
        shown = count if count >= 3 else None
        warnings.warn(
            f"visible_labels={asked} of {name!r} is more than its {count} labels: all are shown", stacklevel=2
        )
        return shown
    return asked
