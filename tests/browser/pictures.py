"""Takes the pictures of the desk for the README and docs/look.md, in a real JupyterLab.

python tests/browser/pictures.py docs/images             # all of them
python tests/browser/pictures.py docs/images many pairs  # some sittings
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

from fields_cells import EVERY_FIELD
from questions_cells import EVERY_QUESTION

from desk_page import DeskPage
from lab import Lab, Notebook, a_browser, until

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
PAIRS = """
import feedback_widgets as fw

ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="prompt", title="Question"), fw.TextField(name="a"), fw.TextField(name="b")],
    questions=[
        fw.PairwiseQuestion(name="better", title="Which answer is better?", fields=["a", "b"], scale=3),
        fw.TextQuestion(name="why", title="Why?", required=False),
    ],
)
a = "Sunlight holds all colours. The air scatters the short, blue waves far more than the long, red ones, so blue light comes from everywhere."
b = "Sunlight holds all colours. The air scatters short waves more than long ones, which is why the sky looks blue and the evening sun looks red."
ds.add_records([{"prompt": f"Why is the sky blue? ({i + 1})", "a": a, "b": b} for i in range(20)])
ds.save("pairs", store="pairs.db")
"""
MANY = """
import feedback_widgets as fw

ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="message", title="Message")],
    questions=[fw.LabelQuestion(name="tone", title="Tone", labels=["polite", "neutral", "rude"])],
    metadata_properties=[fw.TermsMetadataProperty(name="lang", title="Language", values=["en", "de"])],
)
texts = {
    "The red car I rented had a flat tyre. Could you send somebody?": "polite",
    "My train was late, and nobody said a word.": "neutral",
    "Where is my blue car? Tell me now.": "rude",
    "I love my new car, thank you all so much!": "polite",
    "Give me my money back.": "rude",
}
ds.add_records([
    fw.Record({"message": text}, {"lang": "en"}, external_id=f"{turn}-{text}",
              suggestions=[fw.Suggestion("tone", tone, score=0.97 - at / 12, agent="tiny-judge")])
    for turn in range(12) for at, (text, tone) in enumerate(texts.items())
])
ds.save("complaints", store="complaints.db")
"""
SHOW = "desk = ds.annotate(user='alice')\ndesk"
TALL = "desk = ds.annotate(user='alice', height={height})\ndesk"
THEME = "(theme) => window.jupyterapp.commands.execute('apputils:change-theme', { theme })"
SIDEBAR = "() => window.jupyterapp.commands.execute('application:toggle-left-area')"
LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"
# What `system-ui` means differs from machine to machine: where Inter is installed, it is taken.
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  {rules}
</fontconfig>
"""
FONT = """<match target="pattern">
    <test name="family"><string>{family}</string></test>
    <edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit>
  </match>"""


@contextlib.contextmanager
def studio() -> Iterator[tuple[Lab, Browser]]:
    """Start a JupyterLab and a browser that writes in a good font."""
    with tempfile.TemporaryDirectory() as scratch:
        fonts = Path(scratch, "fonts.conf")
        fonts.write_text(
            FONTS.format(rules="".join(FONT.format(family=name) for name in ("system-ui", "sans-serif")))
        )
        os.environ["FONTCONFIG_FILE"] = str(fonts)
        with Lab(Path(scratch)) as lab, a_browser() as browser:
            yield lab, browser


class Sitting:
    """One notebook with one desk, and the folder that its pictures go to."""

    def __init__(self, lab: Lab, browser: Browser, folder: Path, name: str, cells: list[str]) -> None:
        self.notebook: Notebook = lab.open(browser, name, cells)
        self.folder = folder
        self.notebook.run_all()
        self.notebook.page.evaluate(SIDEBAR)
        self.desk = DeskPage(self.notebook).ready()
        self.theme = LIGHT

    def picture(self, name: str, window: tuple[int, int], theme: str = LIGHT) -> None:
        """Take one picture of the desk, in a window of this width and height."""
        page = self.notebook.page
        page.set_viewport_size({"width": window[0], "height": window[1]})
        page.evaluate(THEME, theme)
        page.wait_for_timeout(1500)  # Lab fades its themes in
        self.desk.root.screenshot(path=str(self.folder / f"{name}.png"))

    def close(self) -> None:
        """Put the theme back, which the server remembers, and close the page."""
        self.notebook.page.evaluate(THEME, LIGHT)
        self.notebook.page.wait_for_timeout(500)
        self.notebook.close()


def move_line(sitting: Sitting, key: str, times: int) -> None:
    """Move the line between record and form."""
    sitting.desk.part("splitter").focus()
    sitting.desk.press(*[key] * times)
    sitting.desk.root.focus()


def blue_sky(lab: Lab, browser: Browser, folder: Path) -> None:
    """The README's: a ranking and a rating, in light, in dark and in a narrow pane."""
    sitting = Sitting(lab, browser, folder, "pictures", [DATASET, SHOW])
    sitting.desk.press("1", "ArrowDown", "4")
    sitting.picture("desk-light", (1180, 960))
    sitting.picture("desk-dark", (1180, 960), DARK)
    sitting.picture("desk-narrow", (520, 1240))
    sitting.close()


def questions(lab: Lab, browser: Browser, folder: Path) -> None:
    """Every type of question, half answered, in light, in dark and in forced colours."""
    sitting = Sitting(lab, browser, folder, "questions", [EVERY_QUESTION, TALL.format(height=1680)])
    desk = sitting.desk
    for question, at in {"sent": 3, "worth": 7, "order": 1, "better": 5, "tone": 0}.items():
        desk.question(question).locator("[data-fw=option]").nth(at).click()
    desk.question("names").locator("[data-fw=option]").first.click()
    desk.root.focus()
    desk.press(
        "Shift+Enter", "1", *["ArrowRight"] * 4, "Shift+ArrowRight", "1", "ArrowRight", "ArrowRight", "2"
    )
    desk.press("Escape")
    move_line(sitting, "ArrowLeft", 5)
    sitting.picture("look-questions-light", (1120, 2400))
    sitting.picture("look-questions-dark", (1120, 2400), DARK)
    sitting.notebook.page.emulate_media(forced_colors="active", color_scheme="dark")
    sitting.picture("look-contrast", (1120, 2400))
    sitting.close()


def fields(lab: Lab, browser: Browser, folder: Path) -> None:
    """Every type of field, drawn in full."""
    sitting = Sitting(lab, browser, folder, "fields", [EVERY_FIELD, TALL.format(height=1560)])
    desk = sitting.desk
    desk.root.locator(".hljs-keyword").first.wait_for()
    desk.press("ArrowRight").at(1).press("ArrowLeft").at(
        0
    )  # a formula seen as it was written is drawn next time
    desk.root.locator("math").first.wait_for()
    move_line(sitting, "ArrowRight", 3)
    sitting.picture("look-fields", (1120, 2400))
    sitting.close()


def pairs(lab: Lab, browser: Browser, folder: Path) -> None:
    """Two responses beside each other, with their differences."""
    sitting = Sitting(lab, browser, folder, "pairs", [PAIRS, TALL.format(height=400)])
    sitting.desk.press("d")
    sitting.picture("look-pair", (1180, 900))
    sitting.close()


def many(lab: Lab, browser: Browser, folder: Path) -> None:
    """Many records at once, found by a word, with the question that is asked before they are answered."""
    sitting = Sitting(lab, browser, folder, "many", [MANY, SHOW])
    desk = sitting.desk
    desk.press("/").type("car").press("Enter")
    until(lambda: "36" in desk.part("hits").inner_text(), "the hits are counted")
    desk.root.focus()
    desk.press("b")
    desk.part("row").first.wait_for()
    desk.press("Space", "ArrowDown", "ArrowDown", "Space", "1")
    sitting.picture("look-many", (1180, 1060), DARK)
    sitting.close()


def main() -> None:
    """Take the pictures into the folder given."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    with studio() as (lab, browser):
        for take in (blue_sky, questions, fields, pairs, many):
            if take.__name__ in (sys.argv[2:] or [take.__name__]):
                take(lab, browser, folder)


if __name__ == "__main__":
    main()
