"""Power: the effect that a number of judgments can detect, and the number that an effect needs.

The formulas are normal approximations on the effective number of judgments, n / design effect
(Kish 1965), because judgments of one rater, and judgments of one unit, are correlated. These
correlations have to be assumed before a study (`Clustering`); the assumption is part of every
result. The tests compare the formulas with simulated studies.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np
from scipy import optimize, stats

#: identify: d' against 0. equivalence: d' within a margin (TOST), for a true d' of 0. rate: a
#: difference of two groups' means in standard deviations. prefer: a proportion against 0.5.
#: correlate: a correlation against 0, at dialogue level.
Question: TypeAlias = Literal["identify", "equivalence", "rate", "prefer", "correlate"]
QUESTIONS: tuple[Question, ...] = get_args(Question)

#: Name of each effect, and the largest one searched for: a larger one is obvious without a study.
EFFECTS: dict[Question, tuple[str, float]] = {
    "identify": ("d'", 4.0),
    "equivalence": ("margin of d'", 4.0),
    "rate": ("difference in standard deviations", 3.0),
    "prefer": ("proportion", 0.5),
    "correlate": ("correlation", 0.999),
}

#: Default intraclass correlations of judgments: this project's assumption, moderate and in the
#: range of the real labels on which it was checked.
RATER_ICC, UNIT_ICC = 0.05, 0.15

POWER, ALPHA = 0.8, 0.05


@dataclass(frozen=True)
class Clustering:
    """Intraclass correlations of judgments by one rater, and of one unit."""

    rater: float = RATER_ICC
    unit: float = UNIT_ICC

    def __post_init__(self) -> None:
        for name in ("rater", "unit"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"the ICC of one {name} is in [0, 1); got {getattr(self, name)}")


#: The default assumption, where nothing else is known.
USUAL = Clustering()


@dataclass(frozen=True)
class Sample:
    """Judgments of one side: how many, by how many raters, of how many units."""

    judgments: float
    raters: float
    units: float

    def effective(self, clustering: Clustering) -> float:
        """The number of independent judgments that carry the same information.

        >>> Sample(100, 10, 50).effective(Clustering(0, 0))
        100.0
        """
        if min(self.judgments, self.raters, self.units) <= 0:
            return 0.0
        by_rater = max(0.0, self.judgments / self.raters - 1) * clustering.rater
        by_unit = max(0.0, self.judgments / self.units - 1) * clustering.unit
        return self.judgments / (1 + by_rater + by_unit)


def power(
    question: Question,
    effect: float,
    sample: Sample,
    other: Sample | None = None,
    *,
    clustering: Clustering = USUAL,
    alpha: float = ALPHA,
) -> float:
    """Probability that a two-sided test at `alpha` (TOST: two one-sided) finds `effect`.

    `other` is the reference side, as large as `sample` unless given; `prefer` and `correlate` have
    none. For `prefer` the effect is the distance of the proportion from 0.5. For `correlate` it is
    the correlation with perfectly reliable means; the limited number of judgments per unit
    attenuates it (Spearman 1904, Spearman-Brown). 0 where there are no judgments. Raises ValueError
    for an effect out of range.

    >>> round(power("correlate", 0.3, Sample(85, 85, 85), clustering=Clustering(0, 0.999999)), 2)
    0.8
    """
    if not 0 <= effect <= EFFECTS[question][1]:
        raise ValueError(f"{EFFECTS[question][0]} is in [0, {EFFECTS[question][1]}]; got {effect}")
    n = sample.effective(clustering)
    m = (other or sample).effective(clustering)
    critical = float(stats.norm.isf(alpha / 2))
    if question == "correlate":
        return _correlation(effect, sample, clustering, critical)
    if min(n, m) <= 0:
        return 0.0
    if question == "prefer":
        # Cohen's h (1988, chapter 6): the arcsine makes the variance equal for all proportions.
        h = 2 * np.arcsin(np.sqrt(0.5 + effect)) - np.pi / 2
        return _two_sided(float(h * np.sqrt(n)), critical)
    if question == "rate":
        return _two_sided(effect / np.sqrt(1 / n + 1 / m), critical)
    true = effect if question == "identify" else 0.0
    error = _dprime_error(true, n, m)
    if question == "identify":
        return _two_sided(effect / error, critical)
    once = float(stats.norm.cdf(effect / error - stats.norm.isf(alpha)))
    return max(0.0, 2 * once - 1)


def detectable(
    question: Question,
    sample: Sample,
    other: Sample | None = None,
    *,
    wanted: float = POWER,
    clustering: Clustering = USUAL,
    alpha: float = ALPHA,
) -> float | None:
    """The smallest effect detected with power `wanted`; None if even the largest is not.

    >>> round(detectable("prefer", Sample(100, 100, 100)), 3)
    0.138
    """
    largest = EFFECTS[question][1]

    def short(effect: float) -> float:
        return power(question, effect, sample, other, clustering=clustering, alpha=alpha) - wanted

    if short(largest) < 0:
        return None
    return float(optimize.brentq(short, 0.0, largest, xtol=1e-4))


def judgments_needed(
    question: Question,
    effect: float,
    *,
    per_rater: float,
    per_unit: float,
    wanted: float = POWER,
    clustering: Clustering = USUAL,
    alpha: float = ALPHA,
    most: int = 10_000_000,
) -> int | None:
    """Judgments per side that detect `effect` with power `wanted`; None if not even `most` do.

    Raises ValueError for fewer than one judgment per rater or per unit.

    >>> judgments_needed("prefer", 0.1, per_rater=1, per_unit=1)
    194
    """
    if min(per_rater, per_unit) < 1:
        raise ValueError("a rater and a unit have at least one judgment each")

    def enough(n: int) -> bool:
        sample = Sample(n, max(1.0, n / per_rater), max(1.0, n / per_unit))
        return power(question, effect, sample, clustering=clustering, alpha=alpha) >= wanted

    return _first(enough, most)


def _first(enough: Callable[[int], bool], most: int) -> int | None:
    high = 1
    while not enough(high):
        high *= 2
        if high > most:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _two_sided(shift: float, critical: float) -> float:
    return float(stats.norm.cdf(shift - critical) + stats.norm.cdf(-shift - critical))


def _dprime_error(dprime: float, n: float, m: float) -> float:
    """Standard error of d' of a rater without bias (Gourevitch and Galanter 1967)."""
    p = float(stats.norm.cdf(dprime / 2))
    density = float(stats.norm.pdf(dprime / 2))
    return float(np.sqrt(p * (1 - p) / density**2 * (1 / n + 1 / m)))


def _correlation(effect: float, sample: Sample, clustering: Clustering, critical: float) -> float:
    if sample.units <= 3 or sample.judgments <= 0:
        return 0.0
    each = sample.judgments / sample.units
    single = clustering.unit
    reliability = each * single / (1 + (each - 1) * single)
    seen = effect * np.sqrt(reliability)
    return _two_sided(float(np.arctanh(min(seen, 0.999999)) * np.sqrt(sample.units - 3)), critical)
