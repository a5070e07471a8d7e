"""Many annotators share the records: each record gets as many answers as it shall have, whoever is killed or falls asleep.

Time passes for those only who are gone: the test ages their leases, and theirs alone. Whoever is at work keeps a lease of
five minutes, longer than a test may take, so that what they are told is exact however busy the machine is.
"""

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
SLEEPER = "idle"
STUCK = 240.0  # seconds after which somebody who waits for ever is a failure
SUBMITTED = "SELECT record_id, user_id FROM response_event WHERE status = 'submitted' ORDER BY seq"
AGE = "UPDATE lease SET expires_at = '2000-01-01T00:00:00.000000Z' WHERE user_id IN ({})"


class Team:
    """Processes of annotators on one dataset, which `sql` asks directly, as a foreign program would."""

    def __init__(self, place, sql, processes, threads):
        self.sql = sql
        self.users = [[f"u{number}-{each}" for each in range(threads)] for number in range(processes)]
        self.users[-1][0] = SLEEPER
        self.gone = [SLEEPER]
        self.processes = [None] * processes
        self._start(place, -1)  # the sleeper takes its records before anybody else is there
        assert self.processes[-1].stdout.readline() == "ready\n"
        for number in range(processes - 1):
            self._start(place, number)
        for each in self.processes[:-1]:
            assert each.stdout.readline() == "ready\n"
        self._until = time.monotonic() + STUCK

    def _start(self, place, number):
        command = [sys.executable, str(SHARING), place, *self.users[number]]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.processes[number] = subprocess.Popen(command, **pipes)

    def kill(self, number):
        """`kill -9` one process with all its annotators."""
        self.processes[number].send_signal(signal.SIGKILL)
        assert self.processes[number].wait() == -signal.SIGKILL
        self.gone += self.users[number]

    def wait(self, done):
        """Wait until `done()`, while time passes for those who are gone."""
        while not done():
            assert time.monotonic() < self._until, "somebody waits for ever"
            # Again and again: what a process asked for just before it was killed may be granted after its end.
            self.sql(AGE.format(", ".join(f"'{each}'" for each in self.gone)))
            time.sleep(0.05)

    def finish(self):
        """Wait until everybody has nothing left to do, let the sleeper wake up, and return user -> what became of the answers."""
        sleeper, said = self.processes[-1], []
        listening = threading.Thread(target=lambda: said.append(sleeper.stdout.readline()))
        listening.start()
        self.wait(lambda: said and all(each.poll() is not None for each in self.processes[:-1]))
        listening.join()
        assert said == ["others are done\n"]
        awake = [each for each in self.processes[:-1] if each.returncode != -signal.SIGKILL]
        replies = [each.communicate()[0] for each in awake]
        replies.append(sleeper.communicate("wake up\n", timeout=STUCK)[0])
        return {user: done for each in replies for user, done in json.loads(each).items()}

    def close(self):
        """End whoever is left."""
        for each in self.processes:
            if each is not None:
                each.kill()
                each.communicate()


@pytest.fixture
def share():
    """Return a function that lets a team answer `records` at `place`, killing some midway: (what it was told, log, records)."""
    teams = []

    def run(place, sql, *, records, processes, threads, killed):
        dataset = fw.FeedbackDataset(
            fields=[fw.TextField(name="text")],
            questions=[fw.TextQuestion(name="why")],
            distribution=fw.Distribution(min_submitted=OVERLAP),
        )
        dataset.add_records([{"text": f"t{i}"} for i in range(records)])
        dataset.save("tone", workspace="team", store=place).store.close()
        team = Team(place, sql, processes, threads)
        teams.append(team)
        for number in range(killed):
            enough = (number + 1) * records * OVERLAP / 4
            team.wait(lambda enough=enough: len(sql(SUBMITTED)) >= enough)
            team.kill(number)
        return team.finish(), sql(SUBMITTED), [each.id for each in dataset]

    yield run
    for team in teams:
        team.close()


def check(told, log, records):
    """Check that every record has its answers, by different people, none too many, and that nobody at work was asked in vain."""
    assert len(log) == len(set(log)), "nobody answers a record twice"
    assert Counter(record for record, _ in log) == dict.fromkeys(records, OVERLAP)
    written = set(log)
    assert all(written >= {(record, user) for record in done["saved"]} for user, done in told.items())
    sleeper = told.pop(SLEEPER)
    in_vain = {user: done["kept"] for user, done in told.items() if done["kept"]}
    assert in_vain == {}, "nobody who is at work is asked for what others answer already"
    assert sleeper["saved"] == []
    assert len(sleeper["kept"]) == 5, "the sleeper had taken records, and others got them"


def test_fifty_annotators_share_a_server(postgres_server, postgres_url, share):
    """Fifty in ten kernels, two of them killed and one annotator asleep: 300 records with three answers of three people each."""
    name = postgres_url.rpartition("/")[2]

    def sql(statement):
        return postgres_server.sql(statement, name)

    check(*share(postgres_url, sql, records=300, processes=10, threads=5, killed=2))


def test_annotators_share_a_file(tmp_path, share):
    """Nine in three kernels on one SQLite file, one kernel killed and one annotator asleep: the same."""
    place = tmp_path / "feedback.db"

    def sql(statement):
        with closing(sqlite3.connect(place, timeout=30)) as connection, connection:
            return connection.execute(statement).fetchall()

    check(*share(str(place), sql, records=200, processes=3, threads=3, killed=1))
