"""Equivalence: 'indistinguishable' is claimed by two one-sided tests, never by a large p."""

from pydantic import Field
from scipy import stats

from backend.dialogue import Fact
from backend.statistics.estimate import Estimate


class Equivalence(Fact):
    """Two one-sided tests of whether one estimate lies within bounds that make no difference.

    `p` is the larger of the two one-sided p-values; `low` and `high` are the interval at level
    1 - 2 alpha, which lies within the bounds exactly when p < alpha. All three are None where
    `missing` gives a reason.
    """

    quantity: str
    group: str | None
    value: float | None
    bounds: tuple[float, float]
    alpha: float = Field(gt=0, lt=0.5)
    p: float | None = None
    low: float | None = None
    high: float | None = None
    n: int
    estimator: str
    missing: str | None = None

    @property
    def indistinguishable(self) -> bool:
        """Whether equivalence is shown. False does not mean that a difference is shown."""
        return self.p is not None and self.p < self.alpha


def equivalence(estimate: Estimate, low: float, high: float, alpha: float = 0.05) -> Equivalence:
    """TOST of an estimate against the bounds (low, high), on the estimate's own scale.

    t_low = (value - low)/se, t_high = (high - value)/se; p is the larger upper tail of
    t(df). Schuirmann 1987; Lakens 2017. Bounds are the smallest difference that would matter,
    fixed before the data are seen: d' in (-0.3, 0.3), or a proportion in (0.45, 0.55).
    Missing where the estimate has no standard error. Raises ValueError if low >= high.

    >>> seen = Estimate(quantity="d'", value=0.05, low=-0.15, high=0.25, n=900, se=0.1, df=40,
    ...                 estimator="z", interval="t")
    >>> [equivalence(seen, -bound, bound).indistinguishable for bound in (0.3, 0.1)]
    [True, False]
    """
    if low >= high:
        raise ValueError(f"equivalence bounds go from low to high; got ({low}, {high})")
    result = Equivalence(
        quantity=estimate.quantity,
        group=estimate.group,
        value=estimate.value,
        bounds=(low, high),
        alpha=alpha,
        n=estimate.n,
        estimator=f"two one-sided t tests of {estimate.estimator}",
        missing=estimate.missing or estimate.interval_missing,
    )
    if estimate.value is None or estimate.se is None or estimate.df is None:
        why = result.missing or f"{estimate.interval} has no standard error"
        return result.model_copy(update={"missing": why})
    distances = (estimate.value - low, high - estimate.value)
    p = max(float(stats.t.sf(distance / estimate.se, estimate.df)) for distance in distances)
    reach = float(stats.t.isf(alpha, estimate.df)) * estimate.se
    return result.model_copy(
        update={"p": p, "low": estimate.value - reach, "high": estimate.value + reach}
    )
