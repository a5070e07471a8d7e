"""Questions in a real JupyterLab: what only a browser's own selection, pointer and focus can show."""

from __future__ import annotations

import json
import sqlite3

import pytest

from cells import SHOW
from desk_page import DeskPage, on_disk

pytestmark = pytest.mark.one_page

TEXT = "Ada wrote to Charles Babbage from London. 👍 She lived near St James's Square."


def desk_on(notebook, question: str, *, text: str = TEXT, field: str = "") -> tuple[DeskPage, object]:
    """Open a desk on one record with one question."""
    cell = f"""
import feedback_widgets as fw
ds = fw.FeedbackDataset(fields=[fw.TextField(name="text"){field}], questions=[{question}])
ds.add_records([{{"text": {text!r} + " " * i, "one": f"The quick fox {{i}}.", "two": f"The slow fox {{i}}."}} for i in range(3)] if {bool(field)} else [{{"text": {text!r} + " " * i}} for i in range(3)])
ds.save("test", store="store.db")
"""
    book = notebook([cell, SHOW])
    return DeskPage(book).ready(), book


def answers(book) -> list[dict]:
    """Return what the file holds."""
    return [stored for _, stored in on_disk(book.folder / "store.db").values()]


SPANS = "fw.SpanQuestion(name='names', field='text', labels=['person', 'place']{more})"


def select(desk: DeskPage, start: int, end: int, *, shift: bool = False) -> None:
    """Drag the mouse over characters of the text."""
    boxes = desk.part("spans").evaluate(
        """(box, [start, end]) => {
          const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
          const rect = (unit) => {
            let at = 0;
            walker.currentNode = box;
            for (let node = walker.nextNode(); node; node = walker.nextNode()) {
              if (unit < at + node.length) {
                const range = document.createRange();
                range.setStart(node, unit - at);
                range.setEnd(node, unit - at + 1);
                return range.getBoundingClientRect();
              }
              at += node.length;
            }
          };
          return [rect(start), rect(end - 1)].map(({ left, right, top, height }) => ({ left, right, y: top + height / 2 }));
        }""",
        [start, end],
    )
    mouse = desk.page.mouse
    if shift:
        desk.page.keyboard.down("Shift")
    mouse.move(boxes[0]["left"] + 1, boxes[0]["y"])
    mouse.down()
    mouse.move(boxes[1]["right"] - 1, boxes[1]["y"], steps=4)
    mouse.up()
    if shift:
        desk.page.keyboard.up("Shift")


def marks(desk: DeskPage) -> list[str]:
    """Return the marked pieces with their labels."""
    return desk.root.locator(".fw-mark").evaluate_all(
        "(all) => all.map((each) => `${each.textContent}=${each.dataset.tags ?? ''}`)"
    )


def test_a_span_is_marked_with_the_mouse_and_kept_in_code_points(notebook):
    """A selection grows to whole words, Shift keeps characters, and the store's places fit Python's."""
    desk, book = desk_on(notebook, SPANS.format(more=""))
    select(desk, 14, 18)  # inside "Charles"
    select(desk, TEXT.index("London") + 1, TEXT.index("London") + 3)
    desk.press("2").page.wait_for_timeout(100)
    at = TEXT.index("She") + 1  # the emoji before it is two units in the page
    select(desk, at, at + 2, shift=True)
    assert marks(desk) == ["Charles=person", "London=place", "Sh=place"]
    desk.press("Enter").at(1).saved()
    [stored] = answers(book)
    assert [(TEXT[each["start"] : each["end"]], each["label"]) for each in stored["names"]] == [
        ("Charles", "person"),
        ("London", "place"),
        ("Sh", "place"),
    ]


def test_spans_are_marked_changed_and_removed_by_keys_alone(notebook):
    """The caret walks by words and lines, numbers label, Backspace removes, and the record is not discarded."""
    desk, book = desk_on(notebook, SPANS.format(more=", allow_overlapping=True"))
    desk.press("Shift+Enter", "1", "ArrowRight", "ArrowRight", "ArrowRight", "Shift+ArrowRight", "1")
    assert marks(desk) == ["Ada=person", "Charles Babbage=person"]
    desk.press("ArrowRight", "ArrowLeft", "2")  # on "Babbage" alone, inside the longer span
    assert marks(desk) == ["Ada=person", "Charles =", "Babbage=person · place"]
    desk.press("Backspace")
    assert marks(desk) == ["Ada=person", "Charles Babbage=person"]
    desk.press("Backspace", "Backspace")  # the longer one, and then nothing is left here to remove
    assert marks(desk) == ["Ada=person"]
    desk.press("ArrowDown", "ArrowUp", "ArrowLeft")
    assert desk.index == 0
    desk.press("Escape", "Enter").at(1).saved()
    assert answers(book) == [{"names": [{"start": 0, "end": 3, "label": "person"}]}]


def test_an_option_is_ranked_by_dragging_it(notebook):
    """Dropped on an empty place it is ranked, dropped just above another it goes before it, dropped on it they tie."""
    desk, book = desk_on(notebook, "fw.RankingQuestion(name='order', values=['a', 'b', 'c'])")

    def drag(value: str, rank: int, share: float) -> None:
        source = desk.option("order", value).bounding_box()
        slot = desk.question("order").locator(f"[data-drop='{rank}']").bounding_box()
        mouse = desk.page.mouse
        mouse.move(source["x"] + 60, source["y"] + source["height"] / 2)
        mouse.down()
        mouse.move(slot["x"] + 80, slot["y"] + slot["height"] * share, steps=6)
        mouse.up()
        desk.page.wait_for_timeout(60)

    def ranks() -> dict[str, str | None]:
        return {each: desk.option("order", each).get_attribute("data-rank") for each in "abc"}

    drag("a", 1, 0.5)
    assert ranks() == {"a": "1", "b": None, "c": None}
    drag("b", 1, 0.1)
    assert ranks() == {"a": "2", "b": "1", "c": None}
    drag("c", 2, 0.5)
    assert ranks() == {"a": "2", "b": "1", "c": "2"}
    drag("b", 2, 0.95)
    assert ranks() == {"a": "1", "b": "2", "c": "1"}
    desk.press("Enter").at(1).saved()
    assert answers(book)[0]["order"] == [
        {"value": "a", "rank": 1},
        {"value": "c", "rank": 1},
        {"value": "b", "rank": 2},
    ]


def test_a_long_list_is_searched_by_typing(notebook):
    """A letter goes to the search with itself in it, Enter takes the first that is found, and the desk has the keys again."""
    labels = [f"label {i}" for i in range(500)]
    desk, book = desk_on(
        notebook, f"fw.MultiLabelQuestion(name='topics', labels={labels!r}, visible_labels=10)"
    )
    desk.type("label 42").press("Enter")
    desk.option("topics", "label 42").wait_for()
    desk.type("l 499").press("Backspace", "Escape").press("1", "2").page.wait_for_timeout(400)
    desk.press("Enter").at(1).saved()
    assert answers(book)[0]["topics"] == ["label 11", "label 42"]


def test_responses_are_compared_blind_with_one_key(notebook):
    """Names are nowhere on the page, the sides stand beside each other, and the order shown is stored with the answer."""
    desk, book = desk_on(
        notebook,
        "fw.PairwiseQuestion(name='better', fields=['one', 'two'])",
        field=", fw.TextField(name='one', title='First model'), fw.TextField(name='two', title='Second model')",
    )
    assert "model" not in desk.root.inner_text()
    sides = [desk.part("side").nth(at) for at in (0, 1)]
    boxes = [side.bounding_box() for side in sides]
    assert boxes[0]["y"] == boxes[1]["y"]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    order = [side.get_attribute("data-name") for side in sides]
    desk.press("2").at(1).saved()
    assert answers(book)[0]["better"] == {"choice": order[1], "strength": None}
    with sqlite3.connect(f"file:{book.folder / 'store.db'}?mode=ro", uri=True) as connection:
        [(shown,)] = connection.execute("select shown from response_event").fetchall()
    assert json.loads(shown)["order"] == {"better": order}


def test_a_text_begins_with_what_is_to_be_mended(notebook):
    """The box holds the field's text, changes are marked word by word, and what is sent is the mended text."""
    desk, book = desk_on(
        notebook,
        "fw.TextQuestion(name='mended', prefill=True, diff_with='one')",
        field=", fw.TextField(name='one'), fw.TextField(name='two')",
    )
    desk.press("d", "Shift+Enter", "Control+End")
    desk.type(" Really.")
    assert desk.root.locator("ins").all_inner_texts() == [" Really."]
    desk.press("Control+Enter").at(1).saved()
    assert answers(book)[0]["mended"] == "The quick fox 0. Really."
