"""Rows that are read column by column are those that are read record by record."""

import random
from collections import Counter

import pytest

import feedback_widgets as fw
from feedback_widgets.store.current import REPEAT
from feedback_widgets.training import columnar, shapes

pytest.importorskip("datasets")
Task = fw.TrainingTask
NAMES = {"prompt": "prompt", "responses": ["a", "b"], "preference": "better"}
TASKS = {
    "demonstrations": lambda: Task.for_supervised_fine_tuning(prompt="prompt", response="said"),
    "weighed": lambda: Task.for_reward_modeling(**NAMES),
    "direct": lambda: Task.for_direct_preference_optimization(**NAMES),
}


def answered(seed, **kept):
    """Return records of every kind: without answers, with several, drafts, discarded ones, taken back and changed, holes."""
    draw = random.Random(seed)
    compared, scale = (["a", "b", "c"], None) if seed % 2 else (["a", "b"], 3)
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name=name, required=name == "prompt") for name in ("prompt", "a", "b", "c")],
        questions=[
            fw.PairwiseQuestion(name="better", fields=compared, scale=scale, required=False),
            fw.TextQuestion(name="said"),
        ],
    )
    if kept:
        dataset.save("d", **kept)
    texts = ["one", "two\nlines", 'quo"tes', "größe 🙂", "", None]
    records = []
    for at in range(60):
        fields = {"prompt": f"{at}", "a": draw.choice(texts), "b": draw.choice(texts), "c": "c"}
        again = f"{REPEAT}{at}" if at % 17 == 3 else None
        records.append(
            fw.Record({name: text for name, text in fields.items() if text is not None}, external_id=again)
        )
    dataset.add_records(records)
    for _ in range(250):
        record, user = draw.choice(records), draw.choice(["alice", "bob", "ça'rol", "dan,e"])
        act = draw.random()
        if act < 0.1:
            dataset.undo(user=user) if dataset.undoable(user) else None
            continue
        choice = draw.choice([*compared, "tie", "both_bad"])
        weight = draw.randint(1, 3) if scale and choice in compared else None
        values = {"said": draw.choice(["x", "y\tz", "\\n", "ü"])}
        if draw.random() < 0.8:
            values["better"] = {"choice": choice, "strength": weight}
        status = "submitted" if act < 0.7 else draw.choice(["draft", "discarded"])
        dataset.respond(record.id, values, user=user, status=status)
    return dataset


def slowly(dataset, task):
    """Read rows record by record."""
    table = shapes.rows_by_record(dataset, task)
    return [row for group in table.groups for row in group], task.report


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("seed", [1, 2])
def test_both_ways_give_the_same(name, seed, monkeypatch):
    """Rows, their order and the report are equal, in one block and in many."""
    dataset, task = answered(seed), TASKS[name]()
    expected, told = slowly(dataset, task)
    assert len(expected) > 10
    for size in (5_000, 7):
        monkeypatch.setattr("feedback_widgets.store.texts.SIZE", size)
        report = shapes.Report()
        found = columnar.rows(dataset, task, report)
        assert found.whole().to_list() == expected
        assert report == told


FUNCTIONS = {
    "texts": lambda: Task.for_pre_training(lambda row: [each["value"] for each in row["said"]]),
    "pairs": lambda: Task.for_direct_preference_optimization(
        lambda row: (row["prompt"], row["c"], str(row["a"]))
    ),
    "judged": lambda: Task.for_kahneman_tversky_optimization(
        lambda row: (row["prompt"], row["c"], row["a"] == "one")
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_rows_of_a_function_are_gathered_in_pieces(name, monkeypatch):
    """A piece at a time or all at once, in memory or in a file: the same rows, numbered through, and the same report."""
    dataset, task = answered(7), FUNCTIONS[name]()
    expected, told = slowly(dataset, task)
    assert len(expected) > 10
    for at_once, in_memory in ((2_000, 32_000_000), (3, 32_000_000), (3, 10)):
        monkeypatch.setattr(shapes, "AT_ONCE", at_once)
        monkeypatch.setattr("feedback_widgets.training.arrow.IN_MEMORY", in_memory)
        made = dataset.prepare_for_training("trl", task)
        assert made.to_list() == expected
        assert bool(made.cache_files) is (in_memory == 10)
        assert task.report == told


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_parts_are_the_same(monkeypatch):
    """The draw that splits is the same one, so a split does not depend on how rows are read."""
    dataset, task = answered(3), TASKS["direct"]()
    quick = dataset.prepare_for_training("trl", task, 0.7, seed=5)
    monkeypatch.setattr(columnar, "rows", lambda *_: None)
    slow = dataset.prepare_for_training("trl", task, 0.7, seed=5)
    assert {side: rows.to_list() for side, rows in quick.items()} == {
        side: rows.to_list() for side, rows in slow.items()
    }
    assert quick["train"].features == slow["train"].features


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_many_rows_lie_in_a_file(monkeypatch):
    """Rows beyond what memory should hold come from a file, equal and with a fingerprint of their content; it goes with them."""
    from pathlib import Path

    dataset, task = answered(4), TASKS["demonstrations"]()
    expected, _ = slowly(dataset, task)
    monkeypatch.setattr("feedback_widgets.training.arrow.IN_MEMORY", 100)
    made = [dataset.prepare_for_training("trl", task) for _ in range(2)]
    assert [each.to_list() for each in made] == [expected, expected]
    assert made[0]._fingerprint == made[1]._fingerprint
    (file,) = made[0].cache_files
    assert Path(file["filename"]).exists()
    del made
    assert not Path(file["filename"]).exists()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_what_a_reviewer_decided_is_read_record_by_record():
    """Columns know nothing of decisions, so they stand back where there are some."""
    dataset = answered(5)
    task = TASKS["demonstrations"]()
    assert columnar.rows(dataset, task, shapes.Report()) is not None
    desk = dataset.review(user="judge")
    desk.decide(dataset[0].id, {"said": "decided"})
    assert columnar.rows(dataset, task, shapes.Report()) is None
    assert "decided" in dataset.prepare_for_training("trl", task)["completion"][:]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("engine", ["file", "postgres"])
def test_every_engine_is_read_the_same_way(engine, tmp_path, request):
    """A dataset in a file or on a server gives what one in memory gives."""
    place = tmp_path / "s.db" if engine == "file" else request.getfixturevalue("postgres_url")
    kept, task = answered(6, store=place), TASKS["weighed"]()
    assert columnar.rows(kept, task, shapes.Report()) is not None
    rows = kept.prepare_for_training("trl", task).to_list()
    assert Counter(map(str, rows)) == Counter(
        map(str, answered(6).prepare_for_training("trl", task).to_list())
    )
    assert {row["margin"] for row in rows} <= {1.0, 2.0, 3.0}
