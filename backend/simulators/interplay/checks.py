"""Checks of a finished text of either role: its form, its films, and the acts that were meant.

A fault is a reason to drop a wording. What is looked for is looked for in the text a reader meets.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from backend.catalogue import Catalogue, Item
from backend.dialogue import Act, ActKind, Role, Turn
from backend.language.wishes import Wish, find_wishes
from backend.simulators.interplay.script import TurnPlan

#: Words a turn has at most, and characters of one word.
MAX_WORDS, MAX_WORD_LENGTH = 60, 24

#: Words of a text that may repeat what its speaker said: people say 'I haven't seen it' often.
MAX_SHORT_WORDS = 8

#: Share of a wording's runs of four words that an own earlier turn may have said already.
MAX_REPEATED_SHARE = 0.4

_MARKUP = re.compile(r"[@#|~<>\\{}\[\]]|https?:|www\.|\w=\w")
_STUTTER = re.compile(r"\b(\w+(?:\W+\w+)?)(?:\W+\1\b){2,}", re.IGNORECASE)
_YEAR = re.compile(r"\((\d{4})\)")
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
    plan: TurnPlan,
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
    if len(text.split()) > MAX_WORDS or any(len(w) > MAX_WORD_LENGTH for w in text.split()):
        return "runs on"
    if _MARKUP.search(text):
        return "holds marks that are no words"
    if _STUTTER.search(text) or _repeats(text):
        return "says something twice"
    planned = {item.id for item in plan.films}
    for item in named:
        if item.id not in planned and item.id not in known and item.title not in last_heard:
            return f"names another film: {item.name}"
    rest = text
    for item in sorted(named, key=lambda item: -len(item.title)):
        rest, times = re.subn(rf"(?<!\w){re.escape(item.title)}(?!\w)", "_", rest, flags=re.I)
        if times > 1:
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


def _must_name(acts: Iterable[Act]) -> set[str]:
    """Ids of films that a text has to name: those recommended or brought up now."""
    kinds = {ActKind.RECOMMEND, ActKind.DISCLOSE}
    return {item for act in acts if act.kind in kinds for item in act.items}


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


def beginning_anew(turns: Sequence[Turn], before: Sequence[Turn]) -> Sequence[Turn]:
    """Those of these wordings that do not begin as one's last two turns did; all if all do."""
    own = [turn for turn in before if turn.role is turns[0].role][-2:]
    used = {_beginning(turn) for turn in own}
    return [turn for turn in turns if _beginning(turn) not in used] or turns


def _beginning(turn: Turn) -> tuple[str, ...]:
    text = turn.text
    for mention in turn.mentions:
        text = text.replace(mention.title, "film")
    return tuple(_plain(text).split()[:2])


def repeats_itself(text: str, turns: Iterable[Turn], role: Role) -> bool:
    """Whether much of a text stands in this side's earlier turns; that of a short one may."""
    if len(text.split()) <= MAX_SHORT_WORDS:
        return False
    earlier = {gram for turn in turns if turn.role is role for gram in _fours(turn.text)}
    fours = _fours(text)
    return bool(fours) and sum(four in earlier for four in fours) > MAX_REPEATED_SHARE * len(fours)


def _fours(text: str) -> list[tuple[str, ...]]:
    """Runs of four words."""
    spoken = re.findall(r"[\w'’]+", text.lower())
    return [tuple(spoken[at : at + 4]) for at in range(len(spoken) - 3)]


def wishes_beside(text: str, named: Sequence[Item], catalogue: Catalogue) -> list[Wish]:
    """The wishes in a text, beside the titles of these films."""
    return find_wishes(without_titles(text, named), catalogue)


def without_titles(text: str, named: Iterable[Item]) -> str:
    """The text without the titles of these films, and without years in brackets."""
    for item in named:
        text = re.sub(re.escape(item.title), "_", text, flags=re.I)
    return _YEAR.sub(" ", text)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
