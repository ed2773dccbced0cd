"""Rule-based reading of one turn: its acts, with the items and attributes they are about.

A turn that carries acts is believed. One without (a person typing, a model that labels nothing)
is read from its text. Acts read here follow these conventions, which both simulators write too:

- attributes of a `REJECT` act are what is not wanted; of any other act, what is;
- an `INQUIRE` or `ELICIT` act names what it asks about in `code`: an attribute name, or absent;
- a `DISCLOSE` act with `code` 'any' says that there is no preference;
- a `CRITIQUE` act has `code` 'newer' or 'older' where it compares with the item at hand.

Source: own rules; the kinds are IARD's (Cai and Chen, UMAP 2020).
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from backend.catalogue import Catalogue
from backend.dialogue import Act, ActKind, Attribute, Role, Turn
from backend.language.constraints import find_wishes
from backend.language.wordings import has_cue

#: Characters of a message that are read; nobody types more to a recommender in earnest.
READ_AT_MOST = 2000

#: Attributes a question may be about, the more telling words first.
ASKABLE = ("director", "cast", "decade", "plot", "rating", "where", "length", "genre")


def read(turn: Turn, catalogue: Catalogue, before: Iterable[Turn] = ()) -> tuple[Act, ...]:
    """The turn's acts: its own if it carries any, else read from its text; empty for no text.

    `before` are the turns so far: an item the recommender names again is not recommended anew.
    """
    if turn.acts:
        return turn.acts
    text = turn.text[:READ_AT_MOST]
    if not text.strip():
        return ()
    items = _named(turn, catalogue)
    if turn.role is Role.SEEKER:
        return _read_seeker(text, items, catalogue)
    named = {item for other in before for item in _named(other, catalogue)}
    return _read_recommender(text, items, named, catalogue)


def _named(turn: Turn, catalogue: Catalogue) -> tuple[str, ...]:
    """Items a turn names: by its mentions and acts, else by its text."""
    noted = [mention.item for mention in turn.mentions]
    noted += [item for act in turn.acts for item in act.items]
    found = [mention.item for mention in catalogue.mentions(turn.text[:READ_AT_MOST])]
    return tuple(dict.fromkeys(item for item in noted or found if item))


def is_farewell(turn: Turn) -> bool:
    """Whether a turn closes the dialogue: by its acts, or, if it has none, by its words."""
    if turn.acts:
        return turn.does(ActKind.BYE)
    return has_cue("farewell", _plain(turn.text[:READ_AT_MOST]))


def is_hostile(text: str) -> bool:
    """Whether a message swears or insults."""
    return has_cue("hostile", _plain(text[:READ_AT_MOST]))


def _read_seeker(text: str, items: tuple[str, ...], catalogue: Catalogue) -> tuple[Act, ...]:
    plain, titles = _plain(text), _without_titles(text, items, catalogue)
    wishes = find_wishes(titles, catalogue)
    wanted = tuple(wish.attribute for wish in wishes if wish.wanted)
    unwanted = tuple(wish.attribute for wish in wishes if not wish.wanted)
    asks = has_cue("asking", plain)
    about = asked_about(plain) if asks and not has_cue("request", plain) else None
    acts: list[Act] = []
    if has_cue("greeting", plain):
        acts.append(Act(kind=ActKind.GREET))
    if asks and not wishes and (about or (items and not has_cue("request", plain))):
        acts.append(Act(kind=ActKind.INQUIRE, items=items, code=about))
        return tuple(acts)
    if about and wanted and _asks_of_item(plain):
        acts.append(Act(kind=ActKind.INQUIRE, items=items, attributes=wanted, code=about))
        return tuple(acts)
    acts += _judged(plain, items, wanted, unwanted, asks)
    if not any(act.kind is ActKind.CRITIQUE for act in acts) and wanted:
        acts.append(Act(kind=ActKind.DISCLOSE, attributes=wanted))
    if not acts and has_cue("any", plain):
        acts.append(Act(kind=ActKind.DISCLOSE, code="any"))
    if has_cue("request", plain) and not any(act.kind is ActKind.ACCEPT for act in acts):
        acts.append(Act(kind=ActKind.REQUEST))
    if has_cue("farewell", plain):
        acts.append(Act(kind=ActKind.BYE))
    elif has_cue("thanks", plain):
        acts.append(Act(kind=ActKind.ACKNOWLEDGE))
    return tuple(acts) or (Act(kind=ActKind.CHAT),)


def _judged(
    plain: str,
    items: tuple[str, ...],
    wanted: tuple[Attribute, ...],
    unwanted: tuple[Attribute, ...],
    asks: bool,
) -> list[Act]:
    """What a seeker's text says of items: seen, liked, accepted, refused, criticised."""
    acts: list[Act] = []
    seen = has_cue("seen", plain) and not has_cue("unseen", plain)
    compares = "newer" if has_cue("newer", plain) else "older" if has_cue("older", plain) else None
    disliked = has_cue("negated_liking", plain)
    refused = has_cue("reject", plain) or unwanted
    if seen:
        acts.append(Act(kind=ActKind.SEEN, items=items))
    elif items and has_cue("liking", plain) and not disliked:
        acts.append(Act(kind=ActKind.DISCLOSE, items=items))
    if refused:
        acts.append(Act(kind=ActKind.REJECT, items=items if disliked else (), attributes=unwanted))
    elif not seen and not asks and not wanted and has_cue("accept", plain):
        acts.append(Act(kind=ActKind.ACCEPT, items=items))
    if compares or (has_cue("critique", plain) and (wanted or not acts) and not asks):
        acts.append(Act(kind=ActKind.CRITIQUE, attributes=wanted, code=compares))
    if items and not acts:
        acts.append(Act(kind=ActKind.DISCLOSE, items=items))
    return acts


def _read_recommender(
    text: str, items: tuple[str, ...], named: set[str], catalogue: Catalogue
) -> tuple[Act, ...]:
    plain, titles = _plain(text), _without_titles(text, items, catalogue)
    facts = tuple(wish.attribute for wish in find_wishes(titles, catalogue) if wish.wanted)
    new = tuple(item for item in items if item not in named)
    acts: list[Act] = []
    if has_cue("greeting", plain):
        acts.append(Act(kind=ActKind.GREET))
    if new:
        acts.append(Act(kind=ActKind.RECOMMEND, items=new))
        if facts:
            acts.append(Act(kind=ActKind.EXPLAIN, items=new, attributes=facts))
    elif has_cue("asking", plain) and "?" in plain:
        acts.append(Act(kind=ActKind.ELICIT, code=asked_about(plain)))
    elif items or facts:
        acts.append(Act(kind=ActKind.INFORM, items=items, attributes=facts))
    elif _suggests_unknown(text):
        acts.append(Act(kind=ActKind.RECOMMEND))
    if has_cue("farewell", plain):
        acts.append(Act(kind=ActKind.BYE))
    return tuple(acts) or (Act(kind=ActKind.CHAT),)


def asked_about(plain: str) -> str | None:
    """The attribute a lower-case question asks about, if one can be told."""
    return next((name for name in ASKABLE if has_cue(f"asks_{name}", plain)), None)


def _asks_of_item(plain: str) -> bool:
    return bool(re.search(r"\b(?:is|does|was|has) (?:it|that|this|he|she)\b|\bis that\b", plain))


def _suggests_unknown(text: str) -> bool:
    """A recommendation of something the catalogue does not know: 'you should watch Zorgon 7'."""
    return bool(
        re.search(
            r"(?:should|could|must|can) (?:watch|see|try|check)|(?:how|what) about [A-Z\"]|"
            r"(?:recommend|suggest|try) [A-Z\"]|have you (?:seen|watched)|\(\d{4}\)",
            text,
        )
    )


def _without_titles(text: str, items: tuple[str, ...], catalogue: Catalogue) -> str:
    """The text with named items blanked, so that 'Scary Movie' is no wish for horror."""
    for found in reversed(catalogue.find(text)) if items else ():
        text = f"{text[: found.start]}_{text[found.end :]}"
    return text


@lru_cache(maxsize=512)
def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split())
