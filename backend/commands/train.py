"""The commands `train` and `train-choice`: train an adapter and its choice of wordings."""

from pathlib import Path
from typing import Annotated, Any

import typer

from backend.catalogue import Catalogue, CatalogueError
from backend.database import Database, DatabaseError
from backend.dialogue import Dialogue, Origin, Role
from backend.engines import EngineError
from backend.engines.base_model import DEFAULT_BASE, resolved
from backend.pool import DialogueFilter, Pool, migrations

_DATA = typer.Option(help="Folder that `prepare` wrote.", show_default=False)
_PARTS = {*(role.value for role in Role), "both"}


def train(
    part: Annotated[str, typer.Argument(help="seeker, recommender, or both sides in one adapter.")],
    data: Annotated[Path, _DATA],
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
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """Train an adapter for a role. Stopped and run again, it goes on from its last checkpoint."""
    if part not in _PARTS:
        _fail(f"the part is seeker, recommender or both; got {part!r}")
    from backend.training import finish
    from backend.training import train as training

    try:
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
    except (training.TrainingError, CatalogueError, EngineError) as error:
        _fail(error)
    typer.echo(f"{out}: {record['parameters']:,} parameters")
    typer.echo(f"  validation loss {record['validation_loss']:.3f} nats a taught token")


def train_choice(
    adapter: Annotated[Path, typer.Argument(help="Folder of the adapter.")],
    data: Annotated[Path, _DATA],
    n: Annotated[int, typer.Option("-n", min=50, help="Turns of the training part.")] = 3000,
    seed: Annotated[int, typer.Option()] = 0,
    refine: Annotated[
        Path | None,
        typer.Option(
            help="Database of simulated dialogues: samples none, and adds to the weights what "
            "still tells their seekers from people.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Sample words from a seeker's adapter and fit the classifier that chooses among wordings."""
    from backend.training import choice

    try:
        catalogue = Catalogue.load()
        if refine:
            dialogues = _simulated(refine)
            area = choice.refine(adapter, Role.SEEKER, dialogues, data, catalogue)
            typer.echo(f"{adapter}: AUC {area:.3f} by turn, of {len(dialogues):,} dialogues")
            return
        samples = choice.sample(adapter, Role.SEEKER, data, catalogue, n=n, seed=seed)
        area = choice.fit(samples, Role.SEEKER, catalogue, adapter)
    except (CatalogueError, EngineError, DatabaseError, FileNotFoundError, ValueError) as error:
        _fail(error)
    typer.echo(f"{adapter}: AUC {area:.3f} on the validation part, {len(samples):,} samples")


def _simulated(path: Path) -> list[Dialogue]:
    database = Database(path, migrations)
    try:
        pool = Pool(database)
        kept = DialogueFilter(seeker_origin=(Origin.SIMULATED,))
        return list(pool.get_many(pool.frame(kept)["id"].tolist()).values())
    finally:
        database.close()


def _fail(error: object) -> Any:
    typer.echo(f"Error: {error}", err=True)
    raise typer.Exit(1)
