"""Options put in order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import field_validator

from feedback_widgets.errors import InvalidInput
from feedback_widgets.questions.choice import Choice, read_options


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


class RankingQuestion(Choice):
    """All options put in order; ties are allowed.

    An answer may be given as a list of values, best first, or with explicit ranks.

    >>> q = RankingQuestion(name="ranking", values=["response-1", "response-2"])
    >>> q.check(["response-2", "response-1"])
    [{'value': 'response-2', 'rank': 1}, {'value': 'response-1', 'rank': 2}]
    """

    type: ClassVar[str] = "ranking"
    argument: ClassVar[str] = "values"
    grows: ClassVar[str] = "values"
    choice: ClassVar[str] = "option"

    values: list[str] | dict[str, str]

    @field_validator("values", mode="before")
    @classmethod
    def _at_least_two(cls, values: Any) -> Any:
        return read_options(values, "values", "value")

    def check(self, value: Any, *, draft: bool = False) -> list[dict[str, Any]]:
        """Return `[{"value", "rank"}, …]`, best first; on submission every option is there exactly once."""
        places = [(self.known(each, "option"), rank) for each, rank in self._places(value)]
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
