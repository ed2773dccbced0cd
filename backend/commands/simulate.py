"""The `simulate` command: simulate dialogues of two systems and store them in the pool."""

from typing import Annotated

import typer
from rich.console import Console

from backend.catalogue import Catalogue, CatalogueError
from backend.consoles import Db, opened, progress_bar, reported
from backend.conversations.scenarios import ScenarioError, given
from backend.conversations.simulation import SimulationSummary, plans, simulate_into
from backend.conversations.talk import MAX_TURNS
from backend.dialogue import Role
from backend.pool import Pool
from backend.simulators import SimulatorError, simulator


def simulate(
    seeker: Annotated[str, typer.Option(help="Name of a seeker.")] = "agenda",
    recommender: Annotated[str, typer.Option(help="Name of a recommender.")] = "critiquing",
    n: Annotated[int, typer.Option("-n", min=1, help="How many dialogues.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same dialogues.")] = 0,
    scenarios: Annotated[
        str,
        typer.Option(
            help="`drawn` from the catalogue, `held-out` (of dialogues not trained on), or a "
            "file with a scenario a line, as JSON."
        ),
    ] = "drawn",
    max_turns: Annotated[
        int, typer.Option(min=1, help="Turns of both roles after which a dialogue ends.")
    ] = MAX_TURNS,
    db: Db = None,
) -> None:
    """Let two simulators talk and store it in the pool. Run again, it goes on where it was."""
    console = Console(stderr=True)
    with reported(SimulatorError, CatalogueError, ScenarioError):
        catalogue = Catalogue.load()
        planned = plans(catalogue, n, seed=seed, scenarios=given(scenarios))
        one, other = simulator(seeker, Role.SEEKER), simulator(recommender, Role.RECOMMENDER)
        with opened(db) as database, progress_bar(console) as bar:
            task = bar.add_task(f"{seeker} with {recommender}", total=n, note="")

            def tell(so_far: SimulationSummary) -> None:
                done = so_far.dialogues + len(so_far.failures)
                rate = f"{so_far.made / so_far.seconds:.1f}/s" if so_far.made else ""
                bar.update(task, completed=done, note=rate)

            summary = simulate_into(
                Pool(database), one, other, planned, max_turns=max_turns, progress=tell
            )
    typer.echo(f"{one.system.name} with {other.system.name}, seed {seed}")
    typer.echo("\n".join(summary.lines()))
    if summary.failures:
        raise typer.Exit(1)
