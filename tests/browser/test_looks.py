"""The desk takes its colours from JupyterLab, and fits where it is put."""

from __future__ import annotations

import pytest

from cells import SHOW, five_questions
from desk_page import DeskPage

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
THEME = "(name) => window.jupyterapp.commands.execute('apputils:change-theme', { theme: name })"
NEXT_THEME = "(dark) => document.body.dataset.jpThemeLight === String(!dark)"
OVERFLOW = "(root) => root.scrollWidth - root.clientWidth"


@pytest.mark.parametrize(("theme", "dark"), [("JupyterLab Light", False), ("JupyterLab Dark", True)])
def test_the_desk_follows_the_theme(notebook, tmp_path, theme, dark):
    """In the light and in the dark theme text is readable, and the ground is the theme's."""
    book = notebook([five_questions(3), SHOW])
    desk = DeskPage(book).ready()
    book.page.evaluate(THEME, theme)
    book.page.wait_for_function(NEXT_THEME, arg=dark)
    found = desk.root.evaluate(CONTRAST)
    assert found["ratio"] >= 4.5
    assert (found["back"] < 0.2) == dark
    assert len(desk.screenshot(tmp_path / f"{theme}.png")) > 5000
    book.page.evaluate(THEME, "JupyterLab Light")  # the server remembers it for the tests to come
    book.page.wait_for_function(NEXT_THEME, arg=False)


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
