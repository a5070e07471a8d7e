"""A killed process loses nothing that it acknowledged."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.widgets import bundle

ANSWERING = Path(__file__).parent / "answering.py"
KILLS = 10
ANSWERS = 500


@pytest.fixture
def place(tmp_path):
    """Return the path of a store with a dataset of seven records."""
    made = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    made.add_records([{"text": f"t{i}"} for i in range(7)])
    made.save("tone", workspace="team", store=tmp_path / "feedback.db").store.close()
    return tmp_path / "feedback.db"


def answer_until_killed(place, user, answers, rng):
    """Return what a process acknowledged before it was killed, some moment after its `answers`-th answer."""
    process = subprocess.Popen(
        [sys.executable, str(ANSWERING), str(place), user], stdout=subprocess.PIPE, text=True
    )
    lines = [process.stdout.readline() for _ in range(answers)]
    try:
        process.wait(timeout=rng.uniform(0, 0.02))  # somewhere within the next few answers
    except subprocess.TimeoutExpired:
        process.kill()
    rest, _ = process.communicate()
    assert process.returncode == -9, "the process ended by itself"
    return [line.strip() for line in [*lines, *rest.splitlines(keepends=True)] if line.endswith("\n")]


@pytest.mark.skipif(not bundle.SOURCE.is_file(), reason="the desk's front end is not built: run 'make setup'")
def test_every_acknowledged_answer_survives_kill_9(place):
    """Ten times kill -9 at a random moment: every acknowledged answer is in the file, none twice, and the file is whole."""
    rng = random.Random(7)
    acknowledged: list[str] = []
    for number in range(KILLS):
        acknowledged += answer_until_killed(place, f"u{number}", ANSWERS // KILLS + rng.randrange(20), rng)

    connection = sqlite3.connect(place)
    found = [row[0] for row in connection.execute("SELECT answers ->> '$.why' FROM response_event")]
    damage = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()

    assert len(acknowledged) >= ANSWERS
    assert set(acknowledged) - set(found) == set()
    assert [each for each, count in Counter(found).items() if count > 1] == []
    assert len(found) - len(acknowledged) <= KILLS  # at most the one that was under way at each kill
    assert damage == [("ok",)]


@pytest.mark.skipif(not bundle.SOURCE.is_file(), reason="the desk's front end is not built: run 'make setup'")
def test_the_next_kernel_continues_where_the_killed_one_stopped(place):
    """After a kill the dataset opens, and shows each record's newest acknowledged answer or a newer one."""
    acknowledged = answer_until_killed(place, "ann", 20, random.Random(3))
    dataset = fw.FeedbackDataset.load("tone", workspace="team", store=place)
    newest = {int(each.split()[1]) % len(dataset): int(each.split()[1]) for each in acknowledged}
    shown = {
        at: int(dataset.answer("ann", dataset[at].id).answers["why"].split()[1]) for at in range(len(dataset))
    }
    assert {at: number for at, number in newest.items() if shown[at] < number} == {}
    dataset.respond(dataset[0].id, {"why": "after the kill"}, user="ann")
    assert dataset.answer("ann", dataset[0].id).answers == {"why": "after the kill"}
