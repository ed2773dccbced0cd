"""prefer: two transcripts of different systems side by side; which is better, in each respect?

    - kind: prefer
      id: prefer
      title: Which is better?
      dialogues: {corpus: [simulated]}
      pairs_per_contrast: 4
      contrasts: [{id: natural, text: Which seeker is more natural?}]

Paired comparison. The model of Bradley and Terry (1952) ranks systems; a tie is half a win each.
"""

from itertools import combinations
from typing import ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from annotations.matching import Match, pairs
from annotations.questions import REASON, Choice, Question, Slug, Spec
from annotations.tasks.base import (
    Layout,
    NumericAnswer,
    StudyError,
    TaskBase,
    Unit,
    group_of,
    select,
)
from annotations.tasks.finding import Finding
from annotations.tasks.opinion import preference_findings
from backend.pool import DialogueFilter, Pool
from backend.statistics import power


class Contrast(Spec):
    """One respect in which two dialogues are compared."""

    id: Slug
    text: str
    help: str | None = None


class Prefer(TaskBase):
    """One pair per screen, one choice per contrast: `left`, `right` or, where allowed, `tie`."""

    kind: Literal["prefer"] = "prefer"
    dialogues: DialogueFilter
    pairs_per_contrast: int = Field(default=4, ge=1)
    match: Match = Match()
    contrasts: tuple[Contrast, ...] = Field(min_length=1)
    tie: str | None = "About the same"
    left: str = "Conversation A"
    right: str = "Conversation B"
    reason: bool = False

    layout: ClassVar[Layout] = Layout.PAIR
    measures: ClassVar[power.Question | None] = "prefer"

    @model_validator(mode="after")
    def _contrasts_have_their_own_names(self) -> Self:
        names = [contrast.id for contrast in self.contrasts]
        if len(set(names)) < len(names):
            raise ValueError(f"two contrasts have the same id: {names}")
        return self

    def form(self) -> list[Question]:
        """One choice per contrast, then the study's own questions and a reason."""
        options = {"left": self.left, "right": self.right}
        if self.tie:
            options = {"left": self.left, "tie": self.tie, "right": self.right}
        choices = [
            Choice(id=contrast.id, text=contrast.text, help=contrast.help, options=options)
            for contrast in self.contrasts
        ]
        return [*choices, *self.questions, *([REASON] if self.reason else [])]

    def transcript_names(self) -> tuple[str, ...]:
        """The names of the left and the right conversation."""
        return (self.left, self.right)

    def build(self, pool: Pool, rng: np.random.Generator) -> list[Unit]:
        """Up to `pairs_per_contrast` matched pairs for each pair of groups."""
        frame = select(pool, self.dialogues, "dialogues", self.id)
        frame = frame.assign(_group=group_of(frame, self.judge))
        groups = dict(list(frame.groupby("_group", sort=True)))
        units = []
        for first, second in combinations(groups, 2):
            found = pairs(groups[first], groups[second], self.match, rng)
            for index in rng.permutation(len(found))[: self.pairs_per_contrast]:
                pair = found[index]
                both = frame.set_index("id").loc[[pair.left, pair.right]]
                units.append(
                    Unit(
                        id=f"{pair.left}-{pair.right}",
                        dialogues=(pair.left, pair.right),
                        groups=(str(first), str(second)),
                        origins=tuple(both[f"{self.judge.value}_origin"]),
                        facts={"stratum": pair.stratum},
                    )
                )
        if not units:
            raise StudyError(
                f"task {self.id!r}: its dialogues are of {', '.join(map(str, groups))}, and no "
                "matched pair of two of them was found; widen `tolerance` or the filter"
            )
        return units

    def numeric_answers(self) -> list[NumericAnswer]:
        """The preference in each respect: 1 for the pair's first dialogue, -1 for its second."""
        values = {"left": 1.0, "tie": 0.0, "right": -1.0}
        return [NumericAnswer(c.id, c.id, -1, 1, values, pairs=True) for c in self.contrasts]

    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """A Bradley-Terry ranking with rank intervals for each contrast."""
        return preference_findings(judgments, [c.id for c in self.contrasts], seed=seed)
