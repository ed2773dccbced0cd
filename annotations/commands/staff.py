"""The `staff` commands: add, list and remove accounts of the people who run studies."""

from typing import Annotated, Literal

import typer

from annotations.commands.studies import Db, opened
from annotations.crowd import staff
from annotations.crowd.staff import StaffError, StaffRole

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Add, list and remove accounts of the people who run studies.",
)


@app.command()
def add(
    name: str,
    role: Annotated[Literal["viewer", "analyst", "admin"], typer.Option()] = "viewer",
    email: Annotated[str | None, typer.Option(help="For the organisation's log-in.")] = None,
    db: Db = None,
) -> None:
    """Make or change an account; asks for a passphrase unless --email is given."""
    passphrase = None
    if email is None:
        passphrase = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True)
    with opened(db) as database:
        try:
            staff.add(database, name, StaffRole[role.upper()], passphrase=passphrase, email=email)
        except StaffError as error:
            typer.echo(f"Error: {error}", err=True)
            raise typer.Exit(1) from None
        staff.note(database, "command line", "save account", account=name, role=role)
    typer.echo(f"{name} is {role} now. Staff pages ask everybody to log in from here on.")


@app.command("list")
def list_(db: Db = None) -> None:
    """Who has an account, and in what role."""
    with opened(db) as database:
        for row in staff.accounts(database).to_dict("records"):
            means = row["email"] if isinstance(row["email"], str) else "by passphrase"
            typer.echo(f"{row['name']}: {row['role']}, {means}")


@app.command()
def remove(name: str, db: Db = None) -> None:
    """Remove an account; whoever is logged in with it is out at once."""
    with opened(db) as database:
        if not staff.remove(database, name):
            typer.echo(f"Error: there is no account {name!r}", err=True)
            raise typer.Exit(1)
        staff.note(database, "command line", "remove account", account=name)
    typer.echo(f"{name} has no account any more.")
