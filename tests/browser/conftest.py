"""One JupyterLab and one Chromium for all browser tests; a notebook, a kernel and a page for each."""

from __future__ import annotations

import os
import re
from importlib.util import find_spec

import pytest

import chromium
from lab import Lab, a_browser

STRICT = bool(os.environ.get("CI"))  # there, a missing browser is a failure


def missing() -> str | None:
    """Return what a browser test needs and this machine lacks."""
    if find_spec("playwright") is None:
        return 'Playwright is not installed: pip install "feedback_widgets[dev]"'
    return None if chromium.find() else f"there is no Chromium here: {chromium.ASK}"


def pytest_collection_modifyitems(items):
    """Mark what needs a browser, and skip it where there is none."""
    reason = missing()
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            if reason and not STRICT:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Let fixtures see whether their test failed."""
    outcome = yield
    setattr(item, f"failed_{call.when}", outcome.get_result().failed)


@pytest.fixture(scope="session")
def browser():
    """Start the machine's Chromium once."""
    assert missing() is None, missing()
    with a_browser() as started:
        yield started


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Start JupyterLab once, with the settings that users get."""
    with Lab(tmp_path_factory.mktemp("lab")) as started:
        yield started


@pytest.fixture(scope="module")
def standing():
    """Keep the one page of a module whose tests share it."""
    pages = []
    yield pages
    for page in pages:
        page.close()


@pytest.fixture
def notebook(lab, browser, request, tmp_path, standing):
    """Return `notebook(cells)`: a notebook with those cells, all of them run unless `run=False`.

    Tests marked `one_page` share a page and a kernel, where none of them failed; with `own=True`, and elsewhere, each has its own.
    """
    opened = []
    shared = request.node.get_closest_marker("one_page") is not None

    def make(cells, *, run=True, kernel="python3", host="lab", own=False):
        name = re.sub(r"\W+", "_", f"{request.node.name}_{len(opened)}")
        mine = shared and not own and not opened and (kernel, host) == ("python3", "lab")
        if mine and standing:
            made = standing.pop().again(name, cells)
        else:
            made = lab.open(browser, name, cells, kernel, host)
        opened.append((made, mine))
        if run:
            made.run_all()
        return made

    yield make
    failed = getattr(request.node, "failed_call", False)
    for index, (made, mine) in enumerate(opened):
        if failed:
            shot = tmp_path / f"failed_{index}.png"
            made.page.screenshot(path=str(shot))
        if mine and not failed:
            standing.append(made)
        else:
            made.close()
