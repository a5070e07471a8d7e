"""The desk takes its colours from JupyterLab, and fits where it is put."""

from __future__ import annotations

import pytest
from fields_cells import EVERY_FIELD
from looks import DARK, LIGHT, set_theme
from questions_cells import EVERY_QUESTION

from cells import SHOW, five_questions
from desk_page import DeskPage
from feedback_widgets.questions import Question

pytestmark = pytest.mark.one_page

# Contrast by WCAG 2: of the record's text against the first painted ground behind it.
CONTRAST = """(root) => {
  const read = (css) => {
    const brush = document.createElement('canvas').getContext('2d');
    brush.fillStyle = css;
    brush.fillRect(0, 0, 1, 1);
    return [...brush.getImageData(0, 0, 1, 1).data];
  };
  const text = root.querySelector('[data-fw=record]');
  let ground = text;
  while (ground && read(getComputedStyle(ground).backgroundColor)[3] < 255) ground = ground.parentElement;
  const light = (css) => {
    const [r, g, b] = read(css).map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [front, back] = [getComputedStyle(text).color, getComputedStyle(ground).backgroundColor].map(light);
  return { front, back, ratio: (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05) };
}"""
OVERFLOW = "(root) => root.scrollWidth - root.clientWidth"
SIDEBAR = "() => window.jupyterapp.shell.collapseLeft()"
# What a reader would miss: text or a control that begins or ends beyond the desk, or beyond what it stands in.
CUT = """(root) => {
  const edge = root.getBoundingClientRect();
  const seen = [...root.querySelectorAll('button, input, select, textarea, h2, h3, p, li, label, dt, dd')]
    .filter((each) => each.getClientRects().length > 0 && !each.closest('.fw-hidden'));
  return seen.filter((each) => {
    const { left, right } = each.getBoundingClientRect();
    const box = each.matches('button, .fw-notice');
    return right > edge.right + 1 || left < edge.left - 1 || (box && each.scrollWidth > each.clientWidth + 1);
  }).map((each) => `${each.tagName} ${each.textContent.slice(0, 60)}`);
}"""
SMALL = """(root) => [...root.querySelectorAll('button, input, select, textarea')]
  .filter((each) => each.getClientRects().length > 0)
  .map((each) => [each.dataset.fw ?? each.className, each.textContent, each.getBoundingClientRect()])
  .filter(([, , box]) => box.width < 43.5 || box.height < 43.5)
  .map(([name, text, box]) => `${name} “${text}”: ${Math.round(box.width)} by ${Math.round(box.height)}`)"""
HIDDEN_IN_PRINT = """(root) => [...root.querySelectorAll('[data-fw=form], .fw-scroll')]
  .filter((each) => each.scrollHeight > each.clientHeight + 1).length"""


@pytest.mark.parametrize(("theme", "dark"), [(LIGHT, False), (DARK, True)])
def test_the_desk_follows_the_theme(notebook, tmp_path, theme, dark):
    """In the light and in the dark theme text is readable, and the ground is the theme's."""
    book = notebook([five_questions(3), SHOW])
    desk = DeskPage(book).ready()
    set_theme(book.page, theme)
    found = desk.root.evaluate(CONTRAST)
    assert found["ratio"] >= 4.5
    assert (found["back"] < 0.2) == dark
    assert len(desk.screenshot(tmp_path / f"{theme}.png")) > 5000
    set_theme(book.page, LIGHT)  # the server remembers it for the tests to come


def test_the_desk_fits_a_narrow_window(notebook):
    """At 480 pixels nothing is cut off sideways, and the form stands below the record."""
    book = notebook([five_questions(3), SHOW])
    desk = DeskPage(book).ready()
    book.page.evaluate("() => window.jupyterapp.commands.execute('application:toggle-left-area')")
    book.page.set_viewport_size({"width": 480, "height": 900})
    book.page.wait_for_timeout(300)
    assert desk.root.evaluate(OVERFLOW) <= 1
    record, question = desk.part("record").bounding_box(), desk.question("tone").bounding_box()
    assert question["y"] >= record["y"] + record["height"] - 1


def test_the_sheet_of_keys_opens_and_closes(notebook):
    """`?` shows the shortcuts, and Escape takes them away."""
    book = notebook([five_questions(3), SHOW])
    desk = DeskPage(book).ready()
    desk.press("?").part("sheet").wait_for()
    assert "Enter" in desk.part("sheet").inner_text()
    desk.press("Escape").part("sheet").wait_for(state="hidden")


def test_every_type_is_in_the_pictures():
    """The dataset that is looked at below has a question of every type there is."""
    made: dict = {}
    exec(EVERY_QUESTION.replace('ds.save("letters", store="letters.db")', ""), made)
    assert {question.type for question in made["ds"].settings.questions} == set(Question.kinds)


@pytest.mark.parametrize("language", ["en", "de", "es", "zh"])
def test_no_word_is_cut_off_at_320_pixels(notebook, language):
    """In every language: every button and every text of the desk ends within it, with all panels opened one by one."""
    show = f'desk = ds.annotate(user="alice", language="{language}")\ndesk'
    book = notebook([EVERY_QUESTION, show])
    desk = DeskPage(book).ready()
    book.page.evaluate(SIDEBAR)
    book.page.set_viewport_size({"width": 410, "height": 1000})
    book.page.wait_for_function(f"() => document.querySelector('.fw-desk').lang === '{language}'")
    book.page.wait_for_timeout(600)
    assert desk.root.bounding_box()["width"] <= 320
    found = {"record": desk.root.evaluate(CUT)}
    for panel, keys in {"keys": ["?"], "guidelines": ["g"], "find": ["/"], "many": ["b"]}.items():
        desk.root.focus()
        desk.press(*keys)
        book.page.wait_for_timeout(500)
        found[panel] = desk.root.evaluate(CUT)
        desk.press("Escape")
    assert {name: cut for name, cut in found.items() if cut} == {}


def test_a_narrow_desk_keeps_record_form_and_buttons_in_sight(notebook):
    """However long the form is, a narrow desk is no higher than its window, and the question asked is scrolled to."""
    book = notebook([EVERY_QUESTION, SHOW])
    desk = DeskPage(book).ready()
    book.page.evaluate(SIDEBAR)
    book.page.set_viewport_size({"width": 480, "height": 900})
    book.page.wait_for_timeout(300)
    assert desk.root.bounding_box()["height"] <= 900
    for _ in range(6):
        desk.press("ArrowDown")
    asked, submit = desk.question("names").bounding_box(), desk.part("submit").bounding_box()
    strip = desk.part("record").bounding_box()
    assert strip["y"] + strip["height"] <= asked["y"] + 1 < submit["y"]


@pytest.mark.parametrize("width", [480, 1280])
def test_fingers_find_every_control(notebook, width):
    """With a coarse pointer every button and box is at least 44 pixels high and wide."""
    book = notebook([EVERY_QUESTION, SHOW])
    desk = DeskPage(book).ready()
    book.page.evaluate(SIDEBAR)
    protocol = book.page.context.new_cdp_session(book.page)
    mobile = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": True}
    protocol.send("Emulation.setDeviceMetricsOverride", mobile)
    protocol.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
    book.page.wait_for_function("() => matchMedia('(pointer: coarse)').matches")
    desk.press("Shift+Enter", "1", "Escape")  # something is marked, and can be removed
    assert desk.root.evaluate(SMALL) == []
    desk.part("find-open").click()
    desk.part("find").wait_for()
    book.page.wait_for_timeout(500)
    assert desk.root.evaluate(SMALL) == []


def test_paper_shows_record_questions_and_answer(notebook):
    """Printed, nothing is folded into a scrolling pane, no button that only a screen has is left, the answer is framed."""
    book = notebook([EVERY_QUESTION, SHOW])
    desk = DeskPage(book).ready()
    desk.press("1")
    book.page.emulate_media(media="print")
    assert desk.root.evaluate(HIDDEN_IN_PRINT) == 0
    for part in ("submit", "find-open", "queue", "undo"):
        assert not desk.part(part).first.is_visible(), part
    assert desk.part("record").is_visible()
    framed = "(option) => getComputedStyle(option).borderTopColor"
    picked, other = (desk.option("tone", tone).evaluate(framed) for tone in ("polite", "rude"))
    assert (picked, other) == ("rgb(0, 0, 0)", "rgba(0, 0, 0, 0)")


def test_columns_of_figures_stand_on_the_side_they_ask_for(notebook):
    """A column that Markdown wants on the right is there: cleaning keeps what says so, and the host's styles do not win."""
    book = notebook([EVERY_FIELD, SHOW])
    desk = DeskPage(book).ready()
    cell = desk.root.locator(".fw-markdown td", has_text="0.00003")
    assert cell.evaluate("(cell) => getComputedStyle(cell).textAlign") == "right"
