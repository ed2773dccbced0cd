"""The commands `prepare` and `train`: from corpora to a checkpoint, with progress."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from backend.catalogue import Catalogue, CatalogueError
from backend.consoles import progress_bar
from backend.conversations.scenarios import HELD_OUT, ScenarioError, read_list
from backend.corpora import CorpusError
from backend.dialogue import Role

_OUT = typer.Option(help="Folder to write to.", show_default=False)


def prepare(
    out: Annotated[Path, _OUT],
    corpus: Annotated[
        list[str],
        typer.Option(help="NAME=PATH, once for each: redial=data/redial", show_default=False),
    ],
    agenda: Annotated[
        int, typer.Option(min=0, help="Dialogues of agenda simulators that teach structure.")
    ] = 1200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same data.")] = 0,
    held_out: Annotated[
        Path, typer.Option(help="List of dialogues that nothing is trained on.")
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
            agenda=agenda,
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


def train(
    part: Annotated[str, typer.Argument(help="seeker, recommender, or both sides in one model.")],
    data: Annotated[Path, typer.Option(help="Folder that `prepare` wrote.", show_default=False)],
    out: Annotated[Path, _OUT],
    base: Annotated[
        str, typer.Option(help="`scratch`, or folder or name of a model to go on from.")
    ] = "scratch",
    epochs: Annotated[float, typer.Option(min=0.01)] = 4,
    rate: Annotated[float, typer.Option(help="Learning rate at its highest.")] = 1e-3,
    lora: Annotated[int, typer.Option(min=0, help="Rank of a LoRA adapter; 0: all weights.")] = 0,
    rows_a_step: Annotated[int, typer.Option(min=1)] = 16,
    rows_at_once: Annotated[int, typer.Option(min=1, help="What memory bears.")] = 8,
    most_tokens: Annotated[int, typer.Option(min=16, help="Of a dialogue; more is cut off.")] = 640,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """Fine-tune a model for a role. Stopped and run again, it goes on from its last checkpoint."""
    if part not in {*(role.value for role in Role), "both"}:
        _fail(f"the part is seeker, recommender or both; got {part!r}")
    try:
        from backend.training import finish
        from backend.training import train as training
    except ImportError as error:
        _fail(f"{error.name} is missing: pip install -r requirements-train.txt")
    recipe = training.Recipe(
        part=part,  # type: ignore[arg-type]
        base=base,
        epochs=epochs,
        rate=rate,
        lora=lora,
        rows_a_step=rows_a_step,
        rows_at_once=rows_at_once,
        most_tokens=most_tokens,
        threads=threads,
        seed=seed,
    )
    console = Console(stderr=True)
    with progress_bar(console) as bar:
        task = bar.add_task(part, total=None, note="")
        shown = _Shown(bar, task)
        try:
            catalogue = Catalogue.load()
            told = training.train(recipe, data, out, catalogue, shown)
            finish.finish(out, data, recipe.part, catalogue)
        except (training.TrainingError, CatalogueError) as error:
            _fail(error)
    typer.echo(f"{out}: {told['parameters']:,} parameters, {told['taught_tokens']:,} tokens taught")
    typer.echo(f"  validation loss {told['validation_loss']:.3f}")
    typer.echo(curve(told["curve"]))


class _Shown:
    """Shows the log of training as it goes."""

    def __init__(self, bar: Progress, task: Any) -> None:
        self.bar, self.task = bar, task

    def __call__(self, entry: Mapping[str, float]) -> None:
        shown = {k: entry[k] for k in ("loss", "eval_loss") if k in entry}
        text = "  ".join(f"{k} {v:.3f}" for k, v in shown.items())
        self.bar.update(self.task, completed=int(entry["step"]), total=int(entry["of"]))
        if text:
            self.bar.update(self.task, note=text)
            if self.bar.console.is_terminal is False:
                typer.echo(f"step {int(entry['step'])} of {int(entry['of'])}  {text}", err=True)


def curve(points: list[dict[str, float]], width: int = 60) -> str:
    """A loss curve in two lines of blocks: of training and of validation, highest to lowest."""
    blocks = "▁▂▃▄▅▆▇█"
    lines = []
    for name, label in (("loss", "training"), ("eval_loss", "validation")):
        values = [point[name] for point in points if name in point]
        if not values:
            continue
        picked = [values[int(at * len(values) / width)] for at in range(min(width, len(values)))]
        low, high = min(values), max(values)
        span = (high - low) or 1.0
        drawn = "".join(blocks[int((value - low) / span * 7)] for value in picked)
        lines.append(f"  {label:<11}{drawn} {values[0]:.2f} to {values[-1]:.2f}")
    return "\n".join(lines)


def _named(text: str) -> tuple[str, Path]:
    name, sign, path = text.partition("=")
    if not sign:
        raise CorpusError(f"a corpus is NAME=PATH, as redial=data/redial; got {text!r}")
    return name, Path(path)


def _fail(error: object) -> Any:
    typer.echo(f"Error: {error}", err=True)
    raise typer.Exit(1)
