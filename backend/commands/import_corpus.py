"""The `import` command: add a corpus to the pool."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from backend.consoles import Db, opened, progress_bar, reported
from backend.corpora import READERS, CorpusError
from backend.corpora.importing import import_into
from backend.pool import Pool


def import_corpus(
    corpus: Annotated[str, typer.Argument(help=f"One of: {', '.join(sorted(READERS))}.")],
    path: Annotated[
        Path, typer.Argument(help="A file of the corpus, or the folder with its files.")
    ],
    db: Db = None,
) -> None:
    """Import a corpus into the pool. Importing it again changes nothing."""
    console = Console(stderr=True)
    with reported(CorpusError), opened(db) as database, progress_bar(console) as bar:
        task = bar.add_task(f"Importing {corpus}", total=None, note="read")
        summary = import_into(
            Pool(database), corpus, path, lambda read: bar.update(task, completed=read)
        )
    typer.echo("\n".join(summary.lines()))
