"""Simulate dialogues into the pool: the function that pages call, and the command around it."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backend.catalogue import Catalogue, CatalogueError
from backend.database import Database, DatabaseError, default_path
from backend.dialogue import ActKind, Dialogue, Role
from backend.pool import Entry, Pool, migrations
from backend.simulators import Simulator, SimulatorError, simulator
from backend.simulators.scenarios import draw
from backend.simulators.talk import MAX_TURNS, talk

#: Dialogues a transaction: what is lost at most when a long run is stopped.
BATCH = 50


@dataclass
class Summary:
    """What one run made. `seconds` is wall time of talking and storing together."""

    dialogues: int = 0
    stored: int = 0
    turns: int = 0
    accepted: int = 0
    seconds: float = 0.0

    def count(self, dialogue: Dialogue) -> None:
        """Add one dialogue's figures."""
        self.dialogues += 1
        self.turns += len(dialogue.turns)
        self.accepted += is_accepted(dialogue)

    def lines(self) -> list[str]:
        """The summary in words, a line each."""
        n = self.dialogues
        if not n:
            return ["no dialogues"]
        return [
            f"  dialogues       {n:,} ({self.stored:,} new in the pool)",
            f"  mean turns      {self.turns / n:.1f} (n = {n:,})",
            f"  accepted        {self.accepted / n:.0%} ({self.accepted:,} of n = {n:,})",
            f"  rate            {n / self.seconds:.1f} dialogues/s",
        ]


def is_accepted(dialogue: Dialogue) -> bool:
    """Whether the seeker accepted an item, by its acts."""
    return any(turn.does(ActKind.ACCEPT) for turn in dialogue.turns_of(Role.SEEKER))


def dialogues(
    seeker: Simulator,
    recommender: Simulator,
    catalogue: Catalogue,
    n: int,
    *,
    seed: int,
    max_turns: int = MAX_TURNS,
) -> Iterator[Dialogue]:
    """`n` dialogues, each with its own scenario. A larger `n` begins with the same dialogues."""
    for index in range(n):
        own = random.Random(f"{seed}/{index}").getrandbits(32)
        yield talk(seeker, recommender, draw(catalogue, own), seed=own, max_turns=max_turns)


def simulate_into(
    pool: Pool,
    made: Iterator[Dialogue],
    progress: Callable[[int], object] | None = None,
) -> Summary:
    """Store dialogues in batches as they are made; `progress` is told how many so far."""
    summary, start = Summary(), perf_counter()
    while batch := list(islice(made, BATCH)):
        summary.stored += pool.add(Entry(dialogue=dialogue) for dialogue in batch).dialogues
        for dialogue in batch:
            summary.count(dialogue)
        summary.seconds = perf_counter() - start
        if progress:
            progress(summary.dialogues)
    return summary


def simulate(
    seeker: Annotated[str, typer.Option(help="Name of a seeker.")] = "agenda",
    recommender: Annotated[str, typer.Option(help="Name of a recommender.")] = "critiquing",
    n: Annotated[int, typer.Option("-n", min=1, help="How many dialogues.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed gives the same dialogues.")] = 0,
    max_turns: Annotated[
        int, typer.Option(min=1, help="Turns of both roles after which a dialogue ends.")
    ] = MAX_TURNS,
    db: Annotated[
        Path | None,
        typer.Option(
            help="Database file.  [default: UNCANNY_DB, or uncanny.db]", show_default=False
        ),
    ] = None,
) -> None:
    """Let two simulators talk and store it in the pool. The same seed again adds nothing."""
    console = Console(stderr=True)
    try:
        one, other = simulator(seeker, Role.SEEKER), simulator(recommender, Role.RECOMMENDER)
        made = dialogues(one, other, Catalogue.load(), n, seed=seed, max_turns=max_turns)
        database = Database(db or default_path(), migrations)
        try:
            with _progress(console) as bar:
                task = bar.add_task(f"{seeker} with {recommender}", total=n)
                summary = simulate_into(
                    Pool(database), made, lambda done: bar.update(task, completed=done)
                )
        finally:
            database.close()
    except (SimulatorError, CatalogueError, DatabaseError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{one.system.name} with {other.system.name}, seed {seed}")
    typer.echo("\n".join(summary.lines()))


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
