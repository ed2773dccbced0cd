"""The `demo` command: the authored dialogues, and template simulators talking, into the pool."""

from pathlib import Path
from typing import Annotated

import typer

from backend.catalogue import Catalogue
from backend.conversations.simulation import plans, simulate_into
from backend.corpora.command import import_into
from backend.corpora.demo import PACKAGED
from backend.database import Database, DatabaseError, default_path
from backend.dialogue import Role
from backend.pool import DialogueFilter, Pool, migrations
from backend.simulators import simulator

#: How many dialogues of the template simulators the demo has, and the seed they come from.
SIMULATED, SEED = 60, 1


def fill(pool: Pool) -> None:
    """Put the demo's dialogues into the pool. What is there already stays as it is."""
    import_into(pool, "demo", PACKAGED)
    if pool.count(DialogueFilter(corpus=("simulated",), seeker_system=("agenda",))) < SIMULATED:
        seeker = simulator("agenda", Role.SEEKER)
        recommender = simulator("critiquing", Role.RECOMMENDER)
        planned = plans(Catalogue.load(), SIMULATED, seed=SEED)
        simulate_into(pool, seeker, recommender, planned)


def demo(
    db: Annotated[Path | None, typer.Option(help="Database file.", show_default=False)] = None,
) -> None:
    """Put the bundled demo dialogues into the pool. Doing it again changes nothing."""
    try:
        database = Database(db or default_path(), migrations)
        fill(Pool(database))
        database.close()
    except DatabaseError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
