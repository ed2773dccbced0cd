"""Measures of style, from which the session variables of a speaker's text are computed.

Session-level variables in the sense of RecLLM (Friedman et al., arXiv 2305.07961): they hold for
a whole dialogue. The measures are this project's own.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.catalogue import Catalogue
from backend.dialogue import ActKind, Role, Turn
from backend.language.films import films_in

#: Variable -> its values, from low to high.
LEVELS: dict[str, tuple[str, str, str]] = {
    "mood": ("down", "even", "up"),
    "verbosity": ("short", "medium", "long"),
    "formality": ("casual", "neutral", "formal"),
    "knowledge": ("novice", "average", "expert"),
    "strictness": ("easy", "fair", "strict"),
}
#: Variables that a recommender has too: how it says things.
OF_STYLE = ("mood", "verbosity", "formality")

_UP = re.compile(
    r"!|\b(?:love[ds]?|great|awesome|amazing|cool|nice|fun|fantastic|perfect|excellent|wonderful|"
    r"haha|lol|thanks?|thank you|enjoy\w*|best|favou?rite)\b|:\)"
)
_DOWN = re.compile(
    r"\b(?:not|no|nope|n'?t|don'?t|didn'?t|hate[ds]?|boring|bad|terrible|awful|worst|sad|sorry|"
    r"unfortunately|never|meh|dislike\w*)\b|:\("
)
_CASUAL = re.compile(
    r"\b(?:lol|haha\w*|hey|yeah|yea|yep|nah|nope|gonna|wanna|gotta|u|ur|thx|omg|kinda|cool|awesome|"
    r"dont|didnt|havent|im|ive|thats|cant|ok)\b|!!|\.\.\.|:\)|;\)"
)
_FORMAL = re.compile(
    r"\b(?:would|could|please|thank you|recommendation|i am|i have|do not|it is)\b"
)


@dataclass(frozen=True)
class Measures:
    """Raw measures of one speaker of one dialogue; None where there is nothing to measure.

    mood: cheerful minus gloomy cues a turn; verbosity: words a turn; formality: formal minus
    casual cues a turn, a capital at the start and closing punctuation counting half each;
    knowledge: films named a turn that the other had not named; strictness: share of verdicts on
    films that refuse or criticise.
    """

    mood: float
    verbosity: float
    formality: float
    knowledge: float
    strictness: float | None


def measure(turns: Sequence[Turn], role: Role, catalogue: Catalogue) -> Measures | None:
    """The measures of `role`'s turns, or None if it says nothing."""
    own = [turn for turn in turns if turn.role is role and turn.text.strip()]
    if not own:
        return None
    n = len(own)
    heard: set[str | None] = set()
    named = 0
    for turn in turns:
        films = {film.item for film in films_in(turn, catalogue)}
        named += len(films - heard) if turn.role is role else 0
        heard |= films
    low = [turn.text.lower().replace("’", "'") for turn in own]
    judged = Counter(act.kind for turn in own for act in turn.acts)
    refused = judged[ActKind.REJECT] + judged[ActKind.CRITIQUE]
    verdicts = refused + judged[ActKind.ACCEPT]
    return Measures(
        mood=sum(len(_UP.findall(t)) - len(_DOWN.findall(t)) for t in low) / n,
        verbosity=sum(len(t.split()) for t in low) / n,
        formality=sum(map(_formality, own)) / n,
        knowledge=named / n,
        strictness=refused / verdicts if verdicts else None,
    )


def _formality(turn: Turn) -> float:
    low = turn.text.lower().replace("’", "'")
    written = 0.5 * turn.text[:1].isupper() + 0.5 * (turn.text.rstrip()[-1:] in ".?")
    return len(_FORMAL.findall(low)) - len(_CASUAL.findall(low)) + written


#: Wordings among which one is chosen, where a manner of speaking is asked for.
WAYS = 4


def nearest(ways: Sequence[Turn], asked: Mapping[str, str], catalogue: Catalogue) -> Turn:
    """Of several wordings of a turn, the one whose manner is nearest to what is asked for.

    By rank: the longest for `verbosity=long`, the shortest for `short`, the middle one for
    `medium`, and so on; several variables add up. Needs at least one wording.
    """
    off = [0.0] * len(ways)
    measured = [measure([way], way.role, catalogue) for way in ways]
    for name in OF_STYLE:
        if name not in asked:
            continue
        share = LEVELS[name].index(asked[name]) / (len(LEVELS[name]) - 1)
        order = sorted(range(len(ways)), key=lambda at: getattr(measured[at], name, 0.0))
        for rank, at in enumerate(order):
            off[at] += abs(rank - share * (len(ways) - 1))
    return ways[off.index(min(off))]
