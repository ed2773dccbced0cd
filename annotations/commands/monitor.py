"""The `monitor` command: a crowd's progress as on the Monitor page, as text or as JSON."""

import json
import time
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from annotations import records
from annotations.commands.studies import Db, StudyName, opened
from annotations.crowd.monitoring import NOBODY, Told, dropout, raters, task_progress
from annotations.crowd.reports import reports
from annotations.crowd.spending import spending
from annotations.crowd.stopping import Live, live, stopping
from annotations.study import Study
from backend.database import Database


def monitor(
    study: StudyName,
    crowd: Annotated[str, typer.Option(help="`people`, or a rehearsal.")] = records.PEOPLE,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
    db: Db = None,
) -> None:
    """How a crowd is doing. Example: monitor demo --crowd rehearsal-1"""
    with opened(db) as database:
        found = watched(database, records.study(database, study), crowd)
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False, allow_nan=False))
        return
    console = Console()
    tasks = Table("task", "units", "judged", "wanted", "being judged")
    for one in found["tasks"]:
        tasks.add_row(
            escape(one["title"]), *(str(one[name]) for name in ("units", "done", "wanted", "open"))
        )
    console.print(tasks)
    steps = Table("raters", "count", "share", "left here")
    for one in [*found["steps"], *found["endings"]]:
        count, share = one["count"], one["share"]
        steps.add_row(
            escape(one["title"]),
            _cell(count, "{:.0f}"),
            # One reason is enough: without a count there is no share either.
            "" if share["value"] is None else f"{share['value']:.0%} of those who {one['of']}",
            "" if one["left"] is None else str(one["left"]),
        )
    console.print(steps if found["raters"] else f"Raters: {NOBODY}")
    for line in _lines(found):
        console.print(line, highlight=False, markup=False)


def watched(
    database: Database, study: Study, crowd: str = records.PEOPLE, *, now: float | None = None
) -> dict[str, Any]:
    """All monitoring data of a crowd as plain values: a number is finite, or None with a reason.

    Reports are quoted word for word; raters have only their number. `at` is in seconds since 1970,
    UTC.
    """
    now = time.time() if now is None else now
    units = records.progress(database, study.name, crowd)
    found = live(database, study, crowd)
    stop = stopping(database, study, found, crowd)
    steps, endings = dropout(database, study, crowd, now=now)
    return {
        "study": study.name,
        "hash": study.hash,
        "demo": study.demo,
        "crowd": crowd,
        "at": now,
        "tasks": [asdict(one) for one in task_progress(study, units)],
        "units": json.loads(units.drop(columns="position").to_json(orient="records")),
        "raters": [asdict(one) for one in raters(database, study, crowd, now=now)],
        "steps": [asdict(one) for one in steps],
        "endings": [asdict(one) for one in endings],
        "estimates": [_live(one) for one in found],
        "stopping": None if stop is None else asdict(stop),
        "spending": asdict(spending(database, study, crowd, now=now)),
        "reports": [asdict(one) for one in reports(database, study, crowd)],
    }


def _live(one: Live) -> dict[str, Any]:
    finding = one.finding and {
        "title": one.finding.title,
        "estimates": [estimate.model_dump(mode="json") for estimate in one.finding.estimates],
    }
    return {
        "task": one.task,
        "title": one.title,
        "screens": one.screens,
        "raters": one.raters,
        "finding": finding,
        "missing": one.missing,
    }


def _lines(found: dict[str, Any]) -> list[str]:
    stop, money = found["stopping"], found["spending"]
    lines = ["The protocol has no stopping rule."]
    if stop is not None:
        met = "Stopping rule: " + ("met" if stop["met"] else "not met yet")
        lines = [met, *(f"  {told}" for told in [*stop["reached"], *stop["missing"]])]
    unit = f"{money['currency']} {{:,.2f}}" if money["currency"] else "{:,.2f}"
    lines += [
        f"Raters paid: {money['paid']}, to go: {money['to_go']}",
        f"Cost so far: {_cell(money['cost'], unit)}, to go: {_cell(money['cost_to_go'], unit)}",
        f"Median minutes a rater: {_cell(money['minutes'], '{:.1f}')}; "
        f"hours to go: {_cell(money['hours_to_go'], '{:.1f}')}; "
        f"pay an hour: {_cell(money['hourly'], unit)}",
        *money["notes"],
    ]
    left = [one for one in found["reports"] if one["settled_at"] is None]
    lines.append(f"{len(left)} open report(s) of problems, {len(found['reports'])} in all")
    return [*lines, *(f"  rater {one['number']}: {_plain(one['text'])}" for one in left)]


def _cell(told: dict[str, Any], form: str) -> str:
    one = Told(**told)
    return f"missing: {one.missing}" if one.value is None else form.format(one.value)


def _plain(text: str) -> str:
    """A rater's text on one line, without terminal control characters."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
