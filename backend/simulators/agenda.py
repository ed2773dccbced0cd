"""AgendaSeeker: a seeker driven by a goal and a stack of things left to say.

Source: the agenda-based user simulator of Schatzmann, Thomson, Weilhammer, Ye and Young
(NAACL-HLT 2007), with a preference model over attributes in place of slot filling. A goal is
(constraints, requests): the brief's attributes, and facts the seeker likes to ask for. The stack
starts as greeting, request, further constraints, goodbye; each recommender act pushes the acts
that answer it, and a turn pops a few from the top. It sees its brief and the turns, no target.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Brief, Mention, Role, System, Turn
from backend.simulators import SeekerView, SimulatorError
from backend.simulators.seeker_words import put_into_words
from backend.simulators.understanding import read

Register = Literal["terse", "plain", "chatty"]
REGISTERS: tuple[Register, ...] = ("terse", "plain", "chatty")

#: Facts a seeker may ask for, by attribute name.
REQUESTS = ("director", "cast", "decade", "genre")


@dataclass(frozen=True)
class Persona:
    """What a seed fixes for a whole dialogue, so that replaying it meets the same person."""

    register: Register
    patience: int
    keenness: float
    talkative: float
    greets: bool
    requests: tuple[str, ...]


class AgendaSeeker:
    """Plays a seeker from an agenda.

    Knobs: `patience`, bounds of the number of unhelpful turns that are put up with; `keenness`,
    bounds of the probability to accept a film that has every attribute wished for; `strictness`,
    how fast that falls with attributes missing (`preference`); `seen`, the probability to know
    the most popular film already; `register`, one of `REGISTERS`, or None for any. Every bound
    pair is drawn from uniformly, once a dialogue. Raises SimulatorError for impossible knobs.
    """

    informed = False
    variables: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __init__(
        self,
        *,
        patience: tuple[int, int] = (2, 5),
        keenness: tuple[float, float] = (0.25, 0.85),
        strictness: float = 3.0,
        seen: float = 0.2,
        register: Register | None = None,
        catalogue: Catalogue | None = None,
    ) -> None:
        if not 1 <= patience[0] <= patience[1]:
            raise SimulatorError(f"patience is two counts, 1 <= low <= high; got {patience}")
        if not 0 <= keenness[0] <= keenness[1] <= 1 or not 0 <= seen <= 1:
            raise SimulatorError(
                "keenness is two probabilities, low <= high, and seen is one; "
                f"got {keenness} and {seen}"
            )
        if register not in (None, *REGISTERS):
            raise SimulatorError(f"no register {register!r}; there are {', '.join(REGISTERS)}")
        self.catalogue = catalogue or Catalogue.load()
        self.patience, self.keenness = patience, keenness
        self.strictness, self.seen = strictness, seen
        self.register: Register | None = register
        knobs = {
            "patience": list(patience),
            "keenness": list(keenness),
            "strictness": strictness,
            "seen": seen,
            "register": register,
        }
        self.system = System(name=_name(knobs), simulator="agenda", controls=knobs)

    def respond(self, view: SeekerView, *, seed: int) -> Iterator[str | Turn]:
        """The next turn, in one piece of text and then as a Turn."""
        persona = self.persona(seed)
        agenda = self._replay(view, persona, seed)
        rng = random.Random(f"{seed}/agenda/{len(view.turns)}/say")
        acts = agenda.pop(rng, persona)
        text = put_into_words(acts, agenda.item, view.turns, persona.register, rng)
        yield text
        mentions = tuple(
            Mention(title=item.title, item=item.id)
            for item in (agenda.item,)
            if item and item.title.casefold() in text.casefold()
        )
        yield Turn(role=Role.SEEKER, text=text, acts=tuple(acts), mentions=mentions)

    def persona(self, seed: int) -> Persona:
        """Who this seed is."""
        rng = random.Random(f"{seed}/agenda/persona")
        drawn = rng.choice(REGISTERS)
        return Persona(
            register=self.register or drawn,
            patience=rng.randint(*self.patience),
            keenness=rng.uniform(*self.keenness),
            talkative=rng.uniform(0.1, 0.6),
            greets=rng.random() < 0.6,
            requests=tuple(rng.sample(REQUESTS, rng.choice((0, 1, 1, 2)))),
        )

    def preference(self, brief: Brief, has: Callable[[Attribute], bool]) -> float:
        """How much an item with these facts fits the brief, in [0, 1].

        (m / n) ** strictness for m of the n attributes wished for; 1 for an empty brief.
        """
        if not brief.attributes:
            return 1.0
        met = sum(has(attribute) for attribute in brief.attributes)
        return float((met / len(brief.attributes)) ** self.strictness)

    def _replay(self, view: SeekerView, persona: Persona, seed: int) -> "Agenda":
        agenda = Agenda.of(view.brief, persona)
        for at, turn in enumerate(view.turns):
            acts = read(turn, self.catalogue, view.turns[:at])
            if turn.role is Role.SEEKER:
                agenda.said(acts)
            else:
                rng = random.Random(f"{seed}/agenda/{at}/hear")
                self._hear(agenda, acts, persona, rng)
        return agenda

    def _hear(
        self, agenda: "Agenda", acts: Sequence[Act], persona: Persona, rng: random.Random
    ) -> None:
        """Push what answers the recommender's acts."""
        kinds = {act.kind: act for act in acts}
        agenda.answers.clear()
        if ActKind.BYE in kinds or agenda.accepted:
            agenda.close(thanks=agenda.accepted and rng.random() < 0.5)
        elif recommended := kinds.get(ActKind.RECOMMEND):
            explained = tuple(a for act in acts if act.items for a in act.attributes)
            self._consider(agenda, recommended, explained, persona, rng)
        elif ActKind.INFORM in kinds and agenda.asked:
            self._decide(agenda, kinds[ActKind.INFORM].attributes, persona, rng)
        elif elicited := kinds.get(ActKind.ELICIT):
            agenda.answer(elicited.code, rng)
        else:
            agenda.lose_patience(0.5)
            if not agenda.left and not agenda.closing:
                agenda.answers.append(Act(kind=ActKind.REQUEST, code="nudge"))
        if agenda.out_of_patience:
            agenda.close(thanks=False)

    def _consider(
        self,
        agenda: "Agenda",
        recommended: Act,
        explained: Sequence[Attribute],
        persona: Persona,
        rng: random.Random,
    ) -> None:
        """Judge the recommended items; the first that has not been refused stands for them."""
        known = [self.catalogue.get(id_) for id_ in recommended.items if id_ in self.catalogue]
        fresh = [item for item in known if item.id not in agenda.refused]
        if not known:
            agenda.item = None
            agenda.ask(persona.requests[0] if persona.requests else "genre")
            return
        agenda.item = item = max(
            fresh or known, key=lambda item: self.preference(agenda.brief, item.has)
        )
        familiarity = self.catalogue.familiarity(item)
        if item.id in agenda.refused:
            agenda.refuse(rng, ())
        elif rng.random() < self.seen * familiarity**4:
            agenda.refused.add(item.id)
            agenda.answers += [Act(kind=ActKind.SEEN, items=(item.id,))]
            agenda.lose_patience(0.5)
        elif persona.requests and rng.random() < 0.3:
            agenda.ask(rng.choice(persona.requests), item)
        elif rng.random() > familiarity and not explained:
            agenda.ask("genre", item)
        else:
            self._decide(agenda, explained, persona, rng)

    def _decide(
        self,
        agenda: "Agenda",
        told: Sequence[Attribute],
        persona: Persona,
        rng: random.Random,
    ) -> None:
        """Accept or refuse the item at hand, of which the recommender told these facts."""
        item = agenda.item
        has = item.has if item else set(told).__contains__
        agenda.asked = False
        if rng.random() < persona.keenness * self.preference(agenda.brief, has):
            agenda.accepted = True
            agenda.answers.append(Act(kind=ActKind.ACCEPT, items=(item.id,) if item else ()))
            if rng.random() < 0.5:
                agenda.close(thanks=rng.random() < 0.7)
        else:
            agenda.refuse(rng, [a for a in agenda.brief.attributes if not has(a)])


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


def _name(knobs: dict[str, object]) -> str:
    """'agenda', with the knobs that were turned: other knobs are another system."""
    usual = {
        "patience": [2, 5],
        "keenness": [0.25, 0.85],
        "strictness": 3.0,
        "seen": 0.2,
        "register": None,
    }
    turned = [f"{knob}={value}" for knob, value in knobs.items() if value != usual[knob]]
    return f"agenda({', '.join(turned)})" if turned else "agenda"
