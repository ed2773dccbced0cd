"""Base classes of task kinds in which a rater talks with simulators, alone or in a live game."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from annotations.tasks.base import Layout, Partner, TaskBase, Unit
from backend.dialogue import Brief, Origin, Role
from backend.pool import Pool


def _attributes_by_name(brief: object) -> object:
    """Let a study write `genre: horror` instead of a list of named values."""
    if isinstance(brief, dict) and isinstance(brief.get("attributes"), dict):
        pairs = [{"name": k, "value": str(v)} for k, v in brief["attributes"].items()]
        return {**brief, "attributes": pairs}
    return brief


class Conversation(TaskBase):
    """A task whose rater talks with one of `partners` about one of `briefs`.

    The rater may end the talk after `min_messages` of their own, and sends at most `max_messages`
    of at most `max_length` characters.
    """

    partners: tuple[Partner, ...] = Field(min_length=1)
    briefs: tuple[Annotated[Brief, BeforeValidator(_attributes_by_name)], ...] = Field(min_length=1)
    min_messages: int = Field(default=3, ge=1)
    max_messages: int = Field(default=12, ge=1)
    max_length: int = Field(default=500, ge=1)

    layout: ClassVar[Layout] = Layout.CHAT

    @abstractmethod
    def rater_roles(self) -> list[Role]:
        """The roles that raters play."""

    def simulated_players(self) -> list[tuple[Partner, Role]]:
        """Every partner, in each role opposite to a rater's."""
        return [(partner, role.other) for partner in self.partners for role in self.rater_roles()]


class LiveGame(Conversation):
    """A talk in real time between two or three parties, some of them people.

    A game takes at most `minutes`. `lobby_seconds` is the maximum wait for a person,
    `human_share` the share of two-party games that wait for one. If `paced`, a simulated message
    appears only after the time that a person takes to read and to type.
    """

    parties: Literal[2, 3] = 2
    minutes: float = Field(default=5, gt=0, le=30)
    lobby_seconds: float = Field(default=45, gt=0, le=600)
    human_share: float = Field(default=0.5, ge=0, le=1)
    paced: bool = True

    layout: ClassVar[Layout] = Layout.LIVE

    def build(self, pool: Pool, rng: np.random.Generator) -> list[Unit]:
        """Every partner with every brief, in each role that raters play."""
        return [
            Unit(
                id=f"{number}-{index}-{role.value}",
                groups=(partner.simulator,),
                origins=(Origin.SIMULATED.value,),
                partner=partner,
                role=role,
                brief=brief,
            )
            for number, partner in enumerate(self.partners)
            for index, brief in enumerate(self.briefs)
            for role in self.rater_roles()
        ]
