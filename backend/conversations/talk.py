"""The dialogue loop: a seeker and a recommender take turns, each with its own view."""

import hashlib
import json
import platform
from collections.abc import Generator, Sequence

import backend
from backend.dialogue import (
    Brief,
    Dialogue,
    Origin,
    Player,
    Provenance,
    Role,
    Scenario,
    Turn,
    speaks_next,
)
from backend.engines import Engine, EngineError, Reply, Request
from backend.language.act_reader import is_farewell
from backend.simulators import (
    InformedView,
    RecommenderView,
    SeekerView,
    Simulator,
    SimulatorError,
)
from backend.simulators.asking import Asking

#: Turns of both roles together after which a dialogue ends, goodbye or not.
MAX_TURNS = 20

CORPUS = "simulated"
LICENCE = "MIT"


#: What a simulator is handed.
View = SeekerView | RecommenderView | InformedView

#: What a dialogue under way asks for, reply by reply, and the dialogue at its end.
Conversation = Generator[tuple[Engine, Request], Reply, Dialogue]


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
    under_way = conversation(
        seeker, recommender, scenario, seed=seed, max_turns=max_turns, opens=opens
    )
    try:
        engine, request = next(under_way)
        while True:
            engine, request = under_way.send(engine.submit(request).reply())
    except StopIteration as done:
        dialogue: Dialogue = done.value
        return dialogue
    except EngineError as error:
        raise SimulatorError(f"no answer: {error}") from error


def conversation(
    seeker: Simulator,
    recommender: Simulator,
    scenario: Scenario,
    *,
    seed: int,
    max_turns: int = MAX_TURNS,
    opens: Role = Role.SEEKER,
) -> Conversation:
    """The same as `talk`, asking for each reply instead of waiting for it. Raises SimulatorError.

    An EngineError thrown in where a reply was awaited ends it like any other, in a `Broken`.
    """
    if max_turns < 1:
        raise SimulatorError(f"max_turns is at least 1; got {max_turns}")
    turns: list[Turn] = []
    while not is_over(turns, max_turns):
        role = speaks_next(turns, opens)
        speaker = seeker if role is Role.SEEKER else recommender
        view = view_of(speaker, role, scenario.brief, turns, scenario.targets)
        try:
            turns.append((yield from _turn(speaker, view, role, seed)))
        except (SimulatorError, EngineError) as error:
            raise Broken(str(error), tuple(turns)) from error
    return Dialogue(
        turns=tuple(turns),
        seeker=Player(origin=Origin.SIMULATED, system=seeker.system),
        recommender=Player(origin=Origin.SIMULATED, system=recommender.system),
        provenance=provenance(seeker, recommender, scenario, seed, max_turns, opens),
        scenario=scenario,
    )


class Broken(SimulatorError):
    """A dialogue broke off; `turns` are those said until then."""

    def __init__(self, message: str, turns: tuple[Turn, ...]) -> None:
        super().__init__(message)
        self.turns = turns


def view_of(
    speaker: Simulator, role: Role, brief: Brief, turns: Sequence[Turn], targets: Sequence[str]
) -> SeekerView | RecommenderView | InformedView:
    """What this simulator may see of a dialogue, by its role and whether it is informed."""
    said = tuple(turns)
    if speaker.informed:
        return InformedView(brief=brief, turns=said, targets=tuple(targets))
    if role is Role.SEEKER:
        return SeekerView(brief=brief, turns=said)
    return RecommenderView(turns=said)


def _turn(
    speaker: Simulator, view: View, role: Role, seed: int
) -> Generator[tuple[Engine, Request], Reply, Turn]:
    if not isinstance(speaker, Asking):
        return next_turn(speaker, view, role, seed=seed)
    steps = speaker.steps(view, seed=seed)
    try:
        request = next(steps)
        while True:
            request = steps.send((yield speaker.engine, request))
    except StopIteration as done:
        turn: Turn = done.value
        return turn


def next_turn(speaker: Simulator, view: View, role: Role, *, seed: int) -> Turn:
    """The turn a simulator ends its response with. Raises SimulatorError if there is none."""
    turn = None
    for piece in speaker.respond(view, seed=seed):
        if isinstance(piece, Turn):
            turn = piece
    if turn is None or turn.role is not role:
        raise SimulatorError(f"{speaker.system.name} gave no {role.value} turn")
    return turn


def is_over(turns: Sequence[Turn], max_turns: int | None = MAX_TURNS) -> bool:
    """Whether a dialogue has ended: the last turn says goodbye, or no turn is left.

    It does not matter who says it: nobody has to answer a goodbye. A turn with acts ends the
    dialogue by a `BYE` among them; one without, as people type, by its words. `max_turns` None sets
    no bound.
    """
    spent = max_turns is not None and len(turns) >= max_turns
    return spent or (bool(turns) and is_farewell(turns[-1]))


def provenance(
    seeker: Simulator,
    recommender: Simulator,
    scenario: Scenario,
    seed: int,
    max_turns: int = MAX_TURNS,
    opens: Role = Role.SEEKER,
) -> Provenance:
    """Where such a dialogue comes from; known before a word of it is said."""
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
