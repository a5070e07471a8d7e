"""Queries: what may be asked, and that they survive being printed, pasted and sent."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_widgets.errors import InvalidInput
from feedback_widgets.query import (
    FloatMetadataFilter,
    IntegerMetadataFilter,
    Query,
    SortBy,
    TermsMetadataFilter,
)

scalars = (
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    | st.integers()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
)
bounds = st.fixed_dictionaries({}, optional={"ge": st.integers(0, 9), "le": st.integers(10, 19)}).filter(bool)
wishes = scalars | st.lists(scalars, min_size=1) | bounds
named = st.dictionaries(st.sampled_from(["a", "two words", "größe"]), wishes, min_size=1)
queries = st.fixed_dictionaries(
    {},
    optional={
        "text": st.text(),
        "fields": st.lists(st.just("text"), min_size=1),
        "status": st.sampled_from(["draft", ["pending", "draft"]]),
        "user": st.sampled_from(["alice", "l'été"]),
        "answers": named,
        "metadata": named,
        "suggestions": named | st.just({"q": {"value": "x", "score": {"ge": 0.5}, "agent": ["a", "b"]}}),
        "sort": st.sampled_from(["-added", ["metadata.x", "-suggestion.q.score"]]),
        "similar_to": st.just("abc"),
        "vector": st.just("v"),
        "limit": st.integers(1),
    },
).map(lambda parts: Query(**parts))


@given(queries)
def test_a_query_survives_being_printed_pasted_and_sent(query):
    """What is printed is Python that gives an equal query, and so does its JSON."""
    pasted = eval(repr(query))
    sent = Query.from_dict(json.loads(json.dumps(query.to_dict())))
    assert pasted == sent == query
    assert hash(pasted) == hash(query)


def test_a_query_does_not_follow_what_it_was_made_of():
    """Lists and dicts that were given may be changed afterwards."""
    langs, metadata = ["de"], {}
    metadata["lang"] = langs
    query = Query(metadata=metadata)
    langs.append("en")
    metadata["x"] = 1
    assert query.to_dict() == {"metadata": {"lang": ["de"]}}
    assert pickle.loads(pickle.dumps(query)) == query
    with pytest.raises(AttributeError):
        query.limit = 3
    with pytest.raises(TypeError):
        query.metadata["lang"] = "en"


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"text": 5}, "a query's text must be a text, got 5"),
        ({"status": "drafts"}, "status 'drafts' is not allowed: .* Did you mean 'draft'"),
        ({"status": [None]}, "a query's status must be texts, got None"),
        ({"fields": 5}, "a query's fields must be a text or a list"),
        ({"sort": "meta.x"}, "cannot be sorted by 'meta.x': keys are added"),
        ({"sort": "metadata."}, "cannot be sorted by 'metadata.'"),
        ({"sort": "addded"}, "Did you mean 'added'"),
        ({"metadata": ["x"]}, "a query's metadata must be a dict of name -> value"),
        ({"metadata": {'a"b': 1}}, "cannot name 'a\"b'"),
        ({"metadata": {"x": None}}, "metadata 'x' cannot be compared with None"),
        ({"metadata": {"x": []}}, "metadata 'x' is asked for one of no values"),
        ({"metadata": {"x": {"min": 1}}}, "a range with 'min': a range takes ge, le, gt, lt"),
        ({"metadata": {"x": {}}}, "metadata 'x' has an empty range"),
        ({"metadata": {"x": {"ge": 5, "le": 1}}}, "a range that holds nothing"),
        ({"metadata": {"x": {"ge": "a", "le": 1}}}, "from a number to a text"),
        ({"metadata": {"x": {"ge": True}}}, "its ends are numbers or texts"),
        ({"metadata": {"x": float("nan")}}, "cannot be compared with nan"),
        ({"metadata": {"x": "a\0"}}, "holds a NUL or half a character"),
        ({"user": "\ud800"}, "holds a NUL or half a character"),
        ({"suggestions": {"q": {"agnt": "x"}}}, "has no 'agnt': .* Did you mean 'agent'"),
        ({"suggestions": {"q": {"agent": 5}}}, "agent must be a name or a list of names"),
        ({"suggestions": {"q": {"agent": {"ge": "a"}}}}, "agent must be a name or a list of names"),
        ({"limit": 0}, "limit must be a whole number from 1"),
        ({"limit": True}, "limit must be a whole number from 1"),
    ],
)
def test_what_cannot_be_asked_is_refused(parts, sentence):
    """A query that makes no sense is refused when it is made, with the value and the rule."""
    with pytest.raises(InvalidInput, match=sentence):
        Query(**parts)


def test_an_unknown_part_is_refused_with_the_near_miss():
    """A message from elsewhere cannot ask for what a query does not have."""
    with pytest.raises(InvalidInput, match=r"a query has no part 'metdata': .* Did you mean 'metadata'"):
        Query.from_dict({"metdata": {}})
    with pytest.raises(InvalidInput, match="a query must be a dict"):
        Query.from_dict(["text"])


def test_numbers_of_numpy_and_very_large_ones_are_numbers():
    """What comes out of a table can be compared with."""
    given = Query(metadata={"a": np.int64(3), "b": np.float32(0.5), "c": 2**70, "d": {1}}).to_dict()
    assert given == {"metadata": {"a": 3, "b": 0.5, "c": float(2**70), "d": [1]}}


@pytest.mark.parametrize(
    "make",
    [
        lambda: SortBy("metadata.x", "up"),
        lambda: SortBy("fields.text"),
        lambda: TermsMetadataFilter("x", []),
        lambda: TermsMetadataFilter("x", "term"),
        lambda: IntegerMetadataFilter("x"),
        lambda: FloatMetadataFilter("x", ge=2.0, le=1.0),
    ],
)
def test_filters_that_ask_for_nothing_are_refused(make):
    """Argilla's filters and orders are checked when they are made."""
    with pytest.raises(InvalidInput):
        make()
