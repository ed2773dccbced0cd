"""The `mean-scores` command: means of the stored scores by system, as a table."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from backend.database import Database, DatabaseError, default_path
from backend.dialogue import Role
from backend.metrics.summary import summarised
from backend.pool import Pool, migrations


def mean_scores(
    metric: Annotated[list[str] | None, typer.Option(help="Only these scores.")] = None,
    role: Annotated[
        str, typer.Option(help="Systems of the seeker or of the recommender.")
    ] = "seeker",
    db: Annotated[
        Path | None, typer.Option(help="Database file; else UNCANNY_DB, else uncanny.db.")
    ] = None,
) -> None:
    """Mean scores by system, with and without the dialogues in which a target leaked."""
    if role not in {one.value for one in Role}:
        typer.echo(f"Error: the role is seeker or recommender; got {role!r}", err=True)
        raise typer.Exit(1)
    try:
        database = Database(db or default_path(), migrations)
        try:
            found = summarised(Pool(database), Role(role), metric)
        finally:
            database.close()
    except DatabaseError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
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
    Console().print(table)
