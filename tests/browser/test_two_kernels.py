"""Two notebooks, two kernels, one store: what is done in one is seen in the other."""

from __future__ import annotations

import time

from cells import SHOW, one_label
from desk_page import DeskPage
from lab import until


def of_the_first(first):
    """Return a cell that opens the first notebook's dataset."""
    return f"import feedback_widgets as fw\nds = fw.FeedbackDataset.load('test', store={str(first.folder / 'store.db')!r})"


def test_an_answer_in_one_kernel_is_seen_in_the_other_by_itself(notebook, record_property):
    """Alice presses a key in one notebook; the dataset of another kernel counts it, and nobody called sync."""
    first = notebook([one_label(4), SHOW])
    second = notebook([of_the_first(first)])
    desk = DeskPage(first).ready()
    desk.press("1").at(1).saved()
    start = time.monotonic()
    until(lambda: second.kernel.eval("ds.progress('alice')['submitted']") == 1, "the other kernel counts it")
    took = time.monotonic() - start
    record_property("seconds", took)
    print(f"seen in the other kernel {took:.2f} s after the desk said saved")  # noqa: T201 - a measurement
    assert second.kernel.eval("[each.user_id for each in ds[0].responses]") == ["alice"]


def test_a_desk_shows_what_the_other_kernel_did(notebook):
    """Answers and records of the other kernel move the progress of an open desk, and its queue."""
    first = notebook([one_label(4), SHOW])
    second = notebook([of_the_first(first)])
    desk = DeskPage(first).ready()
    second.kernel.run("ds.respond(ds[1].id, {'verdict': 'no'}, user='alice')")
    until(lambda: "1 of 4" in desk.part("progress").inner_text(), "the desk counts the answer")
    second.kernel.run("ds.add_records([{'text': 'one more'}])")
    until(lambda: "1 of 5" in desk.part("progress").inner_text(), "the desk counts the record")
    desk.root.focus()
    desk.press("1").at(2).saved()
