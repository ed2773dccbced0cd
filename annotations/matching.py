"""Matched pairs of dialogues: equal on named columns, similar in length, each used once."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.optimize import linear_sum_assignment

from annotations.questions import Spec


class Match(Spec):
    """How pairs are matched: exactly `on` these columns, and in `length` within `tolerance`.

    `tolerance` is the largest allowed ratio minus one: 0.25 pairs 100 words with 80 to 125.
    """

    on: tuple[str, ...] = ("recommender_system",)
    length: str | None = "seeker_words"
    tolerance: float = Field(default=0.25, gt=0)


@dataclass(frozen=True)
class Pair:
    """Ids of two matched dialogues, and what they were matched on."""

    left: str
    right: str
    stratum: tuple[str, ...]


def pairs(
    left: pd.DataFrame, right: pd.DataFrame, match: Match, rng: np.random.Generator
) -> list[Pair]:
    """Pairs closest in log length overall, by optimal assignment within each stratum.

    Both frames have `id`, the columns of `match.on` and `match.length`. No dialogue is used
    twice. Ties are broken by `rng`. Source: the assignment problem as in
    scipy.optimize.linear_sum_assignment.
    """
    found: list[Pair] = []
    columns = list(match.on)
    strata = dict(list(_keyed(right, columns).groupby("_stratum", sort=True)))
    for stratum, ours in _keyed(left, columns).groupby("_stratum", sort=True):
        theirs = strata.get(stratum)
        if theirs is None:
            continue
        ours = ours.iloc[rng.permutation(len(ours))]
        theirs = theirs.iloc[rng.permutation(len(theirs))]
        cost = _log_distance(ours, theirs, match.length)
        limit = np.log1p(match.tolerance) + 1e-9
        # Forbidden pairs cost more than any number of allowed ones, so that the most pairs win.
        rows, cols = linear_sum_assignment(np.where(cost <= limit, cost, 1e6))
        found += [
            Pair(
                str(ours["id"].iloc[i]), str(theirs["id"].iloc[j]), tuple(str(stratum).split("\t"))
            )
            for i, j in zip(rows, cols, strict=True)
            if cost[i, j] <= limit
        ]
    return found


def _keyed(frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    key = frame[columns].astype("object").fillna("-").agg("\t".join, axis=1) if columns else "-"
    return frame.assign(_stratum=key)


def _log_distance(
    ours: pd.DataFrame, theirs: pd.DataFrame, length: str | None
) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    if length is None:
        return np.zeros((len(ours), len(theirs)))
    a = np.log(np.maximum(ours[length].to_numpy(dtype=float), 1))
    b = np.log(np.maximum(theirs[length].to_numpy(dtype=float), 1))
    distance: np.ndarray[tuple[int, int], np.dtype[np.float64]] = np.abs(a[:, None] - b[None, :])
    return distance
