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
from lab import Lab, Notebook, a_browser, until

LABELS = 10  # records to label by hand; the notebook's own answers do the rest
PACE = 200  # ms per record: the same key twice at once is taken for a bounce
CELL_TIMEOUT = 600  # seconds: a cell may train
UNFRIENDLY = (
    "Ugh",
    "Obviously",
    "Really",
    "Figure it out",
    "Not again",
)  # how the notebook's rude answers begin


def friendlier(desk: DeskPage) -> str:
    """Read the record on show and return the key of the friendlier answer."""
    first = desk.root.locator("[data-fw=field][data-name=response-1]").inner_text()
    said = first.splitlines()[-1].strip()  # above it stands the field's title
    return "2" if said.startswith(UNFRIENDLY) else "1"


def label_some(notebook: Notebook) -> int:
    """Label up to LABELS records in the desk on the page, by keys alone, and wait until they are saved."""
    desk = DeskPage(notebook).ready()
    for done in range(LABELS):
        if desk.finished:
            return done
        desk.page.wait_for_timeout(PACE)
        before = desk.index
        desk.press(friendlier(desk), "Enter")
        until(lambda: desk.finished or desk.index != before, "the next record is on show")  # noqa: B023 - called at once
    desk.saved()
    return LABELS


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
            source.parent, folder / "notebooks", ignore=shutil.ignore_patterns("*.db*", ".*", "models")
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
