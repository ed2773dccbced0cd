"""Simulation of many dialogues by seed, stored in the pool block by block.

A block already in the pool is not made again, so a run that was stopped goes on where it was. A
dialogue that breaks off is recorded with its reason, and tried again by the next run.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from backend.catalogue import Catalogue
from backend.conversations.parallel import WIDTH, together
from backend.conversations.scenarios import draw
from backend.conversations.talk import MAX_TURNS, Broken, conversation, provenance
from backend.dialogue import ActKind, Dialogue, Role, Scenario
from backend.pool import Entry, Failure, Pool
from backend.simulators import Simulator


@dataclass(frozen=True)
class Plan:
    """Which dialogue to make: its scenario and its own seed."""

    scenario: Scenario
    seed: int


@dataclass
class Summary:
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
) -> list[Plan]:
    """`n` dialogues to make; a larger `n` begins with the same ones.

    Each has a scenario of its own, drawn from the catalogue, or the next of `scenarios`, which
    come round again if there are fewer.
    """
    found = []
    for index in range(n):
        own = random.Random(f"{seed}/{index}").getrandbits(32)
        scenario = scenarios[index % len(scenarios)] if scenarios else draw(catalogue, own)
        found.append(Plan(scenario, own))
    return found


def made(
    seeker: Simulator,
    recommender: Simulator,
    planned: Sequence[Plan],
    *,
    max_turns: int = MAX_TURNS,
) -> Iterator[Dialogue | Broken]:
    """The dialogues of these plans, in order, many at a time; or how one broke off."""
    return together(
        conversation(seeker, recommender, plan.scenario, seed=plan.seed, max_turns=max_turns)
        for plan in planned
    )


def simulate_into(
    pool: Pool,
    seeker: Simulator,
    recommender: Simulator,
    planned: Sequence[Plan],
    *,
    max_turns: int = MAX_TURNS,
    progress: Callable[[Summary], object] | None = None,
) -> Summary:
    """Make what the pool does not hold and store it block by block; `progress` hears of each."""
    summary = Summary()
    for start in range(0, len(planned), WIDTH):
        block = planned[start : start + WIDTH]
        sources = [
            provenance(seeker, recommender, plan.scenario, plan.seed, max_turns) for plan in block
        ]
        ids = [source.dialogue for source in sources]
        if not pool.missing(ids):
            for dialogue in pool.get_many(ids).values():
                summary.count(dialogue)
        else:
            _make(pool, seeker, recommender, block, max_turns, summary)
        if progress:
            progress(summary)
    return summary


def _make(
    pool: Pool,
    seeker: Simulator,
    recommender: Simulator,
    block: Sequence[Plan],
    max_turns: int,
    summary: Summary,
) -> None:
    began = perf_counter()
    found = list(made(seeker, recommender, block, max_turns=max_turns))
    dialogues = [one for one in found if isinstance(one, Dialogue)]
    broken = [
        Failure(
            provenance=provenance(seeker, recommender, plan.scenario, plan.seed, max_turns),
            reason=str(one),
            turns=one.turns,
        )
        for plan, one in zip(block, found, strict=True)
        if isinstance(one, Broken)
    ]
    summary.stored += pool.add(Entry(dialogue=one) for one in dialogues).dialogues
    if broken:
        pool.add_failures(broken)
    for one in dialogues:
        summary.count(one)
    summary.failures += [failure.reason for failure in broken]
    summary.made += len(found)
    summary.seconds += perf_counter() - began
