"""Means of the stored scores by system, with and without the dialogues in which a target leaked."""

import pandas as pd

from backend.dialogue import Role
from backend.metrics.leaks import ANY
from backend.pool import Pool
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import mean, missing


def summarised(pool: Pool, role: Role, names: list[str] | None = None) -> pd.DataFrame:
    """One row a system of `role` and metric.

    Columns: system, metric, all and without_leaked (estimates), leaked (a count). Scores are those
    of dialogues, of the version scored last; `leaked` counts dialogues in which a target was given
    away, as `leakage` found. Where leakage is not known, nothing is left out.
    """
    scores = pool.scores()
    scores = scores[scores["turn"].isna()]
    last = scores.groupby("metric", sort=False)["version"].transform("last")
    scores = scores[scores["version"] == last]
    leaked = set(scores.loc[(scores["metric"] == ANY) & (scores["value"] > 0), "dialogue"])
    if names:
        scores = scores[scores["metric"].isin(names)]
    column = f"{role.value}_system"
    systems = pool.frame().set_index("id")[column].fillna("people")
    scores = scores.assign(system=scores["dialogue"].map(systems))
    rows = []
    for (system, metric), mine in scores.groupby(["system", "metric"], sort=True):
        known = mine[mine["value"].notna()]
        clean = known[~known["dialogue"].isin(leaked)]
        rows.append(
            {
                "system": str(system),
                "metric": str(metric),
                "all": _mean(known, mine),
                "without_leaked": _mean(clean, mine),
                "leaked": int(known["dialogue"].isin(leaked).sum()),
            }
        )
    return pd.DataFrame(rows, columns=["system", "metric", "all", "without_leaked", "leaked"])


def _mean(known: pd.DataFrame, every: pd.DataFrame) -> Estimate:
    if known.empty:
        reasons = every["missing"].dropna()
        why = str(reasons.mode().iloc[0]) if len(reasons) else "only leaked dialogues"
        return missing(why, "dialogues", estimator="mean")
    return mean(known["value"].tolist(), "dialogues")
