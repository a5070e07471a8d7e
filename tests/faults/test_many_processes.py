"""Several kernels on one file: everybody's answers are kept, and nobody hears of a lock."""

from __future__ import annotations

from collections import Counter

PROCESSES = 8
ONE_BY_ONE = [1] * 300
BATCHES = [50] * 34  # as an outbox is emptied after a reload


def test_eight_processes_of_two_thousand_answers_lose_none(place, annotators, logged, lines, tmp_path):
    """Eight times 2,000 answers on one SQLite file at once: all are kept once and in order, and no reply is a refusal."""
    users = [f"u{number}" for number in range(PROCESSES)]
    processes = [annotators.start(place, user, tmp_path / user, ONE_BY_ONE + BATCHES) for user in users]
    assert [annotators.wait(each) for each in processes] == [0] * PROCESSES

    found = logged(place)
    assert Counter(found) == Counter(f"{user} {number}" for user in users for number in range(2000))
    for user in users:
        mine = [each for each in found if each.split()[0] == user]
        assert mine == sorted(mine, key=lambda each: int(each.split()[1]))
        replies = lines(tmp_path / f"{user}.replies")
        assert [reply["kind"] for reply in replies if reply["kind"] != "saved" or reply["refused"]] == []


def test_eight_kernels_that_start_together_make_one_dataset(annotators, logged, tmp_path):
    """The cell that makes the dataset, run by eight kernels at once where there is no file yet: one dataset, nobody refused."""
    for turn in range(6):
        place = tmp_path / f"{turn}.db"
        names = [f"{turn}u{number}" for number in range(PROCESSES)]
        processes = [annotators.start(place, each, tmp_path / each, [1]) for each in names]
        assert [annotators.wait(each) for each in processes] == [0] * PROCESSES
        assert sorted(logged(place)) == [f"{each} 0" for each in names]
