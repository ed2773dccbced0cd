"""Checks of a finished text: facts about films, the wish, the role, and the act that was meant.

A fault is a reason to drop a wording. What is looked for is looked for in the text a reader meets.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Attribute, Role, Turn
from backend.language.wishes import Wish, find_people, find_wishes
from backend.simulators.interplay.checks import LONGEST_WORD, MOST_WORDS
from backend.simulators.pretrained.script import Plan
from backend.simulators.script.actions import SPELLED, TELLING

#: Share of a wording's runs of four words that an own earlier turn may have said already.
MAX_REPEATED_SHARE = 0.4


_MARKUP = re.compile(r"[@#|~<>\\{}\[\]]|https?:|www\.|\w=\w")
_STUTTER = re.compile(r"\b(\w+(?:\W+\w+)?)(?:\W+\1\b){2,}", re.IGNORECASE)
_YEAR = re.compile(r"\((\d{4})\)")
_HAVE_SEEN = re.compile(
    r"\b(?:(?:have|'ve|i) (?:already |just |actually )?seen|seen (?:it|that|them|both)|"
    r"(?:i|we) (?:saw|watched)|"
    r"(?:i|we) (?:really |absolutely |also )?(?:loved|liked|enjoyed) (?:it|that|them|both))\b"
)
_NOT_SEEN = re.compile(
    r"\b(?:haven'?t|have not|havent|never|not|didn'?t)(?: \w+)? (?:seen|watched|see|saw|heard)\b"
)

#: What a recommender says of a film that no fact of the catalogue bears out or denies.
_MADE_UP = re.compile(
    r"\b(?:it'?s|it is|that'?s) (?:a (?:story|movie|film) )?about\b|"
    r"(?:\bmovie|\bfilm|\)) (?:is )?about\b|\bsequel|"
    r"\bprequel|\bremake|\bbased on\b|\btrue story\b|\boscar|\baward|\bwon\b|\bnetflix\b|"
    r"\bplays? (?:a|an|the)\b|\bin theat|\bcame out (?:last|this|recently)|\bbook\b"
)
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

#: What no recommendation says of the film it is about.
_NO_TIP = re.compile(
    r"\b(?:i|we) (?:have ?n[o']?t|haven'?t|have never|never|didn'?t|did not)\b|"
    r"\bi(?:'ve| have) (?:also |just )?seen\b(?!.*\b(?:great|good|lov\w+|enjoy\w*|amazing|"
    r"funny|scary|recommend|like\w*|best|favou?rite|excellent|fantastic)\b)|\bnot a fan\b"
)

_YES_OR_NO = re.compile(r"\bhave you (?:\w+ )?(?:seen|watched)|\bdo you\b")
_ANYTHING = re.compile(r"\b(?:any|all) (?:genres?|kinds?|types?)\b|\bopen to (?:any|every)")
_LIKENED = re.compile(r"([\w-]+(?: [\w-]+)?)(?: (?:movies?|films?|ones))?,? (?:like|such as)\W*$")

#: Words of the other role: a seeker that offers films, a recommender that asks for some.
_OFFERS = re.compile(
    r"\bi (?:would|'d|can|could) (?:recommend|suggest)\b|\bhave you (?:seen|watched|heard of)\b|"
    r"\bwhat (?:kind|type|sort|genre)s? of (?:movies?|films?) (?:do|are|would) you\b|"
    r"\byou (?:should|might|may|would) (?:check out|like|enjoy|try|watch|see)\b|"
    r"\b(?:enjoy the (?:movie|film)|you(?:'re| are|r) welcome|glad (?:i|to) (?:could )?help)\b"
)
_ASKS = re.compile(
    r"\b(?:i am|i'm|im) looking for\b|\b(?:can|could|would) you (?:recommend|suggest)\b|"
    r"\bdo you have (?:any|a) (?:other )?(?:suggestion|recommendation)|"
    r"\bthanks? (?:you )?(?:so much )?for (?:the|your) (?:suggestion|recommendation)|"
    r"\b(?:i'?ll|i will|i am going to|i'?m going to|i'?m gonna) (?:have to )?(?:definitely )?"
    r"(?:check|watch|see) "
)


def other_role(text: str, role: Role) -> bool:
    """Whether a text is in the words of the other role."""
    plain = text.lower().replace("’", "'")
    return bool((_OFFERS if role is Role.SEEKER else _ASKS).search(plain))


def with_right_years(text: str, films: Iterable[Item]) -> str:
    """The text with the year behind each of these films' titles set right."""
    for item in films:
        if item.year:
            title = re.escape(item.title)
            text = re.sub(rf"({title})\s*\(\d{{4}}\)", rf"\g<1> ({item.year})", text, flags=re.I)
    return text


def fault_of(
    text: str,
    named: Sequence[Item],
    plan: Plan,
    role: Role,
    known: Mapping[str, Role],
    last_heard: str,
) -> str | None:
    """What is wrong with a finished text as such, or None.

    `known` are the ids of the films named before, `last_heard` what the other side said last: a
    title that is in no catalogue may be repeated.
    """
    if not re.search(r"\w", text):
        return "says nothing"
    if len(text.split()) > MOST_WORDS or any(len(w) > LONGEST_WORD for w in text.split()):
        return "runs on"
    if _MARKUP.search(text):
        return "holds marks that are no words"
    if _STUTTER.search(text) or _repeats(text):
        return "says something twice"
    planned = {item.id for item in plan.films}
    for item in named:
        if item.id not in planned and item.id not in known and item.title not in last_heard:
            return f"names another film: {item.name}"
    for item in named:
        if len(re.findall(rf"(?<!\w){re.escape(item.title)}(?!\w)", text, re.I)) > 1:
            return f"names {item.name} twice"
    for found in _YEAR.finditer(text):
        before = text[: found.end()].casefold()
        if not any(before.endswith(item.name.casefold()) for item in named) and (
            found[0] not in last_heard
        ):
            return f"names a film that is not there, of {found[1]}"
    new = _must_name(plan.acts)
    for item in plan.films:
        if item.id in new and item.id not in {other.id for other in named}:
            return f"does not name the film it is about ({item.name})"
    if role is Role.SEEKER and len(named) > len(planned) + 1:
        return "names too many films"
    return None


def _repeats(text: str) -> bool:
    """Whether four words in a row come twice, or a sentence does."""
    grams = _fours(text)
    sentences = [s for s in re.split(r"[.!?]+\s*", text.lower()) if len(s.split()) > 1]
    return len(set(grams)) < len(grams) or len(set(sentences)) < len(sentences)


def contradicts_itself(text: str) -> bool:
    """Whether a text says both that something was seen and that it was not."""
    plain = text.lower().replace("’", "'")
    return bool(_NOT_SEEN.search(plain)) and bool(_HAVE_SEEN.search(_NOT_SEEN.sub(" ", plain)))


def _must_name(acts: Iterable[Act]) -> set[str]:
    """Ids of films that a text has to name: those recommended or brought up now."""
    kinds = {ActKind.RECOMMEND, ActKind.DISCLOSE}
    return {item for act in acts if act.kind in kinds for item in act.items}


def false_claim(
    text: str, named: Sequence[Item], plan: Plan, asked: Collection[Attribute], catalogue: Catalogue
) -> str | None:
    """What a recommender's text says of a film that the catalogue does not bear out, or None.

    `asked` are the seeker's own wishes, which may be repeated in a turn that asks or reacts.
    """
    items = [*named, *(item for item in plan.films if item not in named)]
    people = {v for i in items for n in ("cast", "director") for v in i.values.get(n, ())}
    people |= {attribute.value for attribute in asked if attribute.name not in SPELLED}
    for _, _, person in find_people(text, catalogue):
        if person not in people:
            return f"names {person}, who has no part in it"
    if made_up := _MADE_UP.search(text.lower().replace("’", "'")):
        return f"says what no catalogue knows: {made_up[0]!r}"
    claims = [w.attribute for w in _wishes(text, named, catalogue) if w.attribute.name in SPELLED]
    telling = {ActKind.RECOMMEND, ActKind.EXPLAIN, ActKind.INFORM}
    tells = any(act.kind in telling for act in plan.acts)
    for claim in claims:
        if tells and items and not any(item.has(claim) for item in items):
            return f"says {claim} of {items[0].name}"
        if tells and not items and claim not in asked:
            return f"says {claim} of no film"
    return None


def no_recommendation(text: str, acts: Iterable[Act]) -> str | None:
    """Why a text that is meant to recommend does not read like it, or None."""
    if all(act.kind is not ActKind.RECOMMEND for act in acts):
        return None
    plain = text.lower().replace("’", "'")
    if found := _NO_TIP.search(plain):
        return f"recommends and says {found[0]!r}"
    return "asks two things at once" if plain.count("?") > 1 else None


def unanswered(text: str, plan: Plan) -> str | None:
    """How a recommender's text fails to answer what was asked, or None.

    What the catalogue knows has to be told. What it does not know is worded by a template
    (`is_unknown`).
    """
    for act in plan.acts:
        if act.kind is not ActKind.INFORM or not plan.films:
            continue
        item = next((i for i in plan.films if i.id in act.items), plan.films[0])
        values = facts_told(item, act.code or "")
        plain = text.casefold()
        if values and not any(value.casefold() in plain for value in values):
            return f"does not tell the {act.code} of {item.name}"
    return None


def is_unknown(act: Act, films: Sequence[Item]) -> bool:
    """Whether an act answers a question whose answer the catalogue does not know."""
    about = [item for item in films if item.id in act.items]
    return act.kind is ActKind.INFORM and bool(about) and not facts_told(about[0], act.code or "")


def facts_told(item: Item, code: str) -> tuple[str, ...]:
    """The values of which one answers a question; none where the catalogue does not know."""
    if code == "decade":
        return (str(item.year), *item.values.get("decade", ())) if item.year else ()
    return tuple(item.values.get(code, ()))


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


def repeats_itself(text: str, turns: Iterable[Turn], role: Role) -> bool:
    """Whether much of a text stands in this side's earlier turns; short texts may."""
    earlier = {gram for turn in turns if turn.role is role for gram in _fours(turn.text)}
    fours = _fours(text)
    return bool(fours) and sum(four in earlier for four in fours) > MAX_REPEATED_SHARE * len(fours)


def _fours(text: str) -> list[tuple[str, ...]]:
    """Runs of four words."""
    spoken = re.findall(r"[\w'’]+", text.lower())
    return [tuple(spoken[at : at + 4]) for at in range(len(spoken) - 3)]


def _wishes(text: str, named: Sequence[Item], catalogue: Catalogue) -> list[Wish]:
    for item in named:
        text = re.sub(re.escape(item.title), "_", text, flags=re.I)
    return find_wishes(_YEAR.sub(" ", text), catalogue)
