"""The `check-memorised` command: search for training turns in the dialogues of two simulators."""

from pathlib import Path
from typing import Annotated

import typer

from backend.catalogue import Catalogue
from backend.consoles import reported
from backend.conversations.simulation import made, plans
from backend.dialogue import Dialogue, Role
from backend.evaluation.memorised import memorised
from backend.simulators import SimulatorError, simulator
from backend.training.prepare import read_part


def check_memorised(
    data: Annotated[Path, typer.Option(help="Folder that `prepare` wrote.", show_default=False)],
    seeker: Annotated[str, typer.Option()] = "interplay",
    recommender: Annotated[str, typer.Option()] = "interplay",
    n: Annotated[int, typer.Option("-n", min=1, help="Dialogues to sample.")] = 1000,
    seed: Annotated[int, typer.Option(min=0)] = 11,
) -> None:
    """Look for training turns of more than 12 words in what two simulators say."""
    catalogue = Catalogue.load()
    with reported(SimulatorError, FileNotFoundError):
        one, other = simulator(seeker, Role.SEEKER), simulator(recommender, Role.RECOMMENDER)
        trained = read_part(data, "train")
    found = made(one, other, plans(catalogue, n, seed=seed))
    memory = memorised(trained, (d for d in found if isinstance(d, Dialogue)), catalogue)
    typer.echo(
        f"{memory.copied} of {memory.said:,} turns of more than 12 words (in "
        f"{memory.dialogues:,} dialogues) contain one of {memory.known:,} training turns of more "
        "than 12 words, names aside"
    )
    if memory.copied:
        raise typer.Exit(1)
