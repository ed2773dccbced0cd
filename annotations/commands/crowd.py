"""Commands for running a crowd: vetting, exclusion, invites, withdrawal and retention."""

from typing import Annotated
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from annotations import doors, records
from annotations.commands.studies import Db, StudyName, opened
from annotations.crowd import staff, vetting, withdrawal
from annotations.tasks.base import StudyError


def vet(
    study: StudyName,
    crowd: Annotated[str, typer.Option(help="`people`, or a rehearsal.")] = records.PEOPLE,
    exclude: Annotated[bool, typer.Option(help="Apply the protocol's rules.")] = False,
    db: Db = None,
) -> None:
    """Checks, agreement and flags of each rater. Example: vet demo --crowd rehearsal-1"""
    with opened(db) as database:
        protocol = records.study(database, study)
        newly: list[int] = []
        if exclude:
            newly = vetting.apply_rules(database, protocol, crowd)
            staff.note(database, "command line", "apply rules", study, excluded=newly)
        vetted = vetting.vet(database, protocol, crowd)
        due = vetting.due(database, protocol, vetted)
        table = Table("rater", "screens", "gold", "attention", "agreement", "flags", "set aside")
        for one in vetted:
            table.add_row(
                str(one.number),
                str(one.screens),
                f"{one.gold_passed} of {one.gold}" if one.gold else "none",
                f"{one.attention_failed} failed of {one.attention}" if one.attention else "none",
                "alone" if one.agreement is None else f"{one.agreement:.2f}",
                escape("; ".join(f"{name}: {seen}" for name, seen in one.flags.items())),
                "yes" if one.excluded else escape(due.get(one.number, "")),
            )
        Console().print(table)
        if exclude:
            typer.echo(f"{len(newly)} rater(s) newly set aside by the protocol: {newly}")
        elif not protocol.quality.rules:
            typer.echo("The protocol has no rule that sets anybody aside (quality: rules:).")
        elif due:
            typer.echo(f"The protocol's rules would set aside {len(due)} more: add --exclude.")


def invite(
    study: StudyName,
    count: Annotated[int, typer.Option(min=1, max=10_000)] = 1,
    url: Annotated[str, typer.Option(help="Where the app is served.")] = "http://localhost:8501",
    db: Db = None,
) -> None:
    """Make single-use links; each is printed once. Example: invite panel --count 20"""
    with opened(db) as database:
        protocol = records.study(database, study)
        try:
            tokens = doors.invite(database, protocol, count, who="command line")
        except ValueError as error:
            raise StudyError(f"{error}: its raters need no invites") from None
        staff.note(database, "command line", "invite", study, count=count)
        for token in tokens:
            typer.echo(f"{url}/?{urlencode({'study': study, 'invite': token})}")


def withdraw(
    study: StudyName,
    rater: Annotated[int, typer.Option(help="Rater number.")],
    who: Annotated[str, typer.Option(help="Who was asked to do this.")],
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
    db: Db = None,
) -> None:
    """Erase what a rater gave, at their wish. Example: withdraw panel --rater 17 --who Ada"""
    with opened(db) as database:
        known = records.raters(database, study).set_index("number")["rater"]
        if rater not in known.index:
            raise StudyError(f"study {study!r} has no rater number {rater} who has not withdrawn")
        if not yes:
            typer.confirm(f"Erase everything rater {rater} of {study} gave, for good?", abort=True)
        gone = withdrawal.withdraw(database, str(known[rater]))
        staff.note(database, who, "withdraw a rater at their wish", study, rater=rater)
        answers = gone.answers if gone else 0
        typer.echo(f"Rater {rater} has withdrawn: {answers} answers were erased.")


def keep_no_longer(db: Db = None) -> None:
    """Delete what has outlived its retention period. Example: keep-no-longer"""
    with opened(db) as database:
        for what, count in withdrawal.keep_no_longer(database).items():
            typer.echo(f"{count} {what} deleted")
