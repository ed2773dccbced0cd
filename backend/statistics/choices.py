"""Two-alternative forced choice: how often raters pick the human dialogue out of two."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from backend.statistics.bootstrap import DEFAULT, Floats, Resampling, Sums, one_hot_sums
from backend.statistics.clustered import Estimand, Scale, estimates, with_wilson
from backend.statistics.columns import complete, sorted_codes, truths
from backend.statistics.estimate import Estimate
from backend.statistics.quantity import Quantity
from backend.statistics.sensitivity import forced_choice_dprime, rate

_CHOICES: tuple[tuple[Quantity, str, Scale], ...] = (
    (Quantity.PROPORTION_CORRECT, "right of all choices", "proportion"),
    (Quantity.FOOLED_RATE, "wrong of all choices", "proportion"),
    (Quantity.DPRIME, "sqrt(2) z(p), log-linear correction", "plain"),
)


def compare(frame: pd.DataFrame, *, how: Resampling = DEFAULT) -> list[Estimate]:
    """Two-alternative choices per system and overall (group None), from one choice per row.

    For `compare` (two transcripts) and `interrogate` (two parties). Columns: rater, dialogue (the
    pair's id), system, correct (bool: the human one was named); `side`, where it is known, names
    the side of the human one, with exactly two different names.

    Quantities: proportion correct twice (cluster interval, and Wilson's), d' = sqrt(2) z(p) with
    log-linear correction, fooled rate 1 - p, whose chance level is 0.5, and 'chose SIDE', the mean
    over both true sides of the share that chose the side whose name sorts first: 0.5 is no
    position bias (Macmillan and Creelman 2005, chapter 7).

    >>> frame = pd.DataFrame({"rater": list("aabb"), "dialogue": list("wxyz"), "system": "agenda",
    ...                       "correct": [True, True, True, False]})
    >>> {e.quantity: round(e.value, 2) for e in compare(frame) if e.group is None}
    {'proportion correct': 0.75, 'fooled rate': 0.25, "d'": 0.74}
    """
    needed = ["rater", "dialogue", "system", "correct"]
    judged = complete(frame, needed)
    systems, names = sorted_codes(judged["system"])
    correct = truths(judged["correct"]).to_numpy().astype(np.int64)
    groups: list[str | None] = [*names, None]
    member = _members(len(names))
    sums = one_hot_sums(judged, systems * 2 + correct, 2 * len(names))
    found = _choices(sums, groups, member, how)
    if "side" not in frame:
        return found
    return found + position_bias(frame, how=how)


def _choices(
    sums: Sums, groups: Sequence[str | None], member: NDArray[np.bool_], how: Resampling
) -> list[Estimate]:
    def statistic(totals: Floats) -> Floats:
        wrong, right = _by_group(totals, member, 2)
        with np.errstate(invalid="ignore"):
            measures = [rate(right, wrong), rate(wrong, right), forced_choice_dprime(right, wrong)]
        return np.stack(measures, axis=-1).reshape(len(totals), -1)

    wrong, right = (counts[0] for counts in _by_group(sums.total[None, :], member, 2))
    edge = "all choices were right or all wrong, which shows no spread"
    estimands = [
        Estimand(
            name=quantity,
            group=group,
            estimator=estimator,
            sides={"pairs": np.repeat(member[index], 2)},
            scale=scale,
            edge=None if scale == "proportion" or (wrong[index] and right[index]) else edge,
        )
        for index, group in enumerate(groups)
        for quantity, estimator, scale in _CHOICES
    ]
    return with_wilson(estimates(sums, estimands, statistic, how), Quantity.PROPORTION_CORRECT, how)


def position_bias(frame: pd.DataFrame, *, how: Resampling = DEFAULT) -> list[Estimate]:
    """The estimates 'chose SIDE' of `compare` alone, from the same columns with `side`."""
    judged = complete(frame, ["rater", "dialogue", "system", "correct", "side"])
    systems, names = sorted_codes(judged["system"])
    sides, labels = sorted_codes(judged["side"])
    if len(labels) > 2:
        raise ValueError(f"column 'side' holds two names; got {', '.join(labels)}")
    first, second = (*labels, *("one side", "the other side")[len(labels) :])
    chose_first = truths(judged["correct"]).to_numpy() == (sides == 0)
    member = _members(len(names))
    sums = one_hot_sums(judged, systems * 4 + sides * 2 + chose_first, 4 * len(names))

    def statistic(totals: Floats) -> Floats:
        other, chosen, other_still, chosen_still = _by_group(totals, member, 4)
        return (rate(chosen, other) + rate(chosen_still, other_still)) / 2

    counts = np.stack(_by_group(sums.total[None, :], member, 4), axis=-1)[0]
    estimands = [
        Estimand(
            name=f"chose {first}",
            group=group,
            estimator=f"mean of the shares that chose {first} where the human was there, or not",
            sides={
                f"pairs with the human at {first}": np.outer(member[index], [1, 1, 0, 0]).ravel()
                > 0,
                f"pairs with the human at {second}": np.outer(member[index], [0, 0, 1, 1]).ravel()
                > 0,
            },
            edge="on one side all choices were the same, which shows no spread"
            if (counts[index] == 0).any()
            else None,
        )
        for index, group in enumerate([*names, None])
    ]
    return estimates(sums, estimands, statistic, how)


def _members(systems: int) -> NDArray[np.bool_]:
    """Mask (groups, systems): each system is its own group; the last group has all systems."""
    return np.vstack([np.eye(systems, dtype=bool), np.ones((1, systems), dtype=bool)])


def _by_group(totals: Floats, member: NDArray[np.bool_], answers: int) -> tuple[Floats, ...]:
    cube = np.matmul(member.astype(float), totals.reshape(len(totals), -1, answers))
    return tuple(cube[..., answer] for answer in range(answers))
