"""The `backup` command: a checked copy of the database, made while the app runs."""

from pathlib import Path
from typing import Annotated

import typer

from backend import backups
from backend.consoles import Db, reported
from backend.database import default_path


def backup(
    db: Db = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            help="Where backups are kept.  [default: backups, beside the database]",
            show_default=False,
        ),
    ] = None,
    keep: Annotated[int, typer.Option(min=1, help="Older backups than these go.")] = backups.KEEP,
) -> None:
    """Copy the database, while the app runs, to a checked file named by the time."""
    source = db or default_path()
    with reported():
        made = backups.backup(source, folder or source.parent / "backups", keep=keep)
    typer.echo(f"{made.path}: {made.contents}, checked")
