"""The `scores` command: means of the stored scores by system, with and without leaked dialogues."""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from backend.database import Database, DatabaseError, default_path
from backend.dialogue import Role
from backend.figures import Figure, mean
from backend.metrics.leaks import ANY
from backend.pool import Pool, migrations


def summarised(pool: Pool, role: Role, names: list[str] | None = None) -> pd.DataFrame:
    """One row a system of `role` and metric: system, metric, all, without_leaked (figures), leaked.

    Dialogue scores of the version scored last; `leaked` counts dialogues in which a target was
    given away, as `leakage` found. Where leakage is not known, nothing is left out.
    """
    scores = pool.scores()
    scores = scores[scores["turn"].isna()]
    last = scores.groupby("metric", sort=False)["version"].transform("last")
    scores = scores[scores["version"] == last]
    leaked = set(scores.loc[(scores["metric"] == ANY) & (scores["value"] > 0), "dialogue"])
    if names:
        scores = scores[scores["metric"].isin(names)]
    column = f"{role.value}_system"
    systems = pool.frame().set_index("id")[column].fillna("people")
    scores = scores.assign(system=scores["dialogue"].map(systems))
    rows = []
    for (system, metric), mine in scores.groupby(["system", "metric"], sort=True):
        known = mine[mine["value"].notna()]
        clean = known[~known["dialogue"].isin(leaked)]
        rows.append(
            {
                "system": str(system),
                "metric": str(metric),
                "all": _mean(known, mine),
                "without_leaked": _mean(clean, mine),
                "leaked": int(known["dialogue"].isin(leaked).sum()),
            }
        )
    return pd.DataFrame(rows, columns=["system", "metric", "all", "without_leaked", "leaked"])


def _mean(known: pd.DataFrame, every: pd.DataFrame) -> Figure:
    if known.empty:
        reasons = every["missing"].dropna()
        why = str(reasons.mode().iloc[0]) if len(reasons) else "only leaked dialogues"
        return Figure(None, 0, "dialogues", missing=why)
    return mean(known["value"].tolist(), "dialogues")


def scores(
    metric: Annotated[list[str] | None, typer.Option(help="Only these scores.")] = None,
    role: Annotated[
        str, typer.Option(help="Systems of the seeker or of the recommender.")
    ] = "seeker",
    db: Annotated[
        Path | None, typer.Option(help="Database file; else UNCANNY_DB, else uncanny.db.")
    ] = None,
) -> None:
    """Mean scores by system, with and without the dialogues in which a target leaked."""
    if role not in {one.value for one in Role}:
        typer.echo(f"Error: the role is seeker or recommender; got {role!r}", err=True)
        raise typer.Exit(1)
    try:
        database = Database(db or default_path(), migrations)
        try:
            found = summarised(Pool(database), Role(role), metric)
        finally:
            database.close()
    except DatabaseError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    if found.empty:
        typer.echo("No scores yet: python -m backend score --metric all")
        return
    table = Table()
    for name in ("system", "metric", "mean", "without leaked", "leaked"):
        table.add_column(name, overflow="fold")
    for row in found.to_dict("records"):
        table.add_row(
            escape(row["system"]),
            escape(row["metric"]),
            escape(str(row["all"])),
            escape(str(row["without_leaked"])) if row["leaked"] else "the same",
            str(row["leaked"]),
        )
    Console().print(table)
