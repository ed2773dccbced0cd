"""What all commands share: the `--db` option, how they open and fail, and the progress bar."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backend.database import Database, DatabaseError, default_path
from backend.pool import migrations

#: The option that names the database file.
Db: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--db", help="Database file; else UNCANNY_DB, else uncanny.db.", show_default=False
    ),
]


@contextmanager
def reported(*errors: type[Exception]) -> Iterator[None]:
    """Tell an error of these kinds, or of the database, in a line, and exit with status 1."""
    kinds: tuple[type[Exception], ...] = (DatabaseError, *errors)
    try:
        yield
    except kinds as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error


@contextmanager
def opened(db: Path | None) -> Iterator[Database]:
    """The database with the tables of the pool, closed at the end. Raises DatabaseError."""
    database = Database(db or default_path(), migrations)
    try:
        yield database
    finally:
        database.close()


def progress_bar(console: Console) -> Progress:
    """A bar with counts and time; each task has a field `note` for what else there is to say.

    It is shown on a terminal, and nothing is written elsewhere.
    """
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
