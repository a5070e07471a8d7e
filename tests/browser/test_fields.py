"""Fields as an annotator sees them, in a real JupyterLab."""

from __future__ import annotations

import pytest
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
WATCH_SHIFTS = """() => {
  window.__shifts = [];
  const inPane = ({ node }) => (node?.nodeType === 1 ? node : node?.parentElement)?.closest('.fw-scroll');
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (entry.sources.some(inPane)) window.__shifts.push([entry.value, entry.sources.filter(inPane).map(({ node }) => node.textContent.slice(0, 40))]);
  }).observe({ type: 'layout-shift', buffered: true });
}"""
FORMULAS = r"""
import feedback_widgets as fw
long = " ".join(r"$\frac{\sqrt{\alpha_{%d} + \beta}}{\sum_{i=1}^{n} \gamma_i}$ and" % i for i in range(12))
ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="first", use_markdown=True), fw.TextField(name="second")],
    questions=[fw.LabelQuestion(name="verdict", labels=["yes", "no"], description="Does $x_{i+1}^2$ hold?")],
)
ds.add_records([{"first": f"{i} {long}\n\n$$\\int_0^1 f(x) dx$$\n\nthe last line", "second": "what stands below"} for i in range(3)])
ds.save("test", store="store.db")
"""
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
    desk.press("ArrowRight").at(1)  # what was seen without the part, because it came late, stays as it was
    desk.root.locator("[data-name=patch] .hljs-keyword").first.wait_for()
    desk.root.locator("[data-name=notes] math").first.wait_for()
    assert desk.root.locator("[data-name=notes] math mfrac").count() >= 1
    height = desk.root.locator("[data-name=notes] math").first.bounding_box()["height"]
    assert height > 10
    assert book.page.evaluate(PARTS) == 1
    assert book.errors == []


def test_nothing_jumps_when_formulas_are_drawn(notebook):
    """From the first paint on, nothing in either pane moves: not when the part that draws arrives, nor on the next record."""
    book = notebook([FORMULAS, SHOW], run=False)
    book.page.evaluate(WATCH_SHIFTS)
    book.run_all()
    desk = DeskPage(book).ready()
    book.page.wait_for_timeout(3000)
    assert desk.root.locator(".fw-body[data-drawing]").count() == 0
    assert book.page.evaluate("() => window.__shifts") == []
    desk.press("1").at(1)
    desk.root.locator("[data-name=first] math").first.wait_for()
    book.page.wait_for_timeout(1000)
    assert book.page.evaluate("() => window.__shifts") == []
    assert book.errors == []


@pytest.mark.one_page
def test_a_chat_of_five_hundred_messages_unfolds_by_its_key(notebook):
    """Its beginning and its end are on show at once; `.` shows all of it, and folds it again."""
    chat = """
import feedback_widgets as fw
ds = fw.FeedbackDataset(
    fields=[fw.ChatField(name="chat", use_markdown=True)],
    questions=[fw.LabelQuestion(name="verdict", labels=["yes", "no"])],
)
ds.add_records([{"fields": {"chat": [{"role": ["user", "assistant"][i % 2], "content": f"**{k}** message {i}."} for i in range(500)]}} for k in range(2)])
ds.save("test", store="store.db")
"""
    book = notebook([chat, SHOW])
    desk = DeskPage(book).ready()
    messages = desk.root.locator(".fw-message")
    assert messages.count() == 24
    assert "message 499." in messages.last.text_content()
    desk.press(".")
    until(lambda: messages.count() == 500, "all are shown")
    desk.press(".")
    until(lambda: messages.count() == 24, "they are folded again")
    assert book.errors == []


@pytest.mark.one_page
def test_a_long_text_is_unfolded_by_its_key(notebook):
    """`.` shows all of a folded text, and folds it again, without leaving the desk."""
    book = notebook([EVERY_FIELD, SHOW])
    desk = DeskPage(book).ready()
    text = desk.root.locator("[data-name=article] .fw-plain")
    before = until(lambda: len(text.inner_text()), "the text is drawn")
    desk.press(".")
    until(lambda: len(text.inner_text()) > 9_000, "the whole text is shown")
    desk.press(".")
    until(lambda: len(text.inner_text()) == before, "the text is folded again")


@pytest.mark.one_page
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
