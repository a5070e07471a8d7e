"""Two annotators in two notebooks, and records that one answer each is enough for."""

from __future__ import annotations

from desk_page import DeskPage, on_disk
from lab import until

MAKE = """
import feedback_widgets as fw
from feedback_widgets.store import leases
leases.LEASE_SECONDS = 15
ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="text")],
    questions=[fw.LabelQuestion(name="verdict", labels=["yes", "no"])],
    distribution=fw.Distribution(min_submitted=1),
)
ds.add_records([{{"text": f"record {{i}}"}} for i in range(7)])
ds.save("test", store={store!r})
"""
SHOW = "desk = ds.annotate(user={user!r})\ndesk"


def test_two_annotators_never_have_the_same_record(notebook, lab, tmp_path):
    """Bob is shown what alice does not hold, waits in words for the rest, and goes on with it when she has gone."""
    store = tmp_path / "store.db"
    make = MAKE.format(store=str(store))
    first = notebook([make, SHOW.format(user="alice")])
    alice = DeskPage(first).ready()
    alice.press("1").at(1).saved()  # four of the five that were fetched are left to her

    second = notebook([make, SHOW.format(user="bob")])
    bob = DeskPage(second).ready()
    alice.press("ArrowDown")  # she is there
    assert alice.index == 1
    bob.at(5)
    bob.press("1").at(6).saved()
    bob.press("2").saved()
    until(lambda: bob.part("held").count(), "bob waits for others")
    assert "4 records are being answered by others" in bob.part("held").inner_text()
    assert "2 of 6 submitted · 1 left to others" in bob.part("progress").inner_text()

    first.page.close()  # whether or not the page could say goodbye
    bob.root.focus()
    until(lambda: bob.part("record").count(), "bob is given what alice held", 45)
    assert bob.index == 1
    for key, place in (("1", 2), ("2", 3), ("1", 4)):  # the same key at once would be one that bounced
        bob.press(key).at(place).saved()
    bob.press("2").saved()
    until(lambda: bob.finished, "nothing is left")
    assert len(on_disk(store)) == 7
