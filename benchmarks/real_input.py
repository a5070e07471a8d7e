"""Real texts through the whole loop: 1,000 preference pairs and 1,000 demonstrations, added, answered and trained on.

    python benchmarks/real_input.py

Data: `$FEEDBACK_WIDGETS_DATA`, default `../shared/data/dev` beside the repository. Without it the script says so and is done.
Prints one table: records, rows, seconds per stage, and the process's peak memory.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # read once, when torch is imported

import gzip
import itertools
import json
import math
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import feedback_widgets as fw

DATA = Path(os.environ.get("FEEDBACK_WIDGETS_DATA") or Path(__file__).parents[2] / "shared" / "data" / "dev")
COUNT = 1_000
ANSWERED = 1_000
STEPS = 20


class Clock(dict[str, float]):
    """Seconds per stage."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self[name] = time.perf_counter() - start


def read(name: str) -> list[dict[str, str]]:
    """Return the first lines of a file."""
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in itertools.islice(lines, COUNT)]


def preferences() -> tuple[fw.FeedbackDataset, list[dict[str, str]], dict[str, str]]:
    """Return an empty dataset, its records with the sides shuffled, and the side that is better by prompt and texts."""
    fields = [fw.TextField(name="prompt"), *(fw.TextField(name=f"response-{side}") for side in (1, 2))]
    dataset = fw.FeedbackDataset(
        fields=fields, questions=[fw.RankingQuestion(name="ranking", values=["response-1", "response-2"])]
    )
    draw, records, best = random.Random(0), [], {}
    for line in read("pref_hh_harmless.jsonl.gz"):
        better = draw.choice(["response-1", "response-2"])
        worse = "response-2" if better == "response-1" else "response-1"
        records.append({"prompt": line["prompt"], better: line["chosen"], worse: line["rejected"]})
        best[fw.Record(fields=records[-1]).id] = better
    return dataset, records, best


def learn_preferences(clock: Clock, folder: Path) -> fw.FeedbackTrainer:
    """Rank pairs at a desk, then train a reward model."""
    dataset, records, best = preferences()
    with clock.stage("add"):
        dataset.add_records(records)
        dataset.save("preferences", store=folder / "feedback.db")
    desk = dataset.annotate(user="script")
    with clock.stage("answer"):
        for record in dataset.records[:ANSWERED]:
            better = best[record.id]
            worse = "response-2" if better == "response-1" else "response-1"
            desk.respond(record.id, {"ranking": [better, worse]})
    task = fw.TrainingTask.for_reward_modeling(
        prompt="prompt", responses=["response-1", "response-2"], preference="ranking"
    )
    return train(clock, dataset, task, folder / "reward", learning_rate=1e-3)


def learn_demonstrations(clock: Clock, folder: Path) -> fw.FeedbackTrainer:
    """Correct completions at a desk, then fine-tune on them."""
    lines = read("demo_p3_t0_sample.jsonl.gz")
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="prompt"), fw.TextField(name="completion", required=False)],
        questions=[fw.TextQuestion(name="corrected")],
    )
    with clock.stage("add"):
        dataset.add_records([{"prompt": each["prompt"], "completion": each["completion"]} for each in lines])
        dataset.save("demonstrations", store=folder / "feedback.db")
    desk = dataset.annotate(user="script")
    with clock.stage("answer"):
        for record in dataset.records[:ANSWERED]:
            text = (record.fields["completion"] or "").strip()
            if text:
                desk.respond(record.id, {"corrected": text})
            else:
                desk.respond(record.id, {}, status="discarded")  # nothing to learn from a blank
    task = fw.TrainingTask.for_supervised_fine_tuning(prompt="prompt", response="corrected")
    return train(clock, dataset, task, folder / "tuned", learning_rate=3e-3)


def train(
    clock: Clock, dataset: fw.FeedbackDataset, task: fw.TrainingTask, folder: Path, learning_rate: float
) -> fw.FeedbackTrainer:
    """Train a few steps of a tiny model that knows these texts' words."""
    with clock.stage("tiny model"):
        texts = [text for record in dataset.records for text in record.fields.values() if text]
        base = fw.tiny.model(texts, path=folder / "base", vocab_size=2048)
    with clock.stage("train"):
        trainer = fw.FeedbackTrainer(dataset, task, framework="trl", model=base, train_size=0.9)
        trainer.update_config(max_steps=STEPS, learning_rate=learning_rate, logging_steps=5)
        trainer.train(output_dir=folder)
    return trainer


def main() -> int:
    """Run both, and print the table."""
    if not DATA.is_dir():
        print(f"there is no {DATA}: nothing to do (set FEEDBACK_WIDGETS_DATA)")
        return 0
    table = []
    with tempfile.TemporaryDirectory() as place:
        for name, learn in [
            ("pref_hh_harmless", learn_preferences),
            ("demo_p3_t0_sample", learn_demonstrations),
        ]:
            clock = Clock()
            trainer = learn(clock, Path(place))
            empty = sum(not all(record.fields.values()) for record in trainer.dataset)
            table.append((name, len(trainer.dataset), empty, trainer.report, clock, trainer.history))
    print()
    for name, records, empty, report, clock, history in table:
        losses = [log["loss"] for log in history if "loss" in log]
        print(f"{name}: {records} records, {empty} with an empty text; {report}")
        print("  " + "  ".join(f"{stage} {seconds:.2f} s" for stage, seconds in clock.items()))
        print(f"  loss {losses[0]:.3f} -> {losses[-1]:.3f} in {STEPS} steps")
        if not all(map(math.isfinite, losses)):
            print("  a loss is not a number: this run has failed")
            return 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1024**2 if sys.platform == "darwin" else 1024
    )
    print(f"peak memory {peak:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
