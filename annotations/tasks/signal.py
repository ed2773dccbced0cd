"""Findings of the tasks that have a truth: discrimination, forced choice, where marks fell."""

import pandas as pd

from annotations.tasks.finding import Finding


def discrimination_findings(frame: pd.DataFrame, *, seed: int) -> list[Finding]:
    """TODO"""
    return []


def forced_choice_findings(frame: pd.DataFrame, *, seed: int) -> list[Finding]:
    """TODO"""
    return []


def marks_finding(judgments: pd.DataFrame) -> list[Finding]:
    """TODO"""
    return []
