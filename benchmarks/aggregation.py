"""How near aggregation and agreement come to published figures, and what they cost. `--big` adds a million answers.

The published data lie outside the repository, in `$FEEDBACK_WIDGETS_SHARED/data/dev` or `../shared/data/dev`; without them the speed
alone is measured. Ties go to the option that stands first, here the labels in the order of their names.
"""

from __future__ import annotations

import csv
import gzip
import json
import math
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import feedback_widgets as fw
from feedback_widgets import columns
from feedback_widgets.aggregation import crowd, rules, tally
from feedback_widgets.aggregation.distance import edits, tokens
from feedback_widgets.aggregation.pairs import bradley_terry
from feedback_widgets.aggregation.solving import Solved, from_lists, solve
from feedback_widgets.agreement import coefficients
from feedback_widgets.agreement.judged import from_matrix
from feedback_widgets.columns import Answers

SHARED = Path(os.environ.get("FEEDBACK_WIDGETS_SHARED") or Path(__file__).parents[2] / "shared")
DATA = SHARED / "data" / "dev"
NEAR = 0.3  # points of accuracy
MODELS = ("majority", "majority_weighted", "dawid_skene", "glad", "mace")
# Percent: Zheng et al. 2017 with the outputs in its repository, Snow et al. 2008, crowd-kit's paper (one digit less), and where
# nothing is published (*) a rerun of crowd-kit 1.4.2, whose ties fall otherwise. Dawid-Skene on D_Product: crowd-kit's.
PUBLISHED: dict[str, tuple[str, ...]] = {
    "d_product": ("89.66", "89.7", "94.0", "92.8", "92.9"),
    "d_possent": ("93.2", "95.1", "96.00", "94.8", "95.0"),
    "rte_snow": ("91.88", "91.88*", "92.75", "92.50*", "91.50*"),
    "s_dog": ("81.78", "82.90*", "84.26", "83.52", "83.02*"),
    "weather_cf": ("90.00", "89.00*", "83.00*", "88.00*", "88.33*"),
    "weather_cf_amt": ("84.67", "85.67*", "84.00*", "85.33*", "85.67*"),
}
# Argilla 1.29.1 on two busy cores, seconds of CPU: the majority of 15,000 records by three, and alpha over their answers.
ARGILLA = {"majority": 0.22, "alpha": 8.07}


class Crowd(NamedTuple):
    """A published set: everybody's answers, and what is true by record."""

    answers: Answers
    labels: list[str]
    truth: dict[str, str]


def table(name: str) -> list[list[str]]:
    """Return the lines of a published table, without its head."""
    with gzip.open(DATA / f"{name}.csv.gz", "rt", encoding="utf-8") as lines:
        return list(csv.reader(lines))[1:]


def read(name: str) -> Crowd:
    """Read a published set."""
    lines = table(f"{name}.answers")
    tasks, people, labels = zip(*lines, strict=True)
    return Crowd(
        from_lists(tasks, people, labels),
        sorted(set(labels)),
        {line[0]: line[1] for line in table(f"{name}.truth")},
    )


def true_ones(given: Crowd, solved: Solved) -> list[tuple[Any, str]]:
    """Return (value, truth) of each record whose truth is known."""
    ids = [solved.answers.records[at] for at in solved.groups.record.tolist()]
    pairs = zip(ids, solved.values, strict=True)
    return [(value, given.truth[each]) for each, value in pairs if each in given.truth]


def accuracy(given: Crowd, strategy: str, seed: int | None = None) -> float:
    """Return the percentage of records whose value is the true one."""
    found = true_ones(given, solve(given.answers, "label_selection", given.labels, strategy, seed=seed))
    return 100 * sum(value == true for value, true in found) / len(found)


def line(what: str, ours: float, theirs: str, limit: float, digits: int = 2) -> None:
    """Print one figure beside the published one, at once: some take a minute."""
    away = abs(ours - float(theirs.rstrip("*")))
    said = "ok" if away <= limit + 1e-9 else "MISSED"
    print(f"{what:58} {ours:9.{digits}f} {theirs:>9}   {f'({said})' if '*' in theirs else said}", flush=True)


def crowds() -> None:
    """Print the accuracies of labels."""
    print(f"\naccuracy in percent, limit {NEAR}; * a rerun, not a published figure: ( ) holds nobody to it")
    for name, figures in PUBLISHED.items():
        given = read(f"crowd_{name}")
        for strategy, theirs in zip(MODELS, figures, strict=True):
            line(f"{name}, {strategy}", accuracy(given, strategy), theirs, NEAR)
    line("rte_snow, majority, ties drawn (200 seeds)", drawn(read("crowd_rte_snow")), "89.69", NEAR)
    line(
        "d_product, dawid_skene as Zheng et al. ran it", twenty_turns(read("crowd_d_product")), "93.66", NEAR
    )


def drawn(given: Crowd) -> float:
    """Return the mean accuracy of majorities whose ties are drawn."""
    return float(np.mean([accuracy(given, "majority", seed) for seed in range(200)]))


def twenty_turns(given: Crowd) -> float:
    """Return Dawid-Skene's accuracy where everybody is right in seven of ten at first, and turns end at the twentieth."""
    grouped = tally.groups(given.answers.record)
    place = np.array([given.labels.index(each) for each in given.answers.values])
    said, count = place[given.answers.value], len(given.labels)
    votes = tally.counts(grouped.each(), said, count)
    start = np.exp((votes - votes.max(axis=1, keepdims=True)) * math.log(0.7 / (0.3 / (count - 1))))
    belief = crowd.dawid_skene(grouped, given.answers.user, said, count, start=start, turns=19)
    found = zip(grouped.record.tolist(), belief.argmax(axis=1).tolist(), strict=True)
    right = [given.labels[best] == given.truth[given.answers.records[at]] for at, best in found]
    return 100 * sum(right) / len(right)


def emotions() -> None:
    """Print the errors of mean ratings."""
    print("\nN_Emotion")
    given = read("crowd_n_emotion")
    answers = given.answers._replace(values=[float(each) for each in given.answers.values])
    for strategy, figures in {"mean": ("12.02", "17.84"), "median": ("13.53", "21.26*")}.items():
        found = true_ones(given, solve(answers, "rating", [], strategy))
        away = np.array([value - float(true) for value, true in found])
        line(f"{strategy}, mean absolute error", float(np.abs(away).mean()), figures[0], 0.005)
        line(f"{strategy}, root of the mean square", float(np.sqrt((away**2).mean())), figures[1], 0.005)


def texts() -> None:
    """Print word error rates: lower-cased words and marks, as `tokens` cuts them."""
    print("\nCrowdWSA T1, mean word error rate (lower-cased, each mark a word of its own)")
    given = read("texts_crowdwsa_T1")

    def error(pairs: Sequence[tuple[str, str]]) -> float:
        cut = [(tokens(value), tokens(true)) for value, true in pairs]
        return float(np.mean([edits(value, true) / len(true) for value, true in cut]))

    by = {
        each: error(true_ones(given, solve(given.answers, "text", [], each)))
        for each in ("rover", "rasa", "medoid", "longest")
    }
    every = zip(given.answers.record.tolist(), given.answers.value.tolist(), strict=True)
    pairs = [(given.answers.values[at], given.truth[given.answers.records[record]]) for record, at in every]
    by["any answer"] = error(pairs)
    for name, found in by.items():
        print(f"{name:58} {found:9.3f}")
    best = min(by["rover"], by["rasa"])
    said = "ok" if best < min(by["medoid"], by["any answer"]) else "MISSED"
    print(f"{'the best model beats the medoid and any answer':58} {said:>22}")


def worked() -> None:
    """Print the worked examples of agreement and of comparisons."""
    print("\nworked examples, limit 0.001")
    examples = json.loads((DATA / "worked_examples.json").read_text("utf-8"))
    for each in examples["krippendorff_alpha"]:
        for level, expected in each["expected"].items():
            found = coefficients.krippendorff(each["raters_x_units"], level)
            line(f"alpha, {each['name'][:38]}, {level}", found, f"{expected:.4f}", 1e-3, 4)
    for each in examples["cohen_kappa"]:
        line(
            f"Cohen, {each['name']}",
            coefficients.cohen(each["confusion"]),
            f"{each['expected']:.4f}",
            1e-3,
            4,
        )
    for each in examples["bradley_terry"]:
        strength = bradley_terry(each["wins"])
        strength = strength - strength[each["items"].index(each["reference"])]
        for name, found, expected in zip(each["items"], strength, each["expected_log_ability"], strict=True):
            line(f"Bradley-Terry, {name}", float(found), f"{expected:.4f}", 1e-3, 4)


def pandalm() -> None:
    """Print what PandaLM's annotators agree on; the data are its development half, so the figures are of that half."""
    print("\nPandaLM, development half (the full set, not here: .852 .879 .862)")
    with gzip.open(DATA / "pref_pandalm_3annotators.jsonl.gz", "rt", encoding="utf-8") as lines:
        votes = [json.loads(each)["votes"] for each in lines]
    judged = from_matrix(list(zip(*votes, strict=True)))
    for two, expected in zip(coefficients.between(judged), ("0.845", "0.879", "0.844"), strict=True):
        line(f"Cohen's kappa, annotators {two.one} and {two.other}", two.kappa, expected, 1e-3, 3)


# -- speed ----------------------------------------------------------------------------------------------------------


def cpu(work: Callable[[], Any], times: int = 1) -> float:
    """Return the median seconds of CPU of a piece of work."""
    found = []
    for _ in range(times):
        start = resource.getrusage(resource.RUSAGE_SELF)
        work()
        end = resource.getrusage(resource.RUSAGE_SELF)
        found.append(end.ru_utime - start.ru_utime + end.ru_stime - start.ru_stime)
    return float(np.median(found))


def three_each(records: int) -> fw.FeedbackDataset:
    """Return a dataset of that many records, each answered by three people, who differ in one of four."""
    draw = random.Random(0)
    labels, people = ["a", "b", "c"], [f"person-{at}" for at in range(9)]
    dataset = fw.FeedbackDataset(
        fields=[fw.TextField(name="text")], questions=[fw.LabelQuestion(name="label", labels=labels)]
    )

    def made() -> Iterator[fw.Record]:
        for at in range(records):
            true = draw.choice(labels)
            said = [true if draw.random() < 0.75 else draw.choice(labels) for _ in range(3)]
            responses = [
                fw.Response({"label": each}, people[(at + turn) % 9]) for turn, each in enumerate(said)
            ]
            yield fw.Record({"text": f"text number {at}"}, responses=responses)

    dataset.add_records(made())
    return dataset


def afresh() -> None:
    """Let nothing be known from before."""
    columns._known.clear()  # the cache of its own room


def beside_argilla() -> None:
    """Print the times of 15,000 records answered by three, beside Argilla's."""
    print("\nseconds of CPU, 15,000 records x 3 answers; Argilla 1.29.1 as measured on two busy cores")
    dataset = three_each(15_000)

    def majority() -> None:
        dataset.compute_unified_responses("label", "majority")

    def first() -> None:
        afresh()
        majority()

    def alpha() -> None:
        afresh()
        dataset.compute_agreement_metrics("alpha", "label")

    def bare() -> None:
        with dataset.store.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT seq, record_id, user_id, answers FROM response_event")
            list(rows.cursor)

    print(f"{'':44} {'here':>8} {'Argilla':>8} {'times':>6}")
    for name, ours, theirs, least in (
        ("majority, answers read from the store", cpu(first, 5), ARGILLA["majority"], 10),
        ("majority, answers known", cpu(majority, 5), ARGILLA["majority"], 10),
        ("alpha, answers read from the store", cpu(alpha, 5), ARGILLA["alpha"], 50),
    ):
        times = theirs / max(ours, 1e-6)
        said = "ok" if times >= least else "MISSED"
        print(f"{name:44} {ours:8.4f} {theirs:8.2f} {times:6.0f}   at least {least}: {said}")
    print(f"{'those answers fetched from SQLite, no more':44} {cpu(bare, 5):8.4f}")


def many(count: int) -> tuple[tally.Groups, Any, Any]:
    """Return so many answers of 400 people, five to a record, of four labels."""
    chance = np.random.default_rng(0)
    record = np.repeat(np.arange(count // 5), 5)
    truth = chance.integers(0, 4, count // 5)[record]
    label = np.where(chance.random(len(record)) < 0.7, truth, chance.integers(0, 4, len(record)))
    return tally.groups(record), chance.integers(0, 400, len(record)), label


def models_alone(size: int) -> None:
    """Print what the models cost for so many answers."""
    grouped, user, label = many(size)
    skene = cpu(lambda: crowd.dawid_skene(grouped, user, label, 4))
    knows = cpu(lambda: crowd.mace(grouped, user, label, 4))
    most = cpu(lambda: tally.majority(grouped, label, 4))
    said = f"   at most 5: {'ok' if skene <= 5 else 'MISSED'}" if size == 98_000 else ""
    print(f"{size:>9}  majority {most:7.3f}  dawid_skene {skene:7.3f}  mace {knows:7.3f}{said}")


def whole_way(records: int) -> None:
    """Print what three answers to so many records cost, the reading included; the second figures find them read."""
    dataset = three_each(records)
    afresh()
    first = cpu(lambda: dataset.aggregate("label"))
    again = cpu(lambda: dataset.aggregate("label", "dawid_skene"))
    figures = cpu(lambda: dataset.compute_agreement_metrics("alpha", "label"))
    print(f"{3 * records:>9}  aggregate {first:7.3f}  dawid_skene {again:7.3f}  alpha {figures:7.3f}")


def growing(*, big: bool) -> None:
    """Print how cost grows."""
    import pandas  # noqa: F401 - its import is no part of any step

    print("\nseconds of CPU by number of answers: the models alone, then through a dataset in memory")
    for size in (10_000, 98_000, 100_000, 1_000_000):
        models_alone(size)
    for records in (3_333, 33_333, 333_333)[: 3 if big else 2]:
        whole_way(records)


def main() -> None:
    """Print everything."""
    print(
        f"load average {os.getloadavg()[0]:.1f}; {time.strftime('%Y-%m-%d')}; {len(rules.RULES)} types of question"
    )
    if DATA.is_dir():
        for each in (crowds, emotions, texts, worked, pandalm):
            each()
    else:
        print(f"no published data at {DATA}")
    beside_argilla()
    growing(big="--big" in sys.argv)


if __name__ == "__main__":
    main()
