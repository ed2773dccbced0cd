"""chat: a person talks with a simulator, as seeker or as recommender, then answers questions.

    - kind: chat
      id: chat
      title: Talk about films
      role: seeker
      partners: [{simulator: critiquing}]
      briefs: [{summary: Something funny, attributes: {genre: comedy}}]
      questions: [{id: flow, kind: scale, text: Did the talk flow?}]

The dialogue joins the pool under corpus `chats`, its human side marked with the rater's
pseudonym.
"""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from annotations.tasks.base import Unit
from annotations.tasks.conversation import Conversation
from annotations.tasks.finding import Finding
from annotations.tasks.opinion import rating_findings
from backend.dialogue import Origin, Role
from backend.pool import Pool
from backend.statistics import power


class Chat(Conversation):
    """One live chat per screen; each combination of a brief and a partner is one unit.

    `role` is the person's. A person who is the seeker sees the brief. If the person is the
    recommender, only the simulator gets the brief.
    """

    kind: Literal["chat"] = "chat"
    role: Role
    seconds: int = 180

    measures: ClassVar[power.Question | None] = "rate"
    analyses_scales: ClassVar[bool] = True

    def rater_roles(self) -> list[Role]:
        """The one role of the study."""
        return [self.role]

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

    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """Means per partner for each scale."""
        return rating_findings(judgments, self.form(), seed=seed)
