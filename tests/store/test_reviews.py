"""Reviews and runs as a store keeps them, on every engine."""

from __future__ import annotations

import itertools

import pytest

from feedback_widgets.errors import StoreError
from feedback_widgets.store import Store, reviews, runs
from feedback_widgets.store.care import forget
from feedback_widgets.store.copying import copy
from feedback_widgets.store.reviews import Review

KINDS = ["file", "memory", "postgres"]
KEY, COPY = "d" * 32, "e" * 32


@pytest.fixture
def review():
    """Return a function that makes reviews: `review("sent_back", about="alice", **more)`."""
    count = itertools.count()

    def make(kind="adjudicated", record="r0", user="rita", **more):
        return Review(f"review-{next(count)}", record, user, kind, **more)

    return make


def standing(store, user="alice", record="r0"):
    """Return (status, answers) of a person's newest event on a record."""
    found = [each for each in store.since(KEY) if (each.user_id, each.record_id) == (user, record)]
    return found[-1].status, found[-1].answers


def test_a_review_comes_back_as_it_was_given(store, review):
    """What a reviewer decided is read as it was written, for one record and for all, in the order of writing."""
    first = review(about="alice", answers={"tone": ["rüde", None]}, comment="clear 🙂", settings_version=3)
    second = review(record="r1")
    written = reviews.write(store, KEY, [first, second])
    assert [each.seq for each in written] == sorted(each.seq for each in written)
    assert reviews.since(store, KEY) == written
    assert reviews.since(store, KEY, written[0].seq) == written[1:]
    assert reviews.of_record(store, KEY, "r0") == written[:1]
    assert (written[0].answers, written[0].comment) == (first.answers, first.comment)
    assert written[0].received_at


def test_a_review_sent_twice_is_written_once(store, review):
    """The same id brings back what was written first, whatever comes with it the second time."""
    given = review(answers={"tone": "rude"})
    (first,) = reviews.write(store, KEY, [given])
    again = Review(given.id, "r0", "rita", "adjudicated", answers={"tone": "polite"})
    assert reviews.write(store, KEY, [again]) == [first]
    assert reviews.since(store, KEY) == [first]


def test_a_review_of_an_unknown_record_is_refused_whole(store, review):
    """Nothing is written of a call that holds a review of a record that is not there."""
    with pytest.raises(StoreError, match="does not know the record"):
        reviews.write(store, KEY, [review(), review(record="nowhere")])
    assert reviews.since(store, KEY) == []


def test_an_answer_that_was_sent_back_is_a_draft_and_stands_again(store, event, review):
    """Sending back reopens the answer, repeating it changes nothing, and taking that back lets the answer stand again."""
    (answer,) = store.append(KEY, [event(answers={"tone": "rude"})])
    asked = review("sent_back", about="alice")
    done = reviews.send_back(store, KEY, asked)
    assert standing(store) == ("draft", {"tone": "rude"})
    assert [(each.undoes, each.shown) for each in done.events] == [(answer.id, {"review": asked.id})]
    assert reviews.send_back(store, KEY, asked).review == done.review
    target, back = reviews.take_back(store, KEY, "rita", "back", 1, None)
    assert (target, back.review.undoes) == (done.review, asked.id)
    assert standing(store) == ("submitted", {"tone": "rude"})
    assert reviews.take_back(store, KEY, "rita", "back", 1, None) == (target, reviews.Done(back.review))
    assert reviews.take_back(store, KEY, "rita", "once more", 1, None) is None
    assert len(store.since(KEY)) == 3


def test_what_the_annotator_did_since_is_not_undone(store, event, review):
    """An annotator who has answered anew keeps the new answer when the reviewer takes the sending back back."""
    store.append(KEY, [event(answers={"tone": "rude"})])
    reviews.send_back(store, KEY, review("sent_back", about="alice"))
    store.append(KEY, [event(answers={"tone": "polite"})])
    assert reviews.take_back(store, KEY, "rita", "back", 1, None)[1].events == []
    assert standing(store) == ("submitted", {"tone": "polite"})


def test_nothing_is_sent_back_where_nothing_is_finished(store, event, review):
    """Where there is no answer, or a draft, a reviewer has nothing to send back, and no review is written."""
    store.append(KEY, [event("draft", user="bob")])
    for name in ("alice", "bob"):
        assert reviews.send_back(store, KEY, review("sent_back", about=name)) is None
    assert reviews.since(store, KEY) == []


def test_who_is_forgotten_is_forgotten_in_reviews_too(store, event, review):
    """A forgotten person stands in no review, as reviewer or as the one reviewed; the others' reviews stay."""
    store.append(KEY, [event()])
    kept = review(about="bob", answers={"tone": "kind"})
    given = [review(user="alice", comment="mine"), review(about="alice", answers={"n": 0}), kept]
    reviews.write(store, KEY, given)
    assert forget(store, KEY, "alice") == 3
    assert [each.id for each in reviews.of_record(store, KEY, "r0")] == [kept.id]
    gone = [each for each in reviews.since(store, KEY) if each.kind == "forgotten"]
    assert [(each.about, each.answers, each.comment) for each in gone] == [(None, {}, None)] * 2
    assert not {each.user_id for each in gone} & {"alice", "rita"}


def test_a_run_is_kept_from_its_beginning_to_its_end(store, event):
    """A run knows which answers it learned from, and tells how it ended."""
    first, *_, last = store.append(KEY, [event(), event(user="bob"), event("discarded", user="carol")])
    learned = runs.standing(store, KEY)
    assert learned == (first.seq, last.seq, 2, 2)
    run = {"id": "a" * 32, "task": "labels", "framework": "trl", "details": {"model": "tiny ü"}}
    runs.begin(store, KEY, {**run, "first_event_seq": learned.first, "last_event_seq": learned.last})
    (begun,) = runs.listed(store, KEY)
    assert (begun["state"], begun["ended_at"], begun["details"]) == ("running", None, run["details"])
    runs.note(store, KEY, run["id"], state="done", metrics={"loss": 0.5, "steps": [1, 2]}, path="models/one")
    (ended,) = runs.listed(store, KEY)
    assert (ended["state"], ended["metrics"]["loss"], ended["path"]) == ("done", 0.5, "models/one")
    assert ended["ended_at"] >= ended["started_at"] == begun["started_at"]


def test_a_run_of_no_dataset_is_refused(store):
    """A run that belongs to nothing is not written, on any engine."""
    with pytest.raises(StoreError):
        runs.begin(store, "f" * 32, {"id": "a" * 32, "task": "t", "framework": "f", "details": {}})
    assert runs.listed(store, KEY) == []


def test_reviews_and_runs_travel_with_their_dataset(store, event, review, tmp_path):
    """In another store, whose events have other numbers, reviews stand in their order and a run names the same answers."""
    first, last = store.append(KEY, [event(), event(user="bob")])
    reviews.write(store, KEY, [review(about="bob"), review(record="r2", answers={"n": 1})])
    run = {"id": "a" * 32, "task": "t", "framework": "f", "details": {}}
    runs.begin(store, KEY, {**run, "first_event_seq": first.seq, "last_event_seq": last.seq})
    target = Store(tmp_path / "target.db")
    target.create("f" * 32, "team", "other", {"fields": []})
    row = {"id": "z", "fields": {}, "metadata": {}, "external_id": None}
    target.put_records("f" * 32, [row], [])
    target.append("f" * 32, [event(record="z") for _ in range(5)])  # so that the numbers differ
    target.create(COPY, "team", "copy", {"fields": []})
    copy(store, KEY, target, COPY)
    runs.copy(store, KEY, target, COPY)
    assert [each.id for each in reviews.since(target, COPY)] == [
        each.id for each in reviews.since(store, KEY)
    ]
    (there,) = runs.listed(target, COPY)
    ids = {each.seq: each.id for each in target.since(COPY)}
    assert [ids[there[end]] for end in ("first_event_seq", "last_event_seq")] == [first.id, last.id]
    target.close()
