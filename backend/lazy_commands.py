"""A command line whose commands are imported when they are run, not to list them."""

import ast
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup


def lazy_app(commands: Mapping[str, str], about: str) -> typer.Typer:
    """An app of commands by name, each the place of its function (`package.module:function`).

    The place may also hold a `typer.Typer` with commands of its own. `about` is the app's help. The
    list of commands shows the first line of each docstring, which is read from the source file.
    """

    class Group(_LazyGroup):
        places = commands

    app = typer.Typer(
        cls=Group, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
    )
    # Without a callback, typer takes an app without commands of its own for a mistake.
    app.callback(help=about)(lambda: None)
    return app


class _LazyGroup(TyperGroup):
    """Shows stubs of its commands in the help, and loads the one that is run."""

    places: Mapping[str, str] = {}

    def __init__(self, **settings: Any) -> None:
        stubs = {
            name: TyperCommand(name, callback=None, help=_first_line(place))
            for name, place in self.places.items()
        }
        super().__init__(**{**settings, "commands": stubs})
        self._lists = False

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of the table."""
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command, loaded unless the help is being written; None for an unknown name."""
        if cmd_name not in self.places or self._lists:
            return self.commands.get(cmd_name)
        return _loaded(cmd_name, self.places[cmd_name])

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help from the stubs."""
        self._lists = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._lists = False


def _loaded(name: str, place: str) -> Any:
    found = resolve_name(place)
    app = found
    if not isinstance(found, typer.Typer):
        app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        app.command(name)(found)
    command = typer.main.get_command(app)
    command.name = name
    return command


def _first_line(place: str) -> str:
    """The first line of a function's docstring, or the `help` of an app, without an import."""
    module, _, attribute = place.partition(":")
    spec = find_spec(module)
    assert spec is not None, place
    assert spec.origin is not None, place
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == attribute:
            return (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ")
    docstring = ast.get_docstring(tree) or ""
    return docstring.split("\n")[0]
