"""Tokens per second and peak memory of SFT, reward model and DPO on a GPU, beside the plain TRL script in the same run.

Without a CUDA device it says so; `--anyway` runs it where there is none, to see that it works.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from training_overhead import KINDS, answered, plain, rows_of, settings, wrapped

import feedback_widgets as fw


def tokens_of(native: Any) -> int:
    """Return how many tokens a run has read: those of the mean row, times the rows."""
    table = native.train_dataset
    names = [name for name in table.column_names if name.endswith("ids")]
    one = sum(len(row[name]) for row in table.select_columns(names) for name in names) / len(table)
    return int(one * native.state.global_step * native.args.per_device_train_batch_size)


def measured(work: Any, *given: Any) -> tuple[float, float]:
    """Return tokens per second of the training itself, and the peak of allocated memory in MiB."""
    import torch

    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        native = work(*given)
    whole = time.perf_counter() - start
    seconds = next(
        (log["train_runtime"] for log in native.state.log_history if "train_runtime" in log), whole
    )
    peak = torch.cuda.max_memory_allocated() / 2**20 if on_gpu else float("nan")
    return tokens_of(native) / seconds, peak


def main() -> None:
    """Measure each kind of training, plain and ours in turns."""
    import torch

    parser = argparse.ArgumentParser()
    parser.add_argument("--anyway", action="store_true", help="run without a GPU")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--hidden", type=int, default=1024)
    parser.add_argument("--layers", type=int, default=12)
    given = parser.parse_args()
    if not torch.cuda.is_available() and not given.anyway:
        print("there is no CUDA device here, so nothing was measured: run this where there is one.")
        return
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
    print(
        f"{device}, torch {torch.__version__}, {given.steps} steps of 16 rows, {given.layers} layers of {given.hidden}"
    )
    print(f"{'':8}{'tokens/s plain':>16}{'ours':>12}{'MiB plain':>12}{'ours':>10}")
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        dataset = answered(1000, folder / "store.db")
        texts = [each.fields["prompt"] for each in dataset]
        model = fw.tiny.model(texts, path=folder / "base", hidden_size=given.hidden, layers=given.layers)
        told = settings(given.steps, 16)
        for kind in KINDS:
            rows = rows_of(dataset, kind)
            measured(plain, kind, rows, model, folder / "warm", {**told, "max_steps": 2})
            bare = measured(plain, kind, rows, model, folder / f"plain-{kind}", told)
            ours = measured(wrapped, kind, dataset, model, folder / f"ours-{kind}", told)
            print(f"{kind:8}{bare[0]:16.0f}{ours[0]:12.0f}{bare[1]:12.0f}{ours[1]:10.0f}", flush=True)


if __name__ == "__main__":
    main()
