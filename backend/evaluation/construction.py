"""What of the behaviour table holds by construction: by the dialogue loop and by the seeker.

Read from the code of the loop and of each simulator. The words before the colon:

- fixed: the same in every dialogue, whatever people do;
- drawn: drawn from people's distribution in the training part;
- steered: the model is told a level that is drawn from people, or its wordings are drawn by how
  human they look; what it says then is its own;
- bounded: rules of this project's own allow it only at times.

A row without an entry is the model's own doing. Delays (`pacing.py`) are drawn from people, too;
no row is about time.
"""

from collections.abc import Mapping

from backend.conversations.talk import MAX_TURNS
from backend.dialogue import System
from backend.evaluation.behaviour import COUNTS, DIST, MEDIAN
from backend.language.style import OF_STYLE
from backend.simulators.interplay import standing as interplay
from backend.simulators.interplay import standing as pretrained
from backend.simulators.profiles import LEANING

_ENDS = "bounded: a goodbye of either ends the dialogue"

#: Of every dialogue that is simulated.
LOOP = {
    "seeker speaks first": "fixed: the seeker opens every dialogue",
    "seeker's turns a dialogue": f"bounded: at most {MAX_TURNS // 2}; a goodbye of either ends it",
    "seeker speaks last": _ENDS,
    "last turn thanks or says goodbye": _ENDS,
    "last turn says goodbye": _ENDS,
}

_TITLES = ("titles named a dialogue", "of these, not named by the recommender before")

#: Row -> the variable of the manner (`profiles.py`) whose level the model is told.
_MANNER = {
    MEDIAN: "verbosity",
    "turns of one word": "verbosity",
    "turns that begin with a small letter": "formality",
    "turns without a closing mark": "formality",
}

_TEMPLATES = "fixed: templates and probabilities set by hand; nothing is drawn from people"

_REFUSED = "bounded: only films offered that miss the wish"

#: Families of simulators that keep to a wish in the same way.
_INTERPLAY = frozenset(
    {"interplay", "controlled", "two_model_with_target", "one_model_with_target"}
)
_TEMPLATED = frozenset({"agenda", "arm"})


def constructed(seeker: System) -> dict[str, str]:
    """Row -> how it holds by construction for dialogues of this seeker; others don't."""
    if seeker.simulator in _TEMPLATED:
        return {**dict.fromkeys([*COUNTS, MEDIAN, *DIST], _TEMPLATES), **LOOP}
    is_pretrained = seeker.simulator == "pretrained"
    if not is_pretrained and seeker.simulator not in _INTERPLAY:
        return dict(LOOP)
    controls = seeker.controls
    found = {
        **LOOP,
        **{row: _steered(variable, controls) for row, variable in _MANNER.items()},
        **_kept(*_limits(is_pretrained)),
        **dict.fromkeys(_TITLES, _named(is_pretrained, controls)),
    }
    if is_pretrained and controls.get("choose", True) and not set(OF_STYLE) & set(controls):
        found |= {row: f"{found[row]}; wordings drawn by how human they look" for row in _MANNER}
    return found


def _steered(variable: str, controls: Mapping[str, object]) -> str:
    if variable in controls:
        return f"fixed: {variable} is set to {controls[variable]}"
    return f"steered: {variable} (one of three levels) is drawn from people"


def _limits(is_pretrained: bool) -> tuple[int, int, int, int]:
    """Films and own turns before it may leave; films seen and asked about at most."""
    if is_pretrained:
        return (
            pretrained.PATIENCE,
            pretrained.MAX_STAY_TURNS,
            pretrained.MAX_SEEN,
            pretrained.MAX_ASKED,
        )
    return interplay.PATIENCE, interplay.STAYS, interplay.SEEN, interplay.ASKED


def _kept(patience: int, stays: int, seen: int, asked: int) -> dict[str, str]:
    """What follows from keeping to the wish."""
    leaves = f"bounded: no goodbye before a film is taken, {patience} films or {stays} turns"
    return {
        "dialogues without an accepted film": leaves,
        "refusals and critiques per 100 turns": _REFUSED,
        "refusals per 100 turns": _REFUSED,
        "critiques per 100 turns": _REFUSED,
        "act: reject": _REFUSED,
        "act: critique": _REFUSED,
        "act: accept": "bounded: a film that fits is taken, known already or asked about",
        "act: seen": f"bounded: at most {seen} times a dialogue",
        "act: inquire": f"bounded: about at most {asked} films a dialogue",
        "act: greet": "bounded: in the first turn only",
        "act: bye": leaves,
    }


def _named(is_pretrained: bool, controls: Mapping[str, object]) -> str:
    """Films that a seeker may bring up."""
    for variable in ("knowledge", LEANING):
        if variable in controls:
            return _steered(variable, controls)
    if is_pretrained:
        return (
            "steered: it may bring up films liked in the wish, filled up to a number drawn from "
            "people (0 to 4)"
        )
    return "bounded: it may bring up films liked in the wish, which people of that wish named"
