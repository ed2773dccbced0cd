"""interrogate: a live conversation; is the partner a person, or which of two partners is?

    - kind: interrogate
      id: game
      title: Do you talk with a person?
      parties: 2
      partners: [{simulator: agenda}]
      briefs: [{summary: Something scary, attributes: {genre: horror}}]

Two parties: each person says whether the other was a person. Three parties: a judge talks with two
witnesses, one a person and one simulated, and says which is the person. Nobody is told who is
simulated.
Source: Turing 1950; Jones and Bergen 2024 (two-party) and 2025 (three-party).
"""

from typing import ClassVar, Literal

import pandas as pd
from pydantic import Field

from annotations.questions import CONFIDENCE, REASON, Choice, Question
from annotations.tasks.base import Unit
from annotations.tasks.conversation import LiveGame
from annotations.tasks.finding import Drawing, Finding
from annotations.tasks.signal import (
    discrimination_findings,
    forced_choice_findings,
    verdicts_on_one,
)
from backend.dialogue import Origin, Role


class Interrogate(LiveGame):
    """One live game per screen; each combination of brief, partner and judge's role is a unit.

    `judge_plays` is the judge's role in the talk. The judge may end the game after `min_messages`
    of their own in each open talk; if time or a partner's leaving ends it, one message of each
    side is enough.
    """

    kind: Literal["interrogate"] = "interrogate"
    judge_plays: Literal["seeker", "recommender", "either"] = "either"
    min_messages: int = Field(default=2, ge=1)
    max_messages: int = Field(default=20, ge=1)
    max_length: int = Field(default=300, ge=1, le=2000)
    verdict: str | None = None
    confidence: bool = True
    reason: bool = True
    equivalent_dprime: float | None = Field(default=None, gt=0)
    seconds: int = 400

    verdicts_on: ClassVar[Literal["transcripts", "games"] | None] = "games"

    def rater_roles(self) -> list[Role]:
        """The roles that judges play."""
        return list(Role) if self.judge_plays == "either" else [Role(self.judge_plays)]

    def form(self) -> list[Question]:
        """All questions for any seat, none required; `questions_of` gives those of one seat."""
        judged = self.questions_of(judge=True)
        known = {question.id for question in judged}
        witness = [q for q in self.questions_of(judge=False) if q.id not in known]
        return [question.model_copy(update={"required": False}) for question in judged + witness]

    def questions_of(self, *, judge: bool) -> list[Question]:
        """The form of a judge, or of a witness in a three-party game."""
        asked: list[Question] = [
            *([CONFIDENCE] if self.confidence else []),
            *([REASON] if self.reason else []),
        ]
        if not judge:
            text = "Do you think the other took you for a person?"
            options = {"human": "Yes, for a person", "simulated": "No, for a program"}
            return [Choice(id="taken_for", text=text, options=options), *asked]
        if self.parties == 3:
            text = self.verdict or "Which of the two is a person?"
            options = {"left": "A", "right": "B"}
        else:
            text = self.verdict or "Did you talk with a person?"
            options = {"human": "Yes, a person", "simulated": "No, a program"}
        return [Choice(id="verdict", text=text, options=options), *asked, *self.questions]

    def truth(self, unit: Unit, *, swapped: bool) -> dict[str, str]:
        """The right verdict, if the unit has the facts of the game that was played."""
        if len(unit.origins) == 2:
            return {"verdict": "right" if swapped else "left"}
        human = unit.origins[0] == Origin.HUMAN.value
        return {"verdict": "human" if human else "simulated"}

    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """Discrimination by judges; counts of what witnesses thought the judge took them for.

        Each judgment is about its own talk, so the assignment is the unit. The judgments are never
        pooled with verdicts on transcripts.
        """
        verdicts = judgments[judgments["question"] == "verdict"]
        found = self._three(verdicts, seed) if self.parties == 3 else self._two(judgments, seed)
        taken = judgments[judgments["question"] == "taken_for"]
        if not taken.empty:
            counts = taken["value"].astype("str").value_counts().rename_axis("answer")
            told = (
                f"What {len(taken)} witnesses, all of them people, thought the judge took them for."
            )
            found.append(
                Finding(
                    "What did witnesses think?", told, [], drawing=Drawing.NUMBERS,
                    counts=counts.rename("witnesses").reset_index(),
                )
            )  # fmt: skip
        return found

    def _two(self, judgments: pd.DataFrame, seed: int) -> list[Finding]:
        frame = verdicts_on_one(judgments, unit="assignment")
        return discrimination_findings(frame, seed=seed, equivalent=self.equivalent_dprime)

    def _three(self, verdicts: pd.DataFrame, seed: int) -> list[Finding]:
        swapped = verdicts["swapped"].astype(bool)
        frame = pd.DataFrame(
            {
                "rater": verdicts["rater"],
                "dialogue": verdicts["assignment"].astype("str"),
                "system": [groups[-1] for groups in verdicts["groups"]],
                "side": ["right" if turned else "left" for turned in swapped],
                "correct": (verdicts["value"] == "right") == swapped,
            }
        )
        return forced_choice_findings(frame, seed=seed, equivalent=self.equivalent_dprime)
