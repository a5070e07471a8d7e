"""The messages between a review desk and its kernel (docs/wire.md, *Reviewing*)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from feedback_widgets.records import COMMENT
from feedback_widgets.widgets.protocol import PRINTABLE, Source, _Message, read_request


class Hello(_Message):
    """A page introduces itself."""

    kind: Literal["hello"]


class Records(_Message):
    """A page asks for records: those after a place in the order, or the last ones before it; `open` for those undecided."""

    kind: Literal["records"]
    after: int = -1
    before: int | None = Field(default=None, ge=0)
    limit: int = Field(default=3, ge=1, le=20)
    open: bool = False


class _Act(_Message):
    """What a reviewer does. `event` names it, so that asking twice does it once."""

    event: str = Field(min_length=1, max_length=36, pattern=PRINTABLE)
    record: str = Field(min_length=1, max_length=64)
    comment: str | None = Field(default=None, max_length=COMMENT)


class Adopt(_Act):
    """A reviewer adopts an answer, by its key."""

    kind: Literal["adopt"]
    answer: str = Field(min_length=1, max_length=1000)


class SendBack(_Act):
    """A reviewer sends an answer back, by its key."""

    kind: Literal["send_back"]
    answer: str = Field(min_length=1, max_length=1000)


class Decide(_Act):
    """A reviewer decides on values."""

    kind: Literal["decide"]
    values: dict[str, Any]


class Undo(_Message):
    """A reviewer takes back their newest act."""

    kind: Literal["undo"]
    event: str = Field(min_length=1, max_length=36, pattern=PRINTABLE)


Request = Hello | Records | Adopt | SendBack | Decide | Undo | Source
_requests: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])


def read(content: Any) -> Any:
    """Read a message.

    Raises:
        InvalidInput: a newer version, an unknown kind or a bad shape, in words.
    """
    return read_request(content, _requests)
