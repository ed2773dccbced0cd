"""Simulation of many dialogues by seed; each is stored in the pool once it is complete.

A dialogue already in the pool is not made again, so a run that was stopped goes on where it was.
One that breaks off is recorded with its reason, and tried again by the next run.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from time import perf_counter

from backend.catalogue import Catalogue
from backend.conversations.parallel import together
from backend.conversations.scenarios import draw
from backend.conversations.talk import MAX_TURNS, Broken, conversation, provenance
from backend.dialogue import ActKind, Dialogue, Provenance, Role, Scenario
from backend.pool import Entry, Failure, Pool
from backend.simulators import Simulator

#: Share of dialogues that the seeker begins: 0.354 of ReDial's training dialogues (n = 1,989).
SEEKER_BEGINS = 0.354

#: Dialogues that are stored at once: as many are lost if a run is killed.
STORED = 16


@dataclass(frozen=True)
class DialoguePlan:
    """Which dialogue to make: its scenario, its own seed, and who begins."""

    scenario: Scenario
    seed: int
    opens: Role = Role.SEEKER


@dataclass
class SimulationSummary:
    """What one run made. `seconds` is wall time of talking and storing together."""

    dialogues: int = 0
    stored: int = 0
    turns: int = 0
    accepted: int = 0
    made: int = 0
    seconds: float = 0.0
    failures: list[str] = field(default_factory=list)

    def count(self, dialogue: Dialogue) -> None:
        """Add one dialogue's figures."""
        self.dialogues += 1
        self.turns += len(dialogue.turns)
        self.accepted += is_accepted(dialogue)

    def lines(self) -> list[str]:
        """The summary in words, a line each."""
        n, failed = self.dialogues, len(self.failures)
        told = [
            f"  broke off       {failed:,} (the first: {self.failures[0]})" if failed else "",
            f"  rate            {self.made / self.seconds:.1f} dialogues/s" if self.made else "",
        ]
        if not n:
            return ["  no dialogues", *filter(None, told)]
        return [
            f"  dialogues       {n:,} ({self.stored:,} new in the pool)",
            f"  mean turns      {self.turns / n:.1f} (n = {n:,})",
            f"  accepted        {self.accepted / n:.0%} ({self.accepted:,} of n = {n:,})",
            *filter(None, told),
        ]


def is_accepted(dialogue: Dialogue) -> bool:
    """Whether the seeker accepted an item, by its acts."""
    return any(turn.does(ActKind.ACCEPT) for turn in dialogue.turns_of(Role.SEEKER))


def plans(
    catalogue: Catalogue, n: int, *, seed: int, scenarios: Sequence[Scenario] = ()
) -> list[DialoguePlan]:
    """`n` dialogues to make; a larger `n` begins with the same ones.

    Each has a scenario of its own, drawn from the catalogue, or the next of `scenarios`, which
    come round again if there are fewer. Who begins is drawn as often as among people.
    """
    found = []
    for index in range(n):
        own = random.Random(f"{seed}/{index}").getrandbits(32)
        scenario = scenarios[index % len(scenarios)] if scenarios else draw(catalogue, own)
        begins = random.Random(f"{own}/opens").random() < SEEKER_BEGINS
        found.append(DialoguePlan(scenario, own, Role.SEEKER if begins else Role.RECOMMENDER))
    return found


def made(
    seeker: Simulator,
    recommender: Simulator,
    planned: Sequence[DialoguePlan],
    *,
    max_turns: int = MAX_TURNS,
) -> Iterator[Dialogue | Broken]:
    """The dialogues of these plans, in order, many at a time; or how one broke off."""
    return together(
        conversation(
            seeker,
            recommender,
            plan.scenario,
            seed=plan.seed,
            max_turns=max_turns,
            opens=plan.opens,
        )
        for plan in planned
    )


def simulate_into(
    pool: Pool,
    seeker: Simulator,
    recommender: Simulator,
    planned: Sequence[DialoguePlan],
    *,
    max_turns: int = MAX_TURNS,
    progress: Callable[[SimulationSummary], object] | None = None,
) -> SimulationSummary:
    """Make what the pool does not hold and store it; `progress` hears of what is done so far."""
    summary = SimulationSummary()
    sources = [
        provenance(seeker, recommender, plan.scenario, plan.seed, max_turns, plan.opens)
        for plan in planned
    ]
    missing = pool.missing([source.dialogue for source in sources])
    there = [source.dialogue for source in sources if source.dialogue not in missing]
    for dialogue in pool.get_many(there).values():
        summary.count(dialogue)
    left = [
        (plan, source)
        for plan, source in zip(planned, sources, strict=True)
        if source.dialogue in missing
    ]
    found = made(seeker, recommender, [plan for plan, _ in left], max_turns=max_turns)
    pairs = zip((source for _, source in left), found, strict=True)
    began = perf_counter()
    while block := list(islice(pairs, STORED)):
        _store(pool, block, summary)
        summary.seconds = perf_counter() - began
        if progress:
            progress(summary)
    if progress and not left:
        progress(summary)
    return summary


def _store(
    pool: Pool, block: Sequence[tuple[Provenance, Dialogue | Broken]], summary: SimulationSummary
) -> None:
    dialogues = [one for _, one in block if isinstance(one, Dialogue)]
    broken = [
        Failure(provenance=source, reason=str(one), turns=one.turns)
        for source, one in block
        if isinstance(one, Broken)
    ]
    summary.stored += pool.add(Entry(dialogue=one) for one in dialogues).dialogues
    if broken:
        pool.add_failures(broken)
    for one in dialogues:
        summary.count(one)
    summary.failures += [failure.reason for failure in broken]
    summary.made += len(block)
