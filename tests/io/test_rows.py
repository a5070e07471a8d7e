"""The row that a formatting function receives."""

from __future__ import annotations

import json

import pytest

from feedback_widgets.io.rows import Entry


def test_the_columns_are_where_argilla_s_users_look(dataset):
    """Fields, then each question with its suggestion, then external_id and metadata."""
    assert list(dataset.rows()[0])[:5] == ["text", "note", "why", "why-suggestion", "why-suggestion-metadata"]
    assert list(dataset.rows()[0])[-5:] == [
        "better",
        "better-suggestion",
        "better-suggestion-metadata",
        "external_id",
        "metadata",
    ]
    assert list(dataset.rows()[0]) == list(dataset.rows()[1])


def test_a_question_s_column_holds_everybody_s_answer(dataset):
    """Submitted, discarded and draft answers stand side by side; who left the question open is not in it."""
    row = dataset.rows()[0]
    assert row["why"] == [
        {"user_id": "ann", "value": "so", "status": "submitted"},
        {"user_id": "bob", "value": "spam", "status": "discarded"},
    ]
    assert [each["user_id"] for each in row["tone"]] == ["ann", "cem"]
    assert row["topics"][0]["value"] == ["math", "art"]


def test_a_ranking_is_two_parallel_lists_best_first(dataset):
    """Answers and suggestions alike."""
    row = dataset.rows()[0]
    assert row["order"][0]["value"] == {"rank": [1, 2], "value": ["y", "x"]}
    assert row["order-suggestion"] == {"rank": [1, 2], "value": ["x", "y"]}


def test_spans_are_parallel_lists_with_their_text_and_pairs_are_dicts(dataset):
    """Suggested spans keep their scores, answers have none."""
    row = dataset.rows()[0]
    parts = {"start": [0], "end": [1], "label": ["p"], "text": ["a"]}
    assert row["parts"][0]["value"] == parts
    assert row["parts-suggestion"] == {**parts, "score": [0.5]}
    assert row["better"][0]["value"] == {"choice": "tie", "strength": None}
    assert row["better-suggestion"] == {"choice": "note", "strength": None}


def test_a_suggestion_stands_beside_its_question(dataset):
    """Value in one column; type, score and agent in the next; None where there is none."""
    row, untouched = dataset.rows()
    assert row["why-suggestion"] == "S"
    assert row["why-suggestion-metadata"] == {"type": "model", "score": 0.5, "agent": "m"}
    assert untouched["why-suggestion"] is None
    assert untouched["why-suggestion-metadata"] == {"type": None, "score": None, "agent": None}


def test_an_untouched_record_is_a_row_too(dataset):
    """Nobody's answer is an empty list, an empty field None."""
    row = dataset.rows()[1]
    assert (row["text"], row["note"], row["why"], row["external_id"]) == ("b", None, [], None)
    assert json.loads(dataset.rows()[0]["metadata"]) == {"source": "web", "extra": 1}


def test_an_entry_answers_to_both_spellings_of_the_user():
    """Old snippets print `user-id`; anything else is a KeyError."""
    entry = Entry(user_id="ann", value=3, status="submitted")
    assert entry["user-id"] == entry["user_id"] == "ann"
    with pytest.raises(KeyError):
        entry["user"]
