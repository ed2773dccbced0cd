"""Preference: which systems are preferred in A/B judgments, by Bradley-Terry."""

import numpy as np
import pandas as pd
from evalica import Winner, bradley_terry
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.sparse import csgraph

from backend.statistics.bootstrap import (
    DEFAULT,
    MAX_LOST,
    Floats,
    Ints,
    Resampling,
    one_hot_sums,
    percentiles,
    replicates,
)
from backend.statistics.columns import complete
from backend.statistics.estimate import HUMAN, Estimate
from backend.statistics.quantity import Quantity

_ESTIMATOR = "Bradley-Terry (evalica), a tie half a win for each"
_WINNERS = {"left": Winner.X, "right": Winner.Y, "tie": Winner.Draw}


def strengths(frame: pd.DataFrame, *, how: Resampling = DEFAULT) -> list[Estimate]:
    """Log strength and rank of each system, with percentile intervals over raters.

    Columns: rater, left, right (system names; missing: played by a human, group 'human') and
    winner, one of 'left', 'right', 'tie'. If there is a column `dialogue`, its distinct values are
    counted. Rows with a blank winner, or of a system against itself, are left out.

    P(i over j) = s_i / (s_i + s_j), Bradley and Terry 1952, by maximum likelihood (evalica, after
    Newman 2023); a tie counts half a win for each, which is not Davidson's model of ties. Log
    strengths are natural logs centred on 0: a difference is the log-odds of being preferred.
    Rank 1 is the strongest, equal strengths share the mean rank. Finite strengths exist only if a
    chain of wins or ties leads from every system to every other (Ford 1957); otherwise all are
    missing, and the reason names the parts. Always resamples raters, whatever `how.clusters`.
    Raises ValueError for another winner.

    >>> votes = [("ann", "a", "b", "left")] * 3 + [("bob", "a", "b", "right")]
    >>> frame = pd.DataFrame(votes, columns=["rater", "left", "right", "winner"])
    >>> [(e.quantity, e.group, round(e.value, 2)) for e in strengths(frame)][:2]
    [('log strength', 'a', 0.55), ('rank', 'a', 1.0)]
    """
    judged = _compared(frame)
    names = _names(judged)
    kinds = _kinds(judged, names)
    counts = np.bincount(kinds, minlength=3 * len(names) ** 2).astype(float)
    why = _why_not(counts, names)
    if why:
        return [
            _bare(judged, name, quantity, how, why)
            for name in (names or (None,))
            for quantity in (Quantity.LOG_STRENGTH, Quantity.RANK)
        ]
    there = np.flatnonzero(counts)
    columns = np.searchsorted(there, kinds)
    # Only raters are resampled here, so they stand in for dialogues too.
    sums = one_hot_sums(judged.assign(dialogue=judged["rater"]), columns, len(there))
    values = _strengths(counts[None, there], there, len(names))
    drawn = np.full((1, 2 * len(names)), np.nan)
    if sums.raters.shape[0] > 1:
        drawn = replicates(
            sums.raters,
            lambda totals: _strengths(totals, there, len(names)),
            how.resamples,
            how.seed,
        )
    return [
        _estimate(judged, name, quantity, values[0, column], drawn[:, column], how)
        for index, name in enumerate(names)
        for quantity, column in (
            (Quantity.LOG_STRENGTH, index),
            (Quantity.RANK, len(names) + index),
        )
    ]


def win_matrix(frame: pd.DataFrame) -> pd.DataFrame:
    """How often the system of the row was preferred to the one of the column; ties as halves.

    Columns of `frame` as in `strengths`.

    >>> votes = [("ann", "a", "b", "left"), ("bob", "b", "a", "tie")]
    >>> frame = pd.DataFrame(votes, columns=["rater", "left", "right", "winner"])
    >>> win_matrix(frame).values.tolist()
    [[0.0, 1.5], [0.5, 0.0]]
    """
    judged = _compared(frame)
    names = _names(judged)
    counts = np.bincount(_kinds(judged, names), minlength=3 * len(names) ** 2).astype(float)
    return pd.DataFrame(_wins(counts, len(names)), index=names, columns=names)


def _compared(frame: pd.DataFrame) -> pd.DataFrame:
    complete(frame, ["left", "right"])
    judged = complete(frame, ["rater", "winner"])
    unknown = set(judged["winner"]) - set(_WINNERS)
    if unknown:
        raise ValueError(
            f"column 'winner' holds {', '.join(_WINNERS)}; got {', '.join(map(str, unknown))}"
        )
    judged = judged.assign(
        left=judged["left"].astype("str").fillna(HUMAN),
        right=judged["right"].astype("str").fillna(HUMAN),
    )
    return judged[judged["left"] != judged["right"]].reset_index(drop=True)


def _names(judged: pd.DataFrame) -> list[str]:
    return sorted(set(judged["left"]) | set(judged["right"]))


def _kinds(judged: pd.DataFrame, names: list[str]) -> Ints:
    """A code for each judgment: (first system, second, result), the two systems in name order."""
    left = pd.Categorical(judged["left"], categories=names).codes.astype(np.int64)
    right = pd.Categorical(judged["right"], categories=names).codes.astype(np.int64)
    result = judged["winner"].map({"tie": 0, "left": 1, "right": 2}).to_numpy(dtype=np.int64)
    swapped = left > right
    result = np.where(swapped & (result > 0), 3 - result, result)
    first, second = np.minimum(left, right), np.maximum(left, right)
    return np.asarray((first * len(names) + second) * 3 + result)


def _wins(counts: Floats, systems: int) -> Floats:
    cube = counts.reshape(systems, systems, 3)
    ties = cube[..., 0] / 2
    return np.asarray(cube[..., 1] + cube[..., 2].T + ties + ties.T)


def _why_not(counts: Floats, names: list[str]) -> str | None:
    if len(names) < 2:
        return "no comparisons"
    wins = _wins(counts, len(names))
    for connection, reason in (
        ("weak", "systems in different parts were never compared"),
        ("strong", "a part never beat or tied another, so strengths have no finite values"),
    ):
        parts, labels = _components(wins, connection)
        if parts > 1:
            members = [[n for n, own in zip(names, labels, strict=True) if own == part]
                       for part in range(parts)]  # fmt: skip
            return f"{reason}: " + " | ".join(", ".join(part) for part in members)
    return None


def _components(wins: Floats, connection: str) -> tuple[int, NDArray[np.int32]]:
    parts, labels = csgraph.connected_components(
        sparse.csr_array(wins > 0), directed=True, connection=connection
    )
    return int(parts), labels


def _strengths(totals: Floats, kinds: Ints, systems: int) -> Floats:
    """Log strengths, then ranks, of each row of counts; NaN where the row is not connected."""
    first, second, result = kinds // (3 * systems), kinds // 3 % systems, kinds % 3
    winners = [(Winner.Draw, Winner.X, Winner.Y)[code] for code in result]
    index = pd.RangeIndex(systems)
    out = np.full((len(totals), 2 * systems), np.nan)
    for row, weights in enumerate(totals):
        counts = np.zeros(3 * systems**2)
        counts[kinds] = weights
        if _components(_wins(counts, systems), "strong")[0] > 1:
            continue
        fitted = bradley_terry(
            first.tolist(), second.tolist(), winners, index=index, weights=weights.tolist(),
            tolerance=1e-8, limit=10_000,
        )  # fmt: skip
        logs = np.log(fitted.scores.reindex(index).to_numpy(dtype=float))
        logs -= logs.mean()
        out[row] = np.concatenate([logs, stats.rankdata(-logs.round(6))])
    return out


def _bare(
    judged: pd.DataFrame, name: str | None, quantity: Quantity, how: Resampling, missing: str
) -> Estimate:
    own = judged[(judged["left"] == name) | (judged["right"] == name)]
    return Estimate(
        quantity=quantity,
        group=name,
        level=how.level,
        n=len(own),
        raters=own["rater"].nunique(),
        dialogues=own["dialogue"].nunique() if "dialogue" in own else None,
        estimator=_ESTIMATOR,
        missing=missing,
    )


def _estimate(
    judged: pd.DataFrame,
    name: str,
    quantity: Quantity,
    value: float,
    drawn: Floats,
    how: Resampling,
) -> Estimate:
    bare = _bare(judged, name, quantity, how, "the fit has no finite strength")
    if not np.isfinite(value):
        return bare
    there = np.isfinite(drawn)
    lost = 1 - there.mean()
    why = None
    if judged["rater"].nunique() < 2:
        why = "one rater shows no spread between raters"
    elif lost > MAX_LOST:
        why = f"{lost:.0%} of the resamples of raters leave systems unconnected"
    elif quantity is not Quantity.RANK and np.ptp(drawn[there]) < 1e-9:
        why = "the resamples show no spread"
    if why:
        return bare.measured(value, interval_missing=why)
    low, high = percentiles(drawn, how.level)
    made = f"percentile, cluster bootstrap over raters, {how.resamples} resamples, seed {how.seed}"
    return bare.measured(value, low, high, made)
