"""Acts of a recommender's turn, sentence by sentence.

A film not named before is recommended; what is said of it explains it. Words before that respond
to the seeker: they answer, if the seeker asked, or else acknowledge.
"""

import re
from collections.abc import Sequence

from backend.dialogue import Act, ActKind
from backend.language.pieces import MAX_FILMS, Context, Piece, asked_about, joined_acts
from backend.language.wordings import has_cue, without_cue

#: A recommendation of something the catalogue does not know: 'you should watch Zorgon 7'. Capitals
#: count, so this is no cue over lower-case text.
_UNKNOWN = re.compile(
    r"(?:should|could|must|can) (?:watch|see|try|check)"
    r"(?: out)?(?! (?:out )?(?:it|that|them|those|this|one)\b)|(?:how|what) about [A-Z\"]|"
    r"(?:recommend|suggest|try) [A-Z\"]|have you (?:seen|watched)|\(\d{4}\)"
)

#: Words beside its title that a film is offered in without anything said of it.
MAX_PLAIN_WORDS = 4

_WORD = re.compile(r"[a-z]{2,}")
_SAYS = frozenset({ActKind.ELICIT, ActKind.INFORM})


def recommender_acts(parts: Sequence[Piece], context: Context) -> tuple[Act, ...]:
    """What a recommender's turn does."""
    acts: list[Act] = []
    new: tuple[str, ...] = ()
    for part in parts:
        fresh = tuple(f for f in part.films if f not in context.named and f not in new)
        acts += _sentence(part, fresh, new, context)
        new += fresh
    if (
        not new
        and not {act.kind for act in acts} & _SAYS
        and any(_UNKNOWN.search(part.text) for part in parts)
    ):
        acts.append(Act(kind=ActKind.RECOMMEND))
    words = " ".join(part.plain for part in parts)
    if has_cue("farewell", words) or any(part.has("farewell") for part in parts):
        acts.append(Act(kind=ActKind.BYE))
    return joined_acts(acts) or (Act(kind=ActKind.CHAT),)


def _sentence(
    part: Piece, fresh: tuple[str, ...], new: tuple[str, ...], context: Context
) -> list[Act]:
    acts: list[Act] = []
    if part.has("greeting"):
        acts.append(Act(kind=ActKind.GREET))
    if not fresh and not new and part.has("how_about"):
        fresh = tuple(film for film in part.films if film not in context.offered)
    if fresh:
        acts.append(Act(kind=ActKind.RECOMMEND, items=fresh[:MAX_FILMS], attributes=part.wanted))
        if _explains(part):
            acts.append(Act(kind=ActKind.EXPLAIN, items=fresh[:MAX_FILMS]))
        return acts
    asks = "?" in part.plain or part.has("asking", "strong_taste")
    if part.has("small_talk", "pleasantry", "welcome", "farewell"):
        return acts
    if asks and (part.has("taste") or ("?" in part.plain and not new)):
        if not (part.films or part.has("have_you_seen")) or part.has("taste"):
            # "Comedy, romance, horror: what shall it be?" asks about the genre by its values.
            named = next((wish.name for wish in part.wanted), None)
            acts.append(Act(kind=ActKind.ELICIT, code=asked_about(part.plain) or named))
        return acts
    if asks and "?" in part.plain:
        return acts
    return acts + _told(part, new, context)


def _explains(part: Piece) -> bool:
    """Whether a sentence that recommends says more of the film than that."""
    rest = without_cue("offering", part.plain)
    return has_cue("explaining", rest) or len(_WORD.findall(rest)) > MAX_PLAIN_WORDS


def _told(part: Piece, new: tuple[str, ...], context: Context) -> list[Act]:
    """What a sentence that asks and recommends nothing tells."""
    offered = tuple(film for film in part.films if film in context.offered)
    if context.asked and not new:
        items = offered or part.films[:MAX_FILMS] or context.offered[:1]
        return [Act(kind=ActKind.INFORM, items=items, attributes=part.wanted)]
    if context.offered and not new and part.has("about_it") and part.has("explaining"):
        return [Act(kind=ActKind.EXPLAIN, items=context.offered)]
    if part.has("own_view") and not new:
        return [Act(kind=ActKind.ACKNOWLEDGE, items=part.films[:MAX_FILMS])]
    if part.has("explaining") and (new or context.offered):
        return [Act(kind=ActKind.EXPLAIN, items=(new or offered or context.offered)[:MAX_FILMS])]
    if part.films or part.wanted:
        return [Act(kind=ActKind.INFORM, items=part.films[:MAX_FILMS], attributes=part.wanted)]
    if part.has("liking", "own_view"):
        return [Act(kind=ActKind.ACKNOWLEDGE)]
    return []
