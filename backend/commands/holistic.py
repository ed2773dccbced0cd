"""The `holistic` command: recommenders under standard and holistic seekers, in one table."""

from typing import Annotated

import typer
from rich.console import Console

from backend.catalogue import Catalogue, CatalogueError
from backend.consoles import reported
from backend.conversations.scenarios import ScenarioError, given
from backend.conversations.simulation import plans
from backend.evaluation.holistic import arms, markdown
from backend.simulators import SimulatorError


def holistic(
    recommender: Annotated[
        list[str], typer.Option(help="Name of a recommender, once for each; the first is the bar.")
    ],
    n: Annotated[int, typer.Option("-n", min=2, help="Dialogues an arm.")] = 200,
    seed: Annotated[int, typer.Option(min=0)] = 0,
    scenarios: Annotated[
        str, typer.Option(help="`drawn`, `held-out`, or a file of scenarios.")
    ] = "drawn",
) -> None:
    """Success and ranking per arm, and the false-progress index over the first recommender."""
    console = Console(stderr=True)
    with reported(SimulatorError, CatalogueError, ScenarioError):
        catalogue = Catalogue.load()
        planned = plans(catalogue, n, seed=seed, scenarios=given(scenarios))
        with console.status("") as status:
            found = [arms(name, planned, catalogue, status.update) for name in recommender]
    typer.echo(f"{n} dialogues an arm, seed {seed}, scenarios {scenarios}\n")
    typer.echo(markdown(found))
