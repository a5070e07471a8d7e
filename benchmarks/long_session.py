"""Ten thousand answers through one page: does it grow?

    python benchmarks/long_session.py [answers]

Keys are made in the page as fast as answers are acknowledged. Limits: from answer 500 to the last the page's JavaScript
heap, after its garbage was collected, grows by at most 20 MB; elements and listeners stay as many as they were.
"""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests/browser"))

from cells import SHOW, one_label  # noqa: E402 - the harness is not a package
from desk_page import DeskPage, events_on_disk  # noqa: E402
from lab import Lab, a_browser  # noqa: E402
from long_labelling import Measure, answer  # noqa: E402

FIRST = 500
LOOKS = 6  # measurements, the first after FIRST answers
LIMITS = {"heap": 20_000_000, "nodes": 500, "listeners": 200}
TEXT = "record {i}: " + "the model answered with a short and partly correct reply that cites one source. " * 6


def main() -> None:
    """Answer, look, print."""
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {load} - {total} answers")
    print(f"\n{'answers':>8}{'heap, MB':>12}{'elements':>12}{'listeners':>12}{'answers/s':>12}")
    with tempfile.TemporaryDirectory() as scratch, Lab(Path(scratch)) as lab, a_browser() as browser:
        notebook = lab.open(browser, "long", [one_label(total + 50, text=TEXT), SHOW])
        notebook.run_all()
        desk = DeskPage(notebook).ready()
        measure, found = Measure(desk), []
        steps = [FIRST, *[(total - FIRST) // (LOOKS - 1)] * (LOOKS - 1)]
        steps[-1] += total - sum(steps)
        done = 0
        for step in steps:
            start = time.monotonic()
            answer(desk, step)
            rate = step / (time.monotonic() - start)
            done += step
            found.append(measure())
            row = found[-1]
            print(
                f"{done:>8}{row['heap'] / 1e6:>12.2f}{row['nodes']:>12}{row['listeners']:>12}{rate:>12.0f}",
                flush=True,
            )
        stored = events_on_disk(notebook.folder / "store.db")
    print(f"\n{stored} answers are on disk" + ("" if stored == total else f", but {total} were given"))
    failed = stored != total
    for name, limit in LIMITS.items():
        growth = found[-1][name] - found[0][name]
        failed |= growth > limit
        print(
            f"{name:<10} grew by {growth:>10}   at most {limit:<10} {'ok' if growth <= limit else 'TOO MUCH'}"
        )
    sys.exit(failed)


if __name__ == "__main__":
    main()
