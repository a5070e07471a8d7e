"""A notebook that is saved, sent to somebody, and opened where no kernel runs."""

from __future__ import annotations

import json
import shutil

import pytest

from cells import SHOW
from desk_page import DeskPage
from lab import Lab, until

# The front end may be told to write every widget's state into the notebook.
SAVE_STATE = {"../@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True}}
NEEDLE = "NEEDLE"  # the text of the records is made so that it stands in no cell
DATA = f"""
import feedback_widgets as fw
ds = fw.FeedbackDataset(
    guidelines="{NEEDLE[:3]}" + "{NEEDLE[3:]}",
    fields=[fw.TextField(name="text")],
    questions=[fw.LabelQuestion(name="verdict", labels=["yes", "no"]), fw.TextQuestion(name="why", required=False)],
)
ds.add_records([{{"text": "{NEEDLE[:3]}" + f"{NEEDLE[3:]} {{i}} " + "words " * 500}} for i in range(10)])
ds.save("test", store="store.db")
"""
STATE_LIMIT = 10_000  # bytes


def of_type(notebook, mime):
    """Return what the outputs of a saved notebook hold under one type."""
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    return ["".join(output["data"][mime]) for output in outputs if mime in output.get("data", {})]


def said(book, file, words):
    """Save the notebook, and tell whether the words are in it."""
    book.save()
    book.page.wait_for_timeout(300)
    return words in file.read_text()


@pytest.fixture(scope="module")
def saved(tmp_path_factory, browser):
    """Return the path of a notebook in which three records were answered and one was begun, saved with its widgets' state."""
    with Lab(tmp_path_factory.mktemp("sender"), settings=SAVE_STATE) as sender:
        book = sender.open(browser, "sent", [DATA, SHOW])
        book.run_all()
        desk = DeskPage(book).ready()
        for index in range(3):
            desk.press("12"[index % 2]).at(index + 1)
        desk.press("Shift+Enter").type("NEEDLE typed").press("Control+s").saved()
        book.run_cell(1)
        DeskPage(book).ready().saved()
        file = sender.root / book.path
        until(lambda: said(book, file, "widget-state+json"), "the widgets' state is saved")
        until(lambda: said(book, file, "3 of 10"), "the output is saved")
        kept = tmp_path_factory.mktemp("sent") / "notebook.ipynb"
        shutil.copy(file, kept)
        book.close()
    return kept


def test_no_record_and_no_code_is_saved_with_a_notebook(saved):
    """With the state of widgets saved, too: no text of a record, an answer or the guidelines, and at most 10 KB for the desk."""
    written = saved.read_text()
    assert NEEDLE not in written
    state = json.loads(written)["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    assert any("_key" in each["state"] for each in state.values())
    size = len(json.dumps(state))
    assert size <= STATE_LIMIT, f"{size} bytes"


def test_the_saved_output_says_how_far_the_work_is(saved):
    """A picture in words stands beside the widget, for everything that shows no widgets."""
    (picture,) = of_type(json.loads(saved.read_text()), "text/html")
    assert "3 of 10 records submitted by alice" in picture
    assert "▰▰▰▰▰▰▱" in picture
    assert "<script" not in picture


def no_new_session(route):
    """Keep the front end from starting a kernel by itself."""
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


@pytest.mark.parametrize("host", ["lab", "notebook"])
def test_opened_by_somebody_without_a_kernel_it_is_readable_and_runs_nothing(saved, tmp_path, browser, host):
    """On another server, untrusted and without a kernel: the progress is on the page, no desk is drawn, no code of ours acts."""
    shutil.copy(saved, tmp_path / "received.ipynb")
    address = {"lab": "lab/tree/received.ipynb?reset&token=", "notebook": "notebooks/received.ipynb?token="}[
        host
    ]
    with Lab(tmp_path) as receiver:
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        errors = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.route("**/api/sessions*", no_new_session)
        page.goto(receiver.url + address + receiver.token)
        picture = page.locator(".jp-OutputArea-output", has_text="Labelling desk")
        picture.wait_for(timeout=30_000)
        assert picture.is_visible()
        assert "3 of 10 records submitted by alice" in picture.inner_text()
        page.wait_for_timeout(1500)  # time enough for a widget manager to restore what was saved
        assert receiver.api("api/kernels") == []
        assert page.locator(".fw-desk").count() == 0
        assert page.evaluate("() => Symbol.for('feedback_widgets.desks') in globalThis") is False
        assert [each for each in errors if "feedback" in each or "desk" in each] == []
        page.context.close()
