"""The `correlate` command: correlations of metrics with people's answers, as a table or JSON."""

import json
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from annotations import records
from annotations.commands.studies import Db, opened
from annotations.tasks.base import StudyError
from annotations.validity.correlating import Correlated, correlate
from annotations.validity.opinions import named, opinions
from backend.statistics.bootstrap import Resampling
from backend.statistics.correlation import COEFFICIENTS, LEVELS
from backend.statistics.estimate import Estimate

T = TypeVar("T")


def correlate_command(
    study: Annotated[
        str | None,
        typer.Argument(help="Name of a stored study; without one, labels that came with corpora."),
    ] = None,
    question: Annotated[
        str | None, typer.Option(help="What people were asked; without it, what there is.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Corpus or task, where several ask the same.")
    ] = None,
    level: Annotated[str, typer.Option(help="turn, dialogue or system.")] = "dialogue",
    by: Annotated[str, typer.Option(help="pearson, spearman or kendall.")] = "spearman",
    metric: Annotated[list[str] | None, typer.Option(help="Only these scores.")] = None,
    crowd: Annotated[str, typer.Option(help="`people`, or a rehearsal.")] = records.PEOPLE,
    with_excluded: Annotated[bool, typer.Option(help="Count what was set aside, too.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the bootstrap.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
    db: Db = None,
) -> None:
    """Which metric says what people say. Example: correlate demo --question naturalness --json"""
    with opened(db) as database:
        there = opinions(database, study)
        if question is None:
            _list([str(one) for one in there], study)
            return
        found = correlate(
            database,
            named(there, question, source),
            level=_one_of(level, LEVELS, "level"),
            kind=_one_of(by, COEFFICIENTS, "by"),
            kinds=COEFFICIENTS if as_json else None,
            metrics=metric,
            crowd=crowd,
            excluded=with_excluded,
            how=Resampling(seed=seed),
        )
    if as_json:
        told = {"study": study, "crowd": crowd, "with_excluded": with_excluded, "seed": seed}
        typer.echo(json.dumps({**told, **found.as_json()}, indent=2, ensure_ascii=False))
    else:
        _print(found)


def _list(there: list[str], study: str | None) -> None:
    if not there:
        where = f"study {study} asks nothing" if study else "no corpus in the pool has labels"
        typer.echo(f"Nothing to set metrics beside: {where} that is answered in numbers.")
        return
    typer.echo("Choose one by --question:")
    for one in there:
        typer.echo(f"  {one}")


def _one_of(given: str, allowed: tuple[T, ...], option: str) -> T:
    for one in allowed:
        if one == given:
            return one
    raise StudyError(f"--{option} is one of {', '.join(map(str, allowed))}; got {given!r}")


def _print(found: Correlated) -> None:
    console = Console()
    console.print(
        f"\n[bold]{escape(str(found.opinion))}[/bold], {found.level} level: {found.units:,} units, "
        f"{found.answers:,} answers, {found.raters if found.raters is not None else 'unknown'} "
        f"raters; ceiling {_told(found.ceiling)}"
    )
    if not found.rows:
        console.print("No scores for these: python -m backend score --metric all")
        return
    table = Table()
    for name in (
        "metric",
        found.kind,
        "interval",
        "within systems",
        "n",
        "missing",
        "p vs 0",
        "p vs first",
    ):
        table.add_column(name, overflow="fold", no_wrap=name == "metric")
    for row in found.rows:
        one = row.estimates[found.kind]
        table.add_row(
            escape(row.metric),
            _told(one),
            "" if one.low is None else f"[{one.low:.2f}, {one.high:.2f}]".replace("[", "\\["),
            _told(row.within),
            f"{one.n:,}",
            f"{row.absent:,}" if row.absent else "",
            _p(row.p_none),
            _p(row.p),
        )
    made = found.rows[0].estimates[found.kind]
    table.caption = (
        f"{made.method}. p vs 0: permutation test against no correlation, adjusted for picking the "
        "best of the table (max T). p vs first: paired permutation test against the first metric, "
        "Holm-adjusted."
    )
    console.print(table)
    if found.caution:
        console.print(found.caution, style="yellow", highlight=False)


def _told(estimate: Estimate) -> str:
    return f"missing: {estimate.missing}" if estimate.value is None else f"{estimate.value:.3f}"


def _p(p: float | None) -> str:
    return "" if p is None else f"{p:.3f}" if p >= 0.001 else "<0.001"
