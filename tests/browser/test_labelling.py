"""A person labels by keyboard, and every answer that the desk calls saved is in the file."""

from __future__ import annotations

import pytest

from cells import SHOW, five_questions, one_label
from desk_page import DeskPage, events_on_disk, on_disk

pytestmark = pytest.mark.one_page

TONES, TOPICS, PLACES = (
    ["polite", "neutral", "rude"],
    ["food", "travel", "money"],
    ["first", "second", "third"],
)


def answer(index):
    """Return the answer that is given to a record, different from its neighbours'."""
    first, second = index % 3, (index + 1) % 3
    third = 3 - first - second
    return {
        "tone": TONES[first],
        "topics": sorted([TOPICS[first], TOPICS[second]]),
        "quality": index % 5 + 1,
        "order": [
            {"value": PLACES[place], "rank": rank} for rank, place in enumerate((first, second, third), 1)
        ],
        "reason": f"because of {index}",
    }


def label_by_keyboard(desk, index):
    """Answer all five questions of the record on show and submit, touching nothing but keys."""
    first, second = str(index % 3 + 1), str((index + 1) % 3 + 1)
    desk.press(first)  # tone: the next question becomes the active one
    desk.press(
        first, second, "ArrowDown"
    )  # topics: more than one may be right, so moving on is a key of its own
    desk.press(str(index % 5 + 1))  # quality
    desk.press(first, second)  # order: the last place is given by itself
    desk.press("Shift+Enter").type(f"because of {index}").press("Control+Enter")


def normal(answers):
    """Return answers with the order of picks taken out."""
    return {**answers, "topics": sorted(answers["topics"])}


@pytest.mark.timeout(180)
def test_fifty_records_by_keyboard_are_on_disk_once_the_desk_says_saved(notebook):
    """Fifty records with all five question types: after each "saved" a second process finds the very answer."""
    book = notebook([five_questions(50), SHOW])
    desk = DeskPage(book).ready()
    for index in range(50):
        desk.at(index)
        record = desk.record
        label_by_keyboard(desk, index)
        if index < 49:
            desk.at(index + 1)
        desk.saved()
        status, answers = on_disk(book.folder / "store.db")[record]
        assert (status, normal(answers)) == ("submitted", answer(index))
    desk.part("done").wait_for()
    assert book.kernel.eval("ds.progress()")["submitted"] == 50
    assert book.errors == []


def test_one_key_answers_a_single_question_and_shows_the_next(notebook):
    """With one label question, one key press answers, stores and moves on."""
    book = notebook([one_label(4), SHOW])
    desk = DeskPage(book).ready()
    desk.press("1").at(1).press("2").at(2).saved()
    values = [answers["verdict"] for _, answers in on_disk(book.folder / "store.db").values()]
    assert values == ["yes", "no"]


def test_undo_brings_the_last_answer_back_for_mending(notebook):
    """`z` takes the newest answer back; the other answer given instead is the one that counts."""
    book = notebook([one_label(3), SHOW])
    desk = DeskPage(book).ready()
    desk.press("1").at(1).saved().press("z").at(0)
    assert desk.option("verdict", "yes").get_attribute("aria-checked") == "true"
    desk.press("2").at(1).saved()
    assert [answers["verdict"] for _, answers in on_disk(book.folder / "store.db").values()] == ["no"]
    assert events_on_disk(book.folder / "store.db") == 3


def test_a_draft_comes_back_after_a_reload(notebook):
    """Text typed and not submitted is stored as a draft, and is in its box again after a reload."""
    book = notebook([five_questions(2), SHOW])
    desk = DeskPage(book).ready()
    desk.press("1", "Shift+Enter").type("half a thou").press("Control+s")
    record = desk.saved().record
    assert on_disk(book.folder / "store.db")[record] == ["draft", {"tone": "polite", "reason": "half a thou"}]
    book.save()
    book.load()
    again = DeskPage(book).ready()
    assert again.root.locator("textarea[data-fw=text]").input_value() == "half a thou"
    assert again.option("tone", "polite").get_attribute("aria-checked") == "true"


def test_discarding_leaves_the_record_behind(notebook):
    """Backspace discards the record and moves on."""
    book = notebook([one_label(3), SHOW])
    desk = DeskPage(book).ready()
    desk.press("Backspace").at(1).saved()
    assert [status for status, _ in on_disk(book.folder / "store.db").values()] == ["discarded"]


def test_an_answer_from_code_reaches_the_open_desk(notebook):
    """`desk.respond` in a cell is counted on the page without a key being pressed."""
    book = notebook([one_label(3), SHOW])
    desk = DeskPage(book).ready()
    before = desk.part("progress").inner_text()
    book.kernel.run("desk.respond(ds[2].id, {'verdict': 'no'})")
    desk.page.wait_for_function(
        "([root, was]) => root.querySelector('[data-fw=progress]').innerText !== was",
        arg=[desk.root.element_handle(), before],
    )
    assert list(on_disk(book.folder / "store.db").values()) == [["submitted", {"verdict": "no"}]]
