"""Commands that load, list, analyse, export and rehearse studies."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from annotations import quality, records
from annotations import study as protocols
from annotations.export import ExportError
from annotations.export import export as export_study
from annotations.planning import LARGE_CROWD, raters_needed
from annotations.rehearse import Skill
from annotations.rehearse import rehearse as rehearse_study
from annotations.results import TaskResult
from annotations.results import analyse as analyse_study
from annotations.setup import open_database, set_up
from annotations.tasks.base import StudyError
from annotations.tasks.finding import Finding
from backend.database import Database, DatabaseError, default_path
from backend.statistics.estimate import Estimate

Db = Annotated[
    Path | None,
    typer.Option(help="Database file; else UNCANNY_DB, else uncanny.db.", show_default=False),
]
StudyName = Annotated[str, typer.Argument(help="Name of a stored study.")]


def load(
    study: Annotated[str, typer.Argument(help="A ready-made study, or a YAML file.")],
    db: Db = None,
    url: Annotated[str, typer.Option(help="Where the app is served.")] = "http://localhost:8501",
    if_new: Annotated[bool, typer.Option(help="Leave a study of this name as it is.")] = False,
) -> None:
    """Check a study, draw its units and store it. Example: load matched_seekers"""
    with opened(db) as database:
        protocol = protocols.load(study)
        kept = if_new and protocol.name in records.study_names(database)
        new = not kept and set_up(database, protocol)
        link = f"{url}/?{protocol.link}"
        if not new:
            typer.echo(f"Study {protocol.name} is stored already. Link for raters: {link}")
            return
        units = records.progress(database, protocol.name)
        typer.echo(f"Stored study {protocol.name}, about {protocol.minutes} minutes a rater")
        for task in protocol.tasks:
            n = int((units["task"] == task.id).sum())
            typer.echo(
                f"  {task.id}: {n} units, {task.judgments_per_unit} judgments each, "
                f"{task.units_per_rater} units a rater"
            )
        raters = raters_needed(protocol, units)
        typer.echo(f"It needs {raters:,} raters in all.")
        if raters > LARGE_CROWD:
            typer.echo(
                "Warning: that is a large crowd. Fewer dialogues (`per_system`), fewer "
                "`judgments_per_unit` or more `units_per_rater` make it smaller."
            )
        typer.echo(f"Link for raters: {link}")


def studies(db: Db = None) -> None:
    """List ready-made and stored studies. Example: studies"""
    typer.echo(f"Ready-made: {', '.join(protocols.ready_made())}")
    with opened(db) as database:
        for name in records.study_names(database):
            units = records.progress(database, name)
            done, wanted = int(units["done"].sum()), int(units["wanted"].sum())
            typer.echo(f"{name}: {done} of {wanted} screens judged by people")
        for name in records.unreadable_studies(database):
            typer.echo(f"{name}: can't be read; python -m annotations delete {name} --yes")


def analyse(
    study: StudyName,
    crowd: Annotated[str, typer.Option(help="`people`, or a rehearsal.")] = records.PEOPLE,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
    with_excluded: Annotated[bool, typer.Option(help="Count what was set aside, too.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 1,
    db: Db = None,
) -> None:
    """What the judgments say. Example: analyse demo --crowd rehearsal-1 --json"""
    with opened(db) as database:
        results = analyse_study(
            database, study, crowd=crowd, with_excluded=with_excluded, seed=seed
        )
        if as_json:
            protocol = records.study(database, study)
            told = {
                "study": study,
                "hash": protocol.hash,
                "demo": protocol.demo,
                "crowd": crowd,
                "with_excluded": with_excluded,
                "seed": seed,
                "tasks": [_result_json(result) for result in results],
            }
            typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
            return
    console = Console()
    for result in results:
        console.print(
            f"\n[bold]{escape(result.title)}[/bold] ({result.kind}): "
            f"{result.screens} screens judged by {result.raters} raters"
        )
        for finding in result.findings if result.screens else []:
            console.print(_finding_table(finding))
            for caveat in finding.caveats:
                console.print(f"  {caveat}", highlight=False, markup=False)
    if not any(result.screens for result in results):
        there = ", ".join(_crowds(db, study)) or "none"
        console.print(f"No judgments by {crowd}. Crowds with raters: {there}")


def export(
    study: StudyName,
    to: Annotated[Path, typer.Option(help="Folder to write; an earlier export is replaced.")],
    db: Db = None,
) -> None:
    """Write judgments, dialogues, protocol and data card. Example: export demo --to out"""
    with opened(db) as database:
        for path in export_study(database, study, to):
            typer.echo(path)


def rehearse(
    study: StudyName,
    raters: Annotated[int, typer.Option(min=1)] = 30,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    dprime: Annotated[float, typer.Option(min=0, help="Planted d' of verdicts.")] = 1.0,
    criterion: Annotated[float, typer.Option(help="Planted criterion of verdicts.")] = 0.0,
    dialogue_sd: Annotated[
        float, typer.Option(min=0, help="Planted spread of dialogues within a group.")
    ] = Skill.dialogue_sd,
    spammers: Annotated[float, typer.Option(min=0, max=1, help="Share who read nothing.")] = 0.0,
    db: Db = None,
) -> None:
    """Send simulated raters of stated skill through a study. Example: rehearse demo --raters 30"""
    with opened(db) as database:
        protocol = records.study(database, study)
        console = Console(stderr=True)
        with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
            task = bar.add_task("raters", total=raters)
            done = rehearse_study(
                database,
                protocol,
                raters=raters,
                seed=seed,
                skill=Skill(
                    dprime=dprime,
                    criterion=criterion,
                    dialogue_sd=dialogue_sd,
                    spammers=spammers,
                ),
                progress=lambda n: bar.update(task, completed=n),
            )
    typer.echo(f"{done.submissions} screens judged by {done.raters} simulated raters")
    typer.echo(f"planted: d' = {dprime:g}, criterion = {criterion:g} in every verdict")
    typer.echo(f"planted: dialogues of a group vary by {dialogue_sd:g} (standard deviation)")
    for group, mean in sorted(done.quality.items()):
        typer.echo(f"planted: {group} lies {mean:+.2f} from the middle of each scale")
    typer.echo(f"See it: python -m annotations analyse {study} --crowd {done.crowd}")


def exclude(
    study: StudyName,
    rater: Annotated[int, typer.Option(help="Rater number.")],
    reason: Annotated[str, typer.Option(help="Kept with the data.")],
    who: Annotated[str, typer.Option(help="Who decides.")],
    db: Db = None,
) -> None:
    """Set a rater aside, as data. Example: exclude demo --rater 3 --reason spam --who Ada"""
    with opened(db) as database:
        found = records.raters(database, study).set_index("number")["rater"]
        if rater not in found.index:
            raise StudyError(f"study {study!r} has no rater number {rater}; it has {len(found)}")
        quality.exclude(
            database, study, rule="named person", reason=reason, who=who, rater=found[rater]
        )
    typer.echo(f"Rater {rater} no longer counts. Nothing was deleted.")


@contextmanager
def opened(path: Path | None) -> Iterator[Database]:
    """Open the database and close it afterwards; report a user's errors in a line, exit code 1."""
    try:
        database = open_database(path or default_path())
        try:
            yield database
        finally:
            database.close()
    except (StudyError, DatabaseError, ExportError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error


def _crowds(db: Path | None, study: str) -> list[str]:
    with opened(db) as database:
        return records.crowds(database, study)


def _result_json(result: TaskResult) -> dict[str, Any]:
    return {
        "task": result.task,
        "kind": result.kind,
        "title": result.title,
        "screens": result.screens,
        "raters": result.raters,
        "findings": [
            {
                "title": finding.title,
                "explanation": finding.explanation,
                "estimates": [estimate.model_dump(mode="json") for estimate in finding.estimates],
                "counts": None
                if finding.counts is None
                else json.loads(finding.counts.to_json(orient="records")),
                "caveats": finding.caveats,
            }
            for finding in result.findings
        ],
    }


def _finding_table(finding: Finding) -> Table:
    """Estimates, each with the number of the line below that says how it was made."""
    table = Table(title=escape(finding.title))
    for name in ("quantity", "group", "value", "interval", "n", "made"):
        table.add_column(name, overflow="fold")
    made = list(dict.fromkeys(e.method for e in finding.estimates if e.value is not None))
    for e in finding.estimates:
        how = "" if e.value is None else str(made.index(e.method) + 1)
        cells = (e.quantity, e.group or "all", _value(e), _interval(e), f"{e.n:,}", how)
        table.add_row(*(escape(cell) for cell in cells))
    lines = [finding.explanation, *(f"{at}: {method}" for at, method in enumerate(made, 1))]
    table.caption = escape("\n".join(lines))
    return table


def _value(estimate: Estimate) -> str:
    return f"missing: {estimate.missing}" if estimate.value is None else f"{estimate.value:.3f}"


def _interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return estimate.interval_missing or ""
    return f"[{estimate.low:.3f}, {estimate.high:.3f}]"
