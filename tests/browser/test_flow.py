"""The flow of the desk in a real JupyterLab: queues, remarks, suggestions, cells that listen, and a kernel restarted elsewhere."""

from __future__ import annotations

import json
import sqlite3

from cells import SHOW, one_label
from desk_page import DeskPage, on_disk
from lab import until

SUGGESTED = """
ds.add_records([{
    "fields": {"text": f"record {i}"},
    "suggestions": [{"question_name": "verdict", "value": "no", "score": 0.9, "agent": "tiny"}],
} for i in range(4)])
"""


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
    book = notebook([one_label(6), SHOW])
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
