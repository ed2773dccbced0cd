"""Ratings: the means of each system on each question, and an ordinal model to check them."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse, stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from backend.statistics.bootstrap import DEFAULT, Floats, Resampling, column_sums
from backend.statistics.clustered import Estimand, estimates
from backend.statistics.columns import complete, numbers, sorted_codes
from backend.statistics.estimate import HUMAN, Estimate

_COLUMNS = ["rater", "dialogue", "question", "value"]

#: Maximum number of distinct values for an ordinal model, and of judgments: more take minutes.
MAX_CATEGORIES = 20
MAX_JUDGMENTS = 50_000


def means(frame: pd.DataFrame, *, how: Resampling = DEFAULT) -> list[Estimate]:
    """Mean rating per question and system, and per question overall (group None).

    Columns: rater, dialogue, system (missing: played by a human, reported as group 'human'),
    question, value (a number). Rows with a blank value are left out. The quantity is the question,
    the value is sum(x)/n in units of the scale; every judgment weighs the same. Treats the scale
    as equidistant: `ordinal_contrasts` does not.

    >>> frame = pd.DataFrame({"rater": list("abab"), "dialogue": list("xxyy"), "system": "agenda",
    ...                       "question": "natural", "value": [4, 5, 3, 4]})
    >>> [(e.quantity, e.group, e.value, e.n) for e in means(frame)]
    [('natural', 'agenda', 4.0, 4), ('natural', None, 4.0, 4)]
    """
    rated = _rated(frame)
    found: list[Estimate] = []
    for question, judged in rated.groupby("question", sort=True):
        found += _question_means(str(question), judged, how)
    return found or [_absent("rating", "mean", "no ratings", how)]


def distribution(frame: pd.DataFrame) -> pd.DataFrame:
    """How often each value was given: question, system, value, n, share (of that system's n).

    Columns of `frame` as in `means`. Values nobody gave have no row.

    >>> frame = pd.DataFrame({"rater": list("abc"), "dialogue": list("xxx"), "system": "agenda",
    ...                       "question": "natural", "value": [4, 5, 4]})
    >>> distribution(frame)[["value", "n"]].values.tolist()
    [[4.0, 2.0], [5.0, 1.0]]
    """
    rated = _rated(frame)
    keys = ["question", "system", "value"]
    counts = rated.groupby(keys, sort=True).size().rename("n").reset_index()
    total = counts.groupby(["question", "system"])["n"].transform("sum")
    return counts.assign(share=counts["n"] / total)


def ordinal_contrasts(
    frame: pd.DataFrame, *, reference: str | None = None, how: Resampling = DEFAULT
) -> list[Estimate]:
    """Log-odds of a higher rating than `reference`'s, per question and other system: a check.

    Proportional odds, logit P(value > k) = b_system - t_k: McCullagh 1980, fitted by statsmodels
    `OrderedModel`; b is the shift of every threshold t_k at once. Wald intervals with standard
    errors clustered by rater only. `reference` is 'human' where there are human ratings, else the
    first system by name. Missing, with the reason, where the model has no finite fit.

    >>> frame = pd.DataFrame({"rater": list("abcdef") * 2, "dialogue": list("x" * 6 + "y" * 6),
    ...     "system": ["a"] * 6 + ["b"] * 6, "question": "natural",
    ...     "value": [1, 2, 2, 3, 1, 2, 2, 3, 3, 2, 1, 3]})
    >>> [(e.group, round(e.value, 1)) for e in ordinal_contrasts(frame)]
    [('b', 1.3)]
    """
    found: list[Estimate] = []
    for question, judged in _rated(frame).groupby("question", sort=True):
        names = sorted(judged["system"].unique())
        first = reference or (HUMAN if HUMAN in names else names[0])
        others = [name for name in names if name != first]
        found += _contrasts(str(question), judged, first, others, how)
    return found or [_absent("rating", "proportional odds", "no ratings", how)]


def _rated(frame: pd.DataFrame) -> pd.DataFrame:
    complete(frame, ["system"])
    rated = complete(frame, _COLUMNS)
    return rated.assign(
        value=numbers(rated["value"]), system=rated["system"].astype("str").fillna(HUMAN)
    )


def _question_means(question: str, judged: pd.DataFrame, how: Resampling) -> list[Estimate]:
    systems, names = sorted_codes(judged["system"])
    rows, values = np.arange(len(judged)), judged["value"].to_numpy()
    features = sparse.csr_array(
        (
            np.concatenate([np.ones(len(judged)), values]),
            (np.concatenate([rows, rows]), np.concatenate([systems, systems + len(names)])),
        ),
        shape=(len(judged), 2 * len(names)),
    )
    groups: list[str | None] = [*names, None]

    def statistic(totals: Floats) -> Floats:
        n, added = totals[:, : len(names)], totals[:, len(names) :]
        n = np.column_stack([n, n.sum(axis=1)])
        added = np.column_stack([added, added.sum(axis=1)])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(added / n)

    estimands = []
    for index, group in enumerate(groups):
        counted = np.zeros(2 * len(names), dtype=bool)
        counted[: len(names)] = True if group is None else np.arange(len(names)) == index
        given = values if group is None else values[systems == index]
        edge = (
            f"all ratings are {given[0]:g}, which shows no spread" if np.ptp(given) == 0 else None
        )
        estimands.append(Estimand(question, group, "mean", {"dialogues": counted}, edge=edge))
    sums = column_sums(judged["rater"], judged["dialogue"], features)
    return estimates(sums, estimands, statistic, how)


def _contrasts(
    question: str, judged: pd.DataFrame, reference: str, others: list[str], how: Resampling
) -> list[Estimate]:
    estimator = f"proportional odds against {reference} (statsmodels OrderedModel)"
    quantity = f"{question}: log-odds of a higher rating"
    fit = _fit(judged, reference, others)
    if isinstance(fit, str):
        return [
            _absent(quantity, estimator, fit, how, judged, [name, reference], name)
            for name in others
        ] or [_absent(quantity, estimator, fit, how, judged, [reference], None)]
    z = float(stats.norm.isf((1 - how.level) / 2))
    raters = judged["rater"].nunique()
    contrasts = []
    for index, name in enumerate(others):
        bare = _absent(quantity, estimator, "-", how, judged, [name, reference], name)
        value, se = float(fit.params.iloc[index]), float(fit.bse.iloc[index])
        if raters < 2:
            why = "one rater shows no spread between raters"
            contrasts.append(bare.measured(value, interval_missing=why))
            continue
        interval = "Wald, standard errors clustered by rater"
        low, high = value - z * se, value + z * se
        contrasts.append(bare.measured(value, low, high, interval, se=se, df=raters - 1))
    return contrasts


def _fit(judged: pd.DataFrame, reference: str, others: list[str]) -> Any:
    """The fitted model, or the reason why there is none."""
    if not others or reference not in set(judged["system"]):
        return f"a contrast needs {reference!r} and another system"
    categories = judged["value"].nunique()
    if categories < 2:
        return "all ratings are the same"
    if categories > MAX_CATEGORIES:
        return f"{categories} distinct values are no ordered categories (at most {MAX_CATEGORIES})"
    if len(judged) > MAX_JUDGMENTS:
        return f"{len(judged)} ratings are too many to fit here (at most {MAX_JUDGMENTS})"
    parameters = len(others) + categories - 1
    if len(judged) <= parameters:
        return f"{len(judged)} ratings are too few for a model of {parameters} parameters"
    dummies = pd.DataFrame({name: (judged["system"] == name).astype(float) for name in others})
    raters = pd.factorize(judged["rater"], sort=True)[0]
    robust = {"cov_type": "cluster", "cov_kwds": {"groups": raters}} if raters.max() else {}
    levels = pd.Series(pd.Categorical(judged["value"], ordered=True), index=judged.index)
    # A failing fit gives many kinds of warnings; the code checks the result instead.
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            fit = OrderedModel(levels, dummies, distr="logit").fit(
                method="bfgs", disp=False, maxiter=500, **robust
            )
            errors = np.asarray(fit.bse)[: len(others)]
        except (np.linalg.LinAlgError, ValueError, FloatingPointError) as error:
            return f"the model can't be fitted: {error}"
    slopes = np.asarray(fit.params)[: len(others)]
    sound = np.isfinite(slopes).all() and np.isfinite(errors).all() and (errors > 0).all()
    if not sound or np.abs(slopes).max() > 10:
        return "no finite fit: a system's ratings all lie above or below the others'"
    if not fit.mle_retvals["converged"]:
        return "the fit did not converge"
    return fit


def _absent(
    quantity: str,
    estimator: str,
    missing: str,
    how: Resampling,
    judged: pd.DataFrame | None = None,
    systems: list[str] | None = None,
    group: str | None = None,
) -> Estimate:
    used = None if judged is None else judged[judged["system"].isin(systems or [])]
    return Estimate(
        quantity=quantity,
        group=group,
        level=how.level,
        n=0 if used is None else len(used),
        raters=0 if used is None else used["rater"].nunique(),
        dialogues=0 if used is None else used["dialogue"].nunique(),
        estimator=estimator,
        missing=missing,
    )
