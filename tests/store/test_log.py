"""The log: what was acknowledged is there, once, in order, whoever else writes, on every engine."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from feedback_widgets.errors import InvalidInput, StoreError
from feedback_widgets.store import Store, answers

KINDS = ["file", "memory", "postgres"]
KEY = "d" * 32
APPENDER = Path(__file__).parent / "appender.py"
FOLD = "SELECT record_id, user_id, status, answers FROM response ORDER BY record_id, user_id"


def fold(store):
    """Return the newest event of each (record, user) that is not taken back, as the view should."""
    newest = {(each.record_id, each.user_id): each for each in store.since(KEY)}
    return sorted(
        (*key, each.status, each.answers) for key, each in newest.items() if each.status != "pending"
    )


def test_what_was_appended_comes_back_in_order(store, event):
    """`since` gives every event of every call, oldest first, as it was acknowledged."""
    batches = [[event(), event(record="r1")], [event(user="bob")]]
    acknowledged = [each for batch in batches for each in store.append(KEY, batch)]
    assert store.since(KEY) == acknowledged
    assert [each.id for each in acknowledged] == [each.id for batch in batches for each in batch]
    assert sorted(each.seq for each in acknowledged) == [each.seq for each in acknowledged]


def test_since_leaves_out_what_was_seen(store, event):
    """Asking after a number gives only what came later."""
    first, second, third = store.append(KEY, [event(), event(), event()])
    assert store.since(KEY, first.seq) == [second, third]
    assert store.since(KEY, third.seq) == []


def test_an_event_sent_again_is_not_written_again(store, event):
    """The first delivery stands, whatever a second one with the same id says."""
    given = event(answers={"tone": "rude"})
    (first,) = store.append(KEY, [given])
    (again,) = store.append(KEY, [event(id=given.id, record="r1", answers={"tone": "polite"})])
    assert again == first
    assert store.since(KEY) == [first]


def test_an_event_twice_in_one_batch_is_written_once(store, event):
    """Each mention is answered, and the log holds it once."""
    given = event()
    stored = store.append(KEY, [given, event(), given])
    assert stored[0] == stored[2]
    assert len(store.since(KEY)) == 2


def test_an_empty_batch_writes_nothing(store):
    """Nothing in, nothing out."""
    assert store.append(KEY, []) == []
    assert store.since(KEY) == []


def test_a_batch_is_written_whole_or_not_at_all(store, event):
    """One event that cannot be written takes the whole call with it."""
    with pytest.raises(StoreError, match="does not know the record of this answer: add the record first"):
        store.append(KEY, [event(), event(record="nowhere")])
    assert store.since(KEY) == []


@pytest.mark.parametrize("status", ["submitted", "discarded"])
def test_a_late_draft_does_not_replace_a_final_answer(store, event, status):
    """The standing answer comes back in the draft's place."""
    (final,) = store.append(KEY, [event(status)])
    assert store.append(KEY, [event("draft")]) == [final]
    assert store.since(KEY) == [final]


def test_a_draft_behind_a_final_answer_in_one_batch_is_late_too(store, event):
    """The rule holds within a batch as between batches."""
    stored = store.append(KEY, [event("draft"), event("submitted"), event("draft")])
    assert [each.status for each in stored] == ["draft", "submitted", "submitted"]
    assert [each.status for each in store.since(KEY)] == ["draft", "submitted"]


def test_a_draft_on_another_record_or_of_another_person_is_kept(store, event):
    """Only one's own answer to the same record stands in the way."""
    store.append(KEY, [event("submitted")])
    store.append(KEY, [event("draft", record="r1"), event("draft", user="bob")])
    assert [each.status for each in store.since(KEY)] == ["submitted", "draft", "draft"]


def test_a_draft_after_taking_back_is_kept(store, event):
    """Once the final answer is taken back there is nothing to protect."""
    (final,) = store.append(KEY, [event("submitted")])
    store.append(KEY, [event("pending", undoes=final.id), event("draft")])
    assert [row[2] for row in fold(store)] == ["draft"]


def test_taking_back_to_a_draft_is_written(store, event):
    """An undo may return to a draft although a final answer stands."""
    draft, final = store.append(KEY, [event("draft"), event("submitted")])
    store.append(KEY, [event("draft", answers=draft.answers, undoes=final.id)])
    assert fold(store) == [("r0", "alice", "draft", draft.answers)]


def test_the_view_is_the_fold_of_the_log(store, event, sql):
    """A foreign program reading the view `response` sees the current answers."""
    for status in ("draft", "submitted", "pending", "submitted", "discarded"):
        store.append(KEY, [event(status, user="alice"), event(status, record="r1", user="bob")])
    store.append(KEY, [event("pending", record="r1", user="bob")])
    seen = [(*row[:3], json.loads(row[3]) if isinstance(row[3], str) else row[3]) for row in sql(FOLD)]
    assert seen == fold(store)
    assert [row[:3] for row in seen] == [("r0", "alice", "discarded")]


@pytest.mark.parametrize(
    "text", ["👍 日本 é", "a\x00b", "\ud800 half", "'; DROP TABLE record; --", "\u2028\r\n\t"]
)
def test_any_text_comes_back_as_it_was(store, event, place, text):
    """Emoji, NUL, half a surrogate pair and quotes survive the file, in values, keys of `shown` and agents."""
    store.append(KEY, [event(answers={"why": text}, shown={"suggestions": [text]})])
    store.close()
    (found,) = Store(place).since(KEY)
    assert (found.answers["why"], found.shown["suggestions"]) == (text, [text])


def test_a_name_that_is_no_text_is_refused_and_nothing_is_written(store, event):
    """Half a character in an annotator's name is bad input, in words."""
    with pytest.raises(InvalidInput, match="half a surrogate pair"):
        store.append(KEY, [event(), event(user="\ud800")])
    assert store.since(KEY) == []


def test_known_says_which_ids_are_there(store, event):
    """A page with a long outbox learns in one call what need not be sent again."""
    stored = store.append(KEY, [event() for _ in range(600)])
    ids = [each.id for each in stored]
    assert store.known(KEY, [*ids, "never sent"]) == set(ids)
    assert store.known(KEY, []) == set()


def test_an_event_is_found_by_its_id(store, event):
    """An id leads to the event as stored, and an unknown id to None."""
    (stored,) = store.append(KEY, [event()])
    assert store.event(KEY, stored.id) == stored
    assert store.event(KEY, "never sent") is None


def test_the_newest_first_are_all_of_one_person(store, event):
    """Pages of a long history join without a gap, and hold nobody else's events."""
    mine = store.append(KEY, [event() for _ in range(120)])
    store.append(KEY, [event(user="bob")])
    with store._quickly() as session:
        assert list(answers.back(session, KEY, "alice")) == mine[::-1]


def test_the_state_before_is_the_previous_event_of_the_same_hand(store, event):
    """Other people's answers and other records are not in between."""
    first, _, _, second = store.append(KEY, [event(), event(user="bob"), event(record="r1"), event()])
    with store._quickly() as session:
        assert answers.before(session, KEY, second) == first
        assert answers.before(session, KEY, first) is None


def test_records_keep_fields_and_take_new_metadata(store):
    """Adding a known record changes its metadata only, and keeps its place."""
    store.put_records(
        KEY, [{"id": "r0", "fields": {"text": "x"}, "metadata": {"a": 1}, "external_id": None}], []
    )
    first, *others = store.records(KEY)
    assert (first.id, first.fields, first.metadata) == ("r0", {"text": "r0"}, {"a": 1})
    assert [each.id for each in others] == ["r1", "r2"]


def test_a_known_record_without_metadata_keeps_what_it_has(store):
    """Running a cell again that says nothing about metadata takes none away."""
    row = {"id": "r0", "fields": {}, "metadata": {"a": [1, "é"]}, "external_id": None}
    store.put_records(KEY, [row], [])
    store.put_records(KEY, [{**row, "metadata": {}}], [])
    assert store.records(KEY)[0].metadata == {"a": [1, "é"]}


def test_a_bad_suggestion_takes_its_records_with_it(store):
    """Records and suggestions of one call are one transaction."""
    row = {"id": "r9", "fields": {}, "metadata": {}, "external_id": None}
    suggestion = {
        "record_id": "nowhere",
        "question": "q",
        "agent": "",
        "value": 1,
        "score": None,
        "type": None,
    }
    with pytest.raises(StoreError):
        store.put_records(KEY, [row], [suggestion])
    assert [each.id for each in store.records(KEY)] == ["r0", "r1", "r2"]


def test_settings_get_a_new_version_only_when_they_change(store):
    """The versions number the changes."""
    assert store.settings(KEY) == (1, {"fields": []})
    assert store.put_settings(KEY, {"fields": []}) == 1
    assert store.put_settings(KEY, {"fields": [], "guidelines": "x"}) == 2
    assert store.settings(KEY) == (2, {"fields": [], "guidelines": "x"})


def test_a_name_is_taken_once_per_workspace(store):
    """The same name may stand on two shelves."""
    store.create("e" * 32, "other", "tone", {})
    assert store.names() == [("other", "tone"), ("team", "tone")]
    assert store.names("team") == [("team", "tone")]
    assert store.find("other", "tone") == "e" * 32
    assert store.find("other", "tome") is None


def test_threads_lose_nothing(store, event):
    """Eight threads that append at once, 200 answers each: every one is there once."""
    sent: list[str] = []

    def work(user):
        for number in range(200):
            sent.extend(each.id for each in store.append(KEY, [event(record=f"r{number % 3}", user=user)]))

    threads = [threading.Thread(target=work, args=(f"u{i}",)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(each.id for each in store.since(KEY)) == Counter(sent)
    assert len(sent) == 1600


def test_processes_lose_nothing(store, place):
    """Four processes that append at once, 200 answers each: every acknowledged one is there once."""
    arguments = [sys.executable, str(APPENDER), str(place), KEY, "r0"]
    running = [
        subprocess.Popen([*arguments, f"u{i}", "200"], stdout=subprocess.PIPE, text=True) for i in range(4)
    ]
    acknowledged = [line for each in running for line in each.communicate()[0].split()]
    assert [each.returncode for each in running] == [0] * 4
    assert Counter(each.id for each in store.since(KEY)) == Counter(acknowledged)
    assert len(acknowledged) == 800


def test_two_kernels_that_create_one_name_share_one_dataset(store):
    """Whoever creates a name second gets the dataset that is there, with its settings untouched."""
    assert store.create("f" * 32, "shared", "tone", {"fields": [1]}) == "f" * 32
    assert store.create("a" * 32, "shared", "tone", {"fields": [2]}) == "f" * 32
    assert store.settings("f" * 32) == (1, {"fields": [1]})


def submitted(store, record="r0"):
    """Return who has submitted an answer to a record, sorted."""
    return sorted(who for where, who, status, _ in fold(store) if (where, status) == (record, "submitted"))


def test_one_answer_too_many_is_kept_as_a_draft(store, event):
    """Where enough others have submitted, an answer comes back as a draft of the same id, and nothing of it is lost."""
    first, second = store.append(KEY, [event(user="alice"), event(user="bob")], limit=1)
    assert (first.status, second.status) == ("submitted", "draft")
    assert store.since(KEY) == [first, second]
    assert store.append(KEY, [replace(second, status="submitted")], limit=1) == [second]
    assert submitted(store) == ["alice"]


def test_without_a_limit_everybody_may_submit(store, event):
    """The limit is the caller's to give."""
    store.append(KEY, [event(user=f"u{i}") for i in range(5)])
    assert len(submitted(store)) == 5


def test_whoever_has_submitted_may_change_the_answer(store, event):
    """A full record is closed to others only."""
    store.append(KEY, [event(user="alice"), event(user="bob")], limit=2)
    (changed,) = store.append(KEY, [event(user="alice", answers={"n": "new"})], limit=2)
    assert (changed.status, changed.answers) == ("submitted", {"n": "new"})


@pytest.mark.parametrize("freed", ["pending", "discarded"])
def test_a_place_that_becomes_free_is_given_again(store, event, freed):
    """Only standing answers count: not what was taken back, replaced or discarded, and no drafts."""
    (first,) = store.append(KEY, [event(user="alice")], limit=1)
    undoes = {"undoes": first.id} if freed == "pending" else {}
    store.append(KEY, [event(freed, user="alice", **undoes), event("draft", user="cleo")], limit=1)
    assert store.append(KEY, [event(user="bob")], limit=1)[0].status == "submitted"


def test_a_full_record_does_not_reopen_a_discarded_one(store, event):
    """Whoever has discarded the record keeps that: a draft would take a final answer back."""
    (gone,) = store.append(KEY, [event("discarded", user="bob")])
    store.append(KEY, [event(user="alice")])
    assert store.append(KEY, [event(user="bob")], limit=1) == [gone]
    assert ("r0", "bob", "discarded", gone.answers) in fold(store)


def test_a_message_that_comes_again_is_answered_by_what_it_became(store, event):
    """A submitted answer that was taken back since, on a record that is full now, is known by its id."""
    (mine,) = store.append(KEY, [event(user="bob")], limit=1)
    store.append(KEY, [event("discarded", user="bob")], limit=1)
    store.append(KEY, [event(user="alice")], limit=1)
    before = store.since(KEY)
    assert store.append(KEY, [mine], limit=1) == [mine]
    assert store.since(KEY) == before


def test_a_batch_counts_its_own_answers(store, event):
    """Whatever came earlier in the same call is seen, also within long batches."""
    batch = [event(user=f"u{i}", record=f"r{i % 3}") for i in range(30)]
    stored = store.append(KEY, batch, limit=4)
    assert [each.status for each in stored] == ["submitted"] * 12 + ["draft"] * 18
    assert [len(submitted(store, each)) for each in ("r0", "r1", "r2")] == [4, 4, 4]


def test_an_undo_that_would_return_to_submitted_returns_to_a_draft(store, event):
    """An undo is always written, though a final answer stands, and does not exceed the limit either."""
    (mine,) = store.append(KEY, [event(user="bob")])
    (changed,) = store.append(KEY, [event("discarded", user="bob")])
    store.append(KEY, [event(user="alice")])
    (undone,) = store.append(KEY, [event(user="bob", answers=mine.answers, undoes=changed.id)], limit=1)
    assert (undone.status, undone.answers, undone.undoes) == ("draft", mine.answers, changed.id)


def test_people_who_submit_at_once_do_not_exceed_the_limit(store, place, event):
    """Eight people, each with connections of their own: exactly `limit` of them come through, the others keep drafts."""
    stores = [Store(place) for _ in range(8)]
    statuses = []

    def work(number):
        for record in ("r0", "r1", "r2"):
            statuses.extend(
                each.status
                for each in stores[number].append(KEY, [event(record=record, user=f"u{number}")], limit=3)
            )

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in stores:
        each.close()
    assert [len(submitted(store, each)) for each in ("r0", "r1", "r2")] == [3, 3, 3]
    assert Counter(statuses) == {"submitted": 9, "draft": 15}


def test_what_comes_back_shares_nothing_with_what_was_given(store, event):
    """Whoever changes a list after giving it changes nothing that was stored."""
    topics = ["code"]
    (stored,) = store.append(KEY, [event(answers={"topics": topics})])
    topics.append("prose")
    assert stored == store.since(KEY)[0]
    assert stored.answers == {"topics": ["code"]}
