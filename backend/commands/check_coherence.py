"""The command `check-coherence`: the metric of coherence against people and simulators."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from backend.consoles import opened, progress_bar, reported
from backend.dialogue import Dialogue, Role
from backend.language.coherence import Coherence, CoherenceUnavailable
from backend.pool import Pool
from backend.statistics.estimate import methods


def check_coherence(
    data: Annotated[Path, typer.Option(help="Folder that `prepare` wrote.", show_default=False)],
    db: Annotated[list[Path], typer.Option(help="Databases of simulated dialogues.")],
    part: Annotated[str, typer.Option(help="Part of the data.")] = "held_out",
) -> None:
    """AUC of people's turns against those of each database, with length alone beside it."""
    from backend.evaluation.coherence import areas, averages, judged
    from backend.training.coherence import people

    with reported(CoherenceUnavailable, FileNotFoundError):
        judge = Coherence.load()
        sides = {part: people(data, part), **{path.name: _all(path) for path in db}}
    found = {}
    with progress_bar(Console(stderr=True)) as bar:
        for name, dialogues in sides.items():
            task = bar.add_task(name, total=len(dialogues), note="")
            found[name] = judged(
                dialogues,
                judge,
                lambda done, task=task: bar.update(task, completed=done),  # type: ignore[misc]
            )
    for name, turns in found.items():
        typer.echo(name)
        for role in Role:
            of_role = [one for one in turns if one.role is role]
            typer.echo(f"  mean, {role.value:<34} {averages(of_role)}")
        if name != part:
            compared = areas(found[part], turns)
            for of, estimate in compared.items():
                typer.echo(f"  AUC, {of:<36} {estimate}")
            for line in methods(compared.items()):
                typer.echo(f"  {line}")


def _all(path: Path) -> list[Dialogue]:
    """The dialogues of a database. Raises DatabaseError."""
    with opened(path) as database:
        pool = Pool(database)
        return list(pool.get_many(list(pool.frame(None)["id"])).values())
