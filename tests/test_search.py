"""Searching a dataset: what is found, in which order, and what a search returns."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feedback_widgets as fw
from feedback_widgets.errors import InvalidInput
from feedback_widgets.query import Query

MAILS = [
    ("A refund, please: the red car is broken.", {"lang": "en", "length": 8}),
    ("Vielen Dank für das rote Auto!", {"lang": "de", "length": 6}),
    ("Refunds take long. REFUND!", {"lang": "en", "length": 4}),
    ("東京から", {"lang": "ja"}),
]


def make(**more):
    """Return an empty dataset with a label, a rating, and extra metadata."""
    return fw.FeedbackDataset(
        fields=[fw.TextField(name="text"), fw.TextField(name="note", required=False)],
        questions=[
            fw.LabelQuestion(name="tone", labels=["polite", "rude"]),
            fw.RatingQuestion(name="stars", values=[1, 2, 3], required=False),
        ],
        **more,
    )


@pytest.fixture
def mails():
    """Return a dataset of four mails, two of them suggested about, and answered by alice and bob."""
    ds = make()
    ds.add_records([fw.Record({"text": text}, metadata) for text, metadata in MAILS])
    ds.add_records([
        fw.Record({"text": MAILS[0][0]}, suggestions=[fw.Suggestion("tone", "rude", 0.9, agent="gpt")]),
        fw.Record({"text": MAILS[1][0]}, suggestions=[fw.Suggestion("tone", "polite", 0.4, agent="bert")]),
    ])  # fmt: skip
    ds.respond(ds[0].id, {"tone": "rude", "stars": 1}, user="alice")
    ds.respond(ds[1].id, {"tone": "polite"}, user="alice", status="draft")
    ds.respond(ds[1].id, {"tone": "polite", "stars": 3}, user="bob")
    ds.respond(ds[2].id, {}, user="bob", status="discarded")
    return ds


def test_words_are_found_whatever_their_case(mails):
    """A text instead of a query is words to search."""
    assert mails.search("refund").places == [0, 2]
    assert mails.search("fur").places == [1]
    assert mails.search("東京").places == [3]
    assert mails.search().places == [0, 1, 2, 3]


def test_what_is_found_behaves_like_a_list_of_records(mails):
    """Found records are the dataset's own; they are read when somebody looks."""
    found = mails.search("refund*")
    assert len(found) == found.total == 2
    assert [each.id for each in found] == found.ids == [mails[0].id, mails[2].id]
    assert found[0] is mails[0]
    assert found[-1].fields == mails[2].fields
    assert [each.id for each in found[1:]] == found.ids[1:]
    assert [each.id for each in found.records] == found.ids
    assert mails[0] in found
    assert mails[1] not in found
    assert repr(found) == "Found(2 of 4 records, Query(text='refund*'))"


def test_a_limit_leaves_the_total(mails):
    """The count of what fits does not depend on how much is wanted."""
    found = mails.search(Query(sort="-added", limit=1))
    assert (found.places, found.total, len(found)) == ([3], 4, 1)


def test_marks_say_what_to_highlight(mails):
    """Words that were searched, folded, and where a record holds them, in code points of the text as it is written."""
    found = mails.search('REFUND* "red car" -spam note:x OR broken')
    assert found.marks == ["refund*", "red car", "x", "broken"]
    assert found.spans(mails[0]) == {"text": [(2, 8), (22, 29), (33, 39)]}
    assert mails.search("fur").spans(mails[1]) == {"text": [(12, 15)]}
    assert mails.search(Query(text="refund", fields=["note"])).spans(mails[0]) == {}


@pytest.mark.parametrize(
    ("query", "places"),
    [
        (Query(metadata={"lang": "en"}), [0, 2]),
        (Query(metadata={"lang": ["de", "ja"]}), [1, 3]),
        (Query(metadata={"length": {"ge": 5}, "lang": "en"}), [0]),
        (Query(text="refund", metadata={"length": {"lt": 5}}), [2]),
        (Query(suggestions={"tone": "rude"}), [0]),
        (Query(suggestions={"tone": {"score": {"le": 0.5}, "agent": ["bert", "gpt"]}}), [1]),
        (Query(answers={"stars": {"ge": 2}}), [1]),
        (Query(answers={"tone": "rude"}, user="alice"), [0]),
        (Query(answers={"tone": "rude"}, user="bob"), []),
        (Query(status="pending"), [3]),
        (Query(status="submitted"), [0, 1]),
        (Query(status=["discarded", "draft"]), [2]),
        (Query(status="draft", user="alice"), [1]),
        (Query(status="pending", user="bob"), [0, 3]),
        (Query(status="pending", user="nobody"), [0, 1, 2, 3]),
        (Query(status="submitted", answers={"tone": "polite"}, user="alice"), []),
        (Query(sort="-metadata.length"), [0, 1, 2, 3]),
        (Query(sort=["metadata.lang", "-added"]), [1, 2, 0, 3]),
        (Query(sort="suggestion.tone.score"), [1, 0, 2, 3]),
        (Query(sort="-updated", status="pending"), [3]),
    ],
    ids=repr,
)
def test_filters_and_orders(mails, query, places):
    """Everything a query asks for must hold, and its order is kept."""
    assert mails.search(query).places == places


def test_the_user_of_a_search_is_the_user_of_its_query(mails):
    """Who searches may be named beside the query."""
    assert mails.search(Query(status="draft"), user="alice").places == [1]
    assert mails.search(Query(status="draft"), user="alice").query == Query(status="draft", user="alice")


def test_views_are_refined_step_by_step(mails):
    """Filtering and sorting a view searches again with both conditions; the same part is replaced."""
    view = mails.filter_by(metadata_filters=fw.TermsMetadataFilter("lang", ["en"]))
    assert view.places == [0, 2]
    assert view.sort_by("-added").places == [2, 0]
    assert view.filter_by(text="broken").places == [0]
    assert view.filter_by(metadata={"length": {"le": 4}}).places == [2]
    assert view.filter_by(metadata={"lang": "de"}).places == [1]
    assert mails.filter_by(response_status="discarded").places == [2]
    assert mails.sort_by([fw.SortBy("metadata.length", "desc"), fw.SortBy("inserted_at")]).places == [
        0,
        1,
        2,
        3,
    ]
    both = [fw.IntegerMetadataFilter("length", ge=5), fw.TermsMetadataFilter("lang", ["en"])]
    assert mails.filter_by(metadata_filters=both, user="alice").places == [0]


def test_answers_and_records_of_another_kernel_count_at_the_next_search(tmp_path):
    """What another kernel has written is found without waiting for live sync."""
    place = tmp_path / "feedback.db"
    mine = make().save("mails", store=place)
    mine.store.leave(mine)  # so that only the search itself can bring the news
    other = fw.FeedbackDataset.load("mails", store=place)
    other.store.leave(other)
    mine.add_records([{"text": "Hello there", "lang": "en"}])
    assert other.search("hello").places == [0]
    mine.respond(mine[0].id, {"tone": "rude"}, user="alice")
    assert other.search(Query(status="submitted", user="alice")).places == [0]
    mine.add_records([fw.Record({"text": "Hello there"}, {"lang": "de"})])
    assert other.search(Query(metadata={"lang": "de"}, text="hello")).places == [0]


def test_a_view_shows_what_was_found_when_it_was_made(mails):
    """Records that come later belong to the next search."""
    view = mails.search("refund")
    mails.add_records([{"text": "Another refund"}])
    assert len(view) == 2
    assert len(mails.search("refund")) == 3


def test_an_empty_dataset_is_searched():
    """Nothing is found where nothing is."""
    assert make().search("x").ids == []
    assert make().search(Query(status="pending", user="alice")).total == 0


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"fields": ["txt"]}, "there is no field 'txt'; there are text, note. Did you mean 'text'?"),
        ({"answers": {"tones": "x"}}, "there is no question 'tones'; .* Did you mean 'tone'?"),
        ({"suggestions": {"star": 1}}, "Did you mean 'stars'?"),
        ({"sort": "suggestion.tome.score"}, "Did you mean 'tone'?"),
        ({"similar_to": "x"}, "this dataset has no vectors"),
    ],
)
def test_what_is_not_there_is_named(mails, parts, sentence):
    """A query about an unknown field or question is refused with the near miss."""
    with pytest.raises(InvalidInput, match=sentence.replace("?", r"\?")):
        mails.search(Query(**parts))


def test_metadata_is_checked_where_extra_metadata_is_refused():
    """Where only known metadata is allowed, a query about other metadata is a slip."""
    ds = make(metadata_properties=[fw.TermsMetadataProperty(name="lang")], allow_extra_metadata=False)
    with pytest.raises(InvalidInput, match=r"there is no metadata property 'lnag'; .* Did you mean 'lang'"):
        ds.filter_by(metadata={"lnag": "de"})
    with pytest.raises(InvalidInput, match="'lnag'"):
        ds.sort_by("-metadata.lnag")
    with pytest.raises(InvalidInput, match=r"cannot be filtered by 'metdata'.* Did you mean 'metadata'"):
        ds.filter_by(metdata={})


def test_searches_beside_answers_from_another_thread(mails):
    """Searching and answering at once fails neither."""
    failures = []

    def work(job):
        try:
            for _ in range(20):
                job()
        except Exception as error:  # noqa: BLE001 - told below
            failures.append(error)

    jobs = [
        lambda: mails.search(Query(text="refund", status="submitted", user="alice")),
        lambda: mails.respond(mails[3].id, {"tone": "rude"}, user="alice"),
        lambda: mails.add_records([{"text": f"refund {threading.get_ident()}"}]),
    ]
    threads = [threading.Thread(target=work, args=(job,)) for job in jobs]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []
    assert mails.search(Query(status="submitted", user="alice")).places == [0, 3]


people = st.sampled_from(["ann", "bob"])
steps = st.lists(
    st.tuples(
        people,
        st.integers(0, 3),
        st.sampled_from(["submitted", "draft", "discarded"]),
        st.sampled_from(["polite", "rude"]),
    ),
    max_size=10,
)


@settings(max_examples=40)
@given(
    steps=steps,
    status=st.none()
    | st.lists(st.sampled_from(["pending", "draft", "submitted", "discarded"]), min_size=1, max_size=2),
    user=st.none() | people | st.just("eve"),
    tone=st.none() | st.sampled_from(["polite", "rude"]),
)
def test_status_and_answers_as_a_walk_over_the_records_sees_them(steps, status, user, tone):
    """For any answers, a filter by status and answer finds the records that a walk over their responses finds."""
    ds = make()
    ds.add_records([{"text": text} for text, _ in MAILS])
    for who, place, what, answer in steps:
        ds.respond(ds[place].id, {"tone": answer}, user=who, status=what)

    def fits(record):
        given = {each.user_id: each for each in record.responses}
        mine = [each for name, each in given.items() if user in (None, name)]
        said = {each.status for each in mine}
        best = next((each for each in ("submitted", "discarded", "draft") if each in said), "pending")
        heard = any(each.values["tone"].value == tone for each in mine)
        return (status is None or best in status) and (tone is None or heard)

    query = Query(status=status, user=user, answers=tone and {"tone": tone})
    assert ds.search(query).places == [at for at, record in enumerate(ds.records) if fits(record)]


@pytest.mark.parametrize(
    "query", [Query(text="all"), Query(text="all", limit=150), Query(text="all", limit=30)], ids=repr
)
def test_all_that_was_found_is_there_when_somebody_looks(query):
    """A search that finds more than a page at first holds every record, in order, as of the moment it was made."""
    ds = make()
    ds.add_records([{"text": f"all {at}"} for at in range(230)])
    found = ds.search(query)
    ds.add_records([{"text": "all of them, later"}])
    end = query.limit or 230
    assert (len(found), found.total) == (end, 230)
    assert found[-1].fields["text"] == f"all {end - 1}"
    assert found.places == list(range(end))
    again = ds.search(query.but(limit=None))
    assert [each.fields["text"] for each in again.page(95, 10)] == [f"all {at}" for at in range(95, 105)]
    assert [each.fields["text"] for each in again][:230] == [f"all {at}" for at in range(230)]
    assert [each.fields["text"] for each in ds.search("all")[200:10:-90]] == ["all 200", "all 110", "all 20"]
    with pytest.raises(IndexError):
        found[end]
