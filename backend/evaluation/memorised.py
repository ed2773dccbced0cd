"""Does a model give back what it was trained on? Long training turns looked for in what it says."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from backend.catalogue import Catalogue
from backend.conversations.simulation import made, plans
from backend.dialogue import Dialogue, Origin, Role
from backend.simulators import SimulatorError, simulator
from backend.simulators.interplay.choosing import masked
from backend.simulators.interplay.recital import LONG, Recital, plain
from backend.training.prepare import read_part


@dataclass(frozen=True)
class Memory:
    """`copied` of `said` long turns contain one of `known` training turns, word by word."""

    dialogues: int
    said: int
    known: int
    copied: int


def memorised(
    trained: Iterable[Dialogue], dialogues: Iterable[Dialogue], catalogue: Catalogue
) -> Memory:
    """Compare words alone, titles masked: another film in a learned sentence is no difference.

    Dialogues of people alone count as taught: of simulated ones the words are not.
    """
    taught = (d for d in trained if d.seeker.origin is Origin.HUMAN)
    known = Recital.of(masked(turn, catalogue) for dialogue in taught for turn in dialogue.turns)
    n = said = copied = 0
    for dialogue in dialogues:
        n += 1
        texts = (masked(turn, catalogue) for turn in dialogue.turns)
        long = [text for text in texts if len(plain(text)) >= LONG]
        said += len(long)
        copied += sum(map(known.recites, long))
    return Memory(n, said, len(known.hashes), copied)


def check_memorised(
    data: Annotated[Path, typer.Option(help="Folder that `prepare` wrote.", show_default=False)],
    seeker: Annotated[str, typer.Option()] = "interplay",
    recommender: Annotated[str, typer.Option()] = "interplay",
    n: Annotated[int, typer.Option("-n", min=1, help="Dialogues to sample.")] = 1000,
    seed: Annotated[int, typer.Option()] = 11,
) -> None:
    """Look for training turns of more than 12 words in what two simulators say."""
    catalogue = Catalogue.load()
    try:
        one, other = simulator(seeker, Role.SEEKER), simulator(recommender, Role.RECOMMENDER)
        trained = read_part(data, "train")
    except (SimulatorError, FileNotFoundError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    found = made(one, other, plans(catalogue, n, seed=seed))
    memory = memorised(trained, (d for d in found if isinstance(d, Dialogue)), catalogue)
    typer.echo(
        f"{memory.copied} of {memory.said:,} turns of more than 12 words (in "
        f"{memory.dialogues:,} dialogues) contain one of {memory.known:,} training turns of more "
        "than 12 words, names aside"
    )
    if memory.copied:
        raise typer.Exit(1)
