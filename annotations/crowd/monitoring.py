"""Progress of a crowd: how full each task is, and at which step raters are or dropped out.

Each function covers one crowd. The stopping rule is in stopping.py, time and money in spending.py,
problem reports in reports.py. Times are seconds since 1970, UTC. An unknown value is None with a
reason.
"""

import time
from dataclasses import dataclass
from typing import Any

import pandas as pd

from annotations import records
from annotations.journey import JourneyStep, standing
from annotations.study import Study
from backend.database import Database

NOBODY = "nobody has agreed to take part yet"
ERASED = "erased when they withdrew"


@dataclass(frozen=True)
class Told:
    """A number, or the reason why there is none."""

    value: float | None
    missing: str | None = None


@dataclass(frozen=True)
class TaskProgress:
    """How full a task is, in screens judged; `open` are being judged now."""

    task: str
    title: str
    units: int
    wanted: int
    done: int
    open: int


@dataclass(frozen=True)
class RaterNow:
    """A rater's current progress.

    `task` is the task of their latest screen. `done` and `planned` count screens, checks included.
    `seconds` is the median time on a screen. `left`: unfinished, and idle for longer than the
    lease. The rater's id is left out, because it opens the rater's own link.
    """

    number: int
    step: JourneyStep
    task: str | None
    done: Told
    planned: int
    seconds: Told
    idle_minutes: float
    left: bool
    excluded: bool


@dataclass(frozen=True)
class Reached:
    """Number of raters who reached a step or ended in one way, and their share.

    The share is of the people that `of` names: those who `agreed`, who agreed and were given a
    task, or who `were asked`. `left` is
    the number who left at this step, None where it does not apply.
    """

    step: str
    title: str
    count: Told
    share: Told
    of: str = "agreed"
    left: int | None = None


def task_progress(study: Study, units: pd.DataFrame) -> list[TaskProgress]:
    """Each task's sums over `units`, which come from `records.progress`."""
    found = []
    for task in study.tasks:
        mine = units[units["task"] == task.id]
        wanted, done, now = (int(mine[name].sum()) for name in ("wanted", "done", "open"))
        found.append(TaskProgress(task.id, task.title, len(mine), wanted, done, now))
    return found


def people(database: Database, study: Study, crowd: str = records.PEOPLE) -> list[dict[str, Any]]:
    """The stored record of each rater of a crowd, by number, including raters who withdrew.

    id, number, the times of their steps (created_at, instructed_at, about_at, screened_at,
    completed_at, withdrawn_at), practised, excluded, seconds (of each screen sent), tasks (in the
    order in which they were shown one), active_at.
    """
    told = {"study": study.name, "crowd": crowd, "lease": study.lease_minutes * 60}
    found = {row["id"]: {**row, "seconds": [], "tasks": []} for row in database.rows(_RATERS, told)}
    for row in database.rows(_SCREENS, told):
        if row["rater"] not in found:
            continue  # they joined between the two queries
        one = found[row["rater"]]
        # A page renews its lease while it is open, so the lease shows activity, too.
        one["active_at"] = max(one["active_at"], row["at"])
        if row["task"] not in one["tasks"]:
            one["tasks"].append(row["task"])
        if row["seconds"] is not None:
            one["seconds"].append(row["seconds"])
    return list(found.values())


def raters(
    database: Database, study: Study, crowd: str = records.PEOPLE, *, now: float | None = None
) -> list[RaterNow]:
    """Current progress of every rater of a crowd, by number, including raters who withdrew."""
    now = time.time() if now is None else now
    found = []
    for one in people(database, study, crowd):
        stands = standing(database, study, one["id"])
        gone = stands.step is JourneyStep.WITHDRAWN
        seconds = Told(None, ERASED if gone else "no screen sent yet")
        if one["seconds"]:
            seconds = Told(float(pd.Series(one["seconds"]).median()))
        found.append(
            RaterNow(
                number=one["number"],
                step=stands.step,
                task=one["tasks"][-1] if stands.step is JourneyStep.TASK and one["tasks"] else None,
                done=Told(None, ERASED) if gone else Told(stands.done),
                planned=stands.planned,
                seconds=seconds,
                idle_minutes=max(0.0, now - one["active_at"]) / 60,
                left=_has_left(study, one, now),
                excluded=bool(one["excluded"]),
            )
        )
    return found


def dropout(
    database: Database, study: Study, crowd: str = records.PEOPLE, *, now: float | None = None
) -> tuple[list[Reached], list[Reached]]:
    """Count the raters who reached each step, and those who ended without finishing.

    A rater reaches a task when a screen of it is shown. A full task is skipped, and a protocol may
    shuffle its tasks, so a task need not have fewer raters than the one before. Whoever finished
    without a task was not given it, and is left out of that task's share: nobody drops out of what
    was not for them. Raters who withdrew count in every step that they had reached.
    """
    now = time.time() if now is None else now
    crowded = people(database, study, crowd)
    came = [_steps(study, one) for one in crowded]
    left = [_has_left(study, one, now) for one in crowded]
    last = [mine[-1] for mine, gone in zip(came, left, strict=True) if gone]
    titles = {"consent": "Agreed", "instructions": "Read the instructions"}
    titles |= {"practice": "Passed the practice"} if study.practice else {}
    titles |= {"about": "Told about themselves"} if study.about else {}
    titles |= {"screen": "Shown a first screen"}
    titles |= {f"task:{task.id}": task.title for task in study.tasks}
    titles |= {"finished": "Finished"}
    n = len(crowded)
    steps = []
    for step, title in titles.items():
        count = sum(step in mine for mine in came)
        of = "agreed and were given it" if step.startswith("task:") else "agreed"
        passed_by = sum("finished" in mine and step not in mine for mine in came)
        steps.append(_reached(step, title, count, n - passed_by, of=of, left=last.count(step)))
    ended = {
        "screened_out": ("Screened out", [one["screened_at"] for one in crowded]),
        "withdrawn": ("Withdrew", [one["withdrawn_at"] for one in crowded]),
        "excluded": ("Set aside", [one["excluded"] for one in crowded]),
        "left": ("Left", left),
    }
    endings = [_reached(name, title, sum(map(bool, w)), n) for name, (title, w) in ended.items()]
    return steps, [_declined(database, study, crowd, n), *endings]


def _steps(study: Study, one: dict[str, Any]) -> list[str]:
    """The steps that a rater has reached; the last one is their current step."""
    passed = one["practised"] >= len(study.practice) and not one["screened_at"]
    came = {
        "consent": True,
        "instructions": one["instructed_at"],
        "practice": one["instructed_at"] and passed,
        "about": one["about_at"],
        "screen": one["tasks"],
        **{f"task:{task}": True for task in one["tasks"]},
        "finished": one["completed_at"],
    }
    asked = {"practice": study.practice, "about": study.about}
    return [step for step, there in came.items() if there and asked.get(step, True)]


def _has_left(study: Study, one: dict[str, Any], now: float) -> bool:
    ended = one["completed_at"] or one["screened_at"] or one["withdrawn_at"]
    return not ended and now - one["active_at"] > study.lease_minutes * 60


def _reached(
    step: str, title: str, count: int, n: int, *, of: str = "agreed", left: int | None = None
) -> Reached:
    share = Told(count / n) if n else Told(None, NOBODY)
    return Reached(step, title, Told(count), share, of, left)


def _declined(database: Database, study: Study, crowd: str, agreed: int) -> Reached:
    """Refusals; no id is kept with them, so one person who declines twice counts twice."""
    why = None
    if crowd != records.PEOPLE:
        why = "a rehearsal has nobody who declines"
    elif study.recruitment.door == "open":
        why = "not counted at an open door"
    if why:
        return Reached("declined", "Declined", Told(None, why), Told(None, why), "were asked")
    row = database.row(
        "SELECT count(*) AS n FROM refusals WHERE study = ? AND reason = 'declined'", [study.name]
    )
    count = row["n"] if row else 0
    return _reached("declined", "Declined", count, agreed + count, of="were asked")


_RATERS = """
SELECT r.id, r.number, r.created_at, r.instructed_at, r.about_at, r.screened_at, r.completed_at,
    r.withdrawn_at, r.practised,
    EXISTS (SELECT 1 FROM exclusions AS e
            WHERE e.rater = r.id AND e.revoked_at IS NULL) AS excluded,
    max(r.created_at, ifnull(r.instructed_at, 0), ifnull(r.about_at, 0), ifnull(r.screened_at, 0),
        ifnull(r.completed_at, 0), ifnull(r.withdrawn_at, 0),
        ifnull((SELECT max(at) FROM practice WHERE rater = r.id), 0)) AS active_at
FROM raters AS r WHERE r.study = :study AND r.crowd = :crowd ORDER BY r.number
"""

_SCREENS = """
SELECT a.rater, a.task, s.seconds,
    max(a.claimed_at, a.lease_until - :lease, ifnull(a.done_at, 0), ifnull(s.at, 0),
        ifnull((SELECT max(at) FROM chat_turns WHERE assignment = a.id), 0)) AS at
FROM assignments AS a LEFT JOIN held_submissions AS s ON s.assignment = a.id
WHERE a.study = :study AND a.crowd = :crowd ORDER BY a.rater, a.position
"""
