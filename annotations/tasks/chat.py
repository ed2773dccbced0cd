"""chat: a person talks with a simulator, as seeker or as recommender, then answers questions.

The dialogue joins the pool under corpus `chats`, its human side marked with the rater's
pseudonym.
"""

from typing import Annotated, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import BeforeValidator, Field

from annotations.questions import Question
from annotations.tasks.base import Layout, Partner, TaskBase, Unit
from annotations.tasks.finding import Finding
from annotations.tasks.opinion import rating_findings
from backend.dialogue import Brief, Origin, Role
from backend.pool import Pool


def attributes_by_name(brief: object) -> object:
    """Let a study write `genre: horror` instead of a list of named values."""
    if isinstance(brief, dict) and isinstance(brief.get("attributes"), dict):
        pairs = [{"name": k, "value": str(v)} for k, v in brief["attributes"].items()]
        return {**brief, "attributes": pairs}
    return brief


class Chat(TaskBase):
    """One live chat per screen; each combination of a brief and a partner is one unit.

    `role` is the person's. A person who is the seeker sees the brief. If the person is the
    recommender, only the simulator gets the brief.
    """

    kind: Literal["chat"] = "chat"
    role: Role
    partners: tuple[Partner, ...] = Field(min_length=1)
    briefs: tuple[Annotated[Brief, BeforeValidator(attributes_by_name)], ...] = Field(min_length=1)
    min_messages: int = Field(default=3, ge=1)
    max_messages: int = Field(default=12, ge=1)
    max_length: int = Field(default=500, ge=1)
    seconds: int = 180

    layout: ClassVar[Layout] = Layout.CHAT
    measures: ClassVar[Literal["identify", "rate", "prefer"] | None] = "rate"

    def build(self, pool: Pool, rng: np.random.Generator) -> list[Unit]:
        """Every partner with every brief."""
        return [
            Unit(
                id=f"{number}-{index}",
                groups=(partner.simulator,),
                origins=(Origin.SIMULATED.value,),
                partner=partner,
                role=self.role,
                brief=brief,
            )
            for number, partner in enumerate(self.partners)
            for index, brief in enumerate(self.briefs)
        ]

    def form(self) -> list[Question]:
        """The study's questions, asked once the chat is over."""
        return list(self.questions)

    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """Means per partner for each scale."""
        return rating_findings(judgments, self.form(), seed=seed)
