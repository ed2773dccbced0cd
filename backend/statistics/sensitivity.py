"""Signal detection formulas: d', criterion c and the area under the rating curve, from counts."""

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from backend.statistics.bootstrap import Floats

Correction: TypeAlias = Literal["loglinear", "none"]


def dprime(
    hits: ArrayLike,
    misses: ArrayLike,
    false_alarms: ArrayLike,
    correct_rejections: ArrayLike,
    correction: Correction = "loglinear",
) -> Floats:
    """Sensitivity d' = z(hit rate) - z(false-alarm rate) from counts, elementwise.

    A hit calls a simulated dialogue simulated; a false alarm calls a human one so. `loglinear`
    takes (k + 0.5)/(n + 1) for each rate, which keeps d' finite (Hautus 1995); `none` gives
    infinities at rates of 0 and 1. NaN where a side has no judgments. Green and Swets 1966.
    Raises ValueError for another correction.

    >>> float(dprime(60, 40, 27, 73).round(2))
    0.86
    >>> float(dprime(10, 0, 0, 10).round(2))
    3.38
    """
    hit, alarm = _rates(hits, misses, false_alarms, correct_rejections, correction)
    return dprime_from_rates(hit, alarm)


def criterion(
    hits: ArrayLike,
    misses: ArrayLike,
    false_alarms: ArrayLike,
    correct_rejections: ArrayLike,
    correction: Correction = "loglinear",
) -> Floats:
    """Response bias c = -(z(hit rate) + z(false-alarm rate))/2 from counts, elementwise.

    Positive: raters lean to 'human'. Corrections as in `dprime`. Macmillan and Creelman 2005.

    >>> float(criterion(60, 40, 27, 73).round(2))
    0.18
    """
    hit, alarm = _rates(hits, misses, false_alarms, correct_rejections, correction)
    return np.asarray(-(stats.norm.ppf(hit) + stats.norm.ppf(alarm)) / 2)


def dprime_from_rates(hit_rate: ArrayLike, false_alarm_rate: ArrayLike) -> Floats:
    """d' = z(H) - z(F) from published rates, elementwise; infinite at rates of 0 and 1.

    In the Human or Not game (Jannai et al. 2023), humans were recognised as human 73% of the time
    and bots as bots 60%:

    >>> float(dprime_from_rates(0.60, 1 - 0.73).round(2))
    0.87
    """
    return np.asarray(stats.norm.ppf(hit_rate) - stats.norm.ppf(false_alarm_rate))


def forced_choice_dprime(
    correct: ArrayLike, wrong: ArrayLike, correction: Correction = "loglinear"
) -> Floats:
    """d' = sqrt(2) z(p) of a choice between two, elementwise: Macmillan and Creelman 2005, ch. 7.

    Corrections as in `dprime`; NaN where there are no judgments. 0 is chance.

    >>> float(forced_choice_dprime(76, 24).round(2))
    0.99
    """
    return np.asarray(np.sqrt(2) * stats.norm.ppf(_rate(correct, wrong, correction)))


def rating_area(simulated: ArrayLike, human: ArrayLike) -> Floats:
    """Area under the rating ROC: P(a simulated dialogue is rated higher than a human one) + ties/2.

    Counts along the last axis, from surest 'human' to surest 'simulated'. The trapezoid area,
    equal to the Mann-Whitney statistic (Bamber 1975). NaN where a side has no judgments.

    >>> float(rating_area([1, 2, 3, 4], [4, 3, 2, 1]))
    0.75
    """
    signal, noise = np.asarray(simulated, dtype=float), np.asarray(human, dtype=float)
    below = np.cumsum(noise, axis=-1) - noise / 2
    pairs = signal.sum(axis=-1) * noise.sum(axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray((signal * below).sum(axis=-1) / pairs)


def rate(yes: ArrayLike, no: ArrayLike) -> Floats:
    """yes / (yes + no), elementwise; NaN where both are 0.

    >>> rate([3, 0], [1, 0])
    array([0.75,  nan])
    """
    return _rate(yes, no, "none")


def _rates(
    hits: ArrayLike,
    misses: ArrayLike,
    false_alarms: ArrayLike,
    correct_rejections: ArrayLike,
    correction: Correction,
) -> tuple[Floats, Floats]:
    return (
        _rate(hits, misses, correction),
        _rate(false_alarms, correct_rejections, correction),
    )


def _rate(yes: ArrayLike, no: ArrayLike, correction: Correction) -> Floats:
    if correction not in ("loglinear", "none"):
        raise ValueError(f"correction is 'loglinear' or 'none'; got {correction!r}")
    successes = np.asarray(yes, dtype=float)
    n = successes + np.asarray(no, dtype=float)
    extra = 0.5 if correction == "loglinear" else 0.0
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(n > 0, (successes + extra) / (n + 2 * extra), np.nan))
