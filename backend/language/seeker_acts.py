"""Acts of a seeker's turn, sentence by sentence.

A judgment is read from its words: praise in the past says that a film was seen, an intention that
it is accepted. What a sentence names no film for is about the films offered last.
"""

from collections.abc import Collection, Sequence, Set
from dataclasses import replace

from backend.dialogue import Act, ActKind, Attribute
from backend.language.pieces import MAX_FILMS, Context, Piece, asked_about, joined_acts
from backend.language.wordings import has_cue, without_cue

#: Code, while a turn is read, of an acceptance that is no more than a yes.
AGREES = "agrees"

_DISLIKE = ("negated_liking", "dislike")
_ON_FILMS = frozenset({ActKind.REJECT, ActKind.SEEN, ActKind.ACCEPT, ActKind.DISCLOSE})

#: Acts beside which not having seen a film goes without saying.
_JUDGING = frozenset(
    {ActKind.ACCEPT, ActKind.INQUIRE, ActKind.REJECT, ActKind.CRITIQUE, ActKind.SEEN}
)


def seeker_acts(parts: Sequence[Piece], context: Context) -> tuple[Act, ...]:
    """What a seeker's turn does."""
    acts: list[Act] = []
    for part in parts:
        refused = bool(context.offered) and any(act.kind is ActKind.REJECT for act in acts)
        acts += _sentence(part, context, refused=refused)
    acts = _last_word(_consistent(acts, parts), parts)
    words = " ".join(part.plain for part in parts)
    if has_cue("farewell", words) or any(part.has("farewell") for part in parts):
        acts.append(Act(kind=ActKind.BYE))
    elif has_cue("thanks", words):
        acts.append(Act(kind=ActKind.ACKNOWLEDGE))
    return joined_acts(acts) or (Act(kind=ActKind.CHAT),)


def _consistent(acts: Sequence[Act], parts: Sequence[Piece]) -> list[Act]:
    """The acts of all sentences without those that another sentence explains better."""
    dropped: set[ActKind] = set()
    unseen = [part for part in parts if part.has("unseen")]
    watched = any(part.has("seen", "watched") for part in parts if part not in unseen)
    if any(not part.films for part in unseen) and not watched:
        dropped.add(ActKind.SEEN)  # 'That's great! I haven't seen it yet' praises in advance
    kinds = {act.kind for act in acts} - dropped
    if kinds - {ActKind.GREET, ActKind.ACCEPT, ActKind.REACT}:
        acts = [act for act in acts if act.code != AGREES]
    if {act.kind for act in acts} & (_JUDGING - dropped):
        dropped.add(ActKind.REACT)
    kept = [act for act in acts if act.kind not in dropped]
    if len({act.kind for act in kept}) > 1:
        kept = [act for act in kept if act.code != "any"]
    return [act.model_copy(update={"code": None}) if act.code == AGREES else act for act in kept]


def _last_word(acts: Sequence[Act], parts: Sequence[Piece]) -> list[Act]:
    """The acts with the last word on each attribute counting."""
    wanted: dict[Attribute, bool] = {}
    for part in parts:
        wanted |= dict.fromkeys(part.wanted, True) | dict.fromkeys(part.unwanted, False)
    kept = []
    for act in acts:
        is_wanted = act.kind is not ActKind.REJECT
        still = tuple(a for a in act.attributes if wanted.get(a, is_wanted) is is_wanted)
        if still or act.items or not act.attributes or act.kind is not ActKind.DISCLOSE:
            kept.append(act.model_copy(update={"attributes": still}))
    return kept


def _sentence(part: Piece, context: Context, *, refused: bool) -> list[Act]:
    """What a sentence does; `refused` is whether one before it in the turn refuses an offer."""
    acts: list[Act] = []
    if part.has("greeting"):
        acts.append(Act(kind=ActKind.GREET))
    requests = has_cue("request", without_cue("thanks_for", part.plain))
    if (question := _question(part, requests, context)) is not None:
        return [*acts, question]
    # 'Have a good one' praises nothing.
    bare = replace(part, plain=without_cue("farewell", part.plain))
    judged = [] if part.has("small_talk") else _judged(bare, context)
    told = _told(part, context, {act.kind for act in judged}, refused=refused, requests=requests)
    acts += [*judged, *told]
    if requests and not any(act.kind is ActKind.ACCEPT for act in judged):
        acts.append(Act(kind=ActKind.REQUEST, attributes=() if told or judged else part.wanted))
    return acts


def _told(
    part: Piece, context: Context, judged: Set[ActKind], *, refused: bool, requests: bool
) -> list[Act]:
    """The preference a sentence tells beside what it judges."""
    fresh = _fresh(part, context)
    # 'It was so funny' describes a film; 'I like funny ones' wishes for one.
    describes = judged & {ActKind.SEEN, ActKind.REJECT} and not part.has("wishing")
    if requests and part.wanted and not (fresh or judged or refused):
        return []  # the request carries the wish
    if part.wanted and not describes and ActKind.CRITIQUE not in judged:
        kind = ActKind.CRITIQUE if refused else ActKind.DISCLOSE
        return [Act(kind=kind, items=fresh, attributes=part.wanted)]
    if fresh and not judged & _ON_FILMS:
        return [Act(kind=ActKind.DISCLOSE, items=fresh)]
    if not judged and part.has("any"):
        return [Act(kind=ActKind.DISCLOSE, code="any")]
    if not judged and not requests and _prefers(part, context):
        return [Act(kind=ActKind.DISCLOSE)]
    return []


def _question(part: Piece, requests: bool, context: Context) -> Act | None:
    """A question about a film or to the recommender, if the sentence is one."""
    plain = part.plain
    about = asked_about(plain)
    # 'Tell me the cast' asks for a fact; 'tell me a good comedy' asks for a film.
    asks_fact = part.has("asks_to_tell") and about not in {None, "genre"}
    asks = asks_fact or (part.has("asking") and not requests)
    if not asks or part.has("small_talk", "pleasantry"):
        return None
    items = part.films or context.offered
    if about == "other":  # 'Who wrote the music?' wishes for no genre
        return Act(kind=ActKind.INQUIRE, items=items, code=about)
    if part.wanted or part.unwanted:
        if (about or "?" in plain) and part.wanted and part.has("asks_of_item"):
            return Act(kind=ActKind.INQUIRE, items=items, attributes=part.wanted, code=about)
        return None
    if about or part.films or (context.offered and part.has("refers")):
        return Act(kind=ActKind.INQUIRE, items=items, code=about)
    return None


def _judged(part: Piece, context: Context) -> list[Act]:
    """What a sentence says of films: seen, liked, accepted, refused, criticised."""
    about, fresh = _about(part, context), _fresh(part, context)
    acts: list[Act] = []
    seen = _seen(part, about, context)
    refused = _refuses(part, about)
    # 'Not a fan of cartoons', said of an offer, is no refusal of that film alone.
    generic = refused and bool(about) and not part.unwanted and part.has("generic")
    if seen:
        known = tuple(film for film in about if context.told(film, "seen") == 1)
        acts.append(Act(kind=ActKind.SEEN, items=known or about or part.films))
    elif fresh and part.has("liking") and not part.has(*_DISLIKE):
        acts.append(Act(kind=ActKind.DISCLOSE, items=fresh))
    if refused and not generic:
        disliked = tuple(film for film in about if context.told(film, "liked") == 0)
        named = part.films if part.has(*_DISLIKE) else ()
        acts.append(
            Act(kind=ActKind.REJECT, items=disliked or about or named, attributes=part.unwanted)
        )
    elif not seen:
        acts += _accepted(part, about, context) or _unseen(part, about, context)
    compares = "newer" if part.has("newer") else "older" if part.has("older") else None
    critical = part.has("critique") and (part.wanted or not acts) and not part.has("asking")
    if compares or critical or (about and (part.unwanted or generic or part.has("feature"))):
        acts.append(Act(kind=ActKind.CRITIQUE, attributes=part.wanted, code=compares))
    return acts


def _about(part: Piece, context: Context) -> tuple[str, ...]:
    """The films of before that a sentence speaks of; none if it names new ones alone."""
    named = tuple(film for film in part.films if film in context.named)
    if named or (part.films and not (part.has("it") and part.has("praise"))):
        return named
    return context.offered


def _fresh(part: Piece, context: Context) -> tuple[str, ...]:
    """Films the sentence names that were not named before."""
    return tuple(film for film in part.films if film not in context.named)[:MAX_FILMS]


def _seen(part: Piece, about: Collection[str], context: Context) -> bool:
    """Whether a sentence says that films were seen: by praise too, and by a yes if asked so."""
    if part.has("unseen"):
        return False
    asked = context.offering and has_cue("have_you_seen", context.last)
    if part.has("seen") or (asked and part.has("yes")):
        return True
    if not about or part.has(*_DISLIKE):
        return False
    praises = _praises(part) and not part.has("willing")
    return part.has("watched") or (praises and (not part.wanted or part.has("it")))


def _refuses(part: Piece, about: Collection[str]) -> bool:
    """Whether a sentence refuses films or attributes. 'No, I have not' refuses nothing."""
    if part.has("reject") or part.unwanted:
        return True
    if part.has("no") and not part.has("unseen") and not (about and part.has("willing")):
        return True
    return part.has(*_DISLIKE) and bool(about or part.films)


def _unseen(part: Piece, about: tuple[str, ...], context: Context) -> list[Act]:
    """Not having seen what was offered, and no more."""
    if part.has("unseen") and context.offered and (about or not part.films):
        return [Act(kind=ActKind.REACT, items=about)]
    return []


def _praises(part: Piece) -> bool:
    """Whether a sentence says that a film was good, not that it sounds so."""
    rest = without_cue("thanks_for", part.plain)
    return has_cue("praise", rest) and not part.has("hearsay", "farewell")


def _accepted(part: Piece, about: tuple[str, ...], context: Context) -> list[Act]:
    """The acceptance of what was offered, if a sentence says so."""
    if part.has("asking") or (_answers(context) and part.has("yes", "no")):
        return []
    liked = tuple(film for film in about if context.told(film, "liked") != 0)
    act = Act(kind=ActKind.ACCEPT, items=liked or part.films)
    if (about and part.has("willing")) or (not part.wanted and part.has("accept")):
        return [act]
    if not part.wanted and part.has("agree"):
        return [act.model_copy(update={"code": AGREES})]
    return []


def _answers(context: Context) -> bool:
    """Whether the recommender has just asked for a preference, and offered nothing."""
    return not context.offering and has_cue("taste", context.last)


def _prefers(part: Piece, context: Context) -> bool:
    """A preference in words that the catalogue has no attribute for."""
    if part.has("farewell", "greeting", "small_talk", "pleasantry", "thanks", "hostile", "asking"):
        return False
    if _answers(context):
        return part.has("wishing", "yes")
    return part.has("liking") and part.has("generic") and not part.has(*_DISLIKE)
