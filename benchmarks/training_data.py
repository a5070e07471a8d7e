"""CPU seconds from 15,000 instruction records to training rows, beside what Argilla 1.29.1 took on a machine of this kind.

Argilla's figures were measured once, on two shared cores, with a synthetic dataset of the same shape: 15,000 records, one
response each, 19 in 100 of them edited. Compare the ratios, and only on a quiet machine.

`--rows N` reads N records of a store instead, by names and with a function, and prints rows per CPU second and peak memory.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedback_widgets as fw

COUNT = 15_000
RUNS = 3
# what -> (CPU seconds of Argilla 1.29.1, how many times as fast we promise to be)
ARGILLA = {
    "build": (1.21, 3),
    "format_as": (1.29, 5),
    "prepare SFT": (3.32, 10),
    "prepare RM": (3.27, 10),
    "prepare DPO": (3.27, 10),
}
TEMPLATE = "### Instruction: {}\n\n### Context: {}\n\n### Response: {}"
PARTS = ("instruction", "context", "response")


def records() -> list[dict[str, Any]]:
    """Write records of some 690 characters each, with one submitted response."""
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 10))) for _ in range(5000)]
    found = []
    for at in range(COUNT):
        old = [" ".join(draw.choices(words, k=size)) for size in (11, 15, 24)]
        new = [*old[:2], old[2] + " edited"] if draw.random() < 0.19 else old
        fields = {f"original-{name}": text for name, text in zip(PARTS, old, strict=True)}
        values = {f"new-{name}": {"value": text} for name, text in zip(PARTS, new, strict=True)}
        found.append(
            {
                "fields": {"category": "qa", **fields},
                "responses": [{"user_id": "alice", "values": values}],
                "external_id": str(at),
            }
        )
    return found


def build(given: list[dict[str, Any]]) -> fw.FeedbackDataset:
    """Make the dataset and add its records."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name=name) for name in ("category", *(f"original-{each}" for each in PARTS))],
        questions=[fw.TextQuestion(name=f"new-{each}") for each in PARTS],
    )
    dataset.add_records([fw.Record(**each) for each in given])
    return dataset


def sft(row: dict[str, Any]) -> str:
    """Write a demonstration out of the first response."""
    return TEMPLATE.format(*(row[f"new-{name}"][0]["value"] for name in PARTS))


def rm(row: dict[str, Any]) -> Any:
    """Yield the new response before the old one, where they differ."""
    old = TEMPLATE.format(*(row[f"original-{name}"] for name in PARTS))
    for parts in zip(*(row[f"new-{name}"] for name in PARTS), strict=True):
        new = TEMPLATE.format(*(each["value"] for each in parts))
        if parts[2]["status"] == "submitted" and new != old:
            yield new, old


def dpo(row: dict[str, Any]) -> Any:
    """Yield the prompt, the new response and the old one, where they differ."""
    prompt = TEMPLATE.format(row["original-instruction"], row["original-context"], "")
    for answer in row["new-response"]:
        if answer["status"] == "submitted" and answer["value"] != row["original-response"]:
            yield prompt, answer["value"], row["original-response"]


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return CPU seconds of one run, of all threads, and what it gave."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def stored(count: int, path: Path) -> fw.FeedbackDataset:
    """Return a dataset of pairs in a store, opened anew, each compared and answered in writing by one person."""
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 8))) for _ in range(500)]
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name=name) for name in ("prompt", "a", "b")],
        questions=[fw.PairwiseQuestion(name="better", fields=["a", "b"]), fw.TextQuestion(name="said")],
    ).save("rows", store=path)
    for start in range(0, count, 20_000):
        texts = [
            [" ".join(draw.choices(words, k=size)) for size in (15, 20, 20, 20)]
            for _ in range(min(20_000, count - start))
        ]
        dataset.add_records(
            [
                fw.Record(
                    {"prompt": f"{start + at} {prompt}", "a": one, "b": other},
                    responses=[fw.Response({"better": draw.choice("ab"), "said": said}, "alice")],
                )
                for at, (prompt, one, other, said) in enumerate(texts)
            ]
        )
    return fw.FeedbackDataset.load("rows", store=path)


def status(name: str) -> float:
    """Return a figure of /proc/self/status, in MB (Linux only)."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith(name))) / 1024


def reading(count: int) -> None:
    """Measure reading, by names and with a function."""
    import datasets  # noqa: F401 - its import is no part of any step
    import pyarrow.compute
    import pyarrow.json  # noqa: F401

    compared = {"prompt": "prompt", "responses": ["a", "b"], "preference": "better"}
    tasks = {
        "SFT by names": (fw.TrainingTask.for_supervised_fine_tuning(prompt="prompt", response="said"), 0.4),
        "DPO by names": (fw.TrainingTask.for_direct_preference_optimization(**compared), 0.4),
        "DPO, a function": (
            fw.TrainingTask.for_direct_preference_optimization(
                lambda row: (row["prompt"], row["a"], row["b"])
            ),
            0.13,
        ),
    }
    with tempfile.TemporaryDirectory() as folder:
        dataset = stored(count, Path(folder) / "store.db")
        for name, (task, limit) in tasks.items():
            Path("/proc/self/clear_refs").write_text("5")  # begin a new peak
            before = status("VmRSS")
            seconds, made = cpu(lambda task=task: dataset.prepare_for_training("trl", task))
            speed = len(made) / seconds / 1e6
            print(
                f"{name:16} {len(made)} rows  {seconds:6.2f} CPU s  {speed:.3f} M rows/s  limit {limit}  "
                f"{'ok' if speed >= limit else 'MISSED'}  peak +{status('VmHWM') - before:.0f} MB",
                flush=True,
            )
            del made


def main() -> None:
    """Measure each step `RUNS` times, in turns."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, help="read so many records of a store instead")
    if wanted := parser.parse_args().rows:
        reading(wanted)
        return
    import datasets  # noqa: F401 - its import is no part of any step

    given, taken = records(), {name: list[float]() for name in ARGILLA}
    tasks = {
        "prepare SFT": fw.TrainingTask.for_supervised_fine_tuning(sft),
        "prepare RM": fw.TrainingTask.for_reward_modeling(rm),
        "prepare DPO": fw.TrainingTask.for_direct_preference_optimization(dpo),
    }
    rows = {}
    for _ in range(RUNS):
        seconds, dataset = cpu(lambda: build(given))
        taken["build"].append(seconds)
        taken["format_as"].append(cpu(lambda ds=dataset: ds.format_as("datasets"))[0])
        for name, task in tasks.items():
            seconds, made = cpu(lambda ds=dataset, task=task: ds.prepare_for_training("trl", task))
            taken[name].append(seconds)
            rows[name] = len(made)
    print(f"{COUNT} records, median CPU seconds of {RUNS} runs, Python {sys.version.split()[0]}")
    print(f"{'':12} {'ours':>7} {'argilla':>8} {'times':>6} {'limit':>6}")
    for name, (theirs, limit) in ARGILLA.items():
        ours = statistics.median(taken[name])
        times = theirs / ours
        verdict = "ok" if times >= limit else "MISSED"
        note = f"  {rows[name]} rows" if name in rows else ""
        print(f"{name:12} {ours:7.3f} {theirs:8.2f} {times:6.1f} {limit:6} {verdict}{note}")


if __name__ == "__main__":
    main()
