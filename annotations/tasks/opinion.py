"""Findings of the tasks that have no truth: ratings, preferences, agreement."""

import pandas as pd

from annotations.questions import Question
from annotations.tasks.finding import Finding


def rating_findings(judgments: pd.DataFrame, form: list[Question], *, seed: int) -> list[Finding]:
    """TODO"""
    return []


def preference_findings(
    judgments: pd.DataFrame, contrasts: list[str], *, seed: int
) -> list[Finding]:
    """TODO"""
    return []
