"""Discrimination: can raters tell simulated seekers from human ones?

For judgments of one dialogue each; choices between two are in `choices`, the formulas in
`sensitivity`, a claim of 'indistinguishable' in `equivalence`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.statistics.bootstrap import DEFAULT, Floats, Ints, Resampling, Sums, one_hot_sums
from backend.statistics.clustered import Estimand, Scale, estimates, with_wilson
from backend.statistics.columns import complete, numbers, sorted_codes, truths
from backend.statistics.estimate import Estimate
from backend.statistics.quantity import Quantity
from backend.statistics.sensitivity import criterion, dprime, rate, rating_area

SIMULATED, HUMAN = "simulated dialogues", "human dialogues"


@dataclass(frozen=True)
class _Measure:
    """One quantity of `identify`: from counts of hits, misses, false alarms, rejections."""

    quantity: Quantity
    estimator: str
    sides: tuple[str, ...]
    scale: Scale
    compute: Callable[[Floats, Floats, Floats, Floats], Floats]


_MEASURES = (
    _Measure(Quantity.HIT_RATE, "said simulated of simulated", (SIMULATED,), "proportion",
             lambda h, m, f, c: rate(h, m)),
    _Measure(Quantity.FALSE_ALARM_RATE, "said simulated of human", (HUMAN,), "proportion",
             lambda h, m, f, c: rate(f, c)),
    _Measure(Quantity.FOOLED_RATE, "said human of simulated", (SIMULATED,), "proportion",
             lambda h, m, f, c: rate(m, h)),
    _Measure(Quantity.DPRIME, "z(H) - z(F), log-linear correction (Hautus 1995)",
             (SIMULATED, HUMAN), "plain", dprime),
    _Measure(Quantity.CRITERION, "-(z(H) + z(F))/2, log-linear correction (Hautus 1995)",
             (SIMULATED, HUMAN), "plain", criterion),
    _Measure(Quantity.ACCURACY, "right of all, both sides", (SIMULATED, HUMAN), "proportion",
             lambda h, m, f, c: rate(h + c, m + f)),
)  # fmt: skip


def identify(
    frame: pd.DataFrame, *, match: str | None = None, how: Resampling = DEFAULT
) -> list[Estimate]:
    """Signal detection per system and overall (group None), from one judgment per row.

    Columns: rater, dialogue, system (of the simulated side; missing for the human side),
    simulated (the truth) and said_simulated, both bool; confidence, where there is one, a number
    that grows with sureness. Rows with a blank answer are left out.

    Quantities: hit rate P(said simulated | simulated), false-alarm rate P(said simulated | human),
    fooled rate P(said human | simulated), d', criterion c (positive: leaning to 'human'), accuracy
    twice (with its cluster interval and with Wilson's, which takes judgments as independent) and,
    with confidence, AUC of the rating ROC. Every system is compared with all human dialogues or,
    with `match` (a column: scenario, length band), only with those whose value also occurs among
    that system's dialogues. Accuracy depends on the share of human dialogues shown; d' does not.

    >>> rows = [("ann", d, d[0] == "s", d in {"s1", "s2", "h1"}) for d in ("s1", "s2", "h1", "h2")]
    >>> frame = pd.DataFrame(rows, columns=["rater", "dialogue", "simulated", "said_simulated"])
    >>> found = identify(frame.assign(system=frame["simulated"].map({True: "agenda", False: None})))
    >>> {e.quantity: round(e.value, 2) for e in found if e.group == "agenda"}["d'"]
    0.97
    """
    needed = ["rater", "dialogue", "simulated", "said_simulated"]
    judged = complete(frame, needed)
    complete(frame, ["system"] if match is None else ["system", match])
    said = truths(judged["said_simulated"]).to_numpy().astype(np.int64)
    found = _signal_detection(_table(judged, said, 2, match), how)
    if "confidence" not in frame:
        return found
    rated = complete(frame, [*needed, "confidence"])
    sign = np.where(truths(rated["said_simulated"]), 1.0, -1.0)
    levels, answers = np.unique(sign * numbers(rated["confidence"]), return_inverse=True)
    return found + _areas(_table(rated, answers, max(len(levels), 1), match), how)


@dataclass(frozen=True)
class _Table:
    """Judgments counted by source and answer, and each group's signal and noise sources."""

    groups: list[str | None]
    sums: Sums
    answers: int
    simulated: NDArray[np.bool_]
    human: NDArray[np.bool_]

    def sides(self, totals: Floats) -> tuple[Floats, Floats]:
        """Answer counts of simulated and human dialogues, each (resamples, groups, answers)."""
        cube = totals.reshape(len(totals), -1, self.answers)
        signal, noise = self.simulated.astype(float), self.human.astype(float)
        return np.matmul(signal, cube), np.matmul(noise, cube)

    def columns(self, side: str, group: int) -> NDArray[np.bool_]:
        """The columns that count a group's judgments of one side."""
        sources = self.simulated if side == SIMULATED else self.human
        return np.repeat(sources[group], self.answers)


def _table(judged: pd.DataFrame, answers: Ints, count: int, match: str | None) -> _Table:
    simulated = truths(judged["simulated"]).to_numpy()
    codes, names = sorted_codes(judged["system"].where(simulated))
    # Simulated dialogues whose system is not named count overall only: they get a source too.
    codes = np.where(codes < 0, len(names), codes)
    sets, patterns = _matched(judged, simulated, codes, len(names), match)
    source = np.where(simulated, codes, len(names) + 1 + sets)
    own = np.vstack([np.eye(len(names) + 1, dtype=bool)[:-1], np.ones(len(names) + 1, dtype=bool)])
    signal = np.hstack([own, np.zeros((len(own), len(patterns)), dtype=bool)])
    against = np.vstack([patterns.T[:-1], np.any(patterns, axis=1, keepdims=True).T])
    noise = np.hstack([np.zeros_like(own), against])
    sums = one_hot_sums(judged, source * count + answers, signal.shape[1] * count)
    return _Table([*names, None], sums, count, signal, noise)


def _matched(
    judged: pd.DataFrame, simulated: NDArray[np.bool_], codes: Ints, systems: int, match: str | None
) -> tuple[Ints, NDArray[np.bool_]]:
    """The matched set of each judgment, and the systems to which each set is matched."""
    if match is None:
        return np.zeros(len(judged), dtype=np.int64), np.ones((1, systems + 1), dtype=bool)
    values, names = sorted_codes(judged[match])
    occurs = np.zeros((len(names) + 1, systems + 1), dtype=bool)
    occurs[values[simulated], codes[simulated]] = True
    occurs[-1] = False  # a blank (code -1) matches nothing
    patterns, sets = np.unique(occurs, axis=0, return_inverse=True)
    return sets.ravel()[values], patterns


def _signal_detection(table: _Table, how: Resampling) -> list[Estimate]:
    def statistic(totals: Floats) -> Floats:
        signal, noise = table.sides(totals)
        counts = (signal[..., 1], signal[..., 0], noise[..., 1], noise[..., 0])
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.stack([m.compute(*counts) for m in _MEASURES], axis=-1).reshape(
                len(totals), -1
            )

    signal, noise = (side[0] for side in table.sides(table.sums.total[None, :]))
    estimands = [
        Estimand(
            name=measure.quantity,
            group=group,
            estimator=measure.estimator,
            sides={side: table.columns(side, index) for side in measure.sides},
            scale=measure.scale,
            edge=_edge(signal[index], noise[index]) if measure.scale == "plain" else None,
        )
        for index, group in enumerate(table.groups)
        for measure in _MEASURES
    ]
    found = estimates(table.sums, estimands, statistic, how)
    return with_wilson(found, Quantity.ACCURACY, how)


def _edge(signal: Floats, noise: Floats) -> str | None:
    for label, answers in ((SIMULATED, signal), (HUMAN, noise)):
        if (answers == 0).any():
            return f"all judgments of {label} gave the same answer, which shows no spread"
    return None


def _areas(table: _Table, how: Resampling) -> list[Estimate]:
    estimands = [
        Estimand(
            name=Quantity.AREA,
            group=group,
            estimator="trapezoid area under the rating ROC (Bamber 1975)",
            sides={side: table.columns(side, index) for side in (SIMULATED, HUMAN)},
            scale="logit",
        )
        for index, group in enumerate(table.groups)
    ]
    return estimates(table.sums, estimands, lambda totals: rating_area(*table.sides(totals)), how)
