"""Datasets for the checks of quality, answered at the speed of events."""

from __future__ import annotations

import pytest

import feedback_widgets as fw
from feedback_widgets.store import Event, new_id


@pytest.fixture
def tones():
    """Return a function that makes a dataset of so many records with one label question."""

    def make(count=20, **more):
        ds = fw.FeedbackDataset(
            fields=[fw.TextField(name="text")],
            questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude", "flat"])],
            **more,
        )
        ds.add_records([{"text": f"t{at}", "source": "web"} for at in range(count)])
        return ds

    return make


@pytest.fixture
def pairs():
    """Return a function that makes a dataset of pairs; each text is given as its length."""

    def make(lengths, fields=("one", "other"), **more):
        ds = fw.FeedbackDataset(
            fields=[fw.TextField(name="prompt"), *[fw.TextField(name=name) for name in fields]],
            questions=[fw.PairwiseQuestion(name="better", fields=list(fields), **more)],
        )
        ds.add_records(
            [
                {"prompt": f"p{at}", **{name: "é" * size for name, size in zip(fields, given, strict=True)}}
                for at, given in enumerate(lengths)
            ]
        )
        return ds

    return make


@pytest.fixture
def tell():
    """Return a function that commits answers as a page would: (annotator, record, answers, what is special about the event)."""

    def commit(ds, *given):
        events = [
            Event(new_id(), record.id, user, "submitted", answers, **more)
            for user, record, answers, more in given
        ]
        ds.append([ds.checked(each) for each in events])

    return commit
