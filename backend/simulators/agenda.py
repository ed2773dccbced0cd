"""AgendaSeeker: a rule-based seeker with a goal and a stack of planned acts.

Source: the agenda-based user simulator of Schatzmann, Thomson, Weilhammer, Ye and Young
(NAACL-HLT 2007), with a preference model over attributes in place of slot filling. A goal is
(constraints, requests): the brief's attributes, and facts the seeker likes to ask for. The stack
starts as greeting, request, further constraints, goodbye; each recommender act pushes the acts
that answer it, and a turn pops a few from the top. It sees its brief and the turns, no target.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Brief, Mention, Role, System, Turn
from backend.language.act_reader import read
from backend.language.seeker_templates import put_into_words
from backend.simulators import SeekerView, SimulatorError
from backend.simulators.agenda_stack import Agenda, Persona, Register

REGISTERS: tuple[Register, ...] = ("terse", "plain", "chatty")

#: Facts a seeker may ask for, by attribute name.
REQUESTS = ("director", "cast", "decade", "genre")


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
        """The next turn, in one piece of text and then as a Turn.

        Raises SimulatorError for wishes of other domains: this seeker would take any film for them.
        """
        self._check(view.brief)
        persona = self.persona(seed)
        agenda = self._replay(view, persona, seed)
        rng = random.Random(f"{seed}/agenda/{len(view.turns)}/say")
        acts = agenda.pop(rng, persona)
        text = self.words(acts, agenda.item, view.turns, persona.register, rng)
        yield text
        mentions = tuple(
            Mention(title=item.title, item=item.id)
            for item in (agenda.item,)
            if item and item.title.casefold() in text.casefold()
        )
        yield Turn(role=Role.SEEKER, text=text, acts=tuple(acts), mentions=mentions)

    def _check(self, brief: Brief) -> None:
        names = self.catalogue.names
        if brief.attributes and not any(wish.name in names for wish in brief.attributes):
            raise SimulatorError(
                f"agenda knows nothing of the wish {brief.summary[:80]!r}: it looks for films by "
                f"{', '.join(names)}"
            )

    def words(
        self,
        acts: Sequence[Act],
        item: Item | None,
        turns: Sequence[Turn],
        register: Register,
        rng: random.Random,
    ) -> str:
        """What is said to do these acts."""
        return put_into_words(acts, item, turns, register, rng)

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

    def best(self, brief: Brief, items: Sequence[Item]) -> Item:
        """Which of several recommended items is judged."""
        return max(items, key=lambda item: self.preference(brief, item.has))

    def takes(
        self,
        brief: Brief,
        item: Item | None,
        has: Callable[[Attribute], bool],
        persona: Persona,
        rng: random.Random,
    ) -> bool:
        """Whether an item is accepted; `item` is missing where nobody knows the one named."""
        del item
        return rng.random() < persona.keenness * self.preference(brief, has)

    def _replay(self, view: SeekerView, persona: Persona, seed: int) -> Agenda:
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
        self, agenda: Agenda, acts: Sequence[Act], persona: Persona, rng: random.Random
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
        agenda: Agenda,
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
        agenda.item = item = self.best(agenda.brief, fresh or known)
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
        agenda: Agenda,
        told: Sequence[Attribute],
        persona: Persona,
        rng: random.Random,
    ) -> None:
        """Accept or refuse the item at hand, of which the recommender told these facts."""
        item = agenda.item
        has = item.has if item else set(told).__contains__
        agenda.asked = False
        if self.takes(agenda.brief, item, has, persona, rng):
            agenda.accepted = True
            agenda.answers.append(Act(kind=ActKind.ACCEPT, items=(item.id,) if item else ()))
            if rng.random() < 0.5:
                agenda.close(thanks=rng.random() < 0.7)
        else:
            agenda.refuse(rng, [a for a in agenda.brief.attributes if not has(a)])


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
