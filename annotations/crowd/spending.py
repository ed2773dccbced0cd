"""Time and money that a crowd has cost so far, and a forecast at its present pace."""

import math
import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from annotations import records
from annotations.crowd.monitoring import Told, people
from annotations.study import Study
from backend.database import Database

DAY = 86_400.0

#: Minimum number of raters finished in the last day for a forecast.
FEWEST = 2

SIMULATED = "simulated raters: their clock says nothing of people"


@dataclass(frozen=True)
class Spending:
    """Time and money, in the protocol's currency. `notes` say who was counted, and how.

    `paid` is the number of raters paid so far, `to_go` the number still to finish. `minutes` is
    the median of the finished raters, from consent to the last screen, breaks included. `hourly`
    is the hourly pay at that median, without the recruiter's fee.
    """

    currency: str | None
    paid: int
    to_go: int
    cost: Told
    cost_to_go: Told
    minutes: Told
    hours_to_go: Told
    hourly: Told
    notes: list[str]


def spending(
    database: Database, study: Study, crowd: str = records.PEOPLE, *, now: float | None = None
) -> Spending:
    """Time and cost so far and to go, at the pace of the last 24 hours.

    Raters who finished are paid, even if they have withdrawn or been excluded since. So are raters
    who were screened out, if that ending has a code. All are paid at the full rate, and the
    forecast assumes the same proportions.
    """
    now = time.time() if now is None else now
    crowded = people(database, study, crowd)
    finished = [one for one in crowded if one["completed_at"]]
    screened = sum(bool(one["screened_at"]) for one in crowded)
    has_code = study.completion.screened_out.code is not None
    paid = len(finished) + (screened if has_code else 0)
    to_go, until = _to_go(database, study, crowd, finished)
    each = paid / len(finished) if finished else 1.0
    pay, unpaid = study.pay, Told(None, "the protocol names no pay")
    minutes = _minutes(finished, crowd)
    hourly = Told(None, minutes.missing)
    if pay and minutes.value:
        hourly = Told(pay.per_rater / minutes.value * 60)
    notes = [f"To go: {until}; who is at it now is among them."]
    if screened:
        how = "paid in full: that ending has a code" if has_code else "unpaid: no code for them"
        notes.append(f"{screened} screened out, {how}.")
    if crowd != records.PEOPLE:
        notes.append("Simulated raters cost nothing: this is what as many people would.")
    return Spending(
        currency=pay.currency if pay else None,
        paid=paid,
        to_go=to_go,
        cost=Told(paid * pay.cost) if pay else unpaid,
        cost_to_go=Told(to_go * each * pay.cost) if pay else unpaid,
        minutes=minutes,
        hours_to_go=_hours(crowded, to_go, crowd, now),
        hourly=hourly if pay else unpaid,
        notes=notes,
    )


def _to_go(
    database: Database, study: Study, crowd: str, finished: list[dict[str, Any]]
) -> tuple[int, str]:
    """The number of raters still to finish, and the rule that sets it, in words."""
    units = records.progress(database, study.name, crowd)
    open_ = units.assign(open=(units["wanted"] - units["done"]).clip(lower=0))
    by_task = {task.id: open_.loc[open_["task"] == task.id, "open"].sum() for task in study.tasks}
    full = max(math.ceil(by_task[task.id] / task.units_per_rater) for task in study.tasks)
    rule = study.stopping
    if rule and rule.raters is not None:
        kept = sum(not one["withdrawn_at"] for one in finished)
        wanted = max(0, rule.raters - kept)
        if wanted <= full:
            return wanted, f"until the protocol's {rule.raters} raters have finished"
    sooner = ", unless the intervals are narrow sooner" if rule and rule.width is not None else ""
    return full, f"until every unit has its judgments{sooner}"


def _minutes(finished: list[dict[str, Any]], crowd: str) -> Told:
    if crowd != records.PEOPLE:
        return Told(None, SIMULATED)
    if not finished:
        return Told(None, "nobody has finished yet")
    return Told(median(one["completed_at"] - one["created_at"] for one in finished) / 60)


def _hours(crowded: list[dict[str, Any]], to_go: int, crowd: str, now: float) -> Told:
    if crowd != records.PEOPLE:
        return Told(None, SIMULATED)
    if to_go == 0:
        return Told(0.0)
    since = now - DAY
    recent = sum((one["completed_at"] or 0) > since for one in crowded)
    if recent < FEWEST:
        return Told(None, f"no pace yet: {recent} finished in the last 24 hours")
    # A crowd that started less than a day ago has worked only since its start.
    worked = (now - max(since, min(one["created_at"] for one in crowded))) / 3600
    return Told(to_go / recent * worked)
