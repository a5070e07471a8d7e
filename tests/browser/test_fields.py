"""Fields as an annotator sees them, in a real JupyterLab."""

from __future__ import annotations

from fields_cells import EVERY_FIELD

from cells import SHOW
from desk_page import DeskPage, canary
from lab import until

PARTS = "() => window.__parts"
COUNT_PARTS = """() => {
  window.__parts = 0;
  const create = URL.createObjectURL.bind(URL);
  URL.createObjectURL = (blob) => { window.__parts += blob.size > 300000 ? 1 : 0; return create(blob); };
}"""
REACH = """() => {
  const tries = {
    document: () => parent.document.body, top: () => top.document, cookie: () => document.cookie,
    storage: () => localStorage.length, navigate: () => { top.location.href = 'https://canary.invalid/'; return 'allowed'; },
    token: () => parent.document.getElementById('jupyter-config-data').textContent,
  };
  const said = {};
  for (const [name, attempt] of Object.entries(tries)) {
    try { said[name] = String(attempt()); } catch (error) { said[name] = error.name; }
  }
  return said;
}"""


def test_maths_and_code_are_drawn_by_a_part_fetched_once(notebook):
    """The second bundle comes through the kernel, once, and colours code and draws formulas in place."""
    book = notebook([EVERY_FIELD, SHOW], run=False)
    book.page.evaluate(COUNT_PARTS)
    book.run_all()
    desk = DeskPage(book).ready()
    desk.root.locator("[data-name=patch] .hljs-keyword").first.wait_for(timeout=20_000)
    desk.root.locator("[data-name=notes] math").first.wait_for()
    assert desk.root.locator("[data-name=notes] math mfrac").count() >= 1
    height = desk.root.locator("[data-name=notes] math").first.bounding_box()["height"]
    assert height > 10
    desk.press("ArrowRight").at(1)
    desk.root.locator("[data-name=patch] .hljs-keyword").first.wait_for()
    assert book.page.evaluate(PARTS) == 1
    assert book.errors == []


def test_a_long_text_is_unfolded_by_its_key(notebook):
    """`.` shows all of a folded text, and folds it again, without leaving the desk."""
    book = notebook([EVERY_FIELD, SHOW])
    desk = DeskPage(book).ready()
    text = desk.root.locator("[data-name=article] .fw-plain")
    before = len(text.inner_text())
    desk.press(".")
    until(lambda: len(text.inner_text()) > 9_000, "the whole text is shown")
    desk.press(".")
    until(lambda: len(text.inner_text()) == before, "the text is folded again")


def test_a_picture_is_enlarged_and_closed_again(notebook):
    """A click shows it over the desk; Escape brings the desk back, and no key answers meanwhile."""
    book = notebook([EVERY_FIELD, SHOW])
    desk = DeskPage(book).ready()
    small = desk.root.locator("[data-name=photo] [data-fw=picture]")
    small.scroll_into_view_if_needed()
    small.click()
    desk.part("large").wait_for()
    desk.press("1", "Enter")
    assert desk.index == 0
    desk.press("Escape")
    desk.part("large").wait_for(state="detached")
    assert desk.index == 0


def test_a_template_s_script_cannot_reach_the_page(notebook):
    """Script in an advanced template runs, draws, and is refused the page, its token, its storage and the top window; it is loaded once."""
    book = notebook([EVERY_FIELD, SHOW], run=False)
    loads: list[str] = []
    book.page.on("framenavigated", lambda frame: frame.url == "about:srcdoc" and loads.append(frame.url))
    book.run_all()
    desk = DeskPage(book).ready()
    sent_out = canary(book)
    sketch = desk.root.locator("[data-name=sketch] iframe")
    sketch.content_frame.locator("#drawn").wait_for()
    frame = sketch.element_handle().content_frame()
    assert frame.evaluate("() => document.querySelector('#drawn').textContent") == "7 < 8 & <b>x</b>"
    said = frame.evaluate(REACH)
    assert {said[name] for name in ("document", "top", "cookie", "storage", "token")} == {"SecurityError"}
    assert said["navigate"] != "allowed"
    sent = frame.evaluate(
        "() => fetch('https://canary.invalid/').then(() => 'sent', () => 'blocked')"
        ".then((one) => new Promise((done) => { const i = new Image(); i.onload = i.onerror = () => done(one); i.src = 'https://canary.invalid/i.png'; }))"
    )
    assert sent == "blocked"
    assert frame.evaluate("() => window.open('https://canary.invalid/') === null")
    book.page.evaluate("() => fetch('https://canary.invalid/seen', { mode: 'no-cors' }).catch(() => 0)")
    assert sent_out == ["https://canary.invalid/seen"], "only the page itself, outside of the frame, may send"
    assert book.page.url.startswith(book.lab.url)
    box = sketch.bounding_box()
    assert 24 <= box["height"] <= 300
    assert len(loads) == 2, "each of the two frames is loaded once, and stays"
