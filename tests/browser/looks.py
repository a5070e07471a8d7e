"""JupyterLab's themes, forced colours, and what axe has to say: for tests of how a desk looks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
AXE = Path(__file__).parents[2] / "js" / "node_modules" / "axe-core" / "axe.min.js"
RUN = """async (root) => {
  const found = await axe.run(root, { resultTypes: ['violations'] });
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any.map((each) => each.message).join(' ')}`));
}"""
THEME = "(name) => window.jupyterapp.commands.execute('apputils:change-theme', { theme: name })"
NEXT_THEME = "(dark) => document.body.dataset.jpThemeLight === String(!dark)"


def set_theme(page: Any, theme: str) -> None:
    """Change JupyterLab's theme; the server remembers it for the tests to come."""
    page.evaluate(THEME, theme)
    page.wait_for_function(NEXT_THEME, arg=theme == DARK)


def three_looks(page: Any) -> Iterator[str]:
    """Give the page the light theme, the dark one and forced colours in turn, and name each."""
    for theme, forced in ((LIGHT, "none"), (DARK, "none"), (LIGHT, "active")):
        page.emulate_media(forced_colors=forced)
        set_theme(page, theme)
        page.wait_for_timeout(700)  # Lab fades its themes in
        yield f"{theme}, {forced}"
    page.emulate_media(forced_colors="none")
