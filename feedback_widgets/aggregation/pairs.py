"""Strengths out of comparisons: Bradley and Terry's model, for one table of wins or for many at once."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from feedback_widgets.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.int64]

STEPS, TOLERANCE = 200, 1e-10
TURNS, SETTLED = 100, 1e-4  # of the noisy model: its turns, and what trust moves at the last
PRIOR = 0.5  # of a single record: half a win and half a loss against a middling response


class Comparison(NamedTuple):
    """One annotator said of a record's two options that one is better: `won` is 1, 0, or 0.5 for a tie."""

    left: int
    right: int
    won: float


def bradley_terry(wins: ArrayLike, prior: float = 0.0) -> Floats:
    """Return the logarithms of the strengths that make a table of wins most likely; their mean is 0.

    Args:
        wins: `wins[i][j]` counts how often i beat j; a tie is half a win for each. Also many tables at once, `(…, n, n)`.
        prior: so many wins and losses of each against one of strength 0, which keeps the strength of somebody who always or
            never won finite.

    Returns:
        An array `(…, n)`; the odds that i beats j are `exp(strength[i] - strength[j])`.

    Raises:
        InvalidInput: not a square table of numbers from 0; or without a prior: some never lost to the others, or were never
            compared with them, so that no finite strength is the most likely.

    >>> strength = bradley_terry([[0, 3], [1, 0]])
    >>> round(float(np.exp(strength[0] - strength[1])), 6)
    3.0
    """
    table = np.asarray(wins, dtype=np.float64)
    if (
        table.ndim < 2
        or table.shape[-1] != table.shape[-2]
        or not np.isfinite(table).all()
        or (table < 0).any()
    ):
        raise InvalidInput(
            f"wins must be a square table of numbers from 0, wins[i][j] = how often i beat j; got the shape {table.shape}"
        )
    size = table.shape[-1]
    if prior <= 0 and not _connected(table):
        raise InvalidInput(
            "some never lost to the others, or were never compared with them, so their strength has no bound: give prior=0.5"
        )
    table = table * (1 - np.eye(size))
    met = table + np.swapaxes(table, -1, -2)
    won = table.sum(axis=-1) + prior
    strength = np.zeros(table.shape[:-1])
    for _ in range(STEPS):  # Newton's method; the likelihood is concave
        chance = 1 / (1 + np.exp(strength[..., None, :] - strength[..., :, None]))
        alone = 1 / (1 + np.exp(-strength))
        slope = won - (met * chance).sum(axis=-1) - 2 * prior * alone
        curve = met * chance * (1 - chance)
        bend = np.eye(size) * (curve.sum(axis=-1) + 2 * prior * alone * (1 - alone))[..., None] - curve
        if prior <= 0:
            bend = bend + 1 / size  # the strengths count from their mean
        step = np.clip(np.linalg.solve(bend, slope[..., None])[..., 0], -2, 2)
        strength = strength + step
        if np.abs(step).max(initial=0) < TOLERANCE:
            break
    centred: Floats = strength - strength.mean(axis=-1, keepdims=True)
    return centred


def _connected(table: Floats) -> bool:
    """Tell whether everybody beat everybody else, directly or through others."""
    reached = (table > 0) | np.eye(table.shape[-1], dtype=bool)
    for _ in range(int(table.shape[-1]).bit_length()):
        reached = (reached.astype(np.float64) @ reached.astype(np.float64)) > 0
    return bool(reached.all())


def comparisons(kind: str, value: Any, options: Sequence[Any]) -> Iterator[Comparison]:
    """Yield what a ranking or a preference says about each two of the options, which are given by their places."""
    place = {each: at for at, each in enumerate(options)}
    if kind == "pairwise":
        choice = value["choice"]
        for left, right in combinations(range(len(options)), 2):
            if choice in (options[left], options[right]):
                yield Comparison(left, right, float(choice == options[left]))
            elif choice not in place:  # a tie, or both bad; what stands below a third is not told
                yield Comparison(left, right, 0.5)
        return
    known = [each for each in value if each["value"] in place]
    for one, other in combinations(known, 2):
        won = 0.5 if one["rank"] == other["rank"] else float(one["rank"] < other["rank"])
        yield Comparison(place[one["value"]], place[other["value"]], won)


def by_record(each: Numbers, said: Sequence[Sequence[Comparison]], records: int, options: int) -> Floats:
    """Return the strengths of the options of each record.

    Args:
        each: each line's record.
        said: each line's comparisons.
        records: how many records there are.
        options: how many options a record has.
    """
    wins = np.zeros((records, options, options))
    for record, found in zip(each.tolist(), said, strict=True):
        for left, right, won in found:
            wins[record, left, right] += won
            wins[record, right, left] += 1 - won
    return bradley_terry(wins, PRIOR) if records else np.zeros((0, options))


def by_record_noisy(
    each: Numbers, user: Numbers, said: Sequence[Sequence[Comparison]], records: int, options: int
) -> Floats:
    """Do what `by_record` does, where each annotator compares with some chance and guesses otherwise (noisy Bradley-Terry).

    By turns: how probable it is that a comparison was no guess, how far each annotator can be trusted, and the strengths with
    comparisons weighed so. Ties count for strengths alone. crowd-kit's model of this name is not used: on a handful of records
    its numbers overflow, and what comes out then is arbitrary.
    """
    flat = [
        (record, who, *one)
        for record, who, found in zip(each.tolist(), user.tolist(), said, strict=True)
        for one in found
    ]
    if not flat:
        return np.zeros((records, options))
    record, who, left, right = (np.array(column, np.int64) for column in list(zip(*flat, strict=True))[:4])
    won = np.array([line[4] for line in flat])
    users, decided = int(who.max()) + 1, won != 0.5
    honest, strength, before = np.ones(len(flat)), np.zeros((records, options)), np.ones(users)
    for _ in range(TURNS):
        wins = np.zeros((records, options, options))
        np.add.at(wins, (record, left, right), honest * won)
        np.add.at(wins, (record, right, left), honest * (1 - won))
        strength = bradley_terry(wins, PRIOR)
        trust = (np.bincount(who, honest * decided, users) + 1) / (np.bincount(who, decided, users) + 2)
        ahead = (strength[record, left] - strength[record, right]) * np.where(won > 0.5, 1, -1)
        meant = trust[who] / (1 + np.exp(-ahead))
        honest = np.where(decided, meant / (meant + (1 - trust[who]) / 2), trust[who])
        if np.abs(trust - before).max() < SETTLED:
            break
        before = trust
    return strength
