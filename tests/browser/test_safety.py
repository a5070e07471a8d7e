"""Keys stay in the desk, and text in records stays text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cells import SHOW, one_label
from desk_page import DeskPage, canary, on_disk

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
CASES = Path(__file__).parents[1] / "cases"
IMAGE = '<img src="x" onerror="window.__harmed = true">'
COMMAND = '<a data-commandlinker-command="notebook:insert-cell-below" data-commandlinker-args="{}" href="#">press</a>'


@pytest.mark.one_page
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


@pytest.mark.one_page
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


HOSTILE = """
import json, pathlib
import feedback_widgets as fw
texts = [each["text"] for each in json.loads(pathlib.Path("hostile.json").read_text("utf-8"))["payloads"]]
ds = fw.FeedbackDataset(
    guidelines="\\n\\n".join(texts),
    fields=[
        fw.TextField(name="plain"),
        fw.TextField(name="rich", use_markdown=True),
        fw.ChatField(name="chat"),
        fw.TableField(name="table"),
        fw.CodeField(name="code", language="html"),
        fw.CustomField(name="own", template="<p title='{{record.fields.own}}'>{{record.fields.own}}</p>"),
    ],
    questions=[
        fw.LabelQuestion(name="verdict", title=texts[0], description=texts[6], labels={"yes": texts[7], "no": "no"}),
        fw.MultiLabelQuestion(name="many", labels={str(at): text for at, text in enumerate(texts)}, required=False),
    ],
)
ds.add_records([{
    "fields": {
        "plain": text, "rich": text, "code": text, "own": text,
        "chat": [{"role": text[:40], "name": text, "content": text}],
        "table": {"columns": [text], "rows": [[text]]},
    },
    "metadata": {"file": text},
    "suggestions": [{"question_name": "verdict", "value": "yes", "agent": text}],
    "external_id": at,
} for at, text in enumerate(texts)])
ds.save(texts[3], store="store.db")
"""
# Everything but honest links, and pictures that say where they would come from: those are the annotator's choice.
PRESS = """(root) => {
  for (const element of root.querySelectorAll(".fw-record :is(a, summary, b, div, span, td):not([data-fw-image], a[href^=http])")) {
    for (const type of ["pointerenter", "mouseover", "focus"]) element.dispatchEvent(new Event(type, { bubbles: true }));
    element.click();
  }
}"""


def test_none_of_two_hundred_attacks_does_anything(notebook):
    """In no field, title, label, suggestion, metadata or guideline does a payload run, ask, navigate, open or fetch."""
    book = notebook([HOSTILE, SHOW], run=False)
    payloads = (CASES / "hostile.json").read_text("utf-8")
    (book.folder / "hostile.json").write_text(payloads, "utf-8")
    seen: list[str] = []
    book.page.add_init_script("window.__harmed = 0")
    book.page.evaluate("() => { window.__harmed = 0 }")
    book.page.on("dialog", lambda dialog: (seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
    sent = canary(book)
    book.page.context.on("page", lambda page: seen.append(f"window {page.url}"))
    before = book.page.url
    book.run_all()
    desk = DeskPage(book).ready()
    total = len(json.loads(payloads)["payloads"])
    for at in range(total):
        desk.at(at).root.evaluate(PRESS)
        desk.root.focus()
        desk.press("ArrowRight")
    desk.press("g")
    book.page.wait_for_timeout(1000)
    assert (seen, sent) == ([], [])
    assert [each.evaluate("() => window.__harmed ?? 0") for each in book.page.frames] == [0] * len(
        book.page.frames
    )
    assert book.page.url == before
    assert book.page.locator(".jp-NotebookPanel .jp-Cell").count() == 2
    assert desk.root.locator("[onerror], [onload], [onclick], script, svg script, object, embed").count() == 0
