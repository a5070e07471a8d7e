"""Laws of two live datasets on one file: whatever they do and whenever they look, both come to what a cold load shows."""

from __future__ import annotations

import json
import tempfile
import uuid
import weakref
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import feedback_widgets as fw
from feedback_widgets.store import Event, log

USERS = ("ann", "bob")
RECORDS = 3
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["submitted", "draft", "discarded", "undo", "late", "again", "sync", "add"]),
        st.integers(0, 1),  # which kernel
        st.sampled_from(USERS),
        st.integers(0, RECORDS - 1),
        st.sampled_from(["polite", "rude"]),
    ),
    max_size=30,
)
FEW = settings(max_examples=60)  # each one writes a store to disk


def kernel(place):
    """Open the dataset as a kernel of its own does: with a `Store` and connections of its own, and no watching thread."""
    log._open = weakref.WeakValueDictionary()
    dataset = fw.FeedbackDataset.load("tone", store=place)
    dataset.store.leave(dataset)  # the steps say when it looks
    return dataset


class Pages:
    """What the pages hold: every message that was ever sent, and some that are still on their way."""

    def __init__(self) -> None:
        self.sent: list[Event] = []
        self.waiting: list[Event] = []
        self.undone: list[tuple[str, str]] = []

    def step(self, dataset, kind, user, at, tone):
        """Do one thing on one kernel."""
        record = dataset[at].id
        if kind == "sync":
            dataset.sync()
            assert shown(dataset) == by_sql(dataset)  # who has just looked shows the log, now as at the end
        elif kind == "add":
            dataset.add_records([{"text": f"more {at} {tone}"}])
        elif kind == "undo":
            self.undone.append((uuid.uuid4().hex, user))
            dataset.undo(user=user, event_id=self.undone[-1][0])
        elif kind == "again":  # an old message arrives once more, at whichever kernel; an old undo as well
            for event in self.sent[at : at + 2]:
                dataset.append([dataset.checked(event)])
            for event_id, who in self.undone[at : at + 1]:
                dataset.undo(user=who, event_id=event_id)
        elif kind == "late":  # written down in a page, delivered at the end
            self.waiting.append(Event(uuid.uuid4().hex, record, user, "submitted", {"tone": tone}))
        else:
            event = Event(uuid.uuid4().hex, record, user, kind, {"tone": tone})
            self.sent.append(event)
            dataset.append([dataset.checked(event)])


def standing(dataset):
    """Return (record, user, status, answers) of every current answer, as the memory's fold says it."""
    found = [(each.id, user, dataset.answer(user, each.id)) for each in dataset for user in USERS]
    return sorted((record, user, event.status, event.answers) for record, user, event in found if event)


def shown(dataset):
    """Return the same, as the records show it."""
    return sorted(
        (record.id, each.user_id, each.status, each.to_json())
        for record in dataset
        for each in record.responses
    )


def by_sql(dataset):
    """Return the same, as the view `response` says it."""
    with dataset.store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT record_id, user_id, status, answers FROM response").all()
    return sorted((record, user, status, json.loads(found)) for record, user, status, found in rows)


@contextmanager
def two_kernels():
    """Make a dataset of three records, and yield a function that opens it once more, and two kernels that have."""
    before = log._open
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "feedback.db"
        made = fw.FeedbackDataset(
            fields=[fw.TextField(name="text")],
            questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
        )
        made.add_records([{"text": f"t{i}"} for i in range(RECORDS)])
        made.save("tone", store=place).store.close()
        opened = [kernel(place), kernel(place)]
        try:
            yield tuple(opened), lambda: opened.append(kernel(place)) or opened[-1]
        finally:
            log._open = before
            for each in opened:
                each.store.close()


@FEW
@given(STEPS)
def test_two_live_datasets_come_to_what_a_cold_load_shows(steps):
    """Answers, drafts, undos, discards, duplicates and late deliveries over two kernels fold to one state."""
    pages = Pages()
    with two_kernels() as (kernels, load):
        assert kernels[0].store is not kernels[1].store
        for kind, which, user, at, tone in steps:
            pages.step(kernels[which], kind, user, at, tone)
        for number, event in enumerate([*pages.waiting, *pages.sent] * 2):  # as after a reload
            kernels[number % 2].append([event])
        for each in kernels:
            each.sync()
        cold = load()
        assert by_sql(cold) == standing(cold) == shown(cold)
        for each in kernels:
            assert standing(each) == shown(each) == standing(cold)
            assert [record.id for record in each] == [record.id for record in cold]
            assert each.progress() == cold.progress()
        ids = [each.id for each in cold.store.since(cold.key)]
        assert len(ids) == len(set(ids))
        assert {each.id for each in (*pages.waiting, *pages.sent) if each.status != "draft"} <= set(ids)
