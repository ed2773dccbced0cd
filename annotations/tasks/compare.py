"""compare: two transcripts, one with a person, one with a simulator; which is the person's?

    - kind: compare
      id: compare
      title: Which seeker is a person?
      reference: {corpus: [redial]}
      simulated: {corpus: [simulated]}
      match: {on: [recommender_system], length: seeker_words, tolerance: 0.25}

Two-alternative forced choice: chance is 0.5, and d' = sqrt(2) z(proportion correct).
Source: Green and Swets 1966, chapter 2; Macmillan and Creelman 2005, chapter 7.
"""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from annotations.matching import Match
from annotations.questions import Choice, Question
from annotations.tasks.base import Layout, Unit
from annotations.tasks.finding import Finding
from annotations.tasks.identify import TwoSided
from annotations.tasks.signal import crowd_finding, forced_choice_findings
from backend.dialogue import Origin
from backend.pool import Pool
from backend.statistics import power


class Compare(TwoSided):
    """One pair per screen; the verdict is the side (`left` or `right`) taken for the person's."""

    kind: Literal["compare"] = "compare"
    match: Match | None = Match()
    verdict: str = "In which conversation is the seeker a person?"
    left: str = "Conversation A"
    right: str = "Conversation B"

    layout: ClassVar[Layout] = Layout.PAIR
    measures: ClassVar[power.Question | None] = "prefer"
    verdicts_on: ClassVar[Literal["transcripts", "games"] | None] = "transcripts"

    def form(self) -> list[Question]:
        """The verdict, then the extras."""
        options = {"left": self.left, "right": self.right}
        return [Choice(id="verdict", text=self.verdict, options=options), *self.extras()]

    def transcript_names(self) -> tuple[str, ...]:
        """The names of the left and the right conversation."""
        return (self.left, self.right)

    def build(self, pool: Pool, rng: np.random.Generator) -> list[Unit]:
        """One unit per pair: the reference dialogue first, the simulated one second."""
        found = self.matched(pool, self.match or Match(on=(), length=None), rng)
        dialogues = pool.get_many([d for pair in found for d in pair[:2]])
        units = []
        for human, simulated, stratum in found:
            system = dialogues[simulated].player(self.judge).system
            reference = dialogues[human].player(self.judge).origin
            units.append(
                Unit(
                    id=f"{human}-{simulated}",
                    dialogues=(human, simulated),
                    groups=(reference.value, system.name if system else ""),
                    origins=(reference.value, Origin.SIMULATED.value),
                    facts={"stratum": stratum},
                )
            )
        return units

    def truth(self, unit: Unit, *, swapped: bool) -> dict[str, str]:
        """The person's side as it was shown."""
        return {"verdict": "right" if swapped else "left"}

    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """Proportion correct, d', pass rate against 0.5 per system; position bias."""
        verdicts = judgments[judgments["question"] == "verdict"]
        frame = pd.DataFrame(
            {
                "rater": verdicts["rater"],
                "dialogue": verdicts["unit"],
                "system": [groups[1] for groups in verdicts["groups"]],
                "side": ["right" if swapped else "left" for swapped in verdicts["swapped"]],
                "correct": (verdicts["value"] == "right") == verdicts["swapped"].astype(bool),
            }
        )
        said = frame["correct"].map({True: "person", False: "simulator"})
        return [
            *forced_choice_findings(frame, seed=seed, equivalent=self.equivalent_dprime),
            *crowd_finding(
                frame[["rater", "dialogue"]].assign(value=said.astype("str")),
                dict.fromkeys(frame["dialogue"], "person"),
                seed=seed,
            ),
        ]
