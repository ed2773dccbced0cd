"""The `train` command: from prepared dialogues to an adapter."""

from pathlib import Path
from typing import Annotated

import typer

from backend.catalogue import Catalogue, CatalogueError
from backend.consoles import reported
from backend.dialogue import Role
from backend.engines import EngineError
from backend.engines.base_model import DEFAULT_BASE, resolved

#: The option that names the training data.
Data = Annotated[Path, typer.Option(help="Folder that `prepare` wrote.", show_default=False)]

_PARTS = {*(role.value for role in Role), "both"}


def train(
    part: Annotated[str, typer.Argument(help="seeker, recommender, or both sides in one adapter.")],
    data: Data,
    out: Annotated[Path, typer.Option(help="Folder to write to.", show_default=False)],
    base: Annotated[str, typer.Option(help="Folder or hub name of the base.")] = DEFAULT_BASE,
    epochs: Annotated[float, typer.Option(min=0.01)] = 4,
    rate: Annotated[float, typer.Option(help="Learning rate at its highest.")] = 5e-4,
    rank: Annotated[int, typer.Option(min=1, help="Rank of the adapter.")] = 16,
    lowest_layer: Annotated[int, typer.Option(min=0, help="Layers below have no adapter.")] = 0,
    tokens_a_step: Annotated[int, typer.Option(min=64)] = 16384,
    tokens_at_once: Annotated[int, typer.Option(min=64, help="What memory bears.")] = 4096,
    check_every: Annotated[int, typer.Option(min=1, help="Steps between checkpoints.")] = 60,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Train an adapter for a role. Stopped and run again, it goes on from its last checkpoint."""
    if part not in _PARTS:
        raise typer.BadParameter(f"the part is seeker, recommender or both; got {part!r}")
    from backend.training import finish
    from backend.training import train as training

    with reported(training.TrainingError, CatalogueError, EngineError):
        catalogue = Catalogue.load()
        recipe = training.Recipe(
            part=part,  # type: ignore[arg-type]
            base=resolved(base),
            epochs=epochs,
            rate=rate,
            rank=rank,
            lowest_layer=lowest_layer,
            tokens_a_step=tokens_a_step,
            tokens_at_once=tokens_at_once,
            check_every=check_every,
            threads=threads,
            seed=seed,
        )
        record = training.train(recipe, data, out, catalogue, lambda entry: typer.echo(dict(entry)))
        finish.finish(out, data, recipe.part, catalogue)
    typer.echo(f"{out}: {record['parameters']:,} parameters")
    typer.echo(f"  validation loss {record['validation_loss']:.3f} nats a taught token")
