"""The main job, unattended: open a notebook in a real browser, label by keyboard, train, print what came out.

    python tests/browser/demo.py notebooks/01_first_labels.ipynb

Works on a copy of the notebook's folder. Cells run one after the other; where a desk appears, records are labelled by
keyboard until the desk says that all of them are saved. Ends with 0 when every cell ran and every answer is on disk.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat

from chromium import ASK, find
from desk_page import DeskPage
from lab import Lab, Notebook, a_browser

LABELS = 10  # records to label by hand; the notebook's own answers do the rest
CELL_TIMEOUT = 600  # seconds: a cell may train
# What to press for each type of question; Control+Enter submits from inside a text box too.
KEYS: dict[str, list[str]] = {
    "label_selection": ["1"],
    "multi_label_selection": ["1", "ArrowDown"],
    "rating": ["1"],
    "ranking": ["1", "2"],
    "text": ["Shift+Enter", "o", "k", "Escape"],
}


def label(desk: DeskPage) -> None:
    """Answer the record on show and submit it, by keys alone."""
    before = desk.record
    for question in desk.part("question").all():
        if desk.finished or desk.record != before:
            return  # one key was the whole answer
        if question.get_attribute("data-required") != "false":
            desk.press(*KEYS[str(question.get_attribute("data-type"))])
    if not desk.finished and desk.record == before:
        desk.press("Control+Enter")


def label_some(notebook: Notebook) -> int:
    """Label up to LABELS records in the desk on the page, and wait until they are saved."""
    desk = DeskPage(notebook).ready()
    done = 0
    while done < LABELS and not desk.finished:
        before = desk.record
        label(desk)
        desk.page.wait_for_function(
            "([root, before]) => root.querySelector('[data-fw=record]')?.dataset.record !== before",
            arg=[desk.root.element_handle(), before],
        )
        done += 1
    desk.saved()
    return done


def texts(output: dict[str, Any]) -> str:
    """Return an output as text, as far as it has any."""
    if output["output_type"] == "error":
        return f"{output['ename']}: {output['evalue']}"
    if output["output_type"] == "stream":
        return str(output["text"])
    return str(output.get("data", {}).get("text/plain", ""))


def outputs(notebook: Notebook, index: int) -> list[dict[str, Any]]:
    """Return what a cell has put out so far."""
    found = notebook.page.evaluate(
        "(index) => window.jupyterapp.shell.currentWidget.content.widgets[index].model.sharedModel.toJSON()",
        index,
    )
    return list(found.get("outputs", []))


def run(notebook: Notebook, cells: list[Any]) -> int:
    """Run the cells in order and label where a desk appears; return how many records were labelled."""
    labelled = 0
    for index, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        notebook.page.set_default_timeout(CELL_TIMEOUT * 1000)
        notebook.run_cell(index)
        notebook.wait_idle(CELL_TIMEOUT)
        shown = outputs(notebook, index)
        print("\n".join(f"    {line}" for output in shown for line in texts(output).splitlines()), flush=True)
        if any(output["output_type"] == "error" for output in shown):
            sys.exit(f"cell {index + 1} failed")
        if not labelled and notebook.page.locator(".fw-desk").count():
            labelled = label_some(notebook)
            print(f"--> {labelled} records labelled by keyboard, all of them saved", flush=True)
    return labelled


def main() -> None:
    """Do the whole job."""
    if find() is None:
        sys.exit(f"The demo needs a browser: {ASK}.")
    source = Path(sys.argv[1]).resolve()
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "demo"
        shutil.copytree(
            source.parent, folder / "notebooks", ignore=shutil.ignore_patterns("*.db*", ".*", "out*")
        )
        with Lab(folder) as lab, a_browser() as browser:
            notebook = lab.show(browser, f"notebooks/{source.name}")
            labelled = run(notebook, nbformat.read(source, as_version=4).cells)
            notebook.close()
    if not labelled:
        sys.exit(f"{source.name} showed no desk to label in.")
    print(f"Done in {time.monotonic() - start:.0f} s: {labelled} records by keyboard, every cell ran.")


if __name__ == "__main__":
    main()
