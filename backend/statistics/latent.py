"""The Dawid-Skene model: the likely true class of each unit, and each rater's accuracy.

Each unit has a hidden category and each rater a confusion matrix (the probability of each answer,
given the true category); EM estimates both together. Dawid and Skene 1979, Applied Statistics
28(1), 20-28.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from backend.statistics.bootstrap import DEFAULT, MAX_LOST, Floats, Ints, Resampling
from backend.statistics.clustered import effective_wilson
from backend.statistics.columns import complete, sorted_codes
from backend.statistics.estimate import Estimate

#: Number of pseudo-judgments per rater and true category, distributed like an average rater's
#: judgments. In simulated studies (5 to 25 judgments per rater), 4 gave verdicts as good as the
#: majority's or better; 0 gave verdicts that were up to 5 points worse and far too confident.
SMOOTHING = 4.0

#: EM stops when no posterior probability changes by more than this, or after this many iterations.
TOLERANCE, MAX_ITERATIONS = 1e-6, 500

_MODEL = f"Dawid and Skene 1979 by EM, smoothing {SMOOTHING:g}"

#: Refits per kind of cluster; each is a whole EM. A standard error from 50 is good to a tenth.
DRAWS = 50


@dataclass(frozen=True, eq=False)
class DawidSkene:
    """The result of `dawid_skene`: probabilities, with categories and ids as sorted str.

    `posterior` has one row per dialogue and one column per category. `prior` is the share
    of each category among dialogues. `confusion` has the columns rater, truth, said, probability,
    with every pair of categories for every rater; over `said` it sums to 1. `log_likelihood` is of
    the judgments under `prior` and `confusion`, in nats. `objective` is what EM maximises, after
    each iteration: the log likelihood, plus with smoothing the log density of its Dirichlet prior,
    up to a constant. `converged` is false if EM stopped at `max_iterations`.
    """

    posterior: pd.DataFrame
    prior: pd.Series
    confusion: pd.DataFrame
    iterations: int
    log_likelihood: float
    objective: tuple[float, ...]
    converged: bool


@dataclass(frozen=True)
class _Judged:
    counts: Any  # of each rater's answers per unit: CSR, (units, raters x categories)
    units: list[str]
    raters: list[str]
    categories: list[str]


@dataclass(frozen=True)
class _Fit:
    votes: Floats  # (units, categories), raters weighted
    posterior: Floats  # (units, categories)
    prior: Floats  # (categories,)
    said: Floats  # (raters, said, truth)
    log_likelihood: float
    objective: tuple[float, ...]
    converged: bool


def dawid_skene(
    frame: pd.DataFrame, *, smoothing: float = SMOOTHING, max_iterations: int = MAX_ITERATIONS
) -> DawidSkene:
    """Fit Dawid and Skene's model by EM, from the shares of the votes on each unit.

    Columns: rater, dialogue (the unit), value (a category, read as str); rows with a blank are
    left out, repeated judgments count as independent ones. `smoothing` pseudo-judgments (0 for the
    plain 1979 estimate) go to each row of each confusion matrix, spread like all raters' answers
    (and 0.01 of each) against the majority's verdicts. EM finds a maximum near the majority's
    verdicts: where most judgments are wrong, the model can't detect it. Equal evidence stays tied.

    Raises ValueError for absent columns, no judgments, or a negative smoothing.

    >>> said = {"ann": "hsh", "bob": "hsh", "cas": "shs"}
    >>> frame = pd.DataFrame([(rater, unit, value) for rater, values in said.items()
    ...                       for unit, value in zip("xyz", values)],
    ...                      columns=["rater", "dialogue", "value"])
    >>> dawid_skene(frame).posterior.idxmax(axis=1).to_dict()
    {'x': 'h', 'y': 's', 'z': 'h'}
    """
    judged = _judged(frame)
    if not judged.units:
        raise ValueError(
            f"no judgments among {len(frame)} rows: Dawid and Skene's model needs at least one row "
            "with rater, dialogue and value"
        )
    if not smoothing >= 0 or max_iterations < 1:
        raise ValueError(f"smoothing {smoothing} is below 0, or max_iterations below 1")
    fit = _fit(judged, smoothing, max_iterations)
    size = len(judged.categories)
    confusion = {
        "rater": np.repeat(judged.raters, size * size),
        "truth": np.tile(np.repeat(judged.categories, size), len(judged.raters)),
        "said": np.tile(judged.categories, len(judged.raters) * size),
        "probability": fit.said.transpose(0, 2, 1).ravel(),
    }
    posterior = fit.posterior / fit.posterior.sum(axis=1, keepdims=True)
    return DawidSkene(
        posterior=pd.DataFrame(posterior, index=judged.units, columns=judged.categories),
        prior=pd.Series(fit.prior, index=judged.categories),
        confusion=pd.DataFrame(confusion),
        iterations=len(fit.objective),
        log_likelihood=fit.log_likelihood,
        objective=fit.objective,
        converged=fit.converged,
    )


def dawid_skene_accuracy(
    frame: pd.DataFrame, truth: Mapping[str, str], how: Resampling = DEFAULT
) -> list[Estimate]:
    """How often Dawid and Skene's verdict is right, and how often the majority's is.

    Columns as in `dawid_skene`; `truth` maps dialogues to categories. Units that it does not hold
    help to estimate the raters but are not counted. `n` is the number of units counted. A unit with
    tied verdicts counts as the probability that a random one of them is right.

    Intervals: the variance over refits on at most `DRAWS` resamples of each kind of cluster in
    `how`, combined for `two-way` as in `bootstrap.variance`; then Wilson's with effective n.
    Percentiles are unsuitable: a resample has fewer different judgments, so its verdicts are worse.
    There is no interval for `nested`, which would give two copies of a rater different answers.

    >>> frame = pd.DataFrame({"rater": list("abc"), "dialogue": "x", "value": list("hhs")})
    >>> [found.value for found in dawid_skene_accuracy(frame, {"x": "h"})]
    [1.0, 1.0]
    """
    judged = _judged(frame)
    codes = {category: code for code, category in enumerate(judged.categories)}
    known = np.array([unit in truth for unit in judged.units], dtype=float)
    right = np.array([codes.get(str(truth.get(unit)), -1) for unit in judged.units], dtype=np.int64)
    draws, units = min(how.resamples, DRAWS), int(known.sum())
    made = f"interval from {draws} refits a kind of cluster"
    why = f"of {len(known)} judged units none has a known truth" if len(known) else "no judgments"
    bares = [
        Estimate(
            quantity=f"accuracy of {whose} verdict",
            level=how.level,
            n=units,
            raters=len(set((judged.counts[known > 0].indices // max(len(codes), 1)).tolist())),
            dialogues=units,
            estimator=f"share right of units with a known truth, ties as chance; {by}; {made}",
            missing=why,
        )
        for whose, by in (("Dawid and Skene's", _MODEL), ("the majority's", "most votes"))
    ]
    if not units:
        return bares
    values = _accuracies(_fit(judged), right, known)
    fewest = {"raters": len(judged.raters), "dialogues": units}
    if how.clusters in fewest:
        fewest = {how.clusters: fewest[how.clusters]}
    spreads, share = np.full(2, np.nan), 1.0
    if how.clusters != "nested" and draws > 1 and min(fewest.values()) > 1:
        spreads, share = _variance(judged, right, known, fewest, draws, how.seed)
    used, df = replace(how, resamples=draws), min(fewest.values()) - 1
    found = zip(bares, values, spreads, strict=True)
    return [_estimate(bare, float(v), float(spread), share, df, used) for bare, v, spread in found]


def _judged(frame: pd.DataFrame) -> _Judged:
    rows = complete(frame, ["rater", "dialogue", "value"])
    (unit, units), (rater, raters) = sorted_codes(rows["dialogue"]), sorted_codes(rows["rater"])
    said, categories = sorted_codes(rows["value"])
    shape = (len(units), len(raters) * len(categories))
    places = (unit, rater * len(categories) + said)
    counts = sparse.coo_array((np.ones(len(rows)), places), shape=shape).tocsr()
    counts.sum_duplicates()  # also sorts each row, so that the order of judgments has no effect
    return _Judged(counts, units, raters, categories)


def _fit(
    judged: _Judged,
    smoothing: float = SMOOTHING,
    max_iterations: int = MAX_ITERATIONS,
    unit_weights: Floats | None = None,
    rater_weights: Floats | None = None,
) -> _Fit:
    """Fit by EM. A weight of k stands for k copies of a unit or a rater; 0 leaves it out."""
    size, raters = len(judged.categories), len(judged.raters)
    # Units U, raters R, classes C. `judged.counts` is sparse, shape (U, R * C); `votes` and
    # `posterior` have shape (U, C); confusion matrices have shape (R, C answered, C true).
    # Copies of a rater give equal answers, so they share one matrix, and each adds its evidence.
    copies = np.ones(raters) if rater_weights is None else rater_weights
    evidence = (judged.counts @ sparse.diags_array(np.repeat(copies, size))).tocsr()
    evidence.eliminate_zeros()
    by_rater = judged.counts.T.tocsr()
    votes = np.asarray(evidence @ np.tile(np.eye(size), (raters, 1)))
    heard = votes.sum(axis=1)
    weights = np.where(heard > 0, 1.0 if unit_weights is None else unit_weights, 0.0)[:, None]
    posterior = np.where(heard[:, None] > 0, votes / np.maximum(heard, 1)[:, None], 1 / size)
    # Pseudo-judgments are those of an average rater, if the majority is taken to be right.
    average = np.asarray(by_rater @ (_top(votes) * weights)).reshape(raters, size, size)
    average = np.tensordot(copies, average, 1) + 0.01
    pseudo = smoothing * average / average.sum(axis=0)
    objective, converged = list[float](), False
    while not converged and len(objective) < max_iterations:
        # M step: class prior, shape (C,), and confusion matrices from expected counts.
        expected = posterior * weights
        prior = expected.sum(axis=0) / weights.sum()
        said = np.asarray(by_rater @ expected).reshape(raters, size, size) + pseudo
        totals = said.sum(axis=1, keepdims=True)
        said = np.divide(said, totals, out=np.full_like(said, 1 / size), where=totals > 0)
        with np.errstate(divide="ignore"):
            log_prior, log_said = np.log(prior), np.log(said)
        # E step: log joint of judgments and class, shape (U, C), normalised by log-sum-exp.
        joint = np.asarray(evidence @ log_said.reshape(raters * size, size)) + log_prior
        top = joint.max(axis=1, keepdims=True)
        each = top + np.log(np.exp(joint - top).sum(axis=1, keepdims=True))
        likelihood = float((weights * each).sum())
        penalty = np.einsum("r,rst,st->", copies, log_said, pseudo) if smoothing else 0.0
        objective.append(likelihood + float(penalty))
        updated = np.round(np.exp(joint - each), 12)  # so that round-off cannot break a tie
        converged = bool((np.abs(updated - posterior) * (weights > 0)).max() <= TOLERANCE)
        posterior = updated
    return _Fit(votes, posterior, prior, said, likelihood, tuple(objective), converged)


def _accuracies(fit: _Fit, right: Ints, weights: Floats) -> Floats:
    """Accuracy of the model's and of the majority's verdicts, shape (2,); NaN with no units."""
    weights = weights * (fit.votes.sum(axis=1) > 0)
    if not weights.sum():
        return np.full(2, np.nan)
    tops = (_top(scores)[np.arange(len(right)), right] for scores in (fit.posterior, fit.votes))
    return np.array([(weights * top * (right >= 0)).sum() / weights.sum() for top in tops])


def _top(scores: Floats) -> Floats:
    """1 for the largest score of each row, shared where several tie."""
    tied = scores >= scores.max(axis=1, keepdims=True) - 1e-9
    return np.asarray(tied / tied.sum(axis=1, keepdims=True))


def _variance(
    judged: _Judged, right: Ints, known: Floats, fewest: Mapping[str, int], draws: int, seed: int
) -> tuple[Floats, float]:
    """Variance of both accuracies, and the smallest share of refits that had a value."""
    spread, shares = dict[str, Floats](), list[float]()
    for place, kind in enumerate([*fewest, "cells"] if len(fewest) > 1 else fewest):
        rng = np.random.default_rng(seed + place)
        values = np.array([_refit(judged, right, known, kind, rng) for _ in range(draws)])
        there = values[np.isfinite(values[:, 0])]
        shares.append(len(there) / draws)
        spread[kind] = there.var(axis=0, ddof=1) if len(there) > 1 else np.full(2, np.nan)
        if kind in fewest:
            spread[kind] *= fewest[kind] / (fewest[kind] - 1)
    if len(fewest) == 1:
        return spread[kind], shares[0]
    one, other = spread["raters"], spread["dialogues"]
    return np.maximum(one + other - spread["cells"], np.maximum(one, other)), min(shares)


def _refit(
    judged: _Judged, right: Ints, known: Floats, kind: str, rng: np.random.Generator
) -> Floats:
    if kind == "dialogues":
        weights = _times(len(judged.units), rng)
        return _accuracies(_fit(judged, unit_weights=weights), right, known * weights)
    if kind == "raters":
        fit = _fit(judged, rater_weights=_times(len(judged.raters), rng))
        return _accuracies(fit, right, known)
    drawn = judged.counts.copy()
    row = np.repeat(np.arange(len(judged.units)), np.diff(drawn.indptr))
    pair = row * len(judged.raters) + drawn.indices // len(judged.categories)
    pairs, cell = np.unique(pair, return_inverse=True)
    drawn.data *= _times(len(pairs), rng)[cell]
    drawn.eliminate_zeros()
    return _accuracies(_fit(replace(judged, counts=drawn)), right, known)


def _times(number: int, rng: np.random.Generator) -> Floats:
    return rng.multinomial(number, np.full(number, 1 / number)).astype(float)


def _estimate(
    bare: Estimate, value: float, spread: float, share: float, df: int, how: Resampling
) -> Estimate:
    reasons = (
        (how.clusters == "nested", "no nested bootstrap: copies of a rater share one matrix"),
        (df < 1, "one rater or one unit shows no spread"),
        (value in (0, 1), f"at {value:.0f} the judgments show no spread"),
        (share < 1 - MAX_LOST, f"{1 - share:.0%} of the refits held no unit with a known truth"),
        (not spread > 1e-20, "the refits show no spread"),
    )
    if why := next((reason for holds, reason in reasons if holds), None):
        return bare.measured(value, interval_missing=why)
    se = float(np.sqrt(spread))
    low, high = effective_wilson(value, bare.n, se, df, how.level)
    interval = f"{how}; Wilson with effective n and t({df})"
    return bare.measured(value, low, high, interval, se=se, df=df)
