"""The seeker's script: it has a wish, and makes of each film what the wish makes of it.

The header holds the wish (` +genre=horror +cast @mine`); the note on a turn says of each film
which wishes it meets and lacks, as far as the catalogue knows, and whether the film is widely known
(` @1 +genre=horror -cast ~known`). Targets appear only in the script of a seeker that is told
them (` ~target`), never in a reference-free one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from backend.catalogue import Item
from backend.dialogue import Act, Attribute, Brief, Role, Turn
from backend.simulators.script.actions import OF_FILMS, SPELLED, TELLING, Step, parse
from backend.simulators.script.base import Plan, Script, slots_in_order

#: Share of less popular films from which on a film counts as widely known.
KNOWN_FROM = 0.93


@dataclass
class SeekerScript(Script):
    """A dialogue as the seeker's model has it. `targets` is for reference-dependent seekers."""

    brief: Brief = field(default_factory=lambda: Brief(summary=""))
    targets: frozenset[str] | None = None

    role = Role.SEEKER

    @override
    def header(self) -> str:
        wishes = " ".join(dict.fromkeys(self.wish(a) for a in self.brief.attributes))
        likes = " ".join(slots_in_order(self.brief.likes, "@mine").values())
        told = "~told" if self.targets is not None else ""
        return " ".join(filter(None, (self.controlled().strip(), told, wishes, likes)))

    @override
    def note(self, turn: Turn) -> str:
        return "".join(
            f" {slot}{self._verdict(item)}"
            for slot, item in self.slots.items()
            if slot[1:].isdigit()
        )

    def _verdict(self, id_: str) -> str:
        if id_ not in self.catalogue:
            return " ~unheard"
        item = self.catalogue.get(id_)
        marks = [self.wish(a, wanted=item.has(a)) for a in self.brief.attributes]
        if self.targets is not None and item.id in self.targets:
            marks.append("~target")
        if item.id in self.brief.likes:
            marks.append("~liked")
        elif self.catalogue.familiarity(item) >= KNOWN_FROM:
            marks.append("~known")
        return "".join(f" {mark}" for mark in dict.fromkeys(marks))

    @override
    def heard_slots(self, items: Sequence[str | None]) -> dict[str | None, str]:
        own = [i for i in items if i and self.said_before.get(i) is self.role]
        others = slots_in_order([i for i in items if i not in own], "@")
        mine = slots_in_order(own, "@mine")
        if others or mine:
            slots = {**others, **mine}
            self.slots = {slot: item for item, slot in slots.items() if item}
        return {**mine, **others}

    @override
    def told_slots(self, items: Sequence[str | None]) -> dict[str | None, str]:
        known: dict[str | None, str] = {item: slot for slot, item in self.slots.items()}
        fresh = [i for i in items if i and i not in known and i not in self.said_before]
        return {**slots_in_order(fresh, "@mine"), **known}

    @override
    def told(self, plan: Plan) -> None:
        """A seeker's turn changes none of the slots of what it heard."""

    def meets(self, id_: str) -> float:
        """Share of the wishes that a film meets, as far as the catalogue knows it; 1 of none."""
        wishes = self.brief.attributes
        if not wishes:
            return 1.0
        if id_ not in self.catalogue:
            return 0.0
        item = self.catalogue.get(id_)
        return sum(item.has(attribute) for attribute in wishes) / len(wishes)

    def unsaid_likes(self) -> list[str]:
        """Films the brief says are liked, and nobody has named yet."""
        return [id_ for id_ in self.brief.likes if id_ not in self.said_before]

    @override
    def card(self, films: Mapping[str, Item], steps: Sequence[Step]) -> str:
        return ""

    @override
    def attribute(self, wish: str) -> Attribute:
        name, _, value = wish[1:].partition("=")
        fitting = [a for a in self.brief.attributes if a.name == name]
        if name in SPELLED:
            return Attribute(name=name, value=value)
        if not fitting:
            raise ValueError(f"nobody is wished for as {name}")
        return fitting[0]

    @override
    def parts(self, plan: Plan) -> tuple[Plan, ...]:
        """What is said of a film, then what is wished for: few people say both at once."""
        steps = parse(plan.action, self.role)
        telling = [step for step in steps if step.wishes and step.kind in TELLING]
        others = [step for step in steps if step not in telling]
        together = not any(step.kind in OF_FILMS - TELLING for step in others)
        if len(telling) < 1 + together:
            return (plan,)
        chosen = {slot: item.id for slot, item in plan.films.items()}
        first = [*others, telling.pop(0)] if together else others
        return tuple(self._plan(steps, chosen) for steps in (first, *([t] for t in telling)))

    @override
    def said(self, acts: Sequence[Act], at_hand: Item | None) -> tuple[Attribute, ...]:
        told = (a for act in acts for a in act.attributes if a.name in SPELLED)
        return tuple(dict.fromkeys(told))

    @override
    def person_slot(self, person: str, at_hand: Item | None) -> str | None:
        wished = {a.value for a in self.brief.attributes if a.name not in SPELLED}
        return "@person" if person in wished else None
