"""Estimate: one number with its interval, n and methods, or the reason why it is missing."""

import math
from collections.abc import Iterable
from typing import Self

import pandas as pd
from pydantic import Field, model_validator

from backend.dialogue import Fact

#: The group of ratings and preferences whose judged side was a human, not a system.
HUMAN = "human"


class Estimate(Fact):
    """One quantity of one group: a value with its interval, or the reason why there is none.

    `group` is a system's name, or None for all systems together. `n` counts the judgments used,
    `raters` and `dialogues` the distinct ones among them; a count is None where the data names
    none. `estimator` names the formula, `interval` the method of `low` and `high` with its
    resamples and seed. `se` is the standard error on the scale of `value` and `df` the degrees of
    freedom of its t distribution, where the method has them. `level` is a probability.

    Exactly one of `value` and `missing` is given; a value has either an interval or
    `interval_missing`, the reason why not.
    """

    quantity: str = Field(min_length=1)
    group: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = Field(default=0.95, gt=0, lt=1)
    n: int = Field(ge=0)
    raters: int | None = Field(default=None, ge=0)
    dialogues: int | None = Field(default=None, ge=0)
    estimator: str = Field(min_length=1)
    interval: str | None = None
    se: float | None = Field(default=None, gt=0)
    df: float | None = Field(default=None, gt=0)
    missing: str | None = Field(default=None, min_length=1)
    interval_missing: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _a_value_or_a_reason(self) -> Self:
        if (self.value is None) == (self.missing is None):
            raise ValueError("an estimate has either a value or a reason why it is missing")
        bounds = (self.low, self.high, self.interval)
        if self.value is None or self.interval_missing is not None:
            if bounds != (None, None, None):
                raise ValueError("an estimate without an interval has no low, high or interval")
        elif None in bounds:
            raise ValueError("a value has low, high and interval, or a reason in interval_missing")
        if self.value is None and self.interval_missing is not None:
            raise ValueError("a missing estimate has its reason in `missing` alone")
        numbers = (self.value, self.low, self.high, self.se, self.df)
        if not all(number is None or math.isfinite(number) for number in numbers):
            raise ValueError(f"an estimate is finite or missing with a reason; got {numbers}")
        return self


def to_frame(estimates: Iterable[Estimate]) -> pd.DataFrame:
    """One row per estimate and one column per field of `Estimate`, in the order given.

    The dtypes are nullable: an absent value is `<NA>`, never NaN. An empty frame has all columns.

    >>> to_frame([Estimate(quantity="d'", n=0, estimator="z", missing="no judgments")]).loc[0, "n"]
    np.int64(0)
    """
    rows = [estimate.model_dump() for estimate in estimates]
    frame = pd.DataFrame(rows, columns=list(Estimate.model_fields)).convert_dtypes()
    numbers = ["value", "low", "high", "level", "se", "df"]
    counts = ["n", "raters", "dialogues"]
    return frame.astype({**dict.fromkeys(numbers, "Float64"), **dict.fromkeys(counts, "Int64")})
