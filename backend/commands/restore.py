"""The `restore` command: a backup put in the place of the database."""

from pathlib import Path
from typing import Annotated

import typer

from backend import backups
from backend.consoles import Db, reported
from backend.database import default_path


def restore(
    backup: Annotated[Path, typer.Argument(help="A file that `backup` made.")],
    db: Db = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Rename what is there and take its place.")
    ] = False,
) -> None:
    """Put a backup in the place of the database. Stop the app first."""
    with reported():
        made = backups.restore(backup, db or default_path(), replace=replace)
    typer.echo(f"{made.path}: {made.contents}, restored from {backup}")
    if made.aside:
        typer.echo(f"What was there is now {made.aside}")
