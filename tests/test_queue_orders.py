"""In which order an annotator meets the records."""

from __future__ import annotations

import subprocess
import sys

import pytest

import feedback_widgets as fw
from feedback_widgets.queue import order_for, window

LEVELS = [3, 1, None, 2.5, "high", 2]
SCORES = [0.9, [0.4, 0.2], None, 0.5, None, 0.1]
FORM = """
import feedback_widgets as fw
made = fw.FeedbackDataset(fields=[fw.TextField(name="text")], questions=[fw.TextQuestion(name="why")])
made.add_records([{"text": f"t{i}"} for i in range(6)])
"""


@pytest.fixture(params=["memory", "file", "postgres"])
def dataset(request, tmp_path):
    """Return six records with metadata and suggestions, some without, on every engine."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[
            fw.MultiLabelQuestion(name="tone", labels=["a", "b"]),
            fw.TextQuestion(name="why", required=False),
        ],
    )
    for at, (level, score) in enumerate(zip(LEVELS, SCORES, strict=True)):
        value = ["a", "b"] if isinstance(score, list) else ["a"]
        suggestion = {"question_name": "tone", "value": value, "score": score, "agent": "m"}
        metadata = {} if level is None else {"level": level}
        made.add_records([{"fields": {"text": f"t{at}"}, "metadata": metadata, "suggestions": [suggestion]}])
    if request.param == "memory":
        return made
    return made.save(
        "tone",
        store=tmp_path / "f.db" if request.param == "file" else request.getfixturevalue("postgres_url"),
    )


def places(dataset, order, user="alice"):
    """Return the places of all records as this annotator meets them."""
    found = order_for(dataset, user, order)
    positions = window(dataset, user, "all", order=found).indices
    assert positions == list(range(len(dataset)))
    assert [found.position(found.place(each)) for each in positions] == positions
    return [found.place(each) for each in positions]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("added", [0, 1, 2, 3, 4, 5]),
        ("metadata.level", [1, 5, 3, 0, 4, 2]),
        ("-metadata.level", [4, 0, 3, 5, 1, 2]),
        ("suggestion.tone", [5, 1, 3, 0, 2, 4]),
        ("-suggestion.tone", [0, 3, 1, 5, 2, 4]),
        ("suggestion.why", [0, 1, 2, 3, 4, 5]),
        (lambda record: -int(record.fields["text"][1]), [5, 4, 3, 2, 1, 0]),
    ],
)
def test_records_come_in_the_order_asked_for(dataset, order, expected):
    """Lowest first, numbers before texts, the least sure suggestion first; what has no value comes last, either way round."""
    assert places(dataset, order) == expected


def test_shuffled_is_another_order_for_everybody_and_every_seed(dataset):
    """All records, each annotator differently, another seed differently, and the same again the next time."""
    orders = {
        (user, seed): tuple(places(dataset, fw.Shuffled(seed), user)) for user in "ab" for seed in (0, 1)
    }
    assert all(sorted(each) == [0, 1, 2, 3, 4, 5] for each in orders.values())
    assert len(set(orders.values())) == 4
    assert tuple(places(dataset, "shuffled", "a")) == orders["a", 0]


def test_shuffled_is_the_same_in_every_process():
    """A restarted kernel, or another machine, gives an annotator the order of yesterday."""
    code = (
        FORM
        + "from feedback_widgets.queue import order_for\no = order_for(made, 'alice', fw.Shuffled(seed=3))\n"
    )
    code += "print([o.place(each) for each in range(6)])"
    told = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert sorted(map(int, told.pop().strip("[]\n").split(","))) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("order", ["shuffled", "metadata.level", "-suggestion.tone"])
def test_records_that_come_later_come_last(dataset, order):
    """An open desk's positions never move."""
    found = order_for(dataset, "alice", order)
    before = [found.place(each) for each in range(6)]
    dataset.add_records([{"fields": {"text": f"late{i}"}, "metadata": {"level": -i}} for i in range(3)])
    after = [found.place(each) for each in range(9)]
    assert after[:6] == before
    assert sorted(after[6:]) == [6, 7, 8]
    if order == "metadata.level":
        assert after[6:] == [8, 7, 6]


def test_a_queue_follows_the_order(dataset):
    """Windows joined end to end are the pending records in the annotator's order."""
    order = order_for(dataset, "alice", "-metadata.level")
    dataset.respond(dataset[3].id, {"tone": ["a"]}, user="alice")
    dataset.respond(dataset[0].id, {"tone": ["a"]}, user="alice", status="draft")
    first = window(dataset, "alice", "pending", limit=3, order=order)
    assert ([order.place(each) for each in first.indices], first.end) == ([4, 0, 5], False)
    rest = window(dataset, "alice", "pending", after=first.indices[-1], limit=3, order=order)
    assert ([order.place(each) for each in rest.indices], rest.end) == ([1, 2], True)
    assert window(dataset, "alice", "submitted", order=order).indices == [order.position(3)]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("random", 'order=\'random\' is not allowed: give "added", "shuffled"'),
        ("metadata.", "order='metadata.' is not allowed"),
        (7, "order=7 is not allowed"),
        (None, "order=None is not allowed"),
        (
            "suggestion.tune",
            "names no question of this dataset; the questions are tone, why. Did you mean 'tone'?",
        ),
        ('metadata.a"b', "names no metadata of this dataset"),
        (lambda _: {}, "cannot be compared: return values of one kind"),
    ],
)
def test_an_order_that_cannot_be_is_refused_in_words(dataset, order, said):
    """The sentence names what was given, and the near miss."""
    with pytest.raises(fw.InvalidInput) as refused:
        order_for(dataset, "alice", order)
    assert said in str(refused.value)
