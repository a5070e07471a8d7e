"""What a store holds, at a glance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import feedback_widgets as fw


@pytest.fixture
def place(tmp_path):
    """Return the path of a store with three datasets in two workspaces."""
    path = tmp_path / "feedback.db"
    for workspace, name in (("team", "tone"), ("team", "empty"), ("ann", "mine")):
        made = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
        if name != "empty":
            made.add_records([{"text": "t0"}, {"text": "t1"}])
        made.save(name, workspace=workspace, store=path)
    return path


def test_every_dataset_is_listed_with_its_counts(place):
    """Sorted by workspace and name; a person counts once, whatever they did."""
    dataset = fw.FeedbackDataset.load("tone", workspace="team", store=place)
    for at, user, status in ((0, "ann", "submitted"), (1, "ann", "draft"), (0, "bob", "discarded")):
        dataset.respond(dataset[at].id, {"why": "so"}, user=user, status=status)
    found = fw.list_datasets(place)
    assert [(each.workspace, each.name, each.records, each.annotators) for each in found] == [
        ("ann", "mine", 2, 0),
        ("team", "empty", 0, 0),
        ("team", "tone", 2, 2),
    ]
    assert [each.last_answer_at is None for each in found] == [True, True, False]
    assert abs(datetime.now(UTC) - found[2].last_answer_at) < timedelta(minutes=1)


def test_one_workspace_can_be_listed_alone(place):
    """The others are left out, and an unknown one is empty."""
    assert [each.name for each in fw.list_datasets(place, "team")] == ["empty", "tone"]
    assert repr(fw.list_datasets(place, "nobody")) == "no datasets"


def test_the_list_is_a_readable_table(place):
    """Headings, aligned columns, and no traceback-like noise."""
    head, *lines = repr(fw.list_datasets(place)).splitlines()
    assert head.split("  ")[0] == "workspace"
    assert lines[0].split() == ["ann", "mine", "2", "0", "never"]
    assert all(line.index("never") == head.index("last answer") for line in lines)


def test_the_forgotten_are_not_counted(place):
    """Neither as annotators nor by the time of their answers."""
    dataset = fw.FeedbackDataset.load("mine", workspace="ann", store=place)
    dataset.respond(dataset[0].id, {"why": "so"}, user="ann")
    dataset.forget_user("ann")
    found = fw.list_datasets(place, "ann")[0]
    assert (found.annotators, found.last_answer_at) == (0, None)


def test_the_default_store_is_listed(place, monkeypatch):
    """The same default as `save` and `load`."""
    monkeypatch.setenv("FEEDBACK_WIDGETS_STORE", str(place))
    assert len(fw.list_datasets()) == 3


def test_no_store_is_told(tmp_path, monkeypatch):
    """The place is named, and none is made."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEEDBACK_WIDGETS_STORE", raising=False)
    with pytest.raises(fw.StoreError, match="there is no store at"):
        fw.list_datasets()
    assert list(tmp_path.iterdir()) == []
