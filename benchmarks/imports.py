"""How long `import feedback_widgets` takes over a bare interpreter. Limit: 0.15 s."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 15
LIMIT = 0.15  # seconds


def seconds(statement: str) -> float:
    """Return how long a fresh interpreter needs for one statement."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure in turns, so that a busy moment hits both alike."""
    seconds("import feedback_widgets")  # writes the byte code
    bare, full = [], []
    for _ in range(RUNS):
        bare.append(seconds("pass"))
        full.append(seconds("import feedback_widgets"))
    over = statistics.median(full) - statistics.median(bare)
    print(f"bare interpreter        {statistics.median(bare):.3f} s")
    print(f"import feedback_widgets {statistics.median(full):.3f} s")
    print(f"difference              {over:.3f} s   limit {LIMIT} s   {'ok' if over <= LIMIT else 'TOO SLOW'}")


if __name__ == "__main__":
    main()
