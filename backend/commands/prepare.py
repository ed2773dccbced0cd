"""The `prepare` command: make training data from corpora."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.catalogue import Catalogue, CatalogueError
from backend.conversations.scenarios import HELD_OUT, ScenarioError, read_list
from backend.corpora import CorpusError

_OUT = typer.Option(help="Folder to write to.", show_default=False)


def prepare(
    out: Annotated[Path, _OUT],
    corpus: Annotated[
        list[str],
        typer.Option(help="NAME=PATH, once for each: redial=data/redial", show_default=False),
    ],
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same data.")] = 0,
    held_out: Annotated[
        Path,
        typer.Option(
            help="List of dialogues that nothing is trained on.",
            show_default="backend/training/held_out.jsonl",
        ),
    ] = HELD_OUT,
    new_list: Annotated[
        bool, typer.Option("--new-list", help="Draw the held-out dialogues, and write that list.")
    ] = False,
) -> None:
    """Label dialogues, derive scenarios, and split them for training."""
    from backend.training import prepare as making

    try:
        catalogue = Catalogue.load()
        keep = {} if new_list else {one.source: one.part for one in read_list(held_out)}
        made = making.prepare(
            [_named(one) for one in corpus],
            seed=seed,
            catalogue=catalogue,
            keep=keep,
        )
        about = making.write(made, out, catalogue)
    except (CorpusError, CatalogueError, ScenarioError) as error:
        _fail(error)
    if new_list:
        lines = [one.model_dump_json(exclude_defaults=True) for one in making.listed(made)]
        held_out.write_text("\n".join(lines) + "\n", encoding="utf-8")
        typer.echo(f"list of {len(lines):,} dialogues nothing is trained on: {held_out}")
    typer.echo(f"{out}, SHA-256 {str(about['sha256'])[:12]}")
    for name in ("dialogues", "with_scenario", "left_out"):
        typer.echo(f"  {name.replace('_', ' '):<15} {json.dumps(about[name])}")


def _named(text: str) -> tuple[str, Path]:
    name, sign, path = text.partition("=")
    if not sign:
        raise CorpusError(f"a corpus is NAME=PATH, as redial=data/redial; got {text!r}")
    return name, Path(path)


def _fail(error: object) -> Any:
    typer.echo(f"Error: {error}", err=True)
    raise typer.Exit(1)
