"""Checks of a seeker's text: its wish, its question, and what it accepts."""

import re
from collections.abc import Collection, Iterable, Sequence

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute
from backend.language.wishes import find_wishes
from backend.simulators.acts import SPELLED, TELLING
from backend.simulators.interplay.checks import wishes_beside

#: Words that a question about something has at least one of.
_ASKING = {
    "genre": r"about|kind|genre|type|sort|like|what is (?:it|that)",
    "plot": r"about|plot|story|happen",
    "cast": r"\bwho\b|star|cast|actor|actress|\bin it\b|plays",
    "director": r"direct|\bwho made\b|\bby who",
    "decade": r"\bwhen\b|\byear\b|\bold\b|\bnew\b|recent|come out|came out|from the",
    "rating": r"good|rated|rating|worth|funny|scary|like it|any better",
}

#: What takes an offer, where 'yes' alone could mean that the film has been seen.
_TAKES = re.compile(
    r"\b(?:will|'ll|going to|gonna|want to|wanna|would|'d|should|need to|have to|let'?s|sounds?|"
    r"looks?|interest\w*|check|watch|add|try|thanks?|thank|great|perfect|awesome|good idea|cool|"
    r"rent|find it|put it|list)\b"
)

_YES_OR_NO = re.compile(r"\bhave you (?:\w+ )?(?:seen|watched)|\bdo you\b")
_ANYTHING = re.compile(r"\b(?:any|all) (?:genres?|kinds?|types?)\b|\bopen to (?:any|every)")
_LIKENED = re.compile(r"([\w-]+(?: [\w-]+)?)(?: (?:movies?|films?|ones))?,? (?:like|such as)\W*$")


def unlike_wish(
    text: str,
    named: Sequence[Item],
    acts: Iterable[Act],
    wish: Collection[Attribute],
    catalogue: Catalogue,
) -> str | None:
    """How a seeker's text departs from its wish or from what it committed to tell, or None."""
    found = wishes_beside(text, named, catalogue)
    told = {w.attribute for w in found if w.wanted}
    refused = {w.attribute for w in found if not w.wanted}
    wished = set(wish)
    if clash := refused & wished:
        return f"refuses {next(iter(clash))}, which it wishes for"
    names = {attribute.name for attribute in wished}
    if "genre" in names and _ANYTHING.search(text.lower()):
        return "says that anything will do, and has a wish"
    for item in named:
        likened = _LIKENED.search(re.split(r"[.!?]", text[: max(text.find(item.title), 0)])[-1])
        for claim in find_wishes(likened[1], catalogue) if likened else ():
            if claim.wanted and claim.attribute.name == "genre" and not item.has(claim.attribute):
                return f"says {claim.attribute} of {item.name}"
    stray = [a for a in told - wished if a.name in names or a.name not in SPELLED]
    if stray:
        return f"asks for {stray[0]}, which it does not wish for"
    for act in acts:
        if act.kind in TELLING:
            missing = [a for a in act.attributes if a not in told]
            if missing:
                return f"does not say {missing[0]}"
    return None


def not_as_meant(text: str, acts: Iterable[Act], last_heard: str) -> str | None:
    """How a seeker's words fall short of its question or its acceptance, or None."""
    plain = text.lower().replace("’", "'")
    for act in acts:
        asked = _ASKING.get(act.code or "", "")
        if act.kind is ActKind.INQUIRE and asked and not re.search(asked, plain):
            return f"does not ask about {act.code}"
        was_asked = _YES_OR_NO.search(last_heard.lower())
        if act.kind is ActKind.ACCEPT and was_asked and not _TAKES.search(plain):
            return "does not say that it takes the film"
    return None
