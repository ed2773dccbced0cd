"""Names taken out of a text and put back in: 'Have you seen @1 ?' is a text without its names.

A slot is `@` and a word: `@1` a film the other side named, `@new` one recommended now, `@mine`
and `@yours` films the seeker brought up, `@old` any other; `@director`, `@actor` and `@year`
facts of the film at hand, `@person` somebody who was wished for; `@genre` (`@genres` for the lot:
'comedies') and `@decade` what the turn says of wishes or of the film at hand.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from backend.catalogue import Catalogue, Item
from backend.dialogue import Attribute
from backend.language.films import Named
from backend.language.wish_phrases import named, plural
from backend.language.wishes import find_named, find_people

T = TypeVar("T")

#: Films of one kind that a turn can name apart; further ones are `@old`.
NUMBERED = 3

#: Slots of films, by kind: `@mine`, `@mine2`, `@mine3`.
FILM_KINDS = ("@new", "@mine", "@yours")
FACT_SLOTS = ("@director", "@actor", "@year", "@person", "@genre", "@genres", "@decade")

SLOT = re.compile(
    r"@(?:[1-3]|(?:new|mine|yours)[23]?|old|director|actor|year|person|genres?|decade)\b"
)

#: What a genre stands before: 'a horror movie', 'a funny one'.
_NOUN = re.compile(r"\s+(?:movie|film|flick|one|thing|stuff|classic)s?\b", re.IGNORECASE)

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


def take_out(
    text: str,
    films: Iterable[Named],
    slot_of: Mapping[str | None, str],
    person_slot: Callable[[str], str | None],
    year: int | None,
    said: Collection[Attribute],
    catalogue: Catalogue,
) -> str:
    """The text with films, people, the year of the film at hand and what is `said` as slots.

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
    for start, end, attribute in find_named(text, catalogue) if said else ():
        slot = _attribute_slot(text, start, end, attribute)
        if slot and attribute in said and not any(s < end and start < e for s, e, _ in pieces):
            pieces.append((start, end, slot))
    taken = list(pieces)
    if year:
        for found in re.finditer(rf"\(?\b{year}\b\)?", text):
            if not any(found.start() < other[1] and other[0] < found.end() for other in taken):
                pieces.append((found.start(), found.end(), "@year"))
    for start, end, slot in sorted(pieces, reverse=True):
        text = f"{text[:start]} {slot} {text[end:]}"
    return tidy(_QUOTED.sub(r" \1 ", text))


def _attribute_slot(text: str, start: int, end: int, attribute: Attribute) -> str | None:
    """The slot of a genre or decade that is named like a thing; 'it was scary' names none."""
    spoken = text[start:end].lower()
    if attribute.name == "decade":
        return "@decade" if spoken.endswith("s") else None
    if _NOUN.match(text, end):
        return "@genre"
    if spoken == plural(attribute) or (spoken.endswith("s") and spoken[:-1] == attribute.value):
        return "@genres"
    return "@genre" if spoken in {attribute.value, named(attribute, False)} else None


def tidy(text: str) -> str:
    """One space between words, none before closing punctuation."""
    text = " ".join(text.split())
    return re.sub(r"\s+([.,!?;:)])", r"\1", text)


def _and_again(values: Iterable[T]) -> Iterator[T]:
    value = None
    for value in values:
        yield value
    while value is not None:
        yield value


class SlotError(ValueError):
    """A slot stands for nothing here; the message names it."""


def put_in(
    words: str,
    films: Mapping[str, Item],
    at_hand: Item | None,
    people: Iterable[str] = (),
    said: Iterable[Attribute] = (),
) -> tuple[str, list[Item]]:
    """The words with names for slots, and the films named, in order. Raises SlotError.

    Each further `@actor` is the next of the cast of the film `at_hand`, each further `@person`
    the next of `people`, each further `@genre` or `@decade` the next of `said`.
    """
    films_named: list[Item] = []
    cast = iter(at_hand.values.get("cast", ()) if at_hand else ())
    directors = iter(at_hand.values.get("director", ()) if at_hand else ())
    wished = _and_again(people)
    # Said once more than there are, the last one is meant again.
    genres = _and_again(attribute for attribute in said if attribute.name == "genre")
    decades = _and_again(attribute for attribute in said if attribute.name == "decade")

    def name(found: re.Match[str]) -> str:
        slot = found[0]
        if slot in films:
            films_named.append(films[slot])
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
        elif slot == "@decade" and (decade := next(decades, None)):
            value = named(decade, True)
        elif slot == "@genre" and (genre := next(genres, None)):
            value = named(genre, bool(_NOUN.match(words, found.end())))
        elif slot == "@genres" and (genre := next(genres, None)):
            value = plural(genre)
        if value is None:
            raise SlotError(f"nothing to put in the place of {slot}")
        return value

    text = tidy(SLOT.sub(name, words))
    return text, list({item.id: item for item in films_named}.values())
