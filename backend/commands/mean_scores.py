"""The `mean-scores` command: means of the stored scores by system, as a table."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from backend.consoles import Db, opened, reported
from backend.dialogue import Role
from backend.metrics.summary import summarised
from backend.pool import Pool
from backend.statistics.estimate import methods


def mean_scores(
    metric: Annotated[list[str] | None, typer.Option(help="Only these scores.")] = None,
    role: Annotated[
        str, typer.Option(help="Systems of the seeker or of the recommender.")
    ] = "seeker",
    db: Db = None,
) -> None:
    """Mean scores by system, with and without the dialogues in which a target leaked."""
    if role not in {one.value for one in Role}:
        typer.echo(f"Error: the role is seeker or recommender; got {role!r}", err=True)
        raise typer.Exit(1)
    with reported(), opened(db) as database:
        found = summarised(Pool(database), Role(role), metric)
    if found.empty:
        typer.echo("No scores yet: python -m backend score --metric all")
        return
    table = Table()
    for name in ("system", "metric", "mean", "without leaked", "leaked"):
        table.add_column(name, overflow="fold")
    for row in found.to_dict("records"):
        table.add_row(
            escape(row["system"]),
            escape(row["metric"]),
            escape(str(row["all"])),
            escape(str(row["without_leaked"])) if row["leaked"] else "the same",
            str(row["leaked"]),
        )
    table.caption = escape("\n".join(methods(("mean", mean) for mean in found["all"])))
    Console().print(table)
