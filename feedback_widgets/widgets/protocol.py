"""The messages between desk and kernel (docs/wire.md): what may come in, and the shape of what goes out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from feedback_widgets.errors import InvalidInput

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.records import Record

VERSION = 1


class _Message(BaseModel):
    """What every request carries. Fields that a newer page adds are ignored."""

    model_config = ConfigDict(extra="ignore")

    v: Literal[1]
    client: str = Field(min_length=1, max_length=64)
    rid: str = Field(min_length=1, max_length=128)


class Hello(_Message):
    """A page introduces itself, and says what still waits in its outbox."""

    kind: Literal["hello"]
    pending: list[str] = Field(default_factory=list, max_length=100_000)


class Records(_Message):
    """A page asks for more records."""

    kind: Literal["records"]
    queue: str = "pending"
    after: int = -1
    limit: int = Field(default=20, ge=1, le=100)


class Respond(_Message):
    """A page delivers answers. The events are read one by one, so that a bad one does not hold up the others."""

    kind: Literal["respond"]
    events: list[Any] = Field(min_length=1, max_length=500)


class Undo(_Message):
    """A page takes back the annotator's newest answer."""

    kind: Literal["undo"]
    event: str = Field(min_length=1, max_length=36)


class Source(_Message):
    """A page in a host that cannot share widgets asks for the bundle itself."""

    kind: Literal["source"]


class EventIn(BaseModel):
    """One answer as the page sends it."""

    model_config = ConfigDict(extra="ignore")

    event: str = Field(min_length=1, max_length=36)
    record: str = Field(min_length=1, max_length=64)
    status: Literal["submitted", "draft", "discarded"]
    values: dict[str, Any] = Field(default_factory=dict)
    started: str | None = Field(default=None, max_length=32)
    duration_ms: int | None = Field(default=None, ge=0)
    shown: dict[str, Any] = Field(default_factory=dict)


Request = Hello | Records | Respond | Undo | Source
_requests: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])


def read_request(content: Any) -> Request:
    """Read a message.

    Raises:
        InvalidInput: a newer version, an unknown kind or a bad shape, in words.
    """
    if isinstance(content, dict) and content.get("v") not in (None, VERSION):
        raise InvalidInput(
            f"this page speaks version {content['v']!r} of the protocol, the kernel speaks {VERSION}: run the cell again"
        )
    try:
        return _requests.validate_python(content)
    except ValidationError as error:
        raise InvalidInput(f"the kernel cannot read this message: {_first(error)}") from None


def read_event(given: Any) -> EventIn:
    """Read one answer.

    Raises:
        InvalidInput: a bad shape, in words.
    """
    try:
        return EventIn.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(f"the kernel cannot read this answer: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    return f"{'.'.join(str(step) for step in problem['loc']) or 'message'}: {problem['msg'].lower()}"


def sendable(message: dict[str, Any]) -> dict[str, Any]:
    """Return the message as a transport can carry it: half a surrogate pair, which UTF-8 cannot, becomes U+FFFD.

    A single such record would otherwise keep every window it is in from ever arriving.
    """
    written = json.dumps(message, ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError:
        mended = written.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        found: dict[str, Any] = json.loads(mended)
        return found
    return message


def record_view(dataset: FeedbackDataset, user: str, record: Record) -> dict[str, Any]:
    """Return a record as the desk draws it for `user`: nobody else's answers are in it."""
    hidden = {each.name for each in dataset.settings.metadata_properties if not each.visible_for_annotators}
    suggestions: dict[str, list[dict[str, Any]]] = {}
    for each in record.suggestions:
        stored = dataset.settings.check_suggestion(each)
        suggestions.setdefault(each.question_name, []).append(
            {"value": stored, "score": each.score, "agent": each.agent}
        )
    answer = dataset.answer(user, record.id)
    return {
        "record": record.id,
        "index": dataset.index(record.id),
        "fields": record.fields,
        "metadata": {name: value for name, value in record.metadata.items() if name not in hidden},
        "suggestions": suggestions,
        "response": {"status": answer.status, "values": answer.answers} if answer else None,
    }
