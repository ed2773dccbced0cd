"""rate: one transcript, judged on anchored scales such as naturalness, control and flow.

    - kind: rate
      id: rate
      title: How natural is the seeker?
      dialogues: {corpus: [redial, simulated]}
      questions: [{id: naturalness, kind: scale, text: How natural?}]

Each rater answers all questions about a dialogue; the findings compare the means of systems.
"""

from typing import ClassVar, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from annotations.questions import REASON, Numbers, Question
from annotations.tasks.base import Layout, TaskBase, Unit, group_of, sample_per_group, select
from annotations.tasks.finding import Finding
from annotations.tasks.opinion import rating_findings
from backend.pool import DialogueFilter, Pool
from backend.statistics import power


class Rate(TaskBase):
    """One transcript per screen with all its questions; compares the players of role `judge`."""

    kind: Literal["rate"] = "rate"
    dialogues: DialogueFilter
    per_system: int | None = Field(default=None, ge=1)
    reason: bool = False

    layout: ClassVar[Layout] = Layout.TRANSCRIPT
    measures: ClassVar[power.Question | None] = "rate"
    analyses_scales: ClassVar[bool] = True

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not any(isinstance(question, Numbers) for question in self.questions):
            raise ValueError("a rate task needs at least one question of kind `scale`")
        return self

    def form(self) -> list[Question]:
        """The study's questions, then a reason where it asks for one."""
        return [*self.questions, *([REASON] if self.reason else [])]

    def build(self, pool: Pool, rng: np.random.Generator) -> list[Unit]:
        """One unit per dialogue, at most `per_system` of each system or origin."""
        frame = select(pool, self.dialogues, "dialogues", self.id)
        frame = sample_per_group(frame, self.judge, self.per_system, rng)
        origins = frame[f"{self.judge.value}_origin"]
        return [
            Unit(id=dialogue, dialogues=(dialogue,), groups=(group,), origins=(origin,))
            for dialogue, group, origin in zip(
                frame["id"], group_of(frame, self.judge), origins, strict=True
            )
        ]

    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """Means per system for each scale, with an ordinal check; agreement between raters."""
        return rating_findings(judgments, self.form(), seed=seed)
