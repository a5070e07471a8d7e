"""What tests of aggregation share: datasets made from a table of answers."""

from __future__ import annotations

import pytest

import feedback_widgets as fw


@pytest.fixture
def answered():
    """Return a maker of datasets: (question, one dict annotator -> answer per record)."""

    def make(question, *records, fields=("text",)):
        ds = fw.FeedbackDataset(fields=[fw.TextField(name=name) for name in fields], questions=[question])
        for at, given in enumerate(records):
            responses = [fw.Response({question.name: value}, user) for user, value in given.items()]
            ds.add_records([fw.Record({name: f"{name} {at}" for name in fields}, responses=responses)])
        return ds

    return make
