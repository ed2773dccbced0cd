"""The `graft` command: add human dialogues that simulators continue partway to the pool."""

from typing import Annotated

import typer
from rich.console import Console

from backend.catalogue import Catalogue, CatalogueError
from backend.consoles import Db, opened, progress_bar, reported
from backend.conversations.grafting import GraftSummary, graft_into, human
from backend.conversations.talk import MAX_TURNS
from backend.dialogue import Role
from backend.pool import Pool
from backend.simulators import SimulatorError, simulator


def graft(
    corpus: Annotated[
        list[str], typer.Option(help="Corpus of human dialogues, in the pool; once for each.")
    ],
    seeker: Annotated[str, typer.Option(help="Name of the seeker that takes over.")] = "interplay",
    recommender: Annotated[
        str,
        typer.Option(help="Name of the recommender from there on: a recorded one can't answer."),
    ] = "interplay",
    n: Annotated[int, typer.Option("-n", min=1, help="How many dialogues to graft.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same dialogues.")] = 0,
    max_turns: Annotated[
        int, typer.Option(min=1, help="Turns of both roles, human ones included, at most.")
    ] = MAX_TURNS,
    db: Db = None,
) -> None:
    """Human dialogues that simulators take over partway, for `locate`: into corpus `grafted`.

    From the swap on both sides are simulated, the recommender too: a recorded one can't answer
    a seeker that says something else.
    """
    console = Console(stderr=True)
    with reported(SimulatorError, CatalogueError):
        catalogue = Catalogue.load()
        one, other = simulator(seeker, Role.SEEKER), simulator(recommender, Role.RECOMMENDER)
        with opened(db) as database:
            pool, which = Pool(database), human(corpus)
            if not pool.count(which):
                raise SimulatorError(
                    f"the pool has no dialogue of {', '.join(corpus)} with a human seeker; "
                    "import one first: python -m backend import CORPUS PATH"
                )
            with progress_bar(console) as bar:
                task = bar.add_task(f"{seeker} with {recommender}", total=n, note="")

                def tell(so_far: GraftSummary) -> None:
                    bar.update(task, completed=so_far.tried, note="")

                summary = graft_into(
                    pool,
                    one,
                    other,
                    which,
                    n=n,
                    seed=seed,
                    catalogue=catalogue,
                    max_turns=max_turns,
                    progress=tell,
                )
    typer.echo(f"{one.system.name} with {other.system.name}, seed {seed}")
    typer.echo("\n".join(summary.lines()))
