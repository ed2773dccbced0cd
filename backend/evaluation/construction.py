"""Figures of the behaviour table that the dialogue loop or the seeker fixes by construction.

Read from the code of the loop and of each simulator. The words before the colon:

- fixed: the same in every dialogue, whatever people do;
- drawn: drawn from what people did in the training part;
- steered: the model is told a level that is drawn from people, or its wordings are drawn by how
  human they look; what it says then is its own;
- bounded: rules of this project's own allow it only at times.

A row without an entry is the model's own doing. Delays (`pacing.py`) are drawn from people, too;
no row is about time.
"""

from collections.abc import Mapping

from backend.conversations.simulation import SEEKER_BEGINS
from backend.conversations.talk import MAX_TURNS
from backend.dialogue import System
from backend.evaluation.behaviour import COUNTS, DIST, MEDIAN
from backend.language.style import OF_STYLE
from backend.simulators.interplay.standing import MAX_ASKED, MAX_SEEN, MAX_STAY_TURNS, PATIENCE
from backend.simulators.people import OPENINGS
from backend.simulators.profiles import LEANING

_ENDS = "bounded: a goodbye of either ends the dialogue"

#: Of every dialogue that is simulated.
LOOP = {
    "seeker speaks first": f"drawn: the seeker begins {SEEKER_BEGINS:.0%} of dialogues",
    "seeker's turns a dialogue": f"bounded: at most {MAX_TURNS // 2}; a goodbye of either ends it",
    "seeker speaks last": _ENDS,
    "last turn thanks or says goodbye": _ENDS,
    "last turn says goodbye": _ENDS,
}

_TITLES = ("titles named a dialogue", "of these, not named by the recommender before")

#: Row -> the variable of the manner whose level the model is told.
_MANNER = {MEDIAN: "verbosity", "turns of one word": "verbosity"}

_TEMPLATES = "fixed: templates and probabilities set by hand; nothing is drawn from people"

_REFUSED = "bounded: only films offered that miss the wish"

_LEAVES = f"bounded: no goodbye before a film is taken, {PATIENCE} films or {MAX_STAY_TURNS} turns"

#: What follows from keeping to the wish.
_KEPT = {
    "dialogues without an accepted film": _LEAVES,
    "refusals and critiques per 100 turns": _REFUSED,
    "refusals per 100 turns": _REFUSED,
    "critiques per 100 turns": _REFUSED,
    "act: reject": _REFUSED,
    "act: critique": _REFUSED,
    "act: accept": "bounded: a film that fits is taken, known already or asked about",
    "act: seen": f"bounded: at most {MAX_SEEN} times a dialogue",
    "act: inquire": f"bounded: about at most {MAX_ASKED} films a dialogue",
    "act: greet": "bounded: in the first turn only",
    "act: bye": _LEAVES,
}

_OPENS = "drawn: what the first turn does is what one person's did"
_JUDGES = "drawn: verdicts on films that fit are those of one person"
_TYPES = "drawn: typed as one person types"
_STAYS = "drawn: no goodbye before as many turns as one person had, unless the other says it"

#: What follows from behaving like one person of the training part (`simulators/people.py`).
_LIKE_A_PERSON = {
    **{f"first turn: {name}": _OPENS for name in OPENINGS},
    "first turn greets": _OPENS,
    "act: greet": _OPENS,
    "refusals and critiques per 100 turns": f"{_JUDGES}; others may be turned down",
    "refusals per 100 turns": f"{_JUDGES}; others may be turned down",
    "act: reject": f"{_JUDGES}; others may be turned down",
    **dict.fromkeys(("act: accept", "act: seen", "act: inquire"), _JUDGES),
    "turns that begin with a small letter": _TYPES,
    "turns without a closing mark": _TYPES,
    "turns closed by an exclamation mark": _TYPES,
    "seeker's turns a dialogue": _STAYS,
    "act: bye": _STAYS,
    "last turn says goodbye": "drawn: whether it says goodbye or leaves that to the other",
}

#: Families of simulators that keep to a wish in the same way.
_INTERPLAY = frozenset({"interplay", "controlled", "two_model_with_target"})
_TEMPLATED = frozenset({"agenda", "arm"})


def constructed(seeker: System) -> dict[str, str]:
    """Row -> how it holds by construction for dialogues of this seeker; others don't."""
    if seeker.simulator in _TEMPLATED:
        return {**dict.fromkeys([*COUNTS, MEDIAN, *DIST], _TEMPLATES), **LOOP}
    if seeker.simulator not in _INTERPLAY:
        return dict(LOOP)
    controls = seeker.controls
    found = {
        **LOOP,
        **{row: _steered(variable, controls) for row, variable in _MANNER.items()},
        **_KEPT,
        **(_LIKE_A_PERSON if controls.get("people", True) else {}),
        **dict.fromkeys(_TITLES, _named(controls)),
    }
    if controls.get("choose", True) and not set(OF_STYLE) & set(controls):
        found |= {row: f"{found[row]}; wordings drawn by how human they look" for row in _MANNER}
    return found


def _steered(variable: str, controls: Mapping[str, object]) -> str:
    if variable in controls:
        return f"fixed: {variable} is set to {controls[variable]}"
    return f"steered: {variable} (one of three levels) is drawn from people"


def _named(controls: Mapping[str, object]) -> str:
    """Films that a seeker may bring up."""
    for variable in ("knowledge", LEANING):
        if variable in controls:
            return _steered(variable, controls)
    return (
        "steered: it may bring up films liked in the wish, filled up to a number drawn from "
        "people (0 to 4)"
    )
