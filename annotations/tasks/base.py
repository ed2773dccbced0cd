"""The base class of task kinds: units, questions, ground truth and analysis."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from annotations.questions import Choice, Numbers, Place, Question, Slug, Spec
from annotations.tasks.facts import Fact, from_strings
from annotations.tasks.finding import Finding
from annotations.tasks.opinion import choice_findings, rating_findings
from backend.dialogue import Brief, Role
from backend.pool import DialogueFilter, Pool
from backend.statistics import power


class StudyError(Exception):
    """A protocol is wrong or can't be carried out with this pool; the message says what to do."""


class Layout(StrEnum):
    """What the rater's screen shows beside the form. Pages draw layouts, not task kinds."""

    TRANSCRIPT = "transcript"
    PAIR = "pair"
    CHAT = "chat"
    LIVE = "live"


class Partner(Spec):
    """The simulator a person chats with: a name of the simulator registry, and its settings."""

    simulator: str
    settings: dict[str, Any] = Field(default_factory=dict)


class Unit(Spec):
    """What one judgment is about: one dialogue, a pair, or a chat that is still to take place.

    `groups` names, for each dialogue, what is compared: a system, or the origin if there is no
    system. For a chat, `groups` holds the partner's name. `origins` tells human and simulated
    sides apart. `facts` are what else an analysis needs, such as the stratum of a matched pair.
    `check` is the check's number in the protocol, if the unit is a check. None of this may reach a
    rater.
    """

    id: str
    dialogues: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    facts: dict[str, Fact] = Field(default_factory=dict)
    partner: Partner | None = None
    role: Role | None = None
    brief: Brief | None = None
    check: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _reads_the_strings_of_older_databases(cls, told: Any) -> Any:
        if not isinstance(told, dict) or "stratum" not in told:
            return told
        kept = {name: value for name, value in told.items() if name != "stratum"}
        return {**kept, "facts": from_strings(told["stratum"])}


@dataclass(frozen=True)
class NumericAnswer:
    """An answer about dialogues that counts as a number, such as a point of a scale.

    `name` says what the number means; `question` is the id of the question asked. `values` maps
    stored answers to numbers; None where they are numbers already. For `pairs`, the number is how
    much the first dialogue of a pair is preferred to the second.
    """

    name: str
    question: str
    low: float
    high: float
    values: Mapping[str, float] | None = None
    pairs: bool = False


class TaskBase(Spec):
    """The part of a protocol that is the same for every task kind.

    `units_per_rater` is how many screens one rater gets, `judgments_per_unit` how many raters
    judge each unit, `seconds` the expected time for one (for the progress estimate).
    """

    kind: str
    id: Slug
    title: str
    instructions: str = ""
    units_per_rater: int = Field(default=5, ge=1)
    judgments_per_unit: int = Field(default=3, ge=1)
    seconds: int = Field(default=45, ge=1)
    judge: Role = Role.SEEKER
    start_at_seeker: bool = True
    questions: tuple[Question, ...] = ()

    layout: ClassVar[Layout]
    #: The question whose power analysis applies to it; None for a task without one.
    measures: ClassVar[power.Question | None] = None
    #: What its verdicts, person or simulator, are about; None for a task without such verdicts.
    verdicts_on: ClassVar[Literal["transcripts", "games"] | None] = None

    #: Whether `analyse` covers the study's own scales.
    analyses_scales: ClassVar[bool] = False

    @abstractmethod
    def build(self, pool: Pool, rng: np.random.Generator) -> list[Unit]:
        """The task's units from this pool. Raises StudyError when the pool lacks dialogues."""

    def form(self) -> list[Question]:
        """The questions on the screen, in order."""
        return list(self.questions)

    def questions_of(self, *, judge: bool) -> list[Question]:
        """The form of one seat, of the judge or a witness; the same unless a kind has both."""
        return self.form()

    def options(self, question: Numbers | Choice | Place, unit: Unit) -> list[str]:
        """The answers, as stored, that a closed question offers for this unit."""
        return list(question.options)

    def transcript_names(self) -> tuple[str, ...]:
        """What the questions call the transcripts, from left to right; empty where they don't."""
        return ()

    def truth(self, unit: Unit, *, swapped: bool) -> dict[str, str]:
        """Answers that are right by construction, by question id; empty where there are none."""
        return {}

    @abstractmethod
    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """Compute the task's findings from its judgments.

        `judgments` has one row per answered question: rater, unit, dialogues, groups, origins,
        facts, swapped, question, value (float, str or list), seconds.
        """

    def analyse_questions(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """Compute what `analyse` leaves out: the study's own choices, and its own scales."""
        scales = [] if self.analyses_scales else self.questions
        return [
            *rating_findings(judgments, scales, seed=seed),
            *choice_findings(judgments, self.questions, seed=seed),
        ]

    def numeric_answers(self) -> list[NumericAnswer]:
        """Answers that metrics can be correlated with: points of scales, for one transcript.

        A question after a chat is about a dialogue that only one rater had, so it does not count.
        """
        if self.layout is not Layout.TRANSCRIPT:
            return []
        return [
            NumericAnswer(question.id, question.id, question.low, question.high)
            for question in self.form()
            if isinstance(question, Numbers)
        ]

    def power_questions(self) -> list[power.Question]:
        """The questions whose smallest detectable effects planning shows."""
        return [self.measures] if self.measures else []

    def simulated_players(self) -> list[tuple[Partner, Role]]:
        """The simulators that talk with raters, with the role of each; empty without talks."""
        return []


def select(pool: Pool, which: DialogueFilter, what: str, task: str) -> pd.DataFrame:
    """Dialogues that pass a filter. Raises StudyError naming the filter when there are none."""
    frame = pool.frame(which)
    if frame.empty:
        conditions = which.model_dump(exclude_none=True, mode="json")
        raise StudyError(
            f"task {task!r}: the pool has no dialogue for its {what} {conditions}. "
            f"{_how_to_get(which)}"
        )
    return frame


#: Corpora that are made and not imported, and the command that makes them.
_MADE = {"simulated": "simulate", "grafted": "graft --corpus CORPUS"}


def _how_to_get(which: DialogueFilter) -> str:
    """The commands that fill the pool with dialogues like these."""
    systems = {"seeker": which.seeker_system, "recommender": which.recommender_system}
    players = "".join(f" --{role} {named[0]}" for role, named in systems.items() if named)
    corpora = which.corpus or ()
    told = [
        f"Make {name} dialogues first: python -m backend {_MADE[name]}{players}"
        for name in corpora
        if name in _MADE
    ]
    imported = ", ".join(name for name in corpora if name not in _MADE)
    if imported or not told:
        told.append(
            f"Import {imported or 'the corpora it names'} first: python -m backend import "
            "CORPUS PATH"
        )
    return "; ".join(told)


def group_of(frame: pd.DataFrame, role: Role) -> "pd.Series[str]":
    """The comparison group of each dialogue: the system that played `role`, else its origin."""
    system = frame[f"{role.value}_system"]
    return system.where(system.notna(), frame[f"{role.value}_origin"])


def sample_per_group(
    frame: pd.DataFrame, role: Role, per_group: int | None, rng: np.random.Generator
) -> pd.DataFrame:
    """At most `per_group` dialogues of each group, drawn by `rng`; all of them where None."""
    shuffled = frame.iloc[rng.permutation(len(frame))]
    if per_group is None:
        return shuffled
    return shuffled.groupby(group_of(shuffled, role), sort=False).head(per_group)
