"""Correlation of a metric with people's judgments, at turn, dialogue and system level.

A point is a unit (a turn, a dialogue or a system) with the mean of people's judgments and the
metric's score. Columns of a frame of points: unit, dialogue, system, human, score (numbers).
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from backend.statistics.bootstrap import DEFAULT, MAX_LOST, Floats, Resampling, percentiles
from backend.statistics.columns import complete
from backend.statistics.estimate import Estimate

Coefficient: TypeAlias = Literal["pearson", "spearman", "kendall"]
COEFFICIENTS: tuple[Coefficient, ...] = ("pearson", "spearman", "kendall")

Level: TypeAlias = Literal["turn", "dialogue", "system"]
LEVELS: tuple[Level, ...] = ("turn", "dialogue", "system")

#: Minimum number of points for a correlation.
FEWEST = 3

#: Maximum number of points for which Kendall's tau is resampled: more take minutes.
KENDALL = 1500

_MADE: dict[Coefficient, str] = {
    "pearson": "Pearson r",
    "spearman": "Spearman rho, midranks",
    "kendall": "Kendall tau-b (scipy)",
}
#: Maximum count of numbers in one chunk of resamples.
_CHUNK = 4_000_000

Ints: TypeAlias = NDArray[np.int64]


def coefficient(kind: Coefficient, human: Floats, score: Floats) -> float:
    """The correlation of two equally long series; NaN where one of them is constant.

    >>> round(coefficient("spearman", np.array([1.0, 2, 3, 4]), np.array([1.0, 4, 9, 16])), 3)
    1.0
    """
    if np.ptp(human) == 0 or np.ptp(score) == 0:
        return float("nan")
    if kind == "kendall":
        return float(stats.kendalltau(human, score).statistic)
    if kind == "spearman":
        human, score = stats.rankdata(human), stats.rankdata(score)
    return float(_pearson(human[None], score[None])[0])


def correlation(
    points: pd.DataFrame,
    kind: Coefficient = "spearman",
    *,
    level: Level = "dialogue",
    how: Resampling = DEFAULT,
) -> Estimate:
    """The correlation over all points, with the interval of resampled dialogues or systems.

    At turn level, dialogues are resampled with all their turns; at dialogue level, dialogues; at
    system level, systems and, within each, its dialogues (points are given per dialogue there, too,
    and averaged by system). Percentile intervals: Efron and Tibshirani 1993, chapter 13.
    Missing with fewer than three points or where either side is constant.

    >>> points = pd.DataFrame({"unit": list("abcd"), "dialogue": list("abcd"), "system": "x",
    ...                        "human": [1, 2, 3, 4], "score": [1, 3, 2, 4]})
    >>> round(correlation(points, "spearman").value, 3)
    0.8
    """
    used = complete(points, ["human", "score"]).sort_values("unit", kind="stable")
    arrays = _Arrays(used, level)
    bare = Estimate(
        quantity=f"{_MADE[kind].split(',')[0].split(' (')[0]}, {level} level",
        level=how.level,
        n=arrays.n,
        dialogues=used["dialogue"].nunique(),
        estimator=_MADE[kind],
        missing="undefined",
    )
    if arrays.n < FEWEST:
        return bare.absent(f"{arrays.n} {level}s with both: a correlation needs {FEWEST}")
    human, score = arrays.whole()
    value = coefficient(kind, human, score)
    if np.isnan(value):
        side = "judgments" if np.ptp(human) == 0 else "scores"
        return bare.absent(f"all {side} are the same")
    if kind == "kendall" and arrays.n > KENDALL:
        return bare.measured(
            value, interval_missing=f"tau is not resampled above {KENDALL:,} points"
        )
    drawn = arrays.replicates(kind, how)
    known = np.isfinite(drawn)
    if known.mean() < 1 - MAX_LOST:
        return bare.measured(
            value, interval_missing="too few different values: most resamples have one only"
        )
    low, high = percentiles(drawn, how.level)
    if high - low < 1e-12:
        return bare.measured(value, interval_missing="the resamples show no spread")
    over = {"system": "systems, then dialogues", "dialogue": "dialogues", "turn": "dialogues"}
    made = f"percentile, bootstrap over {over[level]}, {how.resamples} resamples, seed {how.seed}"
    return bare.measured(value, low, high, made)


def within_systems(
    points: pd.DataFrame, kind: Coefficient = "spearman", *, how: Resampling = DEFAULT
) -> Estimate:
    """Mean over systems of the correlation among each system's own points.

    This removes differences between systems: a metric that only tells systems apart has 0 here.
    Systems with fewer than three points or with constant values are left out; the interval
    resamples dialogues within systems.
    """
    used = complete(points, ["human", "score", "system"]).sort_values("unit", kind="stable")
    groups = [g for _, g in used.groupby("system", sort=True) if len(g) >= FEWEST]
    values = [coefficient(kind, *_both(group)) for group in groups]
    kept = [(g, v) for g, v in zip(groups, values, strict=True) if not np.isnan(v)]
    bare = Estimate(
        quantity=f"{_MADE[kind].split(',')[0].split(' (')[0]}, mean within systems",
        level=how.level,
        n=sum(len(group) for group, _ in kept),
        dialogues=used["dialogue"].nunique(),
        estimator=f"mean of {len(kept)} systems' {_MADE[kind]}",
        missing="no system has three points that differ",
    )
    if not kept:
        return bare
    value = float(np.mean([v for _, v in kept]))
    if kind == "kendall" and bare.n > KENDALL:
        return bare.measured(
            value, interval_missing=f"tau is not resampled above {KENDALL:,} points"
        )
    drawn = np.column_stack([_Arrays(group, "turn").replicates(kind, how) for group, _ in kept])
    # A resample in which one system is constant has the mean of the others.
    known = np.isfinite(drawn)
    usable = known.any(axis=1)
    if usable.mean() < 1 - MAX_LOST:
        return bare.measured(
            value, interval_missing="too few different values: most resamples have one only"
        )
    means = np.where(known, drawn, 0)[usable].sum(axis=1) / known[usable].sum(axis=1)
    low, high = percentiles(means, how.level)
    if not high - low > 1e-12:
        return bare.measured(value, interval_missing="the resamples show no spread")
    made = (
        f"percentile, bootstrap over dialogues within systems, {how.resamples} resamples, "
        f"seed {how.seed}"
    )
    return bare.measured(value, low, high, made)


class _Arrays:
    """Points as arrays, and their resamples."""

    def __init__(self, used: pd.DataFrame, level: Level) -> None:
        self.level = level
        if level == "system":
            used = used[used["system"].notna()]
        self._human, self._score = _both(used)
        groups = used["system"] if level == "system" else used["dialogue"]
        self._group, names = pd.factorize(groups, sort=True)
        self._groups = len(names)
        self.n = len(names) if level == "system" else len(used)
        order = np.argsort(self._group, kind="stable")
        self._rows = np.split(order, np.cumsum(np.bincount(self._group))[:-1]) if len(used) else []

    def whole(self) -> tuple[Floats, Floats]:
        """The points that are correlated."""
        if self.level != "system":
            return self._human, self._score
        sizes = np.bincount(self._group)
        return (
            np.bincount(self._group, self._human) / sizes,
            np.bincount(self._group, self._score) / sizes,
        )

    def replicates(self, kind: Coefficient, how: Resampling) -> Floats:
        """The coefficient on resamples, shape (resamples,); NaN where one is constant."""
        rng = np.random.default_rng(how.seed)
        if self.level == "system":
            return self._of_systems(kind, how, rng)
        if all(len(rows) == 1 for rows in self._rows):
            return self._of_single(kind, how, rng)
        found = np.empty(how.resamples)
        for at in range(how.resamples):
            drawn = rng.integers(0, self._groups, self._groups)
            rows = np.concatenate([self._rows[group] for group in drawn])
            found[at] = coefficient(kind, self._human[rows], self._score[rows])
        return found

    def _of_single(self, kind: Coefficient, how: Resampling, rng: np.random.Generator) -> Floats:
        """Draw many resamples at once, where each dialogue has one point."""
        n = len(self._human)
        if kind == "kendall":
            draws = (rng.integers(0, n, n) for _ in range(how.resamples))
            return np.array([coefficient(kind, self._human[d], self._score[d]) for d in draws])
        ranked: Callable[[Floats], Floats] = (
            (lambda rows: stats.rankdata(rows, axis=1))
            if kind == "spearman"
            else (lambda rows: rows)
        )
        chunk = max(1, _CHUNK // n)
        parts = []
        for start in range(0, how.resamples, chunk):
            drawn = rng.integers(0, n, (min(chunk, how.resamples - start), n))
            parts.append(_pearson(ranked(self._human[drawn]), ranked(self._score[drawn])))
        return np.concatenate(parts)

    def _of_systems(self, kind: Coefficient, how: Resampling, rng: np.random.Generator) -> Floats:
        """Draw systems, then dialogues within each drawn system."""
        found = np.empty(how.resamples)
        for at in range(how.resamples):
            human, score = [], []
            for system in rng.integers(0, self._groups, self._groups):
                rows = self._rows[system]
                drawn = rows[rng.integers(0, len(rows), len(rows))]
                human.append(self._human[drawn].mean())
                score.append(self._score[drawn].mean())
            found[at] = coefficient(kind, np.array(human), np.array(score))
        return found


def _pearson(first: Floats, second: Floats) -> Floats:
    """Row-wise Pearson r; NaN where a row is constant."""
    a = first - first.mean(axis=1, keepdims=True)
    b = second - second.mean(axis=1, keepdims=True)
    spread = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    # Rounding errors in a constant row do not count as spread.
    spread = np.where((np.ptp(first, axis=1) == 0) | (np.ptp(second, axis=1) == 0), 0, spread)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(
            np.clip(np.where(spread > 0, (a * b).sum(axis=1) / spread, np.nan), -1, 1)
        )


def _both(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    return frame["human"].to_numpy(dtype=float), frame["score"].to_numpy(dtype=float)
