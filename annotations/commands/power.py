"""The `power` command: how many judgments an effect needs."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from backend.statistics.power import (
    EFFECTS,
    POWER,
    QUESTIONS,
    RATER_ICC,
    UNIT_ICC,
    Clustering,
    judgments_needed,
)


def power_command(
    question: Annotated[str, typer.Argument(help=f"One of {', '.join(QUESTIONS)}.")],
    effect: Annotated[
        list[float],
        typer.Option(
            help="Effect, once for each: d', margin, standard deviations, distance from 0.5, "
            "correlation."
        ),
    ],
    per_rater: Annotated[float, typer.Option(min=1, help="Judgments a rater, a side.")] = 10,
    per_unit: Annotated[float, typer.Option(min=1, help="Judgments a unit.")] = 3,
    wanted: Annotated[float, typer.Option("--power", min=0.05, max=0.999)] = POWER,
    rater_icc: Annotated[float, typer.Option(min=0, max=0.99)] = RATER_ICC,
    unit_icc: Annotated[float, typer.Option(min=0, max=0.99)] = UNIT_ICC,
) -> None:
    """Raters and judgments an effect needs. Example: power identify --effect 0.3 --effect 0.5"""
    kind = next((known for known in QUESTIONS if known == question), None)
    if kind is None:
        typer.echo(
            f"Error: the question is one of {', '.join(QUESTIONS)}; got {question!r}", err=True
        )
        raise typer.Exit(1)
    table = Table(EFFECTS[kind][0], "judgments a side", "raters", "units")
    for one in effect:
        try:
            n = judgments_needed(
                kind,
                one,
                per_rater=per_rater,
                per_unit=per_unit,
                wanted=wanted,
                clustering=Clustering(rater_icc, unit_icc),
            )
        except ValueError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(1) from error
        if n is None:
            table.add_row(f"{one:g}", "no number is enough", "", "")
        else:
            cells = (n, -(-n // per_rater), -(-n // per_unit))
            table.add_row(f"{one:g}", *(f"{int(cell):,}" for cell in cells))
    table.caption = (
        f"{wanted:.0%} power, two-sided 5%; {per_rater:g} judgments a rater (ICC {rater_icc:g}), "
        f"{per_unit:g} a unit (ICC {unit_icc:g})"
    )
    Console().print(table)
