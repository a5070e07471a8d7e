"""The command line: what it says about stores that are well, damaged, foreign or missing, and how it ends."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.cli import main
from feedback_widgets.store import tables


@pytest.fixture
def place(tmp_path):
    """Return the path of a closed store with two datasets, one of them answered by two people."""
    path = tmp_path / "feedback.db"
    for name, people in (("tone", ["ann", "bob"]), ("untouched", [])):
        made = fw.FeedbackDataset(
            fields=[fw.TextField(name="text")],
            questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
        )
        made.add_records([{"text": f"record {i}: {'words ' * 40}"} for i in range(60)])
        made.save(name, workspace="team", store=path)
        for user in people:
            made.respond(made[0].id, {"tone": "rude"}, user=user)
        made.store.close()
    return path


def command(*given):
    """Run the command in a process of its own; return exit code, output and complaints."""
    done = subprocess.run(
        [sys.executable, "-m", "feedback_widgets.cli", *map(str, given)],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def change(place, *statements):
    """Change the file as a foreign program would."""
    connection = sqlite3.connect(place)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def report(place, capsys):
    """Return the doctor's exit code and report."""
    code = main(["doctor", str(place)])
    return code, capsys.readouterr().out


# -- doctor ---------------------------------------------------------------------------------------------------------


def test_the_doctor_finds_a_good_store_well(place):
    """Every check has its line, the counts are right, nothing is complained of, and the exit code is 0."""
    code, said, complained = command("doctor", place)
    assert (code, complained) == (0, "")
    for line in (
        "ok   journal: wal",
        "ok   integrity: whole",
        "ok   references: all lead somewhere",
        f"ok   schema: {tables.SCHEMA}",
        "ok   leases: 0, of which 0 expired and free for others",
        "ok   team/tone: 60 records, 2 events, 2 annotators, 2 current answers",
        "ok   team/untouched: 60 records, 0 events, 0 annotators, 0 current answers",
        "the store is well",
    ):
        assert line in said.splitlines()
    assert "ok   size: " in said


def test_the_doctor_changes_nothing(place):
    """The file is byte for byte what it was, an older schema included."""
    change(place, "UPDATE alembic_version SET version_num = '0001'")
    before = place.read_bytes()
    code, said, _ = command("doctor", place)
    assert code == 0
    assert f"schema: 0001, migrated to {tables.SCHEMA} when the store is opened next" in said
    assert place.read_bytes() == before
    assert [each.name for each in place.parent.iterdir()] == [place.name]


def test_the_doctor_sees_flipped_bytes(place):
    """Damaged pages are told as such, with the remedy, and the exit code is 1."""
    content = bytearray(place.read_bytes())
    for offset in range(4096 * 3, len(content), 512):
        content[offset : offset + 64] = bytes(255 - byte for byte in content[offset : offset + 64])
    place.write_bytes(content)
    code, said, complained = command("doctor", place)
    assert code == 1
    assert "damaged" in said + complained
    assert "restore a backup copy" in said + complained
    assert "Traceback" not in complained


def test_the_doctor_refuses_what_is_no_database(tmp_path):
    """One sentence, exit code 1, and the file is left alone."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to look like one\n" * 100)
    code, said, complained = command("doctor", path)
    assert (code, said) == (1, "")
    assert "is not a SQLite database: choose another path" in complained
    assert complained.count("\n") == 1


def test_the_doctor_refuses_a_place_without_a_store(tmp_path):
    """Nothing is made there."""
    code, said, complained = command("doctor", tmp_path / "nowhere.db")
    assert (code, said) == (1, "")
    assert "there is no store at" in complained
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_sees_that_a_database_is_not_ours(tmp_path, capsys):
    """Another program's database is not taken for an empty store."""
    path = tmp_path / "other.db"
    change(path, "CREATE TABLE letters (text)")
    code, said = report(path, capsys)
    assert code == 1
    assert "BAD  schema: none; this is no store of feedback_widgets" in said


def test_the_doctor_sees_a_store_of_a_newer_version(place, capsys):
    """What it cannot read it does not judge."""
    change(place, "UPDATE alembic_version SET version_num = '9999'")
    code, said = report(place, capsys)
    assert code == 1
    assert "schema: 9999" in said
    assert "install the newest feedback_widgets" in said


def test_the_doctor_sees_answers_without_a_record(place, capsys):
    """A foreign program that deletes records leaves answers that lead nowhere."""
    change(place, "DELETE FROM record WHERE id IN (SELECT record_id FROM response_event)")
    code, said = report(place, capsys)
    assert code == 1
    assert "BAD  references: " in said


def test_the_doctor_sees_answers_that_no_longer_fit(place, capsys):
    """An answer outside its question's options is named with its annotator and the rule."""
    change(place, """UPDATE response_event SET answers = '{"tone":"sarcastic"}' WHERE user_id = 'bob'""")
    code, said = report(place, capsys)
    assert code == 1
    assert "BAD  team/tone: 1 answers no longer fit their question, first bob on record" in said
    assert "'sarcastic'" in said


def test_the_doctor_goes_on_behind_an_answer_that_cannot_be_read(place, capsys):
    """Broken JSON is a finding like any other; the next dataset is still examined."""
    change(place, "UPDATE response_event SET answers = '{\"tone' WHERE user_id = 'bob'")
    code, said = report(place, capsys)
    assert code == 1
    assert "BAD  cannot be read" in said
    assert "ok   team/untouched" in said


def test_the_doctor_counts_leases_that_have_expired(place, capsys):
    """An expired lease holds nobody up, and is told."""
    change(
        place,
        *(
            "INSERT INTO lease (dataset_id, record_id, user_id, expires_at) "
            f"SELECT dataset_id, id, 'ann', '{when}' FROM record WHERE seq = {seq}"
            for seq, when in ((1, "2001-01-01T00:00:00.000000Z"), (2, "2999-01-01T00:00:00.000000Z"))
        ),
    )
    code, said = report(place, capsys)
    assert code == 0
    assert "leases: 2, of which 1 expired and free for others" in said


def test_the_doctor_does_not_count_the_forgotten(place, capsys):
    """Nobody's answers are current answers of nobody."""
    dataset = fw.FeedbackDataset.load("tone", workspace="team", store=place)
    dataset.forget_user("bob")
    dataset.store.close()
    _, said = report(place, capsys)
    assert "team/tone: 60 records, 2 events, 1 annotators, 1 current answers" in said


# -- list and backup ------------------------------------------------------------------------------------------------


def test_list_shows_the_datasets(place):
    """One line each, as `list_datasets` shows them."""
    code, said, complained = command("list", place)
    assert (code, complained) == (0, "")
    assert said == repr(fw.list_datasets(place)) + "\n"
    assert [line.split()[:4] for line in said.splitlines()[1:]] == [
        ["team", "tone", "60", "2"],
        ["team", "untouched", "60", "0"],
    ]


def test_backup_makes_a_copy_that_opens(place, tmp_path):
    """The copy has everything; a second time it asks for --overwrite."""
    copy = tmp_path / "copy.db"
    code, said, _ = command("backup", place, copy)
    assert (code, said) == (0, f"copied to {copy}\n")
    assert repr(fw.list_datasets(copy)) == repr(fw.list_datasets(place))
    code, _, complained = command("backup", place, copy)
    assert code == 1
    assert "give overwrite=True" in complained
    assert command("backup", place, tmp_path / "second.db", "--overwrite")[0] == 0


@pytest.mark.parametrize("given", [("list",), ("backup", "copy.db")])
def test_a_missing_store_is_told(given, tmp_path, capsys):
    """Whatever was asked, one sentence and exit code 1."""
    name, *rest = given
    assert main([name, str(tmp_path / "nowhere.db"), *(str(tmp_path / each) for each in rest)]) == 1
    assert "there is no store at" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_backup_of_something_else_leaves_the_target_alone(tmp_path, capsys):
    """What is no database is not copied over a good copy."""
    source, target = tmp_path / "notes.txt", tmp_path / "copy.db"
    source.write_text("not a database\n" * 500)
    target.write_text("precious")
    assert main(["backup", str(source), str(target), "--overwrite"]) == 1
    assert "file is not a database" in capsys.readouterr().err
    assert target.read_text() == "precious"


def test_a_server_is_copied_with_its_own_tool(tmp_path, capsys):
    """The password in the address is not repeated."""
    assert main(["backup", "postgresql://ann:secret@host/db", str(tmp_path / "copy.db")]) == 1
    said = capsys.readouterr().err
    assert "pg_dump" in said
    assert "secret" not in said


# -- the command itself ---------------------------------------------------------------------------------------------


def test_the_command_is_installed_under_its_name():
    """The package's `feedback-widgets` leads to this main."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, name = project["scripts"]["feedback-widgets"].partition(":")
    assert getattr(import_module(module), name) is main


def test_starting_loads_nothing_heavy():
    """Help and typing errors come at once."""
    code = "import feedback_widgets.cli, json, sys; print(json.dumps(list(sys.modules)))"
    loaded = json.loads(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    )
    assert {"sqlalchemy", "pydantic", "ipywidgets", "pandas", "sqlite3"} & set(loaded) == set()


def test_help_names_every_command(capsys):
    """What there is can be found out."""
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert all(word in said for word in ("doctor", "list", "backup"))
