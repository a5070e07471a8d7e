"""People at desks while the PostgreSQL server is busy, stops and comes back."""

from __future__ import annotations

import threading
import uuid
from collections import Counter

import pytest

import feedback_widgets as fw
from feedback_widgets.store import log
from feedback_widgets.widgets import bundle

KINDS = ["postgres"]
PEOPLE, KERNELS = 50, 5


@pytest.fixture(autouse=True)
def _some_bundle(tmp_path, monkeypatch):
    """These tests are about the kernel's side; they run whether or not the front end was built."""
    monkeypatch.setattr(bundle, "SOURCE", tmp_path / "desk.js")
    monkeypatch.setattr(bundle, "_shared", None)
    bundle.SOURCE.write_text("export default { render() {} };")


@pytest.fixture
def kernels(place):
    """Return the same dataset as several kernels have it open, each with a store object of its own."""
    first = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
    )
    first.add_records([{"text": f"t{i}"} for i in range(20)])
    opened = [first.save("tone", store=place)]
    for _ in range(KERNELS - 1):
        log._open.clear()
        opened.append(fw.FeedbackDataset.load("tone", store=place))
    yield opened
    for each in opened:
        each.store.close()


def events(dataset, count=1):
    """Return events as a page would send them, one for each of the first records."""
    return [
        {"event": str(uuid.uuid4()), "record": each.id, "status": "submitted", "values": {"tone": "rude"}}
        for each in dataset[:count]
    ]


def send(desk, sent):
    """Deliver a message as a page would, and return the one answer to it."""
    said = []
    desk.send = said.append
    desk._on_message(
        desk, {"v": 1, "client": "page", "seq": 1, "rid": "r", "kind": "respond", "events": sent}, []
    )
    (reply,) = [each for each in said if each.get("rid") == "r"]
    return reply


def test_a_server_that_stops_while_people_answer(kernels, postgres_server):
    """The desk says what is wrong and keeps the answer; the very same message lands, once, when the server is back."""
    dataset = kernels[0]
    desk = dataset.annotate(user="alice")
    first, second = events(dataset, 2)
    assert send(desk, [first])["kind"] == "saved"
    postgres_server.stop()
    try:
        refused = send(desk, [second])
        assert (refused["kind"], refused["again"]) == ("refused", True)
        assert "cannot be reached: check the address, and that the server is running" in refused["reason"]
        assert "geheim" not in str(refused)
        assert dataset.answer("alice", second["record"]) is None  # what is not saved is not shown as saved
    finally:
        postgres_server.start()
    for _ in range(2):
        assert send(desk, [first, second])["kind"] == "saved"
    assert [each.id for each in dataset.store.since(dataset.key)] == [first["event"], second["event"]]


def test_fifty_people_in_five_kernels_lose_nothing(kernels):
    """Everybody answers every record, in batches and one by one: each answer is there once, and every kernel shows it."""
    replies, sent, wrong = [], [], []

    def work(number):
        try:
            dataset = kernels[number % KERNELS]
            desk = dataset.annotate(user=f"u{number}")
            mine = events(dataset, len(dataset))
            sent.extend(each["event"] for each in mine)
            replies.append(send(desk, mine[:15]))
            replies.extend(send(desk, [each]) for each in mine[15:])
            replies.append(send(desk, mine))  # a page that was reloaded sends its outbox again
        except Exception as error:  # noqa: BLE001 - told by the test
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert {each["kind"] for each in replies} == {"saved"}
    stored = kernels[0].store.since(kernels[0].key)
    assert Counter(each.id for each in stored) == Counter(sent)
    assert len(stored) == PEOPLE * 20
    for dataset in kernels:
        dataset.sync()
        assert dataset.progress() == kernels[0].progress()
        assert all(len(each.responses) == PEOPLE for each in dataset)
