"""Training runs are written down in the store, from their first step to their end, and nothing else there changes."""

import math
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import feedback_widgets as fw
from feedback_widgets.store import runs as stored
from feedback_widgets.training import processes
from feedback_widgets.training.runs import Cancelled, Run, logged, plain


def labelled(**kept):
    """Return a small dataset with three answers of two people, kept where asked."""
    dataset = fw.FeedbackDataset.for_text_classification(labels=["polite", "rude"])
    dataset.add_records([{"text": "Please."}, {"text": "Ugh."}])
    if kept:
        dataset.save("tone", **kept)
    for user, at, said in [("alice", 0, "polite"), ("alice", 1, "rude"), ("bob", 1, "polite")]:
        dataset.respond(dataset[at].id, {"label": said}, user=user)
    return dataset


def train(dataset, folder, *, fails=None, metrics=None, **details):
    """Do what a trainer does around a training."""
    with logged(dataset, "text_classification", "none", folder, lambda: {"model": "tiny", **details}) as run:
        if fails is not None:
            raise fails
        run.metrics = metrics or {}


def events(path):
    """Return everything that a store holds of records and answers."""
    with closing(sqlite3.connect(path)) as connection:
        return [
            connection.execute(f"SELECT * FROM {table}").fetchall()
            for table in ("record", "suggestion", "response_event", "settings_version", "dataset")
        ]


def test_a_training_is_written_down(rewarding, tmp_path):
    """A run tells its model, settings, answers, records, numbers and folder, and another kernel sees it."""
    before = len(rewarding.dataset.runs())
    metrics = rewarding.train(output_dir=tmp_path / "rm")
    run = rewarding.dataset.runs()[before]
    assert (run.status, run.task, run.framework) == ("done", "reward_modeling", "trl")
    assert run.folder == tmp_path / "rm"
    assert run.metrics["train_loss"] == metrics["train_loss"]
    assert run.details["settings"]["max_steps"] == 2
    assert run.details["train_size"] == 0.8
    assert run.details["annotators"] == 1
    assert run.details["records"] == str(rewarding.report)
    assert run.details["answers"] == len(rewarding.dataset)
    assert run.error is None
    assert run.seconds > 0


def test_nothing_else_in_the_store_changes(tmp_path):
    """Records, answers and settings are the same bytes before and after a run that failed and one that went well."""
    dataset = labelled(store=tmp_path / "s.db")
    before = events(tmp_path / "s.db")
    train(dataset, tmp_path)
    with pytest.raises(ValueError, match="no"):
        train(dataset, tmp_path, fails=ValueError("no"))
    assert events(tmp_path / "s.db") == before
    assert len(dataset.runs()) == 2


def test_a_failed_run_keeps_its_sentence(tmp_path):
    """An error, an interruption and a cancellation are told apart; each ends the run and goes on to the user."""
    dataset = labelled()
    for error in (
        ValueError("boom"),
        fw.InvalidInput("one class alone."),
        KeyboardInterrupt(),
        Cancelled("stopped."),
    ):
        with pytest.raises(type(error)):
            train(dataset, tmp_path, fails=error)
    told = [(run.status, run.error) for run in dataset.runs()]
    assert told == [
        ("failed", "ValueError: boom"),
        ("failed", "one class alone."),
        ("failed", "it was interrupted"),
        ("cancelled", "stopped."),
    ]
    assert all(run.ended_at is not None for run in dataset.runs())


def test_a_refused_training_is_a_failed_run(base, tmp_path):
    """What is refused once the answers are read stands in the list with the reason."""
    dataset = fw.FeedbackDataset(fields=[fw.TextField(name="ask")], questions=[fw.TextQuestion(name="say")])
    dataset.add_records([{"ask": "one?"}])
    task = fw.TrainingTask.for_supervised_fine_tuning(prompt="ask", response="say")
    with pytest.raises(fw.InvalidInput):
        fw.FeedbackTrainer(dataset, task, model=base).train(output_dir=tmp_path)
    (run,) = dataset.runs()
    assert run.status == "failed"
    assert "nothing to train on" in run.error


def test_the_answers_of_a_run_come_back(tmp_path):
    """`as_of(last event)` is the dataset as the run read it, whatever was answered and taken back around it."""
    dataset = labelled()
    dataset.undo(user="bob")
    train(dataset, tmp_path)
    dataset.respond(dataset[0].id, {"label": "rude"}, user="alice")
    (run,) = dataset.runs()
    then = dataset.as_of(run.events[1])
    assert [[each.values["label"].value for each in record.responses] for record in then] == [
        ["polite"],
        ["rude"],
    ]
    assert (run.details["answers"], run.details["annotators"]) == (2, 1)


def test_a_killed_run_is_not_running_for_ever(tmp_path):
    """A run whose process is gone has failed, though nobody wrote so; one whose process lives is running."""
    path = tmp_path / "s.db"
    dataset = labelled(store=path)
    code = (
        "import os, sys, pathlib, feedback_widgets as fw; from feedback_widgets.training.runs import logged\n"
        "ds = fw.FeedbackDataset.load('tone', store=sys.argv[1])\n"
        "with logged(ds, 'text_classification', 'none', pathlib.Path('out'), dict): os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], cwd=tmp_path, check=False).returncode == 9
    assert stored.listed(dataset.store, dataset.key)[0]["state"] == "running"
    with logged(dataset, "text_classification", "none", tmp_path, dict):
        killed, own = dataset.runs()
    assert (killed.status, own.status) == ("failed", "running")
    assert "killed" in killed.error
    assert killed.seconds is None


def test_a_finished_run_outlives_its_process(tmp_path):
    """A run that was done, or failed for a reason, stays so when its process is gone."""
    dataset = labelled(store=tmp_path / "s.db")
    train(dataset, tmp_path)
    row = stored.listed(dataset.store, dataset.key)[0] | {"process": None}
    assert Run.read(row).status == "done"
    refused = Run.read(row | {"state": "failed", "error": "one class alone."})
    assert (refused.status, refused.error) == ("failed", "one class alone.")


def test_a_folder_is_found_from_everywhere(tmp_path, monkeypatch):
    """A run that was given a relative folder names it whole."""
    dataset = labelled()
    monkeypatch.chdir(tmp_path)
    train(dataset, Path("out"))
    assert dataset.runs()[0].folder == tmp_path / "out"


def test_a_run_reads_what_others_have_answered(tmp_path):
    """Answers that another kernel has given until then are in the dataset when a run begins, as its numbers say."""
    dataset = labelled(store=tmp_path / "s.db")
    other = fw.FeedbackDataset.load("tone", store=tmp_path / "s.db")
    assert len(dataset[0].responses) == 1
    other.respond(other[0].id, {"label": "rude"}, user="cem")
    with logged(dataset, "text_classification", "none", tmp_path, dict) as run:
        assert run.details["answers"] == 4
        assert len(dataset[0].responses) == 2


def test_a_process_is_more_than_its_number():
    """A number that was given out again is not the process that once had it; another machine's is believed to live."""
    own = processes.name_of()
    machine, number, *_ = own.split(" ")
    assert processes.lives(own)
    assert not processes.lives(f"{machine} {number} 1")
    assert processes.lives(f"elsewhere {number} 1")
    assert not processes.lives(None)


def test_a_store_that_cannot_be_written_stops_no_training(tmp_path, monkeypatch):
    """The training goes on, and a warning says why it is not in the list."""
    dataset = labelled(store=tmp_path / "s.db")

    def full(*_, **__):
        raise fw.StoreError("the store has no room left")

    monkeypatch.setattr(stored, "begin", full)
    monkeypatch.setattr(stored, "note", full)
    with pytest.warns(UserWarning, match="not written down.*no room left") as said:
        train(dataset, tmp_path, metrics={"train_loss": 1.0})
    assert len(said) == 1  # what was not begun is not ended
    assert dataset.runs() == []


def test_what_json_cannot_carry_is_described(tmp_path):
    """Numbers that are none, objects and paths are written in words; keys to services never are."""
    import numpy as np

    details = {
        "peft_config": object(),
        "api_key": "sk-secret",
        "lr": np.float32(0.5),
        "deep": {"token": "hf_secret", "HUB_TOKEN": "hf_secret"},
    }
    dataset = labelled(store=tmp_path / "s.db")
    train(dataset, tmp_path, metrics={"train_loss": math.nan, "steps": np.int64(3)}, **details)
    (run,) = dataset.runs()
    assert run.metrics == {"train_loss": None, "steps": 3}
    assert run.details["peft_config"] == "<object>"
    assert run.details["lr"] == 0.5
    assert b"secret" not in (tmp_path / "s.db").read_bytes() + (tmp_path / "s.db-wal").read_bytes()
    assert plain((1, {"a": True})) == [1, {"a": True}]
    assert plain([np.zeros(2), Path("a")]) == ["<ndarray>", "a"]


def test_runs_are_a_table(tmp_path):
    """The list prints as a table, and gives a DataFrame with a column for each number."""
    dataset = labelled()
    assert repr(dataset.runs()) == "no training runs"
    train(dataset, tmp_path, metrics={"train_loss": 0.25})
    lines = repr(dataset.runs()).splitlines()
    assert lines[0].split() == [
        "started",
        "(UTC)",
        "status",
        "task",
        "framework",
        "answers",
        "seconds",
        "result",
    ]
    assert re.search(r"done +text_classification +none +1-3 +\d+\.\d +train_loss 0\.250", lines[1])
    with pytest.raises(ValueError, match="boom"):
        train(dataset, tmp_path, fails=ValueError("boom\n" + "x" * 200))
    train(dataset, tmp_path, metrics={"train_loss": math.nan, "eval_loss": 0.5})
    _, _, failed, odd = repr(dataset.runs()).splitlines()
    assert re.search(r"ValueError: boom x{60,64}$", failed)
    assert odd.endswith("  eval_loss 0.500")
    frame = dataset.runs().to_pandas()
    assert frame.loc[0, "metrics.train_loss"] == 0.25
    assert frame.loc[0, "model"] == "tiny"


@pytest.mark.parametrize("kind", ["file", "memory"])
def test_saving_takes_the_runs_along(tmp_path, kind):
    """Runs move with a dataset into another store, once, and name the same answers there by their new numbers."""
    dataset = labelled(**({"store": tmp_path / "a.db"} if kind == "file" else {}))
    train(dataset, tmp_path)
    other = labelled(store=tmp_path / "b.db")  # takes the first numbers of that store
    dataset.save("copy", store=tmp_path / "b.db")
    dataset.save("copy", store=tmp_path / "b.db")
    (run,) = dataset.runs()
    assert run.events == (4, 6)
    assert other.runs() == []
    assert len(dataset.as_of(run.events[1])[1].responses) == 2
