"""The `backup` and `restore` commands, which copy the live database and restore a copy."""

from pathlib import Path
from typing import Annotated

import typer

from backend import backups
from backend.database import DatabaseError, default_path

Db = Annotated[
    Path | None,
    typer.Option(help="Database file.  [default: UNCANNY_DB, or uncanny.db]", show_default=False),
]


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
    try:
        made = backups.backup(source, folder or source.parent / "backups", keep=keep)
    except DatabaseError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{made.path}: {_holds(made)}, checked")


def restore(
    backup: Annotated[Path, typer.Argument(help="A file that `backup` made.")],
    db: Db = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Rename what is there and take its place.")
    ] = False,
) -> None:
    """Put a backup in the place of the database. Stop the app first."""
    try:
        made = backups.restore(backup, db or default_path(), replace=replace)
    except DatabaseError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{made.path}: {_holds(made)}, restored from {backup}")
    if made.aside:
        typer.echo(f"What was there is now {made.aside}")


def _holds(made: backups.Copied) -> str:
    rows, size = sum(made.rows.values()), made.path.stat().st_size / 2**20
    return (
        f"{made.rows.get('dialogues', 0):,} dialogues, {rows:,} rows in {len(made.rows)} tables, "
        f"{size:.1f} MiB"
    )
