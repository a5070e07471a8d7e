"""The live view of progress on a page: it follows answers from the desk and from code, and shows names as text."""

from __future__ import annotations

from desk_page import DeskPage, canary
from lab import until

PAIRS = """
import feedback_widgets as fw
ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="one"), fw.TextField(name="other")],
    questions=[fw.PairwiseQuestion(name="better", fields=["one", "other"])],
)
ds.add_records([{"one": f"left {i}", "other": f"right {i} and more"} for i in range(4)])
ds.save("test", store="store.db")
"""
HOSTILE = "<img src=x onerror=\\\"fetch('https://canary.invalid')\\\">"


def test_the_live_view_follows_desk_and_code(notebook, tmp_path):
    """A key in the desk moves the view by itself, with the time it took; a hostile name stays text; sides are stored for the bias."""
    made = notebook([PAIRS, 'desk = ds.annotate(user="alice")\ndesk', "view = ds.progress(live=True)\nview"])
    called = canary(made)
    desk = DeskPage(made).ready()
    view = made.page.locator(".widget-html-content").last
    assert "4 records: 0 submitted" in view.inner_text()
    desk.press("1").saved()
    until(lambda: "4 records: 1 submitted" in view.inner_text(), "the view counts the desk's answer")
    made.kernel.run(f'ds.respond(ds[1].id, {{"better": "one"}}, user="{HOSTILE}")')
    until(lambda: "<img" in view.inner_text(), "the view names who answered, as text")
    assert view.locator("img").count() == 0
    assert called == []
    until(lambda: "alice" in view.inner_text(), "the table has a line for each annotator")
    assert (
        made.kernel.eval(
            "float(ds.progress().to_pandas().query('annotator == \"alice\"')['seconds'].iloc[0])"
        )
        > 0
    )
    assert made.kernel.eval("int(ds.pairwise_bias()['answers'].iloc[0])") == 1
    made.page.screenshot(path=str(tmp_path / "progress.png"))
