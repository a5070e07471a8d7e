"""Reloads, restarts and sudden deaths: no answer is lost, and work goes on at the right record."""

from __future__ import annotations

import os
import signal

from cells import SHOW, one_label
from desk_page import DeskPage, events_on_disk, on_disk


def verdicts(book):
    """Return the answers on disk, in the order in which they were given."""
    return [answers["verdict"] for _, answers in on_disk(book.folder / "store.db").values()]


def test_a_page_reload_goes_on_at_the_right_record(notebook):
    """After a reload the desk shows the first unanswered record, and labelling goes on."""
    book = notebook([one_label(6), SHOW])
    DeskPage(book).ready().press("1").at(1).press("2").at(2).saved()
    book.save()
    book.load()
    DeskPage(book).ready().at(2).press("1").at(3).saved()
    assert verdicts(book) == ["yes", "no", "yes"]
    assert events_on_disk(book.folder / "store.db") == 3


def test_a_kernel_restart_and_a_second_run_lose_nothing(notebook):
    """Answers typed while the kernel is gone arrive when the cells have run again, each exactly once."""
    book = notebook([one_label(8), SHOW])
    desk = DeskPage(book).ready().press("1").at(1).press("2").at(2).saved()
    book.restart_kernel()
    desk.root.focus()
    desk.press("1").at(3).press("2").at(4)
    assert desk.badge == "waiting"
    book.run_all()
    DeskPage(book).ready().saved().at(4)
    assert verdicts(book) == ["yes", "no", "yes", "no"]
    assert events_on_disk(book.folder / "store.db") == 4


def test_a_killed_kernel_loses_nothing(notebook):
    """`kill -9` in the middle of labelling: what the desk did not call saved arrives after the next run."""
    book = notebook([one_label(8), SHOW])
    desk = DeskPage(book).ready().press("1").at(1).saved()
    killed = book.kernel.eval("__import__('os').getpid()")
    book.forget_kernel()
    os.kill(killed, signal.SIGKILL)
    desk.press("2").at(2).press("1").at(3)
    book.accept_dialog()
    book.wait_idle()
    book.run_all()
    assert book.kernel.eval("__import__('os').getpid()") != killed
    DeskPage(book).ready().saved().at(3)
    assert verdicts(book) == ["yes", "no", "yes"]


def test_answers_of_a_dead_kernel_survive_a_reload(notebook):
    """Kernel gone, answers typed, page reloaded, cells run again: the answers arrive from the browser's own store."""
    book = notebook([one_label(8), SHOW])
    desk = DeskPage(book).ready().press("1").at(1).saved()
    book.save()
    book.restart_kernel()
    desk.root.focus()
    desk.press("2").at(2).press("1").at(3)
    desk.page.wait_for_timeout(500)  # the mirror in IndexedDB is written behind
    book.load()
    book.run_all()
    DeskPage(book).ready().saved().at(3)
    assert verdicts(book) == ["yes", "no", "yes"]


def test_running_the_cells_twice_adds_nothing(notebook):
    """A second run finds the records and answers of the first."""
    book = notebook([one_label(4), SHOW])
    DeskPage(book).ready().press("1").at(1).saved()
    book.run_all()
    DeskPage(book).ready().at(1)
    assert book.kernel.eval("[len(ds), ds.progress()['submitted']]") == [4, 1]


def test_two_views_keep_their_places_and_share_the_answers(notebook):
    """The same desk shown twice: each view has its own place, and no answer is written twice."""
    book = notebook([one_label(6), SHOW, "desk"])
    first, second = DeskPage(book, 0).ready(), DeskPage(book, 1).ready()
    first.root.focus()
    first.press("1").at(1).press("2").at(2).saved()
    assert second.index == 0
    second.root.focus()
    second.press("ArrowRight", "ArrowRight", "ArrowRight").at(3).press("1").saved()
    assert first.index == 2
    assert verdicts(book) == ["yes", "no", "yes"]
    assert events_on_disk(book.folder / "store.db") == 3
