"""What both roles' scripts share: reading turns one by one into messages, and planning a turn."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Role, Turn, merged
from backend.engines import Message
from backend.language.films import Named, films_in
from backend.simulators.script.actions import OF_FILMS, SPELLED, WITH_WISHES, Step, parse, written
from backend.simulators.script.slots import NUMBERED, numbered, put_in, take_out

#: Characters of a message that are read.
READ = 400

_MARKS = re.compile(r"[@#|~<>={}\[\]\\]|(?<!\w)\+(?=\w)")
_ENDLESS = re.compile(r"(\S)\1{3,}")

#: Between what the other said and the note on it.
NOTE = " |"


@dataclass(frozen=True)
class Plan:
    """A turn that has been committed to and not yet worded.

    `films` holds the items that its slots stand for, `at_hand` the one whose facts may be told,
    `people` those that `@person` stands for, `said` the genres and decades that are spoken of, in
    order.
    """

    action: str
    acts: tuple[Act, ...]
    films: Mapping[str, Item]
    at_hand: Item | None
    people: tuple[str, ...]
    said: tuple[Attribute, ...]
    card: str

    def worded(self, words: str) -> tuple[str, list[Item]]:
        """The words with their names, and the films named. Raises SlotError."""
        return put_in(words, self.films, self.at_hand, self.people, self.said)


@dataclass
class Script(ABC):
    """A dialogue as one role's model has it. Feed it turns in order, then ask for `messages`.

    Both training and talking go through here, so that a model meets in use what it was taught.
    """

    catalogue: Catalogue
    controls: Mapping[str, str] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    #: Slots of films the other side named last, and the films of this side's last turn.
    slots: dict[str, str] = field(default_factory=dict)
    said_before: dict[str, Role] = field(default_factory=dict)
    spoken: int = 0

    role: Role = field(init=False)

    def __post_init__(self) -> None:
        self.messages.append(Message(speaker="system", text=self.header()))

    def read(self, turns: Iterable[Turn]) -> "Script":
        """Take in turns; several in a row by one side count as one."""
        for turn in merged(turns):
            if turn.role is self.role:
                self.tell(turn)
            else:
                self.hear(turn)
        return self

    def hear(self, turn: Turn) -> None:
        """Take in what the other side said. Marks of the script in it are no marks."""
        turn = turn.model_copy(update={"text": heard(turn.text)})
        films = films_in(turn, self.catalogue)
        slot_of = self.heard_slots([film.item for film in films])
        text = self._without_names(turn.text, films, slot_of)
        note = self.note(turn)
        self.messages.append(Message(speaker="user", text=f"{text}{NOTE}{note}" if note else text))
        self._remember(films, turn.role)

    def tell(self, turn: Turn) -> None:
        """Take in what this side said, as action, card and words."""
        self._my_turn()
        films = films_in(turn, self.catalogue)
        acted = [item for act in turn.acts for item in act.items]
        slot_of = self.told_slots([*(film.item for film in films), *acted])
        steps = [self._step(act, slot_of) for act in turn.acts]
        chosen = {slot: item for item, slot in slot_of.items() if item and slot != "@old"}
        plan = self._plan(tuple(step for step in steps if step), chosen)
        words = self._without_names(turn.text, films, slot_of, plan)
        self.messages += [
            Message(speaker="assistant", text=plan.action),
            Message(speaker="user", text=plan.card),
            Message(speaker="assistant", text=words),
        ]
        self.told(plan)
        self._remember(films, turn.role)

    def before_action(self) -> tuple[Message, ...]:
        """The messages an action is the answer to."""
        self._my_turn()
        return tuple(self.messages)

    def before_words(self, plan: Plan) -> tuple[Message, ...]:
        """The messages the words are the answer to."""
        return (
            *self.before_action(),
            Message(speaker="assistant", text=plan.action),
            Message(speaker="user", text=plan.card),
        )

    def plan(self, action: str, chosen: Mapping[str, str] | None = None) -> Plan:
        """What a written action comes to. `chosen` holds films looked up for new slots.

        Raises ValueError if it is no action, or names a film or a wish that isn't there.
        """
        steps = parse(action, self.role)
        for slot in {slot for step in steps for slot in step.films}:
            if slot not in {**self.slots, **(chosen or {})}:
                raise ValueError(f"no film stands behind {slot} here")
        return self._plan(steps, {**self.slots, **(chosen or {})})

    def parts(self, plan: Plan) -> tuple[Plan, ...]:
        """The parts of a turn that are worded one by one."""
        return (plan,)

    # What the roles differ in.

    @abstractmethod
    def header(self) -> str:
        """The system message: controls, and the wish if this role has one."""

    @abstractmethod
    def note(self, turn: Turn) -> str:
        """What this side makes of a turn it heard."""

    @abstractmethod
    def heard_slots(self, items: Sequence[str | None]) -> dict[str | None, str]:
        """Slots of the films in what was heard; sets `slots`, by which they can be referred to."""

    @abstractmethod
    def told_slots(self, items: Sequence[str | None]) -> dict[str | None, str]:
        """Slots of the films in what this side says."""

    @abstractmethod
    def told(self, plan: Plan) -> None:
        """Remember what was committed to."""

    def wishes_of(self, act: Act) -> list[str]:
        """The wishes an act holds, as written."""
        wanted = act.kind is not ActKind.REJECT
        wishes = [self.wish(attribute, wanted=wanted) for attribute in act.attributes]
        return [wish for wish in wishes if self._stands_for(wish)]

    @abstractmethod
    def card(self, films: Mapping[str, Item], steps: Sequence[Step]) -> str:
        """Facts for the words to come."""

    @abstractmethod
    def attribute(self, wish: str) -> Attribute:
        """The attribute behind `+genre=horror` or `+cast`. Raises ValueError."""

    @abstractmethod
    def person_slot(self, person: str, at_hand: Item | None) -> str | None:
        """The slot that stands for this person here, if any does."""

    @abstractmethod
    def said(self, acts: Sequence[Act], at_hand: Item | None) -> tuple[Attribute, ...]:
        """Genres and decades that a turn with these acts speaks of, in order."""

    def controlled(self) -> str:
        """The controls, as the header has them."""
        return "".join(f" {name}={value}" for name, value in sorted(self.controls.items()))

    def wish(self, attribute: Attribute, *, wanted: bool = True) -> str:
        """An attribute as the script writes it: spelled out, or by name if it is a person."""
        value = f"={attribute.value}" if attribute.name in SPELLED else ""
        return f"{'+' if wanted else '-'}{attribute.name}{value}".replace(" ", "-")

    def _my_turn(self) -> None:
        """An empty message stands for the other side where this side begins or goes on."""
        if self.messages[-1].speaker != "user":
            self.messages.append(Message(speaker="user", text=""))

    def _step(self, act: Act, slot_of: Mapping[str | None, str]) -> Step | None:
        films: tuple[str, ...] = ()
        if act.kind in OF_FILMS:
            found = (slot_of.get(self._own(item)) for item in act.items)
            films = tuple(dict.fromkeys(s for s in found if s and s != "@old"))[:NUMBERED]
        wishes = tuple(dict.fromkeys(self.wishes_of(act))) if act.kind in WITH_WISHES else ()
        if act.kind is ActKind.RECOMMEND and not any(slot.startswith("@new") for slot in films):
            return Step(ActKind.INFORM, films) if films else None
        return Step(act.kind, films, wishes[:4], act.code if _is_asked(act) else None)

    def _own(self, item: str) -> str:
        return self.catalogue.get(item).id if item in self.catalogue else item

    def _stands_for(self, wish: str) -> bool:
        try:
            self.attribute(wish)
        except ValueError:
            return False
        return True

    def _plan(self, steps: Sequence[Step], chosen: Mapping[str, str]) -> Plan:
        named = dict.fromkeys(slot for step in steps for slot in step.films)
        films = {
            slot: self.catalogue.get(chosen[slot])
            for slot in named
            if chosen.get(slot) in self.catalogue
        }
        at_hand = next(iter(films.values()), None)
        acts = tuple(
            Act(
                kind=step.kind,
                items=tuple(chosen[slot] for slot in step.films if slot in chosen),
                attributes=tuple(self.attribute(wish) for wish in step.wishes if wish[0] != "~"),
                code=step.asked,
            )
            for step in steps
        )
        return Plan(
            action=written(steps),
            acts=acts,
            films=films,
            at_hand=at_hand,
            people=tuple(a.value for act in acts for a in act.attributes if a.name not in SPELLED),
            said=self.said(acts, at_hand),
            card=self.card(films, steps),
        )

    def _without_names(
        self,
        text: str,
        films: Sequence[Named],
        slot_of: Mapping[str | None, str],
        plan: Plan | None = None,
    ) -> str:
        at_hand = plan.at_hand if plan else None
        return take_out(
            text,
            films,
            slot_of,
            lambda person: self.person_slot(person, at_hand),
            at_hand.year if at_hand else None,
            plan.said if plan else (),
            self.catalogue,
        )

    def _remember(self, films: Sequence[Named], role: Role) -> None:
        for film in films:
            if film.item:
                self.said_before.setdefault(film.item, role)


def heard(text: str) -> str:
    """What is read of a message: no marks of the script, no endless letters, not without end.

    >>> heard("<b>@1</b> looooooool #accept")
    'b 1 /b loool accept'
    """
    plain = _ENDLESS.sub(r"\1\1\1", _MARKS.sub(" ", text))
    return " ".join(plain[:READ].split())


def slots_in_order(items: Sequence[str | None], kind: str) -> dict[str | None, str]:
    """The first few of these films, each once, with the slots of a kind."""
    known = [item for item in dict.fromkeys(items) if item][:NUMBERED]
    return {item: numbered(kind, at) for at, item in enumerate(known)}


def _is_asked(act: Act) -> bool:
    return act.code in {"genre", "decade", "cast", "director", "any"}
