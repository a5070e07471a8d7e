"""Vectors: what records may carry, and which records are similar."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import feedback_widgets as fw
from feedback_widgets.errors import InvalidInput, MissingExtra
from feedback_widgets.query import Query
from feedback_widgets.store import vectors as stored

POINTS = {"east": [2.0, 0.0], "northeast": [1.0, 1.0], "north": [0.0, 3.0], "west": [-1.0, 0.0]}


def make(*names, dimensions=2):
    """Return an empty dataset with these vectors."""
    return fw.FeedbackDataset(
        fields=[fw.TextField(name="text")],
        questions=[fw.TextQuestion(name="why")],
        vectors_settings=[fw.VectorSettings(name=each, dimensions=dimensions) for each in names or ["v"]],
    )


def texts(found):
    """Return the texts of records with scores."""
    return [record.fields["text"] for record, _ in found]


@pytest.fixture
def compass():
    """Return a dataset of four directions and a record without a vector."""
    ds = make()
    ds.add_records([fw.Record({"text": name}, vectors={"v": point}) for name, point in POINTS.items()])
    ds.add_records([{"text": "nowhere"}])
    return ds


def test_similar_records_come_in_order_with_their_cosine(compass):
    """Length does not count, direction does; the record itself and those without a vector are left out."""
    found = compass.find_similar(compass[0])
    assert texts(found) == ["northeast", "north", "west"]
    assert [score for _, score in found] == pytest.approx([2**-0.5, 0, -1], abs=1e-6)
    assert texts(compass.find_similar(compass[0].id, k=1)) == ["northeast"]
    assert texts(compass.find_similar(compass[0], least=True)) == ["west", "north", "northeast"]
    assert texts(compass.find_similar([0.1, 0.9], "v", 2)) == ["north", "northeast"]
    assert texts(compass.find_similar(np.array([-1, -0.1]), k=1)) == ["west"]
    assert texts(compass.find_similar_records("v", record=compass[2], max_results=1)) == ["northeast"]
    assert texts(compass.find_similar_records("v", value=[5, 0], max_results=1)) == ["east"]


def test_a_query_by_similarity_keeps_its_other_conditions(compass):
    """Most similar first, of those that fit in everything else."""
    assert compass.search(Query(similar_to=compass[0].id)).places == [1, 2, 3]
    assert compass.search(Query(similar_to=compass[0].id, text="north OR west", limit=1)).places == [2]
    compass.respond(compass[1].id, {"why": "x"}, user="alice")
    assert compass.search(Query(similar_to=compass[0].id, status="pending", user="alice")).places == [2, 3]


def test_vectors_are_kept_with_the_dataset(compass, tmp_path):
    """A dataset that is saved, loaded, or copied back in time holds its vectors."""
    place = tmp_path / "feedback.db"
    compass.save("compass", store=place)
    again = fw.FeedbackDataset.load("compass", store=place)
    assert again.vectors_settings == [fw.VectorSettings(name="v", dimensions=2)]
    assert texts(again.find_similar(again[0])) == ["northeast", "north", "west"]
    assert texts(again.as_of(0).find_similar(again[0])) == ["northeast", "north", "west"]
    raw = stored.of_record(again.store, again.key, again[0].id)
    assert raw == {"v": np.array([2, 0], "<f4").tobytes()}


def test_vectors_that_are_new_or_replaced_are_seen_by_every_kernel(compass, tmp_path):
    """What another kernel has added or replaced counts at the next search."""
    place = tmp_path / "feedback.db"
    compass.save("compass", store=place)
    other = fw.FeedbackDataset.load("compass", store=place)
    other.find_similar([1, 0])
    compass.add_records([fw.Record({"text": "northwest"}, vectors={"v": [-1, 1]})])
    compass.add_records([fw.Record({"text": "nowhere"}, vectors={"v": [0, -1]})])
    compass.add_records([fw.Record({"text": "east"}, vectors={"v": [0, 5]})])
    other.sync()
    assert texts(other.find_similar([0, 1], k=3)) == ["east", "north", "northeast"]
    assert texts(other.find_similar([0, -1], k=1)) == ["nowhere"]
    assert len(other.find_similar([0, 1])) == 6


def test_a_vector_given_again_tells_nobody_anything(compass):
    """Running a cell again writes no change."""
    before = compass.store.last_change(compass.key)
    compass.add_records([fw.Record({"text": "east"}, vectors={"v": [2, 0]})])
    assert compass.store.last_change(compass.key) == before
    compass.add_records([fw.Record({"text": "east"}, vectors={"v": [2, 1]})])
    assert compass.store.last_change(compass.key) > before


def test_many_vectors_are_read_block_by_block(monkeypatch):
    """More vectors than one block holds are all compared."""
    monkeypatch.setattr(stored, "BLOCK", 7)
    ds = make("v", "w")
    ds.add_records([fw.Record({"text": str(at)}, vectors={"v": [1, at]}) for at in range(40)])
    ds.add_records([fw.Record({"text": "w"}, vectors={"w": [0, 1]})])
    assert texts(ds.find_similar([1, 0], "v", k=40)) == [str(at) for at in range(40)]
    assert texts(ds.find_similar([1, 1], "w")) == ["w"]


def test_vectors_are_not_held_by_records_that_are_read_again(compass):
    """A record from the store holds no vectors: they would fill the memory."""
    assert compass[0].vectors == {}
    assert fw.Record({"text": "x"}, vectors={"v": (1, 2), "w": None}).vectors == {"v": (1, 2)}


@pytest.mark.parametrize(
    ("vectors", "sentence"),
    [
        ({"w": [1, 2]}, "this dataset has no vector 'w'; it has v"),
        ({"v": [1]}, "vector 'v' has 2 dimensions, got 1"),
        ({"v": [1, float("nan")]}, "needs finite numbers, got nan"),
        ({"v": [1, 1e39]}, "needs finite numbers"),
        ({"v": [1, True]}, "needs finite numbers, got True"),
        ({"v": "12"}, "must be a list of numbers, got '12'"),
        ({"v": 5}, "must be a list of numbers, got 5"),
    ],
)
def test_vectors_are_checked_when_they_are_added(compass, vectors, sentence):
    """A record whose vector does not fit is refused, and nothing is added."""
    with pytest.raises(InvalidInput, match=f"record 0: .*{sentence}"):
        compass.add_records([fw.Record({"text": "new"}, vectors=vectors)])
    assert len(compass) == 5


def test_vectors_must_be_a_dict():
    """A bare list does not say which vector it is."""
    with pytest.raises(InvalidInput, match="a record's vectors must be a dict"):
        fw.Record({"text": "x"}, vectors=[1, 2])


def test_what_cannot_be_compared_is_refused(compass):
    """An unknown vector or record, and one without a vector, are named."""
    with pytest.raises(InvalidInput, match="has no vector 'vv'; it has v"):
        compass.find_similar(compass[0], "vv")
    with pytest.raises(InvalidInput, match="has several vectors: name one of v, w"):
        make("v", "w").find_similar([1, 2])
    with pytest.raises(InvalidInput, match="has no vector 'v': add it again"):
        compass.find_similar(compass[4])
    with pytest.raises(InvalidInput, match="there is no record 'x'"):
        compass.find_similar("x")
    with pytest.raises(InvalidInput, match="needs k from 1"):
        compass.find_similar([1, 2], k=0)
    with pytest.raises(InvalidInput, match="needs either value= or record="):
        compass.find_similar_records("v")
    with pytest.raises(InvalidInput, match="dimensions=0 of 'v' is not allowed"):
        fw.VectorSettings(name="v", dimensions=0)
    with pytest.warns(UserWarning, match="there is no vector 'w'"):
        assert compass.vector_settings_by_name("w") is None


def test_without_numpy_the_install_command_is_told(compass, monkeypatch):
    """Adding and keeping vectors needs no numpy; comparing them says how to get it."""
    monkeypatch.setitem(sys.modules, "numpy", None)
    compass.add_records([fw.Record({"text": "south"}, vectors={"v": [0, -1]})])
    with pytest.raises(MissingExtra, match=r"pip install 'feedback_widgets\[data\]'"):
        compass.find_similar([1, 0])


numbers = st.floats(-10, 10, width=32).filter(lambda each: each == 0 or abs(each) > 1e-3)


@settings(max_examples=40)
@given(
    points=st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=12),
    to=st.lists(numbers, min_size=3, max_size=3),
    k=st.integers(1, 13),
    least=st.booleans(),
)
def test_the_nearest_are_those_that_a_walk_finds(points, to, k, least):
    """For any vectors the `k` found have the `k` best cosines."""
    ds = make(dimensions=3)
    ds.add_records([fw.Record({"text": str(at)}, vectors={"v": point}) for at, point in enumerate(points)])
    found = ds.find_similar(to, k=k, least=least)

    def cosine(point):
        lengths = np.linalg.norm(point) * np.linalg.norm(to)
        return float(np.dot(point, to) / lengths) if lengths else 0.0

    best = sorted(map(cosine, points), reverse=not least)[:k]
    assert [score for _, score in found] == pytest.approx(best, abs=1e-5)
    assert all(
        score == pytest.approx(cosine(points[int(record.fields["text"])]), abs=1e-5)
        for record, score in found
    )


def test_the_matrix_of_another_store_is_not_used(compass, tmp_path):
    """A dataset that is saved elsewhere compares the vectors that are there, whose numbers begin anew."""
    compass.add_records([fw.Record({"text": "east"}, vectors={"v": [2, 1]})])
    assert texts(compass.find_similar([0, 1], k=1)) == ["north"]
    compass.save("compass", store=tmp_path / "feedback.db")
    compass.add_records([fw.Record({"text": "north"}, vectors={"v": [0, -1]})])
    assert texts(compass.find_similar([0, 1], k=1)) == ["northeast"]
    other = make()
    other.add_records([fw.Record({"text": "south"}, vectors={"v": [0, -1]})])
    other.save("compass", store=tmp_path / "feedback.db")
    assert len(other.find_similar([1, 0])) == 5


def test_vectors_of_an_earlier_length_are_none(compass, tmp_path):
    """Where a dataset is saved anew with vectors of another length, those of the old one are not compared."""
    compass.save("compass", store=tmp_path / "feedback.db")
    longer = make(dimensions=3)
    longer.add_records([fw.Record({"text": "up"}, vectors={"v": [0, 0, 1]})])
    longer.save("compass", store=tmp_path / "feedback.db")
    assert texts(longer.find_similar([0, 0, 1])) == ["up"]
