"""Estimate: one number with its interval, n and methods, or the reason why it is missing."""

import math
from collections.abc import Iterable
from typing import Self, TypeAlias

import pandas as pd
from pydantic import Field, model_validator

from backend import __version__
from backend.dialogue import Fact

#: Names that a line on a method lists at most.
MAX_NAMES = 6


class Missing(str):
    """The reason why a value can't be computed."""

    __slots__ = ()


#: A number without an interval, or the reason why there is none.
Value: TypeAlias = float | Missing

#: The group of ratings and preferences whose judged side was a human, not a system.
HUMAN = "human"


class Estimate(Fact):
    """One quantity of one group: a value with its interval, or the reason why there is none.

    `group` is a system's name, or None for all systems together. `n` is the number of `counted`
    (judgments, dialogues, turns) that were used, `raters` and `dialogues` the distinct ones among
    them; a count is None where the data names none. `estimator` names the formula, `interval` the
    method of `low` and `high` with its resamples and seed. `se` is the standard error on the scale
    of `value` and `df` the degrees of freedom of its t distribution, where the method has them.
    `level` is a probability.

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
    counted: str = Field(default="judgments", min_length=1)
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

    def __str__(self) -> str:
        if self.value is None:
            return f"missing: {self.missing}"
        return f"{self.short}, n = {self.n:,} {self.counted}"

    @property
    def short(self) -> str:
        """The value and its interval, or the reason why the value is missing, without n."""
        if self.value is None:
            return f"missing: {self.missing}"
        interval = "" if self.low is None else f" [{self.low:.3f}, {self.high:.3f}]"
        return f"{self.value:.3f}{interval}"

    @property
    def method(self) -> str:
        """Estimator, interval method with its seed, and version of Uncanny, in one line."""
        interval = f"{self.level:.0%} interval: {self.interval}" if self.interval else "no interval"
        return f"{self.estimator} | {interval} | Uncanny {__version__}"

    @property
    def signature(self) -> str:
        """The method with n: what another laboratory needs to compare its figure with this one.

        The idea is sacreBLEU's (Post 2018).

        >>> Estimate(quantity="share", value=0.5, low=0.1, high=0.9, n=4, counted="turns",
        ...          estimator="share", interval="Wilson").signature
        'share | 95% interval: Wilson | n = 4 turns | Uncanny 0.1.0'
        """
        method, version = self.method.rsplit(" | ", 1)
        return f"{method} | n = {self.n:,} {self.counted} | {version}"

    def absent(self, reason: str) -> Self:
        """Return the same estimate without a value, for this reason."""
        nothing = dict.fromkeys(("value", "low", "high", "interval", "se", "df"))
        return self._with(**nothing, interval_missing=None, missing=reason)

    def measured(
        self,
        value: float,
        low: float | None = None,
        high: float | None = None,
        interval: str | None = None,
        *,
        se: float | None = None,
        df: float | None = None,
        interval_missing: str | None = None,
    ) -> Self:
        """Return the same estimate with a value and its interval, or the reason for no interval."""
        bounds = {"low": low, "high": high, "interval": interval, "se": se, "df": df}
        return self._with(value=value, missing=None, interval_missing=interval_missing, **bounds)

    def _with(self, **fields: object) -> Self:
        # `model_copy` would not check that value, interval and reasons fit together.
        return type(self).model_validate({**self.model_dump(), **fields})


def methods(named: Iterable[tuple[str, Estimate]]) -> list[str]:
    """The distinct methods of estimates that have a value, each after the names it made.

    The method that made most, if more than `MAX_NAMES`, comes last, after "all others".

    >>> made = Estimate(quantity="d", value=1, n=9, estimator="z", interval_missing="one rater")
    >>> methods([("d' of a", made), ("d' of b", made)])
    ["d' of a, d' of b: z | no interval | Uncanny 0.1.0"]
    """
    names: dict[str, list[str]] = {}
    for name, estimate in named:
        if estimate.value is not None:
            same = names.setdefault(estimate.method, [])
            if name not in same:
                same.append(name)
    usual = max(names, key=lambda method: len(names[method]), default="")
    if len(names.get(usual, ())) > MAX_NAMES:
        del names[usual]
        names[usual] = ["all others" if names else "all"]
    return [f"{', '.join(same)}: {method}" for method, same in names.items()]


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
