"""The flow of the desk in a real JupyterLab: queues, remarks, suggestions, cells that listen, and a kernel restarted elsewhere."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest

from cells import SHOW, one_label
from desk_page import DeskPage, on_disk
from lab import until

pytestmark = pytest.mark.one_page

SUGGESTED = """
ds.add_records([{
    "fields": {"text": f"record {i}"},
    "suggestions": [{"question_name": "verdict", "value": "no", "score": 0.9, "agent": "tiny"}],
} for i in range(4)])
"""


LANGUAGES = Path(__file__).parents[2] / "js/src/languages"
HELD_UP = "import time\nwith ds._lock:\n    time.sleep(8)"


def newest(store):
    """Return (status, answers, shown, comment) of the newest event in the file."""
    with sqlite3.connect(f"file:{store}?mode=ro", uri=True) as connection:
        row = connection.execute(
            "select status, answers, shown, comment from response_event order by seq desc limit 1"
        ).fetchone()
    return row[0], json.loads(row[1]), json.loads(row[2]), row[3]


def test_a_queue_is_walked_by_keys_and_an_answer_submitted_again(notebook):
    """Alt+3 leads through the submitted answers; another pick there replaces the answer; Alt+1 leads back to the work."""
    book = notebook([one_label(5), SHOW])
    desk = DeskPage(book).ready().press("1").at(1).press("2").at(2).saved()
    desk.press("Alt+3").at(0).press("2").at(1).saved()
    desk.press("Alt+1").at(2)
    verdicts = [answers["verdict"] for _, answers in on_disk(book.folder / "store.db").values()]
    assert verdicts == ["no", "no"]
    assert book.errors == []


def test_a_comment_survives_a_reload(notebook):
    """What is remarked is a draft at once, is there after a reload, and goes with the answer."""
    book = notebook([one_label(3), SHOW])
    desk = DeskPage(book).ready().press("Control+m").type("looks odd").press("Escape").saved()
    book.save()
    book.load()
    desk = DeskPage(book).ready()
    assert desk.part("comment").input_value() == "looks odd"
    desk.press("1").at(1).saved()
    status, answers, _, comment = newest(book.folder / "store.db")
    assert (status, answers, comment) == ("submitted", {"verdict": "yes"}, "looks odd")


def test_suggestions_after_the_answer_keep_both_answers(notebook):
    """The first answer is noted, the suggestion is shown, another answer is submitted: the log holds the two."""
    show = 'desk = ds.annotate(user="alice", suggestions="after")\ndesk'
    book = notebook([one_label(4), SUGGESTED, show])
    desk = DeskPage(book).ready()
    assert desk.part("suggested").count() == 0
    desk.press("1")
    desk.part("suggested").wait_for()
    desk.press("2").at(1).saved()
    status, answers, shown, _ = newest(book.folder / "store.db")
    assert (status, answers) == ("submitted", {"verdict": "no"})
    assert shown == {"suggestions": ["verdict"], "before": {"verdict": "yes"}}


def test_cells_hear_of_answers_and_a_form_grows_under_an_open_desk(notebook):
    """A function of a cell is called for an answer from the page, and a label added in a cell is an option at once."""
    listen = "heard = []\nstop = desk.on_response(lambda each: heard.append(each.values))"
    book = notebook([one_label(5), SHOW, listen])
    desk = DeskPage(book).ready().press("1").at(1).saved()
    until(lambda: book.kernel.eval("heard") == [{"verdict": "yes"}], "the cell has heard of the answer")
    book.kernel.run('ds.extend(labels={"verdict": ["maybe"]})')
    desk.option("verdict", "maybe").wait_for()
    desk.press("3").at(2).saved()
    assert book.kernel.eval("[desk.revision, heard[-1]]") == [2, {"verdict": "maybe"}]


def test_a_kernel_restarted_elsewhere_is_reached_again_without_a_reload(notebook):
    """Restarted by the server's REST interface, cells run again: the open page's new desk answers and delivers what waited."""
    book = notebook([one_label(6), SHOW], own=True)
    desk = DeskPage(book).ready().press("1").at(1).saved()
    book.lab.api(f"api/kernels/{book.kernel_id}/restart", "POST")
    book.forget_kernel()
    desk.root.focus()
    desk.press("2").at(2)
    book.wait_idle()
    book.run_all()
    DeskPage(book).ready().saved(60).at(2)
    verdicts = [answers["verdict"] for _, answers in on_disk(book.folder / "store.db").values()]
    assert verdicts == ["yes", "no"]


def test_undo_redo_skip_jump_and_the_time_that_is_left(notebook):
    """Keys take back, put back and put off; a number leads anywhere; the pace comes from what was done, and so does what is left."""
    book = notebook([one_label(300), SHOW])
    desk = DeskPage(book).ready()
    for index in range(1, 7):
        desk.page.wait_for_timeout(1000)
        desk.press("12"[index % 2]).at(index)
    desk.saved().press("z").at(5)
    until(lambda: len(on_disk(book.folder / "store.db")) == 5, "one is taken back on disk")
    desk.press("Shift+Z").at(6)
    until(lambda: len(on_disk(book.folder / "store.db")) == 6, "and stands again")
    said = re.fullmatch(r"(\d+\.\d) s a record, about (\d+) minutes left", desk.part("pace").inner_text())
    each, minutes = float(said[1]), int(said[2])
    assert each >= 1
    assert abs(minutes - each * 294 / 60) < 1
    desk.press("Shift+ArrowRight").at(7)
    assert "comes again at the end" in desk.part("notice").inner_text()
    desk.part("goto").fill("200")
    desk.press("Enter").at(199).press("1").at(200).saved()
    desk.part("goto").fill("301")
    desk.press("Enter")
    assert "give a number from 1 to 300" in desk.part("notice").inner_text()
    desk.press("Alt+1").at(7)
    assert book.errors == []


def test_a_kernel_that_is_held_up_is_said_in_words(notebook):
    """While a cell keeps the dataset to itself, the badge says what the answer waits for; afterwards it is saved."""
    book = notebook([one_label(5), SHOW])
    desk = DeskPage(book).ready()
    book.kernel.client.execute(HELD_UP)
    book.page.wait_for_timeout(1000)
    desk.press("1").at(1)
    said = "A cell is running, and the kernel answers when it is done. Go on: 1 answer waits here."
    until(lambda: desk.part("badge").inner_text().startswith(said), "it is said", 6)
    desk.saved()
    assert len(on_disk(book.folder / "store.db")) == 1


def test_each_desk_of_a_page_has_its_own_language_and_layout(notebook):
    """German, Spanish and compact, and English of a given height side by side: each speaks and stands as it was asked to."""
    asked = ['language="de"', 'language="es", compact=True', "height=390"]
    shows = [f"desk{at} = ds.annotate(user='u{at}', {more})\ndesk{at}" for at, more in enumerate(asked)]
    book = notebook([one_label(5), *shows])
    desks = [DeskPage(book, at).ready() for at in range(3)]
    for desk, language in zip(desks, ["de", "es", "en"], strict=True):
        word = json.loads((LANGUAGES / f"{language}.json").read_text("utf-8"))["submit"]
        until(lambda desk=desk, word=word: word in desk.part("submit").inner_text(), f"{language} is spoken")
        assert desk.root.get_attribute("lang") == language
    desks[0].root.focus()
    desks[0].press("1").at(1).saved()
    assert "Gespeichert" in desks[0].part("badge").inner_text()
    assert [desk.part("queues").is_visible() for desk in desks] == [True, False, True]
    assert [desk.part("undo").is_visible() for desk in desks] == [True, False, True]
    heights = [desk.root.locator(".fw-body").bounding_box()["height"] for desk in desks]
    assert heights[2] == 390 != heights[0]
    assert book.errors == []
