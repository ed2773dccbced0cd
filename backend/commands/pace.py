"""The `pace` command: fits reply delays on people, and checks them on dialogues held out."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from backend.consoles import Db, opened, reported
from backend.conversations.pacing import PaceError, fit
from backend.evaluation.pace_check import HELD_OUT, check, lines_of, table
from backend.pool import DialogueFilter, Pool


def pace(
    corpus: Annotated[
        list[str], typer.Option(help="Corpus with people and times, in the pool; once for each.")
    ],
    out: Annotated[Path | None, typer.Option(help="JSON file to keep the pace in.")] = None,
    source: Annotated[
        str | None, typer.Option(help="Whose replies they are, for the file; else the corpora.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws which dialogues are held out.")] = 0,
    db: Db = None,
) -> None:
    """Fit how long people take to reply, and how well such delays pass for people's."""
    with reported(PaceError, OSError):
        with opened(db) as database:
            pool = Pool(database)
            ids = list(pool.frame(DialogueFilter(corpus=tuple(corpus)))["id"])
            if not ids:
                raise PaceError(
                    f"the pool has no dialogue of {', '.join(corpus)}; "
                    "import one first: python -m backend import CORPUS PATH"
                )
            dialogues = list(pool.get_many(ids).values())
        with Console(stderr=True).status("Fitting and telling apart"):
            fitted = fit(dialogues, source)
            rows = check(dialogues, seed=seed)
        if out:
            out.write_text(fitted.model_dump_json(indent=2) + "\n", encoding="utf-8")
    typer.echo("\n".join(lines_of(fitted)))
    typer.echo(f"\nDialogues held out ({HELD_OUT:.0%}, seed {seed}), the rest fitted on:\n")
    typer.echo(table(rows))
