"""The `blind-sheet` command: turns of people and of a simulator, drawn for a blind reading."""

from pathlib import Path
from typing import Annotated

import typer

from backend.consoles import Db, opened, reported
from backend.dialogue import Role
from backend.evaluation import blind_reading
from backend.evaluation.blind_reading import PEOPLE, SIMULATED, SheetError
from backend.filters import FilterError, read_filter
from backend.pool import Pool

#: The two files of a blind reading.
Sheet = Annotated[
    Path, typer.Option(help="CSV file of turns, without their sources.", show_default=False)
]
Key = Annotated[
    Path,
    typer.Option(help="CSV file of sources; not for who reads the sheet.", show_default=False),
]


def blind_sheet(
    simulated: Annotated[str, typer.Option(help="Filter: seeker_system=interplay")],
    sheet: Sheet,
    key: Key,
    real: Annotated[str, typer.Option(help="Filter of people.")] = "corpus=redial",
    role: Annotated[Role, typer.Option(help="Whose turns.")] = Role.SEEKER,
    db: Db = None,
    n: Annotated[int, typer.Option("-n", min=1, help="Turns of each side.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same turns.")] = 0,
) -> None:
    """Draw turns of people and of a simulator, shuffled, to be marked coherent (y) or not (n)."""
    with reported(FilterError, SheetError), opened(db) as database:
        pool = Pool(database)
        sides = {SIMULATED: simulated, PEOPLE: real}
        found = {
            name: list(pool.get_many(list(pool.frame(read_filter(text))["id"])).values())
            for name, text in sides.items()
        }
        reads = blind_reading.drawn(found, n, role, seed=seed)
    blind_reading.write(reads, sheet, key)
    typer.echo(f"{len(reads)} turns: {sheet}; their sources: {key}")
