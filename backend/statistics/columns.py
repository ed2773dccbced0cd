"""Checks that a frame of judgments has the columns a statistic needs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def complete(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """The rows of `frame` in which none of `columns` is missing: a blank is not a judgment.

    Raises ValueError naming the columns that are not there.

    >>> complete(pd.DataFrame({"rater": ["ann", None]}), ["rater"])["rater"].tolist()
    ['ann']
    """
    absent = [column for column in columns if column not in frame.columns]
    if absent:
        raise ValueError(
            f"judgments need the columns {', '.join(columns)}; {', '.join(absent)} not among "
            f"{', '.join(map(str, frame.columns)) or 'none'}"
        )
    return frame.dropna(subset=list(columns)).reset_index(drop=True)


def truths(values: pd.Series) -> pd.Series:
    """A column of true and false (or 1 and 0) as bool. Raises ValueError naming the column."""
    try:
        return values.astype("boolean").astype(bool)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"column {values.name!r} holds true and false; got {values.unique()[:3].tolist()}"
        ) from error


def numbers(values: pd.Series) -> pd.Series:
    """A column of numbers as float. Raises ValueError naming the column."""
    try:
        return pd.to_numeric(values).astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {values.name!r} holds numbers; {error}") from error


def sorted_codes(values: pd.Series) -> tuple[NDArray[np.int64], list[str]]:
    """Codes by sorted name, -1 where missing, and the names.

    >>> sorted_codes(pd.Series(["b", None, "a"]))
    (array([ 1, -1,  0]), ['a', 'b'])
    """
    codes, names = pd.factorize(values.astype("str"), sort=True)
    return codes.astype(np.int64), [str(name) for name in names]
