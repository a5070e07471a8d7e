"""A database server that goes away, comes back, and is killed under people who label."""

from __future__ import annotations

import json
import threading
from collections import Counter

import pytest

import feedback_widgets as fw
from feedback_widgets.store import open_store

PEOPLE = 50
ANSWERS = 20


@pytest.fixture
def dataset(postgres_url):
    """Return a dataset of fifty records on a server."""
    made = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    made.add_records([{"text": f"t{i}"} for i in range(50)])
    made.save("tone", workspace="team", store=postgres_url)
    yield made
    made.store.close()


@pytest.fixture
def texts(postgres_server, postgres_url):
    """Return a function that reads the log's texts in order, as a foreign program would."""

    def read():
        rows = postgres_server.sql(
            "SELECT answers::text FROM response_event ORDER BY seq", postgres_url.rpartition("/")[2]
        )
        return [json.loads(each)["why"] for (each,) in rows]

    return read


def test_a_server_stopped_and_started_again(dataset, message, postgres_server, texts):
    """While the server is down answers wait in the page, with words; they land as soon as it is back, each once."""
    desk = dataset.annotate(user="alice")
    before, during = message(desk, "before"), message(desk, "during", "during too")
    assert desk._reply(before)["kind"] == "saved"
    postgres_server.stop()
    try:
        for _ in range(3):
            refused = desk._reply(during)
            assert (refused["kind"], refused["again"]) == ("refused", True)
            assert "that the server is running" in refused["reason"]
            assert "geheim" not in refused["reason"]
    finally:
        postgres_server.start()
    hello = desk._reply(message(desk, kind="hello", pending=[each["event"] for each in during["events"]]))
    assert (hello["kind"], hello["known"]) == ("welcome", [])
    for again in (during, before, during):
        assert desk._reply(again)["kind"] == "saved"
    assert texts() == ["before", "during", "during too"]


def test_a_server_restarted_again_and_again_under_people_who_label(dataset, message, postgres_server, texts):
    """Restarted in the middle of everything: every answer of every thread is there once, whatever was refused meanwhile."""
    desks = [dataset.annotate(user=f"u{number}") for number in range(4)]
    down, unexpected = Counter(), []
    done = threading.Event()

    def label(desk):
        for number in range(150):
            sent = message(desk, f"{desk.user} {number}")
            while (reply := desk._reply(sent))["kind"] != "saved":
                down[desk.user] += 1
                if not reply["again"] or "unexpected" in reply["reason"]:
                    unexpected.append(reply)
                    return
                done.wait(0.05)  # as the page does: it tries again

    threads = [threading.Thread(target=label, args=[desk]) for desk in desks]
    for thread in threads:
        thread.start()
    for _ in range(3):
        done.wait(0.3)
        postgres_server.stop()
        done.wait(0.1)
        postgres_server.start()
    for thread in threads:
        thread.join()
    assert unexpected == []
    assert sum(down.values()) > 0, "nobody noticed: the test stopped nothing"
    assert Counter(texts()) == Counter(f"{desk.user} {number}" for desk in desks for number in range(150))


def test_fifty_people_on_one_server(postgres_url, dataset, message, texts):
    """Fifty annotators in ten kernels: all answers are kept once, nobody is refused, and everybody's counts agree."""
    kernels = [fw.FeedbackDataset.load("tone", workspace="team", store=postgres_url) for _ in range(10)]
    assert len({id(each.store) for each in kernels}) == 1
    refused = []

    def label(desk):
        for number in range(ANSWERS):
            sent = message(desk, f"{desk.user} {number}")
            sent["events"][0]["record"] = desk.dataset[number].id
            reply = desk._reply(sent)
            if reply["kind"] != "saved":
                refused.append(reply)

    desks = [kernels[number % 10].annotate(user=f"u{number}") for number in range(PEOPLE)]
    threads = [threading.Thread(target=label, args=[desk]) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []
    assert Counter(texts()) == Counter(
        f"u{who} {number}" for who in range(PEOPLE) for number in range(ANSWERS)
    )
    for each in kernels:
        each.sync()
        assert each.progress("u7")["submitted"] == ANSWERS
    assert open_store(postgres_url).since(dataset.key)[-1].seq >= PEOPLE * ANSWERS
