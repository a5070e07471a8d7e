"""Finding in the desk: hits are walked over in their order, and a page learns nothing it must not see."""

from __future__ import annotations

import pytest

import feedback_widgets as fw
from feedback_widgets.errors import InvalidInput
from feedback_widgets.widgets import bundle, finding


@pytest.fixture
def dataset(tmp_path):
    """Return a saved dataset of six records about cars and trains, with metadata of two kinds and vectors."""
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
        metadata_properties=[
            fw.TermsMetadataProperty(name="lang", values=["en", "de"]),
            fw.IntegerMetadataProperty(name="secret", visible_for_annotators=False),
        ],
        vectors_settings=[fw.VectorSettings(name="v", dimensions=2)],
    )
    texts = ["a red car", "a train", "a blue car", "cars", "the last train", "my car"]
    made.add_records(
        [
            fw.Record({"text": each}, {"lang": "en", "secret": at}, vectors={"v": [1, at]})
            for at, each in enumerate(texts)
        ]
    )
    return made.save("traffic", store=tmp_path / "feedback.db")


def texts(reply):
    """Return what the records of a reply say."""
    return [each["fields"]["text"] for each in reply["records"]]


def test_a_search_answers_with_its_first_hits_and_what_to_highlight(desk, ask):
    """Total, marks, the Python of the query, and each hit's place among the hits and among the records."""
    found = ask(desk, "search", query={"text": "car*"}, limit=2)
    assert texts(found) == ["a red car", "a blue car"]
    assert (found["total"], found["marks"], found["python"]) == (4, ["car*"], "Query(text='car*')")
    assert (found["places"], found["end"]) == ([0, 1], False)
    assert [each["index"] for each in found["records"]] == [0, 2]


def test_hits_are_walked_over_by_their_token(desk, ask, answered, dataset):
    """Further windows hold what follows in the order of the hits, in the queue that is asked for."""
    token = ask(desk, "search", query={"text": "car*", "sort": ["-metadata.lang", "-added"]}, limit=1)[
        "token"
    ]
    more = ask(desk, "records", token=token, after=0, limit=100)
    assert (texts(more), more["places"], more["end"]) == (
        ["cars", "a blue car", "a red car"],
        [1, 2, 3],
        True,
    )
    ask(desk, "respond", events=[answered(dataset[2])])
    assert texts(ask(desk, "records", token=token, limit=100)) == ["my car", "cars", "a red car"]
    assert texts(ask(desk, "records", token=token, queue="submitted")) == ["a blue car"]
    assert ask(desk, "records", token=token, queue="submitted")["places"] == [2]
    assert texts(ask(desk, "records", token=token, queue="all", before=3, limit=2)) == ["cars", "a blue car"]


def test_hits_stay_what_they_were(desk, ask, dataset):
    """Records that come after a search do not move its pages; a new search finds them."""
    token = ask(desk, "search", query={"text": "train"}, limit=1)["token"]
    dataset.add_records([{"text": "one more train"}])
    assert texts(ask(desk, "records", token=token, limit=10)) == ["a train", "the last train"]
    assert ask(desk, "search", query={"text": "train"})["total"] == 3


def test_an_old_search_is_no_longer_held(desk, ask, monkeypatch):
    """A token beyond the newest ones, or of another kernel, is refused for good, so that the page searches again."""
    monkeypatch.setattr(finding, "KEPT", 2)
    first = ask(desk, "search", query={"text": "car"})["token"]
    for word in ("train", "red"):
        ask(desk, "search", query={"text": word})
    for token in (first, "unknown"):
        said = ask(desk, "records", token=token)
        assert (said["kind"], said["again"]) == ("refused", False)
        assert "search again" in said["reason"]


def test_a_query_that_cannot_be_asked_is_refused_in_words(desk, ask):
    """What is wrong with a query is said, and the desk goes on."""
    assert "there is no question 'ton'" in ask(desk, "search", query={"answers": {"ton": "rude"}})["reason"]
    assert "a query has no part 'wrods'" in ask(desk, "search", query={"wrods": "x"})["reason"]
    assert "at most 20000 characters" in ask(desk, "search", query={"text": "x" * 30_000})["reason"]
    assert ask(desk, "search", query={"text": "red"})["total"] == 1


def test_a_page_sees_nobody_elses_answers_and_no_hidden_metadata(desk, ask, dataset):
    """Status and answers are those of the desk's annotator; others, and hidden metadata, cannot be asked for."""
    dataset.respond(dataset[0].id, {"tone": "rude"}, user="bob")
    assert ask(desk, "search", query={"status": "submitted"})["total"] == 0
    assert ask(desk, "search", query={"answers": {"tone": "rude"}})["total"] == 0
    assert "cannot ask for the answers of 'bob'" in ask(desk, "search", query={"user": "bob"})["reason"]
    for query in ({"metadata": {"secret": 1}}, {"sort": ["-metadata.secret"]}):
        assert "do not see the metadata property 'secret'" in ask(desk, "search", query=query)["reason"]
    offered = ask(desk, "hello", pending=[])["finding"]
    assert [each["name"] for each in offered["metadata"]] == ["lang"]
    assert offered["vectors"] == ["v"]


def test_ids_name_a_whole_queue_in_pieces(desk, ask, dataset, answered):
    """Piece by piece, `last` leads on; with a token only hits are named."""
    ask(desk, "respond", events=[answered(dataset[1])])
    first = ask(desk, "ids", limit=3)
    assert (first["ids"], first["indices"], first["end"]) == (
        [dataset[at].id for at in (0, 2, 3)],
        [0, 2, 3],
        False,
    )
    rest = ask(desk, "ids", limit=3, after=first["last"])
    assert (rest["indices"], rest["end"]) == ([4, 5], True)
    token = ask(desk, "search", query={"text": "car", "sort": "-added"})["token"]
    assert ask(desk, "ids", token=token)["indices"] == [5, 2, 0]


def test_python_sees_and_sets_the_query(desk, ask):
    """`desk.query` is what a page looked for; setting it is told to every page, and to those that open later."""
    ask(desk, "search", query={"text": "train", "status": ["pending"]})
    assert desk.query == fw.Query(text="train", status="pending")
    assert eval(repr(desk.query), {"Query": fw.Query}) == desk.query
    desk.query = "red"
    assert (desk.sent[-1]["kind"], desk.sent[-1]["client"], desk.sent[-1]["query"]) == (
        "query",
        "*",
        {"text": "red"},
    )
    assert ask(desk, "hello", pending=[])["finding"]["query"] == {"text": "red"}
    desk.query = None
    assert desk.sent[-1]["query"] is None
    ask(desk, "search", query={})
    assert desk.query is None


@pytest.mark.parametrize(
    ("wanted", "words"),
    [(5, "takes a Query, words or None"), (fw.Query(user="bob"), "cannot ask for the answers")],
)
def test_a_query_from_python_is_checked(desk, wanted, words):
    """What the annotator could not look for is refused, and the query stays as it was."""
    with pytest.raises(InvalidInput, match=words):
        desk.query = wanted
    assert (desk.query, desk.sent) == (None, [])


def test_hits_are_lent_where_records_are_shared_out(tmp_path):
    """With an overlap, hits of the pending queue are lent like any others: two annotators never get the same one."""
    bundle_source = bundle.SOURCE.parent  # the fixture's
    assert bundle_source.exists()
    made = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
        distribution=fw.Distribution(min_submitted=1),
    )
    made.add_records([{"text": f"car {at}"} for at in range(8)])
    made.save("shared", store=tmp_path / "feedback.db")
    seen = []
    for user in ("ann", "bob"):
        desk = made.annotate(user=user)
        desk.sent = []
        desk.send = desk.sent.append
        message = {
            "v": 1,
            "client": user,
            "rid": user,
            "kind": "search",
            "query": {"text": "car", "sort": "-added"},
        }
        seen.append(texts(desk._reply(message)))
        refused = desk._reply({"v": 1, "client": user, "rid": "i", "kind": "ids"})
        assert "shared out" in refused["reason"]
    assert seen == [[f"car {at}" for at in (7, 6, 5, 4, 3)], [f"car {at}" for at in (2, 1, 0)]]


def test_a_search_stays_within_the_desks_filter(dataset):
    """Where a desk asks for some records only, a search finds no others."""
    desk = dataset.annotate(user="alice", filter=fw.Query(text="car"))
    found = desk._reply({"v": 1, "client": "c", "rid": "r", "kind": "search", "query": {"sort": "-added"}})
    assert (texts(found), found["total"]) == (["my car", "a blue car", "a red car"], 3)


@pytest.mark.parametrize("how", [{"suggestions": "hidden"}, {"suggestions": "after"}, {"unassisted": 0.5}])
def test_suggestions_that_are_held_back_are_not_found_either(dataset, how):
    """Whoever must not see a suggestion learns it from no search."""
    desk = dataset.annotate(user="alice", **how)
    for query in ({"suggestions": {"tone": "rude"}}, {"sort": ["-suggestion.tone.score"]}):
        said = desk._reply({"v": 1, "client": "c", "rid": "r", "kind": "search", "query": query})
        assert "holds suggestions back" in said["reason"]
    assert desk._facets()["suggestions"] is False
