"""Time travel: what happened to a record, and the dataset as it stood at an earlier moment."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pandas
import pytest

import feedback_widgets as fw
from feedback_widgets.questions import RankingValue
from feedback_widgets.store import Event, new_id


@pytest.fixture
def place(tmp_path):
    """Return where the dataset is saved."""
    return tmp_path / "feedback.db"


@pytest.fixture
def dataset(place):
    """Return a saved dataset of two records."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[
            fw.LabelQuestion(name="tone", labels=["polite", "rude"]),
            fw.RankingQuestion(name="order", values=["a", "b"], required=False),
        ],
        guidelines="Be kind.",
    )
    made.add_records([{"text": f"t{i}"} for i in range(2)])
    return made.save("tone", store=place)


def tones(dataset):
    """Return text -> {annotator: tone} of what the dataset shows."""
    return {
        record.fields["text"]: {
            each.user_id: each.values["tone"].value for each in record.responses if "tone" in each.values
        }
        for record in dataset.records
    }


def answer(dataset, tone, at=0, user="ann", **more):
    """Answer a record and return the number of the event."""
    dataset.respond(dataset[at].id, {"tone": tone}, user=user, **more)
    return dataset.history(dataset[at])[-1].seq


# -- history --------------------------------------------------------------------------------------------------------


def test_history_tells_everything_that_happened_to_a_record_in_order(dataset):
    """Drafts, answers of everybody and undos are there, oldest first, and nothing of other records."""
    draft = answer(dataset, "rude", status="draft")
    final = answer(dataset, "polite")
    answer(dataset, "rude", user="bob")
    answer(dataset, "rude", at=1)
    dataset.undo(user="ann", event_id="u1")  # on the other record
    dataset.undo(user="ann")
    told = dataset.history(dataset[0])
    assert [(each.user, each.status, each.answers.get("tone")) for each in told] == [
        ("ann", "draft", "rude"),
        ("ann", "submitted", "polite"),
        ("bob", "submitted", "rude"),
        ("ann", "draft", "rude"),
    ]
    assert [each.undoes for each in told] == [None, None, None, final]
    assert told[0].seq == draft


def test_history_shows_answers_as_records_do(dataset):
    """A ranking comes as its places, and the time is a moment with its zone."""
    dataset.respond(dataset[0].id, {"tone": "rude", "order": ["b", "a"]}, user="ann")
    (told,) = dataset.history(dataset[0].id)
    assert told.answers["order"] == [RankingValue("b", 1), RankingValue("a", 2)]
    assert told.answers["order"] == dataset[0].responses[0].values["order"].value
    assert abs(datetime.now(UTC) - told.at) < timedelta(minutes=1)


def test_history_keeps_how_an_answer_came_about(dataset):
    """Time spent, page and settings version are told as they were stored."""
    event = Event(
        new_id(), dataset[0].id, "ann", "submitted", {"tone": "rude"}, duration_ms=1200, client="page"
    )
    dataset.append([event])
    (told,) = dataset.history(dataset[0])
    assert (told.duration_ms, told.client, told.settings_version) == (1200, "page", 1)


def test_history_is_a_table_for_pandas(dataset):
    """One line per happening, one column per fact."""
    answer(dataset, "rude")
    answer(dataset, "polite", user="bob")
    frame = pandas.DataFrame(dataset.history(dataset[0]))
    assert list(frame["user"]) == ["ann", "bob"]
    assert {"at", "status", "answers", "undoes", "seq", "duration_ms"} <= set(frame.columns)


def test_a_happening_is_readable(dataset):
    """Who did what, when, and what was taken back stand in one line."""
    seq = answer(dataset, "rude")
    dataset.undo(user="ann")
    said = [repr(each) for each in dataset.history(dataset[0])]
    assert "ann · submitted · tone='rude'" in said[0]
    assert said[1].endswith(f"ann · undid {seq}: pending>")


def test_history_sees_what_another_kernel_wrote(dataset, place):
    """The store is asked, not the memory."""
    other = fw.FeedbackDataset.load("tone", store=place)
    answer(other, "rude", user="bob")
    assert [each.user for each in dataset.history(dataset[0])] == ["bob"]


def test_history_of_an_unknown_record_is_refused(dataset):
    """The id is named."""
    with pytest.raises(fw.InvalidInput, match="no record 'nowhere'"):
        dataset.history("nowhere")


# -- as of ----------------------------------------------------------------------------------------------------------


def test_every_moment_of_the_log_can_be_seen_again(dataset):
    """At each number the copy shows what the dataset showed right after that event."""
    seen = {0: tones(dataset)}
    for at, tone, user in ((0, "rude", "ann"), (1, "rude", "bob"), (0, "polite", "ann"), (0, "rude", "bob")):
        seq = answer(dataset, tone, at, user)
        seen[seq] = tones(dataset)
    dataset.undo(user="ann")
    seen[dataset.history(dataset[0])[-1].seq] = tones(dataset)
    assert {moment: tones(dataset.as_of(moment)) for moment in seen} == seen
    assert len(seen) == 6


def test_a_moment_may_be_a_time_or_its_text(dataset):
    """An aware time, a local one and an ISO text mean the same moment."""
    answer(dataset, "rude")
    told = dataset.history(dataset[0])[0].at
    time.sleep(0.002)
    answer(dataset, "polite")
    local = told.astimezone().replace(tzinfo=None)
    for moment in (told, local, told.isoformat(), local.isoformat(), told.strftime("%Y-%m-%dT%H:%M:%S.%fZ")):
        assert tones(dataset.as_of(moment))["t0"] == {"ann": "rude"}
    assert tones(dataset.as_of(told - timedelta(microseconds=1)))["t0"] == {}
    assert tones(dataset.as_of(datetime.now(UTC)))["t0"] == {"ann": "polite"}


def test_records_added_later_are_absent(dataset):
    """The copy has the records of that moment, in their order."""
    seq = answer(dataset, "rude")
    time.sleep(0.002)
    dataset.add_records([{"text": "later"}])
    assert [each.fields["text"] for each in dataset.as_of(seq)] == ["t0", "t1"]
    assert len(dataset.as_of(datetime.now(UTC))) == 3
    assert len(dataset.as_of("2020-01-01")) == 0


def test_suggestions_made_later_are_absent(dataset):
    """What a model said afterwards could not have been seen."""
    seq = answer(dataset, "rude")
    time.sleep(0.002)
    text = dataset[0].fields["text"]
    dataset.add_records(
        [
            {
                "fields": {"text": text},
                "suggestions": [{"question_name": "tone", "value": "rude", "agent": "m"}],
            }
        ]
    )
    assert dataset.as_of(seq)[0].suggestions == []
    assert dataset.as_of(datetime.now(UTC))[0].suggestions == dataset[0].suggestions != []


def test_guidelines_are_those_of_then(dataset):
    """A dataset whose guidelines were improved later shows the ones that people had read."""
    seq = answer(dataset, "rude")
    time.sleep(0.002)
    dataset.store.put_settings(dataset.key, {**dataset.settings.to_dict(), "guidelines": "Be brief."})
    assert dataset.as_of(seq).guidelines == "Be kind."
    assert dataset.as_of(datetime.now(UTC)).guidelines == "Be brief."


def test_a_clock_that_was_set_back_takes_no_record_from_its_answer(dataset, monkeypatch):
    """An answer by number keeps its record, whatever the clock said."""
    monkeypatch.setattr("feedback_widgets.store.log.now", lambda: "2001-01-01T00:00:00.000000Z")
    seq = answer(dataset, "rude")
    monkeypatch.undo()
    assert tones(dataset.as_of(seq))["t0"] == {"ann": "rude"}


def test_the_copy_is_a_dataset_of_its_own(dataset, tmp_path):
    """It can be answered and saved elsewhere; the original does not notice."""
    seq = answer(dataset, "rude")
    answer(dataset, "polite")
    copy = dataset.as_of(seq)
    answer(copy, "rude", at=1, user="bob")
    copy.save("then", store=tmp_path / "then.db")
    expected = {"t0": {"ann": "rude"}, "t1": {"bob": "rude"}}
    assert tones(fw.FeedbackDataset.load("then", store=tmp_path / "then.db")) == expected
    assert tones(dataset) == {"t0": {"ann": "polite"}, "t1": {}}
    assert [each.status for each in copy.history(copy[0])] == ["submitted"]


def test_time_travel_works_before_the_first_save():
    """A dataset in memory has a past too."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
    )
    made.add_records([{"text": "t0"}])
    assert len(made.as_of(0)) == 1
    seq = answer(made, "rude")
    answer(made, "polite")
    assert tones(made.as_of(seq)) == {"t0": {"ann": "rude"}}


BEFORE_TIME = datetime.min.replace(tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize("moment", [-1, 10**6, True, 1.5, None, "yesterday", "", BEFORE_TIME])
def test_a_moment_that_is_none_is_refused(dataset, moment):
    """The value is named, and what would be one is said."""
    answer(dataset, "rude")
    with pytest.raises(fw.InvalidInput, match="no moment") as caught:
        dataset.as_of(moment)
    assert repr(moment) in str(caught.value)
