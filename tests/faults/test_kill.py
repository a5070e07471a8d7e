"""A killed process loses nothing that it acknowledged."""

from __future__ import annotations

import random
import time
from collections import Counter

STORES = 8
KILLS = 208  # in all, evenly over the stores
ANSWERS = 10_000  # acknowledged, in all


def test_kill_9_loses_no_acknowledged_answer_and_doubles_none(
    make, load, annotators, logged, lines, tmp_path
):
    """Killed at 208 random moments of 10,000 answers: all that was acknowledged is there once, and the outbox adds the rest."""
    chance = random.Random(7)
    kills = acknowledged = 0
    for shelf in range(STORES):
        place = make(f"{shelf}.db")
        outboxes = []
        while kills < KILLS * (shelf + 1) // STORES or acknowledged < ANSWERS * (shelf + 1) // STORES:
            outboxes.append(tmp_path / f"{shelf}-{kills}.outbox")
            process = annotators.start(place, f"u{kills}", outboxes[-1])
            time.sleep(chance.uniform(0, 0.4))  # while it opens the store, writes, or waits for the disk
            annotators.kill(process)
            kills += 1
            replies = lines(f"{outboxes[-1]}.replies")
            assert {each["kind"] for each in replies} <= {"saved"}
            acknowledged += sum(len(each["saved"]) for each in replies)
        check(place, load, logged, lines, outboxes)
    assert kills >= KILLS
    assert acknowledged >= ANSWERS


def check(place, load, logged, lines, outboxes):
    """What was acknowledged is there once; sending every outbox again adds exactly what is missing."""
    sent, saved = {}, set()
    for outbox in outboxes:
        for message in lines(outbox):
            sent |= {each["event"]: each["values"]["why"] for each in message["events"]}
        for reply in lines(f"{outbox}.replies"):
            saved |= {each["event"] for each in reply["saved"]}
    found = Counter(logged(place))
    assert {sent[each] for each in saved} - set(found) == set()
    assert set(found.values()) <= {1}
    assert set(found) <= set(sent.values())
    for outbox in outboxes:  # a message is written whole or not at all
        for message in lines(outbox):
            assert len({each["values"]["why"] in found for each in message["events"]}) == 1

    dataset = load(place)
    for outbox in outboxes:
        desk = dataset.annotate(user=f"u{outbox.stem.split('-')[1]}")
        for message in lines(outbox):
            reply = desk._reply(message)
            assert [each["event"] for each in reply["saved"]] == [each["event"] for each in message["events"]]
    again = Counter(logged(place))
    assert set(again) == set(sent.values())
    assert set(again.values()) <= {1}
    dataset.store.close()


def test_the_next_kernel_continues_where_the_killed_one_stopped(place, load, annotators, lines, tmp_path):
    """After a kill the dataset opens, and shows each record's newest acknowledged answer or a newer one."""
    process = annotators.start(place, "ann", tmp_path / "outbox")
    while len(lines(tmp_path / "outbox.replies")) < 3:
        time.sleep(0.01)
    annotators.kill(process)
    replies = lines(tmp_path / "outbox.replies")
    saved = {each["event"] for reply in replies for each in reply["saved"]}
    newest = {
        each["record"]: int(each["values"]["why"].split()[1])
        for message in lines(tmp_path / "outbox")
        for each in message["events"]
        if each["event"] in saved
    }
    dataset = load(place)
    shown = {each: int(dataset.answer("ann", each).answers["why"].split()[1]) for each in newest}
    assert {each: number for each, number in newest.items() if shown[each] < number} == {}
    dataset.respond(dataset[0].id, {"why": "after the kill"}, user="ann")
    assert dataset.answer("ann", dataset[0].id).answers == {"why": "after the kill"}
    dataset.store.close()


def test_a_store_killed_while_it_is_made_can_be_made_again(annotators, logged, tmp_path):
    """Killed at 40 random moments around its very first transactions: running the cell again makes or resumes the dataset."""
    chance = random.Random(11)
    for number in range(40):
        place = tmp_path / f"{number}.db"
        process = annotators.start(place, "ann", tmp_path / f"{number}.outbox")
        time.sleep(chance.uniform(0, 0.1))
        annotators.kill(process)
        assert annotators.wait(annotators.start(place, "bob", tmp_path / f"{number}.bob", [1, 1])) == 0
        assert [each for each in logged(place) if each.startswith("bob")] == ["bob 0", "bob 1"]
