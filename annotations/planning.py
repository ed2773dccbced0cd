"""Smallest effects that a study can detect, by task: with the judgments so far, and when full."""

import math
from dataclasses import dataclass

import pandas as pd

from annotations import records
from annotations.study import Study
from annotations.tasks.base import TaskBase
from backend.database import Database
from backend.dialogue import Origin
from backend.statistics.power import (
    ALPHA,
    EFFECTS,
    POWER,
    USUAL,
    Clustering,
    Question,
    Sample,
    detectable,
)

#: Number of raters from which a study counts as large: recruiting them takes money and time.
LARGE_CROWD = 200


@dataclass(frozen=True)
class Planned:
    """One task's smallest detectable effects, for its least judged system.

    `wanted` and `done` are that system's judgments, when the study is full and now. `planned` and
    `now` are the effects then and now, None where not even the largest would be detected.
    """

    task: str
    title: str
    question: Question
    effect: str
    wanted: int
    done: int
    planned: float | None
    now: float | None

    def effect_told(self, value: float | None) -> str:
        """Describe an effect in words; `nothing yet` where not even the largest is detectable."""
        what = {
            "identify": "d' of {:.2f} or more",
            "equivalence": "that a d' of 0 is within {:.2f} of it",
            "rate": "systems {:.2f} standard deviations apart",
            "prefer": "a share of {:.0%} or more",
        }[self.question]
        shown = None if value is None else value + 0.5 * (self.question == "prefer")
        return "nothing yet" if shown is None else what.format(shown)


def raters_needed(study: Study, units: pd.DataFrame) -> int:
    """The number of raters who fill all units, if each of them does all of their screens.

    `units` is as from `records.progress`. A rater does every task, and judges a unit once.
    """
    needed = []
    for task in study.tasks:
        mine = units[units["task"] == task.id]
        if len(mine):
            screens = min(task.units_per_rater, len(mine))
            needed.append(math.ceil(mine["wanted"].sum() / screens))
    return max(needed, default=0)


def plan(
    database: Database,
    study: Study,
    *,
    crowd: str = records.PEOPLE,
    clustering: Clustering = USUAL,
) -> list[Planned]:
    """Smallest effects that each measuring task of a stored study can detect, at two-sided 5%.

    The full study's number of raters follows from the protocol's screens per rater; the number
    now is that of the raters who have judged.
    """
    units = records.progress(database, study.name, crowd)
    judged = records.raters(database, study.name, crowd)
    raters = int((judged["judged"] > 0).sum())
    found = []
    for task in study.tasks:
        mine = units[units["task"] == task.id]
        if task.measures is None or mine.empty:
            continue
        needed = math.ceil(mine["wanted"].sum() / task.units_per_rater)
        groups = _groups(mine, task)
        full = [_of(mine, g, "wanted", needed) for g in groups]
        now = [_of(mine, g, "done", raters) for g in groups]
        reference = mine["groups"].isin([origin.value for origin in Origin])
        others = [
            _of(mine, reference, column, n)
            if reference.any() and task.measures == "identify"
            else None
            for column, n in (("wanted", needed), ("done", raters))
        ]
        at = min(range(len(groups)), key=lambda i: full[i].judgments)
        found += [
            Planned(
                task=task.id,
                title=task.title,
                question=question,
                effect=EFFECTS[question][0],
                wanted=int(full[at].judgments),
                done=int(now[at].judgments),
                planned=detectable(question, full[at], others[0], clustering=clustering),
                now=detectable(question, now[at], others[1], clustering=clustering),
            )
            for question in task.power_questions()
        ]
    return found


def assumptions(clustering: Clustering = USUAL) -> str:
    """Return a sentence with the assumptions behind the figures."""
    return (
        f"With {POWER:.0%} power, of the least judged system. Two-sided {ALPHA:.0%}; assumed: "
        f"judgments of one rater correlate {clustering.rater:g}, "
        f"of one unit {clustering.unit:g} (docs/statistics.md)."
    )


def _groups(mine: pd.DataFrame, task: TaskBase) -> "list[pd.Series[bool]]":
    """One mask per compared system that selects its units; for d', no reference."""
    names = sorted(set(mine["groups"]))
    if task.measures == "identify":
        names = [name for name in names if name not in {origin.value for origin in Origin}]
    return [mine["groups"] == name for name in names] or [mine["groups"].notna()]


def _of(mine: pd.DataFrame, which: "pd.Series[bool]", column: str, raters: int) -> Sample:
    counted = mine.loc[which, column]
    return Sample(float(counted.sum()), float(max(raters, 0)), float((counted > 0).sum()))
