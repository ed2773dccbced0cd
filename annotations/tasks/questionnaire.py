"""questionnaire: one transcript, judged on pairs of opposites such as the Partner Modelling
Questionnaire; subscale means and internal consistency.

    - kind: questionnaire
      id: partner
      title: Describe the seeker
      scale: pmq
      dialogues: {corpus: [simulated]}

The sides of the poles and the order of the items vary by rater; the stored values do not change.
"""

from typing import Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import BeforeValidator, Field

from annotations import scales
from annotations.questions import REASON, Poles, Question
from annotations.tasks.base import Layout, TaskBase, Unit, group_of, sample_per_group, select
from annotations.tasks.finding import Drawing, Finding
from backend.pool import DialogueFilter, Pool
from backend.statistics import power
from backend.statistics.bootstrap import Resampling
from backend.statistics.internal import cronbach_alpha
from backend.statistics.ratings import means


def _by_name(given: object) -> object:
    return scales.load(given) if isinstance(given, str) else given


class Questionnaire(TaskBase):
    """One transcript per screen. `scale` is a ready-made questionnaire's name, or one in full."""

    kind: Literal["questionnaire"] = "questionnaire"
    scale: Annotated[scales.Questionnaire, BeforeValidator(_by_name)]
    dialogues: DialogueFilter
    per_system: int | None = Field(default=None, ge=1)
    reason: bool = False
    seconds: int = 120

    layout: ClassVar[Layout] = Layout.TRANSCRIPT
    measures: ClassVar[power.Question | None] = "rate"

    def form(self) -> list[Question]:
        """The pairs, the study's own questions, then a reason where it asks for one."""
        return [*self.scale.items(), *self.questions, *([REASON] if self.reason else [])]

    def build(self, pool: Pool, rng: np.random.Generator) -> list[Unit]:
        """One unit per dialogue, at most `per_system` of each system or origin."""
        frame = select(pool, self.dialogues, "dialogues", self.id)
        frame = sample_per_group(frame, self.judge, self.per_system, rng)
        groups = group_of(frame, self.judge)
        origins = frame[f"{self.judge.value}_origin"]
        return [
            Unit(id=dialogue, dialogues=(dialogue,), groups=(group,), origins=(origin,))
            for dialogue, group, origin in zip(frame["id"], groups, origins, strict=True)
        ]

    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """Subscale means per group, one mean per answer sheet; Cronbach's alpha per subscale."""
        how = Resampling(seed=seed)
        items = {item.id: item for item in self.scale.items()}
        mine = judgments[judgments["question"].isin(list(items))]
        frame = pd.DataFrame(
            {
                "rater": mine["rater"].astype("str"),
                "dialogue": mine["unit"].astype("str"),
                "system": pd.Series([groups[0] for groups in mine["groups"]], mine.index, "str"),
                "item": mine["question"].astype("str"),
                "question": mine["question"].map(_subscales(items)).astype("str"),
                "value": mine["value"].astype(float),
            }
        )
        sheet = ["rater", "dialogue", "system", "question"]
        sums = frame.groupby(sheet, sort=True, observed=True)["value"].mean().reset_index()
        middle = (1 + self.scale.points) / 2
        found = []
        for name in self.scale.subscales:
            found.append(
                Finding(
                    f"{self.scale.title}: {name}",
                    f"Mean of the subscale's items from 1 to {self.scale.points}, the first word "
                    f"of each pair being high. {self.scale.source}.",
                    means(sums[sums["question"] == name], how=how),
                    reference=middle,
                )
            )
        consistent = [
            cronbach_alpha(frame[frame["question"] == name], f"alpha, {name}", how=how)
            for name in self.scale.subscales
        ]
        found.append(
            Finding(
                "Do the items hang together?",
                "Cronbach's alpha of each subscale over answer sheets.",
                consistent,
                drawing=Drawing.NUMBERS,
            )
        )
        return found


def _subscales(items: dict[str, Poles]) -> dict[str, str | None]:
    return {name: item.subscale for name, item in items.items()}
