"""The `evaluate-simulators` command: all pairs on held-out scenarios, as a table for the docs."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import backend
from backend.catalogue import Catalogue
from backend.conversations.scenarios import ScenarioError, given
from backend.conversations.simulation import made, plans
from backend.dialogue import Dialogue, Role
from backend.evaluation import controls, pairs, report
from backend.evaluation.perplexity import perplexities
from backend.figures import Figure
from backend.simulators import SimulatorError, simulator
from backend.simulators.checkpoints import shipped
from backend.training.prepare import read_part

#: Pairs of the table: the project's own first, then what it is compared to.
PAIRS = (
    "interplay+interplay",
    "two_model_with_target+interplay",
    "one_model_with_target+one_model_with_target",
    "controlled+interplay",
    "interplay+modular",
    "interplay+critiquing",
    "agenda+interplay",
    "agenda+critiquing",
    "zero_shot+zero_shot",
)

#: Tokens of seekers' words that Dist-n is measured on.
BUDGET = 4000


def evaluate(
    pair: Annotated[
        list[str] | None,
        typer.Option(help="SEEKER+RECOMMENDER, once for each; all if none is named."),
    ] = None,
    n: Annotated[int, typer.Option("-n", min=1, help="Dialogues a pair.")] = 200,
    seed: Annotated[int, typer.Option()] = 0,
    scenarios: Annotated[str, typer.Option(help="`held-out`, `drawn` or a file.")] = "held-out",
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder that `prepare` wrote: adds what is compared with people.",
            show_default=False,
        ),
    ] = None,
    controlled: Annotated[
        int, typer.Option(min=0, help="Dialogues a value, and turns an act; 0 leaves it out.")
    ] = 40,
    out: Annotated[
        Path | None, typer.Option(help="Markdown file for the table.", show_default=False)
    ] = None,
) -> None:
    """Measure simulators on held-out scenarios and print the table."""
    console = Console(stderr=True)
    catalogue = Catalogue.load()
    try:
        wanted = given(scenarios)
        planned = plans(catalogue, n, seed=seed, scenarios=wanted)
        rows: dict[str, dict[str, Figure]] = {}
        for name in pair or PAIRS:
            one, _, other = name.partition("+")
            console.print(f"{name}: {n} dialogues", style="dim")
            try:
                seeker = simulator(one, Role.SEEKER)
                recommender = simulator(other, Role.RECOMMENDER)
            except SimulatorError as error:
                rows[name] = {"success rate": Figure(None, 0, "dialogues", missing=str(error))}
                continue
            found = list(made(seeker, recommender, planned))
            dialogues = [d for d in found if isinstance(d, Dialogue)]
            if not dialogues:
                rows[name] = {"success rate": Figure(None, 0, "dialogues", missing=str(found[0]))}
                continue
            rows[name] = {
                **pairs.figures(found, recommender, catalogue),
                **pairs.language(dialogues, BUDGET),
            }
        people = _people(data)
        told = report.Report(
            rows=rows,
            people=people,
            perplexity=perplexities(shipped("seeker"), data, catalogue) if data else {},
            session={},
            acts={},
            settings={
                "dialogues a pair": n,
                "seed": seed,
                "scenarios": f"{scenarios} ({len(wanted) or n})",
                "version": backend.__version__,
            },
        )
        if data and controlled:
            console.print("controls", style="dim")
            partner = simulator("interplay", Role.RECOMMENDER)
            cuts = controls.read_cuts(data)
            told.session = controls.session(
                "interplay", partner, wanted, cuts, catalogue, n=controlled, seed=seed
            )
            told.acts = controls.acts("interplay", data, catalogue, n=controlled, seed=seed)
    except (SimulatorError, ScenarioError, FileNotFoundError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error
    text = report.markdown(told)
    typer.echo(text)
    if out:
        out.write_text(text + "\n", encoding="utf-8")


def _people(data: Path | None) -> dict[str, Figure]:
    if data is None:
        return {}
    human: Sequence[Dialogue] = read_part(data, "held_out")
    n = {f"role swap, {role.value}": pairs.swapped(human, role) for role in Role}
    return {**pairs.language(human, BUDGET), **n}
