"""Does a model give back what it was trained on? Long training turns looked for in what it says."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from backend.catalogue import Catalogue
from backend.dialogue import Dialogue, Origin, Role
from backend.simulators import SimulatorError, simulator
from backend.simulators.batch import made, plans
from backend.training.prepare import read_part
from backend.training.rows import row

#: A turn counts from this many words on: shorter ones are common property.
LONG = 13


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
    """Compare words alone, names as slots: another film in a learned sentence is no difference."""
    known = {
        turn
        for dialogue in trained
        if dialogue.seeker.origin is Origin.HUMAN
        for turn in _turns(dialogue, catalogue)
        if turn.count(" ") >= LONG - 1
    }
    n = said = copied = 0
    for dialogue in dialogues:
        n += 1
        for turn in _turns(dialogue, catalogue):
            words = turn.split()
            if len(words) < LONG:
                continue
            said += 1
            copied += _contains(words, known)
    return Memory(n, said, len(known), copied)


def _contains(words: list[str], known: set[str]) -> bool:
    """Whether a training turn stands anywhere in these words."""
    return any(
        " ".join(words[start:end]) in known
        for start in range(len(words) - LONG + 1)
        for end in range(start + LONG, len(words) + 1)
    )


def _turns(dialogue: Dialogue, catalogue: Catalogue) -> list[str]:
    found = []
    for role in Role:
        messages = row(dialogue, role, catalogue, controls={}).messages
        own = [message.text for message in messages if message.speaker == "assistant"]
        found += [" ".join(re.findall(r"@?\w+", text.lower())) for text in own[1::2]]
    return found


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
