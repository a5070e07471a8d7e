"""Messages: what is read, and what may be sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from feedback_widgets.errors import InvalidInput
from feedback_widgets.widgets import protocol

WIRE = Path(__file__).parents[2] / "docs" / "wire.md"
ADDRESS = {"v": 1, "client": "c", "rid": "r"}


def test_every_request_of_the_page_is_known_here():
    """The table of docs/wire.md and the classes that read messages name the same kinds."""
    table = WIRE.read_text("utf-8").split("| request | answered by |")[1].split("*Counts*")[0]
    written = set(re.findall(r"^\| `(\w+)", table, flags=re.MULTILINE))
    known = {each.model_fields["kind"].annotation.__args__[0] for each in protocol.Request.__args__}
    assert known == written


def test_what_a_request_leaves_out_has_a_default():
    """A page may ask for records without saying how many."""
    request = protocol.read_request({**ADDRESS, "kind": "records"})
    assert (request.queue, request.after, request.limit) == ("pending", -1, 20)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({**ADDRESS, "kind": "records", "limit": 101}, ["limit", "less than or equal to 100"]),
        ({**ADDRESS, "kind": "respond", "events": [{}] * 501}, ["events", "at most 500"]),
        ({**ADDRESS, "kind": "undo", "event": "e" * 37}, ["event", "at most 36"]),
        ({**ADDRESS, "kind": "dance"}, ["'dance'", "'hello'"]),
        ({**ADDRESS, "client": "c" * 65, "kind": "hello"}, ["client", "at most 64"]),
        ({**ADDRESS, "v": 99, "kind": "hello"}, ["version 99", "the kernel speaks 1", "run the cell again"]),
        ("text", ["message"]),
    ],
)
def test_a_message_that_cannot_be_read_says_where(message, words):
    """The sentence names the part of the message and the limit."""
    with pytest.raises(InvalidInput) as caught:
        protocol.read_request(message)
    assert [word for word in words if word not in str(caught.value)] == []


def test_an_answer_may_be_as_short_as_its_status():
    """Values, times and what was shown may be left out."""
    event = protocol.read_event({"event": "e", "record": "r", "status": "discarded"})
    assert (event.values, event.started, event.duration_ms, event.shown) == ({}, None, None, {})


@pytest.mark.parametrize("text", ["", "plain", "👍 日本", "a\x00b", "\u2028"])
def test_a_sendable_message_is_sent_as_it_is(text):
    """Only what no transport can carry is touched."""
    message = {"kind": "records", "text": text}
    assert protocol.sendable(message) is message


@pytest.mark.parametrize(
    ("text", "sent"), [("a\ud83d", "a\ufffd"), ("\udc4da", "\ufffda"), ("\ud83d\udc4d \ud800", "👍 \ufffd")]
)
def test_half_a_character_is_replaced(text, sent):
    """Half a surrogate pair becomes U+FFFD, and two halves that belong together become whole."""
    assert protocol.sendable({text: [text, 1, None]}) == {sent: [sent, 1, None]}
