"""Estimates of shares, means, ratios and any other statistic, with intervals from resampling.

For values that are independent of each other, or given cluster by cluster: what is resampled are
the entries of the sequence. `bootstrap.py` is for judgments, which share raters and dialogues.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from statsmodels.stats.proportion import proportion_confint

from backend.statistics.bootstrap import Floats
from backend.statistics.estimate import Estimate

#: Resamples of a bootstrap interval, and its level.
RESAMPLES, LEVEL = 1000, 0.95


def share(successes: int, n: int, counted: str) -> Estimate:
    """A proportion with Wilson's interval. `counted` says what `n` counts: "turns".

    >>> str(share(5, 10, "turns"))
    '0.500 [0.237, 0.763], n = 10 turns'
    """
    if not n:
        return missing(f"no {counted}", counted, estimator="share")
    low, high = proportion_confint(successes, n, alpha=1 - LEVEL, method="wilson")
    bare = _bare(n, counted, "share", None)
    return bare.measured(successes / n, float(low), float(high), "Wilson")


def mean(values: Sequence[float], counted: str, *, seed: int = 0) -> Estimate:
    """A mean with a percentile interval of a bootstrap over the values."""
    return statistic(
        values, lambda sample: float(np.mean(sample)), counted, estimator="mean", seed=seed
    )


def statistic(
    values: Sequence[float],
    compute: Callable[[Sequence[float]], float],
    counted: str,
    *,
    estimator: str,
    seed: int = 0,
) -> Estimate:
    """Any statistic of values, with a percentile interval of a bootstrap over the values."""
    if not values:
        return missing(f"no {counted}", counted, estimator=estimator)
    rng = np.random.default_rng(seed)
    data = np.asarray(values, dtype=float)
    drawn = [compute(rng.choice(data, len(data)).tolist()) for _ in range(RESAMPLES)]
    return with_percentiles(
        compute(values),
        np.array(drawn),
        len(values),
        counted,
        estimator=estimator,
        interval=bootstrap_over(counted, seed),
    )


def ratio(pairs: Sequence[tuple[float, float]], counted: str, *, seed: int = 0) -> Estimate:
    """Sum of the first over sum of the second, resampling pairs: one pair a dialogue.

    `n` is the second sum, and `counted` says what it counts. Resamples whose second sum is 0 are
    left out.
    """
    total = sum(n for _, n in pairs)
    if not total:
        return missing(f"no {counted}", counted, estimator="ratio of sums")
    rng = np.random.default_rng(seed)
    data = np.asarray(pairs, dtype=float)
    sums = [data[rng.integers(0, len(data), len(data))].sum(axis=0) for _ in range(RESAMPLES)]
    return with_percentiles(
        sum(first for first, _ in pairs) / total,
        np.array([top / bottom for top, bottom in sums if bottom]),
        round(total),
        counted,
        estimator="ratio of sums",
        interval=bootstrap_over("dialogues", seed),
    )


def with_percentiles(
    value: float,
    resampled: Floats | NDArray[np.float64],
    n: int,
    counted: str,
    *,
    estimator: str,
    interval: str,
    quantity: str | None = None,
) -> Estimate:
    """An estimate with the percentile interval of a statistic's values in resamples.

    There is no interval where a resample has no value (NaN). `interval` names how the resamples
    were drawn, with number and seed. `quantity` is the estimator's name unless given.
    """
    bare = _bare(n, counted, estimator, quantity)
    if not np.isfinite(resampled).all():
        return bare.measured(value, interval_missing="some resamples have no value")
    low, high = np.quantile(resampled, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return bare.measured(value, float(low), float(high), interval)


def missing(
    reason: str, counted: str, *, estimator: str, n: int = 0, quantity: str | None = None
) -> Estimate:
    """An estimate without a value, and why."""
    return _bare(n, counted, estimator, quantity).absent(reason)


def bootstrap_over(what: str, seed: int, resamples: int = RESAMPLES) -> str:
    """The name of a percentile interval by bootstrap: what was resampled, how often, which seed.

    >>> bootstrap_over("dialogues", 0)
    'percentile, bootstrap over dialogues, 1000 resamples, seed 0'
    """
    return f"percentile, bootstrap over {what}, {resamples} resamples, seed {seed}"


def _bare(n: int, counted: str, estimator: str, quantity: str | None) -> Estimate:
    """An estimate that is still without its value."""
    return Estimate(
        quantity=quantity or estimator,
        n=n,
        counted=counted,
        level=LEVEL,
        estimator=estimator,
        missing="not computed",
    )
