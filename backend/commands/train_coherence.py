"""The command `train-coherence`: train the classifier of coherence on prepared dialogues."""

import hashlib
from pathlib import Path
from typing import Annotated

import typer
from platformdirs import user_cache_path
from rich.console import Console

from backend.consoles import progress_bar, reported
from backend.language.coherence import CHECKPOINT, FEATURES
from backend.language.turn_costs import BaseModelReader, ReaderUnavailable


def train_coherence(
    data: Annotated[Path, typer.Option(help="Folder that `prepare` wrote.", show_default=False)],
    out: Annotated[
        Path,
        typer.Option(help="Folder to write to.", show_default="backend/checkpoints/coherence"),
    ] = CHECKPOINT,
    kept: Annotated[
        Path | None, typer.Option(help="Folder of what has been read; else in the user's cache.")
    ] = None,
    n: Annotated[int, typer.Option("-n", min=50, help="True turns of the training part.")] = 3000,
    watched: Annotated[int, typer.Option(min=20, help="True turns of the validation part.")] = 600,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Fit the classifier of coherence to people's turns. Run again, it goes on where it stopped."""
    from backend.training import coherence, coherence_fit

    with reported(ReaderUnavailable, FileNotFoundError):
        reader = BaseModelReader.load()
        people = coherence.people(data, "train")
    frequencies = coherence.frequencies(people, reader)
    folder = kept or user_cache_path("uncanny") / "coherence" / _hash(data)
    found = {}
    with progress_bar(Console(stderr=True)) as bar:
        for part, most in (("train", n), ("validation", watched)):
            task = bar.add_task(part, total=most, note="")
            found[part] = coherence.examples(
                data,
                part,
                reader,
                folder,
                n=most,
                seed=seed,
                frequencies=frequencies,
                progress=lambda done, task=task: bar.update(task, completed=done),  # type: ignore[misc]
            )
    classifier = coherence_fit.fit(found["train"], frequencies, seed=seed)
    areas = coherence_fit.areas(classifier, found["validation"])
    true = {part: sum(one.kind == coherence.TRUE for one in all_) for part, all_ in found.items()}
    record: dict[str, object] = {
        "seed": seed,
        "true turns": true,
        "examples": {part: len(all_) for part, all_ in found.items()},
        "features": list(FEATURES),
        "validation AUC": {name: round(area, 4) for name, area in areas.items()},
    }
    coherence_fit.write(classifier, out, record)
    typer.echo(f"{out}: {true['train']:,} true turns, {len(found['train']):,} examples")
    for name, area in areas.items():
        typer.echo(f"  AUC on the validation part, {name:<17} {area:.3f}")


def _hash(data: Path) -> str:
    """A name for what has been read of a training part."""
    with (data / "train.jsonl").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]
