"""The `compare-realism` command: realism of simulated sets, by raters and by classifiers."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from annotations import records
from annotations.commands.studies import Db, StudyName, opened
from annotations.validity.crowd_realism import comparisons, crowd_realism


def compare_realism(
    study: StudyName,
    crowd: Annotated[str, typer.Option(help="`people`, or a rehearsal.")] = records.PEOPLE,
    with_excluded: Annotated[bool, typer.Option(help="Count what was set aside, too.")] = False,
    db: Db = None,
) -> None:
    """Realism three ways: raters, a discriminator, an ensemble. Example: compare-realism demo"""
    with opened(db) as database:
        records.study(database, study)
        kept = comparisons(database)
        if not kept:
            typer.echo("No comparison is kept yet: python -m backend realism --help")
            return
        table = Table()
        for name in ("simulated", "raters", "discriminator", "controls and floor", "ensemble"):
            table.add_column(name, overflow="fold")
        for one in kept:
            seen = crowd_realism(
                database, study, one.systems, crowd=crowd, with_excluded=with_excluded
            )
            said = [
                f"{task}, {e.group}: {e.quantity} "
                + (f"missing: {e.missing}" if e.value is None else f"{e.value:.2f} (n={e.n})")
                for task, e in seen
            ]
            table.add_row(
                *map(
                    escape,
                    (
                        one.name,
                        "\n".join(said) or f"missing: {crowd} did not judge these in {study}",
                        *machine(one.body),
                    ),
                )
            )
        Console().print(table)


def machine(body: dict[str, Any]) -> tuple[str, str, str]:
    """Discriminator, its controls, and the ensemble of a comparison, in words."""
    areas = body["discrimination"]
    first, *rest = areas
    return (
        _area(areas[first]),
        "\n".join(f"{name}: {_area(areas[name])}" for name in rest),
        "\n".join(
            f"{one['classifier']}: {one['divergence']:.3f} (floor {one['floor']:.3f})"
            for one in body["divergences"]
        ),
    )


def _area(figure: dict[str, Any]) -> str:
    if figure["value"] is None:
        return f"missing: {figure['missing']}"
    return f"{figure['value']:.2f} [{figure['low']:.2f}, {figure['high']:.2f}]"
