"""Checks of a finished text: facts about films, the wish, the role, and the act that was meant.

A fault is a reason to word the turn anew. What is looked for is looked for in the finished text,
the way a reader would meet it, not in the script.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Role, Turn
from backend.language.wishes import Wish, find_people, find_wishes
from backend.simulators.script.actions import SPELLED
from backend.simulators.script.base import Plan
from backend.simulators.script.slots import SLOT

#: Words a turn has at most, and characters of one word.
MOST_WORDS, LONGEST_WORD = 60, 24

_MARKUP = re.compile(r"[@#|~<>\\{}\[\]]|https?:|www\.|\w=\w")
_STUTTER = re.compile(r"\b(\w+(?:\W+\w+)?)(?:\W+\1\b){2,}", re.IGNORECASE)


#: Words of the other role: a seeker that offers films, a recommender that asks for some.
_OFFERS = re.compile(
    r"\bi (?:would|'d|can|could) (?:recommend|suggest)\b|\bhave you (?:seen|watched|heard of)\b|"
    r"\bwhat (?:kind|type|sort|genre)s? of (?:movies?|films?) (?:do|are|would) you\b|"
    r"\byou (?:should|might|may|would) (?:check out|like|enjoy|try|watch|see)\b"
)
_ASKS = re.compile(
    r"\b(?:i am|i'm|im) looking for\b|\b(?:can|could|would) you (?:recommend|suggest)\b|"
    r"\bdo you have (?:any|a) (?:other )?(?:suggestion|recommendation)"
)


def other_role(text: str, role: Role) -> bool:
    """Whether a text is in the words of the other role."""
    plain = text.lower().replace("’", "'")
    return bool((_OFFERS if role is Role.SEEKER else _ASKS).search(plain))


def fault_of(
    text: str, words: str, named: Sequence[Item], plan: Plan, catalogue: Catalogue
) -> str | None:
    """What is wrong with a finished text as such, or None: unfinished, garbled, films not named."""
    if not re.search(r"\w", text):
        return "says nothing"
    if len(text.split()) > MOST_WORDS or any(len(w) > LONGEST_WORD for w in words.split()):
        return "runs on"
    if _MARKUP.search(text):
        return "holds marks that are no words"
    if _STUTTER.search(text):
        return "stutters"
    for slot, item in plan.films.items():
        if slot.startswith(("@new", "@mine")) and item not in named:
            return f"does not name the film it is about ({slot})"
    strays = [m.title for m in catalogue.mentions(text) if m.item not in {i.id for i in named}]
    if strays:
        return f"names another film: {strays[0]}"
    return None


def false_claim(
    text: str, named: Sequence[Item], plan: Plan, asked: Collection[Attribute], catalogue: Catalogue
) -> str | None:
    """What a recommender's text says of a film that the catalogue does not bear out, or None.

    `asked` are the seeker's own wishes, which may be repeated in a turn that asks or reacts.
    """
    items = list(named) + ([plan.at_hand] if plan.at_hand else [])
    known = {
        value
        for item in items
        for name in ("cast", "director")
        for value in item.values.get(name, ())
    }
    known |= {attribute.value for attribute in asked if attribute.name not in SPELLED}
    for _, _, person in find_people(text, catalogue):
        if person not in known:
            return f"names {person}, who has no part in it"
    claims = [w.attribute for w in _wishes(text, named, catalogue) if w.attribute.name in SPELLED]
    tells = any(
        act.kind in {ActKind.RECOMMEND, ActKind.EXPLAIN, ActKind.INFORM} for act in plan.acts
    )
    for claim in claims:
        if tells and items and not any(item.has(claim) for item in items):
            return f"says {claim} of {items[0].name}"
    if tells and not items and claims:
        return f"says {claims[0]} of no film"
    return None


def unlike_wish(
    text: str,
    named: Sequence[Item],
    acts: Iterable[Act],
    wish: Collection[Attribute],
    catalogue: Catalogue,
) -> str | None:
    """How a seeker's text departs from its wish or from what it committed to tell, or None."""
    found = _wishes(text, named, catalogue)
    told = {w.attribute for w in found if w.wanted}
    refused = {w.attribute for w in found if not w.wanted}
    wished = set(wish)
    if clash := refused & wished:
        return f"refuses {next(iter(clash))}, which it wishes for"
    names = {attribute.name for attribute in wished}
    stray = [a for a in told - wished if a.name in names or a.name not in SPELLED]
    if stray:
        return f"asks for {stray[0]}, which it does not wish for"
    for act in acts:
        if act.kind in {ActKind.DISCLOSE, ActKind.REQUEST, ActKind.CRITIQUE}:
            missing = [a for a in act.attributes if a not in told]
            if missing:
                return f"does not say {missing[0]}"
    return None


def meant(
    read: Collection[ActKind], acts: Sequence[Act], role: Role, told: ActKind | None = None
) -> str | None:
    """How the acts read from a text differ, in what matters, from those committed to, or None.

    An act that was `told` from outside has to be read from it, whichever it is.
    """
    committed = {act.kind for act in acts}
    if told in committed and told not in read:
        return f"does not read as {told.value}"
    decisive = (
        {ActKind.ACCEPT, ActKind.REJECT, ActKind.SEEN, ActKind.INQUIRE, ActKind.BYE}
        if role is Role.SEEKER
        else {ActKind.RECOMMEND, ActKind.ELICIT, ActKind.BYE}
    )
    for kind in decisive & committed:
        if kind not in read and not (kind is ActKind.REJECT and ActKind.CRITIQUE in read):
            return f"does not read as {kind.value}"
    for kind in (decisive & set(read)) - committed:
        if kind is ActKind.REJECT and ActKind.CRITIQUE in committed:
            continue
        return f"reads as {kind.value}, which was not meant"
    return None


def said_before(text: str, turns: Iterable[Turn], role: Role) -> bool:
    """Whether this side has said just this in the dialogue, letter case and marks aside."""
    return _plain(text) in {_plain(turn.text) for turn in turns if turn.role is role}


def no_slots_left(words: str, plan: Plan) -> str | None:
    """A film slot in the words that the action did not commit to, or None."""
    for slot in SLOT.findall(words):
        if (slot[1:2].isdigit() or slot.startswith(("@new", "@mine", "@yours", "@old"))) and (
            slot not in plan.films
        ):
            return f"names a film it did not choose ({slot})"
    return None


def _wishes(text: str, named: Sequence[Item], catalogue: Catalogue) -> list[Wish]:
    for item in named:
        text = text.replace(item.name, "_")
    return find_wishes(text, catalogue)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
