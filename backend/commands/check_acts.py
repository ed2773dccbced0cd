"""The `check-acts` command: the act reader measured against IARD's human labels."""

from pathlib import Path
from typing import Annotated

import typer

from backend.catalogue import Catalogue, CatalogueError
from backend.consoles import reported
from backend.corpora import CorpusError
from backend.evaluation.acts import MIN_TURNS, Half, agreement


def check_acts(
    iard: Annotated[Path, typer.Option(help="IARD's file or folder.", show_default=False)],
    redial: Annotated[
        Path | None, typer.Option(help="ReDial, for its forms.", show_default=False)
    ] = None,
    half: Annotated[
        Half, typer.Option(help="Dialogues the rules were written on, the others, or all.")
    ] = Half.ALL,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the halves.")] = 11,
) -> None:
    """Measure the act labels of `prepare` against IARD's human labels."""
    with reported(CorpusError, CatalogueError):
        found = agreement(iard, redial, Catalogue.load(), half, seed)
    typer.echo("| role | act | turns | precision | recall | F1 |\n|---|---|---|---|---|---|")
    for (role, kind), row in found.rows.items():
        interval = f"{row.f1.value:.2f} [{row.f1.low:.2f}, {row.f1.high:.2f}]"
        typer.echo(
            f"| {role.value} | {kind.value} | {row.n:,} | {row.precision:.2f} | "
            f"{row.recall:.2f} | {interval} |"
        )
    typer.echo(f"Macro-F1: {found.macro} of at least {MIN_TURNS} turns")
