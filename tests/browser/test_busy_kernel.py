"""The desk goes on while the kernel computes, on the ipykernel of today and of yesterday."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cells import SHOW, one_label
from desk_page import DeskPage, on_disk
from lab import until

CACHE = Path(__file__).parents[2] / ".cache"
# A cell that computes until the test lets it go: however slow the machine, it is still at it when the answers arrive.
BUSY = "import os, time\nwhile not os.path.exists('enough'):\n    time.sleep(0.01)"
# One version routes comm messages by where they came from, the other by where the kernel last published.
VERSIONS = ["7.3", "7.4"]


@pytest.fixture(params=VERSIONS)
def kernel(request, lab):
    """Return the name of a kernel that runs this version of ipykernel."""
    version, overlay = request.param, CACHE / f"ipykernel-{request.param}"
    if not (overlay / "ipykernel").exists():
        wanted = f"ipykernel=={version}.*"
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--target",
            str(overlay),
            wanted,
        ]
        subprocess.run(pip, check=True)
    name = f"ipykernel-{version}"
    lab.add_kernel(name, {"PYTHONPATH": str(overlay)})
    return name


def test_run_all_with_a_long_cell_does_not_stop_acknowledgements(notebook, kernel):
    """ "Run all" with a long cell below the desk: answers are on disk while that cell still runs."""
    book = notebook([one_label(10), SHOW, BUSY], run=False, kernel=kernel)
    book.start_all()
    desk = DeskPage(book).ready()
    for index, key in enumerate(["1", "2", "1"], 1):
        desk.press(key).at(index)
    desk.saved()
    assert len(on_disk(book.folder / "store.db")) == 3
    assert book.running(2), "the long cell ended before the answers were counted"
    (book.folder / "enough").touch()
    book.wait_finished(2)
    assert f"{kernel}." in "ipykernel-" + book.kernel.eval("__import__('ipykernel').__version__")


def test_a_cell_that_shows_progress_does_not_stop_acknowledgements(notebook, kernel):
    """A cell that itself answers through the desk, and then computes, does not drag the desk's messages behind it."""
    book = notebook(
        [one_label(10), SHOW, f"desk.respond(ds[9].id, {{'verdict': 'no'}})\n{BUSY}"],
        run=False,
        kernel=kernel,
    )
    book.start_all()
    desk = DeskPage(book).ready()
    until(lambda: len(on_disk(book.folder / "store.db")) == 1, "the cell has answered")
    desk.press("1").at(1).saved()
    assert len(on_disk(book.folder / "store.db")) == 2
    assert book.running(2), "the long cell ended before the answers were counted"
    (book.folder / "enough").touch()
