"""The `score` command: compute metrics for the dialogues of the pool."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID
from rich.table import Table
from ruamel.yaml import YAML

from backend.consoles import Db, opened, progress_bar, reported
from backend.engines import EngineError
from backend.metrics import METRICS, UnknownMetric, kind, metric
from backend.metrics.base import Tools
from backend.metrics.encoder import EncoderError
from backend.metrics.judge import JudgeError
from backend.metrics.scoring import Scored, score_into
from backend.pool import DialogueFilter, Pool


def score(
    names: Annotated[
        list[str], typer.Option("--metric", help=f"`all`, or of: {', '.join(METRICS)}.")
    ],
    db: Db = None,
    corpus: Annotated[list[str] | None, typer.Option(help="Only dialogues of these.")] = None,
    encoder: Annotated[
        str | None, typer.Option(help="Folder or name of an encoder; else the packaged one.")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="Engine of the judges.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Setting of the engine: name=value.")
    ] = None,
    rubric: Annotated[
        Path | None, typer.Option(help="YAML of anchored questions for the judge.")
    ] = None,
) -> None:
    """Score the pool's dialogues. What has been scored is not scored again.

    `all` is every metric, judges only where an engine is named.
    """
    console = Console(stderr=True)
    with reported(EncoderError, EngineError, JudgeError, UnknownMetric):
        tools = Tools(
            encoder=encoder,
            engine=engine,
            engine_settings=_settings(settings or []),
            questions=str(rubric) if rubric else None,
        )
        wanted = [metric(name, tools) for name in _named(names, judges=engine is not None)]
        with opened(db) as database:
            pool = Pool(database)
            which = DialogueFilter(corpus=tuple(corpus) if corpus else None)
            total = pool.count(which)
            found = []
            with progress_bar(console) as bar:
                for one in wanted:
                    task = bar.add_task(one.name, total=total, note="")
                    tell = partial(_tell, bar, task)
                    found.append(score_into(pool, one, which, tell))
    if not total:
        typer.echo("No dialogues to score: import a corpus or simulate some first.")
        return
    Console().print(_table(found))
    unfinished = [scored for scored in found if scored.still_open]
    for scored in unfinished:
        typer.echo(
            f"{scored.metric}: {scored.still_open:,} dialogues are still open, and the next run "
            f"asks again: {scored.open_because}",
            err=True,
        )
    if unfinished:
        raise typer.Exit(1)


def _settings(given: Sequence[str]) -> dict[str, object]:
    """Settings of an engine, values read as YAML: numbers are numbers. Raises EngineError."""
    found: dict[str, object] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign:
            raise EngineError(f"a setting is name=value, as model=gpt-oss; got {one!r}")
        found[name] = YAML(typ="safe").load(value)
    return found


def _named(names: Sequence[str], *, judges: bool) -> list[str]:
    if "all" not in names:
        return list(dict.fromkeys(names))
    return [name for name in METRICS if judges or not kind(name).asks]


def _tell(bar: Progress, task: TaskID, done: int) -> None:
    bar.update(task, completed=done)


def _table(found: Sequence[Scored]) -> Table:
    table = Table("metric", "scored now", "before", "values", "missing", "most often because")
    for one in found:
        why = max(one.missing, key=lambda reason: one.missing[reason]) if one.missing else ""
        table.add_row(
            one.metric,
            f"{one.now:,}",
            f"{one.before:,}",
            f"{one.values:,}",
            f"{sum(one.missing.values()):,}",
            why,
        )
    return table
