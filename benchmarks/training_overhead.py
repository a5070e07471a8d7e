"""CPU seconds of a training through FeedbackTrainer, beside the plain TRL script that does the same. Limit: 1.02 times.

Both start from the same answers, train with the same settings and save the model. Ours reads the answers from a store, checks
and splits nothing, and writes the run down; the script has its rows in a list already. In turns, median of `--runs`.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read once, when torch is imported
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import contextlib
import io
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import feedback_widgets as fw

LIMIT = 1.02
NAMES = {"prompt": "prompt", "responses": ["a", "b"], "preference": "better"}
KINDS = ("SFT", "Reward", "DPO")


def answered(count: int, store: Path) -> fw.FeedbackDataset:
    """Make a dataset of pairs, each with a preference and a text of its annotator."""
    draw = random.Random(0)
    words = ["".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=draw.randint(2, 8))) for _ in range(500)]

    def text(size: int) -> str:
        return " ".join(draw.choices(words, k=size))

    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name=name) for name in ("prompt", "a", "b")],
        questions=[fw.PairwiseQuestion(name="better", fields=["a", "b"]), fw.TextQuestion(name="said")],
    )
    dataset.add_records(
        [
            fw.Record(
                {"prompt": f"{text(8)}?", "a": text(10), "b": text(10)},
                responses=[fw.Response({"better": draw.choice("ab"), "said": text(10)}, "alice")],
            )
            for _ in range(count)
        ]
    )
    return dataset.save("pairs", store=store)


def settings(steps: int, batch: int) -> dict[str, Any]:
    """Return what both sides are told."""
    return {
        "max_steps": steps, "per_device_train_batch_size": batch, "learning_rate": 1e-4, "logging_steps": 10, "seed": 0,
        "max_length": 256,
    }  # fmt: skip


def rows_of(dataset: fw.FeedbackDataset, kind: str) -> list[dict[str, Any]]:
    """Return the training rows as a list, which the plain script begins with."""
    rows: list[dict[str, Any]] = dataset.prepare_for_training("trl", task_of(kind)).to_list()
    for row in rows:
        for name in row:
            row[name] = row[name] if name == "prompt" else " " + row[name]
    return rows


def task_of(kind: str) -> fw.TrainingTask:
    """Return the task that TRL's trainer of this kind learns."""
    if kind == "SFT":
        return fw.TrainingTask.for_supervised_fine_tuning(prompt="prompt", response="said")
    if kind == "Reward":
        return fw.TrainingTask.for_reward_modeling(**NAMES)
    return fw.TrainingTask.for_direct_preference_optimization(**NAMES)


def plain(kind: str, rows: list[dict[str, Any]], model: str, folder: Path, given: dict[str, Any]) -> Any:
    """Do what the documentation of TRL shows."""
    import datasets
    import torch
    import trl

    on_gpu = torch.cuda.is_available()
    config = getattr(trl, f"{kind}Config")(
        str(folder), bf16=on_gpu, use_cpu=not on_gpu, activation_checkpointing=False, report_to="none", save_strategy="no",
        disable_tqdm=True, **given,
    )  # fmt: skip
    data = datasets.Dataset.from_list(rows)
    native = getattr(trl, f"{kind}Trainer")(model, args=config, train_dataset=data)
    native.train()
    native.save_model(str(folder))
    return native


def wrapped(
    kind: str, dataset: fw.FeedbackDataset, model: str, folder: Path, given: dict[str, Any], **more: Any
) -> Any:
    """Do the same with ours."""
    trainer = fw.FeedbackTrainer(dataset, task_of(kind), framework="trl", model=model, **given, **more)
    trainer.train(output_dir=folder)
    return trainer.trainer


def measured(work: Any, *given: Any) -> float:
    """Return the CPU seconds of one run, all threads together; what it prints is kept quiet."""
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        work(*given)
    return time.process_time() - start


def main() -> None:
    """Measure both in turns."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--records", type=int, default=1500)
    given = parser.parse_args()
    told = settings(given.steps, 16)
    print(
        f"{given.steps} steps of 16 rows, median CPU seconds of {given.runs} runs in turns, load {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory() as where:
        folder = Path(where)
        dataset = answered(given.records, folder / "store.db")
        model = fw.tiny.model([each.fields["prompt"] for each in dataset], path=folder / "base")
        for kind in KINDS:
            rows = rows_of(dataset, kind)
            sides: dict[str, list[float]] = {"plain": [], "ours": []}
            measured(plain, kind, rows, model, folder / "warm", {**told, "max_steps": 1})
            for turn in range(given.runs):
                # Folders of their own, so that nothing is found again that was computed before.
                sides["plain"].append(
                    measured(plain, kind, rows, model, folder / f"plain-{kind}-{turn}", told)
                )
                sides["ours"].append(
                    measured(wrapped, kind, dataset, model, folder / f"ours-{kind}-{turn}", told)
                )
            bare, ours = (statistics.median(sides[side]) for side in ("plain", "ours"))
            verdict = "ok" if ours / bare <= LIMIT else "MISSED"
            print(
                f"{kind:7} plain {bare:7.2f}  ours {ours:7.2f}  ratio {ours / bare:.3f}  limit {LIMIT}  {verdict}",
                flush=True,
            )


if __name__ == "__main__":
    main()
