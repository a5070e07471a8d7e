"""Finding records in the database gives on each engine what a plain walk over them gives."""

from __future__ import annotations

import itertools
import json
import operator
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as sa_event
from sqlalchemy import text

from feedback_widgets.errors import StoreError
from feedback_widgets.query import Query
from feedback_widgets.store import fulltext, new_id, open_store
from feedback_widgets.store.json_sql import fits
from feedback_widgets.store.search import find
from feedback_widgets.words import matches, parse

KINDS = ["file", "memory", "postgres"]
CASES = json.loads((Path(__file__).parents[1] / "cases" / "search.json").read_text("utf-8"))


def fill(store, records, suggestions=(), events=()):
    """Make a dataset of (fields, metadata) pairs, whose ids are `000`, `001`, …, and return its key."""
    key = new_id()
    store.create(key, "team", key, {"fields": []})
    rows = [
        {"id": f"{at:03}", "fields": fields, "metadata": metadata, "external_id": None}
        for at, (fields, metadata) in enumerate(records)
    ]
    said = [{"type": None, "agent": "", "score": None, **each} for each in suggestions]
    store.put_records(key, rows, said, events)
    return key


def texts(fields):
    """Return the words of each field."""
    return {name: list(fulltext.content_words(content)) for name, content in fields.items()}


def asked(store, key, query, names=("title", "body")):
    """Return the places of the records found."""
    groups = parse(query.text or "", names)
    return [int(each) for each in find(store, key, query, groups)]


# -- words -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def library(store):
    """Return the key of a dataset that holds the records of the case file, beside others."""
    return fill(store, [(each, {}) for each in CASES["records"]])


@pytest.mark.parametrize("case", CASES["queries"], ids=operator.itemgetter("text"))
def test_words_are_found_alike_on_each_engine(store, library, case):
    """The language of the search bar means the same everywhere: what stands in the case file."""
    query = Query(text=case["text"], fields=case.get("fields"))
    groups = parse(case["text"], ["title", "body"])
    assert asked(store, library, query) == case["found"] if groups else case["found"] == "all"


HOSTILE = [
    '"',
    "'",
    "\\",
    "a'b",
    "(",
    ")",
    "AND",
    "NOT x",
    "NEAR(a b, 3)",
    "a:b",
    "*",
    "a*b*",
    "^a",
    "{a}:",
    "--",
    "; DROP TABLE record",
]
HOSTILE += [
    "-",
    "--a",
    "a -",
    "OR OR",
    "a OR -",
    "&|!",
    "<->",
    "'a' & !'b'",
    ":*",
    "%",
    "_",
    ":v0",
    "%s",
    "\0",
    "a\0b",
    "\ud800",
    "\u200f",
    "ﷺ",
    "½",
]


@pytest.mark.parametrize("said", HOSTILE)
def test_whatever_is_typed_is_searched(store, library, said):
    """No text that a person types is an error of the database."""
    assert set(asked(store, library, Query(text=said))) <= set(range(len(CASES["records"])))
    assert asked(store, library, Query(text=f"{said} fox {said}")) is not None


VOCABULARY = [
    "red",
    "Red",
    "réd",
    "reddish",
    "car",
    "big",
    "赤い車",
    "สวัสดี",
    "🚗",
    "e-mail",
    "x_y",
    "12:30",
    "'",
    '"',
    "OR",
    "ß",
]
speech = st.lists(st.sampled_from(VOCABULARY), max_size=6).map(" ".join)
PIECES = [
    "red",
    "-car",
    "re*",
    '"big car"',
    "title:red",
    "-body:car",
    "車",
    "OR",
    "e-mail",
    '-"big red"',
    "nobody:x",
    "🚗",
    "SS",
    "赤い",
]
typed = st.lists(st.sampled_from(PIECES), max_size=5).map(" ".join)


quick = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(
    records=st.lists(
        st.fixed_dictionaries({"title": speech}, optional={"body": speech}), min_size=1, max_size=6
    ),
    said=typed,
    scope=st.sampled_from([None, ["title"], ["body"], ["title", "body"]]),
)
def test_words_mean_what_they_mean_in_python(store, records, said, scope):
    """For any records and any query the engine finds what a walk over the words finds."""
    key = fill(store, [(each, {}) for each in records])
    groups = parse(said, ["title", "body"])
    expected = [at for at, each in enumerate(records) if matches(groups, texts(each), scope)]
    assert asked(store, key, Query(text=said, fields=scope)) == (
        expected if groups else list(range(len(records)))
    )


def test_the_index_takes_in_what_was_added_since(store, library):
    """A record is found by the next search after it was added, also by another kernel and in a field never seen."""
    assert asked(store, library, Query(text="zebra")) == []
    row = {"id": "900", "fields": {"notes": "A zebra."}, "metadata": {}, "external_id": None}
    store.put_records(library, [row], [])
    assert asked(store, library, Query(text="zebra")) == [900]
    assert find(store, library, Query(), parse("notes:zebra"))


def test_the_index_is_made_portion_by_portion(store, monkeypatch):
    """An index of many records is made in several transactions, and holds them all."""
    monkeypatch.setattr(fulltext, "PORTION", 7)
    key = fill(store, [({"title": f"word{at} all"}, {}) for at in range(40)])
    assert asked(store, key, Query(text="all")) == list(range(40))
    assert asked(store, key, Query(text="word33")) == [33]


def test_datasets_of_one_store_do_not_find_each_other(store, library):
    """A search stays in its dataset, also when it asks for what is *not* there."""
    other = fill(store, [({"title": "fox"}, {})])
    assert asked(store, other, Query(text="fox")) == [0]
    assert asked(store, other, Query(text="-fox")) == []
    assert asked(store, other, Query(text="-bear")) == [0]


def test_a_deleted_record_leaves_no_words_behind(store, library):
    """Deleting a record deletes its words, also when its whole dataset goes."""
    asked(store, library, Query(text="fox"))
    count = text("SELECT count(*) FROM search_words")
    with store._writing() as connection:
        before = connection.scalar(count)
        connection.execute(text("DELETE FROM record WHERE dataset_id = :d AND id = '000'"), {"d": library})
        assert connection.scalar(count) == before - 1
        connection.execute(text("DELETE FROM dataset WHERE id = :d"), {"d": library})
        assert connection.scalar(count) == 0
        assert (
            connection.scalar(text("SELECT count(*) FROM search_index WHERE dataset_id = :d"), {"d": library})
            == 0
        )


def test_an_index_of_another_version_is_made_anew(store, library, monkeypatch):
    """Whatever an earlier version of the package indexed is thrown away."""
    found = asked(store, library, Query(text="fox"))
    monkeypatch.setattr(fulltext, "VERSION", fulltext.VERSION + 1)
    assert asked(store, library, Query(text="fox")) == found
    with store._reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM search_words")) == len(CASES["records"])


def test_a_very_long_record_is_searched_as_far_as_there_is_room(store):
    """A record of millions of words can be added and found by its first ones."""
    key = fill(store, [({"title": "first " + " ".join(f"w{n}" for n in range(200_000))}, {})])
    assert asked(store, key, Query(text="first")) == [0]
    assert asked(store, key, Query(text='"w16 w17"')) == [0]
    assert asked(store, key, Query(text="a" * 500)) == []


def test_threads_build_one_index(store, monkeypatch):
    """Searches at once make one index, in which every record stands once."""
    monkeypatch.setattr(fulltext, "PORTION", 5)
    key = fill(store, [({"title": "all"}, {}) for _ in range(50)])
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(asked(store, key, Query(text="all")))) for _ in range(5)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert found == [list(range(50))] * 5


def test_a_search_waits_for_no_writer(store, library, place):
    """While another process writes, a search that has nothing to take in answers."""
    asked(store, library, Query(text="fox"))
    other = open_store(place)
    with other._writing():
        found = []
        thread = threading.Thread(target=lambda: found.append(asked(store, library, Query(text="fox"))))
        thread.start()
        thread.join(20)
    assert found


def test_an_index_that_cannot_be_written_is_told(store, library, place, kind):
    """In a store that cannot be written the first search says so, in a sentence."""
    read_only = {
        "file": "PRAGMA query_only = ON",
        "postgres": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    }

    def forbid(connection, _):
        connection.cursor().execute(read_only[kind])
        connection.commit()

    store.engine.dispose()
    sa_event.listen(store.engine, "connect", forbid)
    with pytest.raises(StoreError):
        asked(store, library, Query(text="fox"))


# -- values ------------------------------------------------------------------------------------------------------------

scalars = st.one_of(
    st.sampled_from(["a", "b", "B", "é", "z'", "", "10"]),
    st.integers(-3, 12),
    st.booleans(),
    st.sampled_from([0.5, 1.0, 2.5]),
)
spans = st.fixed_dictionaries({"start": st.just(0), "label": scalars})
ranks = st.fixed_dictionaries({"value": scalars, "rank": st.integers(1, 2)})
contents = st.one_of(
    scalars,
    st.lists(st.one_of(scalars, spans, ranks), max_size=3),
    st.dictionaries(st.sampled_from(["x", "y"]), scalars, max_size=2),
)
numbers = st.one_of(st.integers(-3, 12), st.sampled_from([0.5, 1.5]))
ranges = st.one_of(
    st.fixed_dictionaries({"ge": numbers}),
    st.fixed_dictionaries({"lt": numbers}),
    st.tuples(numbers, numbers).map(lambda two: {"gt": min(two), "le": max(two)}),
    st.sampled_from([{"ge": "a"}, {"gt": "B", "le": "b"}]),
)
wishes = st.one_of(scalars, st.lists(scalars, min_size=1, max_size=3), ranges)
names = st.sampled_from(["m", "two words", "größe"])


@quick
@given(
    records=st.lists(st.dictionaries(names, contents, max_size=3), min_size=1, max_size=6),
    name=names,
    wish=wishes,
)
def test_metadata_is_compared_as_in_python(store, records, name, wish):
    """For any metadata and any value, list or range the engine finds what a comparison in Python finds."""
    key = fill(store, [({"title": "t"}, each) for each in records])
    query = Query(metadata={name: wish})
    expected = [
        at for at, each in enumerate(records) if name in each and fits(query.metadata[name], each[name])
    ]
    assert asked(store, key, query) == expected


agents = st.sampled_from(["", "gpt", "bert"])
proposals = st.dictionaries(
    st.tuples(st.integers(0, 4), st.sampled_from(["q", "p"]), agents),
    st.tuples(contents, st.one_of(st.none(), numbers, st.lists(numbers, max_size=2))),
    max_size=8,
)


@quick
@given(
    said=proposals,
    value=st.none() | wishes,
    score=st.none() | ranges,
    agent=st.none() | agents | st.lists(agents, min_size=1, max_size=2),
)
def test_suggestions_are_compared_as_in_python(store, said, value, score, agent):
    """One suggestion has to fit in value, score and agent at once."""
    rows = [
        {"record_id": f"{at:03}", "question": question, "agent": who, "value": content, "score": sure}
        for (at, question, who), (content, sure) in said.items()
    ]
    key = fill(store, [({"title": str(at)}, {}) for at in range(5)], rows)
    given = {"value": value, "score": score, "agent": agent}
    query = Query(suggestions={"q": {name: each for name, each in given.items() if each is not None}})
    wanted = query.suggestions["q"]
    expected = {
        int(each["record_id"])
        for each in rows
        if each["question"] == "q"
        and ("value" not in wanted or fits(wanted["value"], each["value"]))
        and ("score" not in wanted or fits(wanted["score"], each["score"]))
        and ("agent" not in wanted or fits(wanted["agent"], each["agent"]))
    }
    assert asked(store, key, query) == sorted(expected)


def sort_key(value, *, down):
    """Return what Python sorts a JSON value by, or None where it has no place: numbers, then texts."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return (
        isinstance(value, str),
        0 if isinstance(value, str) else value,
        value if isinstance(value, str) else "",
    )


@quick
@given(
    records=st.lists(st.dictionaries(names, contents, max_size=3), min_size=1, max_size=7),
    name=names,
    down=st.booleans(),
)
def test_metadata_sorts_as_in_python(store, records, name, down):
    """Numbers come before texts, texts go by their characters, and records without come last in both directions."""
    key = fill(store, [({"title": "t"}, each) for each in records])
    keyed = [(sort_key(each.get(name), down=down), at) for at, each in enumerate(records)]
    there = sorted((each for each in keyed if each[0] is not None), key=operator.itemgetter(0), reverse=down)
    expected = [at for _, at in there] + [at for each, at in keyed if each is None]
    ties = {at: each for each, at in keyed}
    found = asked(store, key, Query(sort=f"{'-' * down}metadata.{name}"))
    assert [ties[at] for at in found] == [ties[at] for at in expected]
    assert all(a < b for a, b in itertools.pairwise(found) if ties[a] == ties[b])


def test_records_sort_by_several_keys_and_by_suggestions(store):
    """The first key decides, then the next; of several agents' suggestions the highest counts."""
    rows = [
        {"record_id": f"{at:03}", "question": "q", "agent": who, "value": value, "score": score}
        for at, who, value, score in [
            (0, "a", 3, 0.2),
            (0, "b", 1, 0.9),
            (1, "a", 2, 0.5),
            (3, "a", [1], None),
        ]
    ]
    key = fill(store, [({"title": "t"}, {"m": at % 2}) for at in range(4)], rows)
    assert asked(store, key, Query(sort="-added")) == [3, 2, 1, 0]
    assert asked(store, key, Query(sort=["metadata.m", "-added"])) == [2, 0, 3, 1]
    assert asked(store, key, Query(sort="suggestion.q.score")) == [1, 0, 2, 3]
    assert asked(store, key, Query(sort="-suggestion.q")) == [0, 1, 2, 3]
    assert asked(store, key, Query(sort="updated")) == [0, 1, 2, 3]


def test_answers_are_those_that_stand(store, event):
    """An answer counts while it is somebody's current one; one person's answer has to fit in everything."""
    given = [
        event(record="000", user="alice", answers={"q": 1, "p": "x"}),
        event(record="000", user="bob", answers={"q": 2, "p": "y"}),
        event(record="001", user="alice", answers={"q": 1}),
        event(record="001", user="alice", answers={"q": 5}),
        event("pending", record="002", user="bob", answers={"q": 1}),
    ]
    key = fill(store, [({"title": str(at)}, {}) for at in range(3)], events=given)
    assert asked(store, key, Query(answers={"q": 1})) == [0]
    assert asked(store, key, Query(answers={"q": [1, 5]})) == [0, 1]
    assert asked(store, key, Query(answers={"q": {"ge": 2}}, user="bob")) == [0]
    assert asked(store, key, Query(answers={"q": 1, "p": "y"})) == []
    assert asked(store, key, Query(answers={"q": 5}, user="bob")) == []


def test_what_no_database_can_read_hides_nothing_else(store):
    """Metadata with NUL or half a surrogate pair breaks no search among its neighbours."""
    records = [{"m": "a\0b"}, {"m": "a"}, {"m": "\ud800"}, {"m": "\\u0000 spelt out"}]
    key = fill(store, [({"title": "\0 \ud800 fox"}, each) for each in records])
    assert 1 in asked(store, key, Query(metadata={"m": "a"}))
    assert set(asked(store, key, Query(sort="metadata.m"))) == {0, 1, 2, 3}
    assert asked(store, key, Query(text="fox")) == [0, 1, 2, 3]
    assert 1 in asked(store, key, Query(metadata={"m": {"ge": "a"}}))
