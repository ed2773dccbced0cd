"""The command `check-chats`: replies of a simulator to messages typed by a person."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from backend.catalogue import Catalogue
from backend.consoles import progress_bar
from backend.dialogue import Role
from backend.evaluation.reply_checks import CHECKS
from backend.evaluation.typed_chats import FOLDER, Answered, Case, ChatsError, cases, play
from backend.figures import share
from backend.simulators import SimulatorError, simulator


def check_chats(
    system: Annotated[str, typer.Option(help="Name of a system of both roles.")] = "interplay",
    role: Annotated[Role | None, typer.Option(help="One role; else both.")] = None,
    folder: Annotated[Path, typer.Option(help="Folder of YAML files of chats.")] = FOLDER,
    seed: Annotated[int, typer.Option(help="Seed of every chat.")] = 0,
    out: Annotated[Path | None, typer.Option("--json", help="JSON file of all replies.")] = None,
) -> None:
    """Type messages to a simulator and count the replies that hold what is wanted."""
    try:
        wanted = [case for case in cases(folder) if role in {None, case.role}]
        answered = _played(wanted, system, seed)
    except (ChatsError, SimulatorError, ValueError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    for one in Role:
        for is_chat, name in ((False, "single messages"), (True, "whole chats")):
            found = [a for a in answered if a.case.role is one and a.case.is_chat is is_chat]
            if found:
                typer.echo(f"{one.value}, {name}")
                _told(found)
    for reply in answered:
        for failed in reply.failed:
            said = repr(reply.reply.text) if reply.reply else "no reply"
            typer.echo(
                f"{reply.case.id}: {reply.message.say!r} -> {said} "
                f"({failed.of}: {failed.check} {failed.wanted})"
            )
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


def _told(found: list[Answered]) -> None:
    """Shares of checks passed by class, and of replies that pass all of theirs."""
    for of in ("fact", "wish"):
        asked = [n for one in found for n in one.message.wants if CHECKS[n][0] == of]
        failed = sum(f.of == of for one in found for f in one.failed)
        typer.echo(f"  {of:<8} {share(len(asked) - failed, len(asked), 'checks')}")
    typer.echo(f"  fitting  {share(sum(not one.failed for one in found), len(found), 'replies')}")
