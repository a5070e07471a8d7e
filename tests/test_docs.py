"""What the documents say is true: links lead somewhere, and code blocks run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(\w*)[ \t]*([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def name_of(page):
    """Return a page's path as test id."""
    return str(page.relative_to(ROOT))


def prose(page):
    """Return a page without its code blocks and inline code."""
    return re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text("utf-8")))


def anchors(page):
    """Return the anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def python_blocks(page):
    """Return a page's Python blocks; one marked `python no-run` is shown, not run."""
    return [
        code
        for language, rest, code in FENCE.findall(page.read_text("utf-8"))
        if language == "python" and "no-run" not in rest
    ]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_inside_the_house_lead_somewhere(page):
    """Every relative link names a file that is there, and every anchor a heading."""
    broken = []
    for target in LINK.findall(prose(page)):
        path, _, anchor = target.partition("#")
        goal = (page.parent / path).resolve() if path else page
        if "://" in target or target.startswith("mailto:"):
            continue
        if not goal.exists() or (anchor and goal.suffix == ".md" and anchor not in anchors(goal)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", [page for page in PAGES if python_blocks(page)], ids=name_of)
def test_code_blocks_run(page, tmp_path, monkeypatch):
    """A page's Python blocks run one after the other in an empty folder, as a reader would run them."""
    monkeypatch.chdir(tmp_path)
    room = {"__name__": "__main__"}
    for number, code in enumerate(python_blocks(page), 1):
        exec(compile(code, f"{page.name}, block {number}", "exec"), room)
    assert room


def test_the_readme_names_the_test_command():
    """A reader of the README finds the one command that tests everything."""
    assert "make test" in (ROOT / "README.md").read_text("utf-8")
