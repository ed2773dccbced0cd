"""The recommender's script: it has the dialogue, and what it understood of it.

The note on a turn sums up what the seeker has been understood to want so far (` +genre=horror
-genre=war +cast`), read from the text alone: acts that the seeker committed to stay its own. A
recommendation commits to a query first; the films found for it come with their facts on the card.
A recommender of a single model that writes both sides is told wish and targets (`~target`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from typing_extensions import override

from backend.catalogue import Item
from backend.dialogue import Act, Attribute, Brief, Role, Turn
from backend.language.wishes import find_wishes
from backend.simulators.script.actions import SPELLED, Step
from backend.simulators.script.base import Plan, Script, slots_in_order

#: A new wish for one of these takes the place of the old one.
SINGLE = frozenset({"decade", "director"})


@dataclass
class RecommenderScript(Script):
    """A dialogue as the recommender's model has it. `wanted` is what it understood so far."""

    wanted: dict[Attribute, bool] = field(default_factory=dict)
    liked: list[str] = field(default_factory=list)
    brief: Brief | None = None
    targets: frozenset[str] = frozenset()
    #: Whether the card tells a film's facts, or only that there is a film.
    knows_facts: bool = True

    role = Role.RECOMMENDER

    @override
    def header(self) -> str:
        """Controls alone; a recommender that is told the wish has that too."""
        told = ("~told", *map(self.wish, self.brief.attributes)) if self.brief else ()
        return " ".join(filter(None, (self.controlled().strip(), *dict.fromkeys(told))))

    @override
    def note(self, turn: Turn) -> str:
        for wish in find_wishes(self._without_titles(turn), self.catalogue):
            if wish.attribute.name in SINGLE:
                same = [a for a in self.wanted if a.name == wish.attribute.name]
                for old in same:
                    del self.wanted[old]
            self.wanted.pop(wish.attribute, None)
            self.wanted[wish.attribute] = wish.wanted
        marks = dict.fromkeys(self.wish(a, wanted=w) for a, w in self.wanted.items())
        return "".join(f" {mark}" for mark in list(marks)[-6:])

    @override
    def heard_slots(self, items: Sequence[str | None]) -> dict[str | None, str]:
        mine: dict[str | None, str] = {
            item: slot for slot, item in self.slots.items() if slot[1:].isdigit()
        }
        fresh = [i for i in items if i and i not in mine]
        yours = slots_in_order([i for i in fresh if i not in self.said_before], "@yours")
        again = [i for i in fresh if self.said_before.get(i) is Role.SEEKER]
        yours = yours or slots_in_order(again, "@yours")
        self.liked += [i for i in yours if i]
        self.slots = {
            **{slot: item for item, slot in mine.items() if item},
            **{slot: item for item, slot in yours.items() if item},
        }
        return {**yours, **mine}

    @override
    def told_slots(self, items: Sequence[str | None]) -> dict[str | None, str]:
        known: dict[str | None, str] = {item: slot for slot, item in self.slots.items()}
        fresh = [i for i in items if i and i not in known and i not in self.said_before]
        return {**slots_in_order(fresh, "@new"), **known}

    @override
    def told(self, plan: Plan) -> None:
        new = [item.id for slot, item in plan.films.items() if slot.startswith("@new")]
        if new:
            slots = slots_in_order(new, "@")
            self.slots = {slot: item for item, slot in slots.items() if item}

    @override
    def wishes_of(self, act: Act) -> list[str]:
        """The query a recommendation commits to: what is wanted and the film has."""
        found = [self.catalogue.get(id_) for id_ in act.items if id_ in self.catalogue]
        if not found:
            return []
        told = ["~target"] if found[0].id in self.targets else []
        return told + [self.wish(a) for a, w in self.wanted.items() if w and found[0].has(a)]

    @override
    def card(self, films: Mapping[str, Item], steps: Sequence[Step]) -> str:
        facts = _facts if self.knows_facts else lambda _: ""
        return "".join(f" {slot}{facts(item)}" for slot, item in films.items()).strip()

    @override
    def attribute(self, wish: str) -> Attribute:
        name, _, value = wish[1:].partition("=")
        if name in SPELLED:
            return Attribute(name=name, value=value)
        for attribute, wanted in reversed(self.wanted.items()):
            if attribute.name == name and wanted == (wish[0] == "+"):
                return attribute
        raise ValueError(f"nobody has been asked for as {name}")

    @override
    def said(self, acts: Sequence[Act], at_hand: Item | None) -> tuple[Attribute, ...]:
        """What the film at hand is, what was asked for before the rest."""
        if at_hand is None:
            return ()
        facts = [a for a in at_hand.attributes if a.name in SPELLED]
        return tuple(sorted(facts, key=lambda fact: not self.wanted.get(fact, False)))

    @override
    def person_slot(self, person: str, at_hand: Item | None) -> str | None:
        if at_hand and person in at_hand.values.get("cast", ()):
            return "@actor"
        if at_hand and person in at_hand.values.get("director", ()):
            return "@director"
        wished = {a.value for a in self.wanted if a.name not in SPELLED}
        return "@person" if person in wished else None

    def _without_titles(self, turn: Turn) -> str:
        text = turn.text
        for named in reversed(self.catalogue.find(text)):
            text = f"{text[: named.start]}_{text[named.end :]}"
        return text


def _facts(item: Item) -> str:
    genres = [f"+genre={value}" for value in item.values.get("genre", ())[:3]]
    decade = [f"+decade={value}" for value in item.values.get("decade", ())[:1]]
    people = [f"+{name}" for name in ("director", "cast") if item.values.get(name)]
    return "".join(f" {fact}" for fact in (*genres, *decade, *people))
