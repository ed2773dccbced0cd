"""Checks of a seeker's text: its wish, its question, and what it accepts."""

import re
from collections.abc import Collection, Iterable, Sequence

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Role
from backend.language.wishes import find_people, find_wishes
from backend.simulators.acts import SPELLED, TELLING
from backend.simulators.interplay.checks import wishes_beside
from backend.simulators.interplay.contradictions import has_not_seen, judges
from backend.simulators.interplay.script import SeekerScript
from backend.simulators.people import REFUSING

#: Words that a question about something has at least one of.
_ASKING = {
    "genre": r"about\s*\?|\babout\W*$|kind of|genre|type of|sort of|what is (?:it|that)\b|"
    r"\bis (?:it|that|this|that one) (?:a|an|like|more|very|really|any|funny|scary|good)\b",
    "plot": r"about|plot|story|happen",
    "cast": r"\bwho\b|\bstar(?:s|ring|red)?\b|\bcast\b|\bactors?\b|\bactress",
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

#: Words that begin a greeting.
_GREETS = re.compile(r"\W*(?:hi|hello|hey|hiya|howdy|good (?:morning|afternoon|evening|day))\b")

#: Words of somebody who knows a film.
_HAS_SEEN = re.compile(
    r"\bi (?:have |'ve |already |have already )?(?:seen|saw|watched|loved?|liked?|enjoyed)\b"
)

#: What follows the name of an actor of the film spoken of.
_PLAYS_IN_IT = re.compile(r" (?:is|was|plays|stars|played) (?:\w+ )?in (?:it|that|this)\b")

#: Words that end a search.
_THANKS = re.compile(
    r"\b(?:thanks?(?: you)?(?: so much| very much)?(?: for|[.!]*$)|have a (?:good|great|nice))"
)

#: Words of somebody who knows the film that the question is about.
_KNOWS_IT = re.compile(
    r"\bi(?:'ve| have)\b(?! (?:not|never|heard|been|to|an?|no|any|always|yet)\b)|"
    r"\b(?:yes|yeah),? i (?:did|do)\b"
)

_TURNS_DOWN = re.compile(r"\b(?:no|not|never|havent|dont|didnt)\b|n't", re.IGNORECASE)

#: What is still to be seen.
_TO_SEE = re.compile(
    r"\b(?:will|'ll|going to|gonna|have to|hope to|want to|need to)(?: \w+){0,2} "
    r"(?:check|see|watch|try)\b"
)

_YES_OR_NO = re.compile(r"\bhave you (?:\w+ )?(?:seen|watched)|\bdo you\b")
_ANYTHING = re.compile(r"\b(?:any|all) (?:genres?|kinds?|types?)\b|\bopen to (?:any|every)")
#: A plot told, or the script's word for 'no preference' said as a word.
_TELLS_STORY = re.compile(
    r"\b(?:it'?s|it is|it was|was|is) (?:a |an |the )?(?:\w+ )?(?:movie |film |story )?"
    r"about (?:a|an|the|two|some|his|her)\b|\babout any\b"
)
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
    if (story := _TELLS_STORY.search(text.lower())) and "?" not in text:
        return f"says what it can't know: {story[0]!r}"
    names = {attribute.name for attribute in wished}
    if "genre" in names and _ANYTHING.search(text.lower()):
        return "says that anything will do, and has a wish"
    for item in named:
        title = re.escape(item.title)
        if re.search(rf"\b{title}(?: \(\d{{4}}\))? (?:movies?|films?)\b", text, re.IGNORECASE):
            return f"speaks of {item.name} as of a kind"
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


def at_odds(
    text: str, named: Sequence[Item], acts: Iterable[Act], script: SeekerScript
) -> str | None:
    """How a seeker's words are at odds with what it said or will do, or None.

    Whoever asked about a film, or says it was not seen, does not say that it was. Thanks for the
    help come when nothing more is wanted.
    """
    plain = text.lower().replace("’", "'")
    asked_of = {
        item
        for turn in script.turns
        for act in turn.acts
        if turn.role is Role.SEEKER and act.kind is ActKind.INQUIRE
        for item in act.items
    }
    if has_not_seen(text):
        asked_of |= set(script.last_films)
    if _HAS_SEEN.search(plain) and any(item.id in asked_of for item in named):
        return "has seen what it asked about or has not seen"
    spoken_of = [script.catalogue.get(id_) for id_ in script.last_films] or list(named)
    for _, end, person in find_people(text, script.catalogue):
        is_told = bool(_PLAYS_IN_IT.match(text[end:]) and spoken_of)
        if is_told and not any(person in item.values.get("cast", ()) for item in spoken_of):
            return f"says that {person} is in {spoken_of[0].name}"
    if _THANKS.search(plain) and stays(script, acts):
        return "thanks for the help and stays"
    return (
        _at_odds_with_itself(plain, acts)
        or _at_odds_with_the_film(text, acts, script)
        or _at_odds_with_before(text, script)
    )


def _at_odds_with_itself(plain: str, acts: Iterable[Act]) -> str | None:
    kinds = {act.kind for act in acts}
    if ActKind.INQUIRE in kinds and _KNOWS_IT.search(plain) and not has_not_seen(plain):
        return "asks about what it has seen"
    is_seen = ActKind.SEEN in kinds and ActKind.ACCEPT not in kinds
    if is_seen and _TO_SEE.search(plain) and not re.search(r"again|rewatch", plain):
        return "has seen a film and is yet to see it"
    return None


def _at_odds_with_the_film(text: str, acts: Iterable[Act], script: SeekerScript) -> str | None:
    """Words that liken a film to itself, or turn it down for what it is not."""
    spoken_of = [script.catalogue.get(id_) for id_ in script.last_films]
    for item in spoken_of:
        if re.search(rf"\blike {re.escape(item.title)}\b", text, re.IGNORECASE):
            return f"likens {item.name} to itself"
    if not any(act.kind in REFUSING for act in acts):
        return None
    for wish in wishes_beside(text, spoken_of, script.catalogue):
        is_genre = wish.attribute.name == "genre" and not wish.wanted
        if is_genre and spoken_of and not any(item.has(wish.attribute) for item in spoken_of):
            return f"turns {spoken_of[0].name} down as {wish.attribute}, which it is not"
    return None


def _at_odds_with_before(text: str, script: SeekerScript) -> str | None:
    """Words that judge a film asked about just now, or say 'either' of the first of its kind."""
    own = [turn for turn in script.turns if turn.role is Role.SEEKER]
    if own and own[-1].does(ActKind.INQUIRE) and judges(text):
        return "judges what it has just asked about"
    is_first = not any(has_not_seen(turn.text) or _TURNS_DOWN.search(turn.text) for turn in own)
    if re.search(r"\beither\b", text) and has_not_seen(text) and is_first:
        return "says 'either' and nothing of the kind before"
    people = [person for _, _, person in find_people(text, script.catalogue)]
    if len(set(people)) < len(people):
        return f"names {people[0]} twice"
    return None


def stays(script: SeekerScript, acts: Iterable[Act]) -> bool:
    """Whether its person has more to say after a turn with these acts."""
    if script.person is None or any(act.kind is ActKind.BYE for act in acts):
        return False
    own = sum(turn.role is Role.SEEKER for turn in script.turns)
    return own + 1 < script.person.turns


def not_as_meant(text: str, acts: Iterable[Act], last_heard: str) -> str | None:
    """How a seeker's words depart from its greeting, its question or its acceptance, or None."""
    plain = text.lower().replace("’", "'")
    acts = tuple(acts)
    if _GREETS.match(plain) and not any(act.kind is ActKind.GREET for act in acts):
        return "greets, which was not meant"
    for act in acts:
        asked = _ASKING.get(act.code or "", "")
        if act.kind is ActKind.INQUIRE and asked and not re.search(asked, plain):
            return f"does not ask about {act.code}"
        was_asked = _YES_OR_NO.search(last_heard.lower())
        if act.kind is ActKind.ACCEPT and was_asked and not _TAKES.search(plain):
            return "does not say that it takes the film"
    return None
