"""The `evaluate-simulators` command: all pairs on held-out scenarios, as a table for the docs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from typing import Annotated

import typer
from rich.console import Console

import backend
from backend.catalogue import Catalogue
from backend.consoles import opened, reported
from backend.conversations.scenarios import ScenarioError, given
from backend.conversations.simulation import plans
from backend.dialogue import Dialogue, Role, Scenario
from backend.evaluation import behaviour, controls, groups, pairs, report
from backend.evaluation.construction import constructed
from backend.evaluation.groups import Group
from backend.evaluation.perplexity import perplexities
from backend.filters import FilterError
from backend.pool import Pool
from backend.simulators import SimulatorError, simulator
from backend.simulators.checkpoints import shipped
from backend.statistics.estimate import Estimate
from backend.statistics.resampling import missing
from backend.training.prepare import read_part

#: Pairs of the table: the project's own first, then what it is compared to.
PAIRS = (
    "interplay+interplay",
    "two_model_with_target+interplay",
    "controlled+interplay",
    "interplay+modular",
    "interplay+critiquing",
    "agenda+interplay",
    "agenda+critiquing",
    "zero_shot+zero_shot",
)

#: Tokens of seekers' words that Dist-n is measured on.
BUDGET = 4000

#: The corpus whose held-out seekers simulated ones are set beside.
IMITATED = "redial"


class Evaluation:
    """One run: what was measured so far, and the seconds that each part took."""

    def __init__(self, data: Path | None, seed: int, settings: dict[str, object]) -> None:
        self.catalogue = Catalogue.load()
        self.data, self.seed = data, seed
        self.console = Console(stderr=True)
        self.seconds: dict[str, float] = {}
        self.rows: dict[str, dict[str, Estimate]] = {}
        self.behaviour: dict[str, list[behaviour.BehaviourRow]] = {}
        self.told = report.EvaluationReport(
            rows=self.rows,
            people={},
            perplexity={},
            session={},
            acts={},
            settings=settings,
            behaviour=self.behaviour,
            seconds=self.seconds,
        )
        self.people: list[behaviour.Observed] = []

    @contextmanager
    def timed(self, part: str) -> Iterator[None]:
        """Measure the seconds of a part and tell them; those of the processor, too."""
        began, worked = perf_counter(), process_time()
        yield
        self.seconds[part] = perf_counter() - began
        on_cpu = process_time() - worked
        self.console.print(f"{part}: {self.seconds[part]:.1f} s ({on_cpu:.1f} s CPU)", style="dim")

    def read_people(self) -> None:
        """Count what people do."""
        if self.data is None:
            return
        with self.timed("people"):
            human: Sequence[Dialogue] = read_part(self.data, "held_out")
            swaps = {f"role swap, {role.value}": pairs.swapped(human, role) for role in Role}
            self.told.people = {**pairs.language(human, BUDGET), **swaps}
            imitated = [d for d in human if d.provenance.corpus == IMITATED]
            self.people = behaviour.observe(imitated, self.catalogue)

    def measure(self, group: Group) -> None:
        """Add a column for a group, and its table of behaviour."""
        dialogues = group.dialogues
        if not dialogues:
            self.leave_out(group.name, str(group.found[0]))
            return
        with self.timed(f"{group.name}, figures"):
            row = pairs.figures(group.found, group.recommender, self.catalogue)
            if not group.knows_broken:
                why = "the pool keeps failures by pair of systems"
                row["broken off"] = missing(why, "dialogues", estimator="share")
            self.rows[group.name] = {**row, **pairs.language(dialogues, BUDGET)}
        if not self.people:
            self.console.print("no table of behaviour: --data holds its people", style="dim")
        else:
            with self.timed(f"{group.name}, behaviour"):
                self.behaviour[group.name] = behaviour.rows(
                    self.people,
                    behaviour.observe(dialogues, self.catalogue),
                    _construction(dialogues),
                    seed=self.seed,
                )

    def leave_out(self, name: str, reason: str) -> None:
        """Add a column that says why there is nothing in it."""
        self.rows[name] = {"success rate": missing(reason, "dialogues", estimator="share")}

    def run_models(self, wanted: Sequence[Scenario], controlled: int) -> None:
        """What needs the models and no dialogues: perplexity and controls."""
        if self.data is None:
            return
        with self.timed("perplexity"):
            self.told.perplexity = perplexities(shipped("seeker"), self.data, self.catalogue)
        if not controlled:
            return
        how = {"n": controlled, "seed": self.seed}
        with self.timed("controls, session variables"):
            partner = simulator("interplay", Role.RECOMMENDER)
            cuts = controls.read_cuts(self.data)
            self.told.session = controls.session(
                "interplay", partner, wanted, cuts, self.catalogue, **how
            )
        with self.timed("controls, acts"):
            self.told.acts = controls.acts("interplay", self.data, self.catalogue, **how)


def evaluate(
    pair: Annotated[
        list[str] | None,
        typer.Option(help="SEEKER+RECOMMENDER, once for each; all if none is named."),
    ] = None,
    n: Annotated[int, typer.Option("-n", min=1, help="Dialogues a pair.")] = 200,
    seed: Annotated[int, typer.Option(min=0)] = 0,
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
    from_db: Annotated[
        Path | None,
        typer.Option(
            help="Database file: measures its dialogues, simulates none and runs no model.",
            show_default=False,
        ),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(help="NAME:FILTER of dialogues in --from-db: mine:seeker_system=interplay"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Markdown file for the tables.", show_default=False)
    ] = None,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="JSON file for all of it.", show_default=False)
    ] = None,
) -> None:
    """Measure simulators on held-out scenarios and print the tables."""
    with reported(SimulatorError, ScenarioError, FilterError, FileNotFoundError):
        if group and not from_db:
            raise FilterError("--group is of dialogues in a database: name it by --from-db")
        wanted = () if from_db else given(scenarios)
        settings: dict[str, object] = {"dialogues a pair": n, "seed": seed}
        source = f"dialogues of {from_db.name}" if from_db else f"{scenarios} ({len(wanted) or n})"
        settings |= {"scenarios": source, "version": backend.__version__}
        run = Evaluation(data, seed, settings)
        run.read_people()
        if from_db:
            _measure_stored(run, from_db, pair or (), group or (), n)
        else:
            _measure_simulated(run, pair or PAIRS, wanted, n)
            run.run_models(wanted, controlled)
    text = report.markdown(run.told)
    typer.echo(text)
    if out:
        out.write_text(text + "\n", encoding="utf-8")
    if json_out:
        json_out.write_text(run.told.as_json() + "\n", encoding="utf-8")


def _measure_simulated(
    run: Evaluation, names: Sequence[str], wanted: Sequence[Scenario], n: int
) -> None:
    planned = plans(run.catalogue, n, seed=run.seed, scenarios=wanted)
    for name in names:
        try:
            with run.timed(f"{name}, {n} dialogues simulated"):
                found = groups.simulate(name, planned)
        except SimulatorError as error:
            run.leave_out(name, str(error))
            continue
        run.measure(found)


def _measure_stored(
    run: Evaluation, path: Path, names: Sequence[str], wanted: Sequence[str], n: int
) -> None:
    if not path.is_file():
        raise FileNotFoundError(f"no database file {path}")
    with opened(path) as database:
        pool = Pool(database)
        for name, which in groups.filters(pool, names, wanted).items():
            run.measure(groups.stored(pool, name, which, n))


def _construction(dialogues: Sequence[Dialogue]) -> dict[str, str]:
    """What holds by construction for all of these dialogues."""
    systems = {
        d.seeker.system.model_dump_json(): d.seeker.system for d in dialogues if d.seeker.system
    }
    first, *others = [constructed(system) for system in systems.values()] or [{}]
    return {row: how for row, how in first.items() if all(o.get(row) == how for o in others)}
