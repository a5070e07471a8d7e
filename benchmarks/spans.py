"""How long a long text with many spans takes to be painted again after one more was marked, in a real JupyterLab.

python benchmarks/spans.py
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))

from desk_page import DeskPage
from lab import Lab, a_browser

CELL = """
import feedback_widgets as fw
text = "".join(f"word{i:04d} " for i in range(1112))[:10_000]
ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="text")],
    questions=[fw.SpanQuestion(name="s", field="text", labels=list("abcdefgh"), allow_overlapping=True)],
)
ds.add_records([{"text": text}])
spans = [{"start": 18 * i, "end": 18 * i + 8, "label": "abcdefgh"[i % 8]} for i in range(500)]
ds.respond(ds[0].id, {"s": spans}, user="alice", status="draft")
desk = ds.annotate(user="alice")
desk
"""
# From the key press to the second frame after it: by then what the press changed has been painted.
PRESS = """(root) => new Promise((done) => {
  const box = root.querySelector('[data-fw=spans]');
  const begun = performance.now();
  box.dispatchEvent(new KeyboardEvent('keydown', { key: '2', bubbles: true, composed: true, cancelable: true }));
  queueMicrotask(() => setTimeout(() => {
    box.getBoundingClientRect();
    const laid = performance.now() - begun;
    requestAnimationFrame(() => { const channel = new MessageChannel(); channel.port1.onmessage = () => done([laid, performance.now() - begun]); channel.port2.postMessage(0); });
  }));
})"""


def main() -> None:
    """Mark twenty more words, one by one, and print the median and the worst."""
    with tempfile.TemporaryDirectory() as scratch, Lab(Path(scratch)) as lab, a_browser() as browser:
        notebook = lab.open(browser, "spans", [CELL])
        notebook.run_all()
        desk = DeskPage(notebook).ready()
        desk.press("Shift+Enter")
        laid, painted = [], []
        for _ in range(20):
            desk.press("ArrowRight", "ArrowRight")
            layout, frame = desk.root.evaluate(PRESS)
            laid.append(layout)
            painted.append(frame)
        count = desk.root.locator(".fw-mark").count()
        notebook.close()
    for name, times in (("laid out", laid), ("painted", painted)):
        print(
            f"{name}: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms ({count} marked pieces, 10 000 characters)"
        )


if __name__ == "__main__":
    main()
