"""How well raters locate the message at which a simulator takes over: shares, errors, chance."""

from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from annotations.questions import NEVER
from backend.statistics.bootstrap import Floats, Resampling, column_sums
from backend.statistics.clustered import Estimand, estimates
from backend.statistics.clustered import Scale as Spread
from backend.statistics.columns import sorted_codes
from backend.statistics.estimate import Estimate


class Located(StrEnum):
    """The quantities of `locate`."""

    EXACTLY = "located exactly"
    NEARLY = "located within one seeker turn"
    SAID_NEVER = "said never"
    SIGNED_ERROR = "signed error"
    EXACTLY_BY_CHANCE = "by chance, exactly"
    NEARLY_BY_CHANCE = "by chance, within one"
    FALSE_ALARM = "false alarm"


#: Maximum distance, in seeker turns, that counts as near.
NEAR = 1

SWAPPED, NAMED, UNSWAPPED = "swapped dialogues", "swapped dialogues as swapped", "unswapped ones"


#: Columns summed over judgments: counts, errors in seeker turns, and chance probabilities.
_COLUMNS = ("n", "exact", "near", "never", "named", "error", "by chance", "near by chance")
_AT = {name: at for at, name in enumerate(_COLUMNS)}

_CHANCE = "mean over judgments of a uniform guess over the seeker turns shown"

#: Estimand, numerator, denominator, estimator, kind of dialogues judged, scale of the interval.
_OF: tuple[tuple[Located, str, str, str, str, Spread], ...] = (
    (Located.EXACTLY, "exact", "n", "named the swap's turn of swapped", SWAPPED, "proportion"),
    (Located.NEARLY, "near", "n", "named a turn at most one seeker turn off "
     "of swapped", SWAPPED, "proportion"),
    (Located.SAID_NEVER, "never", "n", "said never of swapped", SWAPPED, "proportion"),
    (Located.SIGNED_ERROR, "error", "named", "mean of named less true, in seeker turns", NAMED,
     "plain"),
    (Located.EXACTLY_BY_CHANCE, "by chance", "n", _CHANCE, SWAPPED, "plain"),
    (Located.NEARLY_BY_CHANCE, "near by chance", "n", _CHANCE, SWAPPED, "plain"),
)  # fmt: skip


def locate(frame: pd.DataFrame, *, how: Resampling) -> list[Estimate]:
    """Estimate how well takeovers are located, per system and overall (group None).

    `frame` has one row per judgment: rater, dialogue, system; said and swap, a turn's index as
    text or 'never'; places, a list of the seeker turns shown, as such texts. An answer that is
    neither a place nor 'never' is left out.

    Quantities for swapped dialogues: located exactly; located within one seeker turn; said never;
    signed error in seeker turns (late is positive) of the answers that name a turn; and the
    results of a uniform guess over the seeker turns shown, exactly and within one. For unswapped
    dialogues, overall only: false alarm, the share that named a turn.

    >>> turns = ["0", "2", "4", "6"]
    >>> frame = pd.DataFrame({"rater": list("aabb"), "dialogue": list("xyxy"), "system": "agenda",
    ...     "said": ["4", "6", "2", "never"], "swap": "4", "places": [turns] * 4})
    >>> {e.quantity: e.value for e in locate(frame, how=Resampling()) if e.group == "agenda"}
    ... # doctest: +NORMALIZE_WHITESPACE
    {'located exactly': 0.25, 'located within one seeker turn': 0.75, 'said never': 0.25,
     'signed error': 0.0, 'by chance, exactly': 0.25, 'by chance, within one': 0.75}
    """
    fits = [s == NEVER or s in p for s, p in zip(frame["said"], frame["places"], strict=True)]
    judged = frame[np.array(fits, dtype=bool)].reset_index(drop=True)
    is_swapped = judged["swap"].ne(NEVER).to_numpy()
    codes, names = sorted_codes(judged["system"].where(is_swapped))
    shape = (len(names) + 1, len(_COLUMNS))
    features = np.zeros((len(judged), *shape))
    # Unswapped dialogues have the code -1, so they fill the last row of features.
    features[np.arange(len(judged)), codes] = _features(judged)
    sums = column_sums(
        judged["rater"], judged["dialogue"], features.reshape(len(judged), shape[0] * shape[1])
    )

    def statistic(totals: Floats) -> Floats:
        cube = totals.reshape(len(totals), *shape)
        ours = np.concatenate([cube[:, :-1], cube[:, :-1].sum(axis=1, keepdims=True)], axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = [ours[..., _AT[top]] / ours[..., _AT[bottom]] for _, top, bottom, *_ in _OF]
            alarms = cube[:, -1:, _AT["named"]] / cube[:, -1:, _AT["n"]]
        found = np.stack(shares, axis=-1).reshape(len(totals), -1)
        return np.concatenate([found, alarms], axis=1)

    def counted(at: int | None, column: str) -> NDArray[np.bool_]:
        mask = np.zeros(shape, dtype=bool)
        mask[slice(0, -1) if at is None else at, _AT[column]] = True
        return mask.ravel()

    groups: list[tuple[int | None, str | None]] = [*enumerate(names), (None, None)]
    estimands = [
        Estimand(name, group, estimator, {side: counted(at, bottom)}, scale)
        for at, group in groups
        for name, _, bottom, estimator, side, scale in _OF
    ]
    alarm = {UNSWAPPED: counted(-1, "n")}
    estimands.append(
        Estimand(Located.FALSE_ALARM, None, "named a turn of unswapped", alarm, "proportion")
    )
    return estimates(sums, estimands, statistic, how)


def _features(judged: pd.DataFrame) -> Floats:
    rows = []
    for said, swap, shown in zip(judged["said"], judged["swap"], judged["places"], strict=True):
        named = said != NEVER
        if swap == NEVER:
            rows.append([1.0, 0, 0, not named, named, 0, 0, 0])
            continue
        at = shown.index(swap)
        error = shown.index(said) - at if named else 0
        near = min(at + NEAR, len(shown) - 1) - max(at - NEAR, 0) + 1
        exact, close = named and error == 0, named and abs(error) <= NEAR
        chance = (1 / len(shown), near / len(shown))
        rows.append([1.0, exact, close, not named, named, error, *chance])
    return np.array(rows, dtype=float).reshape(len(judged), len(_COLUMNS))
