"""Shares of the options of a question: how often each one was chosen, by system."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from backend.statistics.bootstrap import DEFAULT, Floats, Resampling, one_hot_sums
from backend.statistics.clustered import Estimand, estimates
from backend.statistics.columns import complete, sorted_codes
from backend.statistics.estimate import Estimate

_COLUMNS = ["rater", "dialogue", "system", "value"]

_ESTIMATOR = "chosen of all answers"


def shares(
    frame: pd.DataFrame, options: Sequence[str], *, how: Resampling = DEFAULT
) -> list[Estimate]:
    """The share of each option per system, and of all systems (group None), in this order.

    Columns: rater, dialogue, system, value (one of `options`). Rows with a blank are left out. The
    quantity is the option. An option that nobody chose has the share 0. Raises ValueError for
    another value.

    >>> frame = pd.DataFrame({"rater": list("abab"), "dialogue": list("xxyy"), "system": "agenda",
    ...                       "value": ["yes", "no", "yes", "yes"]})
    >>> [(e.quantity, e.group, e.value, e.n) for e in shares(frame, ["yes", "no"])][:2]
    [('yes', 'agenda', 0.75, 4), ('no', 'agenda', 0.25, 4)]
    """
    judged = complete(frame, _COLUMNS)
    if judged.empty:
        return [
            Estimate(
                quantity=option,
                level=how.level,
                n=0,
                raters=0,
                dialogues=0,
                estimator=_ESTIMATOR,
                missing="no answers",
            )
            for option in options
        ]
    chosen = pd.Index(options).get_indexer(pd.Index(judged["value"]))
    if (chosen < 0).any():
        raise ValueError(f"column 'value' has answers that are none of {', '.join(options)}")
    systems, names = sorted_codes(judged["system"])
    count = len(options)
    member = np.vstack([np.eye(len(names)), np.ones((1, len(names)))])
    sums = one_hot_sums(judged, systems * count + chosen, len(names) * count)

    def statistic(totals: Floats) -> Floats:
        answers = np.matmul(member, totals.reshape(len(totals), -1, count))
        with np.errstate(invalid="ignore"):
            found = answers / answers.sum(axis=-1, keepdims=True)
        return np.asarray(found.reshape(len(totals), -1))

    estimands = [
        Estimand(
            name=option,
            group=group,
            estimator=_ESTIMATOR,
            sides={"dialogues": np.repeat(member[index] > 0, count)},
            scale="proportion",
        )
        for index, group in enumerate([*names, None])
        for option in options
    ]
    return estimates(sums, estimands, statistic, how)


def counts(frame: pd.DataFrame, options: Sequence[str]) -> pd.DataFrame:
    """How often each option was chosen: one row per option, one column per system.

    Columns of `frame` as in `shares`.

    >>> frame = pd.DataFrame({"rater": list("ab"), "dialogue": list("xx"), "system": "agenda",
    ...                       "value": ["yes", "yes"]})
    >>> counts(frame, ["yes", "no"]).values.tolist()
    [['yes', 2], ['no', 0]]
    """
    judged = complete(frame, _COLUMNS)
    table = pd.crosstab(judged["value"], judged["system"]).reindex(list(options), fill_value=0)
    return table.rename_axis(index="answer", columns=None).reset_index()
