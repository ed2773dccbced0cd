"""Template sentences of the agenda seeker, by act and register."""

import random
from collections.abc import Sequence

from backend.catalogue import Item
from backend.dialogue import Act, ActKind, Attribute, Role, Turn
from backend.language.wish_phrases import phrase, plural
from backend.language.wordings import fill, seeker_lines


def put_into_words(
    acts: Sequence[Act],
    item: Item | None,
    turns: Sequence[Turn],
    register: str,
    rng: random.Random,
) -> str:
    """One message that does these acts, in lines not used in this dialogue where there are any."""
    said = [turn.text for turn in turns if turn.role is Role.SEEKER]
    title = item.title if item else "it"
    pieces: list[str] = []
    for act in acts:
        lines = seeker_lines(_wording(act), register)
        like = _and([plural(attribute) for attribute in act.attributes])
        wish = phrase(act.attributes, rng)
        if act.kind is ActKind.DISCLOSE and act.attributes and not _is_likeable(act.attributes):
            lines = seeker_lines("critique" if said else "request", register)
        pieces.append(fill(lines, rng, [*said, *pieces], wish=wish, like=like, title=title))
    return _joined(pieces, register)


def _wording(act: Act) -> str:
    if act.kind is ActKind.REQUEST and act.code in {"more", "nudge"}:
        return act.code
    if act.kind is ActKind.REQUEST:
        return "request" if act.attributes else "request_open"
    if act.kind is ActKind.INQUIRE:
        return f"inquire_{act.code or 'genre'}"
    if act.kind is ActKind.DISCLOSE:
        return "disclose" if act.attributes else "any"
    if act.kind is ActKind.BYE and act.code:
        return act.code
    return "thanks" if act.kind is ActKind.ACKNOWLEDGE else act.kind.value


def _is_likeable(attributes: Sequence[Attribute]) -> bool:
    return all(
        attribute.name in {"genre", "decade", "cast", "director"} for attribute in attributes
    )


def _joined(pieces: Sequence[str], register: str) -> str:
    if register != "terse":
        return " ".join(piece[:1].upper() + piece[1:] for piece in pieces)
    if len(pieces) == 2 and len(pieces[0].split()) == 1:
        return " ".join(pieces).lower()
    return ", ".join(pieces).replace("?,", "?").replace(".,", ".").lower()


def _and(names: Sequence[str]) -> str:
    return " and ".join(names)
