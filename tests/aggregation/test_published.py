"""Aggregation on published data: the accuracies that its authors and a rerun found, within 0.3 points.

The data lie outside this repository, in `$FEEDBACK_WIDGETS_SHARED/data` or in `../shared/data` beside it. Ties go to the option
that stands first in the question, here the labels in their order.
"""

import csv
import gzip
import os
from pathlib import Path

import pytest

import feedback_widgets as fw

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[3] / "shared")
DATA = SHARED / "data" / "dev"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the published data lie outside the repository")


def read(name):
    """Return the rows of one table."""
    with gzip.open(DATA / f"{name}.csv.gz", "rt", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module", params=["d_possent", "rte_snow"])
def crowd(request):
    """A dataset with everything that a crowd said, and the truth by task."""
    answers, truth = read(f"crowd_{request.param}.answers"), read(f"crowd_{request.param}.truth")
    task, worker, label = list(answers[0])[:3]
    labels = sorted({row[label] for row in answers})
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")], questions=[fw.LabelQuestion(name="label", labels=labels)]
    )
    by_task = {}
    for row in answers:
        by_task.setdefault(row[task], {})[row[worker]] = row[label]
    dataset.add_records(
        [
            {
                "text": key,
                "responses": [{"user_id": who, "values": {"label": said}} for who, said in given.items()],
            }
            for key, given in by_task.items()
        ]
    )
    first, second = list(truth[0])[:2]
    return request.param, dataset, {row[first]: row[second] for row in truth}


# Zheng et al. 2017 and a rerun with crowd-kit, percent
PUBLISHED = {
    "d_possent": {"majority": 93.3, "dawid_skene": 96.0},
    "rte_snow": {"majority": 91.9, "dawid_skene": 92.75},
}


@pytest.mark.parametrize("strategy", ["majority", "dawid_skene"])
def test_the_published_accuracy_is_met(crowd, strategy):
    """The share of tasks whose aggregated label is the true one is the published one."""
    name, dataset, truth = crowd
    frame = dataset.aggregate("label", strategy)
    texts = {record.id: record.fields["text"] for record in dataset}
    right = [
        truth[texts[row.record_id]] == row.value
        for row in frame.itertuples()
        if texts[row.record_id] in truth
    ]
    assert len(right) == len(truth)
    assert 100 * sum(right) / len(right) == pytest.approx(PUBLISHED[name][strategy], abs=0.3)
