"""Takes the picture of the review desk for docs/review.md, in a real JupyterLab; with --all also dark, narrow and at work.

python tests/browser/review_pictures.py docs/images
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pictures import SIDEBAR, THEME

from desk_page import DeskPage
from lab import Lab, Notebook, a_browser

DATASET = """
import feedback_widgets as fw

ds = fw.FeedbackDataset(
    guidelines="A complaint is **rude** only if it attacks somebody.",
    fields=[fw.TextField(name="message", title="Message")],
    questions=[
        fw.LabelQuestion(name="tone", title="How does it sound?", labels=["polite", "neutral", "rude"]),
        fw.RatingQuestion(name="urgency", title="How urgent is it?", values=[1, 2, 3, 4, 5], labels={1: "can wait", 5: "today"}),
        fw.SpanQuestion(name="parts", title="What is it about?", field="message", labels=["product", "place", "date"]),
        fw.TextQuestion(name="reply", title="What would you answer?"),
    ],
)
text = "The kettle I bought in your Leeds shop on 3 May leaks. I have written twice and nobody answers. Do you ever read your mail, or only count the money?"
ds.add_records([{"message": text}, *({"message": f"Where is order {i}?"} for i in range(11))])
ds.save("complaints", store="complaints.db")

def mark(**words):
    found = [(label, word, text.index(word)) for label, word in words.items()]
    return [{"start": at, "end": at + len(word), "label": label} for label, word, at in found]

said = {
    "ann": ("rude", 5, mark(product="kettle", place="Leeds", date="3 May"), "We are sorry. A new kettle is on its way to you today."),
    "bob": ("neutral", 4, mark(product="The kettle", place="your Leeds shop"), "We are sorry about the kettle. A new one is on its way to you."),
    "cem": ("rude", 5, mark(product="kettle", place="Leeds shop", date="3 May"), "Sorry! Please send us the kettle and we will repair it."),
}
for user, (tone, urgency, parts, reply) in said.items():
    ds.respond(ds[0].id, {"tone": tone, "urgency": urgency, "parts": parts, "reply": reply}, user=user,
               **({"comment": "The last line made me wince."} if user == "ann" else {}))
for record in ds[1:]:
    for user, tone in (("ann", "polite"), ("bob", "neutral")):
        ds.respond(record.id, {"tone": tone, "urgency": 3, "parts": [], "reply": "It comes on Monday."}, user=user)
other = ds.review(user="rita")
for record in ds[6:10]:
    other.adopt(record, "bob")
other.send_back(ds[10], "ann", comment="Is that polite?")
"""
SHOW = "desk = ds.review(user='rita')\ndesk"


def picture(notebook: Notebook, folder: Path, name: str, window: tuple[int, int], theme: str) -> None:
    """Take one picture of the review desk, in a window of this width and height."""
    notebook.page.set_viewport_size({"width": window[0], "height": window[1]})
    notebook.page.evaluate(THEME, theme)
    notebook.page.wait_for_timeout(1500)  # Lab fades its themes in
    DeskPage(notebook).root.screenshot(path=str(folder / f"review-{name}.png"))


LIGHT, DARK = "JupyterLab Light", "JupyterLab Dark"


def main() -> None:
    """Take the picture, or all of them, into the folder given."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    everything = "--all" in sys.argv
    with tempfile.TemporaryDirectory() as scratch, Lab(Path(scratch)) as lab, a_browser() as browser:
        notebook = lab.open(browser, "pictures", [DATASET, SHOW])
        notebook.run_all()
        notebook.page.evaluate(SIDEBAR)
        desk = DeskPage(notebook).ready()
        picture(notebook, folder, "light", (1280, 980), LIGHT)
        if everything:
            picture(notebook, folder, "dark", (1280, 980), DARK)
            picture(notebook, folder, "narrow", (520, 1900), LIGHT)
            for name, keys in (
                ("edit", ["e"]),
                ("send", ["Escape", "s", "1"]),
                ("keys", ["Escape", "Escape", "?"]),
                ("next", ["Escape", "1"]),
                ("decided", ["ArrowLeft"]),
            ):
                desk.press(*keys)
                notebook.page.wait_for_timeout(400)
                picture(notebook, folder, name, (1280, 980), LIGHT)
        notebook.close()


if __name__ == "__main__":
    main()
