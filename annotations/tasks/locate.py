"""locate: one transcript whose seeker a simulator takes over partway; at which message?

    - kind: locate
      id: locate
      title: Where does the simulator take over?
      dialogues: {corpus: [grafted]}
      reference: {corpus: [redial], seeker_origin: [human]}

Source: boundary detection as in RoFT (Dugan et al., EMNLP 2020, demonstrations), where a machine
continues a human text sentence by sentence; here, it continues a seeker's turns in a dialogue.
"""

from typing import ClassVar, Literal

import numpy as np
import pandas as pd
from pydantic import Field

from annotations.questions import CONFIDENCE, NEVER, REASON, Choice, Numbers, Place, Question
from annotations.tasks.base import Layout, StudyError, TaskBase, Unit, sample_per_group, select
from annotations.tasks.facts import Facts
from annotations.tasks.finding import Drawing, Finding
from annotations.tasks.locating import Located, locate
from backend.dialogue import Dialogue, Origin, Role
from backend.pool import DialogueFilter, Pool
from backend.statistics.bootstrap import Resampling
from backend.statistics.estimate import Estimate


class Locate(TaskBase):
    """One transcript per screen; the answer is a seeker message, or `never`.

    `dialogues` have a recorded swap, as `python -m backend graft` makes them. `reference` adds
    human dialogues without a swap, for which `never` is right; without `reference`, naming a turn
    is always the better guess. No two screens begin alike: only one of the dialogues with the
    same human source is used.
    """

    kind: Literal["locate"] = "locate"
    dialogues: DialogueFilter = DialogueFilter(corpus=("grafted",))
    reference: DialogueFilter | None = None
    per_system: int | None = Field(default=None, ge=1)
    judge: Literal[Role.SEEKER] = Role.SEEKER
    question: str = "At which message does a simulator take over from the person?"
    none: str = "At none: it is a person throughout"
    confidence: bool = True
    reason: bool = True
    seconds: int = 60

    layout: ClassVar[Layout] = Layout.TRANSCRIPT

    def form(self) -> list[Question]:
        """The place, confidence and reason where the study asks for them, its own questions."""
        asked: list[Question] = [Place(id="place", text=self.question, none=self.none)]
        asked += [CONFIDENCE] if self.confidence else []
        asked += [REASON] if self.reason else []
        return [*asked, *self.questions]

    def build(self, pool: Pool, rng: np.random.Generator) -> list[Unit]:
        """One unit per dialogue, at most `per_system` of each system and of the reference.

        The facts hold the swap and the turns to choose from, for truth and analysis.
        """
        frame = select(pool, self.dialogues, "dialogues", self.id)
        frame = frame.iloc[rng.permutation(len(frame))]
        shown = pool.get_many(list(frame["id"]))
        sources = frame["id"].map(lambda id_: str(shown[id_].provenance.notes.get("source", id_)))
        frame = frame[~sources.duplicated()]
        frame = sample_per_group(frame, self.judge, self.per_system, rng)
        units = [_unit(shown[id_], self._swap(shown[id_])) for id_ in frame["id"]]
        if self.reference is not None:
            taken = {str(shown[id_].provenance.notes.get("source", id_)) for id_ in frame["id"]}
            units += self._unswapped(pool, self.reference, taken, rng)
        return units

    def _swap(self, dialogue: Dialogue) -> int:
        swap = dialogue.provenance.notes.get("swap")
        if not isinstance(swap, int) or swap not in _places(dialogue):
            raise StudyError(
                f"task {self.id!r}: dialogue {dialogue.id} of its `dialogues` notes no swap at a "
                "seeker turn; make some first: python -m backend graft --corpus CORPUS"
            )
        return swap

    def _unswapped(
        self, pool: Pool, which: DialogueFilter, taken: set[str], rng: np.random.Generator
    ) -> list[Unit]:
        frame = select(pool, which, "reference", self.id)
        wrong = frame["seeker_origin"].ne(Origin.HUMAN)
        if wrong.any():
            raise StudyError(
                f"task {self.id!r}: {int(wrong.sum())} of {len(frame)} dialogues of its "
                "`reference` side have no human seeker; add `seeker_origin` to the filter"
            )
        frame = frame[~frame["id"].isin(taken) & frame["seeker_turns"].gt(0)]
        if frame.empty:
            raise StudyError(
                f"task {self.id!r}: every dialogue of its `reference` is the beginning of one of "
                "its `dialogues`; set `per_system`, or widen the filter"
            )
        frame = sample_per_group(frame, self.judge, self.per_system, rng)
        shown = pool.get_many(list(frame["id"]))
        return [_unit(shown[id_], None) for id_ in frame["id"]]

    def options(self, question: Numbers | Choice | Place, unit: Unit) -> list[str]:
        """The unit's seeker turns and `never`, for the place; else the question's own options."""
        if isinstance(question, Place):
            return [*places(unit.facts), NEVER]
        return super().options(question, unit)

    def truth(self, unit: Unit, *, swapped: bool) -> dict[str, str]:
        """The turn of the swap, or `never`; empty for a check, which has its own answers."""
        return {"place": swap(unit.facts)} if "swap" in unit.facts else {}

    def analyse(self, judgments: pd.DataFrame, *, seed: int) -> list[Finding]:
        """Shares located exactly and nearly, signed error, `never`, false alarms, chance level."""
        answers = judgments[judgments["question"] == "place"]
        frame = pd.DataFrame(
            {
                "rater": answers["rater"].astype("str"),
                "dialogue": answers["unit"].astype("str"),
                "system": pd.Series([g[0] for g in answers["groups"]], answers.index, "str"),
                "said": answers["value"].astype("str"),
                "swap": pd.Series([swap(facts) for facts in answers["facts"]], answers.index),
                "places": pd.Series(
                    [places(facts) for facts in answers["facts"]], answers.index, object
                ),
            }
        )
        return _findings(locate(frame, how=Resampling(seed=seed)), frame)


def places(facts: Facts) -> list[str]:
    """The turns of a unit that raters choose from, in order, as answers are stored.

    >>> places({"swap": 4, "places": (0, 2, 4)})
    ['0', '2', '4']
    """
    turns = facts.get("places")
    return [str(turn) for turn in turns] if isinstance(turns, tuple) else []


def swap(facts: Facts) -> str:
    """The right answer to where the takeover is: a turn, or `never`."""
    return NEVER if facts["swap"] is None else str(facts["swap"])


def _findings(found: list[Estimate], frame: pd.DataFrame) -> list[Finding]:
    def of(quantity: Located) -> list[Estimate]:
        return [estimate for estimate in found if estimate.quantity == quantity]

    exact, near = of(Located.EXACTLY_BY_CHANCE), of(Located.NEARLY_BY_CHANCE)
    table = frame.groupby(["system", "said"]).size().rename("answers").reset_index()
    return [
        Finding(
            "Is the takeover found?",
            "The share of judgments that name the simulator's first message. The line is what "
            "guessing would give.",
            of(Located.EXACTLY),
            reference=exact[-1].value,
            counts=None if table.empty else table,
        ),
        Finding(
            "Is it nearly found?",
            "The share that names it or the seeker message before or after.",
            of(Located.NEARLY),
            reference=near[-1].value,
        ),
        Finding(
            "Too early or too late?",
            "Mean distance from the simulator's first message to the one named, in seeker "
            "messages: above 0, the takeover is noticed late. Answers of 'never' are left out.",
            of(Located.SIGNED_ERROR),
            reference=0.0,
        ),
        Finding(
            "Does it pass unnoticed?",
            "The share of judgments that saw a person throughout, though a simulator took over.",
            of(Located.SAID_NEVER),
        ),
        Finding(
            "False alarms",
            "The share of judgments that saw a takeover where a person spoke throughout.",
            of(Located.FALSE_ALARM),
        ),
        Finding(
            "What guessing would give",
            "A uniform guess over the seeker messages of each transcript as it was shown. A "
            "simulator never takes over at the first one: who knows that does a little better.",
            [*exact, *near],
            drawing=Drawing.NUMBERS,
        ),
    ]


def _unit(dialogue: Dialogue, swapped_at: int | None) -> Unit:
    system, origin = dialogue.seeker.system, dialogue.seeker.origin
    return Unit(
        id=dialogue.id,
        dialogues=(dialogue.id,),
        groups=(system.name if system else origin.value,),
        origins=(origin.value,),
        facts={"swap": swapped_at, "places": tuple(_places(dialogue))},
    )


def _places(dialogue: Dialogue) -> list[int]:
    return [at for at, turn in enumerate(dialogue.turns) if turn.role is Role.SEEKER]
