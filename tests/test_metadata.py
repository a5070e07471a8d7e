"""Metadata properties: facts about a record that are not shown as fields."""

from __future__ import annotations

import pytest

from feedback_widgets.errors import InvalidInput
from feedback_widgets.metadata import (
    FloatMetadataProperty,
    IntegerMetadataProperty,
    MetadataProperty,
    TermsMetadataProperty,
)

SOURCE = TermsMetadataProperty(name="source", values=["web", "news"])
LENGTH = IntegerMetadataProperty(name="length", min=0, max=10)
SCORE = FloatMetadataProperty(name="score", min=0, max=1)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        (SOURCE, "web"),
        (SOURCE, ["news", "web"]),
        (TermsMetadataProperty(name="free"), "anything"),
        (LENGTH, 0),
        (LENGTH, 10),
        (IntegerMetadataProperty(name="open"), -(10**12)),
        (SCORE, 0.5),
        (SCORE, 1),
    ],
)
def test_a_fitting_value_is_kept_as_it_is(part, value):
    """A value within the rule comes back unchanged; both ends of a range are in it."""
    assert part.check(value) == value


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        (SOURCE, "webb", ["'source'", "'webb'", "web, news", "Did you mean 'web'?"]),
        (SOURCE, ["web", "tv"], ["'tv'"]),
        (SOURCE, 3, ["needs text", "got 3"]),
        (LENGTH, 11, ["'length'", "0 … 10", "got 11"]),
        (LENGTH, -1, ["got -1"]),
        (LENGTH, 1.5, ["whole number", "got 1.5"]),
        (LENGTH, True, ["whole number", "got True"]),
        (SCORE, 1.01, ["'score'", "got 1.01"]),
        (SCORE, float("nan"), ["'score'", "nan"]),
        (FloatMetadataProperty(name="open"), float("inf"), ["'open'", "inf"]),
        (SCORE, "0.5", ["needs a number", "got '0.5'"]),
    ],
)
def test_a_value_against_the_rule_is_refused_in_words(part, value, words):
    """The sentence names the property, the value and what is allowed."""
    with pytest.raises(InvalidInput) as caught:
        part.check(value)
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        (TermsMetadataProperty, {"values": []}, ["values=[]", "at least one term"]),
        (TermsMetadataProperty, {"values": ["a", "a"]}, ["each once"]),
        (IntegerMetadataProperty, {"min": 5, "max": 5}, ["min=5", "max=5", "min must be below max"]),
        (FloatMetadataProperty, {"min": 2, "max": 1}, ["min must be below max"]),
        (IntegerMetadataProperty, {"min": 0.5}, ["min=0.5", "integer"]),
        (FloatMetadataProperty, {"name": "a b"}, ["metadata property name 'a b'", "for example 'a-b'"]),
    ],
)
def test_a_property_that_allows_nothing_is_refused(kind, settings, words):
    """A rule that no value could meet is an error where it is written."""
    with pytest.raises(InvalidInput) as caught:
        kind(**{"name": "m", **settings})
    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize("part", [SOURCE, LENGTH, SCORE, TermsMetadataProperty(name="free", title="Free!")])
def test_a_property_survives_being_written_down(part):
    """`from_dict(to_dict())` gives the same property back."""
    assert MetadataProperty.from_dict(part.to_dict()) == part


def test_the_title_of_a_property_is_its_name():
    """Properties are read by people who know the column name."""
    assert SOURCE.title == "source"
