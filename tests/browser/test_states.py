"""The desk when something is in the way, on paper and where it is narrow: what is said is readable, and stands where it is looked for."""

from __future__ import annotations

from looks import AXE, RUN, set_theme

from cells import SHOW, one_label
from desk_page import DeskPage, on_disk
from lab import until

WIDTH = "(root, width) => { root.parentElement.style.width = width; }"
REFUSING = """
import feedback_widgets as fw

def refuse(*given):
    raise fw.errors.InvalidInput("question 'verdict' has no label 'no' any more: it was renamed to 'not yet' in version 3 of the settings")

desk._checked = refuse"""
ANSWERED = """
for record in ds:
    for user, verdict in (("ann", "yes"), ("bob", "no")):
        ds.respond(record.id, {"verdict": verdict}, user=user)
desk = ds.review(user="rita")
desk"""
RUNNING = "import time\nwith ds._lock:\n    time.sleep(6)"
LEAVE = """(key) => {
  WebSocket.prototype.send = () => {};
  const desk = document.querySelector('.fw-desk');
  desk.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, composed: true }));
  location.reload();
}"""


def test_a_refusal_is_readable_at_360_pixels(notebook):
    """The reason takes the desk's width, what can be done about it stands below; axe is content in both themes."""
    book = notebook([one_label(5), SHOW, REFUSING])
    desk = DeskPage(book).ready().press("2")
    until(lambda: desk.badge == "refused", "the badge says refused")
    desk.root.evaluate(WIDTH, "360px")
    book.page.wait_for_timeout(300)
    badge, mend = desk.part("badge").bounding_box(), desk.part("mend").bounding_box()
    reason = desk.part("badge").locator("span").nth(1).bounding_box()
    assert reason["width"] > 280
    assert mend["y"] >= reason["y"] + reason["height"] - 1
    assert mend["y"] + mend["height"] <= badge["y"] + badge["height"] + 1
    book.page.evaluate(AXE.read_text("utf-8"))
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        set_theme(book.page, theme)
        book.page.wait_for_timeout(500)
        assert desk.root.evaluate(RUN) == []


def test_a_desk_that_waits_for_a_running_cell_says_so_once(notebook):
    """In its middle; the badge says that it connects. The first record comes when the cell is done."""
    book = notebook([one_label(5), SHOW, RUNNING], run=False)
    book.start_all()
    desk = DeskPage(book)
    said = "A cell is running, and the kernel answers when it is done."
    until(lambda: desk.root.count() and said in desk.root.inner_text(), "the desk says what it waits for", 60)
    assert desk.root.inner_text().count(said) == 1
    assert desk.part("badge").inner_text() == "Connecting to the kernel…"
    desk.ready()


def test_a_narrow_review_desk_brings_what_it_opens_into_sight_and_prints_no_buttons(notebook):
    """Whom an answer goes back to is asked within the window, however long what stands above it is; paper has no buttons."""
    book = notebook([one_label(3, text="record {i} " + 60 * "is long "), ANSWERED])
    desk = DeskPage(book).ready()
    desk.root.evaluate(WIDTH, "360px")
    desk.part("record").scroll_into_view_if_needed()
    desk.press("s")
    sending = desk.part("sending")
    sending.wait_for()
    until(
        lambda: sending.bounding_box()["y"] + sending.bounding_box()["height"] <= 900,
        "the question is within the window",
    )
    desk.press("Escape")
    book.page.emulate_media(media="print")
    assert desk.part("answer").first.is_visible()
    assert not desk.part("adopt").first.is_visible()


def test_an_answer_given_in_the_moment_of_a_reload_arrives(notebook):
    """Nothing is sent any more, a key is pressed, the page is gone in the same breath: the answer is in the file afterwards."""
    book = notebook([one_label(5), SHOW])
    DeskPage(book).ready().saved()
    book.save()
    book.page.evaluate(LEAVE, "1")
    book.page.wait_for_load_state("load")
    book.page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for(timeout=60_000)
    book.wait_idle()
    DeskPage(book).ready().saved(60).at(1)
    answers = [values["verdict"] for _, values in on_disk(book.folder / "store.db").values()]
    assert answers == ["yes"]
