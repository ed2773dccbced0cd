"""Tests of metrics: one against another, and all of a table against no correlation at all.

What is swapped or permuted are whole dialogues, since the turns of a dialogue share errors: a test
that takes turns as independent rejects a true null hypothesis far too often.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from backend.statistics.bootstrap import Floats, Ints
from backend.statistics.columns import complete
from backend.statistics.correlation import FEWEST, Coefficient, coefficient

#: Permutations of a paired test.
PERMUTATIONS = 5000


@dataclass(frozen=True)
class Test:
    """A paired test: the difference of two correlations with one human side, and its p values.

    `missing` says why there is none; then the numbers are None.
    """

    n: int
    difference: float | None = None
    t: float | None = None
    williams: float | None = None
    permutation: float | None = None
    missing: str | None = None

    __test__ = False


def williams(r12: float, r13: float, r23: float, n: int) -> tuple[float, float]:
    """Williams's t and two-sided p: do 2 and 3 correlate equally with 1, measured on the same n?

    Williams 1959, as recommended by Steiger 1980 (equation 7); n - 3 degrees of freedom. Raises
    ValueError with fewer than 4 points or correlations that no three variables can have.

    >>> t, p = williams(0.4, 0.5, 0.1, 103)
    >>> round(t, 2), round(p, 2)
    (-0.89, 0.37)
    """
    if n < 4:
        raise ValueError(f"Williams's test needs 4 points; got {n}")
    determinant = 1 - r12**2 - r13**2 - r23**2 + 2 * r12 * r13 * r23
    if determinant < -1e-9:
        raise ValueError(f"no three variables correlate {r12:.3f}, {r13:.3f} and {r23:.3f}")
    mean = (r12 + r13) / 2
    below = 2 * (n - 1) / (n - 3) * max(determinant, 0) + mean**2 * (1 - r23) ** 3
    if below <= 0:
        raise ValueError("the two metrics say the same")
    t = (r12 - r13) * float(np.sqrt((n - 1) * (1 + r23) / below))
    return t, float(2 * stats.t.sf(abs(t), n - 3))


def compare(
    points: pd.DataFrame,
    other: pd.DataFrame,
    kind: Coefficient = "spearman",
    *,
    seed: int = 0,
    permutations: int = PERMUTATIONS,
) -> Test:
    """Test whether two metrics correlate equally with people, on the units both have.

    Frames as in `correlation`, with the column dialogue at turn level. A permutation test swaps the
    standardised scores of the two metrics, dialogue by dialogue with all its turns. Williams's test
    (for ranks an approximation) takes points as independent, and so is missing where several points
    are of one dialogue. Kendall's tau is tested as Spearman's rho.
    """
    kept = [name for name in ("unit", "dialogue", "human", "score") if name in points]
    both = complete(points, ["unit", "human", "score"])[kept].merge(
        complete(other, ["unit", "score"])[["unit", "score"]], on="unit", suffixes=("", "_other")
    )
    both = both.sort_values("unit", kind="stable")
    clusters = pd.factorize(both["dialogue" if "dialogue" in both else "unit"], sort=True)[0]
    n, distinct = len(both), int(clusters.max()) + 1 if len(both) else 0
    if distinct < FEWEST + 1:
        return Test(n, missing=f"{distinct} dialogues or points: the tests need {FEWEST + 1}")
    human, first, second = (
        both[name].to_numpy(dtype=float) for name in ("human", "score", "score_other")
    )
    if kind != "pearson":
        human, first, second = (stats.rankdata(x) for x in (human, first, second))
    if min(np.ptp(human), np.ptp(first), np.ptp(second)) == 0:
        return Test(n, missing="one side is constant")
    r12, r13 = coefficient("pearson", human, first), coefficient("pearson", human, second)
    r23 = coefficient("pearson", first, second)
    t = p = None
    if distinct == n:
        try:
            t, p = williams(r12, r13, r23, n)
        except ValueError as error:
            return Test(n, difference=r12 - r13, missing=str(error))
    return Test(
        n=n,
        difference=r12 - r13,
        t=t,
        williams=p,
        permutation=_permuted((human, first, second), clusters, seed, permutations),
    )


def against_none(
    tables: Sequence[pd.DataFrame],
    kind: Coefficient = "spearman",
    *,
    seed: int = 0,
    permutations: int = PERMUTATIONS,
) -> list[float | None]:
    """p values of each metric's correlation with people, adjusted for picking the best of them.

    One frame a metric, as in `correlation`. The null hypothesis is that no metric of the table has
    to do with the judgments. A metric's p is the share of permutations in which the largest
    absolute correlation of the whole table is at least as large as its own (single-step max T:
    Westfall and Young 1993), so that with any number of useless metrics the smallest p is below
    0.05 in 5% of tables. Where each dialogue has one point, the judgments are permuted over
    dialogues; where it has several, the sign of each dialogue's share in the correlation is drawn
    instead, since dialogues of unequal length cannot be exchanged. None for a metric without a
    correlation.
    """
    standard = [_standardised(table, kind) for table in tables]
    known = [one for one in standard if one is not None]
    if not known:
        return [None] * len(tables)
    dialogues = sorted({name for one in known for name in one.index.get_level_values("dialogue")})
    single = all(one.index.get_level_values("dialogue").is_unique for one in known)
    rng = np.random.default_rng(seed)
    observed = np.array([abs(one.prod(axis=1).mean()) for one in known])
    largest = np.zeros(permutations)
    order = pd.Index(dialogues)
    draws = (
        np.array([rng.permutation(len(dialogues)) for _ in range(permutations)])
        if single
        else rng.choice([-1.0, 1.0], (permutations, len(dialogues)))
    )
    for one in known:
        at = order.get_indexer(one.index.get_level_values("dialogue"))
        human, score = one["human"].to_numpy(), one["score"].to_numpy()
        if single:
            # Dialogues that lack this metric drop out of each permutation's order.
            ranks = draws if len(at) == len(dialogues) else draws[:, at].argsort(axis=1)
            drawn = np.abs(human[ranks] @ score) / len(score)
        else:
            shares = np.bincount(at, human * score, minlength=len(dialogues))
            drawn = np.abs(draws @ shares) / len(score)
        largest = np.maximum(largest, drawn)
    found = iter((1 + (largest >= value - 1e-12).sum()) / (permutations + 1) for value in observed)
    return [None if one is None else float(next(found)) for one in standard]


def _standardised(table: pd.DataFrame, kind: Coefficient) -> pd.DataFrame | None:
    """Human and score, as ranks unless Pearson's, of mean 0 and variance 1; by dialogue."""
    used = complete(table, ["unit", "dialogue", "human", "score"])
    if len(used) < FEWEST:
        return None
    sides = used.set_index(["dialogue", "unit"])[["human", "score"]].sort_index()
    values = sides.astype(float) if kind == "pearson" else sides.rank()
    spread = values.std(ddof=0)
    return None if (spread == 0).any() else (values - values.mean()) / spread


def adjusted(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm-adjusted p values (Holm 1979), in the order given; None stays None.

    >>> [p and round(p, 3) for p in adjusted([0.01, None, 0.04])]
    [0.02, None, 0.04]
    """
    known = [p for p in p_values if p is not None]
    if not known:
        return list(p_values)
    found = iter(multipletests(known, method="holm")[1])
    return [None if p is None else float(next(found)) for p in p_values]


def _permuted(sides: tuple[Floats, Floats, Floats], clusters: Ints, seed: int, times: int) -> float:
    """Share of swaps with a difference at least as large, the observed one counted."""
    h, a, b = ((x - x.mean()) / x.std() for x in sides)
    observed = abs((h @ a) - (h @ b)) / len(h)
    rng = np.random.default_rng(seed)
    as_large = 1
    chunk = max(1, 4_000_000 // len(h))
    for start in range(0, times, chunk):
        size = min(chunk, times - start)
        swap = (rng.random((size, clusters.max() + 1)) < 0.5)[:, clusters]
        one, two = np.where(swap, b, a), np.where(swap, a, b)
        gaps = np.abs(_against(h, one) - _against(h, two))
        as_large += int((gaps >= observed - 1e-12).sum())
    return as_large / (times + 1)


def _against(h: Floats, rows: Floats) -> Floats:
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray((centred @ h) / (len(h) * centred.std(axis=1)))
