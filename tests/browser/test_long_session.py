"""A day's labelling in one page: what the page holds does not grow with it."""

from __future__ import annotations

from cells import SHOW, one_label
from desk_page import DeskPage, events_on_disk, on_disk
from long_labelling import Measure, answer

LETTERS = 20_000  # per record: a page that kept them all would hold 14 MB more
FIRST, MORE = 400, 700


def test_a_thousand_answers_leave_the_page_as_it_was(notebook):
    """From answer 400 to 1,100 neither memory nor elements nor listeners grow, and every answer is on disk once."""
    book = notebook([one_label(FIRST + MORE + 50, text="{i}" + " word" * (LETTERS // 5)), SHOW])
    desk = DeskPage(book).ready()
    measure = Measure(desk)
    answer(desk, FIRST)
    early = measure()
    answer(desk, MORE)
    late = measure()
    assert late["heap"] - early["heap"] < 4_000_000, (early, late)
    assert late["nodes"] - early["nodes"] < 300, (early, late)
    assert late["listeners"] - early["listeners"] < 100, (early, late)
    assert events_on_disk(book.folder / "store.db") == FIRST + MORE
    given = [answers["verdict"] for _, answers in on_disk(book.folder / "store.db").values()]
    assert given == ["yes", "no"] * ((FIRST + MORE) // 2)
    desk.root.focus()
    desk.at(FIRST + MORE).press("ArrowLeft").at(FIRST + MORE - 1)
    book.page.wait_for_timeout(200)
