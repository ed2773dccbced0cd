"""The agenda of an agenda-based seeker: its planned acts, and its responses.

Source: Schatzmann et al. 2007; see `agenda.py`.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from backend.catalogue import Item
from backend.dialogue import Act, ActKind, Attribute, Brief

Register = Literal["terse", "plain", "chatty"]


@dataclass(frozen=True)
class Persona:
    """What a seed fixes for a whole dialogue, so that replaying it meets the same person."""

    register: Register
    patience: int
    keenness: float
    talkative: float
    greets: bool
    requests: tuple[str, ...]


@dataclass
class Agenda:
    """The state of one dialogue, rebuilt from its turns: what is left to say, and on what terms.

    `answers` respond to the last recommender turn and lapse unless said; `left` are constraints
    still to be told, the next one last. Goodbye lies under both.
    """

    brief: Brief
    patience: float
    left: list[Attribute] = field(default_factory=list)
    answers: list[Act] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    item: Item | None = None
    opening: bool = True
    greets: bool = True
    asked: bool = False
    accepted: bool = False
    closing: bool = False

    @classmethod
    def of(cls, brief: Brief, persona: Persona) -> "Agenda":
        """The agenda before anything is said."""
        return cls(
            brief=brief,
            patience=persona.patience,
            left=list(reversed(brief.attributes)),
            greets=persona.greets,
        )

    @property
    def out_of_patience(self) -> bool:
        """Whether another unhelpful turn is one too many."""
        return self.patience <= 0 and not self.accepted

    def lose_patience(self, by: float) -> None:
        """Count an unhelpful turn."""
        self.patience -= by

    def ask(self, about: str, item: Item | None = None) -> None:
        """Ask for a fact about the item before judging it."""
        self.asked = True
        items = (item.id,) if item else ()
        self.answers.append(Act(kind=ActKind.INQUIRE, items=items, code=about))

    def answer(self, about: str | None, rng: random.Random) -> None:
        """Tell the constraint that was asked for, or that there is none."""
        fitting = [a for a in self.left if about in (None, a.name)]
        if fitting:
            self.answers.append(Act(kind=ActKind.DISCLOSE, attributes=(fitting[-1],)))
        elif self.left and rng.random() < 0.5:
            self.answers.append(Act(kind=ActKind.DISCLOSE, attributes=(self.left[-1],)))
        else:
            self.answers.append(Act(kind=ActKind.DISCLOSE, code="any"))

    def refuse(self, rng: random.Random, missing: Sequence[Attribute]) -> None:
        """Refuse the item at hand: by what it lacks (a critique) where it lacks something."""
        self.lose_patience(1)
        items = (self.item.id,) if self.item else ()
        self.refused.update(items)
        reject = Act(kind=ActKind.REJECT, items=items)
        if missing and rng.random() < 0.7:
            wanted = tuple(missing[: rng.choice((1, 1, 2))])
            critique = Act(kind=ActKind.CRITIQUE, items=items, attributes=wanted)
            self.answers += [reject, critique] if rng.random() < 0.5 else [critique]
        else:
            more = Act(kind=ActKind.REQUEST, code="more")
            self.answers += [reject, more] if rng.random() < 0.5 else [reject]

    def close(self, thanks: bool) -> None:
        """Say goodbye next, whatever else is on the stack."""
        self.closing = True
        self.answers = [act for act in self.answers if act.kind is ActKind.ACCEPT]
        if thanks:
            self.answers.append(Act(kind=ActKind.ACKNOWLEDGE))
        code = None if self.accepted else "give_up"
        self.answers.append(Act(kind=ActKind.BYE, code=code))

    def said(self, acts: Sequence[Act]) -> None:
        """Take off the stack what the seeker has said."""
        self.opening = False
        self.answers.clear()
        told = {a for act in acts if act.kind is not ActKind.REJECT for a in act.attributes}
        self.left = [attribute for attribute in self.left if attribute not in told]
        self.accepted = self.accepted or any(act.kind is ActKind.ACCEPT for act in acts)
        self.asked = any(act.kind is ActKind.INQUIRE for act in acts)

    def pop(self, rng: random.Random, persona: Persona) -> list[Act]:
        """The acts of the next turn."""
        if self.opening and not self.answers:
            return self._open(rng)
        if self.opening and self.greets and not self.closing and rng.random() < 0.5:
            self.answers.insert(0, Act(kind=ActKind.GREET))
        acts = list(self.answers)
        quiet = {ActKind.ACCEPT, ActKind.BYE, ActKind.INQUIRE, ActKind.CRITIQUE}
        told = {a for act in acts for a in act.attributes}
        left = [attribute for attribute in self.left if attribute not in told]
        may_add = not self.closing and not any(act.kind in quiet for act in acts)
        if may_add and left and (not acts or rng.random() < persona.talkative):
            acts = [act for act in acts if act.code != "any"]
            acts.append(Act(kind=ActKind.DISCLOSE, attributes=(left[-1],)))
        return acts or [Act(kind=ActKind.REQUEST, code="more")]

    def _open(self, rng: random.Random) -> list[Act]:
        greet = [Act(kind=ActKind.GREET)] if self.greets else []
        if greet and rng.random() < 0.2:
            return greet
        if not self.left or rng.random() < 0.2:
            return [*greet, Act(kind=ActKind.REQUEST)]
        first = tuple(reversed(self.left[-rng.choice((1, 1, 2)) :]))
        return [*greet, Act(kind=ActKind.REQUEST, attributes=first)]
