"""A finding: one titled table of estimates, and how a page should draw it."""

from dataclasses import dataclass, field
from enum import StrEnum

import pandas as pd

from backend.statistics.estimate import Estimate


class Drawing(StrEnum):
    """How a finding is best shown. Pages decide what that looks like."""

    INTERVALS = "intervals"
    RANKING = "ranking"
    NUMBERS = "numbers"


@dataclass(frozen=True)
class Finding:
    """Estimates that belong together, with an explanation that a reader can check.

    `counts` is a companion table of raw counts (answers per option and group), never smoothed.
    """

    title: str
    explanation: str
    estimates: list[Estimate]
    drawing: Drawing = Drawing.INTERVALS
    reference: float | None = None
    counts: pd.DataFrame | None = None
    caveats: list[str] = field(default_factory=list)
