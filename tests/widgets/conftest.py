"""A desk without a browser: what it sends is kept in a list."""

from __future__ import annotations

import itertools
import uuid

import pytest

import feedback_widgets as fw
from feedback_widgets.widgets import bundle


@pytest.fixture(autouse=True)
def _some_bundle(tmp_path, monkeypatch):
    """These tests are about the kernel's side; they run whether or not the front end was built."""
    monkeypatch.setattr(bundle, "SOURCE", tmp_path / "desk.js")
    bundle.SOURCE.write_text("export default { render() {} };")


@pytest.fixture
def dataset(tmp_path):
    """Return a saved dataset of five records, one with a suggestion and hidden metadata."""
    tone = fw.LabelQuestion(name="tone", labels=["polite", "rude"])
    made = fw.FeedbackDataset(
        guidelines="Be fair.",
        fields=[fw.TextField(name="text")],
        questions=[tone, fw.TextQuestion(name="why", required=False)],
        metadata_properties=[fw.TermsMetadataProperty(name="secret", visible_for_annotators=False)],
    )
    made.add_records([{"text": f"t{i}", "source": "web"} for i in range(4)])
    suggestion = {"question_name": "tone", "value": "rude", "score": 0.5, "agent": "m"}
    made.add_records([{"fields": {"text": "t4"}, "metadata": {"secret": "x"}, "suggestions": [suggestion]}])
    yield made.save("tone", workspace="team", store=tmp_path / "feedback.db")
    made.store.close()  # ipywidgets holds every desk for good, and the store would be watched as long


@pytest.fixture
def sit(dataset):
    """Return a function that opens a desk whose messages are kept in `desk.sent`."""

    def open_desk(user="alice"):
        desk = dataset.annotate(user=user)
        desk.sent = []
        desk.send = desk.sent.append
        return desk

    return open_desk


@pytest.fixture
def desk(sit):
    """Return alice's desk."""
    return sit()


@pytest.fixture
def ask():
    """Return a function that delivers a message as a page would, and returns the one answer to it."""
    count = itertools.count(1)

    def deliver(desk, kind, client="page-1", **more):
        number = next(count)
        message = {"v": 1, "client": client, "seq": number, "rid": f"r{number}", "kind": kind, **more}
        desk._on_message(desk, message, [])
        answers = [each for each in desk.sent if each.get("rid") == message["rid"]]
        assert len(answers) == 1
        return answers[0]

    return deliver


@pytest.fixture
def answered():
    """Return a function that makes the event a page would send."""

    def make(record, status="submitted", values=None, **more):
        given = {"tone": "rude"} if values is None else values
        return {"event": str(uuid.uuid4()), "record": record.id, "status": status, "values": given, **more}

    return make
