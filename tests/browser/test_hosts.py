"""Keys stay in the desk, in every host: JupyterLab, Notebook 7, and hosts that listen before anybody else does."""

from __future__ import annotations

import string

import pytest

from cells import SHOW, five_questions
from desk_page import DeskPage
from lab import until

# Every key a notebook might bind. Left out is what the browser itself acts upon (F5, Ctrl+W, Alt+← …), and Tab, which may leave.
PLAIN = [*string.ascii_lowercase, *string.digits, *"`-=[]\\;',./"]
SHIFTED = [*string.ascii_uppercase, *'~!@#$%^&*()_+{}|:"<>?']
NAMED = ["Enter", "Escape", "Backspace", "Delete", "Insert", "Space", "Home", "End", "PageUp", "PageDown"]
ARROWS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]
MODIFIED = [
    *(
        f"{mod}+{key}"
        for mod in ("Shift", "Control", "Control+Shift")
        for key in [*ARROWS, "Enter", "Backspace"]
    ),
    *(f"Alt+{key}" for key in ["Enter", "ArrowUp", "ArrowDown"]),
    *(f"Control+{key}" for key in "abcefghikmsuvxyz/[]1239"),
    *(f"Control+Shift+{key}" for key in "ABCDEFHLMPSUVZ-"),
    *("Shift+Space", "Shift+Delete", "Shift+Escape", "Control+Space", "Control+'"),
]
FUNCTIONS = ["F2", "F4", "F8", "F9", "F10"]
TWICE = ["d", "d", "0", "0", "i", "i"]  # pressed in a row: delete the cell, restart the kernel, interrupt it
KEYS = [*PLAIN, *TWICE, *SHIFTED, *NAMED, *ARROWS, *MODIFIED, *FUNCTIONS]
# Those that change a notebook in command mode, for real key presses on every element.
DANGEROUS = [
    *"abcijklmorvxyz",
    "d",
    "d",
    "0",
    "0",
    "Enter",
    "Shift+Enter",
    "Control+Enter",
    "ArrowDown",
    "Escape",
]

FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]"
# A list that stays valid while keys redraw the desk: elements are named by their place.
COUNT = """(root, selector) => [root, ...root.querySelectorAll(selector)].filter(
  (each) => !each.disabled && each.getClientRects().length > 0).length"""
FOCUS = """(root, [selector, nth]) => {
  const all = [root, ...root.querySelectorAll(selector)].filter((each) => !each.disabled && each.getClientRects().length > 0);
  const element = all[nth % all.length];
  element.focus();
  const question = element.closest('[data-fw=question]')?.dataset.name ?? '';
  return `${element.tagName} ${question} ${element.dataset.fw ?? element.className}`;
}"""
# Key codes are what JupyterLab's own layout reads; a pressed key has them, so a made one needs them too.
MADE = """async (root, [selector, nth, keys, codes]) => {
  const focus = FOCUS;
  const turn = () => new Promise((done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { channel.port1.close(); done(); };
    channel.port2.postMessage(0);
  });
  for (const press of keys) {
    if (nth !== null) focus(root, [selector, nth]);
    const parts = press.length > 1 ? press.split('+') : [press];
    const name = parts.pop();
    const key = name === 'Space' ? ' ' : name;
    const shiftKey = parts.includes('Shift') || (key.length === 1 && key !== key.toLowerCase());
    const ctrlKey = parts.includes('Control'), altKey = parts.includes('Alt');
    const keyCode = codes[name] ?? key.toUpperCase().charCodeAt(0);
    const init = { key, keyCode, which: keyCode, shiftKey, ctrlKey, altKey, bubbles: true, cancelable: true, composed: true };
    for (const type of ['keydown', 'keyup']) (document.activeElement ?? root).dispatchEvent(new KeyboardEvent(type, init));
    await turn();
  }
}""".replace("FOCUS", FOCUS)
CODES = {
    "Enter": 13, "Escape": 27, "Backspace": 8, "Delete": 46, "Insert": 45, "Space": 32, "Home": 36, "End": 35,
    "PageUp": 33, "PageDown": 34, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40,
    "F2": 113, "F4": 115, "F8": 119, "F9": 120, "F10": 121,
    "`": 192, "-": 189, "=": 187, "[": 219, "]": 221, "\\": 220, ";": 186, "'": 222, ",": 188, ".": 190, "/": 191,
}  # fmt: skip
WATCH = """() => {
  window.ran = [];
  window.jupyterapp.commands.commandExecuted.connect((_, { id }) => window.ran.push(id));
}"""
NOTEBOOK = """() => {
  const book = window.jupyterapp.shell.currentWidget.content;
  const cells = book.widgets.map((cell) => [cell.model.type, cell.model.sharedModel.getSource(), cell.model.executionCount]);
  return { cells, active: book.activeCellIndex, mode: book.mode, dialogs: document.querySelectorAll('.jp-Dialog').length };
}"""
# JupyterLab before 4.1, in short: listens in the capture phase, and asks the path from the target upwards whether a shortcut
# may act, until an element says no.
EARLY = """() => {
  window.ran = [];
  const matches = (target) => {
    for (let each = target; each; each = each.parentElement) {
      if (each.hasAttribute('data-lm-suppress-shortcuts')) return false;
      if (each.matches('.jp-Notebook:focus, .jp-Notebook :focus, .jp-Notebook')) return true;
    }
    return false;
  };
  document.addEventListener('keydown', (event) => {
    if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key) || !matches(event.target)) return;
    window.ran.push(event.key);
  }, true);
}"""


def sit(notebook, host, watch=WATCH):
    """Open a desk with every type of question, and begin to watch which commands run."""
    book = notebook([five_questions(500), SHOW, "after = 1"], host=host)
    desk = DeskPage(book).ready()
    book.page.evaluate(watch)
    return desk


def everywhere(desk, do):
    """Call `do(name)` with the focus on each element of the desk in turn, also with a panel open."""
    seen = []
    for panel in (None, "g", "?"):
        desk.root.focus()
        desk.press("Escape", *([panel] if panel else []))
        for nth in range(desk.root.evaluate(COUNT, FOCUSABLE)):
            seen.append(desk.root.evaluate(FOCUS, [FOCUSABLE, nth]))
            do(seen[-1], nth)
    return seen


def nothing_happened(desk, before, where):
    """The notebook is as it was, and no command of the host ran."""
    assert desk.page.evaluate("() => window.ran.splice(0)") == [], where
    assert desk.page.evaluate(NOTEBOOK) == before, where


@pytest.mark.parametrize(
    ("host", "watch"), [("lab", WATCH), ("notebook", WATCH), ("lab", EARLY)], ids=["lab", "notebook", "early"]
)
def test_no_key_on_any_element_reaches_the_notebook(notebook, host, watch):
    """The whole keyboard on everything in the desk that takes the focus: no cell changes and no command runs."""
    desk = sit(notebook, host, watch)
    before = desk.page.evaluate(NOTEBOOK)

    def press_all(where, nth):
        desk.root.evaluate(MADE, [FOCUSABLE, nth, KEYS, CODES])
        nothing_happened(desk, before, where)

    seen = everywhere(desk, press_all)
    assert {word for word in ("DIV", "BUTTON", "TEXTAREA") if any(word in each for each in seen)} == {
        "DIV",
        "BUTTON",
        "TEXTAREA",
    }
    assert len(seen) > 30, seen
    until(lambda: desk.badge == "saved", "what the keys answered is saved")


@pytest.mark.parametrize("host", ["lab", "notebook"])
def test_dangerous_keys_pressed_for_real_do_nothing_to_the_notebook(notebook, host):
    """What deletes, retypes and runs cells in command mode, pressed as a person does, on each kind of element of the desk."""
    desk = sit(notebook, host)
    before, done = desk.page.evaluate(NOTEBOOK), set()

    def press_all(where, nth):
        if where in done:  # the second of five ratings, say; the test above presses every key there too
            return
        done.add(where)
        for key in DANGEROUS:
            desk.root.evaluate(FOCUS, [FOCUSABLE, nth])
            desk.press(key)
        nothing_happened(desk, before, where)

    everywhere(desk, press_all)
    assert len(done) > 20, done
    assert desk.root.is_visible()


@pytest.mark.parametrize("host", ["lab", "notebook"])
def test_the_watch_would_see_a_key_that_leaks(notebook, host):
    """The same keys with the focus on the notebook do run commands: the tests above look at the right place."""
    desk = sit(notebook, host)
    desk.page.locator(".jp-Cell .jp-InputPrompt").last.click()
    desk.root.evaluate(MADE, [FOCUSABLE, None, ["j", "k", "b"], CODES])
    desk.press("b")
    until(lambda: "notebook:insert-cell-below" in desk.page.evaluate("() => window.ran"), "a command ran")
    assert len(desk.page.evaluate(NOTEBOOK)["cells"]) > 3
