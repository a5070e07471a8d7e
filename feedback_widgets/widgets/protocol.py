"""The messages between desk and kernel (docs/wire.md): what may come in, and the shape of what goes out."""

from __future__ import annotations

import json
import math
import reprlib
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from feedback_widgets.errors import InvalidInput
from feedback_widgets.queue import ADDED, LENT, Order
from feedback_widgets.records import COMMENT
from feedback_widgets.store import leases

if TYPE_CHECKING:
    from feedback_widgets.dataset import FeedbackDataset
    from feedback_widgets.records import Record
    from feedback_widgets.store import Event

VERSION = 1
MAX_DEPTH = 32  # lists and objects in each other; far below where Python gives up on printing them
MAX_SHOWN = 20_000  # characters of JSON
MAX_DURATION = 2**31 - 1  # what an integer column holds everywhere; 24 days
MAX_REASON = 1000  # characters: what was wrong with a message must not weigh as much as the message
PRINTABLE = r"^[!-~]+$"  # ids are stored as text: half a character or a NUL cannot be
ISO_TIME = r"^\d{4}-\d\d-\d\dT[\d:.]{5,15}(Z|[+-]\d\d:\d\d)?$"


class _Message(BaseModel):
    """What every request carries. Fields that a newer page adds are ignored."""

    model_config = ConfigDict(extra="ignore")

    v: Literal[1]
    client: str = Field(min_length=1, max_length=64, pattern=PRINTABLE)
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
    token: str | None = Field(default=None, max_length=32)
    before: int | None = Field(default=None, ge=0)


class Goto(_Message):
    """A page goes to one record: by its place in the annotator's order, counted from 0, or by its id."""

    kind: Literal["goto"]
    index: int | None = Field(default=None, ge=0)
    record: str | None = Field(default=None, min_length=1, max_length=64)


class Search(_Message):
    """A page looks for records, and walks over what is found; an empty query asks for everything again."""

    kind: Literal["search"]
    query: dict[str, Any] | None = None
    queue: str = "pending"
    limit: int = Field(default=20, ge=1, le=100)


class Ids(_Message):
    """A page wants to answer all records of a queue, and asks for their names."""

    kind: Literal["ids"]
    queue: str = "pending"
    after: int = -1
    limit: int = Field(default=500, ge=1, le=500)
    token: str | None = Field(default=None, max_length=32)


class Group(_Message):
    """A page asks how far a group of suggestions is that its annotator wants to accept together."""

    kind: Literal["group"]
    question: str = Field(max_length=200)
    value: str | int
    score: float | None = None
    agent: str | None = Field(default=None, max_length=200)
    check: int = 10
    allowed: int = 0


class Accept(Group):
    """A page accepts such a group; `event` names the attempt, so that asking twice does it once."""

    kind: Literal["accept"]  # type: ignore[assignment]
    event: UUID


class Respond(_Message):
    """A page delivers answers. The events are read one by one, so that a bad one does not hold up the others."""

    kind: Literal["respond"]
    events: list[Any] = Field(min_length=1, max_length=500)


class Undo(_Message):
    """A page takes back the annotator's newest answer; `batch` names the answers to many records that it means, if any."""

    kind: Literal["undo"]
    event: str = Field(min_length=1, max_length=36, pattern=PRINTABLE)
    batch: str | None = Field(default=None, max_length=64)


class Redo(_Message):
    """A page takes the annotator's newest undo back: the answer stands again."""

    kind: Literal["redo"]
    event: str = Field(min_length=1, max_length=36, pattern=PRINTABLE)


class Source(_Message):
    """A page asks for a bundle: the desk, where the host cannot share widgets, what draws maths and code, and other parts."""

    kind: Literal["source"]
    part: Literal["desk", "rich", "languages", "many", "review"] = "desk"


class Renew(_Message):
    """A page whose annotator is at work goes on holding the records that wait in it."""

    kind: Literal["renew"]
    records: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(max_length=100)


class Release(_Message):
    """A page gives records back: it closes, or has no use for them."""

    kind: Literal["release"]
    records: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(max_length=100)


class Label(_Message):
    """An annotator misses a label, and adds it to a question that allows it."""

    kind: Literal["label"]
    question: str = Field(min_length=1, max_length=200)
    label: str = Field(min_length=1, max_length=200, pattern=r"\S")


class EventIn(BaseModel):
    """One answer as the page sends it."""

    model_config = ConfigDict(extra="ignore")

    event: str = Field(min_length=1, max_length=36, pattern=PRINTABLE)
    record: str = Field(min_length=1, max_length=64)
    status: Literal["submitted", "draft", "discarded"]
    values: dict[str, Any] = Field(default_factory=dict)
    started: str | None = Field(default=None, max_length=27, pattern=ISO_TIME)
    duration_ms: int | None = Field(default=None, ge=0)
    shown: dict[str, Any] = Field(default_factory=dict)
    comment: str | None = Field(default=None, max_length=COMMENT)


Request = (
    Hello
    | Records
    | Goto
    | Respond
    | Undo
    | Redo
    | Renew
    | Release
    | Source
    | Label
    | Search
    | Ids
    | Group
    | Accept
)
_requests: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="kind")])


def read_request(content: Any, requests: TypeAdapter[Any] = _requests) -> Any:
    """Read a message: one of `requests`, by default those of a labelling desk.

    Raises:
        InvalidInput: a newer version, an unknown kind or a bad shape, in words.
    """
    _check_depth({**content, "events": None} if isinstance(content, dict) else content, "message")
    if isinstance(content, dict) and content.get("v") not in (None, VERSION):
        raise InvalidInput(
            f"this page speaks version {reprlib.repr(content['v'])} of the protocol, the kernel speaks {VERSION}: run the cell again"
        )
    try:
        return requests.validate_python(content)
    except ValidationError as error:
        raise InvalidInput(f"the kernel cannot read this message: {_first(error)}") from None


def read_event(given: Any) -> EventIn:
    """Read one answer.

    Raises:
        InvalidInput: a bad shape, in words.
    """
    _check_depth(given, "answer")
    try:
        event = EventIn.model_validate(given)
    except ValidationError as error:
        raise InvalidInput(f"the kernel cannot read this answer: {_first(error)}") from None
    if len(json.dumps(event.shown)) > MAX_SHOWN:
        raise InvalidInput(f"the kernel cannot read this answer: shown: at most {MAX_SHOWN} characters")
    return event


def echoed(given: Any) -> str | None:
    """Return a name that a message gave, as the reply may repeat it: text or a number, and not longer than a name is."""
    return str(given)[:128] if isinstance(given, str | int) else None


def reason(error: Exception) -> str:
    """Return an error's sentence, shortened where it quotes too much of the message."""
    said = str(error)
    return said if len(said) <= MAX_REASON else said[:MAX_REASON] + " …"


def _check_depth(given: Any, word: str) -> None:
    """Refuse what can be read but neither printed nor written down: endless nesting, and numbers that JSON does not have."""
    level, depth = [given], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise InvalidInput(
                f"the kernel cannot read this {word}: at most {MAX_DEPTH} levels of lists and objects"
            )
        if any(isinstance(each, float) and not math.isfinite(each) for each in level):
            raise InvalidInput(f"the kernel cannot read this {word}: NaN and Infinity are not JSON")
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]


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


def lease(dataset: FeedbackDataset) -> dict[str, Any] | None:
    """Return how long records are lent to a page, and how many at a time; None where everybody is asked everything."""
    return None if dataset.distribution is None else {"seconds": leases.LEASE_SECONDS, "records": LENT}


def record_view(dataset: FeedbackDataset, user: str, record: Record, order: Order = ADDED) -> dict[str, Any]:
    """Return a record as the desk draws it for `user`: nobody else's answers are in it."""
    hidden = {each.name for each in dataset.settings.metadata_properties if not each.visible_for_annotators}
    suggestions: dict[str, list[dict[str, Any]]] = {}
    for each in record.suggestions:
        stored = dataset.settings.check_suggestion(each)
        suggestions.setdefault(each.question_name, []).append(
            {"value": stored, "score": each.score, "agent": each.agent}
        )
    answer, place = dataset.answer(user, record.id), dataset.index(record.id)
    return {
        "record": record.id,
        "index": order.position(place),
        "closed": dataset._shares.is_closed(user, place),  # noqa: SLF001 - what is whose is the dataset's own knowledge
        "fields": record.fields,
        "metadata": {name: value for name, value in record.metadata.items() if name not in hidden},
        "suggestions": suggestions,
        "response": _response(answer) if answer else None,
        "returned": _returned(dataset, record.id, answer) if answer else None,
    }


def _response(answer: Event) -> dict[str, Any]:
    """Return an answer; `before` is what was answered before suggestions were shown, null where they were not held back."""
    before = answer.shown.get("before")
    return {
        "status": answer.status,
        "values": answer.answers,
        "comment": answer.comment,
        "before": before if isinstance(before, dict) else None,
    }


def _returned(dataset: FeedbackDataset, record_id: str, answer: Event) -> dict[str, Any] | None:
    """Return what a reviewer said who asks for this answer again; None once there is a final one."""
    if answer.status in ("submitted", "discarded"):
        return None
    review = dataset._reviews.sent_back(record_id).get(answer.user_id)  # noqa: SLF001 - what waits is the dataset's own knowledge
    return (
        None
        if review is None
        else {"by": review.user_id, "at": review.received_at, "comment": review.comment}
    )
