"""Acts of a seeker's turn, sentence by sentence.

A judgment is read from its words: praise in the past says that a film was seen, an intention that
it is accepted. What a sentence names no film for is about the films offered last.
"""

import re
from collections.abc import Sequence

from backend.dialogue import Act, ActKind, Attribute
from backend.language.pieces import MAX_FILMS, Context, Piece, asked_about, joined_acts
from backend.language.wordings import has_cue

_THANKS_FOR = re.compile(
    r"\bthanks?(?: you)?(?: (?:so|very) much| a lot| again)?,? for (?:the |your |all |that |these )*\w+|"
    r"\b(?:appreciate|those are|these are|some|great|good|nice|your|of your|like the|two more) (?:the |your |all |good |great )*"
    r"(?:suggest\w+|recommend\w+|ideas?)\b"
)
_REFERS = re.compile(
    r"\b(?:it|its|it's|that|that's|this|they|them|those|these|he|she|him|her|one|ones|movies?|"
    r"films?|about you|(?:have|did|do|would|are) you|your|who|who's|in there|plot|story|_)\b"
)


#: Code, while a turn is read, of an acceptance that is no more than a yes.
AGREES = "agrees"


def seeker_acts(parts: Sequence[Piece], context: Context) -> tuple[Act, ...]:
    """What a seeker's turn does."""
    acts: list[Act] = []
    for part in parts:
        refused = bool(context.offered) and any(act.kind is ActKind.REJECT for act in acts)
        acts += _sentence(part, context, refused)
    kinds = {act.kind for act in acts}
    if kinds - {ActKind.GREET, ActKind.ACCEPT, ActKind.REACT}:
        acts = [act for act in acts if act.code != AGREES]
        kinds = {act.kind for act in acts}
    acts = [act.model_copy(update={"code": None}) if act.code == AGREES else act for act in acts]
    if kinds & {ActKind.ACCEPT, ActKind.INQUIRE, ActKind.REJECT, ActKind.CRITIQUE, ActKind.SEEN}:
        acts = [act for act in acts if act.kind is not ActKind.REACT]
    if ActKind.ACCEPT in kinds or len(kinds) > 1:
        acts = [act for act in acts if act.code != "any"]
    words = " ".join(part.plain for part in parts)
    if has_cue("farewell", words) or any(part.has("farewell") for part in parts):
        acts.append(Act(kind=ActKind.BYE))
    elif has_cue("thanks", words):
        acts.append(Act(kind=ActKind.ACKNOWLEDGE))
    return joined_acts(_last_word(acts, parts)) or (Act(kind=ActKind.CHAT),)


def _last_word(acts: Sequence[Act], parts: Sequence[Piece]) -> list[Act]:
    """The acts with the last word on each attribute counting."""
    wanted: dict[Attribute, bool] = {}
    for part in parts:
        wanted |= dict.fromkeys(part.wanted, True) | dict.fromkeys(part.unwanted, False)
    kept = []
    for act in acts:
        is_wanted = act.kind is not ActKind.REJECT
        still = tuple(a for a in act.attributes if wanted.get(a, is_wanted) is is_wanted)
        kept.append(act.model_copy(update={"attributes": still}))
    return kept


def _sentence(part: Piece, context: Context, refused: bool) -> list[Act]:
    plain = part.plain
    acts: list[Act] = []
    if part.has("greeting"):
        acts.append(Act(kind=ActKind.GREET))
    requests = has_cue("request", _THANKS_FOR.sub(" ", plain))
    if (question := _question(part, requests, context)) is not None:
        return [*acts, question]
    judged = [] if part.has("small_talk") else _judged(part, context)
    acts += judged
    kinds = {act.kind for act in judged}
    fresh = _fresh(part, context)
    remark = bool(kinds & {ActKind.SEEN, ActKind.REJECT}) and not part.has("wishing")
    if part.wanted and not remark and not kinds & {ActKind.CRITIQUE} and refused:
        acts.append(Act(kind=ActKind.CRITIQUE, items=fresh, attributes=part.wanted))
    elif part.wanted and not remark and ActKind.CRITIQUE not in kinds:
        acts.append(Act(kind=ActKind.DISCLOSE, items=fresh, attributes=part.wanted))
    elif fresh and not kinds & {ActKind.REJECT, ActKind.SEEN, ActKind.ACCEPT, ActKind.DISCLOSE}:
        acts.append(Act(kind=ActKind.DISCLOSE, items=fresh))
    elif not kinds and part.has("any"):
        acts.append(Act(kind=ActKind.DISCLOSE, code="any"))
    elif not kinds and not requests and _tells(part, context):
        acts.append(Act(kind=ActKind.DISCLOSE))
    if requests and not kinds & {ActKind.ACCEPT}:
        acts.append(Act(kind=ActKind.REQUEST))
    return acts


def _question(part: Piece, requests: bool, context: Context) -> Act | None:
    """A question about a film or to the recommender, if the sentence is one."""
    plain = part.plain
    if not part.has("asking") or requests or part.has("small_talk", "pleasantry"):
        return None
    about = asked_about(plain)
    items = part.films or context.offered
    if part.wanted or part.unwanted:
        if (about or "?" in plain) and part.wanted and part.has("asks_of_item"):
            return Act(kind=ActKind.INQUIRE, items=items, attributes=part.wanted, code=about)
        return None
    if about or part.films or (context.offered and _REFERS.search(plain)):
        return Act(kind=ActKind.INQUIRE, items=items, code=about)
    return None


def _judged(part: Piece, context: Context) -> list[Act]:
    """What a sentence says of films: seen, liked, accepted, refused, criticised."""
    about = tuple(f for f in part.films if f in context.named)
    if not about and (not part.films or (part.has("it") and part.has("praise"))):
        about = context.offered
    fresh = _fresh(part, context)
    acts: list[Act] = []
    unseen = part.has("unseen")
    disliked = part.has("negated_liking", "dislike")
    willing = bool(about) and part.has("willing")
    seen = not unseen and (part.has("seen") or _answers_seen(part, context))
    if about and not unseen and not disliked:
        seen = (
            seen
            or part.has("watched")
            or (_praises(part) and not willing and (not part.wanted or part.has("it")))
        )
    refused = part.has("reject") or bool(part.unwanted)
    refused = refused or (part.has("no") and not unseen and not willing)
    refused = refused or (disliked and bool(about or part.films))
    generic = refused and bool(about) and not part.unwanted and part.has("generic")
    compares = "newer" if part.has("newer") else "older" if part.has("older") else None
    if seen:
        known = tuple(f for f in about if context.form.get(f, {}).get("seen") == 1) or about
        acts.append(Act(kind=ActKind.SEEN, items=known or part.films))
    elif fresh and part.has("liking") and not disliked:
        acts.append(Act(kind=ActKind.DISCLOSE, items=fresh))
    if refused and not generic:
        items = about or (part.films if disliked else ())
        acts.append(Act(kind=ActKind.REJECT, items=items, attributes=part.unwanted))
    elif not seen and (accepted := _accepts(part, context, about)):
        acts += accepted
    elif unseen and context.offered and (about or not part.films):
        acts.append(Act(kind=ActKind.REACT, items=about))
    asks = part.has("asking")
    if compares or (part.has("critique") and (part.wanted or not acts) and not asks):
        acts.append(Act(kind=ActKind.CRITIQUE, attributes=part.wanted, code=compares))
    elif about and (part.unwanted or generic or part.has("feature")):
        acts.append(Act(kind=ActKind.CRITIQUE, attributes=part.wanted))
    return acts


def _praises(part: Piece) -> bool:
    """Whether a sentence says that a film was good, not that it sounds so."""
    rest = _THANKS_FOR.sub(" ", part.plain)
    return has_cue("praise", rest) and not part.has("hearsay", "farewell")


def _accepts(part: Piece, context: Context, about: tuple[str, ...]) -> list[Act]:
    """The acceptance of what was offered, if a sentence says so."""
    if part.has("asking") or (_answers(context) and part.has("yes", "no")):
        return []
    if (about and part.has("willing")) or (not part.wanted and part.has("accept")):
        return [Act(kind=ActKind.ACCEPT, items=about or part.films)]
    if not part.wanted and part.has("agree"):
        return [Act(kind=ActKind.ACCEPT, items=about or part.films, code=AGREES)]
    return []


def _answers_seen(part: Piece, context: Context) -> bool:
    """A plain yes to 'have you seen it?'."""
    return context.offering and has_cue("have_you_seen", context.last) and part.has("yes")


def _answers(context: Context) -> bool:
    """Whether the recommender has just asked for a preference, and offered nothing."""
    return not context.offering and has_cue("taste", context.last)


def _tells(part: Piece, context: Context) -> bool:
    """A preference in words that the catalogue has no attribute for."""
    if part.has("farewell", "greeting", "small_talk", "pleasantry", "thanks", "hostile", "asking"):
        return False
    if _answers(context):
        return part.has("wishing", "yes")
    return part.has("liking") and part.has("generic") and not part.has("negated_liking", "dislike")


def _fresh(part: Piece, context: Context) -> tuple[str, ...]:
    """Films the sentence names that were not named before."""
    return tuple(film for film in part.films if film not in context.named)[:MAX_FILMS]
