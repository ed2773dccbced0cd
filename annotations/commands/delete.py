"""The command that deletes a study: `python -m annotations delete`."""

from pathlib import Path
from typing import Annotated

import typer

from annotations.commands.studies import Db, StudyName, opened
from annotations.crowd import deletion
from annotations.export import export


def delete(
    study: StudyName,
    export_to: Annotated[
        Path | None, typer.Option(help="Folder to export the study to first.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete without an export, or while raters are under way.")
    ] = False,
    who: Annotated[str, typer.Option(help="Who decides, for the audit log.")] = "command line",
    db: Db = None,
) -> None:
    """Delete a study, its judgments and raters. Example: delete pilot --export-to pilot_data"""
    with opened(db) as database:
        held = deletion.contents(database, study)
        amounts = f"{held.units} units, {held.raters} raters and {held.answers} answers"
        if held.under_way and not yes:
            typer.echo(
                f"Error: {held.under_way} rater(s) of {study} are under way: they took a step in "
                f"the last {deletion.UNDER_WAY_HOURS} hours. Wait, or add --yes.",
                err=True,
            )
            raise typer.Exit(1)
        if export_to is None and not yes:
            typer.echo(
                f"Error: {study} has {amounts}. Nothing was deleted. To export them first, add "
                "--export-to FOLDER; to delete without an export, add --yes.",
                err=True,
            )
            raise typer.Exit(1)
        if export_to is not None:
            export(database, study, export_to)
            typer.echo(f"Exported to {export_to}")
        deletion.delete(database, study, who=who)
    typer.echo(f"Deleted {study}: {amounts}")
