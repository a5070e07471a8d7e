"""Words: how a text is cut and folded, what a search bar's text means, and where it is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_widgets.errors import InvalidInput
from feedback_widgets.words import LONGEST, MOST, Term, fold, parse, placed, spans, words

CASES = Path(__file__).parent / "cases"
texts = st.text(st.sampled_from("aZé ßİ½ﷺ-_'\"東ガกำلُ👋\ufe0f\u0301\0\ud800हिन्दी12"), max_size=20) | st.text(
    max_size=20
)


@given(texts)
def test_words_are_where_they_are_said_to_be(text):
    """Every place lies within the text and in order, and holds the word that is said to be there."""
    found = list(placed(text))
    assert all(0 <= start < end <= len(text) for _, start, end in found)
    assert [start for _, start, _ in found] == sorted(start for _, start, _ in found)
    assert all(word in words(text[start:end]) for word, start, end in found)


@given(texts)
def test_words_are_folded_once_and_for_all(text):
    """Words are short, not empty, hold no quotes or blanks, and searching for one finds it."""
    for word in words(text):
        assert 0 < len(word) <= LONGEST
        assert not set(word) & set(" '\"\\\0-_")
        assert words(word) == [word]


@given(texts)
def test_anything_can_be_read(text):
    """Whatever is typed is a query, whose words are all folded."""
    for group in parse(text, ["a"]):
        assert group
        for term in group:
            assert [each for word in term.words for each in words(word)] == list(term.words)
            assert spans([[term]], text) == spans([[term]], text, "a")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("a OR b c", [[Term(("a",)), Term(("b",))], [Term(("c",))]]),
        ("OR a OR", [[Term(("a",))]]),
        ('"OR" or', [[Term(("or",))], [Term(("or",))]]),
        ("a-b -c - d", [[Term(("a", "b"))], [Term(("c",), negative=True)], [Term(("d",))]]),
        ('-t:"x y"*', [[Term(("x", "y"), prefix=True, negative=True, field="t")]]),
        ("http://x u:y", [[Term(("http", "x"))], [Term(("u", "y"))]]),
        ('"never closed', [[Term(("never", "closed"))]]),
        ("?! *", []),
    ],
)
def test_the_language_of_the_search_bar(typed, read):
    """Blanks join, OR divides, quotes hold together, a hyphen before a word leaves it out, a star lets it go on."""
    assert parse(typed, ["t"]) == read


def test_a_search_has_an_end():
    """A page pasted into the search bar is refused with the number of words."""
    with pytest.raises(InvalidInput, match=f"holds {MOST + 1} words, and a search takes {MOST}"):
        parse("word " * (MOST + 1))


def test_hits_that_touch_or_overlap_are_one():
    """What is highlighted never overlaps, and negative terms and other fields' are left out."""
    assert spans(parse('"a b" "b c" -d t:e'), "a b c d e") == [(0, 5)]
    assert spans(parse("t:e"), "e e", "t") == [(0, 1), (2, 3)]
    assert spans(parse("東京"), "は東京東京") == [(1, 3), (3, 5)]
    assert fold("\uff26\uff35\uff2c\uff2c Straße") == "full strasse"


@pytest.mark.parametrize(
    "case", json.loads((CASES / "marks.json").read_text("utf-8")), ids=lambda case: case["text"]
)
def test_marks_are_where_the_desk_paints_them(case):
    """What the desk highlights (js/src/marks.ts, the same cases) is what the search finds."""
    terms = [Term(tuple(mark.rstrip("*").split()), prefix=mark.endswith("*")) for mark in case["marks"]]
    found = spans([terms], case["text"])
    assert [case["text"][start:end] for start, end in found] == case["hits"]
