"""Reliability of raters' means at the level they are shown, and the ceiling of a correlation.

A point is a turn, a dialogue or a system. Its value is the mean over its turns (and dialogues) of
the mean rating. Raters' errors make points differ from what they would be with infinitely many
raters. The share of the points' variance that is not error is the reliability; its root bounds the
correlation of any metric with the points (attenuation: Spearman 1904).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from backend.statistics.bootstrap import DEFAULT, MAX_LOST, Floats, Ints, Resampling, percentiles
from backend.statistics.columns import complete
from backend.statistics.correlation import FEWEST, Level
from backend.statistics.estimate import Estimate


def reliability(
    ratings: pd.DataFrame, *, level: Level = "dialogue", how: Resampling = DEFAULT
) -> Estimate:
    """The share of the variance of raters' means that is not raters' error, at a level.

    Columns: unit (what one rating is about: a turn, a dialogue, a pair), dialogue, system, rater,
    value (a number). reliability = 1 - E / V. V is the variance of the points. E is the variance
    among points of the error of their means, from the residuals of ratings about their unit's mean:
    residuals of one rater within a point are added up before they are squared, so that what a rater
    does in all turns of a dialogue does not average out, and what a rater does in all points
    alike is no error among them (a cluster-robust variance, clustered by rater: Liang and Zeger
    1986). Where a point is one unit and all have k raters who share nothing, this is ICC(1,k).

    The interval is the percentile interval of a bootstrap over dialogues, or over systems.
    Missing with fewer than three points, without a unit that two raters rated, or where all points
    are the same.

    >>> ratings = pd.DataFrame({"unit": list("xxyyzz"), "dialogue": list("xxyyzz"), "system": "s",
    ...                         "rater": list("abcdef"), "value": [1, 2, 3, 3, 5, 4]})
    >>> round(reliability(ratings).value, 3)
    0.926
    """
    used = complete(ratings, ["unit", "dialogue", "rater", "value"])
    if level == "system":
        used = used[used["system"].notna()]
    bare = Estimate(
        quantity=f"reliability of the means, {level} level",
        level=how.level,
        n=len(used),
        raters=used["rater"].nunique(),
        dialogues=used["dialogue"].nunique(),
        estimator="1 - variance of raters' error / variance of the means",
        missing="undefined",
    )
    if (used.groupby("unit")["rater"].nunique() < 2).all():
        return bare.absent("no unit was rated by two raters")
    points = _Points.of(used, level)
    if len(points.values) < FEWEST:
        return bare.absent(f"{len(points.values)} {level}s: reliability needs {FEWEST}")
    value = points.reliability(np.ones((1, len(points.values))))[0]
    if not np.isfinite(value):
        return bare.absent(f"all {level}s have the same mean")
    drawn = points.reliability(points.weights(how))
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < (1 - MAX_LOST) * how.resamples:
        return bare.measured(float(value), interval_missing="too few different points")
    low, high = percentiles(drawn, how.level)
    over = "systems" if level == "system" else "dialogues"
    interval = f"percentile, bootstrap over {over}, {how.resamples} resamples, seed {how.seed}"
    return bare.measured(float(value), low, high, interval)


def ceiling(reliable: Estimate) -> Estimate:
    """The highest correlation a metric can be expected to have: the root of the reliability.

    A metric equal to the true values has this correlation with the noisy means. Missing where the
    reliability is missing, or not above 0.
    """
    bare = reliable.model_copy(
        update={"quantity": "ceiling of a correlation", "estimator": f"sqrt({reliable.quantity})"}
    )
    if reliable.value is None or reliable.value <= 0:
        return bare.absent(reliable.missing or "the raters' means are not reliable at all")
    value = float(np.sqrt(reliable.value))
    if reliable.low is None or reliable.high is None or reliable.high <= 0:
        return bare.measured(value, interval_missing=reliable.interval_missing or "none")
    low, high = (float(np.sqrt(max(0.0, bound))) for bound in (reliable.low, reliable.high))
    return bare.measured(value, low, high, f"of {reliable.interval}")


@dataclass(frozen=True)
class _Points:
    """Points and the raters' errors in them.

    `values` are the points' means, shape (points,); `errors` the weighted residuals of each rater
    in each point, (points, raters), sparse; `cluster` the code of what is resampled, (points,).
    """

    values: Floats
    errors: sparse.csr_array
    cluster: Ints

    @classmethod
    def of(cls, used: pd.DataFrame, level: Level) -> "_Points":
        unit = pd.factorize(used["unit"], sort=True)[0]
        rater, names = pd.factorize(used["rater"], sort=True)
        value = used["value"].to_numpy(dtype=float)
        sizes = np.bincount(unit)
        means = np.bincount(unit, value) / sizes
        first = np.unique(unit, return_index=True)[1]
        dialogue = pd.factorize(used["dialogue"], sort=True)[0][first]
        system = pd.factorize(used["system"], sort=True)[0][first] if "system" in used else dialogue
        # Weight of each unit in its point: units count alike in a dialogue, dialogues in a system.
        point, weight = np.arange(len(means)), np.ones(len(means))
        if level != "turn":
            point, weight = dialogue, 1 / np.bincount(dialogue)[dialogue]
        if level == "system":
            pairs = np.unique(np.column_stack([system, dialogue]), axis=0)
            point, weight = system, weight / np.bincount(pairs[:, 0])[system]
        count = point.max() + 1
        # Residuals of k raters have the variance (k - 1) / k of errors.
        correction = np.sqrt(sizes / np.maximum(sizes - 1, 1))
        residual = (value - means[unit]) * correction[unit] * weight[unit] / sizes[unit]
        shape = (count, len(names))
        errors = sparse.csr_array((residual, (point[unit], rater)), shape=shape)
        cluster = np.arange(count)
        if level == "turn":
            cluster = dialogue
        values = np.bincount(point, weight * means).astype(float)
        return cls(values, _filled(errors, sizes, point), cluster)

    def weights(self, how: Resampling) -> Floats:
        """How often each point is drawn, (resamples, points): clusters with all their points."""
        count = self.cluster.max() + 1
        rng = np.random.default_rng(how.seed)
        drawn = rng.multinomial(count, np.full(count, 1 / count), size=how.resamples)
        return np.asarray(drawn[:, self.cluster], dtype=float)

    def reliability(self, weights: Floats) -> Floats:
        """1 - E / V for rows of weights, shape (rows,); NaN where the points do not differ."""
        n = weights.sum(axis=1)
        mean = weights @ self.values / n
        variance = (weights @ self.values**2 - n * mean**2) / (n - 1)
        squares = np.asarray(self.errors.multiply(self.errors).sum(axis=1)).ravel()
        shared = ((self.errors.T @ weights.T) ** 2).sum(axis=0)
        error = (weights @ squares - shared / n) / (n - 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(variance > 1e-12, 1 - error / variance, np.nan))


def _filled(errors: sparse.csr_array, sizes: Ints, point: Ints) -> sparse.csr_array:
    """The errors, with those of points that hold units of one rater scaled up.

    One rating shows no error of its own. A point some of whose units were rated once is taken to
    have the error of the others: the share of its units that show any is made up for; a point
    without any has the mean error of all points.
    """
    shown = np.bincount(point, sizes > 1) / np.bincount(point)
    scale = np.sqrt(1 / np.maximum(shown, 1e-9)) * (shown > 0)
    filled = sparse.csr_array(errors * scale[:, None])
    lacking = np.flatnonzero(shown == 0)
    if not len(lacking):
        return filled
    squares = np.asarray(filled.multiply(filled).sum(axis=1)).ravel()
    typical = np.sqrt(squares[shown > 0].mean())
    own = sparse.csr_array(
        (np.full(len(lacking), typical), (lacking, np.arange(len(lacking)))),
        shape=(errors.shape[0], len(lacking)),
    )
    return sparse.csr_array(sparse.hstack([filled, own]))
