"""Care on a PostgreSQL server: forgetting, listing, and what the doctor and the command line say."""

from __future__ import annotations

import subprocess
import sys

import pytest

import feedback_widgets as fw
from feedback_widgets.cli import main
from feedback_widgets.store import care
from postgres import PASSWORD

PERSON, SECRET = "ann-the-forgotten", "the-answer-nobody-may-read-again"


@pytest.fixture
def dataset(postgres_url):
    """Return a saved dataset of two records, the first one answered by two people."""
    made = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
    made.add_records([{"text": f"t{i}"} for i in range(2)])
    made.save("tone", store=postgres_url)
    for user, why in ((PERSON, SECRET), ("bob", "bob's answer")):
        made.respond(made[0].id, {"why": why}, user=user)
    return made


@pytest.fixture
def sql(postgres_server, postgres_url):
    """Return a function that asks the server directly."""
    return lambda query: postgres_server.sql(query, postgres_url.rpartition("/")[2])


def report(url, capsys):
    """Return the doctor's exit code and everything it said."""
    code = main(["doctor", url])
    said = capsys.readouterr()
    return code, said.out + said.err


def test_a_forgotten_person_is_gone_from_the_table_and_its_file(dataset, postgres_url, sql):
    """The answers are erased, others' stay, and the table is written anew into another file."""
    (before,) = sql("SELECT pg_relation_filenode('response_event')")
    assert dataset.forget_user(PERSON) == 1
    assert sql("SELECT pg_relation_filenode('response_event')") != [before]
    assert SECRET not in repr(sql("SELECT * FROM response_event"))
    assert PERSON not in repr(sql("SELECT * FROM response_event"))
    again = fw.FeedbackDataset.load("tone", store=postgres_url)
    assert [each.user_id for each in again[0].responses] == ["bob"]
    assert dataset.progress(PERSON)["submitted"] == 0


def test_a_person_is_forgotten_though_the_table_cannot_be_written_anew(dataset, sql, monkeypatch):
    """The answers are erased and the warning says what is left to do, without a password."""

    def refuse(store):
        with store.engine.connect() as connection:
            connection.exec_driver_sql(
                "VACUUM FULL response_event"
            )  # not inside a transaction, says the server

    monkeypatch.setattr(care, "_wipe_server", refuse)
    with pytest.warns(UserWarning, match="bytes may still stand .*VACUUM") as told:
        assert dataset.forget_user(PERSON) == 1
    assert PASSWORD not in str(told[0].message)
    assert SECRET not in repr(sql("SELECT * FROM response_event"))


def test_the_datasets_of_a_server_are_listed(dataset, postgres_url):
    """With the counts; an empty workspace is empty."""
    (found,) = fw.list_datasets(postgres_url)
    assert (found.workspace, found.name, found.records, found.annotators) == ("default", "tone", 2, 2)
    assert found.last_answer_at is not None
    assert list(fw.list_datasets(postgres_url, "nobody")) == []


def test_the_doctor_finds_a_server_well_and_tells_of_expired_leases(dataset, postgres_url, sql, capsys):
    """Every check has its line, and an expired lease is counted."""
    for user, until in (("ann", "2001"), ("bob", "2999")):
        sql(
            "INSERT INTO lease (dataset_id, record_id, user_id, expires_at) "
            f"VALUES ('{dataset.key}', '{dataset[0].id}', '{user}', '{until}-01-01T00:00:00.000000Z')"
        )
    code, said = report(postgres_url, capsys)
    assert (code, "leases: 2, of which 1 expired" in said) == (0, True)
    assert "ok   default/tone: 2 records, 2 events, 2 annotators, 2 current answers" in said
    assert PASSWORD not in said


def test_the_doctor_names_an_answer_that_does_not_fit(dataset, postgres_url, sql, capsys):
    """What somebody wrote into the table by hand."""
    sql("UPDATE response_event SET answers = '{\"why\": 3}' WHERE user_id = 'bob'")
    code, said = report(postgres_url, capsys)
    assert (code, "1 answers no longer fit their question, first bob" in said) == (1, True)


@pytest.mark.parametrize("command", ["doctor", "list", "backup"])
def test_no_command_says_the_password(dataset, postgres_url, command, tmp_path):
    """Neither when it works nor when it fails, in output or complaint: wrong database, wrong port, no backup of a server."""
    more = [str(tmp_path / "copy.db")] if command == "backup" else []
    head, _, _ = postgres_url.rpartition("/")
    for url in (postgres_url, f"{head}/no-such-database", f"postgresql://keeper:{PASSWORD}@127.0.0.1:1/x"):
        done = subprocess.run(
            [sys.executable, "-m", "feedback_widgets.cli", command, url, *more],
            capture_output=True,
            text=True,
            check=False,
        )
        assert PASSWORD not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert done.returncode == (0 if url == postgres_url and command != "backup" else 1)


def test_answers_from_before_a_question_are_well(dataset, postgres_url, capsys):
    """A question that became required later does not make the doctor complain of earlier answers."""
    dataset.extend(questions=[fw.RatingQuestion(name="stars", values=[1, 2])])
    assert report(postgres_url, capsys)[0] == 0
