"""Paired tests of whether one metric correlates better with people than another; Holm's method."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

from backend.statistics.bootstrap import Floats
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

    Frames as in `correlation`. Williams's test on the coefficient (for ranks an approximation), and
    a permutation test that swaps the standardised scores of the two metrics unit by unit.
    Kendall's tau is tested as Spearman's rho.
    """
    columns = ["unit", "human", "score"]
    both = complete(points, columns)[columns].merge(
        complete(other, columns)[["unit", "score"]], on="unit", suffixes=("", "_other")
    )
    both = both.sort_values("unit", kind="stable")
    n = len(both)
    if n < FEWEST + 1:
        return Test(n, missing=f"{n} points that both have: the tests need {FEWEST + 1}")
    human, first, second = (
        both[name].to_numpy(dtype=float) for name in ("human", "score", "score_other")
    )
    if kind != "pearson":
        human, first, second = (stats.rankdata(x) for x in (human, first, second))
    if min(np.ptp(human), np.ptp(first), np.ptp(second)) == 0:
        return Test(n, missing="one side is constant")
    r12, r13 = coefficient("pearson", human, first), coefficient("pearson", human, second)
    r23 = coefficient("pearson", first, second)
    try:
        t, p = williams(r12, r13, r23, n)
    except ValueError as error:
        return Test(n, difference=r12 - r13, missing=str(error))
    return Test(
        n=n,
        difference=r12 - r13,
        t=t,
        williams=p,
        permutation=_permuted(human, first, second, seed, permutations),
    )


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


def _permuted(human: Floats, first: Floats, second: Floats, seed: int, times: int) -> float:
    """Share of swaps with a difference at least as large, the observed one counted."""
    h, a, b = ((x - x.mean()) / x.std() for x in (human, first, second))
    observed = abs((h @ a) - (h @ b)) / len(h)
    rng = np.random.default_rng(seed)
    as_large = 1
    chunk = max(1, 4_000_000 // len(h))
    for start in range(0, times, chunk):
        size = min(chunk, times - start)
        swap = rng.random((size, len(h))) < 0.5
        one, two = np.where(swap, b, a), np.where(swap, a, b)
        gaps = np.abs(_against(h, one) - _against(h, two))
        as_large += int((gaps >= observed - 1e-12).sum())
    return as_large / (times + 1)


def _against(h: Floats, rows: Floats) -> Floats:
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray((centred @ h) / (len(h) * centred.std(axis=1)))
