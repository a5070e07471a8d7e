"""Keys stay in the desk, and text in records stays text."""

from __future__ import annotations

import pytest

from cells import SHOW, one_label
from desk_page import DeskPage, on_disk

# All of them do something to a notebook in command mode: insert, delete, retype, move, run, restart.
KEYS = [
    "a",
    "b",
    "x",
    "j",
    "k",
    "m",
    "y",
    "r",
    "d",
    "d",
    "0",
    "0",
    "Enter",
    "ArrowDown",
    "ArrowUp",
    "Shift+Enter",
]
NOTEBOOK = """() => {
  const book = window.jupyterapp.shell.currentWidget.content;
  const cells = book.widgets.map((cell) => [cell.model.type, cell.model.sharedModel.getSource()]);
  return { cells, active: book.activeCellIndex, mode: book.mode };
}"""
ACTIVE_INSIDE = "(root) => root.contains(document.activeElement)"
IMAGE = '<img src="x" onerror="window.__harmed = true">'
COMMAND = '<a data-commandlinker-command="notebook:insert-cell-below" data-commandlinker-args="{}" href="#">press</a>'


@pytest.mark.parametrize("focus", ["root", "option", "submit", "keys"])
def test_keys_do_nothing_to_the_notebook(notebook, focus):
    """Keys that JupyterLab binds change no cell, delete nothing and move nothing, wherever the desk has its focus."""
    book = notebook([one_label(40), SHOW, "after = 1"])
    desk = DeskPage(book).ready()
    before = book.page.evaluate(NOTEBOOK)
    for key in KEYS:
        (desk.root if focus == "root" else desk.part(focus).first).focus()
        desk.press(key)
        desk.page.wait_for_timeout(30)
        assert book.page.evaluate(NOTEBOOK) == before, f"{key} reached the notebook"
        assert desk.root.evaluate(ACTIVE_INSIDE), f"{key} moved the focus out of the desk"
    assert desk.page.locator(".jp-Dialog").count() == 0


def test_typing_in_a_text_box_is_only_typing(notebook):
    """Letters that are shortcuts elsewhere are letters in a text box."""
    cell = one_label(3).replace(
        'fw.LabelQuestion(name="verdict", labels=["yes", "no"])', 'fw.TextQuestion(name="verdict")'
    )
    book = notebook([cell, SHOW])
    desk = DeskPage(book).ready()
    before = book.page.evaluate(NOTEBOOK)
    desk.press("Shift+Enter").type("abxjmydd00 z g ? 1").press("Enter").type("line two").press(
        "Control+Enter"
    ).at(1).saved()
    assert [answers for _, answers in on_disk(book.folder / "store.db").values()] == [
        {"verdict": "abxjmydd00 z g ? 1\nline two"}
    ]
    assert book.page.evaluate(NOTEBOOK) == before


@pytest.mark.parametrize("field", ["", ", use_markdown=True"], ids=["plain", "markdown"])
def test_a_script_in_a_record_does_nothing(notebook, field):
    """`<img onerror>` in the text of a record never runs, plain or markdown."""
    book = notebook(
        [one_label(2, text=f"{{i}} {IMAGE} <script>window.__harmed = true</script>", field=field), SHOW]
    )
    desk = DeskPage(book).ready()
    desk.page.wait_for_timeout(500)
    assert desk.page.evaluate("() => window.__harmed") is None
    assert desk.root.locator("[onerror], script").count() == 0
    if not field:
        assert IMAGE in desk.part("record").inner_text()


def test_a_script_in_titles_and_labels_does_nothing(notebook):
    """Questions, labels and guidelines come from elsewhere too."""
    hostile = f"title={IMAGE!r}, labels={{'yes': {IMAGE!r}, 'no': 'no'}}"
    cell = one_label(2, field=f", title={IMAGE!r}").replace('labels=["yes", "no"]', hostile)
    cell = cell.replace("fields=[", f"guidelines={IMAGE!r},\n    fields=[")
    book = notebook([cell, SHOW])
    desk = DeskPage(book).ready()
    desk.press("g", "?")
    desk.page.wait_for_timeout(500)
    assert desk.page.evaluate("() => window.__harmed") is None


def test_a_command_link_in_a_record_does_nothing(notebook):
    """Record text cannot run JupyterLab's commands, not even when it is clicked."""
    book = notebook(
        [one_label(2, text=f"{{i}} {COMMAND}", field=", use_markdown=True").replace("{}", "{{}}"), SHOW]
    )
    desk = DeskPage(book).ready()
    before = book.page.evaluate(NOTEBOOK)["cells"]
    desk.part("record").get_by_text("press").click()
    desk.page.wait_for_timeout(300)
    assert desk.root.locator("[data-commandlinker-command]").count() == 0
    assert book.page.evaluate(NOTEBOOK)["cells"] == before
