"""The `train-choice` command: the classifier that chooses among wordings."""

from pathlib import Path
from typing import Annotated

import typer

from backend.catalogue import Catalogue, CatalogueError
from backend.commands.train import Data
from backend.consoles import opened, reported
from backend.dialogue import Dialogue, Origin, Role
from backend.engines import EngineError
from backend.pool import DialogueFilter, Pool


def train_choice(
    adapter: Annotated[Path, typer.Argument(help="Folder of the adapter.")],
    data: Data,
    n: Annotated[int, typer.Option("-n", min=50, help="Turns of the training part.")] = 3000,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    refine: Annotated[
        Path | None,
        typer.Option(
            help="Database of simulated dialogues: samples none, and adds to the weights what "
            "still tells their seekers from people.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Sample words from a seeker's adapter and fit the classifier that chooses among wordings."""
    from backend.training import choice

    with reported(CatalogueError, EngineError, FileNotFoundError, ValueError):
        catalogue = Catalogue.load()
        if refine:
            dialogues = _simulated(refine)
            area = choice.refine(adapter, Role.SEEKER, dialogues, data, catalogue)
            typer.echo(f"{adapter}: AUC {area:.3f} by turn, of {len(dialogues):,} dialogues")
            return
        samples = choice.sample(adapter, Role.SEEKER, data, catalogue, n=n, seed=seed)
        area = choice.fit(samples, Role.SEEKER, catalogue, adapter)
    typer.echo(f"{adapter}: AUC {area:.3f} on the validation part, {len(samples):,} samples")


def _simulated(path: Path) -> list[Dialogue]:
    with opened(path) as database:
        pool = Pool(database)
        kept = DialogueFilter(seeker_origin=(Origin.SIMULATED,))
        return list(pool.get_many(pool.frame(kept)["id"].tolist()).values())
