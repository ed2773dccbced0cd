"""Estimates with intervals clustered by rater and dialogue, from sums of columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from backend.statistics.bootstrap import (
    MAX_LOST,
    Floats,
    Ints,
    Resampling,
    Statistic,
    Sums,
    variance,
)
from backend.statistics.estimate import Estimate

#: Where an interval is made: on the value itself, as a proportion (Wilson), or on its logit.
Scale: TypeAlias = Literal["plain", "proportion", "logit"]


@dataclass(frozen=True)
class Estimand:
    """What one estimate is of: a number that a statistic returns, and the judgments behind it.

    `sides` maps the name of a side ("simulated dialogues") to a boolean mask of the columns that
    count its judgments; every side needs judgments. `edge` is a reason, known beforehand, why the
    spread cannot be estimated.
    """

    name: str
    group: str | None
    estimator: str
    sides: dict[str, NDArray[np.bool_]]
    scale: Scale = "plain"
    edge: str | None = None


@dataclass(frozen=True)
class _Support:
    n: int
    raters: int
    dialogues: int
    fewest_raters: int
    fewest_dialogues: int
    empty: str | None


def estimates(
    sums: Sums, estimands: Sequence[Estimand], statistic: Statistic, how: Resampling
) -> list[Estimate]:
    """One estimate per estimand, in order, from one bootstrap for all of them.

    `statistic` maps (resamples, columns) sums to (resamples, estimands). Intervals use the t
    distribution; its degrees of freedom are the smallest number of raters or dialogues on any
    side, less one (Cameron and Miller 2015, section VI.D).
    """
    supports = [_support(sums, estimand) for estimand in estimands]
    values = statistic(sums.total[None, :])[0] if len(estimands) else np.array([])
    spreads = np.full(len(estimands), np.nan)
    shares = np.zeros(len(estimands))
    df = np.array([_fewest(support, how) - 1 for support in supports], dtype=np.int64)
    if (df > 0).any():
        raters = np.array([support.fewest_raters for support in supports], dtype=np.int64)
        dialogues = np.array([support.fewest_dialogues for support in supports], dtype=np.int64)
        spreads, shares = variance(sums, statistic, how, raters, dialogues)
    return [
        _estimate(estimand, support, value, spread, share, how)
        for estimand, support, value, spread, share in zip(
            estimands, supports, values, spreads, shares, strict=True
        )
    ]


def wilson(successes: float, n: float, level: float) -> tuple[float, float]:
    """Wilson's score interval of a proportion: Wilson 1927, by statsmodels `proportion_confint`.

    (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).

    >>> [round(bound, 3) for bound in wilson(8, 10, 0.95)]
    [0.49, 0.943]
    """
    low, high = proportion_confint(successes, n, alpha=1 - level, method="wilson")
    return float(low), float(high)


def effective_wilson(
    value: float, n: int, se: float, df: float, level: float
) -> tuple[float, float]:
    """Wilson's interval with the effective n that a clustered standard error leaves.

    n_eff = p(1-p)/se^2, at most n, and t for z: Korn and Graubard 1998; Dean and Pagano 2015.

    >>> [round(bound, 3) for bound in effective_wilson(0.8, 100, 0.08, 20, 0.95)]
    [0.595, 0.916]
    """
    effective = min(n, value * (1 - value) / se**2)
    t = float(stats.t.isf((1 - level) / 2, df))
    shrink = 1 + t**2 / effective
    centre = (value + t**2 / (2 * effective)) / shrink
    reach = t / shrink * float(np.sqrt(value * (1 - value) / effective + (t / effective / 2) ** 2))
    return centre - reach, centre + reach


def with_wilson(found: list[Estimate], quantity: str, how: Resampling) -> list[Estimate]:
    """Return the estimates, each one of `quantity` followed by a copy with Wilson's interval."""
    result = []
    for estimate in found:
        result.append(estimate)
        if estimate.quantity == quantity and estimate.value is not None:
            low, high = wilson(round(estimate.value * estimate.n), estimate.n, how.level)
            result.append(
                Estimate(
                    quantity=quantity,
                    group=estimate.group,
                    value=estimate.value,
                    low=min(low, estimate.value),
                    high=max(high, estimate.value),
                    level=how.level,
                    n=estimate.n,
                    raters=estimate.raters,
                    dialogues=estimate.dialogues,
                    estimator=estimate.estimator,
                    interval="Wilson, judgments taken as independent",
                )
            )
    return result


def _fewest(support: _Support, how: Resampling) -> int:
    if how.clusters in ("raters", "nested"):
        return support.fewest_raters
    if how.clusters == "dialogues":
        return support.fewest_dialogues
    return min(support.fewest_raters, support.fewest_dialogues)


def _support(sums: Sums, estimand: Estimand) -> _Support:
    counts = {label: _counts(sums, columns) for label, columns in estimand.sides.items()}
    n, raters, dialogues = _counts(sums, np.logical_or.reduce(list(estimand.sides.values())))
    empty = [label for label, (judged, _, _) in counts.items() if not judged]
    return _Support(
        n=n,
        raters=raters,
        dialogues=dialogues,
        fewest_raters=min(count for _, count, _ in counts.values()),
        fewest_dialogues=min(count for _, _, count in counts.values()),
        empty=f"no judgments of {' and none of '.join(empty)}" if empty else None,
    )


def _counts(sums: Sums, columns: NDArray[np.bool_]) -> tuple[int, int, int]:
    chosen: Ints = np.flatnonzero(columns)
    raters = np.asarray(sums.raters[:, chosen].sum(axis=1))
    dialogues = np.asarray(sums.dialogues[:, chosen].sum(axis=1))
    return int(raters.sum()), int((raters > 0).sum()), int((dialogues > 0).sum())


def _estimate(
    estimand: Estimand,
    support: _Support,
    value: float,
    spread: float,
    share: float,
    how: Resampling,
) -> Estimate:
    bare = Estimate(
        quantity=estimand.name,
        group=estimand.group,
        level=how.level,
        n=support.n,
        raters=support.raters,
        dialogues=support.dialogues,
        estimator=estimand.estimator,
        missing=support.empty or "undefined for these judgments",
    )
    if support.empty or not np.isfinite(value):
        return bare
    why = _why_no_interval(estimand, support, value, spread, share, how)
    if why:
        return bare.measured(float(value), interval_missing=why)
    se, df = float(np.sqrt(spread)), _fewest(support, how) - 1
    low, high, form = _bounds(estimand.scale, float(value), support.n, se, df, how.level)
    return bare.measured(float(value), low, high, f"{how}; {form}", se=se, df=df)


def _why_no_interval(
    estimand: Estimand,
    support: _Support,
    value: float,
    spread: float,
    share: float,
    how: Resampling,
) -> str | None:
    if how.clusters != "dialogues" and support.fewest_raters < 2:
        return "one rater shows no spread between raters"
    if how.clusters in ("two-way", "dialogues") and support.fewest_dialogues < 2:
        return "one dialogue (on a side) shows no spread between dialogues"
    if estimand.edge:
        return estimand.edge
    if estimand.scale != "plain" and value in (0, 1):
        return f"at {value:.0f} the judgments show no spread"
    if share < 1 - MAX_LOST:
        return f"too few clusters: {1 - share:.0%} of the resamples lost a side"
    if not np.isfinite(spread) or spread <= 1e-20:
        return "the resamples show no spread"
    return None


def _bounds(
    scale: Scale, value: float, n: int, se: float, df: float, level: float
) -> tuple[float, float, str]:
    if scale == "proportion":
        return *effective_wilson(value, n, se, df, level), f"Wilson with effective n and t({df:g})"
    t = float(stats.t.isf((1 - level) / 2, df))
    if scale == "logit":
        centre, reach = np.log(value / (1 - value)), t * se / (value * (1 - value))
        bounds: Floats = 1 / (1 + np.exp(-np.array([centre - reach, centre + reach])))
        return float(bounds[0]), float(bounds[1]), f"t({df:g}) on the logit"
    return value - t * se, value + t * se, f"t({df:g})"
