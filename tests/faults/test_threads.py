"""The main thread and subshell threads at once: no exception, no deadlock, and nothing that a cold replay does not show."""

from __future__ import annotations

import itertools
import os
import random
import sys
import threading
import time

import pytest

from feedback_widgets.queue import window

SECONDS = float(os.environ.get("FEEDBACK_WIDGETS_LONG_FAULTS") or 8)  # the long form is 60
USERS = ("alice", "bob")


@pytest.fixture(autouse=True)
def _eager():
    """Let threads take turns a thousand times as often as usual, so that a missing lock shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def dataset(place, load):
    """Return the dataset that all threads share."""
    pytest.importorskip("pandas")
    made = load(place)
    yield made
    made.store.close()


def answer(dataset, desk, message, chance):
    """Do what a page does: answers, drafts, discards, doubled deliveries, undos and windows."""
    sent = message(desk, str(chance.random()), str(chance.random()))
    for event in sent["events"]:
        event["record"] = dataset[chance.randrange(len(dataset))].id
        event["status"] = chance.choice(["submitted", "submitted", "draft", "discarded"])
    undo = {"event": f"{chance.random()}"}
    for request in (sent, sent, message(desk, kind="undo", **undo), message(desk, kind="records"), sent):
        reply = desk._reply(request)
        assert reply["kind"] != "refused" or reply["reason"] == "there is nothing to undo", reply
        if reply["kind"] != "refused":
            counts = dict(reply["progress"])
            assert counts.pop("total") == sum(counts.values())


def read(dataset):
    """Do what a cell does: export, count, filter, look at records, take in what others wrote."""
    before = len(dataset)
    assert before <= len(dataset.rows()) <= len(dataset)  # another thread adds some
    dataset.to_pandas()
    dataset.progress()
    for queue in ("pending", "draft", "submitted", "discarded", "all"):
        window(dataset, "alice", queue, limit=100)
    for record in dataset:
        assert len({each.user_id for each in record.responses}) == len(record.responses)
    dataset.sync()


def add(dataset, chance):
    """Do what a second cell does: add records, a few new and a few known."""
    dataset.add_records([{"text": f"new {chance.randrange(200)}"} for _ in range(3)])


def test_threads_that_answer_filter_sync_and_export_at_once(dataset, load, place, message):
    """Every thread goes on until the end, and memory equals a cold load, record by record and count by count."""
    desks = [dataset.annotate(user=each) for each in USERS]
    end = time.monotonic() + SECONDS
    rounds, troubles = itertools.count(), []

    def work(kind, *arguments):
        try:
            while time.monotonic() < end and not troubles:
                kind(*arguments)
                next(rounds)
        except BaseException as error:  # noqa: BLE001 - told by the test, whatever it is
            troubles.append(error)

    jobs = [(answer, dataset, desk, message, random.Random(n)) for n, desk in enumerate(desks * 2)]
    jobs += [(read, dataset), (add, dataset, random.Random(9))]
    threads = [threading.Thread(target=work, args=job, daemon=True) for job in jobs]
    for thread in threads:
        thread.start()
    work(read, dataset)  # the main thread
    for thread in threads:
        thread.join(60)
    assert troubles == []
    assert [each for each in threads if each.is_alive()] == [], "a deadlock"
    assert next(rounds) > len(jobs)

    dataset.sync()
    cold = load(place)
    assert [each.id for each in dataset] == [each.id for each in cold]
    for warm, fresh in zip(dataset, cold, strict=True):
        assert standing(warm) == standing(fresh)
    assert dataset.progress() == cold.progress()
    cold.store.close()


def standing(record):
    """Return everybody's answers to a record."""
    return sorted((each.user_id, each.status, str(each.to_json())) for each in record.responses)
