"""Takes the README's pictures of the desk, in a real JupyterLab: light, dark and narrow.

python tests/browser/pictures.py docs/images
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from desk_page import DeskPage
from lab import Lab, Notebook, a_browser

DATASET = """
import feedback_widgets as fw

ds = fw.FeedbackDataset(
    guidelines="Put the **friendlier** answer first.",
    fields=[
        fw.TextField(name="prompt", title="Question"),
        fw.TextField(name="response-1", title="Response 1"),
        fw.TextField(name="response-2", title="Response 2", use_markdown=True),
    ],
    questions=[
        fw.RankingQuestion(name="ranking", title="Which answer is friendlier?", values={"response-1": "Response 1", "response-2": "Response 2"}),
        fw.RatingQuestion(name="quality", title="How helpful is the better one?", description="1 is not at all, 5 is very", values=[1, 2, 3, 4, 5]),
        fw.TextQuestion(name="better", title="Can you say it better?", required=False),
    ],
)
first = "Good question! Sunlight holds all colours. The air scatters the short, blue waves far more than the long, red ones, so blue light reaches your eyes from everywhere above you."
second = "Look it up. It is called **Rayleigh scattering**: the amount goes with the wavelength to the power of minus four.\\n\\n- blue: 450 nm\\n- red: 700 nm"
ds.add_records([{
    "fields": {"prompt": "Why is the sky blue?", "response-1": first, "response-2": second},
    "suggestions": [{"question_name": "quality", "value": 4, "score": 0.83, "agent": "tiny-judge"}],
    "external_id": i,
} for i in range(48)])
ds.save("blue-sky", store="blue.db")
for record in ds[:17]:
    ds.respond(record.id, {"ranking": ["response-1", "response-2"], "quality": 4}, user="alice")
"""
SHOW = "desk = ds.annotate(user='alice')\ndesk"
THEME = "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
SIDEBAR = "() => window.jupyterapp.commands.execute('application:toggle-left-area')"


def picture(notebook: Notebook, folder: Path, name: str, window: tuple[int, int], theme: str) -> None:
    """Take one picture of the desk, in a window of this width and height."""
    notebook.page.set_viewport_size({"width": window[0], "height": window[1]})
    notebook.page.evaluate(THEME, theme)
    notebook.page.wait_for_timeout(1500)  # Lab fades its themes in
    DeskPage(notebook).root.screenshot(path=str(folder / f"desk-{name}.png"))


def main() -> None:
    """Take the three pictures into the folder given."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, Lab(Path(scratch)) as lab, a_browser() as browser:
        notebook = lab.open(browser, "pictures", [DATASET, SHOW])
        notebook.run_all()
        notebook.page.evaluate(SIDEBAR)
        DeskPage(notebook).ready().press("1", "ArrowDown", "4")
        for name, window, theme in (
            ("light", (1180, 860), "JupyterLab Light"),
            ("dark", (1180, 860), "JupyterLab Dark"),
            ("narrow", (520, 1640), "JupyterLab Light"),
        ):
            picture(notebook, folder, name, window, theme)
        notebook.close()


if __name__ == "__main__":
    main()
