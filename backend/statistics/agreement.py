"""Agreement between raters on the same units, and the reliability of their mean.

A unit is what several raters judged: a dialogue, or a value of the column that `unit` names.
Rater ids are optional: none of these statistics follows one rater from unit to unit.
"""

from typing import Literal, TypeAlias

import evalica
import numpy as np
import pandas as pd
from scipy import sparse, stats

from backend.statistics.bootstrap import (
    DEFAULT,
    MAX_LOST,
    Floats,
    Ints,
    Resampling,
    percentiles,
    replicates,
)
from backend.statistics.columns import complete, numbers
from backend.statistics.estimate import Estimate

Metric: TypeAlias = Literal["nominal", "ordinal", "interval"]

#: With more distinct values than this, the bootstrap of alpha takes too much memory.
MAX_VALUES = 200


def krippendorff_alpha(
    frame: pd.DataFrame,
    metric: Metric = "nominal",
    *,
    unit: str = "dialogue",
    how: Resampling = DEFAULT,
) -> Estimate:
    """Krippendorff's alpha = 1 - observed / expected disagreement, by evalica.

    Columns: the unit, value (numbers; for 'nominal' anything), rater where known. Units rated once
    are left out. 1 is perfect agreement, 0 what chance gives, below 0 worse than chance.
    Krippendorff 2018, chapter 12. The interval is the percentile interval of a bootstrap over
    units, so it does not allow for raters. Missing with fewer than two raters or units, or when
    all values are the same. Raises ValueError for values that are not numbers.

    >>> frame = pd.DataFrame({"dialogue": list("wwxxyyzz"), "value": [1, 1, 2, 2, 3, 3, 1, 2]})
    >>> round(krippendorff_alpha(frame).value, 3)
    0.667
    """
    rated = _shared(frame, unit)
    bare = _bare(rated, f"Krippendorff's alpha, {metric}", "1 - observed/expected (evalica)", how)
    why = _why_not(rated)
    if why:
        return bare.absent(why)
    if metric == "nominal":
        values, levels = pd.factorize(rated["value"].astype("str"), sort=True)
    else:
        values, levels = pd.factorize(numbers(rated["value"]), sort=True)
    # Which rater gave a value does not enter alpha: slots within a unit stand in for raters.
    slots = rated.assign(code=values, slot=rated.groupby("unit").cumcount())
    scale = np.arange(len(levels)) if metric != "interval" else np.asarray(levels, dtype=float)
    table = slots.assign(value=scale[values]).pivot(index="slot", columns="unit", values="value")
    value = evalica.alpha(table, distance=metric).alpha
    if len(levels) > MAX_VALUES:
        return bare.measured(value, interval_missing=f"more than {MAX_VALUES} distinct values")
    coincidences = _coincidences(slots, len(levels))
    drawn = replicates(
        coincidences,
        lambda totals: _alphas(totals, scale.astype(float), metric),
        how.resamples,
        how.seed,
    )
    return _with_percentiles(bare, value, drawn[:, 0], how)


def percent_agreement(
    frame: pd.DataFrame, *, unit: str = "dialogue", how: Resampling = DEFAULT
) -> Estimate:
    """Mean over units of the share of rater pairs that gave the same value.

    Columns and what is left out as in `krippendorff_alpha`; values may be anything. A proportion;
    Fleiss 1971's observed agreement. It ignores chance: raters who all say the same always agree.

    >>> frame = pd.DataFrame({"dialogue": list("xxxyy"), "value": [1, 1, 2, 3, 3]})
    >>> round(percent_agreement(frame).value, 3)
    0.667
    """
    rated = _shared(frame, unit)
    bare = _bare(rated, "percent agreement", "mean share of agreeing pairs (Fleiss 1971)", how)
    why = _why_not(rated)
    if why:
        return bare.absent(why)
    counts = rated.groupby(["unit", "value"]).size().rename("n").reset_index()
    same = (counts["n"] * (counts["n"] - 1)).groupby(counts["unit"]).sum()
    sizes = counts.groupby("unit")["n"].sum()
    shares = (same / (sizes * (sizes - 1))).to_numpy(dtype=float)
    features = sparse.csr_array(np.column_stack([shares, np.ones(len(shares))]))
    drawn = replicates(
        features, lambda totals: totals[:, :1] / totals[:, 1:], how.resamples, how.seed
    )
    return _with_percentiles(bare, float(shares.mean()), drawn[:, 0], how)


def intraclass_correlations(
    frame: pd.DataFrame, *, unit: str = "dialogue", how: Resampling = DEFAULT
) -> list[Estimate]:
    """ICC(1), the reliability of one rating, and ICC(1,k), that of a unit's mean rating.

    Columns and what is left out as in `krippendorff_alpha`; values are numbers. One-way random
    effects, raters not identified: ICC(1) = (MSB - MSW)/(MSB + (k - 1) MSW) and
    ICC(1,k) = (MSB - MSW)/MSB; Shrout and Fleiss 1979. With unequal numbers of ratings k is
    (N - sum n_i^2/N)/(units - 1), Donner 1986, and the F interval is approximate. Negative where
    raters differ more within units than units differ. Missing as in `krippendorff_alpha`.
    Raises ValueError for values that are not numbers.

    >>> frame = pd.DataFrame({"dialogue": list("xxyyzz"), "value": [1, 2, 3, 3, 5, 4]})
    >>> [round(e.value, 3) for e in intraclass_correlations(frame)]
    [0.862, 0.926]
    """
    rated = _shared(frame, unit)
    names = (("ICC(1)", "one rating, one-way random"), ("ICC(1,k)", "mean rating, one-way random"))
    bares = [_bare(rated, name, f"{text} (Shrout and Fleiss 1979)", how) for name, text in names]
    why = _why_not(rated)
    if why:
        return [bare.absent(why) for bare in bares]
    values = numbers(rated["value"])
    groups = values.groupby(rated["unit"])
    sizes, averages = groups.size().to_numpy(dtype=float), groups.mean().to_numpy()
    between_df, within_df = len(sizes) - 1, len(values) - len(sizes)
    between = float((sizes * (averages - values.mean()) ** 2).sum()) / between_df
    within = float(((values - groups.transform("mean")) ** 2).sum()) / within_df
    k = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / between_df
    if between == 0:
        why = "all units have the same mean"
        single, mean = (_named(bare, k) for bare in bares)
        return [single.measured(-1 / (k - 1), interval_missing=why), mean]
    if within == 0:
        return [
            _named(bare, k).measured(1.0, interval_missing="raters never differ") for bare in bares
        ]
    f = between / within
    tail = (1 - how.level) / 2
    low = f / float(stats.f.isf(tail, between_df, within_df))
    high = f * float(stats.f.isf(tail, within_df, between_df))
    interval = f"F({between_df}, {within_df})"
    single, mean = bares
    return [
        _named(single, k).measured(
            (f - 1) / (f + k - 1),
            (low - 1) / (low + k - 1),
            (high - 1) / (high + k - 1),
            interval,
        ),
        _named(mean, k).measured(1 - 1 / f, 1 - 1 / low, 1 - 1 / high, interval),
    ]


def _shared(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Ratings of units rated at least twice, with the unit's code in column `unit`."""
    rated = complete(frame, [unit, "value"])
    codes, _ = pd.factorize(rated[unit], sort=True)
    rated = rated.assign(unit=codes)
    # Sorted by value within a unit, so that row order cannot change the rounding.
    rated = rated.sort_values(["unit", "value"], kind="stable")
    return rated[rated.groupby("unit")["unit"].transform("size") > 1].reset_index(drop=True)


def _why_not(rated: pd.DataFrame) -> str | None:
    if "rater" in rated and rated["rater"].nunique() == 1:
        return "one rater: agreement needs two"
    units = rated["unit"].nunique()
    if units < 2:
        return f"{units} units with two or more ratings: agreement needs two"
    if rated["value"].nunique() < 2:
        return "all values are the same, so chance agreement is perfect too"
    return None


def _coincidences(slots: pd.DataFrame, levels: int) -> sparse.csr_array:
    """Each unit's coincidence matrix as a row: (units, levels^2)."""
    counts = slots.groupby(["unit", "code"]).size().rename("n").reset_index()
    counts["size"] = counts.groupby("unit")["n"].transform("sum")
    pairs = counts.merge(counts[["unit", "code", "n"]], on="unit", suffixes=("", "_other"))
    own = (pairs["code"] == pairs["code_other"]).astype(int)
    weights = pairs["n"] * (pairs["n_other"] - own) / (pairs["size"] - 1)
    units = pd.factorize(pairs["unit"], sort=True)[0]
    columns = pairs["code"] * levels + pairs["code_other"]
    shape = (units.max() + 1, levels**2)
    return sparse.csr_array((weights.to_numpy(dtype=float), (units, columns)), shape=shape)


def _alphas(totals: Floats, scale: Floats, metric: Metric) -> Floats:
    """Alpha of each row of summed coincidences, shape (rows, 1); NaN where values are constant."""
    levels = len(scale)
    observed = totals.reshape(len(totals), levels, levels)
    margins = observed.sum(axis=2)
    if metric == "nominal":
        distance = np.broadcast_to(1 - np.eye(levels), observed.shape)
    else:
        places = np.broadcast_to(scale, margins.shape)
        if metric == "ordinal":
            places = np.cumsum(margins, axis=1) - margins / 2
        distance = (places[:, :, None] - places[:, None, :]) ** 2
    expected = margins[:, :, None] * margins[:, None, :]
    n = margins.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        disagreement = (observed * distance).sum(axis=(1, 2))
        chance = (expected * distance).sum(axis=(1, 2)) / (n - 1)
        return np.asarray(1 - disagreement / chance)[:, None]


def _bare(rated: pd.DataFrame, quantity: str, estimator: str, how: Resampling) -> Estimate:
    return Estimate(
        quantity=quantity,
        level=how.level,
        n=len(rated),
        raters=rated["rater"].nunique() if "rater" in rated else None,
        dialogues=rated["dialogue"].nunique() if "dialogue" in rated else None,
        estimator=estimator,
        missing="undefined for these ratings",
    )


def _named(bare: Estimate, k: float) -> Estimate:
    return bare.model_copy(update={"estimator": f"{bare.estimator}, k = {k:.3g}"})


def _with_percentiles(bare: Estimate, value: float, drawn: Floats, how: Resampling) -> Estimate:
    units: Ints = np.flatnonzero(np.isfinite(drawn))
    if len(units) < (1 - MAX_LOST) * len(drawn):
        return bare.measured(
            value, interval_missing="too few units: most resamples hold one value only"
        )
    low, high = percentiles(drawn, how.level)
    if high - low < 1e-12:
        return bare.measured(value, interval_missing="the resamples show no spread")
    interval = f"percentile, bootstrap over units, {how.resamples} resamples, seed {how.seed}"
    return bare.measured(value, low, high, interval)
