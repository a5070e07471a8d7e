"""Models of a crowd: who can be trusted, and what is then the label. All of them work on numbers, for all records at once.

Dawid-Skene, MACE and the weighted majority are ours: quick, without a library, and the same whatever people are called. GLAD
comes from crowd-kit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_widgets.aggregation.tally import Groups, counts, majority, mean_by
from feedback_widgets.errors import require

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Floats = NDArray[np.float64]

STEPS, TOLERANCE, LEAST = 100, 1e-5, 1e-10
PAPER = 50  # turns of MACE


def weighted(grouped: Groups, user: Numbers, label: Numbers, labels: int, seed: int | None = None) -> Floats:
    """Weigh each annotator by their agreement with the majority (Wawa: worker agreement with aggregate).

    Returns:
        A table of records by labels: the share of the weights. A record whose annotators all have no weight is left to
        the plain majority.
    """
    each = grouped.each()
    first = majority(grouped, label, labels, seed=seed).label
    skill = mean_by(user, (first[each] == label).astype(np.float64), int(user.max()) + 1)
    votes = counts(each, label, labels, skill[user])
    nobody = votes.sum(axis=1) <= 0
    if nobody.any():
        votes[nobody] = counts(each, label, labels)[nobody]
    shares: Floats = votes / votes.sum(axis=1, keepdims=True)
    return shares


def dawid_skene(
    grouped: Groups,
    user: Numbers,
    label: Numbers,
    labels: int,
    *,
    start: Floats | None = None,
    turns: int | None = None,
) -> Floats:
    """Estimate everybody's table of confusion and the labels by turns (Dawid and Skene 1979).

    It starts from the shares of the votes, and takes no prior beliefs. It stops when the bound of the likelihood, by answer,
    rises by less than 1e-5, or after 100 turns: with few answers to learn from, people's tables only fit themselves
    from then on. Memory: a number for each line and label.

    Args:
        grouped: lines by record.
        user: each line's annotator.
        label: each line's label.
        labels: how many labels there are.
        start: a table of records by labels to start from; default: the shares of the votes.
        turns: take exactly so many, as some published figures did.

    Returns:
        A table of records by labels: the probability of each.
    """
    each = grouped.each()
    # What somebody said for nothing has no row: with many labels most of them.
    said, pair = np.unique(user * labels + label, return_inverse=True)
    speaker = np.unique(said // labels, return_inverse=True)[1]
    in_pairs = each[np.argsort(pair, kind="stable")]
    by_pair = np.flatnonzero(np.diff(np.sort(pair), prepend=-1))
    by_user = np.flatnonzero(np.diff(speaker, prepend=-1))

    def learn() -> tuple[Floats, Floats, Floats]:
        """Return the logarithms of how frequent each label is, and of everybody's confusion, from what is believed now."""
        sums = np.add.reduceat(belief[in_pairs], by_pair)
        table = np.maximum(sums, LEAST)
        table /= np.add.reduceat(table, by_user)[speaker]
        return np.log(np.maximum(belief.mean(axis=0), LEAST)), np.log(table), sums

    belief = counts(each, label, labels) if start is None else np.array(start, np.float64)
    belief /= belief.sum(axis=1, keepdims=True)
    bound = -np.inf
    prior, table, _ = learn()
    for _ in range(STEPS if turns is None else turns):
        seen = prior + np.add.reduceat(table[pair], grouped.start)
        belief = np.exp(seen - seen.max(axis=1, keepdims=True))
        belief /= belief.sum(axis=1, keepdims=True)
        prior, table, sums = learn()
        unsure = -(belief * np.log(np.maximum(belief, LEAST))).sum()
        before, bound = bound, ((sums * table).sum() + (grouped.size @ belief) @ prior + unsure) / len(each)
        if turns is None and bound - before < TOLERANCE:
            break
    return belief


def mace(grouped: Groups, user: Numbers, label: Numbers, labels: int) -> Floats:
    """Estimate how often everybody knows the label rather than guesses, and the labels by turns (Hovy et al. 2013).

    Whoever guesses hits every label alike. Competence has the paper's prior, Beta(1/2, 1/2), and its variational update; it starts
    at 1/2 for everybody, so no chance is in it, and takes the paper's 50 turns. Why guesses are not learned for each annotator:
    docs/decisions.

    Returns:
        A table of records by labels: the probability of each.
    """
    each, users = grouped.each(), int(user.max()) + 1
    given = np.bincount(user, minlength=users)
    knows, guesses = np.full(users, 0.5), np.full(users, 0.5)
    cells = each * labels + label
    for _ in range(PAPER):
        chance = np.maximum(guesses[user] / labels, LEAST)
        hit = knows[user] + chance
        seen = np.bincount(cells, np.log(hit / chance), len(grouped.record) * labels).reshape(-1, labels)
        belief = np.exp(seen - seen.max(axis=1, keepdims=True))
        belief /= belief.sum(axis=1, keepdims=True)
        knew = np.bincount(user, belief[each, label] * knows[user] / hit, users).astype(np.float64)
        whole = _typical(given + 1.0)
        knows, guesses = _typical(knew + 0.5) / whole, _typical(given - knew + 0.5) / whole
    found: Floats = belief
    return found


def _typical(count: NDArray[np.floating[Any]]) -> Floats:
    """Return e to the digamma of each count: what variational updates put in the place of the count itself."""
    # Above 6 the asymptotic series is exact to nine digits; below, the recurrence leads there.
    shift, more = np.zeros(count.shape), np.array(count, np.float64)
    for _ in range(6):
        shift -= 1 / more
        more += 1
    square = 1 / (more * more)
    found: Floats = np.exp(
        shift + np.log(more) - 0.5 / more - square * (1 / 12 - square * (1 / 120 - square / 252))
    )
    return found


def glad(grouped: Groups, user: Numbers, label: Numbers, labels: int) -> Floats:
    """Run GLAD (Whitehill et al. 2009), and return a table of records by labels.

    Raises:
        MissingExtra: crowd-kit is not installed.
    """
    models, pd = require("crowdkit.aggregation", "crowd"), require("pandas", "data")
    lines = pd.DataFrame({"task": grouped.each(), "worker": user, "label": label})
    model: Any = models.GLAD()
    found = model.fit_predict_proba(lines)
    found = found.reindex(index=range(len(grouped.record)), columns=range(labels), fill_value=0.0)
    table: Floats = found.to_numpy(dtype=np.float64)
    return table
