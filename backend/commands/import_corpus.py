"""The `import` command: add a corpus to the pool."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from backend.consoles import progress_bar
from backend.corpora import READERS, CorpusError
from backend.corpora.importing import import_into
from backend.database import Database, DatabaseError, default_path
from backend.pool import Pool, migrations


def import_corpus(
    corpus: Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(READERS))}.")],
    path: Annotated[
        Path, typer.Argument(help="A file of the corpus, or the folder with its files.")
    ],
    db: Annotated[
        Path | None,
        typer.Option(help="Database file; else the one in UNCANNY_DB, else uncanny.db."),
    ] = None,
) -> None:
    """Import a corpus into the pool. Importing it again changes nothing."""
    console = Console(stderr=True)
    try:
        database = Database(db or default_path(), migrations)
        try:
            with progress_bar(console) as bar:
                task = bar.add_task(f"Importing {corpus}", total=None, note="read")
                summary = import_into(
                    Pool(database), corpus, path, lambda read: bar.update(task, completed=read)
                )
        finally:
            database.close()
    except (CorpusError, DatabaseError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo("\n".join(summary.lines()))
