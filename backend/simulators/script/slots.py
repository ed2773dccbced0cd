"""Names taken out of a text and put back in: 'Have you seen @1 ?' is a text without its names.

A slot is `@` and a word: `@1` a film the other side named, `@new` one recommended now, `@mine`
and `@yours` films the seeker brought up, `@old` any other; `@director`, `@actor` and `@year`
facts of the film at hand, `@person` somebody who was wished for.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from backend.catalogue import Catalogue, Item
from backend.dialogue import Turn
from backend.simulators.wishes import find_people

#: Films of one kind that a turn can name apart; further ones are `@old`.
NUMBERED = 3

#: Slots of films, by kind: `@mine`, `@mine2`, `@mine3`.
FILM_KINDS = ("@new", "@mine", "@yours")
FACT_SLOTS = ("@director", "@actor", "@year", "@person")

SLOT = re.compile(r"@(?:[1-3]|(?:new|mine|yours)[23]?|old|director|actor|year|person)\b")

_QUOTED = re.compile(r"[\"“”'‘’*]\s*(@\w+)\s*[\"“”'‘’*]")


def numbered(kind: str, at: int) -> str:
    """The slot of the `at`-th film (from 0) of a kind: `@mine`, `@mine2`; `@1`, `@2` for '@'."""
    if kind == "@":
        return f"@{at + 1}"
    return kind if at == 0 else f"{kind}{at + 1}"


def film_slots() -> list[str]:
    """Every slot that stands for a film."""
    kinds = ("@", *FILM_KINDS)
    return [numbered(kind, at) for kind in kinds for at in range(NUMBERED)] + ["@old"]


@dataclass(frozen=True, slots=True)
class Named:
    """A film named in a text, from character to character; `item` is None if it has no id."""

    start: int
    end: int
    item: str | None


def films_in(turn: Turn, catalogue: Catalogue) -> list[Named]:
    """The films a turn names, from left to right: by its mentions, then by titles in its text."""
    found: list[Named] = []
    for mention in turn.mentions:
        for place in re.finditer(re.escape(mention.title), turn.text):
            _add(found, Named(place.start(), place.end(), _known(mention.item, catalogue)))
    for named in catalogue.find(turn.text):
        _add(found, Named(named.start, named.end, named.item.id))
    return sorted(found, key=lambda named: named.start)


def _known(item: str | None, catalogue: Catalogue) -> str | None:
    """The catalogue's own id for it, where items were merged there."""
    return catalogue.get(item).id if item in catalogue and item else item


def _add(found: list[Named], new: Named) -> None:
    if not any(new.start < other.end and other.start < new.end for other in found):
        found.append(new)


def take_out(
    text: str,
    films: Iterable[Named],
    slot_of: Mapping[str | None, str],
    person_slot: Callable[[str], str | None],
    year: int | None,
    catalogue: Catalogue,
) -> str:
    """The text with films, people and the year of the film at hand as slots.

    `person_slot` gives the slot of a person or None, to leave the name as it is.
    """
    pieces: list[tuple[int, int, str]] = [
        (film.start, film.end, slot_of.get(film.item, "@old")) for film in films
    ]
    taken = list(pieces)
    for start, end, person in find_people(text, catalogue):
        free = not any(start < other[1] and other[0] < end for other in taken)
        if free and (slot := person_slot(person)):
            pieces.append((start, end, slot))
    if year:
        for found in re.finditer(rf"\(?\b{year}\b\)?", text):
            if not any(found.start() < other[1] and other[0] < found.end() for other in taken):
                pieces.append((found.start(), found.end(), "@year"))
    for start, end, slot in sorted(pieces, reverse=True):
        text = f"{text[:start]} {slot} {text[end:]}"
    return tidy(_QUOTED.sub(r" \1 ", text))


def tidy(text: str) -> str:
    """One space between words, none before closing punctuation."""
    text = " ".join(text.split())
    return re.sub(r"\s+([.,!?;:)])", r"\1", text)


class SlotError(ValueError):
    """A slot stands for nothing here; the message names it."""


def put_in(
    words: str,
    films: Mapping[str, Item],
    at_hand: Item | None,
    people: Iterable[str] = (),
) -> tuple[str, list[Item]]:
    """The words with names for slots, and the films named, in order. Raises SlotError.

    Each further `@actor` is the next of the cast of the film `at_hand`, each further `@person`
    the next of `people`.
    """
    named: list[Item] = []
    cast = iter(at_hand.values.get("cast", ()) if at_hand else ())
    directors = iter(at_hand.values.get("director", ()) if at_hand else ())
    wished = iter(people)

    def name(found: re.Match[str]) -> str:
        slot = found[0]
        if slot in films:
            named.append(films[slot])
            return films[slot].name
        value: str | None = None
        if slot == "@year" and at_hand and at_hand.year:
            value = str(at_hand.year)
        elif slot == "@actor":
            value = next(cast, None)
        elif slot == "@director":
            value = next(directors, None)
        elif slot == "@person":
            value = next(wished, None)
        if value is None:
            raise SlotError(f"nothing to put in the place of {slot}")
        return value

    text = tidy(SLOT.sub(name, words))
    return text, list({item.id: item for item in named}.values())
