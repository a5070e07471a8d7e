"""Many annotators share the records: each record gets as many answers as it shall have, whoever is killed or falls asleep."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

import feedback_widgets as fw

SHARING = Path(__file__).parent / "sharing.py"
OVERLAP = 3
LEASE = 45.0  # seconds: long for a thread on a busy machine, short for a test that waits for the leases of the killed
STUCK = 400.0  # seconds after which somebody who waits for ever is a failure
SUBMITTED = "SELECT record_id, user_id FROM response_event WHERE status = 'submitted' ORDER BY seq"


class Team:
    """Processes of annotators on one dataset."""

    def __init__(self, place, processes, threads):
        users = [[f"u{number}-{each}" for each in range(threads)] for number in range(processes)]
        users[-1][0] = "idle"
        self.processes = []
        for each in reversed(users):  # the sleeper takes its records before anybody else is there
            self.processes.insert(0, self._start(place, each))
            if each is users[-1]:
                assert self.processes[0].stdout.readline() == "ready\n"
        for each in self.processes[:-1]:
            assert each.stdout.readline() == "ready\n"

    def _start(self, place, users):
        command = [sys.executable, str(SHARING), place, str(LEASE), *users]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def kill(self, number):
        """`kill -9` one process with all its annotators."""
        self.processes[number].send_signal(signal.SIGKILL)
        assert self.processes[number].wait() == -signal.SIGKILL

    def finish(self):
        """Wait until everybody has nothing left to do, let the sleeper wake up, and return user -> what became of the answers."""
        sleeper = self.processes[-1]
        told = {}
        for each in self.processes[:-1]:
            if each.returncode is None:
                told.update(json.loads(each.communicate(timeout=STUCK)[0]))
        stuck = threading.Timer(STUCK, sleeper.kill)
        stuck.start()
        assert sleeper.stdout.readline() == "others are done\n"
        stuck.cancel()
        told.update(json.loads(sleeper.communicate("wake up\n", timeout=STUCK)[0]))
        return told

    def close(self):
        """End whoever is left."""
        for each in self.processes:
            each.kill()
            each.communicate()


@pytest.fixture
def share():
    """Return a function that lets a team answer `records` at `place`, killing some midway: (what it was told, the log)."""
    teams = []

    def run(place, log, *, records, processes, threads, killed):
        dataset = fw.FeedbackDataset(
            fields=[fw.TextField(name="text")],
            questions=[fw.TextQuestion(name="why")],
            distribution=fw.Distribution(min_submitted=OVERLAP),
        )
        dataset.add_records([{"text": f"t{i}"} for i in range(records)])
        dataset.save("tone", workspace="team", store=place).store.close()
        team = Team(place, processes, threads)
        teams.append(team)
        for number in range(killed):
            until = time.monotonic() + STUCK
            while len(log()) < (number + 1) * records * OVERLAP / 4:
                assert time.monotonic() < until, "nobody answers any more"
                time.sleep(0.05)
            team.kill(number)
        return team.finish(), log(), [dataset[at].id for at in range(records)]

    yield run
    for team in teams:
        team.close()


def check(told, log, records):
    """Check that every record has its answers, by different people, and none too many."""
    assert len(log) == len(set(log)), "nobody answers a record twice"
    assert Counter(record for record, _ in log) == dict.fromkeys(records, OVERLAP)
    written = set(log)
    assert all(written >= {(record, user) for record in done["saved"]} for user, done in told.items())
    # On a machine that is too busy for a while, a lease may end under somebody who is at work.
    in_vain = sum(len(done["kept"]) for user, done in told.items() if user != "idle")
    assert in_vain <= len(log) / 200, "nobody who is at work is asked for what others answer already"
    assert told["idle"]["saved"] == []
    assert len(told["idle"]["kept"]) == 5, "the sleeper had taken records, and others got them"


def test_fifty_annotators_share_a_server(postgres_server, postgres_url, share):
    """Fifty in ten kernels, two of them killed and one annotator asleep: 500 records with three answers of three people each."""
    name = postgres_url.rpartition("/")[2]
    check(
        *share(
            postgres_url,
            lambda: postgres_server.sql(SUBMITTED, name),
            records=500,
            processes=10,
            threads=5,
            killed=2,
        )
    )


def test_annotators_share_a_file(tmp_path, share):
    """Nine in three kernels on one SQLite file, one kernel killed and one annotator asleep: the same."""
    place = tmp_path / "feedback.db"

    def log():
        with closing(sqlite3.connect(place)) as connection:
            return connection.execute(SUBMITTED).fetchall()

    check(*share(str(place), log, records=90, processes=3, threads=3, killed=1))
