"""Internal consistency: do the items of a subscale measure one thing?"""

import numpy as np
import pandas as pd

from backend.statistics.bootstrap import DEFAULT, Floats, Resampling, percentiles
from backend.statistics.columns import complete, numbers
from backend.statistics.estimate import Estimate


def cronbach_alpha(
    frame: pd.DataFrame, quantity: str = "Cronbach's alpha", *, how: Resampling = DEFAULT
) -> Estimate:
    """alpha = k/(k - 1) (1 - sum of item variances / variance of the sum): Cronbach 1951.

    Columns: rater, dialogue, item, value (numbers); one answer sheet is one rater on one dialogue,
    and incomplete sheets are left out. Percentile interval of a bootstrap over raters. Missing with
    one item, fewer than three sheets, or where all sheets have the same sum.

    >>> sheets = [("a", 1, 2), ("b", 3, 3), ("c", 5, 4), ("d", 2, 2)]
    >>> frame = pd.DataFrame([(r, "x", i, v) for r, *vs in sheets for i, v in enumerate(vs)],
    ...                      columns=["rater", "dialogue", "item", "value"])
    >>> round(cronbach_alpha(frame).value, 2)
    0.9
    """
    rated = complete(frame, ["rater", "dialogue", "item", "value"])
    rated = rated.assign(value=numbers(rated["value"]))
    sheets = rated.pivot_table(index=["rater", "dialogue"], columns="item", values="value").dropna()
    bare = Estimate(
        quantity=quantity,
        level=how.level,
        n=len(sheets),
        raters=sheets.index.get_level_values("rater").nunique() if len(sheets) else 0,
        dialogues=sheets.index.get_level_values("dialogue").nunique() if len(sheets) else 0,
        estimator=f"k/(k-1) (1 - sum s_i^2/s^2), k = {sheets.shape[1]} (Cronbach 1951)",
        missing="undefined",
    )
    values = sheets.to_numpy(dtype=float)
    if values.shape[1] < 2:
        return bare.absent(f"{values.shape[1]} item(s): alpha needs two")
    if len(values) < 3:
        return bare.absent(f"{len(values)} complete sheets: alpha needs three")
    value = _alpha(values)
    if not np.isfinite(value):
        return bare.absent("all sheets have the same sum")
    raters = sheets.index.get_level_values("rater")
    codes, names = pd.factorize(raters, sort=True)
    rows = [np.flatnonzero(codes == code) for code in range(len(names))]
    rng = np.random.default_rng(how.seed)
    drawn = np.array(
        [
            _alpha(values[np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))])])
            for _ in range(how.resamples)
        ]
    )
    low, high = percentiles(drawn, how.level) if np.isfinite(drawn).mean() > 0.9 else (0.0, 0.0)
    if high - low < 1e-12:
        return bare.measured(value, interval_missing="the resamples show no spread")
    made = f"percentile, bootstrap over raters, {how.resamples} resamples, seed {how.seed}"
    return bare.measured(value, low, high, made)


def _alpha(values: Floats) -> float:
    k, whole = values.shape[1], float(values.sum(axis=1).var(ddof=1)) if len(values) > 1 else 0.0
    if whole < 1e-12:
        return float("nan")
    return float(k / (k - 1) * (1 - values.var(axis=0, ddof=1).sum() / whole))
