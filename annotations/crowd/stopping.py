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
    """Whether the stopping rule is met, with its `reached` and `missing` conditions in words."""

    met: bool
    reached: list[str]
    missing: list[str]


def live(database: Database, study: Study, crowd: str = records.PEOPLE) -> list[Live]:
    """Each task's first finding so far, as in the results. Slow (bootstraps): cache it."""
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
    """Whether the protocol's rule says to stop; None without a rule. `found` comes from `live`.

    If the rule has both a number of raters and a width, either is enough. Raters who withdrew have
    not finished; excluded raters have. An interval's width may be checked any number of times: it
    hardly depends on where the interval lies, so stopping at a narrow interval favours no answer.
    Stopping at a significant difference picks the moment at which chance favours one answer, and
    errs far more often than 1 time in 20. With few raters a width is itself uncertain.
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
    """Describe each interval that is wider than wanted, missing or not reliable yet."""
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
    # Without this, the first system with judgments could meet the rule alone.
    known = {e.group for e in named}
    if known - set(Origin) <= compared:
        found += [f"{name}: nobody has judged it yet" for name in sorted(compared - known)]
    return found


def _compared(database: Database, name: str, task: str) -> set[str]:
    """The systems in a task's units."""
    rows = database.rows(
        "SELECT DISTINCT value AS name FROM units, json_each(body, '$.groups') "
        "WHERE study = ? AND task = ? AND purpose = 'measure'",
        [name, task],
    )
    return {row["name"] for row in rows} - set(Origin)
