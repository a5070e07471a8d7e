"""Finding records in a real JupyterLab: words, filters, likeness, and the same query from Python."""

from __future__ import annotations

import pytest

from desk_page import DeskPage, on_disk
from lab import until

pytestmark = pytest.mark.one_page

DATASET = """
import feedback_widgets as fw
ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="text")],
    questions=[fw.LabelQuestion(name="verdict", labels=["yes", "no"])],
    metadata_properties=[fw.TermsMetadataProperty(name="lang", values=["en", "de"])],
    vectors_settings=[fw.VectorSettings(name="v", dimensions=2)],
)
texts = ["a red car", "a train", "a blue car", "ein rotes Auto", "the last train", "my car"] * 10
ds.add_records([
    fw.Record({"text": f"{text} {at}"}, {"lang": "de" if "Auto" in text else "en"}, vectors={"v": [at, 60 - at]})
    for at, text in enumerate(texts)
])
ds.save("test", store="store.db")
"""
SHOW = 'desk = ds.annotate(user="alice")\ndesk'


def hits(desk):
    """Return what the bar says was found."""
    return desk.part("hits").inner_text()


def text(desk):
    """Return the text of the record on show."""
    return desk.part("field").inner_text()


@pytest.mark.timeout(180)
def test_hits_are_found_and_answered_by_keyboard_and_python_sees_the_query(notebook):
    """Slash, words, Enter, answers: each goes to a hit; `desk.query` is what was typed, and setting it moves the page."""
    book = notebook([DATASET, SHOW])
    desk = DeskPage(book).ready()
    desk.press("/").type("car -blue").press("Enter")
    until(lambda: hits(desk) == "20 records found", "the hits are counted")
    seen = []
    for key in "121":  # a key that comes again at once is a bounce
        seen.append(text(desk))
        here = desk.record
        desk.press(key)
        until(lambda here=here: desk.record != here, "the next hit is on show")
    assert all("car" in each and "blue" not in each for each in seen)
    desk.saved()
    assert len(on_disk(book.folder / "store.db")) == 3
    assert book.kernel.eval("repr(desk.query)") == "Query(text='car -blue')"
    book.kernel.run("desk.query = fw.Query(metadata={'lang': 'de'})")
    until(lambda: hits(desk) == "10 records found" and "Auto" in text(desk), "the page follows Python")
    assert desk.part("chip").inner_text().startswith("lang: de")
    desk.part("find-clear").click()
    until(lambda: hits(desk) == "Everything is shown.", "everything is shown again")
    assert book.errors == []


@pytest.mark.timeout(120)
def test_filters_order_and_likeness_are_asked_for_by_mouse(notebook):
    """A filter has its chip, an order reorders, a button finds what is like the record; words are highlighted."""
    book = notebook([DATASET, SHOW])
    desk = DeskPage(book).ready()
    desk.part("find-open").click()
    desk.part("find-add").select_option("metadata.lang")
    desk.root.locator("[data-fw=find-choice][data-value=de]").click()
    until(lambda: hits(desk) == "10 records found", "only those remain")
    assert "Auto 3" in text(desk)
    desk.part("find-sort").select_option("-added")
    until(lambda: "Auto 57" in text(desk), "the newest comes first")
    desk.part("find-text").fill("ROTES")
    until(
        lambda: book.page.evaluate("() => CSS.highlights.get('fw-marks')?.size ?? 0") > 0,
        "the word is marked",
    )
    desk.part("similar").click()
    until(lambda: hits(desk) == "9 records found", "those like it remain, itself left out")
    assert "Auto 51" in text(desk)
    assert book.errors == []
