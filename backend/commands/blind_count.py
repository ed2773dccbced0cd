"""The `blind-count` command: the share of turns that readers marked as not coherent, by side."""

import typer

from backend.commands.blind_sheet import Key, Sheet
from backend.consoles import reported
from backend.evaluation import blind_reading
from backend.evaluation.blind_reading import SheetError


def blind_count(sheet: Sheet, key: Key) -> None:
    """Count the marks of a sheet: the share of turns that are not coherent, by side."""
    with reported(SheetError):
        counted = blind_reading.count(sheet, key)
    for side, figure in counted.shares.items():
        typer.echo(f"  not coherent, {side:<12} {figure}")
    typer.echo(f"  simulated less people      {counted.difference}")
    typer.echo(f"  {counted.difference.signature}")
