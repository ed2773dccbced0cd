"""Two groups of dialogues compared by one statistic: values, intervals and their ratio.

Dialogues are the units that are resampled. Every interval is the 95% percentile interval.

- Ratios of sums and medians: bootstrap with replacement, `RESAMPLES` resamples.
- Dist-n at a fixed number of tokens: random halves of the dialogues, drawn without replacement
  (Politis and Romano 1994). With replacement, a dialogue would be there twice and lower Dist-n. The
  mean of n/2 of n values without replacement has the variance sigma^2 / n of the mean of all, so
  that halves spread as the statistic of all dialogues does, as far as it is close to a mean.
- A ratio of two groups: the ratios of their resamples, which are independent of each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from backend.metrics.distinct import distinct, tokens
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import RESAMPLES, bootstrap_over, missing, with_percentiles

Floats: TypeAlias = NDArray[np.float64]

#: Halves of the dialogues that Dist-n is computed on.
HALVES = 100

#: Tokens looked at in each half, and random orders of its turns at most: with fewer, orders would
#: spread more than halves do. What of that is left makes intervals somewhat too wide.
HALF_TOKENS, MAX_ORDERS = 20_000, 20

#: Numbers of tokens at which Dist-n is compared; the largest is taken that both groups allow.
BUDGETS = (4000, 2000, 1000, 500, 250)


@dataclass(frozen=True)
class ResampledStatistic:
    """A statistic of a group of dialogues, and its values in resamples of the dialogues."""

    estimate: Estimate
    resampled: Floats


def ratio_of_sums(
    counts: Sequence[tuple[float, float]], of: str, *, seed: int
) -> ResampledStatistic:
    """Sum of the first over sum of the second; one pair a dialogue. `n` is the second sum.

    >>> ratio_of_sums([(1, 2), (3, 2)], "turns", seed=0).estimate.value
    1.0
    """
    data = np.asarray(counts, dtype=float).reshape(-1, 2)
    total = data[:, 1].sum()
    if not total:
        return _missing(of, f"no {of}", "ratio of sums")
    drawn = data[_picks(len(data), seed)].sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        resampled = drawn[:, 0] / drawn[:, 1]
    value = float(data[:, 0].sum() / total)
    interval = bootstrap_over("dialogues", seed)
    return _sample(value, round(total), of, resampled, "ratio of sums", interval)


def median_of(values: Sequence[Sequence[int]], of: str, *, seed: int) -> ResampledStatistic:
    """Median of all values; one list a dialogue.

    >>> median_of([[1, 2], [9]], "turns", seed=0).estimate.value
    2.0
    """
    longest = max((value for those in values for value in those), default=0)
    # Counts by dialogue and value, (dialogues, values): a resample is a sum of rows.
    counts = np.array([np.bincount(those, minlength=longest + 1) for those in values if those])
    if not len(counts):
        return _missing(of, f"no {of}", "median")
    drawn = counts[_picks(len(counts), seed)].sum(axis=1)
    resampled = np.array([_median(row) for row in drawn])
    interval = bootstrap_over("dialogues", seed)
    value, n = _median(counts.sum(axis=0)), int(counts.sum())
    return _sample(value, n, of, resampled, "median", interval)


def distinct_at(
    texts: Sequence[Sequence[str]], n: int, budget: int, *, seed: int
) -> ResampledStatistic:
    """Dist-n of the first `budget` tokens; one list of texts a dialogue. `n` is the budget.

    There is no interval where a random half of the dialogues has fewer tokens than the budget.
    """
    orders = min(MAX_ORDERS, HALF_TOKENS // budget)
    value = distinct(_joined(texts), n, budget=budget, seed=seed, draws=4 * orders)
    if value is None:
        return _missing("tokens", f"fewer than {budget} tokens", f"Dist-{n}")
    rng = np.random.default_rng(seed)
    resampled = []
    for _ in range(HALVES):
        half = rng.permutation(len(texts))[: len(texts) // 2]
        found = distinct(
            _joined([texts[at] for at in half]), n, budget=budget, seed=seed, draws=orders
        )
        resampled.append(np.nan if found is None else found)
    interval = f"percentile, {HALVES} random halves of the dialogues, seed {seed}"
    return _sample(value, budget, "tokens", np.array(resampled), f"Dist-{n}", interval)


def shared_budget(groups: Sequence[Sequence[Sequence[str]]]) -> int:
    """The largest of `BUDGETS` that half of each group holds with a margin, else the smallest."""
    held = min(sum(len(tokens(text)) for text in _joined(texts)) for texts in groups)
    return next((budget for budget in BUDGETS if 2.5 * budget <= held), BUDGETS[-1])


def ratio_of(pair: ResampledStatistic, people: ResampledStatistic) -> Estimate:
    """The value of a pair over that of people."""
    of = pair.estimate.counted
    estimator = f"{pair.estimate.estimator}, pair over people"
    for name, sample in (("pair", pair), ("people", people)):
        if sample.estimate.value is None:
            return missing(f"{name}: {sample.estimate.missing}", of, estimator=estimator)
    assert pair.estimate.value is not None
    if not people.estimate.value:
        return missing("people's value is 0", of, estimator=estimator)
    with np.errstate(invalid="ignore", divide="ignore"):
        resampled = pair.resampled / people.resampled
    value = pair.estimate.value / people.estimate.value
    interval = pair.estimate.interval or "percentile, resamples of both groups"
    return _sample(value, pair.estimate.n, of, resampled, estimator, interval).estimate


def _picks(n: int, seed: int) -> NDArray[np.int64]:
    """Indices of dialogues, (resamples, dialogues)."""
    return np.random.default_rng(seed).integers(0, n, (RESAMPLES, n))


def _median(counts: NDArray[np.int64]) -> float:
    """The median of values 0, 1, ... that occur so often."""
    upto = counts.cumsum()
    total = int(upto[-1])
    low, high = np.searchsorted(upto, [(total - 1) // 2, total // 2], side="right")
    return float(low + high) / 2


def _joined(texts: Sequence[Sequence[str]]) -> list[str]:
    return [text for those in texts for text in those]


def _sample(
    value: float, n: int, of: str, resampled: Floats, estimator: str, interval: str
) -> ResampledStatistic:
    estimate = with_percentiles(value, resampled, n, of, estimator=estimator, interval=interval)
    return ResampledStatistic(estimate, resampled)


def _missing(of: str, reason: str, estimator: str) -> ResampledStatistic:
    none = np.full(RESAMPLES, np.nan)
    return ResampledStatistic(missing(reason, of, estimator=estimator), none)
