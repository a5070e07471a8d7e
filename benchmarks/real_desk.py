"""Real texts in the real desk: 1,000 preference pairs and 1,000 demonstrations, shown in JupyterLab and answered by keyboard.

    python benchmarks/real_desk.py

Data as for real_input.py. Prints how long the first record takes to appear, and that every answer is in the file.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/browser"))

from real_input import DATA  # noqa: E402

from desk_page import DeskPage, on_disk  # noqa: E402 - the harness is not a package
from lab import Lab, a_browser  # noqa: E402

ANSWERS = 30
READ = """
import gzip, itertools, json
import feedback_widgets as fw
with gzip.open({path!r}, "rt", encoding="utf-8") as lines:
    rows = [json.loads(line) for line in itertools.islice(lines, 1000)]
"""
PAIRS = """
ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="prompt"), fw.TextField(name="response-1"), fw.TextField(name="response-2", required=False)],
    questions=[fw.RankingQuestion(name="ranking", values=["response-1", "response-2"])],
)
ds.add_records([{"prompt": r["prompt"], "response-1": r["chosen"], "response-2": r["rejected"]} for r in rows])
ds.save("pairs", store="real.db")
"""
DEMONSTRATIONS = """
ds = fw.FeedbackDataset(
    fields=[fw.TextField(name="prompt", use_markdown=True), fw.TextField(name="completion", required=False)],
    questions=[fw.RatingQuestion(name="quality", values=[1, 2, 3, 4, 5]), fw.TextQuestion(name="better", required=False)],
)
ds.add_records([{"prompt": r["prompt"], "completion": r["completion"]} for r in rows])
ds.save("demonstrations", store="real.db")
"""


def label(lab: Lab, browser: object, name: str, file: str, dataset: str, keys: list[str]) -> None:
    """Show one data set, answer some of it by keyboard, and check the file."""
    cells = [READ.format(path=str(DATA / file)), dataset, "ds.annotate(user='bench')"]
    notebook = lab.open(browser, name, cells)  # type: ignore[arg-type]
    notebook.run_cell(0)
    notebook.run_cell(1)
    notebook.wait_idle()
    start = time.perf_counter()
    notebook.run_cell(2)
    desk = DeskPage(notebook).ready()
    shown = time.perf_counter() - start
    for _ in range(ANSWERS):
        before = desk.record
        desk.press(*keys)
        desk.page.wait_for_function(
            "([root, before]) => root.querySelector('[data-fw=record]')?.dataset.record !== before",
            arg=[desk.root.element_handle(), before],
        )
    desk.saved()
    stored = [status for status, _ in on_disk(notebook.folder / "real.db").values()]
    assert stored == ["submitted"] * ANSWERS, stored
    assert notebook.errors == [], notebook.errors
    records = notebook.kernel.eval("len(ds)")
    print(
        f"{name}: {records} records, first one shown after {shown:.2f} s, {len(stored)} answered by keyboard and on disk"
    )
    notebook.close()


def main() -> None:
    """Label both."""
    if not DATA.is_dir():
        print(f"there is no {DATA}: nothing to do (set FEEDBACK_WIDGETS_DATA)")
        return
    with tempfile.TemporaryDirectory() as scratch, Lab(Path(scratch)) as lab, a_browser() as browser:
        label(lab, browser, "pairs", "pref_hh_harmless.jsonl.gz", PAIRS, ["1", "Enter"])
        label(lab, browser, "demonstrations", "demo_p3_t0_sample.jsonl.gz", DEMONSTRATIONS, ["4", "Enter"])


if __name__ == "__main__":
    main()
