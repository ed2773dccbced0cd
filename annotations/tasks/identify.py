"""identify: one transcript; was the judged side a person or a simulator?

    - kind: identify
      id: identify
      title: Person or simulator?
      reference: {corpus: [redial], seeker_origin: [human]}
      simulated: {corpus: [simulated]}
      per_system: 20

Signal detection with 'simulated' as the signal: a hit is a simulated dialogue called simulated.
Source: Green and Swets 1966; for simulated users, Sun et al. and Human or Not (2023).
"""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from annotations.matching import Match, pairs
from annotations.questions import CONFIDENCE, MARKS, REASON, Choice, Question, Spec
from annotations.tasks.base import (
    Layout,
    NumericAnswer,
    StudyError,
    TaskBase,
    Unit,
    sample_per_group,
    select,
)
from annotations.tasks.facts import Fact
from annotations.tasks.finding import Finding
from annotations.tasks.signal import (
    crowd_finding,
    discrimination_findings,
    marks_finding,
    verdicts_on_one,
)
from backend.dialogue import Origin
from backend.pool import DialogueFilter, Pool
from backend.statistics import power


class Verdict(Spec):
    """Wording of the verdict; the stored answers are `human` and `simulated` whatever it says."""

    text: str = "Who is the seeker?"
    human: str = "A person"
    simulated: str = "A simulator"


class TwoSided(TaskBase):
    """A task that compares a reference side (people) with simulated systems, matched or not."""

    reference: DialogueFilter
    simulated: DialogueFilter
    per_system: int | None = Field(default=None, ge=1)
    match: Match | None = None
    confidence: bool = True
    reason: bool = True
    marks: bool = False
    equivalent_dprime: float | None = Field(default=None, gt=0)

    def extras(self) -> list[Question]:
        """Confidence, marks and reason where the study asks for them, then its own questions."""
        asked: list[Question] = [
            *([CONFIDENCE] if self.confidence else []),
            *([MARKS] if self.marks else []),
            *([REASON] if self.reason else []),
        ]
        return [*asked, *self.questions]

    def sides(self, pool: Pool) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Candidate dialogues of the reference side and of the simulated side.

        Raises StudyError where a side is empty, or the reference side holds simulated dialogues.
        """
        reference = select(pool, self.reference, "reference", self.id)
        simulated = select(pool, self.simulated, "simulated side", self.id)
        origin = f"{self.judge.value}_origin"
        for frame, side, wrong in (
            (reference, "reference", reference[origin].eq(Origin.SIMULATED)),
            (simulated, "simulated", simulated[origin].ne(Origin.SIMULATED)),
        ):
            if wrong.any():
                raise StudyError(
                    f"task {self.id!r}: {int(wrong.sum())} of {len(frame)} dialogues of its "
                    f"`{side}` side have {origin} {sorted(set(frame.loc[wrong, origin]))}; "
                    f"add `{origin}` to the filter"
                )
        return reference, simulated

    def matched(
        self, pool: Pool, match: Match, rng: np.random.Generator
    ) -> list[tuple[str, str, tuple[str, ...]]]:
        """Return `per_system` pairs per simulated system: (reference id, simulated id, stratum)."""
        reference, simulated = self.sides(pool)
        column = f"{self.judge.value}_system"
        free, found = reference, []
        systems = sorted(simulated[column].unique())
        for system in systems:
            # Each system draws from references no other system has taken, in equal shares.
            mine = simulated[simulated[column] == system]
            ours = pairs(free, mine, match, rng)
            order = rng.permutation(len(ours))[: self.per_system or len(ours) // len(systems) or 1]
            found += [(ours[i].left, ours[i].right, ours[i].stratum) for i in order]
            free = free[~free["id"].isin([ours[i].left for i in order])]
        if not found:
            raise StudyError(
                f"task {self.id!r}: no pair matches on {', '.join(match.on)} and {match.length} "
                f"within {match.tolerance:.0%}; widen `tolerance` or the filters"
            )
        return found


class Identify(TwoSided):
    """One transcript per screen; the verdict is `human` or `simulated`."""

    kind: Literal["identify"] = "identify"
    verdict: Verdict = Verdict()

    layout: ClassVar[Layout] = Layout.TRANSCRIPT
    measures: ClassVar[power.Question | None] = "identify"
    verdicts_on: ClassVar[Literal["transcripts", "games"] | None] = "transcripts"

    def form(self) -> list[Question]:
        """The verdict, then the extras."""
        options = {"human": self.verdict.human, "simulated": self.verdict.simulated}
        return [Choice(id="verdict", text=self.verdict.text, options=options), *self.extras()]

    def build(self, pool: Pool, rng: np.random.Generator) -> list[Unit]:
        """One unit per dialogue; both dialogues of a matched pair carry the pair's stratum."""
        if self.match:
            chosen: list[tuple[str, dict[str, Fact]]] = [
                (dialogue, {"stratum": stratum, "pair": number})
                for number, (left, right, stratum) in enumerate(self.matched(pool, self.match, rng))
                for dialogue in (left, right)
            ]
        else:
            sides = self.sides(pool)
            simulated = sample_per_group(sides[1], self.judge, self.per_system, rng)
            reference = sides[0].iloc[rng.permutation(len(sides[0]))[: len(simulated)]]
            chosen = [(d, {}) for frame in (reference, simulated) for d in frame["id"]]
        players = {
            identifier: dialogue.player(self.judge)
            for identifier, dialogue in pool.get_many([d for d, _ in chosen]).items()
        }
        return [
            Unit(
                id=dialogue,
                dialogues=(dialogue,),
                groups=(_group(players[dialogue].system, players[dialogue].origin),),
                origins=(players[dialogue].origin.value,),
                facts=facts,
            )
            for dialogue, facts in chosen
        ]

    def truth(self, unit: Unit, *, swapped: bool) -> dict[str, str]:
        """The right verdict."""
        return {"verdict": "simulated" if unit.origins[0] == Origin.SIMULATED else "human"}

    def numeric_answers(self) -> list[NumericAnswer]:
        """Whether the judged side was taken for a human; then the points of scales."""
        taken = NumericAnswer("taken for human", "verdict", 0, 1, {"human": 1.0, "simulated": 0.0})
        return [taken, *super().numeric_answers()]

    def power_questions(self) -> list[power.Question]:
        """A d' other than 0 and, where the study states a margin, equivalence."""
        asked = super().power_questions()
        return [*asked, "equivalence"] if self.equivalent_dprime else asked

    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """d', c, accuracy and fooled rate per system; the positions of the marks."""
        frame = verdicts_on_one(judgments, unit="unit")
        return [
            *discrimination_findings(frame, seed=seed, equivalent=self.equivalent_dprime),
            *crowd_finding(
                frame[["rater", "dialogue"]].assign(value=_side(frame["said_simulated"])),
                dict(zip(frame["dialogue"], _side(frame["simulated"]), strict=True)),
                seed=seed,
            ),
            *marks_finding(judgments),
        ]


def _side(simulated: "pd.Series[bool]") -> "pd.Series[str]":
    """Map the two sides to the stored verdicts `simulated` and `human`."""
    return simulated.map({True: "simulated", False: "human"})


def _group(system: object, origin: Origin) -> str:
    return getattr(system, "name", None) or origin.value
