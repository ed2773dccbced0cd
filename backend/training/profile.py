"""What kind of person speaks in a dialogue: session variables, measured from the text itself.

Session-level variables in the sense of RecLLM (Friedman et al., arXiv 2305.07961): they hold for
a whole dialogue. Each is a number first and one of a few values then, by cut points that split
the training dialogues of people into thirds, so that values are equally frequent.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.catalogue import Catalogue
from backend.dialogue import ActKind, Role, Turn
from backend.simulators.profiles import LEVELS, OF_STYLE
from backend.simulators.script.slots import films_in

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


@dataclass(frozen=True)
class Cuts:
    """Where one level ends and the next begins, by role and variable."""

    at: Mapping[str, Mapping[str, tuple[float, float]]]

    @classmethod
    def of(cls, measured: Mapping[Role, Sequence[Measures]]) -> "Cuts":
        """Thirds of what was measured."""
        at: dict[str, dict[str, tuple[float, float]]] = {}
        for role, people in measured.items():
            for name in LEVELS:
                found = sorted(v for m in people if (v := getattr(m, name)) is not None)
                if found:
                    third = len(found) / 3
                    low, high = found[int(third)], found[int(2 * third)]
                    at.setdefault(role.value, {})[name] = (low, high)
        return cls(at)

    def level(self, role: Role, name: str, value: float | None) -> str | None:
        """The value of a variable by its measure; None where it could not be measured."""
        cuts = self.at.get(role.value, {}).get(name)
        if value is None or cuts is None:
            return None
        low, middle, high = LEVELS[name]
        return low if value < cuts[0] else high if value >= cuts[1] else middle

    def levels(self, role: Role, measures: Measures | None) -> dict[str, str]:
        """All variables of this speaker that could be measured."""
        names = LEVELS if role is Role.SEEKER else OF_STYLE
        if measures is None:
            return {}
        found = {name: self.level(role, name, getattr(measures, name)) for name in names}
        return {name: level for name, level in found.items() if level}
