"""Checks of a reply in a typed chat: facts stated, wishes respected, and coherence.

Each check has a class. `fact`: what the catalogue knows is told, and what it does not is said to
be unknown. `wish`: films offered respect what was wished for and refused. `fitting`: what the
reply does, and words that it has or avoids. A reply fits if it fails no check of any class.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Turn
from backend.language.act_reader import Labeller
from backend.language.films import films_in

Class = Literal["fact", "wish", "fitting"]

#: Words that admit that something is not known.
_UNKNOWN = re.compile(
    r"\b(?:don'?t|do not|can'?t|cannot|not|no) (?:really |quite )?"
    r"(?:know|sure|tell|say|idea|have|see|find)\b|"
    r"\bsorry\b|\bafraid\b|\ball i know\b|\bran out\b|\bmy notes\b",
    re.I,
)


@dataclass(frozen=True)
class Failed:
    """A check that a reply fails, by name, and what was wanted."""

    check: str
    wanted: str

    @property
    def of(self) -> Class:
        """The check's class."""
        return CHECKS[self.check][0]


@dataclass(frozen=True)
class _Reply:
    """A reply with what a check may look at."""

    turn: Turn
    before: Sequence[Turn]
    catalogue: Catalogue

    @property
    def text(self) -> str:
        return self.turn.text.replace("’", "'")

    @cached_property
    def read(self) -> tuple[Act, ...]:
        """The acts as its words have them, whatever acts the simulator says it meant."""
        bare = self.turn.model_copy(update={"acts": (), "mentions": ()})
        return Labeller(self.catalogue).of_last((*self.before, bare))

    @property
    def acts(self) -> set[ActKind]:
        return {act.kind for act in self.read}

    @property
    def offered(self) -> list[Item]:
        """Films recommended in this turn."""
        offers = [act for act in self.read if act.kind is ActKind.RECOMMEND]
        ids = dict.fromkeys(item for act in offers for item in act.items)
        return [self.catalogue.get(id_) for id_ in ids if id_ in self.catalogue]


def failures(
    wants: Mapping[str, Any], reply: Turn, before: Sequence[Turn], catalogue: Catalogue
) -> list[Failed]:
    """The checks that a reply fails; `before` are the turns that it follows."""
    seen = _Reply(reply, before, catalogue)
    return [
        Failed(name, str(wanted))
        for name, wanted in wants.items()
        if not CHECKS[name][1](seen, wanted)
    ]


def _tells(reply: _Reply, wanted: Mapping[str, str]) -> bool:
    """Whether the catalogue's value is told: `{director: Heat (1995)}`."""
    told = reply.text.casefold()
    for name, title in wanted.items():
        item = _item(title, reply.catalogue)
        values = [str(item.year)] if name == "year" else list(item.values.get(name, ()))
        if not any(value.casefold() in told for value in values):
            return False
    return True


def _unknown(reply: _Reply, wanted: bool) -> bool:
    return bool(_UNKNOWN.search(reply.text)) is wanted


def _offers(reply: _Reply, wanted: bool) -> bool:
    return bool(reply.offered) is wanted


def _has(reply: _Reply, wanted: Mapping[str, Any]) -> bool:
    """Whether every film offered has each of these; without an offer there is nothing to miss."""
    return all(item.has(one) for item in reply.offered for one in _attributes(wanted))


def _lacks(reply: _Reply, wanted: Mapping[str, Any]) -> bool:
    return not any(item.has(one) for item in reply.offered for one in _attributes(wanted))


def _before(reply: _Reply, year: int) -> bool:
    return all(item.year is not None and item.year < year for item in reply.offered)


def _after(reply: _Reply, year: int) -> bool:
    return all(item.year is not None and item.year > year for item in reply.offered)


def _is_not(reply: _Reply, titles: Sequence[str]) -> bool:
    """Whether none of these is offered, or named alone: then it is what is talked of still."""
    named = {film.item for film in films_in(reply.turn, reply.catalogue) if film.item}
    offered = {item.id for item in reply.offered} | (named if len(named) == 1 else set())
    return not any(_item(title, reply.catalogue).id in offered for title in titles)


def _asks(reply: _Reply, wanted: bool) -> bool:
    return (ActKind.ELICIT in reply.acts or "?" in reply.text) is wanted


def _acts(reply: _Reply, wanted: Sequence[str]) -> bool:
    return bool(reply.acts & set(map(ActKind, wanted)))


def _no_acts(reply: _Reply, wanted: Sequence[str]) -> bool:
    return not reply.acts & set(map(ActKind, wanted))


def _refuses(reply: _Reply, wanted: bool) -> bool:
    """Whether a seeker does not take what it is offered."""
    return (ActKind.ACCEPT not in reply.acts) is wanted


def _says(reply: _Reply, pattern: str) -> bool:
    return bool(re.search(pattern, reply.text, re.I))


def _avoids(reply: _Reply, pattern: str) -> bool:
    return not re.search(pattern, reply.text, re.I)


def _item(title: str, catalogue: Catalogue) -> Item:
    found = catalogue.find(title)
    if not found:
        raise ValueError(f"the catalogue has no film {title!r}")
    return found[0].item


def _attributes(wanted: Mapping[str, Any]) -> list[Attribute]:
    return [
        Attribute(name=name, value=value)
        for name, values in wanted.items()
        for value in ([values] if isinstance(values, str) else values)
    ]


#: Check -> its class, and whether a reply passes it. `replies` is wanted of every message.
CHECKS: dict[str, tuple[Class, Callable[[_Reply, Any], bool]]] = {
    "replies": ("fitting", lambda reply, wanted: bool(reply.text.strip()) is wanted),
    "tells": ("fact", _tells),
    "unknown": ("fact", _unknown),
    "has": ("wish", _has),
    "lacks": ("wish", _lacks),
    "before": ("wish", _before),
    "after": ("wish", _after),
    "is_not": ("wish", _is_not),
    "refuses": ("wish", _refuses),
    "offers": ("fitting", _offers),
    "asks": ("fitting", _asks),
    "acts": ("fitting", _acts),
    "no_acts": ("fitting", _no_acts),
    "says": ("fitting", _says),
    "avoids": ("fitting", _avoids),
}
