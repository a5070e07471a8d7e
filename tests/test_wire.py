"""The wire has one set of names: what the kernel sends and reads, what the page declares, and what docs/wire.md says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.widgets import bundle, protocol, review_protocol

ROOT = Path(__file__).parents[1]
WIRE_TS = (ROOT / "js/src/wire.ts").read_text("utf-8")
WIRE_MD = (ROOT / "docs/wire.md").read_text("utf-8")
ENVELOPE = {"v": 1, "client": "page", "rid": "r1"}


def interface(name):
    """Return field -> whether it is optional, of an interface in wire.ts, those it extends included."""
    head, body = re.search(
        rf"export interface {name}( extends \w+)? \{{\n(.*?)\n\}}", WIRE_TS, re.DOTALL
    ).groups()
    inherited = interface(head.split()[-1]) if head else {}
    return {**inherited, **{field: bool(mark) for field, mark in re.findall(r"(?m)^  (\w+)(\??):", body)}}


def inner(name, field):
    """Return the field names of an object that an interface writes out in place."""
    body = re.search(rf"export interface {name}\b.*?\n  {field}: \{{(.*?)\}}", WIRE_TS, re.DOTALL).group(1)
    return set(re.findall(r"(\w+)\??:", body))


def fits(message, name):
    """Assert that an object has the fields of an interface, no more, and no fewer but for optional ones."""
    declared = interface(name)
    needed = {field for field, optional in declared.items() if not optional}
    assert needed - set(message) == set(), f"{name} in wire.ts has fields that the kernel does not send"
    assert set(message) - set(declared) == set(), f"the kernel sends fields that {name} in wire.ts lacks"


def mentioned(names, where=WIRE_MD):
    """Assert that docs/wire.md names all of these."""
    assert [name for name in names if not re.search(rf"\b{name}\b", where)] == []


@pytest.fixture
def desk(monkeypatch):
    """Return a desk over two records, one with a suggestion."""
    monkeypatch.setattr(bundle, "source", lambda: "export default {}")
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
    )
    dataset.add_records([{"text": "t0"}, {"text": "t1"}])
    suggestion = {"question_name": "tone", "value": "rude", "score": 0.5, "agent": "bot"}
    dataset.add_records([{"fields": {"text": "t0"}, "suggestions": [suggestion]}])
    made = dataset.annotate("ann")
    yield made
    made.close()


def ask(desk, kind, **more):
    """Return the kernel's reply without its envelope."""
    reply = desk._reply({**ENVELOPE, "kind": kind, **more})
    assert reply["kind"] != "refused", reply
    return {key: value for key, value in reply.items() if key not in ENVELOPE}


def event(desk, **more):
    """Return an answer as the page sends it."""
    given = {"event": "e1", "record": desk.dataset[0].id, "status": "submitted", "values": {"tone": "rude"}}
    return {**given, "started": None, "duration_ms": 5, "shown": {"suggestions": []}, **more}


def test_the_welcome_has_the_fields_that_the_page_declares(desk):
    """So have all objects in it."""
    welcome = ask(desk, "hello", pending=[])
    fits(welcome, "Welcome")
    fits(welcome["spec"], "Spec")
    fits(welcome["progress"], "Progress")
    (first, _), (field,) = welcome["records"], welcome["spec"]["fields"]
    fits(first, "RecordView")
    fits(first["suggestions"]["tone"][0], "Suggestion")
    assert {"name", "type", "title", "required"} <= set(field) & set(interface("FieldSpec"))
    assert set(welcome["dataset"]) == inner("Welcome", "dataset")
    assert set(welcome["store"]) == inner("Welcome", "store")


def test_every_reply_has_the_fields_that_the_page_declares(desk):
    """Answers, windows, undos and refusals."""
    fits(ask(desk, "records"), "RecordsReply")
    saved = ask(desk, "respond", events=[event(desk), event(desk, event="e2", values={"tone": "odd"})])
    fits(saved, "Saved")
    assert set(saved["saved"][0]) == inner("Saved", "saved")
    assert set(saved["refused"][0]) == inner("Saved", "refused")
    fits(ask(desk, "records", queue="all")["records"][0]["response"], "StoredAnswer")
    fits(ask(desk, "undo", event="u1"), "Undone")
    refused = desk._reply({**ENVELOPE, "kind": "nonsense"})
    fits({key: value for key, value in refused.items() if key not in ENVELOPE}, "Refused")


def test_an_answer_of_the_page_is_what_the_kernel_reads():
    """The page's `AnswerEvent` and the kernel's `EventIn` have the same fields."""
    assert set(interface("AnswerEvent")) == set(protocol.EventIn.model_fields)


@pytest.mark.parametrize(
    "name",
    [
        "Welcome",
        "RecordsReply",
        "Saved",
        "Undone",
        "ProgressPush",
        "Refused",
        "RecordView",
        "AnswerEvent",
        "Spec",
        "Progress",
    ],
)
def test_every_field_of_the_page_stands_in_the_document(name):
    """docs/wire.md names each field of each message."""
    mentioned(interface(name))


@pytest.mark.parametrize("requests", [protocol.Request, review_protocol.Request], ids=["desk", "review"])
def test_every_request_and_its_fields_stand_in_the_document(requests):
    """Each table of requests in docs/wire.md has what the kernel reads, and nothing else."""
    kinds = {kind.model_fields["kind"].annotation.__args__[0]: kind for kind in requests.__args__}
    rest, _, reviewing = WIRE_MD.partition("## Reviewing")
    document = rest if requests is protocol.Request else reviewing
    rows = dict(re.findall(r"(?m)^\| `(\w+)( .*?)?` ?(?:\(.*?\) )?\|", document))
    told = {row: set(re.findall(r"(\w+)(?=[,:}])", fields)) for row, fields in rows.items()}
    assert set(kinds) == set(rows)
    for kind, model in kinds.items():
        mentioned(set(model.model_fields) - {"kind"})
        assert {each for each in model.model_fields if each not in {*ENVELOPE, "kind"}} >= told[kind] & set(
            model.model_fields
        )
