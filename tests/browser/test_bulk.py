"""Many records at once in a real JupyterLab: by keyboard alone, nothing lost, and groups only after their spot check."""

from __future__ import annotations

import pytest
from looks import AXE, RUN, set_theme

from desk_page import DeskPage, on_disk
from lab import until

pytestmark = pytest.mark.one_page

WIDER = "(root) => root.scrollWidth > root.clientWidth + 1"
SHOW = 'desk = ds.annotate(user="alice")\ndesk'


def dataset(records):
    """Return a cell that makes `ds`: one label question, each record with a suggestion and text that must not run."""
    return f"""
import feedback_widgets as fw
ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="text"), fw.TextField(name="reply")],
    questions=[fw.LabelQuestion(name="tone", labels=["polite", "rude"])],
)
ds.add_records([
    {{
        "fields": {{"text": f"message {{i}} <img src=x onerror='window.hacked = 1'>", "reply": "شكرا لك، سنعيد المبلغ."}},
        "suggestions": [fw.Suggestion("tone", ["polite", "rude"][i % 2], score=0.95, agent="judge")],
    }}
    for i in range({records})
])
ds.save("test", store="store.db")
"""


def submitted(book):
    """Return the values on disk, of submitted answers."""
    found = on_disk(book.folder / "store.db").values()
    return [answers["tone"] for status, answers in found if status == "submitted"]


@pytest.mark.timeout(180)
def test_hundreds_are_answered_by_keyboard_alone_and_all_are_on_disk(notebook):
    """Three rows, a page of suggestions, then everything that is left: each asked about, each stored once."""
    book = notebook([dataset(640), SHOW])
    desk = DeskPage(book).ready()
    desk.press("b")
    until(lambda: desk.part("row").count() == 25, "a page of rows is shown")
    desk.press("Space", "Shift+ArrowDown", "Shift+ArrowDown", "2")
    assert "Submit “Tone: rude” for 3 records?" in desk.part("confirm").inner_text()
    desk.press("Enter")
    until(lambda: len(submitted(book)) == 3, "three are on disk")
    assert submitted(book) == ["rude"] * 3
    desk.press("ArrowRight")
    until(lambda: "message 25" in desk.part("row").first.inner_text(), "the next page is shown")
    desk.press("Control+a", ".", "Enter")
    until(lambda: len(submitted(book)) == 28, "a page of suggestions is on disk")
    assert sorted(submitted(book)[3:]) == ["polite"] * 12 + ["rude"] * 13
    until(
        lambda: desk.part("row").first.inner_text().count("message 50") == 1,
        "a page that is answered makes way",
    )
    desk.press("Control+a", "Control+a", "Enter")
    until(lambda: "612 records selected" in desk.part("bulk-count").inner_text(), "all others are selected")
    desk.press("1")
    assert "for 612 records?" in desk.part("confirm").inner_text()
    desk.press("Enter")
    until(lambda: len(submitted(book)) == 640, "everything is on disk", 60)
    desk.saved(60)
    shown = book.kernel.eval("[ds.answer('alice', r.id).shown.get('bulk') for r in ds].count(True)")
    assert shown == 640
    assert book.page.evaluate("() => window.hacked") is None
    assert book.errors == []


@pytest.mark.timeout(180)
def test_one_key_takes_a_whole_batch_back_and_another_puts_it_again(notebook):
    """Forty answers go and come together, in the page and in the file; after a reload a question comes first."""
    book = notebook([dataset(60), SHOW])
    desk = DeskPage(book).ready()
    desk.press("1").at(1).saved()
    desk.press("b")
    until(lambda: desk.part("row").count() == 25, "a page of rows is shown")
    desk.part("bulk-size").select_option("50")
    until(lambda: desk.part("row").count() == 50, "a larger page is shown")
    desk.part("rows").focus()
    desk.press("Space", *["Shift+ArrowDown"] * 39, "2")
    assert "for 40 records?" in desk.part("confirm").inner_text()
    desk.press("Enter")
    until(lambda: len(submitted(book)) == 41, "forty more are on disk")
    desk.saved().press("z")
    said = "The answers to 40 records are taken back; redo puts them back."
    until(lambda: desk.part("notice").inner_text() == said, "it is said")
    assert submitted(book) == ["polite"]
    desk.press("Shift+Z")
    until(lambda: "40 records stand again" in desk.part("notice").inner_text(), "it is said")
    assert submitted(book) == ["polite"] + ["rude"] * 40
    book.save()
    book.load()
    desk = DeskPage(book).ready().press("z")
    until(lambda: "40 records at once: undo again" in desk.part("notice").inner_text(), "it is asked")
    assert len(submitted(book)) == 41
    desk.press("z")
    until(lambda: len(submitted(book)) == 1, "all forty are taken back")
    desk.at(1)
    assert book.kernel.eval("[desk.redo() is not None, ds.progress('alice')['submitted']]") == [True, 41]
    assert book.errors == []


ANOTHER = 'other = ds.annotate(user="alice")\nother'


@pytest.mark.timeout(180)
@pytest.mark.parametrize("second", ["desk", ANOTHER], ids=["the same desk", "another desk"])
def test_a_batch_taken_back_in_one_view_is_taken_back_in_the_other(notebook, second):
    """A second view of the desk, or a second desk, shows a record of the batch: its status and form follow undo and redo."""
    book = notebook([dataset(400), SHOW, second])
    one, other = DeskPage(book, 0).ready(), DeskPage(book, 1).ready()
    one.root.focus()
    one.press("b")
    until(lambda: one.part("row").count() == 25, "a page of rows is shown")
    one.press("Control+a", "Control+a", "Enter")
    until(lambda: "400 records selected" in one.part("bulk-count").inner_text(), "all are selected")
    one.press("2", "Enter")
    until(lambda: len(submitted(book)) == 400, "all are on disk", 60)
    one.saved(60)
    rude, status = other.option("tone", "rude"), other.root.locator(".fw-status")
    other.part("goto").fill("3")
    other.press("Enter").at(2)
    until(lambda: status.count() and rude.get_attribute("aria-checked") == "true", "it is shown as submitted")
    one.root.focus()
    one.press("z")
    until(lambda: submitted(book) == [], "all are taken back", 60)
    until(lambda: status.count() == 0, "the other view says so")
    assert rude.get_attribute("aria-checked") == "false"
    one.press("Shift+Z")
    until(lambda: len(submitted(book)) == 400, "all stand again", 60)
    until(lambda: status.count() and rude.get_attribute("aria-checked") == "true", "the other view says so")
    assert book.errors == []


@pytest.mark.timeout(180)
def test_a_group_is_accepted_after_its_spot_check(notebook):
    """The drawn records come without suggestions; when they agree, the others are accepted, and the log tells which is which."""
    book = notebook([dataset(40), SHOW])
    desk = DeskPage(book).ready()
    desk.press("b")
    desk.part("group-open").click()
    desk.part("group-value").select_option("rude")
    desk.part("group-check").fill("3")
    desk.part("group-ask").click()
    desk.part("group-start").click()
    desk.part("record").wait_for()
    for number in range(3):
        until(
            lambda number=number: f"Check {number + 1} of 3" in desk.part("record").inner_text(),
            "the next check",
        )
        assert desk.root.locator("[data-suggested]").count() == 0
        desk.option("tone", "rude").click()
        book.page.wait_for_timeout(300)  # the second click of a double click is not meant
    desk.part("group-accept").click()
    until(lambda: len(submitted(book)) == 20, "the whole group is on disk")
    assert set(submitted(book)) == {"rude"}
    shown = "[ds.answer('alice', r.id).shown for r in ds if ds.answer('alice', r.id)]"
    assert (
        book.kernel.eval(
            f"[sorted(each) for each in {shown}].count(['batch', 'bulk', 'group', 'suggestions'])"
        )
        == 17
    )
    assert book.kernel.eval(f"[sorted(each) for each in {shown}].count(['check', 'suggestions'])") == 3
    assert book.errors == []


@pytest.mark.timeout(180)
def test_axe_finds_nothing_and_a_narrow_desk_needs_no_sideways_scrolling(notebook):
    """Search bar and rows pass axe in both themes, contrast included, and fit 320 pixels."""
    book = notebook([dataset(30), SHOW])
    desk = DeskPage(book).ready()
    book.page.evaluate(AXE.read_text("utf-8"))
    desk.press("/").type("message").press("Enter")
    until(lambda: desk.part("hits").inner_text() == "30 records found", "the hits are counted")
    desk.part("find-add").select_option("suggestions.tone")
    for theme in ("JupyterLab Light", "JupyterLab Dark"):
        set_theme(book.page, theme)
        book.page.wait_for_timeout(500)  # colours fade
        assert desk.root.evaluate(RUN) == []
    desk.root.focus()
    desk.press("b")
    until(lambda: desk.part("row").count() == 25, "a page of rows is shown")
    desk.part("group-open").click()
    desk.part("rows").focus()
    desk.press("Space", "Shift+ArrowDown", "1")
    desk.part("confirm").wait_for()
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        set_theme(book.page, theme)
        book.page.wait_for_timeout(500)
        assert desk.root.evaluate(RUN) == []
    desk.root.evaluate("(root) => { root.parentElement.style.width = '320px'; }")
    book.page.wait_for_timeout(200)
    assert desk.root.evaluate("(root) => root.getBoundingClientRect().width") <= 320
    assert not desk.root.evaluate(WIDER)
