"""Cluster bootstrap over raters and dialogues, by weights on column sums.

A judgment is a row of a feature matrix, and a statistic is a function of the column sums.
Resampling a cluster then only re-weights its sums. Clusters with equal sums are drawn together,
so the cost depends on the number of distinct patterns, not on the number of judgments.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
#: (resamples, columns) sums -> (resamples, quantities); NaN where a quantity has no value.
Statistic: TypeAlias = Callable[[Floats], Floats]
#: What is resampled. `two-way` adds raters and dialogues; `nested` draws raters, then dialogues.
Clusters: TypeAlias = Literal["two-way", "raters", "dialogues", "nested"]

#: A resample without judgments of one side has no value; above this share there is no interval.
MAX_LOST = 0.1

_CHUNK = 4_000_000


@dataclass(frozen=True)
class Resampling:
    """How intervals are made: what is resampled, how often, from which seed, at which level."""

    clusters: Clusters = "two-way"
    resamples: int = 1000
    seed: int = 0
    level: float = 0.95

    def __str__(self) -> str:
        names = {
            "two-way": "two-way cluster bootstrap (raters and dialogues)",
            "raters": "cluster bootstrap over raters",
            "dialogues": "cluster bootstrap over dialogues",
            "nested": "nested bootstrap (raters, then dialogues)",
        }
        return f"{names[self.clusters]}, {self.resamples} resamples, seed {self.seed}"


#: Two-way, 1,000 resamples, seed 0, 95%: chosen by the coverage table in docs/statistics.md.
DEFAULT = Resampling()


@dataclass(frozen=True)
class Sums:
    """Feature sums of each rater, each dialogue and each cell (one rater on one dialogue).

    The matrices are `scipy.sparse` CSR with one row per cluster and one column per feature;
    `cell_rater[i]` is the row in `raters` of cell i.
    """

    raters: Any
    dialogues: Any
    cells: Any
    cell_rater: Ints

    @property
    def total(self) -> Floats:
        """Sums over all judgments, shape (columns,)."""
        return np.asarray(self.raters.sum(axis=0), dtype=float).ravel()


def column_sums(rater: pd.Series, dialogue: pd.Series, features: Any) -> Sums:
    """Aggregate a (judgments, columns) feature matrix, dense or sparse, to its clusters.

    Clusters are ordered by their ids, so that the order of judgments does not matter.

    >>> ids = pd.Series(["ann", "ann", "bob"])
    >>> column_sums(ids, pd.Series(["x", "y", "x"]), np.array([[1, 0], [0, 1], [1, 0]])).total
    array([2., 1.])
    """
    features = sparse.csr_array(features, dtype=float)
    by_rater, raters = _codes(rater)
    by_dialogue, dialogues = _codes(dialogue)
    pair = by_rater * max(dialogues, 1) + by_dialogue
    pairs, by_cell = np.unique(pair, return_inverse=True)
    return Sums(
        raters=_added(by_rater, raters, features),
        dialogues=_added(by_dialogue, dialogues, features),
        cells=_added(by_cell, len(pairs), features),
        cell_rater=pairs // max(dialogues, 1),
    )


def one_hot_sums(judged: pd.DataFrame, kinds: Ints, count: int) -> Sums:
    """Count judgments (columns rater, dialogue) by kind: each row's code, below `count`."""
    rows = np.arange(len(judged))
    features = sparse.csr_array((np.ones(len(judged)), (rows, kinds)), shape=(len(judged), count))
    return column_sums(judged["rater"], judged["dialogue"], features)


def replicates(clusters: Any, statistic: Statistic, resamples: int, seed: int) -> Floats:
    """The statistic on `resamples` one-way cluster resamples, shape (resamples, quantities).

    `clusters` is one matrix of `Sums`. Each resample draws as many clusters as there are, with
    replacement: Efron and Tibshirani 1993, chapter 8.

    >>> sums = column_sums(pd.Series(list("abcd")), pd.Series(list("wxyz")), np.eye(4))
    >>> replicates(sums.raters, lambda totals: totals.sum(axis=1, keepdims=True), 3, seed=1)
    array([[4.],
           [4.],
           [4.]])
    """
    rng = np.random.default_rng(seed)
    patterns, times = _patterns(clusters, rng)
    chunk = max(1, _CHUNK // max(len(times), clusters.shape[1], 1))
    parts = []
    for start in range(0, resamples, chunk):
        size = min(chunk, resamples - start)
        weights = rng.multinomial(times.sum(), times / times.sum(), size=size)
        parts.append(statistic(_weighted(weights, patterns)))
    return np.concatenate(parts)


def nested_replicates(sums: Sums, statistic: Statistic, resamples: int, seed: int) -> Floats:
    """The statistic on resamples of raters and, within each drawn rater, of that rater's dialogues.

    Shape (resamples, quantities). Davison and Hinkley 1997, section 3.8. This bootstrap counts the
    judgments' own noise twice and ignores that raters share dialogues.
    """
    rng = np.random.default_rng(seed)
    count = sums.raters.shape[0]
    drawn = rng.multinomial(count, np.full(count, 1 / count), size=resamples)
    totals = np.zeros((resamples, sums.cells.shape[1]))
    bounds = np.searchsorted(sums.cell_rater, np.arange(count + 1))
    for rater in range(count):
        cells = sums.cells[bounds[rater] : bounds[rater + 1]]
        patterns, times = _patterns(cells, rng)
        draws = drawn[:, rater] * times.sum()
        totals += _weighted(rng.multinomial(draws, times / times.sum()), patterns)
    return statistic(totals)


def variance(
    sums: Sums, statistic: Statistic, how: Resampling, raters: Ints, dialogues: Ints
) -> tuple[Floats, Floats]:
    """Bootstrap variance of each quantity, and the share of resamples that had a value for it.

    `two-way` is V(raters) + V(dialogues) - V(cells), floored at the larger of the first two:
    Cameron, Gelbach and Miller 2011, with bootstrap variances instead of sandwich estimates.
    `raters` and `dialogues`, shape (quantities,), are the numbers of each behind a quantity: with
    G clusters a bootstrap variance is too small by the factor (G - 1) / G, which is corrected.
    """
    with_raters, with_dialogues = _inflation(raters), _inflation(dialogues)
    if how.clusters == "nested":
        values = nested_replicates(sums, statistic, how.resamples, how.seed)
        spread, share = _spread(values)
        return spread * with_raters, share
    if how.clusters == "raters":
        spread, share = _spread(replicates(sums.raters, statistic, how.resamples, how.seed))
        return spread * with_raters, share
    by_dialogue, share = _spread(replicates(sums.dialogues, statistic, how.resamples, how.seed))
    by_dialogue = by_dialogue * with_dialogues
    if how.clusters == "dialogues":
        return by_dialogue, share
    by_rater, rater_share = _spread(replicates(sums.raters, statistic, how.resamples, how.seed + 1))
    by_rater = by_rater * with_raters
    by_cell, _ = _spread(replicates(sums.cells, statistic, how.resamples, how.seed + 2))
    both = np.maximum(by_rater + by_dialogue - by_cell, np.maximum(by_rater, by_dialogue))
    return both, np.minimum(share, rater_share)


def percentiles(values: Floats, level: float) -> tuple[float, float]:
    """Low and high of the percentile interval of one quantity's replicates, NaN left out.

    >>> percentiles(np.arange(101.0), 0.5)
    (25.0, 75.0)
    """
    tail = 50 * (1 - level)
    low, high = np.nanpercentile(values, [tail, 100 - tail])
    return float(low), float(high)


def _codes(ids: pd.Series) -> tuple[Ints, int]:
    codes, values = pd.factorize(ids, sort=True)
    return codes.astype(np.int64), len(values)


def _added(codes: Ints, count: int, features: Any) -> Any:
    rows = np.arange(len(codes))
    ones = np.ones(len(codes))
    return (sparse.csr_array((ones, (codes, rows)), shape=(count, len(codes))) @ features).tocsr()


def _patterns(clusters: Any, rng: np.random.Generator) -> tuple[Any, Ints]:
    # Equal rows have equal products with a random vector; unequal ones practically never do.
    clusters.sort_indices()
    keys = clusters @ rng.random(clusters.shape[1])
    _, first, times = np.unique(keys, return_index=True, return_counts=True)
    order = np.argsort(first)
    return clusters[first[order]], times[order]


def _weighted(weights: Ints, patterns: Any) -> Floats:
    return np.asarray((patterns.T @ weights.T.astype(float)).T)


def _inflation(clusters: Ints) -> Floats:
    return np.asarray(clusters / np.maximum(clusters - 1, 1), dtype=float)


def _spread(values: Floats) -> tuple[Floats, Floats]:
    there = np.isfinite(values)
    share = there.mean(axis=0)
    counts = np.maximum(there.sum(axis=0), 1)
    filled = np.where(there, values, 0.0)
    means = filled.sum(axis=0) / counts
    squares = (np.where(there, values - means, 0.0) ** 2).sum(axis=0)
    return squares / np.maximum(counts - 1, 1), share
