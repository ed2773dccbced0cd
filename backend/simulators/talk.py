"""One dialogue between a seeker and a recommender, each handed its own view and no more."""

import hashlib
import json
import platform
from collections.abc import Sequence

import backend
from backend.dialogue import (
    Dialogue,
    Origin,
    Player,
    Provenance,
    Role,
    Scenario,
    Turn,
)
from backend.simulators import RecommenderView, SeekerView, Simulator, SimulatorError
from backend.simulators.understanding import is_farewell

#: Turns of both roles together after which a dialogue ends, goodbye or not.
MAX_TURNS = 20

CORPUS = "simulated"
LICENCE = "MIT"


def talk(
    seeker: Simulator,
    recommender: Simulator,
    scenario: Scenario,
    *,
    seed: int,
    max_turns: int = MAX_TURNS,
    opens: Role = Role.SEEKER,
) -> Dialogue:
    """Let the two talk until one says goodbye or `max_turns` turns are said.

    Both are given `seed` at every turn and the turns so far, and vary by the number of turns.
    The source id is unique to systems, scenario, seed, length and version, so that talking twice
    stores once. Raises SimulatorError, also if a simulator ends without a turn of its own role.
    """
    if max_turns < 1:
        raise SimulatorError(f"max_turns is at least 1; got {max_turns}")
    turns: list[Turn] = []
    role = opens
    while not is_over(turns, max_turns):
        said = tuple(turns)
        view = (
            SeekerView(brief=scenario.brief, turns=said)
            if role is Role.SEEKER
            else RecommenderView(turns=said)
        )
        speaker = seeker if role is Role.SEEKER else recommender
        turns.append(next_turn(speaker, view, role, seed=seed))
        role = role.other
    return Dialogue(
        turns=tuple(turns),
        seeker=Player(origin=Origin.SIMULATED, system=seeker.system),
        recommender=Player(origin=Origin.SIMULATED, system=recommender.system),
        provenance=_provenance(seeker, recommender, scenario, seed, max_turns, opens),
        scenario=scenario,
    )


def next_turn(
    speaker: Simulator, view: SeekerView | RecommenderView, role: Role, *, seed: int
) -> Turn:
    """The turn a simulator ends its response with. Raises SimulatorError if there is none."""
    turn = None
    for piece in speaker.respond(view, seed=seed):
        if isinstance(piece, Turn):
            turn = piece
    if turn is None or turn.role is not role:
        raise SimulatorError(f"{speaker.system.name} gave no {role.value} turn")
    return turn


def is_over(turns: Sequence[Turn], max_turns: int = MAX_TURNS) -> bool:
    """Whether a dialogue has ended: the last turn says goodbye, or no turn is left.

    A turn with acts ends it by a `BYE` among them; one without, as people type, by its words.
    """
    return len(turns) >= max_turns or (bool(turns) and is_farewell(turns[-1]))


def _provenance(
    seeker: Simulator,
    recommender: Simulator,
    scenario: Scenario,
    seed: int,
    max_turns: int,
    opens: Role,
) -> Provenance:
    systems = [system.system.model_dump(mode="json") for system in (seeker, recommender)]
    wanted = scenario.model_dump(mode="json")
    # The version is part of it: other templates make another dialogue of the same seed.
    specified = [systems, wanted, seed, max_turns, opens.value, backend.__version__]
    digest = hashlib.sha256(json.dumps(specified, sort_keys=True).encode()).hexdigest()[:12]
    names = f"{seeker.system.name}+{recommender.system.name}"
    return Provenance(
        corpus=CORPUS,
        source_id=f"{names}:{seed}:{digest}",
        licence=LICENCE,
        seed=seed,
        versions={"uncanny": backend.__version__, "python": platform.python_version()},
        notes={"max_turns": max_turns, "opens": opens.value},
    )
