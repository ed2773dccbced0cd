"""Values with their n and interval, or the reason why a value is missing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from statsmodels.stats.proportion import proportion_confint

#: Resamples of a bootstrap interval, and its level.
RESAMPLES, LEVEL = 1000, 0.95


@dataclass(frozen=True)
class Figure:
    """One number of a table. `n` is a count of the things named in `of` (dialogues, turns)."""

    value: float | None
    n: int
    of: str
    low: float | None = None
    high: float | None = None
    missing: str = ""

    def __str__(self) -> str:
        if self.value is None:
            return f"missing: {self.missing}"
        interval = "" if self.low is None else f" [{self.low:.3f}, {self.high:.3f}]"
        return f"{self.value:.3f}{interval}, n = {self.n:,} {self.of}"


def share(successes: int, n: int, of: str) -> Figure:
    """A proportion with Wilson's interval."""
    if not n:
        return Figure(None, 0, of, missing=f"no {of}")
    low, high = proportion_confint(successes, n, alpha=1 - LEVEL, method="wilson")
    return Figure(successes / n, n, of, float(low), float(high))


def mean(values: Sequence[float], of: str) -> Figure:
    """A mean with a bootstrap interval over the values."""
    return statistic(values, lambda sample: float(np.mean(sample)), of)


def statistic(
    values: Sequence[float], compute: Callable[[Sequence[float]], float], of: str
) -> Figure:
    """Any statistic of values with a percentile bootstrap interval."""
    if not values:
        return Figure(None, 0, of, missing=f"no {of}")
    rng = np.random.default_rng(0)
    data = np.asarray(values, dtype=float)
    drawn = [compute(rng.choice(data, len(data)).tolist()) for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(compute(values), len(values), of, float(low), float(high))


def ratio(pairs: Sequence[tuple[int, int]], of: str) -> Figure:
    """Sum of the first numbers over sum of the second; the bootstrap resamples whole pairs."""
    total = sum(n for _, n in pairs)
    if not total:
        return Figure(None, 0, of, missing=f"no {of}")
    rng = np.random.default_rng(0)
    data = np.asarray(pairs, dtype=float)
    drawn = []
    for _ in range(RESAMPLES):
        top, bottom = data[rng.integers(0, len(data), len(data))].sum(axis=0)
        if bottom:
            drawn.append(top / bottom)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Figure(sum(a for a, _ in pairs) / total, total, of, float(low), float(high))
