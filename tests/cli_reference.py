"""Writes docs/cli.md, the reference of all commands: `make reference`."""

from pathlib import Path

import typer
from typer.cli import get_docs_for_click

from annotations.__main__ import app as annotations
from backend.__main__ import app as backend

FILE = Path(__file__).parents[1] / "docs" / "cli.md"

HEAD = """# Commands

Made from `--help` by `make reference`. `python -m backend` makes and measures dialogues;
`python -m annotations` runs studies and analyses judgments.
"""


def reference() -> str:
    """The page as the commands' own help has it."""
    parts = [HEAD]
    for name, app in (("backend", backend), ("annotations", annotations)):
        command = typer.main.get_command(app)
        program = f"python -m {name}"
        context = typer.Context(command, info_name=program)
        told = get_docs_for_click(obj=command, ctx=context, name=program)
        parts.append("\n".join(line.rstrip() for line in told.strip().splitlines()) + "\n")
    return "\n".join(parts)


if __name__ == "__main__":
    FILE.write_text(reference(), encoding="utf-8")
