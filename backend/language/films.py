"""Films that a turn names, by its mentions and by titles in its text."""

import re
from dataclasses import dataclass

from backend.catalogue import Catalogue
from backend.dialogue import Turn


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
    for film in catalogue.find(turn.text):
        _add(found, Named(film.start, film.end, film.item.id))
    return sorted(found, key=lambda film: film.start)


def _known(item: str | None, catalogue: Catalogue) -> str | None:
    """The catalogue's own id for it, where items were merged there."""
    return catalogue.get(item).id if item in catalogue and item else item


def _add(found: list[Named], new: Named) -> None:
    if not any(new.start < other.end and other.start < new.end for other in found):
        found.append(new)
