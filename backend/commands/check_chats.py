"""The command `check-chats`: replies of a simulator to messages typed by a person."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from backend.catalogue import Catalogue
from backend.consoles import progress_bar, reported
from backend.dialogue import Role
from backend.evaluation.reply_checks import CHECKS
from backend.evaluation.typed_chats import FOLDER, Answered, Case, ChatsError, cases, play
from backend.simulators import SimulatorError, simulator
from backend.statistics.resampling import share


def check_chats(
    system: Annotated[
        str, typer.Option("--pair", "--system", help="Name of a system of both roles.")
    ] = "interplay",
    role: Annotated[Role | None, typer.Option(help="One role; else both.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most so many cases of each role.")
    ] = None,
    folder: Annotated[
        Path,
        typer.Option(
            help="Folder of YAML files of chats.", show_default="backend/evaluation/chats"
        ),
    ] = FOLDER,
    seed: Annotated[int, typer.Option(min=0, help="Seed of every chat.")] = 0,
    out: Annotated[Path | None, typer.Option("--json", help="JSON file of all replies.")] = None,
) -> None:
    """Type messages to a simulator and count the replies that hold what is wanted."""
    with reported(ChatsError, SimulatorError, ValueError):
        roles = [role] if role else list(Role)
        found = cases(folder)
        wanted = [case for one in roles for case in _of(found, one)[:limit]]
        answered = _played(wanted, system, seed)
    for one in roles:
        _told(one.value, [a for a in answered if a.case.role is one])
    if len(roles) > 1:
        _told("both roles", answered)
    for reply in answered:
        _failures_told(reply)
    if out:
        rows = [one.model_dump(mode="json", exclude={"case": {"messages"}}) for one in answered]
        out.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def _played(wanted: list[Case], system: str, seed: int) -> list[Answered]:
    catalogue = Catalogue.load()
    sides = {role: simulator(system, role) for role in {case.role for case in wanted}}
    found: list[Answered] = []
    with progress_bar(Console(stderr=True)) as bar:
        task = bar.add_task("chats", total=len(wanted), note="")
        for case in wanted:
            found += play(case, sides[case.role], catalogue, seed)
            bar.advance(task)
    return found


def _of(found: list[Case], role: Role) -> list[Case]:
    return [case for case in found if case.role is role]


def _told(name: str, answered: list[Answered]) -> None:
    """The counts of single messages, of whole chats and of both together."""
    single = [one for one in answered if not one.case.is_chat]
    chats = [one for one in answered if one.case.is_chat]
    for of, part in (("single messages", single), ("whole chats", chats), ("together", answered)):
        if part:
            typer.echo(f"{name}, {of}")
            _counts_told(part)


def _counts_told(found: list[Answered]) -> None:
    """Shares of checks passed by class, and of replies that pass all of theirs."""
    for of in ("fact", "wish"):
        asked = [n for one in found for n in one.message.wants if CHECKS[n][0] == of]
        failed = sum(f.of == of for one in found for f in one.failed)
        typer.echo(f"  {of:<8} {share(len(asked) - failed, len(asked), 'checks')}")
    fitting = share(sum(not one.failed for one in found), len(found), "replies")
    typer.echo(f"  fitting  {fitting}")
    typer.echo(f"  made by  {fitting.method}")


def _failures_told(reply: Answered) -> None:
    """One line for each check that a reply fails."""
    said = repr(reply.reply.text) if reply.reply else "no reply"
    for failed in reply.failed:
        typer.echo(
            f"{reply.case.id}: {reply.message.say!r} -> {said} "
            f"({failed.of}: {failed.check} {failed.wanted})"
        )
