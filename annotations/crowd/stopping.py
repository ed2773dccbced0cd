"""Estimates while a study runs, and whether its protocol's rule says to stop."""

from dataclasses import dataclass

from annotations import records, results
from annotations.crowd.monitoring import people
from annotations.study import Study
from annotations.tasks.finding import Finding
from backend.database import Database
from backend.dialogue import Origin


@dataclass(frozen=True)
class Live:
    """A task's first finding so far, with the screens and raters behind it, or why not."""

    task: str
    title: str
    screens: int
    raters: int
    finding: Finding | None
    missing: str | None = None


@dataclass(frozen=True)
class Stop:
    """Whether the protocol's stopping rule is met; in words what is reached and what is not."""

    met: bool
    reached: list[str]
    missing: list[str]


def live(database: Database, study: Study, crowd: str = records.PEOPLE) -> list[Live]:
    """Each task's first finding so far, as the results show it. Costs bootstraps: cache it."""
    found = []
    for result in results.analyse(database, study.name, crowd=crowd):
        finding = next(iter(result.findings), None) if result.screens else None
        why = "its analysis has no finding" if result.screens else "nobody has judged it yet"
        told = (result.task, result.title, result.screens, result.raters)
        found.append(Live(*told, finding, None if finding else why))
    return found


def stopping(
    database: Database, study: Study, found: list[Live], crowd: str = records.PEOPLE
) -> Stop | None:
    """Whether the protocol's rule says to stop, `found` being what `live` gives; None without one.

    With both a number of raters and a width, either is enough. Who withdrew has not finished; who
    was set aside has. An interval's width may be looked at as often as one likes: it hardly
    depends on where the interval lies, so to stop once it is narrow favours no answer. To stop
    once a difference is significant picks the moment at which chance favours one, and errs far
    more often than 1 time in 20. With few raters a width is itself uncertain.
    """
    rule = study.stopping
    if rule is None:
        return None
    met: list[str] = []
    missing: list[str] = []
    if rule.raters is not None:
        crowded = people(database, study, crowd)
        done = sum(bool(one["completed_at"] and not one["withdrawn_at"]) for one in crowded)
        (met if done >= rule.raters else missing).append(
            f"{done} of {rule.raters} raters have finished"
        )
    if rule.task is not None and rule.width is not None:
        task = next(one for one in found if one.task == rule.task)
        wide = _too_wide(task, _compared(database, study.name, rule.task), rule.width)
        missing += wide
        met += [] if wide else [f"every interval of {task.title} is at most {rule.width:g} wide"]
    return Stop(bool(met), met, missing)


def _too_wide(task: Live, compared: set[str], wanted: float) -> list[str]:
    """In words, each interval that is wider than wanted, not there, or not to be believed yet."""
    if task.finding is None:
        return [f"{task.title}: {task.missing}"]
    named = [e for e in task.finding.estimates if e.group is not None]
    found = []
    for one in named or task.finding.estimates:
        what = f"{one.quantity} for {one.group or 'all'}"
        if one.value is None:
            found.append(f"{what}: {one.missing}")
        elif one.low is None or one.high is None:
            found.append(f"{what} has no interval: {one.interval_missing}")
        elif one.high <= one.low:
            found.append(f"interval of {what} has no width: its judgments are all alike so far")
        elif one.high - one.low > wanted:
            wide = one.high - one.low
            found.append(f"interval of {what} is {wide:.3g} wide, {wanted:g} wanted")
    # Without this, a rule would be met by the first system that anybody has judged.
    known = {e.group for e in named}
    if known - set(Origin) <= compared:
        found += [f"{name}: nobody has judged it yet" for name in sorted(compared - known)]
    return found


def _compared(database: Database, name: str, task: str) -> set[str]:
    """The systems that a task's units are of."""
    rows = database.rows(
        "SELECT DISTINCT value AS name FROM units, json_each(body, '$.groups') "
        "WHERE study = ? AND task = ? AND purpose = 'measure'",
        [name, task],
    )
    return {row["name"] for row in rows} - set(Origin)
