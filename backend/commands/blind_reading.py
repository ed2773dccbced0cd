"""The commands `blind-sheet` and `blind-count`: blind reading of human and simulated turns."""

from pathlib import Path
from typing import Annotated

import typer

from backend.database import Database, DatabaseError
from backend.dialogue import Role
from backend.evaluation import blind_reading
from backend.evaluation.blind_reading import PEOPLE, SIMULATED, SheetError
from backend.filters import FilterError, read_filter
from backend.pool import Pool, migrations

_SHEET = typer.Option(help="CSV file of turns, without their sources.", show_default=False)
_KEY = typer.Option(help="CSV file of sources; not for who reads the sheet.", show_default=False)


def blind_sheet(
    db: Annotated[Path, typer.Option(help="Database file.", show_default=False)],
    simulated: Annotated[str, typer.Option(help="Filter: seeker_system=interplay")],
    sheet: Annotated[Path, _SHEET],
    key: Annotated[Path, _KEY],
    real: Annotated[str, typer.Option(help="Filter of people.")] = "corpus=redial",
    role: Annotated[Role, typer.Option(help="Whose turns.")] = Role.SEEKER,
    n: Annotated[int, typer.Option("-n", min=1, help="Turns of each side.")] = 100,
    seed: Annotated[int, typer.Option(help="The same seed draws the same turns.")] = 0,
) -> None:
    """Draw turns of people and of a simulator, shuffled, to be marked coherent (y) or not (n)."""
    try:
        pool = Pool(Database(db, migrations))
        sides = {SIMULATED: simulated, PEOPLE: real}
        found = {
            name: list(pool.get_many(list(pool.frame(read_filter(text))["id"])).values())
            for name, text in sides.items()
        }
        reads = blind_reading.drawn(found, n, role, seed=seed)
    except (DatabaseError, FilterError, SheetError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    blind_reading.write(reads, sheet, key)
    typer.echo(f"{len(reads)} turns: {sheet}; their sources: {key}")


def blind_count(sheet: Annotated[Path, _SHEET], key: Annotated[Path, _KEY]) -> None:
    """Count the marks of a sheet: the share of turns that are not coherent, by side."""
    try:
        counted = blind_reading.count(sheet, key)
    except SheetError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    for side, figure in counted.shares.items():
        typer.echo(f"  not coherent, {side:<12} {figure}")
    typer.echo(f"  simulated less people      {counted.difference}")
