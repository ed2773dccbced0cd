"""The `demo` command: add the bundled demo dialogues to the pool."""

from pathlib import Path
from typing import Annotated

import typer

from backend.database import Database, DatabaseError, default_path
from backend.demo import fill
from backend.pool import Pool, migrations


def demo(
    db: Annotated[Path | None, typer.Option(help="Database file.", show_default=False)] = None,
) -> None:
    """Put the bundled demo dialogues into the pool. Doing it again changes nothing."""
    try:
        database = Database(db or default_path(), migrations)
        fill(Pool(database))
        database.close()
    except DatabaseError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
